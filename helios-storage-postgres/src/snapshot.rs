//! Reading a version: the questions for keys and for pieces of ranges.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use helios_core::storage::ahead::{self, Ahead, AheadCursor, Questions};
use helios_core::storage::{Cursor, Direction, KeyRange, Snapshot};
use helios_core::{Error, Result};
use parking_lot::Mutex;
use tokio_postgres::Row;

use crate::store::Shared;

/// A piece has about so many bytes at most.
const PIECE_BYTES: u64 = 4 << 20;

/// A row of the table of entries.
#[derive(Debug)]
pub(crate) struct Stored(Row);

fn key(row: &Row) -> &[u8] {
    row.get(0)
}

fn value(row: &Row) -> &[u8] {
    row.get(1)
}

impl ahead::Row for Stored {
    fn key(&self) -> &[u8] {
        key(&self.0)
    }

    fn value(&self) -> &[u8] {
        value(&self.0)
    }
}

/// The store at a version.
pub(crate) struct PostgresSnapshot {
    shared: Arc<Shared>,
    version: u64,
    ahead: Mutex<Ahead<Stored>>,
}

impl fmt::Debug for PostgresSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSnapshot").field("version", &self.version).finish_non_exhaustive()
    }
}

impl PostgresSnapshot {
    pub(crate) fn new(shared: Arc<Shared>, version: u64) -> PostgresSnapshot {
        PostgresSnapshot { shared, version, ahead: Mutex::default() }
    }

    /// An error if what was replaced before this version may be gone.
    fn check_age(&self) -> Result<()> {
        match self.shared.horizon.load(Ordering::SeqCst) > self.version {
            true => Err(Error::busy_snapshot().caused_by("the server has no such old state any more")),
            false => Ok(()),
        }
    }
}

impl Questions for PostgresSnapshot {
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
        let average = self.shared.row_bytes.load(Ordering::Relaxed).max(1);
        let limit = (most as u64).min((PIECE_BYTES / average).max(1)) as i64;
        let (sql, version) = (&self.shared.sql, self.version as i64);
        let mut rows = match (direction, &to) {
            (Direction::Forward, None) => self.shared.ask_rows(&sql.forward, &[&version, &from, &limit]),
            (Direction::Forward, Some(to)) => {
                self.shared.ask_rows(&sql.forward_to, &[&version, &from, &limit, to])
            }
            (Direction::Backward, None) => self.shared.ask_rows(&sql.backward, &[&version, &from, &limit]),
            (Direction::Backward, Some(to)) => {
                self.shared.ask_rows(&sql.backward_to, &[&version, &from, &limit, to])
            }
        }?;
        self.check_age()?;
        let is_sorted = |a: &Row, b: &Row| match direction {
            Direction::Forward => key(a) < key(b),
            Direction::Backward => key(a) > key(b),
        };
        if !rows.is_sorted_by(is_sorted) {
            rows.sort_by(|a, b| match direction {
                Direction::Forward => key(a).cmp(key(b)),
                Direction::Backward => key(b).cmp(key(a)),
            });
        }
        if !rows.is_empty() {
            let bytes: usize = rows.iter().map(|row| key(row).len() + value(row).len()).sum();
            self.shared.row_bytes.store((bytes / rows.len()) as u64, Ordering::Relaxed);
        }
        // Of what is true and of what was true, each may be as many.
        let is_all = (rows.len() as i64) < limit;
        rows.truncate(limit as usize);
        Ok((rows.into_iter().map(Stored).collect(), is_all))
    }

    fn value(&self, key: &[u8], read: &mut dyn FnMut(Option<&[u8]>)) -> Result<()> {
        let (sql, version) = (&self.shared.sql, self.version as i64);
        let row = self.shared.ask_row(&sql.get, &[&key])?;
        if row.get::<_, Option<i64>>(3).is_some_and(|since| since > version) {
            let row = self.shared.ask_row(&sql.get_past, &[&key, &version])?;
            self.check_age()?;
            read(row.get(3));
            return Ok(());
        }
        self.check_age()?;
        read(row.get(4));
        Ok(())
    }

    fn values(&self, keys: &[&[u8]]) -> Result<Vec<Stored>> {
        let (sql, version) = (&self.shared.sql, self.version as i64);
        let mut rows = self.shared.ask_rows(&sql.get_many, &[&keys, &version])?;
        let newer: Vec<&[u8]> = rows.iter().filter(|row| row.get(2)).map(key).collect();
        let past = match newer.is_empty() {
            true => Vec::new(),
            false => self.shared.ask_rows(&sql.get_many_past, &[&newer, &version])?,
        };
        self.check_age()?;
        rows.retain(|row| row.get::<_, Option<&[u8]>>(1).is_some());
        rows.extend(past);
        Ok(rows.into_iter().map(Stored).collect())
    }
}

impl Drop for PostgresSnapshot {
    fn drop(&mut self) {
        self.shared.release(self.version);
    }
}

impl Snapshot for PostgresSnapshot {
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
