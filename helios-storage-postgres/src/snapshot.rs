//! Reading a version: keys, and ranges in pieces that grow.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use helios_core::encoding::key::after_prefix;
use helios_core::storage::{Cursor, Direction, KeyRange, Snapshot};
use helios_core::{Error, Result};
use parking_lot::Mutex;
use tokio_postgres::Row;

use crate::ahead::{Ahead, PREFIX_BYTES, Stretch};
use crate::store::{Shared, no_head};

/// The first piece of a range has so many rows; each further one four times as many, up to the second.
const FIRST_ROWS: usize = 64;
const MOST_ROWS: usize = 4096;
/// A piece has about so many bytes at most.
const PIECE_BYTES: u64 = 4 << 20;

/// The store at a version.
pub(crate) struct PostgresSnapshot {
    shared: Arc<Shared>,
    version: u64,
    ahead: Mutex<Ahead>,
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

    /// At most so many rows of a range, in their order, and whether there are no more.
    fn scan(
        &self,
        from: &[u8],
        to: Option<&[u8]>,
        direction: Direction,
        most: usize,
    ) -> Result<(Vec<Row>, bool)> {
        let average = self.shared.row_bytes.load(Ordering::Relaxed).max(1);
        let limit = (most as u64).min((PIECE_BYTES / average).max(1)) as i64;
        let (sql, version) = (&self.shared.sql, self.version as i64);
        let mut rows = match (direction, &to) {
            (Direction::Forward, None) => {
                self.shared.ask_with_head(2, &sql.forward, &[&version, &from, &limit])
            }
            (Direction::Forward, Some(to)) => {
                self.shared.ask_with_head(2, &sql.forward_to, &[&version, &from, &limit, to])
            }
            (Direction::Backward, None) => {
                self.shared.ask_with_head(2, &sql.backward, &[&version, &from, &limit])
            }
            (Direction::Backward, Some(to)) => {
                self.shared.ask_with_head(2, &sql.backward_to, &[&version, &from, &limit, to])
            }
        }?;
        self.check_age()?;
        rows.retain(is_entry);
        let is_sorted = |a: &Row, b: &Row| match direction {
            Direction::Forward => Stretch::key(a) < Stretch::key(b),
            Direction::Backward => Stretch::key(a) > Stretch::key(b),
        };
        if !rows.is_sorted_by(is_sorted) {
            rows.sort_by(|a, b| match direction {
                Direction::Forward => Stretch::key(a).cmp(Stretch::key(b)),
                Direction::Backward => Stretch::key(b).cmp(Stretch::key(a)),
            });
        }
        if !rows.is_empty() {
            let bytes: usize =
                rows.iter().map(|row| Stretch::key(row).len() + Stretch::value(row).len()).sum();
            self.shared.row_bytes.store((bytes / rows.len()) as u64, Ordering::Relaxed);
        }
        let is_all = (rows.len() as i64) < limit;
        Ok((rows, is_all))
    }
}

impl PostgresSnapshot {
    /// Looks up a key and reads those that come after it, of the same table, for the next look-ups.
    fn get_with_next(&self, key: &[u8], most: usize, read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let end = after_prefix(&key[..key.len().min(PREFIX_BYTES)]);
        let (rows, is_all) = self.scan(key, end.as_deref(), Direction::Forward, most)?;
        let found = rows.first().filter(|row| Stretch::key(row) == key);
        if let Some(row) = found {
            read(Stretch::value(row));
        }
        let is_found = found.is_some();
        let to = match rows.last().filter(|_| !is_all) {
            Some(last) => Some([Stretch::key(last), &[0]].concat()),
            None => end,
        };
        self.ahead.lock().keep(Stretch { from: key.to_vec(), to, next: rows.len(), rows, most: FIRST_ROWS });
        Ok(is_found)
    }
}

/// Whether a row is an entry, not the head.
fn is_entry(row: &Row) -> bool {
    row.get::<_, Option<&[u8]>>(0).is_some()
}

impl Drop for PostgresSnapshot {
    fn drop(&mut self) {
        self.shared.release(self.version);
    }
}

impl Snapshot for PostgresSnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.shared.pool.check_open()?;
        let mut ahead = self.ahead.lock();
        if let Some(known) = ahead.get(key) {
            known.map(&mut *read);
            return Ok(known.is_some());
        }
        let along = ahead.look_ahead(key);
        drop(ahead);
        if let Some(rows) = along {
            return self.get_with_next(key, rows, read);
        }
        let rows = self.shared.ask_with_head(0, &self.shared.sql.get, &[&key, &(self.version as i64)])?;
        self.check_age()?;
        let value: Option<&[u8]> = rows.first().ok_or_else(no_head)?.get(3);
        self.ahead.lock().note(key, value);
        value.map(read);
        Ok(value.is_some())
    }

    fn remembers(&self) -> bool {
        true
    }

    fn get_many(&self, keys: &[&[u8]], read: &mut dyn FnMut(usize, &[u8])) -> Result<()> {
        self.shared.pool.check_open()?;
        let mut unknown: Vec<&[u8]> = Vec::new();
        let mut ahead = self.ahead.lock();
        for (position, key) in keys.iter().enumerate() {
            match ahead.get(key) {
                Some(Some(value)) => read(position, value),
                Some(None) => {}
                None => unknown.push(key),
            }
        }
        drop(ahead);
        if unknown.is_empty() {
            return Ok(());
        }
        let rows =
            self.shared.ask_with_head(2, &self.shared.sql.get_many, &[&(self.version as i64), &unknown])?;
        self.check_age()?;
        let mut found: Vec<&Row> = rows.iter().filter(|row| is_entry(row)).collect();
        found.sort_unstable_by_key(|row| Stretch::key(row));
        ahead = self.ahead.lock();
        for (position, key) in keys.iter().enumerate().filter(|(_, key)| unknown.contains(key)) {
            let place = found.binary_search_by_key(key, |row| Stretch::key(row)).ok();
            let value = place.map(|place| Stretch::value(found[place]));
            ahead.note(key, value);
            if let Some(value) = value {
                read(position, value);
            }
        }
        Ok(())
    }

    fn cursor<'a>(&'a self, range: KeyRange<'_>, direction: Direction) -> Result<Box<dyn Cursor + 'a>> {
        self.shared.pool.check_open()?;
        let (start, end) = (range.start.to_vec(), range.end.map(<[u8]>::to_vec));
        let mut cursor = PostgresCursor {
            snapshot: self,
            direction,
            from: start.clone(),
            known_to: Some(start.clone()),
            start,
            end,
            rows: Vec::new(),
            next: 0,
            current: None,
            most: FIRST_ROWS,
            backward: None,
        };
        cursor.begin(range.start.to_vec());
        Ok(Box::new(cursor))
    }
}

/// A position in a range. Going forward, it knows all rows from `from` to before `known_to`.
struct PostgresCursor<'a> {
    snapshot: &'a PostgresSnapshot,
    direction: Direction,
    start: Vec<u8>,
    end: Option<Vec<u8>>,
    from: Vec<u8>,
    /// `None` if it knows of all to the last.
    known_to: Option<Vec<u8>>,
    rows: Vec<Row>,
    next: usize,
    current: Option<usize>,
    most: usize,
    /// Going backward, where what is not known ends; `None` if all is known.
    backward: Option<Option<Vec<u8>>>,
}

impl PostgresCursor<'_> {
    /// Goes before the first row at or after a key of the range (going backward: after the last before the range's end).
    fn begin(&mut self, from: Vec<u8>) {
        self.current = None;
        if self.direction == Direction::Backward {
            self.backward = Some(self.end.clone());
            return;
        }
        let is_known = self.from <= from && self.known_to.as_ref().is_none_or(|to| from < *to);
        if is_known {
            self.next = self.rows.partition_point(|row| Stretch::key(row) < from.as_slice());
            return;
        }
        self.leave();
        match self.snapshot.ahead.lock().take(&from) {
            Some(found) => {
                (self.from, self.known_to, self.rows) = (found.from, found.to, found.rows);
                (self.next, self.most) = (found.next, found.most);
            }
            None => {
                (self.from, self.known_to, self.rows) = (from.clone(), Some(from), Vec::new());
                (self.next, self.most) = (0, FIRST_ROWS);
            }
        }
    }

    /// Leaves what was read to whoever comes next.
    fn leave(&mut self) {
        let tells_of_something = self.known_to.as_ref().is_none_or(|to| self.from < *to);
        if self.direction == Direction::Forward && tells_of_something {
            self.snapshot.ahead.lock().keep(Stretch {
                from: std::mem::take(&mut self.from),
                to: self.known_to.take(),
                rows: std::mem::take(&mut self.rows),
                next: self.next,
                most: self.most,
            });
        }
    }

    /// Reads the next piece; false if there is nothing more in the range.
    fn fill(&mut self) -> Result<bool> {
        let (from, to) = match self.direction {
            Direction::Forward => {
                let Some(from) = self.known_to.clone() else { return Ok(false) };
                if self.end.as_ref().is_some_and(|end| *end <= from) {
                    return Ok(false);
                }
                (from, self.end.clone())
            }
            Direction::Backward => {
                let Some(to) = self.backward.take() else { return Ok(false) };
                if to.as_ref().is_some_and(|to| *to <= self.start) {
                    return Ok(false);
                }
                (self.start.clone(), to)
            }
        };
        let (rows, is_all) = self.snapshot.scan(&from, to.as_deref(), self.direction, self.most)?;
        // What was read before may be looked up row by row.
        self.leave();
        self.most = (4 * self.most).min(MOST_ROWS);
        let last = rows.last().map(|row| Stretch::key(row).to_vec());
        match (self.direction, last.filter(|_| !is_all)) {
            (Direction::Forward, Some(last)) => self.known_to = Some([&last[..], &[0]].concat()),
            (Direction::Forward, None) => self.known_to = to,
            (Direction::Backward, last) => self.backward = last.map(Some),
        }
        self.from = from;
        (self.rows, self.next) = (rows, 0);
        Ok(true)
    }

    fn is_in_range(&self, key: &[u8]) -> bool {
        self.direction == Direction::Backward || self.end.as_deref().is_none_or(|end| key < end)
    }
}

impl Cursor for PostgresCursor<'_> {
    fn advance(&mut self) -> Result<bool> {
        self.current = None;
        loop {
            if let Some(row) = self.rows.get(self.next) {
                if !self.is_in_range(Stretch::key(row)) {
                    return Ok(false);
                }
                self.current = Some(self.next);
                self.next += 1;
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    fn entry(&self) -> (&[u8], &[u8]) {
        let row = self.current.and_then(|at| self.rows.get(at));
        row.map_or((&[], &[]), |row| (Stretch::key(row), Stretch::value(row)))
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        match self.direction {
            Direction::Forward => self.begin(key.max(&self.start[..]).to_vec()),
            Direction::Backward => {
                let behind = [key, &[0]].concat();
                let end = self.end.as_ref().filter(|end| **end < behind).cloned();
                self.backward = Some(Some(end.unwrap_or(behind)));
                (self.current, self.next, self.most) = (None, 0, FIRST_ROWS);
                self.rows.clear();
            }
        }
        Ok(())
    }
}

impl Drop for PostgresCursor<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}
