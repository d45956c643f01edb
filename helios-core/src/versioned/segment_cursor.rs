//! Cursors over all keys of a range that a segment has.

use super::segment::{Block, Ended, Segment};
use super::segment_lookup::find_version;
use super::{BranchId, Key, Space};
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::error::Result;
use crate::storage::{Cursor, Direction, KeyRange, Snapshot};

/// A cursor over the versions of a segment, which stands at the newest version of a key (going backward: at the oldest).
pub(super) struct SegmentCursor<'a> {
    snapshot: &'a dyn Snapshot,
    of: (BranchId, Space),
    segment: Segment,
    direction: Direction,
    prefix_length: usize,
    prefix: Vec<u8>,
    /// The bounds of the range.
    start: Vec<u8>,
    end: Option<Vec<u8>>,
    /// Over the blocks, forward; and backward, once that is needed.
    blocks: Box<dyn Cursor + 'a>,
    blocks_before: Option<Box<dyn Cursor + 'a>>,
    block: Block,
    /// The position in the block.
    at: usize,
    here: bool,
}

impl<'a> SegmentCursor<'a> {
    /// A cursor at the first key of a range (going backward: the last).
    pub(super) fn open(
        snapshot: &'a dyn Snapshot,
        of: (BranchId, Space),
        segment: Segment,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<SegmentCursor<'a>> {
        let prefix = Key::segment_prefix(of.0, of.1, segment.end);
        let after = after_prefix(&prefix);
        let blocks = snapshot.cursor(KeyRange::new(&prefix, after.as_deref()), Direction::Forward)?;
        let mut cursor = SegmentCursor {
            snapshot,
            of,
            segment,
            direction,
            prefix_length: prefix.len(),
            prefix,
            start: range.start.to_vec(),
            end: range.end.map(<[u8]>::to_vec),
            blocks,
            blocks_before: None,
            block: Block::default(),
            at: 0,
            here: false,
        };
        match direction {
            Direction::Forward => cursor.go_to(range.start)?,
            Direction::Backward => cursor.go_before(range.end)?,
        }
        Ok(cursor)
    }

    /// The key that the cursor stands at; `None` at the end.
    #[inline]
    pub(super) fn key(&self) -> Option<&[u8]> {
        if self.here { self.block.key(self.at) } else { None }
    }

    /// Moves to the first key at or after `key` (going backward: the last at or before it), within the range.
    pub(super) fn seek(&mut self, key: &[u8]) -> Result<()> {
        match self.direction {
            Direction::Forward => {
                let start = std::mem::take(&mut self.start);
                let result = self.go_to(key.max(&start));
                self.start = start;
                result
            }
            Direction::Backward => {
                if let Some(end) = self.end.take_if(|end| &end[..] <= key) {
                    let result = self.go_before(Some(&end));
                    self.end = Some(end);
                    return result;
                }
                // All versions of the key itself lie before this.
                self.go_before(Some(&[key, &[0xff; 9]].concat()))?;
                if self.key().is_some_and(|found| found > key) {
                    // So do keys that begin with it; where there are such, it is no key itself.
                    self.go_before(Some(key))?;
                }
                Ok(())
            }
        }
    }

    /// The version of the current key at a moment.
    pub(super) fn find(&mut self, moment: Moment, read: &mut dyn FnMut(Ended<'_>)) -> Result<bool> {
        let Some(key) = self.key() else { return Ok(false) };
        let is_same = |at: usize| self.block.key(at) == Some(key);
        // The newest version of the key that began by then, and whether another block may have it.
        let mut at = self.at;
        let goes_on = match self.direction {
            Direction::Forward => {
                while is_same(at) && self.block.version(at).begin > moment {
                    at += 1;
                }
                at == self.block.len()
            }
            Direction::Backward => {
                at += 1;
                while at > 0 && is_same(at - 1) && self.block.version(at - 1).begin <= moment {
                    at -= 1;
                }
                at == 0
            }
        };
        if goes_on {
            return find_version(self.snapshot, self.of, self.segment, (key, moment), read);
        }
        // Going backward, the place behind the current one is no version of the key.
        if !is_same(at) || self.block.version(at).end <= moment {
            return Ok(false);
        }
        read(self.block.version(at));
        Ok(true)
    }

    /// Moves past the versions of the current key.
    pub(super) fn skip_key(&mut self) -> Result<()> {
        let Some(key) = self.key() else { return Ok(()) };
        let mut at = self.at;
        match self.direction {
            Direction::Forward => {
                while self.block.key(at) == Some(key) {
                    at += 1;
                }
                if at < self.block.len() {
                    self.at = at;
                    return self.check_bounds();
                }
                let key = key.to_vec();
                self.next_block()?;
                if self.here && self.block.key(0) == Some(&key[..]) {
                    // It may go on through many blocks.
                    return match after_prefix(&key) {
                        Some(after) => self.go_to(&after),
                        None => {
                            self.here = false;
                            Ok(())
                        }
                    };
                }
                self.check_bounds()
            }
            Direction::Backward => {
                while at > 0 && self.block.key(at - 1) == Some(key) {
                    at -= 1;
                }
                if at > 0 {
                    self.at = at - 1;
                    return self.check_bounds();
                }
                let key = key.to_vec();
                self.go_before(Some(&key))
            }
        }
    }

    /// Hands each version of the current key to `take`, newest first, and moves past them. Going forward.
    pub(super) fn take_versions(&mut self, take: &mut dyn FnMut(Ended<'_>)) -> Result<()> {
        let Some(key) = self.key().map(<[u8]>::to_vec) else { return Ok(()) };
        while self.here && self.block.key(self.at) == Some(&key[..]) {
            take(self.block.version(self.at));
            self.at += 1;
            if self.at == self.block.len() {
                self.next_block()?;
            }
        }
        self.check_bounds()
    }

    /// Ends where the range does.
    fn check_bounds(&mut self) -> Result<()> {
        let is_inside = match (self.key(), self.direction) {
            (None, _) => false,
            (Some(key), Direction::Forward) => self.end.as_deref().is_none_or(|end| key < end),
            (Some(key), Direction::Backward) => key >= &self.start[..],
        };
        self.here = is_inside;
        Ok(())
    }

    /// Forward, to the first version of the block behind the current one.
    fn next_block(&mut self) -> Result<()> {
        self.here = self.blocks.advance()?;
        self.at = 0;
        if self.here {
            self.block.read(self.segment.end, self.blocks.entry().1)?;
        }
        Ok(())
    }

    /// To the first block whose last version is not before `key`; says whether there is one.
    fn find_block(&mut self, key: &[u8]) -> Result<()> {
        self.prefix.truncate(self.prefix_length);
        self.prefix.extend_from_slice(key);
        self.blocks.seek(&self.prefix)?;
        self.next_block()
    }

    /// Forward, to the first key at or after `key`.
    fn go_to(&mut self, key: &[u8]) -> Result<()> {
        self.find_block(key)?;
        while self.here {
            self.at = self.block.lower_bound(key);
            if self.at < self.block.len() {
                return self.check_bounds();
            }
            self.next_block()?;
        }
        Ok(())
    }

    /// Backward, to the last key before `key`, or of all.
    fn go_before(&mut self, key: Option<&[u8]>) -> Result<()> {
        let mut from = Vec::new();
        if let Some(key) = key {
            self.find_block(key)?;
            if self.here {
                let end = self.block.lower_bound(key);
                if end > 0 {
                    self.at = end - 1;
                    return self.check_bounds();
                }
                let first = self.block.version(0);
                from = Key::Block(self.of.0, self.of.1, self.segment.end, first.key, first.begin).to_bytes();
            }
        }
        let prefix = &self.prefix[..self.prefix_length];
        let after = after_prefix(prefix);
        let before = match &mut self.blocks_before {
            Some(before) => before,
            none => none
                .insert(self.snapshot.cursor(KeyRange::new(prefix, after.as_deref()), Direction::Backward)?),
        };
        match (&after, from.is_empty()) {
            (Some(after), true) => before.seek(after)?,
            (None, true) => {}
            (_, false) => before.seek(&from)?,
        }
        self.here = before.advance()?;
        if self.here && before.entry().0 == from {
            // The found block has one version, after which it is named.
            self.here = before.advance()?;
        }
        if self.here {
            self.block.read(self.segment.end, before.entry().1)?;
            self.at = match key {
                // Its last version is before the key.
                Some(key) => self.block.lower_bound(key).saturating_sub(1),
                None => self.block.len() - 1,
            };
        }
        self.check_bounds()
    }
}
