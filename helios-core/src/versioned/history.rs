//! One branch's own versions at a moment in the past: what is still true from then, and what history has.
//!
//! Two cursors run side by side, one over the present and one over the history, always at the smallest key (going
//! backward: the largest) that either has. A key's versions in the history are stepped over in one seek, so a row
//! that was changed ten thousand times costs no more than one that was changed twice.

use super::level::{Found, Level, LevelCursor, PresentCursor, history_begin, open_range};
use super::{Key, Space, Version};
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::error::{Error, Result};
use crate::storage::{Cursor, Direction, KeyRange, Snapshot};

/// A cursor over one branch as it was at a moment.
pub(super) struct PastCursor<'a> {
    snapshot: &'a dyn Snapshot,
    level: Level,
    space: Space,
    direction: Direction,
    present: PresentCursor<'a>,
    present_here: bool,
    history: HistoryKeys<'a>,
    current: Current,
}

/// The entry that the cursor stands on, in bytes of its own.
#[derive(Default)]
struct Current {
    key: Vec<u8>,
    payload: Vec<u8>,
    begin: Moment,
    deleted: bool,
}

impl<'a> PastCursor<'a> {
    pub(super) fn open(
        snapshot: &'a dyn Snapshot,
        level: Level,
        space: Space,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<PastCursor<'a>> {
        let mut present = PresentCursor::open(snapshot, level.branch, space, range, direction)?;
        let present_here = present.advance()?;
        let history = HistoryKeys::open(snapshot, level, space, range, direction)?;
        let current = Current::default();
        Ok(PastCursor { snapshot, level, space, direction, present, present_here, history, current })
    }

    /// Moves both cursors past the next key that either has and leaves it in `current`. Says whether the branch had
    /// a version of it at the moment; `None` if there is no further key.
    fn step(&mut self) -> Result<Option<bool>> {
        let present_key = self.present_here.then(|| self.present.key());
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
        let mut found = false;
        if take_present {
            let version = self.present.version();
            if version.begin <= self.level.moment {
                self.current.set(version, self.present.is_deleted());
                found = true;
            }
            self.present_here = self.present.advance()?;
        }
        let in_history = self.history.key() == Some(&self.current.key[..]);
        if in_history {
            if !found {
                found = self.look_up()?;
            }
            self.history.skip_key()?;
        }
        Ok(Some(found))
    }

    fn look_up(&mut self) -> Result<bool> {
        let current = &mut self.current;
        let mut set = (Moment::START, Vec::new());
        let found = self.level.get_past(self.snapshot, self.space, &current.key, &mut |version| {
            set.0 = version.begin;
            set.1.extend_from_slice(version.payload);
        })?;
        current.set(Version { begin: set.0, payload: &set.1 }, found == Found::Deleted);
        Ok(found != Found::Nothing)
    }
}

impl Current {
    fn set(&mut self, version: Version<'_>, deleted: bool) {
        self.begin = version.begin;
        self.deleted = deleted;
        self.payload.clear();
        self.payload.extend_from_slice(version.payload);
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
        Version { begin: self.current.begin, payload: &self.current.payload }
    }

    fn is_deleted(&self) -> bool {
        self.current.deleted
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.present.seek(key)?;
        self.present_here = self.present.advance()?;
        self.history.seek(key)
    }
}

/// The keys of a space that have history, each once.
struct HistoryKeys<'a> {
    entries: Box<dyn Cursor + 'a>,
    here: bool,
    direction: Direction,
    prefix: Vec<u8>,
    prefix_length: usize,
}

impl<'a> HistoryKeys<'a> {
    fn open(
        snapshot: &'a dyn Snapshot,
        level: Level,
        space: Space,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<HistoryKeys<'a>> {
        let prefix = Key::history_prefix(level.branch, space);
        // Keys are prefix-free, so the bounds of the range are bounds here too, whatever moment follows the key.
        let mut entries = open_range(snapshot, &prefix, range, direction)?;
        let here = entries.advance()?;
        let keys = HistoryKeys { entries, here, direction, prefix_length: prefix.len(), prefix };
        keys.check()?;
        Ok(keys)
    }

    fn check(&self) -> Result<()> {
        if self.here && self.entries.entry().0.len() < self.prefix_length + 8 {
            return Err(Error::corrupt("a history key has no moment"));
        }
        Ok(())
    }

    /// The key that the cursor stands at; `None` at the end.
    fn key(&self) -> Option<&[u8]> {
        let bytes = self.here.then(|| self.entries.entry().0)?;
        Some(&bytes[self.prefix_length..bytes.len() - 8])
    }

    /// Moves past all versions of the key.
    fn skip_key(&mut self) -> Result<()> {
        let (bytes, _) = self.entries.entry();
        history_begin(bytes)?;
        let key = &bytes[..bytes.len() - 8];
        let target = match self.direction {
            Direction::Forward => after_prefix(key),
            // Before the first of its versions: none begins at the present.
            Direction::Backward => Some([key, &(!Moment::PRESENT.0).to_be_bytes()].concat()),
        };
        match target {
            Some(target) => self.entries.seek(&target)?,
            None => {
                self.here = false;
                return Ok(());
            }
        }
        self.here = self.entries.advance()?;
        self.check()
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.prefix.truncate(self.prefix_length);
        self.prefix.extend_from_slice(key);
        if self.direction == Direction::Backward {
            // All versions of the key itself lie after its bytes.
            self.prefix.extend_from_slice(&[0xff; 8]);
        }
        self.seek_prefix()?;
        if self.direction == Direction::Backward && self.key().is_some_and(|found| found > key) {
            // So do those of keys that begin with it; where there are such, it is no key itself.
            self.prefix.truncate(self.prefix_length + key.len());
            self.seek_prefix()?;
        }
        Ok(())
    }

    fn seek_prefix(&mut self) -> Result<()> {
        self.entries.seek(&self.prefix)?;
        self.here = self.entries.advance()?;
        self.check()
    }
}
