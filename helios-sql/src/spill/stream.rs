//! Rows on disk, one block after the other.

use std::sync::Arc;

use helios_core::{Result, ValueRef};

use super::codec::{read_chunk, write_chunk};
use super::file::{Block, SpillFile};
use super::memory::Workspace;
use crate::chunk::{CHUNK_ROWS, Chunk};

/// A block is written when its rows have so many bytes: little enough to have one of each of many streams in memory.
pub(super) const BLOCK_BYTES: usize = 64 << 10;

/// A file for streams.
#[derive(Debug)]
pub struct StreamFile(Arc<SpillFile>);

impl StreamFile {
    /// An empty file.
    pub fn new(workspace: &Workspace) -> Result<StreamFile> {
        Ok(StreamFile(workspace.file()?))
    }
}

/// Rows that were written.
#[derive(Debug)]
pub struct Stream {
    file: Arc<SpillFile>,
    blocks: Vec<Block>,
}

impl Stream {
    /// Reads the rows from the first on.
    pub fn read(self) -> StreamReader {
        StreamReader { stream: self, next: 0, bytes: Vec::new() }
    }

    /// Fills `out` with the rows of a block; `false` behind the last.
    pub(super) fn read_block(&self, number: usize, bytes: &mut Vec<u8>, out: &mut Chunk) -> Result<bool> {
        let Some(&block) = self.blocks.get(number) else { return Ok(false) };
        self.file.read(block, bytes)?;
        *out = read_chunk(bytes)?;
        Ok(true)
    }
}

/// Rows on their way back.
#[derive(Debug)]
pub struct StreamReader {
    stream: Stream,
    next: usize,
    bytes: Vec<u8>,
}

impl StreamReader {
    /// Fills `out` with the next rows; `false` at the end.
    pub fn next(&mut self, out: &mut Chunk) -> Result<bool> {
        let found = self.stream.read_block(self.next, &mut self.bytes, out)?;
        self.next += 1;
        Ok(found)
    }

    /// Begins again.
    pub fn rewind(&mut self) {
        self.next = 0;
    }
}

/// Rows on their way to disk.
#[derive(Debug)]
pub struct StreamWriter {
    stream: Stream,
    pending: Chunk,
    /// About how many bytes a block has.
    block_bytes: usize,
    pending_bytes: usize,
    bytes: Vec<u8>,
}

impl StreamWriter {
    /// A stream of rows with `width` columns.
    pub fn new(file: &StreamFile, width: usize) -> StreamWriter {
        StreamWriter::within(file.0.clone(), width, BLOCK_BYTES)
    }

    pub(super) fn within(file: Arc<SpillFile>, width: usize, block_bytes: usize) -> StreamWriter {
        let mut pending = Chunk::default();
        pending.reset(width);
        let stream = Stream { file, blocks: Vec::new() };
        StreamWriter { stream, pending, block_bytes, pending_bytes: 0, bytes: Vec::new() }
    }

    /// Writes the rows of `chunk` at `rows`.
    pub fn push_rows(&mut self, chunk: &Chunk, rows: &[u32]) -> Result<()> {
        for &row in rows {
            self.push_row(chunk, row as usize)?;
        }
        Ok(())
    }

    /// Writes one row of `chunk`. Returns whether it is the first of its block.
    pub(super) fn push_row(&mut self, chunk: &Chunk, row: usize) -> Result<bool> {
        debug_assert_eq!(chunk.width(), self.pending.width(), "rows of one stream have one width");
        let bytes = row_bytes(chunk, row);
        self.make_room(bytes)?;
        for (column, source) in self.pending.columns_mut().zip(chunk.columns()) {
            column.push(source.get(row));
        }
        self.pending.set_rows(self.pending.rows() + 1);
        self.pending_bytes += bytes;
        Ok(self.pending.rows() == 1)
    }

    /// Writes one row of `chunk` with a key as one more column, a blob.
    pub fn push_keyed(&mut self, chunk: &Chunk, row: usize, key: &[u8]) -> Result<()> {
        let bytes = row_bytes(chunk, row) + key.len();
        self.make_room(bytes)?;
        let values = chunk.columns().iter().map(|column| column.get(row)).chain([ValueRef::Blob(key)]);
        for (column, value) in self.pending.columns_mut().zip(values) {
            column.push(value);
        }
        self.pending.set_rows(self.pending.rows() + 1);
        self.pending_bytes += bytes;
        Ok(())
    }

    /// Writes all rows of `chunk`.
    pub fn push(&mut self, chunk: &Chunk) -> Result<()> {
        (0..chunk.rows()).try_for_each(|row| self.push_row(chunk, row).map(drop))
    }

    /// Ends the block if it has no room for so many bytes more.
    fn make_room(&mut self, bytes: usize) -> Result<()> {
        let is_full = self.pending.rows() >= CHUNK_ROWS || self.pending_bytes + bytes > self.block_bytes;
        if is_full && self.pending.rows() > 0 { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        self.bytes.clear();
        write_chunk(&self.pending, &mut self.bytes);
        self.stream.blocks.push(self.stream.file.write(&self.bytes)?);
        self.pending.reset(self.pending.width());
        self.pending_bytes = 0;
        Ok(())
    }

    /// Writes what is left.
    pub fn finish(mut self) -> Result<Stream> {
        if self.pending.rows() > 0 {
            self.flush()?;
        }
        Ok(self.stream)
    }
}

/// About how many bytes a row takes.
pub(super) fn row_bytes(chunk: &Chunk, row: usize) -> usize {
    let bytes = |column: &Arc<crate::chunk::Column>| size_of::<u64>() + column.bytes(row).len();
    chunk.columns().iter().map(bytes).sum()
}
