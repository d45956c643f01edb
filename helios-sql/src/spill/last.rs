//! Of rows with equal keys the last one.

use helios_core::Result;

use super::sorter::Sorted;
use crate::chunk::Chunk;

/// Rows in the order of their keys, one for each key.
#[derive(Debug)]
pub struct LastOfEqual {
    sorted: Sorted,
    /// The next rows; none at the end.
    next: Chunk,
}

/// The key of a row, which is its last column; `None` behind the last row.
pub fn key_of(chunk: &Chunk, row: usize) -> Option<&[u8]> {
    (row < chunk.rows()).then(|| chunk.column(chunk.width() - 1).bytes(row))
}

impl LastOfEqual {
    /// Takes rows that come with their keys.
    pub fn new(mut sorted: Sorted) -> Result<LastOfEqual> {
        let mut next = Chunk::default();
        sorted.next(&mut next)?;
        Ok(LastOfEqual { sorted, next })
    }

    /// Fills `out` with the next rows, perhaps none, and their keys as last column; `false` at the end.
    pub fn next(&mut self, out: &mut Chunk) -> Result<bool> {
        if self.next.rows() == 0 {
            return Ok(false);
        }
        std::mem::swap(out, &mut self.next);
        if !self.sorted.next(&mut self.next)? {
            self.next.reset(0);
        }
        let is_last = |row: usize| {
            let following = key_of(out, row + 1).or_else(|| key_of(&self.next, 0));
            following != key_of(out, row)
        };
        let rows: Vec<u32> = (0..out.rows()).filter(|&row| is_last(row)).map(|row| row as u32).collect();
        out.select(&rows);
        Ok(true)
    }
}
