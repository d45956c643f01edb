//! Several levels of entries seen as one: a child branch over its parent, a transaction's writes over its view. Where
//! a level has a key, deleted or not, those below it do not count.

use super::level::LevelCursor;
use super::write_cursor::WriteCursor;
use super::write_set::Written;
use super::{TakeVersion, Version, VersionCursor};
use crate::clock::Moment;
use crate::error::Result;
use crate::storage::Direction;

/// A cursor that shows, of all levels that have a key, the first one's version, and leaves out deleted keys.
pub(super) struct MergeCursor<'a> {
    levels: Vec<Source<'a>>,
    direction: Direction,
    current: Option<usize>,
    started: bool,
}

struct Source<'a> {
    cursor: Box<dyn LevelCursor + 'a>,
    here: bool,
}

impl<'a> MergeCursor<'a> {
    /// Merges `levels`, the branch's own first.
    pub(super) fn new(levels: Vec<Box<dyn LevelCursor + 'a>>, direction: Direction) -> MergeCursor<'a> {
        let levels = levels.into_iter().map(|cursor| Source { cursor, here: false }).collect();
        MergeCursor { levels, direction, current: None, started: false }
    }

    /// Moves every source that stands on the current key.
    fn leave_current(&mut self) -> Result<()> {
        if !self.started {
            self.started = true;
            for source in &mut self.levels {
                source.here = source.cursor.advance()?;
            }
            return Ok(());
        }
        let Some(current) = self.current else {
            return Ok(());
        };
        for at in (0..self.levels.len()).filter(|&at| at != current) {
            if self.levels[at].here && self.levels[at].cursor.key() == self.levels[current].cursor.key() {
                self.levels[at].here = self.levels[at].cursor.advance()?;
            }
        }
        self.levels[current].here = self.levels[current].cursor.advance()?;
        Ok(())
    }

    /// The first source with the next key.
    fn pick(&self) -> Option<usize> {
        let mut best: Option<usize> = None;
        for (at, source) in self.levels.iter().enumerate().filter(|(_, source)| source.here) {
            let key = source.cursor.key();
            let comes_first = best.is_none_or(|best| match self.direction {
                Direction::Forward => key < self.levels[best].cursor.key(),
                Direction::Backward => key > self.levels[best].cursor.key(),
            });
            if comes_first {
                best = Some(at);
            }
        }
        best
    }
}

impl VersionCursor for MergeCursor<'_> {
    fn advance(&mut self) -> Result<bool> {
        loop {
            self.leave_current()?;
            self.current = self.pick();
            match self.current {
                None => return Ok(false),
                Some(at) if !self.levels[at].cursor.is_deleted() => return Ok(true),
                Some(_) => {}
            }
        }
    }

    fn key(&self) -> &[u8] {
        self.current.map_or(&[], |at| self.levels[at].cursor.key())
    }

    fn version(&self) -> Version<'_> {
        match self.current {
            Some(at) => self.levels[at].cursor.version(),
            None => Version { begin: Moment::START, payload: &[] },
        }
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        for source in &mut self.levels {
            source.cursor.seek(key)?;
        }
        self.started = false;
        self.current = None;
        Ok(())
    }
}

/// A single level as it is, without deleted keys.
pub(super) struct Live<C>(pub(super) C);

impl<C: LevelCursor> VersionCursor for Live<C> {
    #[inline]
    fn advance(&mut self) -> Result<bool> {
        while self.0.advance()? {
            if !self.0.is_deleted() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[inline]
    fn key(&self) -> &[u8] {
        self.0.key()
    }

    #[inline]
    fn version(&self) -> Version<'_> {
        self.0.version()
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.0.seek(key)
    }

    fn visit(&mut self, take: &mut TakeVersion<'_>) -> Result<bool> {
        self.0.visit_live(take)
    }
}

/// The keys of `writes` (the newest first) over those of `base`. All cursors move in `direction`.
pub fn overlay<'a>(
    writes: Vec<WriteCursor<'a>>,
    base: Box<dyn VersionCursor + 'a>,
    direction: Direction,
) -> Box<dyn VersionCursor + 'a> {
    let mut levels: Vec<Box<dyn LevelCursor + 'a>> = Vec::with_capacity(writes.len() + 1);
    for cursor in writes {
        levels.push(Box::new(cursor));
    }
    levels.push(Box::new(Base(base)));
    Box::new(MergeCursor::new(levels, direction))
}

/// A view as the lowest level.
struct Base<'a>(Box<dyn VersionCursor + 'a>);

impl LevelCursor for Base<'_> {
    fn advance(&mut self) -> Result<bool> {
        self.0.advance()
    }

    fn key(&self) -> &[u8] {
        self.0.key()
    }

    fn version(&self) -> Version<'_> {
        self.0.version()
    }

    fn is_deleted(&self) -> bool {
        false
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.0.seek(key)
    }
}

impl LevelCursor for WriteCursor<'_> {
    fn advance(&mut self) -> Result<bool> {
        Ok(WriteCursor::advance(self))
    }

    fn key(&self) -> &[u8] {
        WriteCursor::key(self)
    }

    fn version(&self) -> Version<'_> {
        let payload = match self.written() {
            Written::Put(payload) => payload,
            Written::Deleted => &[],
        };
        Version { begin: Moment::PRESENT, payload }
    }

    fn is_deleted(&self) -> bool {
        self.written() == Written::Deleted
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        WriteCursor::seek(self, key);
        Ok(())
    }
}
