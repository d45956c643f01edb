//! The tree in its shadow table: a box comes, a box goes.
//!
//! The root is node 1. All leaves have the same distance from it. The box of an entry that is a node is the least that
//! holds all boxes below it. The way from a node to the one above is not stored: it is found with the box that goes.

use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Result, ValueRef};

use super::super::{Shelf, StoredRows};
use super::node::{Entry, LEAST_ENTRIES, MOST_ENTRIES, Node, ROOT, damaged};
use super::region::{Region, Shape};
use super::split::split;

/// A tree.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) shape: Shape,
    /// Where its nodes are.
    pub(super) nodes: Arc<dyn StoredRows>,
}

/// A node on the way from the root down.
#[derive(Debug)]
struct Step {
    number: i64,
    node: Node,
    /// The entry that the way goes on with.
    entry: usize,
}

impl Tree {
    /// Calls `visit` with the bytes of a node.
    pub(super) fn with_bytes<T>(
        &self,
        reader: &Reader,
        number: i64,
        visit: impl FnOnce(&[u8]) -> Result<T>,
    ) -> Result<T> {
        let key = self.nodes.rowid_key(number);
        let (mut visit, mut answer) = (Some(visit), None);
        reader.get(self.nodes.space(), &key, &mut |version| {
            let decoded = self.nodes.decode(&key, version.payload, &mut |column, value| {
                if let (1, ValueRef::Blob(bytes)) = (column, value)
                    && let Some(visit) = visit.take()
                {
                    answer = Some(visit(bytes));
                }
            });
            if let Err(error) = decoded {
                answer = Some(Err(error));
            }
        })?;
        answer.unwrap_or_else(|| Err(damaged()))
    }

    /// Reads a node.
    pub(super) fn read(&self, reader: &Reader, number: i64) -> Result<Node> {
        self.with_bytes(reader, number, |bytes| Node::read(self.shape, bytes))
    }

    fn write(&self, number: i64, node: &Node, shelf: &mut Shelf<'_>) {
        let bytes = node.to_bytes(self.shape);
        shelf.put_row(&*self.nodes, number, &[ValueRef::Null, ValueRef::Blob(&bytes)]);
    }

    /// Writes what an empty table has.
    pub(super) fn initialize(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        self.write(ROOT, &Node::default(), shelf);
        Ok(())
    }

    /// A box comes.
    pub(super) fn insert(&self, entry: Entry, shelf: &mut Shelf<'_>) -> Result<()> {
        self.insert_at(entry, 0, shelf)
    }

    /// An entry comes into a node that is so many levels above the leaves.
    fn insert_at(&self, entry: Entry, level: usize, shelf: &mut Shelf<'_>) -> Result<()> {
        let mut number = ROOT;
        let mut node = self.read(shelf.reader(), ROOT)?;
        let mut way = Vec::new();
        let height = node.height;
        for _ in level..height {
            let place = self.place_for(&entry.region, &node).ok_or_else(damaged)?;
            let known = &mut node.entries[place];
            let (below, region) = (known.id, known.region.joined(&entry.region));
            let grows = region != known.region;
            known.region = region;
            if grows {
                self.write(number, &node, shelf);
            }
            way.push(Step { number, node, entry: place });
            number = below;
            node = self.read(shelf.reader(), number)?;
        }
        node.entries.push(entry);
        while node.entries.len() > MOST_ENTRIES {
            let is_root = number == ROOT;
            let height = node.height;
            let (left, right) = split(self.shape, std::mem::take(&mut node.entries));
            let [left, right] = [left, right].map(|entries| Node { height: 0, entries });
            let left_number = if is_root { shelf.next_rowid(&*self.nodes)? } else { number };
            self.write(left_number, &left, shelf);
            let right_number = shelf.next_rowid(&*self.nodes)?;
            self.write(right_number, &right, shelf);
            let entry_of =
                |id, node: &Node| node.region().map(|region| Entry { id, region }).ok_or_else(damaged);
            let (left, right) = (entry_of(left_number, &left)?, entry_of(right_number, &right)?);
            if is_root {
                node = Node { height: height + 1, entries: vec![left, right] };
                break;
            }
            let Step { number: above, node: upper, entry } = way.pop().ok_or_else(damaged)?;
            (number, node) = (above, upper);
            node.entries[entry] = left;
            node.entries.push(right);
        }
        self.write(number, &node, shelf);
        Ok(())
    }

    /// The entry that grows the least for a box, of those the one with the least area.
    fn place_for(&self, region: &Region, node: &Node) -> Option<usize> {
        let mut best: Option<((f64, f64), usize)> = None;
        for (place, entry) in node.entries.iter().enumerate() {
            let area = entry.region.area(self.shape);
            let price = (entry.region.joined(region).area(self.shape) - area, area);
            if best.is_none_or(|(least, _)| price < least) {
                best = Some((price, place));
            }
        }
        best.map(|(_, place)| place)
    }

    /// A box goes.
    pub(super) fn remove(&self, entry: Entry, shelf: &mut Shelf<'_>) -> Result<()> {
        let root = self.read(shelf.reader(), ROOT)?;
        let height = root.height;
        let mut way = Vec::new();
        if !self.find(ROOT, root, height, &entry, &mut way, shelf.reader())? {
            return Err(damaged());
        }
        let Some(Step { mut number, mut node, entry }) = way.pop() else { return Err(damaged()) };
        node.entries.remove(entry);
        // Nodes with too few entries go, and their entries come anew.
        let mut homeless = Vec::new();
        let mut level = 0;
        while let Some(step) = way.pop() {
            let Step { number: above, node: mut upper, entry } = step;
            if node.entries.len() < LEAST_ENTRIES {
                shelf.delete_row(&*self.nodes, number);
                homeless.extend(node.entries.drain(..).map(|entry| (level, entry)));
                upper.entries.remove(entry);
            } else {
                self.write(number, &node, shelf);
                let region = node.region().ok_or_else(damaged)?;
                if region == upper.entries[entry].region && homeless.is_empty() {
                    return Ok(());
                }
                upper.entries[entry].region = region;
            }
            (number, node) = (above, upper);
            level += 1;
        }
        self.write(number, &node, shelf);
        for (level, entry) in homeless.into_iter().rev() {
            self.insert_at(entry, level, shelf)?;
        }
        self.lower(shelf)
    }

    /// A root with one entry that is a node becomes that node.
    fn lower(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        loop {
            let root = self.read(shelf.reader(), ROOT)?;
            let [only] = root.entries[..] else { return Ok(()) };
            if root.height == 0 {
                return Ok(());
            }
            let below = self.read(shelf.reader(), only.id)?;
            self.write(ROOT, &Node { height: root.height - 1, ..below }, shelf);
            shelf.delete_row(&*self.nodes, only.id);
        }
    }

    /// Finds the way to the leaf with an entry.
    fn find(
        &self,
        number: i64,
        node: Node,
        level: usize,
        wanted: &Entry,
        way: &mut Vec<Step>,
        reader: &Reader,
    ) -> Result<bool> {
        if level == 0 {
            let place = node.entries.iter().position(|entry| entry.id == wanted.id);
            way.extend(place.map(|entry| Step { number, node, entry }));
            return Ok(place.is_some());
        }
        way.push(Step { number, node, entry: 0 });
        let at = way.len() - 1;
        for place in 0..way[at].node.entries.len() {
            let entry = way[at].node.entries[place];
            if entry.region.covers(&wanted.region) {
                let below = self.read(reader, entry.id)?;
                if self.find(entry.id, below, level - 1, wanted, way, reader)? {
                    way[at].entry = place;
                    return Ok(true);
                }
            }
        }
        way.pop();
        Ok(false)
    }
}
