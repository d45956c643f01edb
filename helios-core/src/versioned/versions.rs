//! All versions of keys, whatever the moment: what a range of time asks for.
//!
//! In: the levels of a branch, the branch itself first. Out: key after key, each version with when it was true. On a
//! child, a version that its parent had at the fork goes on until the child's own first version.

use super::level::{Level, LevelCursor, PresentCursor, Stored, history_begin, open_range};
use super::segment_cursor::SegmentCursor;
use super::{Key, Space, Stamp, Version};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::storage::{Cursor, Direction, KeyRange};

/// When a version was true: from `begin` to before `end`, which is [`Moment::PRESENT`] of what still is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The commit that wrote it.
    pub begin: Moment,
    /// The commit that replaced it.
    pub end: Moment,
}

/// Is called with a key, when a version of it was true, and what it was; `false` ends the visit.
pub type TakeLifetime<'t> = dyn FnMut(&[u8], Lifetime, &[u8]) -> Result<bool> + 't;

/// A version in bytes of its own.
struct Owned {
    lifetime: Lifetime,
    deleted: bool,
    payload: Vec<u8>,
}

/// Visits all versions of the keys of a range.
pub(crate) fn visit_versions(
    stored: Stored<'_>,
    levels: &[Level],
    space: Space,
    range: KeyRange<'_>,
    take: &mut TakeLifetime<'_>,
) -> Result<()> {
    let mut cursors = Vec::with_capacity(levels.len());
    for level in levels {
        cursors.push(LevelVersions::open(stored, *level, space, range)?);
    }
    while let Some(key) = cursors.iter().filter_map(LevelVersions::key).min().map(<[u8]>::to_vec) {
        // Newest first: what a level has ends where the level above begins.
        let mut versions: Vec<Owned> = Vec::new();
        let mut end = Moment::PRESENT;
        for cursor in &mut cursors {
            let moment = cursor.level.moment;
            for mut version in cursor.take(&key)? {
                if version.lifetime.end > moment {
                    version.lifetime.end = end;
                }
                versions.push(version);
            }
            end = versions.last().map_or(end, |oldest| oldest.lifetime.begin);
        }
        for version in versions.iter().rev().filter(|version| !version.deleted) {
            if version.lifetime.begin < version.lifetime.end
                && !take(&key, version.lifetime, &version.payload)?
            {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The versions of one branch itself up to a moment.
struct LevelVersions<'a> {
    level: Level,
    present: PresentCursor<'a>,
    present_here: bool,
    history: Box<dyn Cursor + 'a>,
    history_here: bool,
    segments: Vec<SegmentCursor<'a>>,
    prefix_length: usize,
}

impl<'a> LevelVersions<'a> {
    fn open(
        stored: Stored<'a>,
        level: Level,
        space: Space,
        range: KeyRange<'_>,
    ) -> Result<LevelVersions<'a>> {
        let mut present =
            PresentCursor::open(stored.snapshot, level.branch, space, range, Direction::Forward)?;
        let present_here = present.advance()?;
        let prefix = Key::history_prefix(level.branch, space);
        let mut history = open_range(stored.snapshot, &prefix, range, Direction::Forward)?;
        let history_here = history.advance()?;
        let prefix_length = prefix.len();
        let of = (level.branch, space);
        let segments = stored.history.segments().of(level.branch, space).iter();
        let segments = segments
            .map(|segment| SegmentCursor::open(stored.snapshot, of, *segment, range, Direction::Forward))
            .collect::<Result<_>>()?;
        Ok(LevelVersions { level, present, present_here, history, history_here, segments, prefix_length })
    }

    /// The smallest key that is ahead.
    fn key(&self) -> Option<&[u8]> {
        let present = self.present_here.then(|| self.present.key());
        let packed = self.segments.iter().filter_map(SegmentCursor::key);
        packed.chain(present).chain(self.history_key()).min()
    }

    fn history_key(&self) -> Option<&[u8]> {
        let bytes = self.history_here.then(|| self.history.entry().0)?;
        bytes.get(self.prefix_length..bytes.len().saturating_sub(8))
    }

    /// The versions of a key, newest first, and moves behind it.
    fn take(&mut self, key: &[u8]) -> Result<Vec<Owned>> {
        let mut found = Vec::new();
        if self.present_here && self.present.key() == key {
            let Version { begin, payload } = self.present.version();
            if begin <= self.level.moment {
                let lifetime = Lifetime { begin, end: Moment::PRESENT };
                found.push(Owned { lifetime, deleted: self.present.is_deleted(), payload: payload.to_vec() });
            }
            self.present_here = self.present.advance()?;
        }
        while self.history_key() == Some(key) {
            let (bytes, value) = self.history.entry();
            let begin = history_begin(bytes)?;
            let (Stamp { moment: end, deleted }, payload) = Stamp::split(value)?;
            if begin <= self.level.moment {
                found.push(Owned { lifetime: Lifetime { begin, end }, deleted, payload: payload.to_vec() });
            }
            self.history_here = self.history.advance()?;
            if self.history_here && self.history.entry().0.len() < self.prefix_length + 8 {
                return Err(Error::corrupt("a history key has no moment"));
            }
        }
        for segment in self.segments.iter_mut().filter(|segment| segment.key() == Some(key)) {
            segment.take_versions(&mut |version| {
                if version.begin <= self.level.moment {
                    let lifetime = Lifetime { begin: version.begin, end: version.end };
                    let payload = version.payload.to_vec();
                    found.push(Owned { lifetime, deleted: version.deleted, payload });
                }
            })?;
        }
        found.sort_by_key(|version| std::cmp::Reverse(version.lifetime.begin));
        Ok(found)
    }
}
