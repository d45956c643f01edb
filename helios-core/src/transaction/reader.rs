//! What a statement reads from: a view, and over it what its own transaction and queued ones have written.

use std::sync::Arc;

use parking_lot::{Mutex, RwLock, RwLockReadGuard};

use super::read_set::ReadSet;
use crate::clock::Moment;
use crate::error::Result;
use crate::storage::{Direction, KeyRange};
use crate::versioned::{
    BranchId, BranchState, Space, Version, VersionCursor, View, WriteSet, Written, overlay,
};

/// A write set that its transaction fills while statements read it.
pub(super) type Writes = Arc<RwLock<WriteSet>>;

/// A view with write sets over it. Cheap to clone; keeps the view's snapshot alive.
///
/// Locks on write sets are held inside one call or one [`ScanGuard`], never while a statement hands out rows.
#[derive(Clone, Debug)]
pub struct Reader(Arc<Parts>);

/// What a reader and its clones share.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) view: Arc<dyn View>,
    /// The newest first.
    pub(super) layers: Vec<Writes>,
    pub(super) reads: Option<Arc<Mutex<ReadSet>>>,
}

impl From<Parts> for Reader {
    fn from(parts: Parts) -> Reader {
        Reader(Arc::new(parts))
    }
}

impl Reader {
    /// A reader of committed data only.
    pub fn of_view(view: Arc<dyn View>) -> Reader {
        Parts { view, layers: Vec::new(), reads: None }.into()
    }

    /// The same reader for looks that no result depends on: what it reads is not remembered for validation.
    #[must_use]
    pub fn unrecorded(&self) -> Reader {
        match self.0.reads {
            Some(_) => Parts { reads: None, ..Parts::clone(&self.0) }.into(),
            None => self.clone(),
        }
    }

    /// The same reader for what it shows now: what its transaction writes from now on is not seen.
    #[must_use]
    pub fn frozen(&self) -> Reader {
        let mut frozen = Parts::clone(&self.0);
        // Beneath the own writes lie those of others, which are not written to any more.
        if let Some(own) = frozen.layers.first_mut() {
            let copy = own.read_recursive().clone();
            *own = Arc::new(RwLock::new(copy));
        }
        frozen.into()
    }

    /// Whether what is read is remembered for the validation of its transaction.
    pub fn is_recorded(&self) -> bool {
        self.0.reads.is_some()
    }

    /// The branch that is read.
    pub fn branch(&self) -> BranchId {
        self.0.view.branch()
    }

    /// Calls `read` with what is true of `key`, if anything, and says whether.
    pub fn get(&self, space: Space, key: &[u8], read: &mut dyn FnMut(Version<'_>)) -> Result<bool> {
        if let Some(reads) = &self.0.reads {
            reads.lock().add_key(space, key);
        }
        for layer in &self.0.layers {
            let writes = indexed(layer, space);
            match writes.get(space, key) {
                Some(Written::Put(payload)) => {
                    read(Version { begin: Moment::PRESENT, payload });
                    return Ok(true);
                }
                Some(Written::Deleted) => return Ok(false),
                None => {}
            }
        }
        self.0.view.get(space, key, read)
    }

    /// Whether it pays to [`expect`](Reader::expect) keys.
    pub fn may_expect(&self) -> bool {
        self.0.view.may_expect()
    }

    /// Keys are going to be looked up: where each look-up would be a journey, they are fetched in one.
    pub fn expect(&self, space: Space, keys: &[&[u8]]) -> Result<()> {
        self.0.view.expect(space, keys)
    }

    /// Whether `key` exists.
    pub fn contains(&self, space: Space, key: &[u8]) -> Result<bool> {
        self.get(space, key, &mut |_| {})
    }

    /// The committed state that is read, where what `space` shows is that alone: nothing uncommitted lies over it or
    /// over the schema, and the view is of the present.
    pub fn committed_state(&self, space: Space) -> Option<BranchState> {
        let is_covered = self.0.layers.iter().any(|layer| {
            let writes = layer.read_recursive();
            writes.touches(space) || writes.touches_catalog()
        });
        if is_covered { None } else { self.0.view.state() }
    }

    /// The moment of the past that is read, if it is one.
    pub fn past_moment(&self) -> Option<Moment> {
        Some(self.0.view.moment()).filter(|moment| *moment < Moment::PRESENT)
    }

    /// The committed state below whatever is not committed; `None` for a view of the past.
    pub fn view_state(&self) -> Option<BranchState> {
        self.0.view.state()
    }

    /// Notes that a range was read from elsewhere, for the validation of concurrent transactions.
    pub fn note_range(&self, space: Space, range: KeyRange<'_>) {
        if let Some(reads) = &self.0.reads {
            reads.lock().add_range(space, range);
        }
    }

    /// Makes ready to scan `space`.
    pub fn scan(&self, space: Space) -> ScanGuard<'_> {
        let layers = self.0.layers.iter().map(|layer| ordered(layer, space));
        ScanGuard { reader: self, space, layers: layers.filter(|writes| writes.touches(space)).collect() }
    }
}

fn indexed(layer: &Writes, space: Space) -> RwLockReadGuard<'_, WriteSet> {
    let writes = layer.read_recursive();
    if writes.is_indexed(space) {
        return writes;
    }
    drop(writes);
    layer.write().index(space);
    layer.read_recursive()
}

fn ordered(layer: &Writes, space: Space) -> RwLockReadGuard<'_, WriteSet> {
    let writes = layer.read_recursive();
    if writes.is_ordered(space) {
        return writes;
    }
    drop(writes);
    layer.write().order(space);
    layer.read_recursive()
}

/// One space of a [`Reader`], held still for cursors.
#[derive(Debug)]
pub struct ScanGuard<'a> {
    reader: &'a Reader,
    space: Space,
    layers: Vec<RwLockReadGuard<'a, WriteSet>>,
}

impl ScanGuard<'_> {
    /// A cursor over the keys of `range`.
    pub fn cursor<'s>(
        &'s self,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<Box<dyn VersionCursor + 's>> {
        self.reader.note_range(self.space, range);
        let base = self.reader.0.view.cursor(self.space, range, direction)?;
        if self.layers.is_empty() {
            return Ok(base);
        }
        let writes = self.layers.iter().map(|writes| writes.cursor(self.space, range, direction)).collect();
        Ok(overlay(writes, base, direction))
    }
}
