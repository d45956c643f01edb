//! The rows that a statement works on. They are read before anything is written, so that no statement meets its own
//! changes.

use helios_core::Result;

use crate::chunk::Chunk;
use crate::exec::{Built, Context, drain};
use crate::spill::{ChunkList, LastOfEqual, Sorted, Sorter};

/// Rows on their way into a table.
#[derive(Debug)]
pub(super) enum WorkRows {
    /// As they came: all, and the next one.
    List(ChunkList, usize),
    /// By rowid.
    Sorted(Sorted),
    /// The last of those that have the same key.
    Last(LastOfEqual),
}

impl WorkRows {
    /// All rows of the query of a statement.
    pub(super) fn read(built: &mut Built, context: &mut Context) -> Result<WorkRows> {
        let mut rows = ChunkList::new(&context.workspace());
        drain(&mut *built.root, context, |chunk| rows.append(std::mem::take(chunk)))?;
        Ok(WorkRows::List(rows, 0))
    }

    /// All rows of the query of a statement, in the order of the rowids in one of their columns: whichever way they
    /// were found, they are changed in this order.
    pub(super) fn read_by_rowid(built: &mut Built, rowid: usize, context: &mut Context) -> Result<WorkRows> {
        let mut rows = ChunkList::new(&context.workspace());
        let (mut last, mut is_sorted) = (i64::MIN, true);
        drain(&mut *built.root, context, |chunk| {
            for row in 0..chunk.rows() {
                let id = chunk.value(row, rowid).to_integer();
                is_sorted &= last <= id;
                last = id;
            }
            rows.append(std::mem::take(chunk))
        })?;
        if is_sorted {
            return Ok(WorkRows::List(rows, 0));
        }
        let mut chunk = Chunk::default();
        rows.get(0, &mut chunk)?;
        let mut sorter = Sorter::new(&context.workspace(), chunk.width());
        for position in 0..rows.len() {
            rows.get(position, &mut chunk)?;
            let ids: Vec<i64> = (0..chunk.rows()).map(|row| chunk.value(row, rowid).to_integer()).collect();
            sorter.push(std::mem::take(&mut chunk), |row, key| {
                // The least number is the least text of bytes.
                key.extend_from_slice(&(ids[row] ^ i64::MIN).to_be_bytes());
            })?;
        }
        Ok(WorkRows::Sorted(sorter.finish()?))
    }

    /// Of rows that have the same key the last, in the order of the keys, which `write_key` appends.
    pub(super) fn last_of_equal(
        mut self,
        context: &Context,
        mut write_key: impl FnMut(&Chunk, usize, &mut Vec<u8>) -> Result<()>,
    ) -> Result<WorkRows> {
        let mut sorter: Option<Sorter> = None;
        let mut chunk = Chunk::default();
        while self.next(&mut chunk)? {
            let width = chunk.width();
            let sorter = sorter.get_or_insert_with(|| Sorter::new(&context.workspace(), width).with_keys());
            let rows = std::mem::take(&mut chunk);
            let mut result = Ok(());
            sorter.push(rows.clone(), |row, key| {
                if result.is_ok() {
                    result = write_key(&rows, row, key);
                }
            })?;
            result?;
        }
        match sorter {
            Some(sorter) => Ok(WorkRows::Last(LastOfEqual::new(sorter.finish()?)?)),
            None => Ok(self),
        }
    }

    /// Fills `out` with the next rows; `false` at the end.
    pub(super) fn next(&mut self, out: &mut Chunk) -> Result<bool> {
        match self {
            WorkRows::List(rows, next) => {
                *next += 1;
                rows.take(*next - 1, out)
            }
            WorkRows::Sorted(sorted) => sorted.next(out),
            WorkRows::Last(rows) => {
                let found = rows.next(out)?;
                if found {
                    out.pop_column();
                }
                Ok(found)
            }
        }
    }
}
