//! Reading a revision: the questions for keys and for pieces of ranges.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use helios_core::Result;
use helios_core::storage::ahead::{self, Ahead, AheadCursor, Questions};
use helios_core::storage::{Cursor, Direction, KeyRange, Snapshot};
use parking_lot::Mutex;

use crate::message::KeyValue;
use crate::operation::{self, MOST_OPERATIONS, grouped};
use crate::store::Shared;

/// A piece has about so many bytes at most.
const PIECE_BYTES: u64 = 4 << 20;

/// An entry, without what stands before its key.
#[derive(Debug)]
pub(crate) struct Stored {
    key: Bytes,
    value: Bytes,
}

impl ahead::Row for Stored {
    fn key(&self) -> &[u8] {
        &self.key
    }

    fn value(&self) -> &[u8] {
        &self.value
    }
}

/// The store at a revision.
pub(crate) struct EtcdSnapshot {
    pub(crate) shared: Arc<Shared>,
    pub(crate) revision: i64,
    ahead: Mutex<Ahead<Stored>>,
}

impl fmt::Debug for EtcdSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EtcdSnapshot").field("revision", &self.revision).finish_non_exhaustive()
    }
}

impl EtcdSnapshot {
    pub(crate) fn new(shared: Arc<Shared>, revision: i64) -> EtcdSnapshot {
        EtcdSnapshot { shared, revision, ahead: Mutex::default() }
    }

    pub(crate) fn stored(&self, found: KeyValue) -> Stored {
        Stored { key: self.shared.names.key_of(&found.key), value: found.value }
    }
}

impl Questions for EtcdSnapshot {
    type Row = Stored;

    fn ahead(&self) -> &Mutex<Ahead<Stored>> {
        &self.ahead
    }

    fn scan(
        &self,
        from: &[u8],
        to: Option<&[u8]>,
        direction: Direction,
        most: usize,
    ) -> Result<(Vec<Stored>, bool)> {
        if to.is_some_and(|to| to <= from) {
            return Ok((Vec::new(), true));
        }
        let average = self.shared.row_bytes.load(Ordering::Relaxed).max(1);
        let most = (most as u64).min((PIECE_BYTES / average).max(1));
        let (rows, is_all) = match direction {
            Direction::Forward => self.scan_forward(from, to, most)?,
            Direction::Backward => self.scan_backward(from, to, most)?,
        };
        if !rows.is_empty() {
            let bytes: usize = rows.iter().map(|row| row.key.len() + row.value.len()).sum();
            self.shared.row_bytes.store((bytes / rows.len()) as u64, Ordering::Relaxed);
        }
        Ok((rows, is_all))
    }

    fn value(&self, key: &[u8], read: &mut dyn FnMut(Option<&[u8]>)) -> Result<()> {
        let question = operation::read(self.shared.names.entry(key), self.revision);
        let found = self.shared.read(vec![question])?.pop().unwrap_or_default();
        read(found.kvs.first().map(|found| &found.value[..]));
        Ok(())
    }

    fn values(&self, keys: &[&[u8]]) -> Result<Vec<Stored>> {
        let mut rows = Vec::with_capacity(keys.len());
        for keys in keys.chunks(MOST_OPERATIONS) {
            let question = |key: &&[u8]| operation::read(self.shared.names.entry(key), self.revision);
            let found = self.shared.read(grouped(keys.iter().map(question).collect()))?;
            rows.extend(found.into_iter().flat_map(|found| found.kvs).map(|found| self.stored(found)));
        }
        Ok(rows)
    }
}

impl Drop for EtcdSnapshot {
    fn drop(&mut self) {
        self.shared.release(self.revision);
    }
}

impl Snapshot for EtcdSnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.shared.pool.check_open()?;
        ahead::get(self, key, read)
    }

    fn remembers(&self) -> bool {
        true
    }

    fn get_many(&self, keys: &[&[u8]], read: &mut dyn FnMut(usize, &[u8])) -> Result<()> {
        self.shared.pool.check_open()?;
        ahead::get_many(self, keys, read)
    }

    fn cursor<'a>(&'a self, range: KeyRange<'_>, direction: Direction) -> Result<Box<dyn Cursor + 'a>> {
        self.shared.pool.check_open()?;
        Ok(Box::new(AheadCursor::new(self, range, direction)))
    }
}
