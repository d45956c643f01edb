//! One branch's own versions at a moment in the past: what is still true from then, and what history has.
//!
//! Cursors run side by side, one over the present, one over the history and one over each of its segments that reaches the
//! moment, always at the smallest key (going backward: the largest) that any has. Between two keys that have history the present is handed on as it is. A key's
//! versions in the history are stepped over in one seek, so a row that was changed ten thousand times costs no more than
//! one that was changed a few times.

use super::level::{Found, Level, LevelCursor, PresentCursor, Stored, history_begin, open_range};
use super::segment_cursor::SegmentCursor;
use super::{Key, Space, Stamp, TakeVersion, Version};
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::error::{Error, Result};
use crate::storage::{Cursor, Direction, KeyRange, Snapshot};

/// A cursor over one branch as it was at a moment.
pub(super) struct PastCursor<'a> {
    level: Level,
    direction: Direction,
    present: Ahead<'a>,
    history: PastKeys<'a>,
    current: Current,
}

/// An entry, in bytes of its own.
#[derive(Default)]
struct Current {
    key: Vec<u8>,
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
        let version = self.version();
        if version.begin <= moment && !self.is_deleted() && !take(self.key(), version)? {
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
            is_taken = version.begin <= moment && !stamp.deleted && !take(key, version)?;
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
        let history = PastKeys::open(stored, level, space, range, direction)?;
        Ok(PastCursor { level, direction, present, history, current: Current::default() })
    }

    /// Moves both cursors past the next key that either has and leaves it in `current`. Says whether the branch had
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
        let mut found = false;
        if take_present {
            let version = self.present.version();
            if version.begin <= self.level.moment {
                self.current.set(version, self.present.is_deleted());
                found = true;
            }
            self.present.advance()?;
        }
        if self.history.key() == Some(&self.current.key[..]) {
            if !found {
                found = self.history.find(&mut self.current)?;
            }
            self.history.skip_key(&self.current.key)?;
        }
        Ok(Some(found))
    }
}

impl Current {
    fn set(&mut self, version: Version<'_>, deleted: bool) {
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
        self.history.seek(key)
    }

    fn visit_live(&mut self, take: &mut TakeVersion<'_>) -> Result<bool> {
        loop {
            let before = (self.history.key(), self.direction);
            if self.present.visit_before(before, self.level.moment, take)? {
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

/// The keys of a space that have history, wherever that is, each once.
struct PastKeys<'a> {
    history: HistoryKeys<'a>,
    segments: Vec<SegmentCursor<'a>>,
    /// The segment whose key comes first; `None` if that of `history` does.
    first: Option<usize>,
}

impl<'a> PastKeys<'a> {
    fn open(
        stored: Stored<'a>,
        level: Level,
        space: Space,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<PastKeys<'a>> {
        let of = (level.branch, space);
        let segments = stored.segments.reaching(level.branch, space, level.moment).iter();
        let segments = segments
            .map(|segment| SegmentCursor::open(stored.snapshot, of, *segment, range, direction))
            .collect::<Result<_>>()?;
        let history = HistoryKeys::open(stored.snapshot, level, space, range, direction)?;
        let mut keys = PastKeys { history, segments, first: None };
        keys.choose();
        Ok(keys)
    }

    fn choose(&mut self) {
        let mut best = self.history.key();
        self.first = None;
        for (at, segment) in self.segments.iter().enumerate() {
            let Some(key) = segment.key() else { continue };
            let comes_first = best.is_none_or(|best| match self.history.direction {
                Direction::Forward => key < best,
                Direction::Backward => key > best,
            });
            if comes_first {
                best = Some(key);
                self.first = Some(at);
            }
        }
    }

    /// The key that comes first; `None` at the end.
    fn key(&self) -> Option<&[u8]> {
        match self.first {
            Some(at) => self.segments[at].key(),
            None => self.history.key(),
        }
    }

    /// Puts what was true of the current key into `current`; says whether anything was.
    fn find(&mut self, current: &mut Current) -> Result<bool> {
        if self.history.key() == Some(&current.key[..]) && self.history.find(current)? {
            return Ok(true);
        }
        let moment = self.history.level.moment;
        for segment in &mut self.segments {
            if segment.key() == Some(&current.key[..])
                && segment.find(moment, &mut |version| {
                    let found = Version { begin: version.begin, payload: version.payload };
                    current.set(found, version.deleted);
                })?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Moves past a key, where it has that.
    fn skip_key(&mut self, key: &[u8]) -> Result<()> {
        self.history.skip_key(key)?;
        for segment in self.segments.iter_mut().filter(|segment| segment.key() == Some(key)) {
            segment.skip_key()?;
        }
        self.choose();
        Ok(())
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.history.seek(key)?;
        for segment in &mut self.segments {
            segment.seek(key)?;
        }
        self.choose();
        Ok(())
    }
}

/// The keys of a space that have history under `h`, each once.
struct HistoryKeys<'a> {
    snapshot: &'a dyn Snapshot,
    level: Level,
    space: Space,
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
        let keys = HistoryKeys {
            snapshot,
            level,
            space,
            entries,
            here,
            direction,
            prefix_length: prefix.len(),
            prefix,
        };
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

    /// The version of the current key at the level's moment goes to `current`.
    fn find(&mut self, current: &mut Current) -> Result<bool> {
        match self.direction {
            Direction::Forward => self.find_from_newest(current),
            Direction::Backward => self.look_up(current),
        }
    }

    fn look_up(&self, current: &mut Current) -> Result<bool> {
        let mut set = (Moment::START, Vec::new());
        let found = self.level.get_from_history(self.snapshot, self.space, &current.key, &mut |version| {
            set.0 = version.begin;
            set.1.extend_from_slice(version.payload);
        })?;
        current.set(Version { begin: set.0, payload: &set.1 }, found == Found::Deleted);
        Ok(found != Found::Nothing)
    }

    fn find_from_newest(&mut self, current: &mut Current) -> Result<bool> {
        let moment = self.level.moment;
        let begins_later = |bytes: &[u8]| Ok::<bool, Error>(history_begin(bytes)? > moment);
        if begins_later(self.entries.entry().0)? {
            self.advance()?;
            if self.key() == Some(&current.key) && begins_later(self.entries.entry().0)? {
                let (bytes, _) = self.entries.entry();
                let target = [&bytes[..bytes.len() - 8], &(!moment.0).to_be_bytes()].concat();
                self.entries.seek(&target)?;
                self.advance()?;
            }
            if self.key() != Some(&current.key) {
                return Ok(false);
            }
        }
        let (bytes, value) = self.entries.entry();
        let (stamp, payload) = Stamp::split(value)?;
        if stamp.moment <= moment {
            return Ok(false);
        }
        current.set(Version { begin: history_begin(bytes)?, payload }, stamp.deleted);
        Ok(true)
    }

    /// Moves past the versions of a key, if it stands at one.
    fn skip_key(&mut self, key: &[u8]) -> Result<()> {
        if self.key() != Some(key) {
            return Ok(());
        }
        self.advance()?;
        if self.key() != Some(key) {
            return Ok(());
        }
        let (bytes, _) = self.entries.entry();
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
        self.advance()
    }

    fn advance(&mut self) -> Result<()> {
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
        self.advance()
    }
}
