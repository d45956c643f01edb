//! Rows of a virtual table.

use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Result, ValueRef};

use super::{Context, Operator, eval};
use crate::chunk::{CHUNK_ROWS, Chunk};
use crate::module::{
    Constraint, IndexChoice, RowSink, VirtualCall, VirtualCursor, VirtualScan, VirtualTable,
};
use crate::plan::{Expr, FunctionPlan, PastReader};

/// How many rows the first chunk may have: few, for somebody may want no more.
const FIRST_ROWS: usize = 16;

#[derive(Debug)]
pub(super) struct VirtualTableScan {
    table: Arc<dyn VirtualTable>,
    /// The number of its schema.
    slot: usize,
    past: Option<PastReader>,
    /// What it reads from, once it is open.
    reader: Option<Reader>,
    choice: IndexChoice,
    constraints: Vec<Constraint>,
    calls: Vec<(String, usize)>,
    /// Expressions without columns; what they take from other tables comes through slots.
    values: Vec<Expr>,
    /// Positions of the columns that are read.
    wanted: Vec<usize>,
    cursor: Option<Box<dyn VirtualCursor>>,
    most: usize,
}

impl VirtualTableScan {
    pub(super) fn new(plan: &FunctionPlan) -> VirtualTableScan {
        VirtualTableScan {
            table: plan.table.clone(),
            slot: plan.slot,
            past: plan.reader.clone(),
            reader: None,
            choice: plan.choice.clone().unwrap_or_default(),
            constraints: plan.constraints.clone(),
            calls: plan.calls.clone(),
            values: plan.arguments.clone(),
            wanted: plan.columns.iter().map(|(_, position)| *position).collect(),
            cursor: None,
            most: FIRST_ROWS,
        }
    }
}

/// A chunk that is being filled.
struct Filling<'a> {
    chunk: &'a mut Chunk,
    rows: usize,
    most: usize,
}

impl RowSink for Filling<'_> {
    fn value(&mut self, place: usize, value: ValueRef<'_>) {
        self.chunk.column_mut(place).push(value);
    }

    fn end_row(&mut self) {
        self.rows += 1;
    }

    fn is_full(&self) -> bool {
        self.rows >= self.most
    }
}

impl Operator for VirtualTableScan {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        let values = self.values.iter().map(|value| eval::constant(value, context));
        let values = values.collect::<Result<Vec<_>>>()?;
        let (compared, mut arguments) = values.split_at(self.constraints.len());
        let mut calls = Vec::new();
        for (name, count) in &self.calls {
            let (own, rest) = arguments.split_at(*count);
            calls.push(VirtualCall { name: name.clone(), arguments: own.to_vec() });
            arguments = rest;
        }
        let past = self.past.as_ref().map(PastReader::get).transpose()?;
        let reader = past.clone().unwrap_or_else(|| context.reader_at(self.slot).clone());
        let scan = VirtualScan {
            choice: &self.choice,
            constraints: &self.constraints,
            values: compared,
            wanted: &self.wanted,
            calls: &calls,
            reader: &reader,
            main: past.as_ref().unwrap_or(&context.reader),
            others: context.others.as_deref().unwrap_or_default(),
            interrupt: &context.interrupt,
        };
        self.cursor = Some(self.table.open(&scan)?);
        self.reader = Some(reader);
        self.most = FIRST_ROWS;
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        out.reset(self.wanted.len());
        let (Some(cursor), Some(reader)) = (&mut self.cursor, &self.reader) else { return Ok(false) };
        let mut filling = Filling { chunk: out, rows: 0, most: self.most };
        cursor.fill(reader, &mut filling)?;
        let rows = filling.rows;
        context.interrupt.check_rows(rows + 1)?;
        out.set_rows(rows);
        self.most = (self.most * 4).min(CHUNK_ROWS);
        Ok(rows > 0)
    }

    fn close(&mut self) {
        (self.cursor, self.reader) = (None, None);
    }
}
