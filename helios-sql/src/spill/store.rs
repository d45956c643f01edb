//! Rows on disk that are found by their keys.

use std::sync::Arc;

use helios_core::Result;

use super::file::SpillFile;
use super::memory::Workspace;
use super::sorter::Sorted;
use super::stream::{Stream, StreamWriter};
use crate::chunk::{Chunk, Strings};

/// Blocks are small: a lookup reads one.
const BLOCK_BYTES: usize = 4 << 10;

/// Rows with a key each, a blob as last column, in the order of the keys.
#[derive(Debug)]
pub struct SortedStore {
    stream: Stream,
    /// The first key of each block.
    firsts: Strings,
    /// The block that was read last, and its rows.
    block: Option<usize>,
    chunk: Chunk,
    bytes: Vec<u8>,
}

impl SortedStore {
    /// Writes sorted rows that come with their keys; they have `width` columns besides.
    pub fn new(workspace: &Workspace, mut sorted: Sorted, width: usize) -> Result<SortedStore> {
        let mut writer = StoreWriter::new(workspace.file()?, width);
        let mut chunk = Chunk::default();
        while sorted.next(&mut chunk)? {
            workspace.check()?;
            writer.push(&chunk)?;
        }
        writer.finish()
    }

    /// The rows in order.
    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }

    /// Calls `visit` with each row that has this key, in order, as long as it returns `true`.
    pub fn find(&mut self, key: &[u8], mut visit: impl FnMut(&Chunk, usize) -> bool) -> Result<()> {
        // Rows with the key may begin at the end of the block before.
        let mut block = self.first_not_below(key).saturating_sub(1);
        while block < self.firsts.len() && self.firsts.get(block) <= key {
            self.load(block)?;
            let mut row = partition_point(self.chunk.rows(), |row| key_of(&self.chunk, row) < key);
            while row < self.chunk.rows() {
                if key_of(&self.chunk, row) != key || !visit(&self.chunk, row) {
                    return Ok(());
                }
                row += 1;
            }
            block += 1;
        }
        Ok(())
    }

    /// Whether a row has this key.
    pub fn contains(&mut self, key: &[u8]) -> Result<bool> {
        let mut found = false;
        self.find(key, |_, _| {
            found = true;
            false
        })?;
        Ok(found)
    }

    /// The first block whose first key is not less than `key`.
    fn first_not_below(&self, key: &[u8]) -> usize {
        partition_point(self.firsts.len(), |block| self.firsts.get(block) < key)
    }

    fn load(&mut self, block: usize) -> Result<()> {
        if self.block != Some(block) {
            self.block = None;
            self.stream.read_block(block, &mut self.bytes, &mut self.chunk)?;
            self.block = Some(block);
        }
        Ok(())
    }
}

fn key_of(chunk: &Chunk, row: usize) -> &[u8] {
    chunk.column(chunk.width() - 1).bytes(row)
}

/// The first of `count` positions for which `is_before` does not hold.
fn partition_point(count: usize, is_before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Rows on their way into a store.
#[derive(Debug)]
pub(super) struct StoreWriter {
    writer: StreamWriter,
    firsts: Strings,
}

impl StoreWriter {
    pub(super) fn new(file: Arc<SpillFile>, width: usize) -> StoreWriter {
        let writer = StreamWriter::within(file, width + 1, BLOCK_BYTES);
        StoreWriter { writer, firsts: Strings::default() }
    }

    /// Writes rows with their keys as last column, in order.
    pub(super) fn push(&mut self, chunk: &Chunk) -> Result<()> {
        for row in 0..chunk.rows() {
            if self.writer.push_row(chunk, row)? {
                self.firsts.push(key_of(chunk, row));
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<SortedStore> {
        let stream = self.writer.finish()?;
        let (chunk, bytes) = (Chunk::default(), Vec::new());
        Ok(SortedStore { stream, firsts: self.firsts, block: None, chunk, bytes })
    }
}
