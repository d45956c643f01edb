//! redb's snapshots and cursors behind the contract's traits.

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use helios_core::storage::{Cursor, Direction, KeyRange, Snapshot, TakeEntry};
use helios_core::{Error, ErrorKind, Result};
use redb::{AccessGuard, ReadOnlyTable, ReadableTable};

use crate::error::from_redb;
use crate::guard::{guarded, guarded_but_for_others};
use crate::handle::Reader;

pub(crate) type Bytes = &'static [u8];

/// A state of the store. The table keeps redb's read transaction alive.
pub(crate) struct RedbSnapshot {
    table: ReadOnlyTable<Bytes, Bytes>,
    /// What it is read through, where that is not the store's own handle for as long as the store is open.
    _reader: Option<Arc<Reader>>,
    is_closed: Arc<AtomicBool>,
}

impl RedbSnapshot {
    pub(crate) fn new(
        table: ReadOnlyTable<Bytes, Bytes>,
        reader: Option<Arc<Reader>>,
        is_closed: Arc<AtomicBool>,
    ) -> RedbSnapshot {
        RedbSnapshot { table, _reader: reader, is_closed }
    }

    pub(crate) fn table(&self) -> &ReadOnlyTable<Bytes, Bytes> {
        &self.table
    }

    fn check_open(&self) -> Result<()> {
        if self.is_closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Misuse, "the store is closed"));
        }
        Ok(())
    }
}

impl std::fmt::Debug for RedbSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedbSnapshot")
    }
}

impl Snapshot for RedbSnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.check_open()?;
        guarded_but_for_others(|is_at_others| {
            let found = self.table.get(key);
            match &found {
                Ok(Some(value)) => {
                    // A length that reaches beyond the page is found here.
                    let value = value.value();
                    is_at_others.set(true);
                    read(value);
                    is_at_others.set(false);
                    Ok(true)
                }
                Ok(None) => Ok(false),
                Err(_) => found.map(|_| false).map_err(from_redb),
            }
        })
    }

    fn first(&self, range: KeyRange<'_>, read: &mut dyn FnMut(&[u8], &[u8])) -> Result<bool> {
        self.check_open()?;
        guarded_but_for_others(|is_at_others| {
            let mut cursor = self.table.lower_bound(Bound::Included(range.start)).map_err(from_redb)?;
            let next = cursor.next();
            let (key, value) = match &next {
                Ok(Some((key, value))) => (key.value(), value.value()),
                Ok(None) => return Ok(false),
                Err(_) => return next.map(|_| false).map_err(from_redb),
            };
            if range.end.is_some_and(|end| key >= end) {
                return Ok(false);
            }
            is_at_others.set(true);
            read(key, value);
            is_at_others.set(false);
            Ok(true)
        })
    }

    fn cursor<'a>(&'a self, range: KeyRange<'_>, direction: Direction) -> Result<Box<dyn Cursor + 'a>> {
        self.check_open()?;
        guarded(|| self.open_cursor(range, direction))
    }
}

impl RedbSnapshot {
    fn open_cursor<'a>(&'a self, range: KeyRange<'_>, direction: Direction) -> Result<Box<dyn Cursor + 'a>> {
        Ok(match direction {
            Direction::Forward => Box::new(Forward {
                cursor: self.table.lower_bound(Bound::Included(range.start)).map_err(from_redb)?,
                table: &self.table,
                current: None,
                start: range.start.into(),
                end: range.end.map(Into::into),
                is_over: false,
            }),
            Direction::Backward => Box::new(Backward {
                cursor: self.table.upper_bound(end_bound(range.end)).map_err(from_redb)?,
                table: &self.table,
                current: None,
                start: range.start.into(),
                end: range.end.map(Into::into),
                is_over: false,
            }),
        })
    }
}

type Guards<'a> = (AccessGuard<'a, Bytes>, AccessGuard<'a, Bytes>);

/// Panics if a key or a value reaches beyond its page, so that no later look does.
#[inline]
fn check_length(entry: &Option<Guards<'_>>) {
    if let Some((key, value)) = entry {
        _ = (key.value(), value.value());
    }
}

/// The gap before `end`, or behind everything.
fn end_bound(end: Option<&[u8]>) -> Bound<&[u8]> {
    end.map_or(Bound::Unbounded, Bound::Excluded)
}

/// A cursor from small keys to large ones.
struct Forward<'a> {
    table: &'a ReadOnlyTable<Bytes, Bytes>,
    cursor: redb::Cursor<'a, Bytes, Bytes>,
    current: Option<Guards<'a>>,
    start: Box<[u8]>,
    end: Option<Box<[u8]>>,
    /// Whether the end of the range has been passed: the cursor of redb knows of no range.
    is_over: bool,
}

impl Forward<'_> {
    #[inline]
    fn step(&mut self) -> Result<bool> {
        self.current = if self.is_over { None } else { self.cursor.next().map_err(from_redb)? };
        if let (Some((key, _)), Some(end)) = (&self.current, &self.end)
            && key.value() >= &**end
        {
            self.current = None;
            self.is_over = true;
        }
        Ok(self.current.is_some())
    }
}

impl Cursor for Forward<'_> {
    #[inline]
    fn advance(&mut self) -> Result<bool> {
        guarded(|| {
            let found = self.step()?;
            check_length(&self.current);
            Ok(found)
        })
    }

    #[inline]
    fn entry(&self) -> (&[u8], &[u8]) {
        self.current.as_ref().map_or((&[], &[]), |(key, value)| (key.value(), value.value()))
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.current = None;
        self.is_over = false;
        let start = key.max(&*self.start);
        self.cursor = guarded(|| self.table.lower_bound(Bound::Included(start)).map_err(from_redb))?;
        Ok(())
    }

    fn visit(&mut self, take: &mut TakeEntry<'_>) -> Result<bool> {
        self.current = None;
        if self.is_over {
            return Ok(false);
        }
        let end = self.end.as_deref();
        let (cursor, is_over) = (&mut self.cursor, &mut self.is_over);
        guarded_but_for_others(|is_at_others| {
            loop {
                // An entry stays where it is: its guards are so large that moving one costs as much as the step.
                let next = cursor.next();
                let (key, value) = match &next {
                    Ok(Some((key, value))) => (key.value(), value.value()),
                    Ok(None) => return Ok(false),
                    Err(_) => return next.map(|_| false).map_err(from_redb),
                };
                if end.is_some_and(|end| key >= end) {
                    *is_over = true;
                    return Ok(false);
                }
                is_at_others.set(true);
                let goes_on = take(key, value)?;
                is_at_others.set(false);
                if !goes_on {
                    return Ok(true);
                }
            }
        })
    }
}

/// A cursor from large keys to small ones.
struct Backward<'a> {
    table: &'a ReadOnlyTable<Bytes, Bytes>,
    cursor: redb::Cursor<'a, Bytes, Bytes>,
    current: Option<Guards<'a>>,
    start: Box<[u8]>,
    end: Option<Box<[u8]>>,
    /// Whether the end of the range has been passed: the cursor of redb knows of no range.
    is_over: bool,
}

impl Backward<'_> {
    fn step(&mut self) -> Result<bool> {
        self.current = if self.is_over { None } else { self.cursor.prev().map_err(from_redb)? };
        if let Some((key, _)) = &self.current
            && key.value() < &*self.start
        {
            self.current = None;
            self.is_over = true;
        }
        Ok(self.current.is_some())
    }
}

impl Cursor for Backward<'_> {
    fn advance(&mut self) -> Result<bool> {
        guarded(|| {
            let found = self.step()?;
            check_length(&self.current);
            Ok(found)
        })
    }

    fn entry(&self) -> (&[u8], &[u8]) {
        self.current.as_ref().map_or((&[], &[]), |(key, value)| (key.value(), value.value()))
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.current = None;
        self.is_over = false;
        let bound = match self.end.as_deref() {
            Some(end) if end <= key => Bound::Excluded(end),
            _ => Bound::Included(key),
        };
        self.cursor = guarded(|| self.table.upper_bound(bound).map_err(from_redb))?;
        Ok(())
    }
}
