//! UNION, INTERSECT, EXCEPT: each row once, in the order of the values, as SQLite does.
//!
//! Both sides are sorted by their values. Of rows that are equal but not the same, SQLite keeps the last one.

use helios_core::Result;
use helios_core::value::Collation;

use super::key::write_key;
use super::{BoxedOperator, Context, Operator};
use crate::ast::CompoundOperator;
use crate::chunk::Chunk;
use crate::spill::{LastOfEqual, Sorted, Sorter, key_of};
use crate::stack::with_room;

#[derive(Debug)]
pub(super) struct SetOperation {
    operator: CompoundOperator,
    left: BoxedOperator,
    right: BoxedOperator,
    collations: Vec<Collation>,
    rows: Option<Rows>,
}

/// Both sides in order.
#[derive(Debug)]
struct Rows {
    /// The left rows; for UNION those of both sides.
    rows: LastOfEqual,
    /// The keys of the right side, if rows depend on them.
    others: Option<Keys>,
}

/// Keys in order.
#[derive(Debug)]
struct Keys {
    sorted: Sorted,
    chunk: Chunk,
    row: usize,
}

impl SetOperation {
    pub(super) fn new(
        operator: CompoundOperator,
        left: BoxedOperator,
        right: BoxedOperator,
        collations: Vec<Collation>,
    ) -> SetOperation {
        SetOperation { operator, left, right, collations, rows: None }
    }

    /// Reads both sides.
    fn read(&mut self, context: &mut Context) -> Result<Rows> {
        let collations = &self.collations[..];
        let mut rows = Sorter::new(&context.workspace(), collations.len()).with_keys();
        with_room(|| collect(&mut *self.left, context, collations, true, &mut rows))?;
        let others = if self.operator == CompoundOperator::Union {
            collect(&mut *self.right, context, collations, true, &mut rows)?;
            None
        } else {
            let mut keys = Sorter::new(&context.workspace(), 0).with_keys();
            collect(&mut *self.right, context, collations, false, &mut keys)?;
            Some(Keys { sorted: keys.finish()?, chunk: Chunk::default(), row: 0 })
        };
        Ok(Rows { rows: LastOfEqual::new(rows.finish()?)?, others })
    }
}

/// Sorts the rows of an operator, or only their keys.
fn collect(
    operator: &mut dyn Operator,
    context: &mut Context,
    collations: &[Collation],
    keeps_values: bool,
    sorter: &mut Sorter,
) -> Result<()> {
    super::drain(operator, context, |chunk| {
        let chunk = std::mem::take(chunk);
        let kept = if keeps_values { chunk.clone() } else { Chunk::new(Vec::new(), chunk.rows()) };
        sorter.push(kept, |row, out| {
            let columns = collations.iter().enumerate();
            write_key(columns.map(|(column, by)| (chunk.value(row, column), by)), out);
        })
    })
}

impl Keys {
    /// Whether there is this key. Later calls ask for greater ones.
    fn contain(&mut self, key: &[u8]) -> Result<bool> {
        loop {
            match key_of(&self.chunk, self.row) {
                Some(found) if found < key => self.row += 1,
                Some(found) => return Ok(found == key),
                None => {
                    self.row = 0;
                    if !self.sorted.next(&mut self.chunk)? {
                        self.chunk.reset(0);
                        return Ok(false);
                    }
                }
            }
        }
    }
}

impl Rows {
    /// Fills `out` with those of the next rows that belong to the result, perhaps none; `false` at the end.
    fn take(&mut self, operator: CompoundOperator, out: &mut Chunk) -> Result<bool> {
        if !self.rows.next(out)? {
            return Ok(false);
        }
        if let Some(others) = &mut self.others {
            let mut rows = Vec::with_capacity(out.rows());
            for row in 0..out.rows() {
                let Some(key) = key_of(out, row) else { continue };
                if others.contain(key)? == (operator == CompoundOperator::Intersect) {
                    rows.push(row as u32);
                }
            }
            out.select(&rows);
        }
        out.pop_column();
        Ok(true)
    }
}

impl Operator for SetOperation {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.rows = None;
        self.rows = Some(self.read(context)?);
        Ok(())
    }

    fn next(&mut self, _: &mut Context, out: &mut Chunk) -> Result<bool> {
        let Some(rows) = &mut self.rows else { return Ok(false) };
        while rows.take(self.operator, out)? {
            if out.rows() > 0 {
                return Ok(true);
            }
        }
        self.rows = None;
        Ok(false)
    }

    fn close(&mut self) {
        self.rows = None;
        with_room(|| self.left.close());
        self.right.close();
    }
}
