//! Chunks in a row, to be read again by their position.

use std::sync::Arc;

use helios_core::Result;

use super::codec::{read_chunk, write_chunk};
use super::file::{Block, SpillFile};
use super::memory::{Account, Workspace};
use crate::chunk::{CHUNK_BYTES, CHUNK_ROWS, Chunk};

/// Chunks by position.
#[derive(Debug)]
pub struct ChunkList {
    workspace: Workspace,
    account: Account,
    places: Vec<Place>,
    /// Bytes of the chunks that are in memory, and the first place that may have one.
    bytes: usize,
    first_here: usize,
    file: Option<Arc<SpillFile>>,
    /// Bytes of a block on its way.
    buffer: Vec<u8>,
    rows: usize,
    /// Whether the last chunk is a copy that rows can be added to; as they come, chunks share their columns.
    last_grows: bool,
}

#[derive(Debug)]
enum Place {
    Here(Chunk),
    There(Block),
}

impl ChunkList {
    /// No chunks.
    pub fn new(workspace: &Workspace) -> ChunkList {
        ChunkList {
            workspace: workspace.clone(),
            account: workspace.account(),
            places: Vec::new(),
            bytes: 0,
            first_here: 0,
            file: None,
            buffer: Vec::new(),
            rows: 0,
            last_grows: false,
        }
    }

    /// How many chunks there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many rows all chunks together have.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a chunk at the end.
    pub fn push(&mut self, chunk: Chunk) -> Result<()> {
        self.workspace.check()?;
        self.bytes += chunk.memory();
        self.rows += chunk.rows();
        self.places.push(Place::Here(chunk));
        self.last_grows = false;
        if self.account.hold(self.bytes) { Ok(()) } else { self.spill() }
    }

    /// Adds the rows of a chunk at the end, to the last chunk if both are small.
    pub fn append(&mut self, chunk: Chunk) -> Result<()> {
        if chunk.rows() > CHUNK_ROWS / 8 {
            return self.push(chunk);
        }
        let has_room = |last: &Chunk| {
            last.rows() + chunk.rows() <= CHUNK_ROWS && last.memory() + chunk.memory() <= CHUNK_BYTES
        };
        let last = match self.places.last_mut() {
            Some(Place::Here(last)) if has_room(last) => last,
            _ => return self.push(chunk),
        };
        let before = last.memory();
        if !self.last_grows {
            // Value by value, so that columns of constants become columns that can grow.
            let mut copy = Chunk::default();
            copy.reset(last.width());
            copy.append(last);
            *last = copy;
            self.last_grows = true;
        }
        last.append(&chunk);
        self.bytes = self.bytes.saturating_sub(before) + last.memory();
        self.rows += chunk.rows();
        if self.account.hold(self.bytes) { Ok(()) } else { self.spill() }
    }

    /// Writes what is in memory.
    fn spill(&mut self) -> Result<()> {
        let file = match &self.file {
            Some(file) => file.clone(),
            None => self.file.insert(self.workspace.file()?).clone(),
        };
        for place in &mut self.places[self.first_here..] {
            self.workspace.check()?;
            if let Place::Here(chunk) = place {
                self.buffer.clear();
                write_chunk(chunk, &mut self.buffer);
                *place = Place::There(file.write(&self.buffer)?);
            }
        }
        self.first_here = self.places.len();
        self.bytes = 0;
        self.account.hold(0);
        Ok(())
    }

    /// Fills `out` with the chunk at a position; `false` behind the last.
    pub fn get(&mut self, position: usize, out: &mut Chunk) -> Result<bool> {
        match (self.places.get(position), &self.file) {
            (Some(Place::Here(chunk)), _) => out.clone_from(chunk),
            (Some(Place::There(block)), Some(file)) => {
                file.read(*block, &mut self.buffer)?;
                *out = read_chunk(&self.buffer)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// [`ChunkList::get`] for who comes only once: a chunk in memory is handed out and leaves no rows behind.
    pub fn take(&mut self, position: usize, out: &mut Chunk) -> Result<bool> {
        if let Some(Place::Here(chunk)) = self.places.get_mut(position) {
            *out = std::mem::take(chunk);
            return Ok(true);
        }
        self.get(position, out)
    }
}
