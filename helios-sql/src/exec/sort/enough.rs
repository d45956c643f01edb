//! Where rows come in the order of the first keys, the first few of a sort are among the first few that come.
//!
//! In: rows in the order of a prefix of the keys. Out: the first `n` of them and those that are equal to the last of
//! these in the prefix, and when there can be no more.

use helios_core::Result;

use super::super::key::write_sort_key;
use super::super::{Context, eval};
use super::Key;
use crate::chunk::Chunk;

#[derive(Debug)]
pub(super) struct Enough {
    /// How many keys the rows come in the order of.
    ordered: usize,
    /// How many rows are still needed, whatever their keys.
    needed: usize,
    /// The prefix of the last row that was needed.
    last: Option<Vec<u8>>,
}

impl Enough {
    /// `None` if the rows come in no order.
    pub(super) fn new(needed: usize, ordered: usize) -> Option<Enough> {
        (ordered > 0 && needed > 0).then_some(Enough { ordered, needed, last: None })
    }

    /// Leaves out rows that come too late. Answers whether more may be needed.
    pub(super) fn keep(&mut self, keys: &[Key], chunk: &mut Chunk, context: &mut Context) -> Result<bool> {
        let rows = chunk.rows();
        if rows < self.needed {
            self.needed -= rows;
            return Ok(true);
        }
        let keys = &keys[..self.ordered];
        let columns = keys.iter().map(|key| eval::evaluate(&key.expr, context, chunk));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let prefix = |row: usize| {
            let mut prefix = Vec::new();
            write_sort_key(keys, &columns, row, &mut prefix);
            prefix
        };
        let last = self.last.get_or_insert_with(|| prefix(self.needed - 1));
        let equal = (self.needed..rows).take_while(|row| prefix(*row) == *last).count();
        let kept = self.needed + equal;
        self.needed = 0;
        chunk.slice(0, kept);
        Ok(kept == rows)
    }
}
