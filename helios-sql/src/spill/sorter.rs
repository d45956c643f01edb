//! Rows in the order of their keys, sorted in memory as long as they fit and in runs on disk beyond it.
//!
//! Each row comes with a byte string whose order is the order asked for; equal ones stay in the order in which they
//! came. Rows stay in the chunks that they came in until they are handed out or written. When they do not fit, what is
//! there is sorted and written as a run; in the end the runs are merged (see [`Merge`]). Later runs hold later rows, so
//! the order is the same as if all had been sorted at once. Where only the first `n` are asked for, the rest is thrown
//! away whenever it has grown to several times `n`.

use std::cmp::Ordering;
use std::sync::Arc;

use helios_core::Result;

use super::file::SpillFile;
use super::memory::{Account, Workspace};
use super::merge::Merge;
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
    chunk_bytes: usize,
    keys: Strings,
    order: Vec<Entry>,
}

/// A row: the beginning of its key, the place of the whole key, and where the row is.
#[derive(Clone, Copy, Debug)]
struct Entry {
    prefix: u128,
    key: u32,
    chunk: u32,
    row: u32,
}

impl Sorter {
    /// A sorter of rows with `width` columns.
    pub fn new(workspace: &Workspace, width: usize) -> Sorter {
        let (chunks, keys, order) = (Vec::new(), Strings::default(), Vec::new());
        Sorter {
            workspace: workspace.clone(),
            account: workspace.account(),
            rows: Rows { width, shows_keys: false, chunks, chunk_bytes: 0, keys, order },
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
        for row in 0..chunk.rows() {
            let place = rows.keys.len();
            rows.keys.push_with(|out| write_key(row, out));
            rows.order.push(Entry {
                prefix: prefix(rows.keys.get(place)),
                key: place as u32,
                chunk: rows.chunks.len() as u32,
                row: row as u32,
            });
        }
        if chunk.rows() > 0 {
            rows.chunk_bytes += chunk.memory();
            rows.chunks.push(chunk);
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
        Some((&chunks[0], last.row as usize))
    }

    /// Writes what is in memory as a run.
    fn spill(&mut self) -> Result<()> {
        let rows = &mut self.rows;
        sort(&mut rows.order, &rows.keys);
        if let Some(first) = self.first {
            rows.order.truncate(first);
        }
        let file = match &self.file {
            Some(file) => file.clone(),
            None => self.file.insert(self.workspace.file()?).clone(),
        };
        let mut writer = StreamWriter::within(file, rows.width + 1, BLOCK_BYTES);
        for entries in rows.order.chunks(CHUNK_ROWS) {
            self.workspace.check()?;
            for entry in entries {
                let chunk = &rows.chunks[entry.chunk as usize];
                writer.push_keyed(chunk, entry.row as usize, rows.keys.get(entry.key as usize))?;
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
            let rows = &mut self.rows;
            sort(&mut rows.order, &rows.keys);
            if let Some(first) = self.first {
                rows.order.truncate(first);
            }
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
        // Sorting by two threads takes the order twice.
        self.chunk_bytes + self.keys.memory() + 2 * self.order.capacity() * size_of::<Entry>()
    }

    /// Throws away all rows but the first `first`, and the memory of those.
    fn keep_first(&mut self, first: usize) {
        sort(&mut self.order, &self.keys);
        self.order.truncate(first);
        let mut kept_keys = Strings::default();
        let mut kept = Chunk::default();
        kept.reset(self.width);
        for (row, entry) in self.order.iter_mut().enumerate() {
            kept.append_rows(&self.chunks[entry.chunk as usize], &[entry.row]);
            kept_keys.push(self.keys.get(entry.key as usize));
            // Rows with equal keys stand by arrival, so their new numbers keep that order.
            *entry = Entry { key: row as u32, chunk: 0, row: row as u32, ..*entry };
        }
        self.chunk_bytes = kept.memory();
        self.chunks.clear();
        self.chunks.push(kept);
        self.keys = kept_keys;
    }

    fn clear(&mut self) {
        self.chunks = Vec::new();
        self.chunk_bytes = 0;
        self.keys = Strings::default();
        self.order = Vec::new();
    }

    /// Fills `out` with the rows from position `next` on, and returns where the rest begins.
    fn give(&self, next: usize, out: &mut Chunk) -> usize {
        let row_bytes = self.chunk_bytes / self.order.len().max(1);
        let count = (CHUNK_BYTES / row_bytes.max(1)).clamp(1, CHUNK_ROWS);
        let end = self.order.len().min(next + count);
        let rows = &self.order[next..end];
        out.reset(self.width);
        for position in 0..self.width {
            let column = out.column_mut(position);
            for entry in rows {
                column.push(self.chunks[entry.chunk as usize].value(entry.row as usize, position));
            }
        }
        if self.shows_keys {
            let keys = rows.iter().map(|entry| self.keys.get(entry.key as usize));
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

/// From so many rows on, half of them are sorted by a second thread.
const SORT_APART: usize = 50_000;

/// Sorts rows by their keys, equal ones by arrival. No two compare as equal, so the order is the same however the work
/// is divided.
fn sort(order: &mut Vec<Entry>, keys: &Strings) {
    if order.len() < SORT_APART || std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        order.sort_unstable_by(|a, b| compare(a, b, keys));
        return;
    }
    let middle = order.len() / 2;
    let (left, right) = order.split_at_mut(middle);
    std::thread::scope(|scope| {
        scope.spawn(|| left.sort_unstable_by(|a, b| compare(a, b, keys)));
        right.sort_unstable_by(|a, b| compare(a, b, keys));
    });
    *order = merge(left, right, keys);
}

fn compare(a: &Entry, b: &Entry, keys: &Strings) -> Ordering {
    (a.prefix.cmp(&b.prefix))
        .then_with(|| keys.get(a.key as usize).cmp(keys.get(b.key as usize)))
        .then_with(|| a.key.cmp(&b.key))
}

fn merge(mut left: &[Entry], mut right: &[Entry], keys: &Strings) -> Vec<Entry> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
        if compare(a, b, keys).is_lt() {
            merged.push(*a);
            left = left_rest;
        } else {
            merged.push(*b);
            right = right_rest;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    merged
}
