//! A version of the server's entries, as a handle reads it.

use std::sync::Arc;

use helios_core::Result;
use helios_core::storage::{Cursor, Direction, KeyRange, Piece, PieceCursor, Pieces, Snapshot};

use super::{Handle, Server};

/// So many entries come with the first journey of a cursor, and at most with a later one.
const PIECE: std::ops::RangeInclusive<usize> = 64..=4096;

#[derive(Debug)]
pub(super) struct FarSnapshot {
    handle: Arc<Handle>,
    version: u64,
}

impl FarSnapshot {
    pub(super) fn new(handle: Arc<Handle>, version: u64) -> FarSnapshot {
        handle.server.hold(version);
        FarSnapshot { handle, version }
    }

    /// The newest version.
    pub(super) fn newest(handle: Arc<Handle>) -> Result<FarSnapshot> {
        let version = handle.travel(Server::hold_newest)?;
        Ok(FarSnapshot { handle, version })
    }
}

impl Drop for FarSnapshot {
    fn drop(&mut self) {
        self.handle.server.release(self.version);
    }
}

impl Snapshot for FarSnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let found = self.handle.travel(|server| server.get(self.version, &[key]))?;
        Ok(found.iter().flatten().map(|value| read(value)).count() > 0)
    }

    fn get_many(&self, keys: &[&[u8]], read: &mut dyn FnMut(usize, &[u8])) -> Result<()> {
        let found = self.handle.travel(|server| server.get(self.version, keys))?;
        for (position, value) in found.iter().enumerate() {
            if let Some(value) = value {
                read(position, value);
            }
        }
        Ok(())
    }

    fn cursor<'a>(&'a self, range: KeyRange<'_>, direction: Direction) -> Result<Box<dyn Cursor + 'a>> {
        self.handle.check_open()?;
        Ok(Box::new(PieceCursor::new(self, range, direction, PIECE)))
    }
}

impl Pieces for FarSnapshot {
    fn read_piece(&self, range: KeyRange<'_>, direction: Direction, piece: &mut Piece) -> Result<()> {
        self.handle.travel(|server| server.scan(self.version, range, direction, piece))
    }
}
