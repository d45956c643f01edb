//! Nodes as bytes: SQLite's format.
//!
//! ```text
//! node     2 bytes: the height of the tree, in the root; 2 bytes: how many entries there are; the entries
//! entry    8 bytes: the rowid of a box, or the number of a node; 4 bytes for each coordinate, big-endian
//! ```

use helios_core::{Error, Result};

use super::region::{Region, Shape};

/// The number of the root.
pub(super) const ROOT: i64 = 1;

/// The greatest height of a tree.
pub(super) const MOST_HEIGHT: usize = 40;

/// So many entries a node has at most.
pub(super) const MOST_ENTRIES: usize = 51;

/// So many it has at least, if it is not the root.
pub(super) const LEAST_ENTRIES: usize = MOST_ENTRIES / 3;

/// A box on a leaf, or a node and the box that holds all that is below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) region: Region,
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Node {
    /// In the root, how many levels there are below it; 0 in other nodes.
    pub(super) height: usize,
    pub(super) entries: Vec<Entry>,
}

/// The height that the bytes of a root tell, and how many entries a node has.
fn header(bytes: &[u8]) -> Option<(usize, usize)> {
    let [height, height_low, count, count_low, ..] = *bytes else { return None };
    let number = |high, low| usize::from(u16::from_be_bytes([high, low]));
    Some((number(height, height_low), number(count, count_low)))
}

/// Calls `visit` with the entries of a node; answers with the height that it tells.
///
/// # Errors
/// SQLite's of a damaged file, where bytes are missing.
pub(super) fn visit_entries(shape: Shape, bytes: &[u8], mut visit: impl FnMut(Entry)) -> Result<usize> {
    let (height, count) = header(bytes).filter(|(height, _)| *height <= MOST_HEIGHT).ok_or_else(damaged)?;
    let length = 8 + shape.bytes();
    let entries = bytes.get(4..4 + count * length).ok_or_else(damaged)?;
    for entry in entries.chunks_exact(length) {
        let (id, region) = entry.split_first_chunk().ok_or_else(damaged)?;
        let region = Region::read(shape, region).ok_or_else(damaged)?;
        visit(Entry { id: i64::from_be_bytes(*id), region });
    }
    Ok(height)
}

impl Node {
    /// Reads a node.
    pub(super) fn read(shape: Shape, bytes: &[u8]) -> Result<Node> {
        let mut entries = Vec::with_capacity(MOST_ENTRIES + 1);
        let height = visit_entries(shape, bytes, |entry| entries.push(entry))?;
        Ok(Node { height, entries })
    }

    /// Its bytes.
    pub(super) fn to_bytes(&self, shape: Shape) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 + self.entries.len() * (8 + shape.bytes()));
        bytes.extend((self.height as u16).to_be_bytes());
        bytes.extend((self.entries.len() as u16).to_be_bytes());
        for entry in &self.entries {
            bytes.extend(entry.id.to_be_bytes());
            entry.region.write(shape, &mut bytes);
        }
        bytes
    }

    /// The least box that holds all entries; `None` if there are none.
    pub(super) fn region(&self) -> Option<Region> {
        let mut regions = self.entries.iter().map(|entry| entry.region);
        let first = regions.next()?;
        Some(regions.fold(first, |all, region| all.joined(&region)))
    }
}

/// The error of nodes that are not what they should be.
pub(super) fn damaged() -> Error {
    Error::corrupt_module()
}
