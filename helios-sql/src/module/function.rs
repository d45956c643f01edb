//! Table-valued functions as virtual tables: their parameters are hidden columns.

use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Result, Value, ValueRef};

use super::{
    IndexChoice, IndexRequest, Operator, RowSink, Usage, VirtualColumn, VirtualCursor, VirtualScan,
    VirtualTable, no_index,
};
use crate::func::{TableFunction, TableRows};

/// A table-valued function as a virtual table.
#[derive(Debug)]
pub struct FunctionTable {
    function: Arc<dyn TableFunction>,
    columns: Vec<VirtualColumn>,
    /// How many columns come before the parameters.
    visible: usize,
}

impl FunctionTable {
    /// The table of a function.
    pub fn new(function: Arc<dyn TableFunction>) -> FunctionTable {
        let visible = function.columns().into_iter().map(|(name, declared_type)| VirtualColumn {
            declared_type: declared_type.to_owned(),
            ..VirtualColumn::new(name)
        });
        let mut columns: Vec<VirtualColumn> = visible.collect();
        let visible = columns.len();
        columns.extend(function.parameters().iter().map(|name| VirtualColumn::hidden(name)));
        FunctionTable { function, columns, visible }
    }
}

impl VirtualTable for FunctionTable {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn columns(&self) -> &[VirtualColumn] {
        &self.columns
    }

    fn marks_json(&self, column: usize) -> bool {
        self.function.marks_json(column)
    }

    fn elements_of(&self, column: usize) -> Option<usize> {
        self.function.elements_of(column.checked_sub(self.visible)?)
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        let mut choice = no_index(request);
        for parameter in self.visible..self.columns.len() {
            let given = request.constraints.iter().position(|constraint| {
                constraint.column == Some(parameter) && constraint.operator == Operator::Equal
            });
            // Parameters after one that is not given say nothing.
            let Some(given) = given else { break };
            choice.usages[given] = Usage::Exact;
            choice.number = 2 * choice.number + 1;
        }
        choice.rows = 25.0;
        Ok(choice)
    }

    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        let mut arguments = Vec::new();
        for parameter in self.visible..self.columns.len() {
            let given = scan.constraints.iter().position(|constraint| constraint.column == Some(parameter));
            let Some(given) = given else { break };
            arguments.push(scan.values[given].clone());
        }
        let rows = self.function.open(&arguments, scan.wanted)?;
        arguments = (0..)
            .zip(arguments)
            .map(|(parameter, value)| self.function.shown_argument(parameter, value))
            .collect();
        for parameter in arguments.len()..self.columns.len() - self.visible {
            arguments.push(self.function.usual_argument(parameter));
        }
        let (wanted, visible) = (scan.wanted.to_vec(), self.visible);
        let number = self.function.first_number();
        Ok(Box::new(FunctionCursor { rows, arguments, wanted, visible, last: self.columns.len(), number }))
    }
}

#[derive(Debug)]
struct FunctionCursor {
    rows: Box<dyn TableRows>,
    arguments: Vec<Value>,
    wanted: Vec<usize>,
    visible: usize,
    /// The position of the rowid.
    last: usize,
    /// The number of the next row, which is its rowid.
    number: i64,
}

impl VirtualCursor for FunctionCursor {
    fn fill(&mut self, _: &Reader, out: &mut dyn RowSink) -> Result<()> {
        while !out.is_full() {
            let Some(row) = self.rows.next()? else { return Ok(()) };
            for (place, &position) in self.wanted.iter().enumerate() {
                let value = match position.checked_sub(self.visible) {
                    None => row[position].as_ref(),
                    Some(_) if position == self.last => ValueRef::Integer(self.number),
                    Some(parameter) => self.arguments.get(parameter).map_or(ValueRef::Null, Value::as_ref),
                };
                out.value(place, value);
            }
            out.end_row();
            self.number += 1;
        }
        Ok(())
    }
}
