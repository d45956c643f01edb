//! One branch's own versions at a moment in the past: what is still true from then, and what history has.
//!
//! Cursors run side by side, one over the present, one over the history and one over each of its segments that has to be
//! looked through (`past_keys`), always at the smallest key (going backward: the largest) that any has. Between two of their
//! keys the present is handed on as it is, or, where that is too new, what other segments have in its place. A key's
//! versions in the history are stepped over in one seek, so a row that was changed ten thousand times costs no more than
//! one that was changed a few times.

use super::level::{Level, LevelCursor, PresentCursor, Stored};
use super::past_keys::PastKeys;
use super::segment_lookup::AskedSegments;
use super::{Space, TakeVersion, Version};
use crate::clock::Moment;
use crate::error::Result;
use crate::storage::{Direction, KeyRange};

/// A cursor over one branch as it was at a moment.
pub(super) struct PastCursor<'a> {
    level: Level,
    direction: Direction,
    present: Ahead<'a>,
    history: PastKeys<'a>,
    asked: AskedSegments<'a>,
    current: Current,
}

/// An entry, in bytes of its own.
#[derive(Default)]
pub(super) struct Current {
    pub(super) key: Vec<u8>,
    payload: Vec<u8>,
    begin: Moment,
    deleted: bool,
}

/// The present, with the next entry looked at.
struct Ahead<'a> {
    cursor: PresentCursor<'a>,
    /// Whether there is a next entry.
    here: bool,
    /// The next entry, where it is not the cursor's current one any more.
    held: Option<Current>,
}

impl Ahead<'_> {
    fn key(&self) -> &[u8] {
        self.held.as_ref().map_or_else(|| self.cursor.key(), |held| &held.key)
    }

    fn version(&self) -> Version<'_> {
        self.held.as_ref().map_or_else(|| self.cursor.version(), Current::version)
    }

    fn is_deleted(&self) -> bool {
        self.held.as_ref().map_or_else(|| self.cursor.is_deleted(), |held| held.deleted)
    }

    fn advance(&mut self) -> Result<()> {
        self.held = None;
        self.here = self.cursor.advance()?;
        Ok(())
    }

    /// Hands on what comes before `end` in a direction and was true at a moment, as it is lent. Says whether `take` ended
    /// it.
    fn visit_before(
        &mut self,
        (end, direction): (Option<&[u8]>, Direction),
        moment: Moment,
        asked: &mut AskedSegments<'_>,
        take: &mut TakeVersion<'_>,
    ) -> Result<bool> {
        let is_before = |key: &[u8]| match (end, direction) {
            (None, _) => true,
            (Some(end), Direction::Forward) => key < end,
            (Some(end), Direction::Backward) => key > end,
        };
        if !self.here || !is_before(self.key()) {
            return Ok(false);
        }
        // Says whether it goes on.
        let mut take_then = |key: &[u8], version: Version<'_>, deleted: bool| {
            if version.begin <= moment {
                return if deleted { Ok(true) } else { take(key, version) };
            }
            let mut goes_on = true;
            asked.find((key, Some(version.begin)), &mut |past| {
                if !past.deleted {
                    goes_on = take(key, Version { begin: past.begin, payload: past.payload })?;
                }
                Ok(())
            })?;
            Ok(goes_on)
        };
        if !take_then(self.key(), self.version(), self.is_deleted())? {
            self.advance()?;
            return Ok(true);
        }
        let (mut held, mut is_taken) = (None, false);
        self.here = self.cursor.visit_entries(|key, stamp, payload| {
            let version = Version { begin: stamp.moment, payload };
            if !is_before(key) {
                let mut next = Current { key: key.to_vec(), ..Current::default() };
                next.set(version, stamp.deleted);
                held = Some(next);
                return Ok(false);
            }
            is_taken = !take_then(key, version, stamp.deleted)?;
            Ok(!is_taken)
        })?;
        self.held = held;
        if is_taken {
            self.advance()?;
        }
        Ok(is_taken)
    }
}

impl<'a> PastCursor<'a> {
    pub(super) fn open(
        stored: Stored<'a>,
        level: Level,
        space: Space,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<PastCursor<'a>> {
        let cursor = PresentCursor::open(stored.snapshot, level.branch, space, range, direction)?;
        let mut present = Ahead { cursor, here: false, held: None };
        present.advance()?;
        let (history, asked) = PastKeys::open(stored, level, space, range, direction)?;
        Ok(PastCursor { level, direction, present, history, asked, current: Current::default() })
    }

    /// Moves the cursors past the next key that either has and leaves it in `current`. Says whether the branch had
    /// a version of it at the moment; `None` if there is no further key.
    fn step(&mut self) -> Result<Option<bool>> {
        let present_key = self.present.here.then(|| self.present.key());
        let take_present = match (present_key, self.history.key()) {
            (None, None) => return Ok(None),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(present), Some(past)) => match self.direction {
                Direction::Forward => present <= past,
                Direction::Backward => present >= past,
            },
        };
        let next_key = if take_present { self.present.key() } else { self.history.key().unwrap_or_default() };
        self.current.key.clear();
        self.current.key.extend_from_slice(next_key);
        let (mut found, mut next_begin) = (false, None);
        if take_present {
            let version = self.present.version();
            if version.begin <= self.level.moment {
                self.current.set(version, self.present.is_deleted());
                found = true;
            } else {
                next_begin = Some(version.begin);
            }
            self.present.advance()?;
        }
        if self.history.key() == Some(&self.current.key[..]) {
            if !found {
                found = self.history.find(&mut self.current)?;
            }
            self.history.skip_key(&self.current.key)?;
        }
        if !found {
            let Current { key, payload, begin, deleted } = &mut self.current;
            found = self.asked.find((&*key, next_begin), &mut |past| {
                (*begin, *deleted) = (past.begin, past.deleted);
                payload.clear();
                payload.extend_from_slice(past.payload);
                Ok(())
            })?;
        }
        Ok(Some(found))
    }
}

impl Current {
    pub(super) fn set(&mut self, version: Version<'_>, deleted: bool) {
        self.begin = version.begin;
        self.deleted = deleted;
        self.payload.clear();
        self.payload.extend_from_slice(version.payload);
    }

    fn version(&self) -> Version<'_> {
        Version { begin: self.begin, payload: &self.payload }
    }
}

impl LevelCursor for PastCursor<'_> {
    fn advance(&mut self) -> Result<bool> {
        loop {
            match self.step()? {
                None => {
                    self.current.key.clear();
                    self.current.payload.clear();
                    return Ok(false);
                }
                Some(true) => return Ok(true),
                Some(false) => {}
            }
        }
    }

    fn key(&self) -> &[u8] {
        &self.current.key
    }

    fn version(&self) -> Version<'_> {
        self.current.version()
    }

    fn is_deleted(&self) -> bool {
        self.current.deleted
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.present.cursor.seek(key)?;
        self.present.advance()?;
        self.asked.restart();
        self.history.seek(key)
    }

    fn visit_live(&mut self, take: &mut TakeVersion<'_>) -> Result<bool> {
        loop {
            let before = (self.history.key(), self.direction);
            if self.present.visit_before(before, self.level.moment, &mut self.asked, take)? {
                return Ok(true);
            }
            match self.step()? {
                None => return Ok(false),
                Some(true) if !self.current.deleted && !take(&self.current.key, self.current.version())? => {
                    return Ok(true);
                }
                Some(_) => {}
            }
        }
    }
}
