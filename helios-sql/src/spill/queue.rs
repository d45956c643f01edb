//! Chunks that are taken out in the order in which they came.

use std::collections::VecDeque;
use std::sync::Arc;

use helios_core::Result;

use super::codec::{read_chunk, write_chunk};
use super::file::{Block, SpillFile};
use super::memory::{Account, Workspace};
use crate::chunk::{CHUNK_BYTES, CHUNK_ROWS, Chunk};

/// First in, first out.
#[derive(Debug)]
pub struct RowQueue {
    workspace: Workspace,
    account: Account,
    /// The oldest chunks, those on disk, and the newest.
    front: VecDeque<Chunk>,
    middle: VecDeque<Block>,
    back: VecDeque<Chunk>,
    bytes: usize,
    file: Option<Arc<SpillFile>>,
    buffer: Vec<u8>,
}

impl RowQueue {
    /// No rows.
    pub fn new(workspace: &Workspace) -> RowQueue {
        RowQueue {
            workspace: workspace.clone(),
            account: workspace.account(),
            front: VecDeque::new(),
            middle: VecDeque::new(),
            back: VecDeque::new(),
            bytes: 0,
            file: None,
            buffer: Vec::new(),
        }
    }

    /// Adds rows at the end.
    pub fn push(&mut self, chunk: Chunk) -> Result<()> {
        self.bytes += chunk.memory();
        let end = if self.middle.is_empty() { &mut self.front } else { &mut self.back };
        end.push_back(chunk);
        if self.account.hold(self.bytes) { Ok(()) } else { self.spill() }
    }

    /// Writes all but the first chunk. Small ones become larger ones.
    fn spill(&mut self) -> Result<()> {
        let from = if self.middle.is_empty() { &mut self.front } else { &mut self.back };
        let kept = if self.middle.is_empty() { from.pop_front() } else { None };
        let file = match &self.file {
            Some(file) => file.clone(),
            None => self.file.insert(self.workspace.file()?).clone(),
        };
        let mut block = Chunk::default();
        let mut chunks = from.drain(..).peekable();
        while let Some(chunk) = chunks.next() {
            self.workspace.check()?;
            if block.rows() == 0 {
                block.reset(chunk.width());
            }
            block.append(&chunk);
            let grows = |next: &Chunk| {
                block.rows() + next.rows() <= CHUNK_ROWS && block.memory() + next.memory() <= CHUNK_BYTES
            };
            if chunks.peek().is_none_or(|next| !grows(next)) {
                self.buffer.clear();
                write_chunk(&block, &mut self.buffer);
                self.middle.push_back(file.write(&self.buffer)?);
                block = Chunk::default();
            }
        }
        drop(chunks);
        self.front.extend(kept);
        self.bytes = self.front.iter().map(Chunk::memory).sum();
        self.account.hold(self.bytes);
        Ok(())
    }

    /// Takes the oldest rows out.
    pub fn pop(&mut self) -> Result<Option<Chunk>> {
        if let Some(chunk) = self.front.pop_front() {
            self.bytes = self.bytes.saturating_sub(chunk.memory());
            self.account.hold(self.bytes);
            return Ok(Some(chunk));
        }
        if let (Some(block), Some(file)) = (self.middle.pop_front(), &self.file) {
            file.read(block, &mut self.buffer)?;
            if self.middle.is_empty() {
                // Nothing of the file is needed any more, and what is in memory is the oldest.
                self.file = None;
                std::mem::swap(&mut self.front, &mut self.back);
            }
            return read_chunk(&self.buffer).map(Some);
        }
        Ok(None)
    }
}
