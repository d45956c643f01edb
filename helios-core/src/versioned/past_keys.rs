//! The keys of a branch that have versions of the past: which there are, and what was true of them.
//!
//! Most segments need not be looked through for keys. Where the history is complete since the moment, a version that
//! another one replaced has a newer one of its key, and so on to the present or to a deletion: the key turns up in the
//! present, under `h`, or in a segment with deletions. So only these are walked, and all others are asked for keys
//! whose present version is too new, in the order of the keys.

use super::history::Current;
use super::level::{Found, Level, Stored, history_begin, open_range};
use super::segment_cursor::SegmentCursor;
use super::segment_lookup::AskedSegments;
use super::{Key, Space, Stamp, Version};
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::error::{Error, Result};
use crate::storage::{Cursor, Direction, KeyRange, Snapshot};

/// The keys of a space that are found in the history only, wherever that is, each once; some others may be among them.
pub(super) struct PastKeys<'a> {
    history: HistoryKeys<'a>,
    segments: Vec<SegmentCursor<'a>>,
    /// The segment whose key comes first; `None` if that of `history` does.
    first: Option<usize>,
}

impl<'a> PastKeys<'a> {
    /// A cursor over the keys of a range, and what is to be asked for what is not found with it.
    pub(super) fn open(
        stored: Stored<'a>,
        level: Level,
        space: Space,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<(PastKeys<'a>, AskedSegments<'a>)> {
        let of = (level.branch, space);
        let reaching = stored.history.segments().reaching(level.branch, space, level.moment);
        let since = stored.history.complete_since(level.branch, space);
        let asks = since.is_some_and(|since| since <= level.moment);
        let (asked, walked): (Vec<_>, Vec<_>) = reaching.iter().partition(|segment| asks && segment.goes_on);
        let asked =
            AskedSegments::new(stored.snapshot, of, asked.into_iter().copied(), (level.moment, direction));
        let segments = walked.into_iter();
        let segments = segments
            .map(|segment| SegmentCursor::open(stored.snapshot, of, *segment, range, direction))
            .collect::<Result<_>>()?;
        let history = HistoryKeys::open(stored.snapshot, level, space, range, direction)?;
        let mut keys = PastKeys { history, segments, first: None };
        keys.choose();
        Ok((keys, asked))
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
    pub(super) fn key(&self) -> Option<&[u8]> {
        match self.first {
            Some(at) => self.segments[at].key(),
            None => self.history.key(),
        }
    }

    /// Puts what was true of the current key into `current`; says whether anything was.
    pub(super) fn find(&mut self, current: &mut Current) -> Result<bool> {
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
    pub(super) fn skip_key(&mut self, key: &[u8]) -> Result<()> {
        self.history.skip_key(key)?;
        for segment in self.segments.iter_mut().filter(|segment| segment.key() == Some(key)) {
            segment.skip_key()?;
        }
        self.choose();
        Ok(())
    }

    pub(super) fn seek(&mut self, key: &[u8]) -> Result<()> {
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
