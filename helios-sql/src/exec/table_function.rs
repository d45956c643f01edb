//! Rows of a table-valued function.

use std::sync::Arc;

use helios_core::{Result, Value, ValueRef};

use super::{Context, Operator, eval};
use crate::chunk::{CHUNK_ROWS, Chunk};
use crate::func::{TableFunction, TableRows};
use crate::plan::Expr;

#[derive(Debug)]
pub(super) struct TableFunctionScan {
    function: Arc<dyn TableFunction>,
    /// Expressions without columns; what they take from other tables comes through slots.
    arguments: Vec<Expr>,
    /// Positions of the columns that are read.
    columns: Vec<usize>,
    rows: Option<Box<dyn TableRows>>,
    /// The number of the next row.
    number: i64,
    /// How many rows the next chunk may have: few at first, for somebody may want no more.
    wanted: usize,
}

impl TableFunctionScan {
    pub(super) fn new(
        function: Arc<dyn TableFunction>,
        arguments: Vec<Expr>,
        columns: Vec<usize>,
    ) -> TableFunctionScan {
        TableFunctionScan { function, arguments, columns, rows: None, number: 0, wanted: 1 }
    }
}

impl Operator for TableFunctionScan {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        let arguments = self.arguments.iter().map(|argument| eval::constant(argument, context));
        let arguments = arguments.collect::<Result<Vec<_>>>()?;
        self.rows = Some(self.function.open(&arguments)?);
        self.number = 0;
        self.wanted = 16;
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        context.interrupt.check()?;
        out.reset(self.columns.len());
        let Some(rows) = &mut self.rows else { return Ok(false) };
        let mut count = 0;
        while count < self.wanted
            && let Some(row) = rows.next()?
        {
            for (place, &position) in self.columns.iter().enumerate() {
                let value = row.get(position).map_or(ValueRef::Integer(self.number), Value::as_ref);
                out.column_mut(place).push(value);
            }
            self.number += 1;
            count += 1;
        }
        out.set_rows(count);
        self.wanted = (self.wanted * 4).min(CHUNK_ROWS);
        Ok(count > 0)
    }
}
