//! DISTINCT: the first of equal rows.

use helios_core::Result;
use helios_core::value::Collation;

use super::key::write_key;
use super::{BoxedOperator, Context, Operator};
use crate::chunk::Chunk;
use crate::spill::KeySet;

#[derive(Debug)]
pub(super) struct Distinct {
    input: BoxedOperator,
    /// Positions of the columns that are compared.
    columns: Vec<(usize, Collation)>,
    seen: Option<KeySet>,
}

impl Distinct {
    pub(super) fn new(input: BoxedOperator, columns: Vec<(usize, Collation)>) -> Distinct {
        Distinct { input, columns, seen: None }
    }
}

impl Operator for Distinct {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.seen = Some(KeySet::new(&context.workspace()));
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        let Some(seen) = &mut self.seen else { return Ok(false) };
        let mut key = Vec::new();
        while self.input.next(context, out)? {
            let mut fresh = Vec::new();
            for row in 0..out.rows() {
                key.clear();
                let values =
                    self.columns.iter().map(|(column, collation)| (out.value(row, *column), collation));
                write_key(values, &mut key);
                if seen.insert(&key)? {
                    fresh.push(row as u32);
                }
            }
            seen.settle()?;
            out.select(&fresh);
            if out.rows() > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn close(&mut self) {
        self.seen = None;
        self.input.close();
    }
}
