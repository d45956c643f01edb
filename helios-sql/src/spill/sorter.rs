//! Rows in the order of their keys, sorted in memory as long as they fit and in runs on disk beyond it.
//!
//! Each row comes with a byte string whose order is the order asked for; equal ones stay in the order in which they
//! came. Rows stay in the chunks that they came in until they are handed out or written. When they do not fit, what is
//! there is sorted and written as a run; in the end the runs are merged (see [`Merge`]). Later runs hold later rows, so
//! the order is the same as if all had been sorted at once. Where only the first `n` are asked for, the rest is thrown
//! away whenever it has grown to several times `n`.

use std::sync::Arc;

use helios_core::Result;

use super::file::SpillFile;
use super::memory::{Account, Workspace};
use super::merge::Merge;
use super::order::{Entry, sort};
use super::stream::{BLOCK_BYTES, Stream, StreamWriter};
use crate::chunk::{CHUNK_BYTES, CHUNK_ROWS, Chunk, Column, Strings};

/// Rows on their way into an order.
#[derive(Debug)]
pub struct Sorter {
    workspace: Workspace,
    account: Account,
    rows: Rows,
    /// How many rows are asked for; `None` for all.
    first: Option<usize>,
    /// Whether what is in memory is just the first rows.
    is_cut: bool,
    file: Option<Arc<SpillFile>>,
    runs: Vec<Stream>,
}

/// Rows in memory.
#[derive(Debug)]
struct Rows {
    width: usize,
    /// Whether rows are handed out with their key as one more column.
    shows_keys: bool,
    chunks: Vec<Chunk>,
    /// The keys of each chunk's rows.
    keys: Vec<Strings>,
    /// Bytes of memory of chunks and keys.
    bytes: usize,
    order: Vec<Entry>,
}

impl Sorter {
    /// A sorter of rows with `width` columns.
    pub fn new(workspace: &Workspace, width: usize) -> Sorter {
        let (chunks, keys, order) = (Vec::new(), Vec::new(), Vec::new());
        Sorter {
            workspace: workspace.clone(),
            account: workspace.account(),
            rows: Rows { width, shows_keys: false, chunks, keys, bytes: 0, order },
            first: None,
            is_cut: false,
            file: None,
            runs: Vec::new(),
        }
    }

    /// Only the first rows are asked for.
    #[must_use]
    pub fn with_first(mut self, first: Option<usize>) -> Sorter {
        self.first = first;
        self
    }

    /// Rows are handed out with their key as one more column, a blob.
    #[must_use]
    pub fn with_keys(mut self) -> Sorter {
        self.rows.shows_keys = true;
        self
    }

    /// Takes the rows of a chunk; `write_key` appends the key of a row.
    pub fn push(&mut self, chunk: Chunk, mut write_key: impl FnMut(usize, &mut Vec<u8>)) -> Result<()> {
        self.workspace.check()?;
        self.is_cut = false;
        let rows = &mut self.rows;
        let mut keys = rows.keys.last().map(Strings::empty_like).unwrap_or_default();
        for row in 0..chunk.rows() {
            keys.push_with(|out| write_key(row, out));
            rows.order.push(Entry::new(rows.chunks.len(), row, keys.get(row)));
        }
        if chunk.rows() > 0 {
            rows.add(chunk, keys);
        }
        if let Some(first) = self.first
            && rows.order.len() / 2 > first.saturating_add(CHUNK_ROWS / 2)
        {
            rows.keep_first(first);
            self.is_cut = true;
        }
        if !self.account.hold(self.rows.memory()) {
            self.spill()?;
        }
        Ok(())
    }

    /// Where the last of the first rows is, once the others have been thrown away: a row behind it is not asked for.
    pub fn last_kept(&self) -> Option<(&Chunk, usize)> {
        let Rows { chunks, order, .. } = &self.rows;
        let last = order.last().filter(|_| self.is_cut)?;
        Some((&chunks[0], last.place().1))
    }

    /// Writes what is in memory as a run.
    fn spill(&mut self) -> Result<()> {
        let rows = &mut self.rows;
        rows.sort(self.first);
        let file = match &self.file {
            Some(file) => file.clone(),
            None => self.file.insert(self.workspace.file()?).clone(),
        };
        let mut writer = StreamWriter::within(file, rows.width + 1, BLOCK_BYTES);
        for entries in rows.order.chunks(CHUNK_ROWS) {
            self.workspace.check()?;
            for entry in entries {
                let (chunk, row) = entry.place();
                writer.push_keyed(&rows.chunks[chunk], row, rows.keys[chunk].get(row))?;
            }
        }
        self.runs.push(writer.finish()?);
        rows.clear();
        self.is_cut = false;
        self.account.hold(0);
        Ok(())
    }

    /// The rows in their order.
    pub fn finish(mut self) -> Result<Sorted> {
        if self.runs.is_empty() {
            self.rows.sort(self.first);
            return Ok(Sorted(State::Here { rows: self.rows, next: 0, _account: self.account }));
        }
        if !self.rows.order.is_empty() {
            self.spill()?;
        }
        let Rows { width, shows_keys, .. } = self.rows;
        let merge = Merge::new(&self.workspace, self.runs, width, shows_keys)?;
        Ok(Sorted(State::Merged { merge, left: self.first }))
    }
}

impl Rows {
    fn memory(&self) -> usize {
        self.bytes + self.order.capacity() * size_of::<Entry>()
    }

    fn add(&mut self, chunk: Chunk, keys: Strings) {
        self.bytes += chunk.memory() + keys.memory();
        self.chunks.push(chunk);
        self.keys.push(keys);
    }

    /// Brings the rows into their order, and leaves out those behind the first `first`.
    fn sort(&mut self, first: Option<usize>) {
        sort(&mut self.order, &|entry| {
            let (chunk, row) = entry.place();
            self.keys[chunk].get(row)
        });
        if let Some(first) = first {
            self.order.truncate(first);
        }
    }

    /// Throws away all rows but the first `first`, and the memory of those.
    fn keep_first(&mut self, first: usize) {
        self.sort(Some(first));
        let mut kept_keys = Strings::default();
        let mut kept = Chunk::default();
        kept.reset(self.width);
        for (number, entry) in self.order.iter_mut().enumerate() {
            let (chunk, row) = entry.place();
            kept.append_rows(&self.chunks[chunk], &[row as u32]);
            let key = self.keys[chunk].get(row);
            kept_keys.push(key);
            // Rows with equal keys stand by arrival, so their new numbers keep that order.
            *entry = Entry::new(0, number, key);
        }
        self.clear_rows();
        self.add(kept, kept_keys);
    }

    fn clear(&mut self) {
        self.clear_rows();
        self.order = Vec::new();
    }

    fn clear_rows(&mut self) {
        self.chunks = Vec::new();
        self.keys = Vec::new();
        self.bytes = 0;
    }

    /// Fills `out` with the rows from position `next` on, and returns where the rest begins.
    fn give(&self, next: usize, out: &mut Chunk) -> usize {
        let row_bytes = self.bytes / self.order.len().max(1);
        let count = (CHUNK_BYTES / row_bytes.max(1)).clamp(1, CHUNK_ROWS);
        let end = self.order.len().min(next + count);
        let rows = &self.order[next..end];
        out.reset(self.width);
        for position in 0..self.width {
            let column = out.column_mut(position);
            for entry in rows {
                let (chunk, row) = entry.place();
                column.push(self.chunks[chunk].value(row, position));
            }
        }
        if self.shows_keys {
            let keys = rows.iter().map(|entry| {
                let (chunk, row) = entry.place();
                self.keys[chunk].get(row)
            });
            out.push_column(Arc::new(Column::blobs(keys)));
        }
        out.set_rows(rows.len());
        end
    }
}

/// Rows in their order.
#[derive(Debug)]
pub struct Sorted(State);

#[derive(Debug)]
enum State {
    Here { rows: Rows, next: usize, _account: Account },
    Merged { merge: Merge, left: Option<usize> },
}

impl Sorted {
    /// Fills `out` with the next rows; `false` at the end.
    pub fn next(&mut self, out: &mut Chunk) -> Result<bool> {
        match &mut self.0 {
            State::Here { rows, next, .. } => {
                *next = rows.give(*next, out);
                Ok(out.rows() > 0)
            }
            State::Merged { merge, left } => {
                if *left == Some(0) || !merge.next(out)? {
                    return Ok(false);
                }
                if let Some(left) = left {
                    out.slice(0, *left);
                    *left -= out.rows();
                }
                Ok(true)
            }
        }
    }
}

/// The beginning of a key, so that most comparisons need no more.
pub(super) fn prefix(key: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    let length = key.len().min(16);
    bytes[..length].copy_from_slice(&key[..length]);
    u128::from_be_bytes(bytes)
}
