//! DISTINCT: the first of equal rows.
//!
//! Where equal rows come one behind the other, a row is compared with the one before it; otherwise there is a set of those
//! that were seen.

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
    /// Whether equal rows come one behind the other.
    in_order: bool,
    seen: Seen,
}

#[derive(Debug)]
enum Seen {
    /// Nothing is read.
    Closed,
    All(KeySet),
    Last(Vec<u8>),
}

impl Distinct {
    pub(super) fn new(input: BoxedOperator, columns: Vec<(usize, Collation)>, in_order: bool) -> Distinct {
        Distinct { input, columns, in_order, seen: Seen::Closed }
    }
}

impl Operator for Distinct {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.seen = match self.in_order {
            true => Seen::Last(Vec::new()),
            false => Seen::All(KeySet::new(&context.workspace())),
        };
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        let mut key = Vec::new();
        while self.input.next(context, out)? {
            let mut fresh = Vec::new();
            for row in 0..out.rows() {
                key.clear();
                let values =
                    self.columns.iter().map(|(column, collation)| (out.value(row, *column), collation));
                write_key(values, &mut key);
                let is_fresh = match &mut self.seen {
                    Seen::Closed => false,
                    Seen::All(seen) => seen.insert(&key)?,
                    Seen::Last(last) => {
                        let differs = *last != key;
                        std::mem::swap(last, &mut key);
                        differs
                    }
                };
                if is_fresh {
                    fresh.push(row as u32);
                }
            }
            if let Seen::All(seen) = &mut self.seen {
                seen.settle()?;
            }
            out.select(&fresh);
            if out.rows() > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn close(&mut self) {
        self.seen = Seen::Closed;
        self.input.close();
    }
}
