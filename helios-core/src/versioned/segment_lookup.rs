//! Looking keys up in segments: one key at a moment, or one after the other in ascending order.
//!
//! A block is named after its last version, so the first one that is not before a version has it. For one key no more of
//! a block is read than what comes before its version; what is looked up in ascending order finds the block open.

use super::segment::{Block, Ended, Segment, search};
use super::{BranchId, Key, Space};
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::error::Result;
use crate::storage::{Cursor, Direction, KeyRange, Snapshot};

/// What a segment knows of a key at a moment.
pub(super) enum Past<'b> {
    /// The version that was true then.
    Found(Ended<'b>),
    /// There was none: no segment that ends later has one either.
    None,
    /// What a later segment says.
    Unknown,
}

/// Calls `read` with what the segments, which end after `moment`, say was true of a key. If its present version began
/// later, it is known when.
pub(super) fn get_from_segments(
    snapshot: &dyn Snapshot,
    of: (BranchId, Space),
    segments: &[Segment],
    (key, moment, next_begin): (&[u8], Moment, Option<Moment>),
    mut read: impl FnMut(Ended<'_>),
) -> Result<()> {
    let replaced = next_begin.map(|begin| segments.partition_point(|segment| segment.end < begin));
    for (at, is_last) in places_to_look(segments.len(), replaced) {
        let mut answer = Ok(Answer::Unknown);
        get(snapshot, of, segments[at], (key, moment), &mut |past| {
            answer = past.map(|past| match past {
                Past::Found(version) => {
                    read(version);
                    Answer::Found
                }
                Past::None => Answer::None,
                Past::Unknown => Answer::Unknown,
            });
        })?;
        match answer? {
            Answer::Found => return Ok(()),
            Answer::None if is_last => return Ok(()),
            Answer::None | Answer::Unknown => {}
        }
    }
    Ok(())
}

/// [`Past`] without the version.
enum Answer {
    Found,
    None,
    Unknown,
}

/// In which order `count` segments are asked for a key, and of each whether its word is the last one where it says that
/// there was nothing. The present version of the key has replaced one in the segment at `replaced`.
///
/// A key that changes often is in the first; of one that does not, what was replaced has often been true at the moment.
fn places_to_look(count: usize, replaced: Option<usize>) -> impl Iterator<Item = (usize, bool)> {
    let replaced = replaced.filter(|at| (1..count).contains(at));
    let first = (0..count.min(1)).chain(replaced);
    first.chain((1..count).filter(move |at| Some(*at) != replaced)).map(move |at| (at, Some(at) != replaced))
}

/// Hands what a segment knows of one key to `read`.
fn get(
    snapshot: &dyn Snapshot,
    (branch, space): (BranchId, Space),
    segment: Segment,
    (key, moment): (&[u8], Moment),
    read: &mut dyn FnMut(Result<Past<'_>>),
) -> Result<()> {
    let start = Key::Block(branch, space, segment.end, key, moment).to_bytes();
    let after = after_prefix(&Key::segment_prefix(branch, space, segment.end));
    let mut cursor = snapshot.cursor(KeyRange::new(&start, after.as_deref()), Direction::Forward)?;
    if cursor.advance()? {
        read(search(cursor.entry().1, segment.end, key, moment));
    }
    Ok(())
}

/// The version of a key in a segment that was true at a moment; says whether there was one.
pub(super) fn find_version(
    snapshot: &dyn Snapshot,
    of: (BranchId, Space),
    segment: Segment,
    (key, moment): (&[u8], Moment),
    read: &mut dyn FnMut(Ended<'_>),
) -> Result<bool> {
    let mut is_found = Ok(false);
    get(snapshot, of, segment, (key, moment), &mut |past| {
        is_found = past.map(|past| match past {
            Past::Found(version) => {
                read(version);
                true
            }
            Past::None | Past::Unknown => false,
        });
    })?;
    is_found
}

/// Segments that are asked for keys in ascending order.
pub(super) struct AskedSegments<'a> {
    segments: Vec<AskedSegment<'a>>,
    moment: Moment,
}

impl<'a> AskedSegments<'a> {
    /// Asks `segments`, which end after `moment`, in the order of their ends.
    pub(super) fn new(
        snapshot: &'a dyn Snapshot,
        of: (BranchId, Space),
        segments: impl Iterator<Item = Segment>,
        moment: Moment,
    ) -> AskedSegments<'a> {
        let segments = segments.map(|segment| AskedSegment::new(snapshot, of, segment)).collect();
        AskedSegments { segments, moment }
    }

    /// Calls `read` with what was true of a key, and says whether anything was. If there is a present version, it is
    /// known when that began. Keys ascend, from [`restart`](AskedSegments::restart) on.
    pub(super) fn find(
        &mut self,
        (key, next_begin): (&[u8], Option<Moment>),
        read: &mut dyn FnMut(Ended<'_>) -> Result<()>,
    ) -> Result<bool> {
        let replaced =
            next_begin.map(|begin| self.segments.partition_point(|asked| asked.segment.end < begin));
        for (at, is_last) in places_to_look(self.segments.len(), replaced) {
            match self.segments[at].find(key, self.moment)? {
                Past::Found(version) => {
                    read(version)?;
                    return Ok(true);
                }
                Past::None if is_last => return Ok(false),
                Past::None | Past::Unknown => {}
            }
        }
        Ok(false)
    }

    /// The next key may come before the last one.
    pub(super) fn restart(&mut self) {
        self.segments.iter_mut().for_each(|segment| segment.stand = Stand::Anywhere);
    }
}

/// Where the cursor of a segment stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// At no block that matters.
    Anywhere,
    /// At the first block that is not before the last key.
    Stored,
    /// So too, and the block is read.
    Read,
    /// Behind the last block.
    End,
}

/// One segment that is asked for keys in ascending order.
struct AskedSegment<'a> {
    snapshot: &'a dyn Snapshot,
    segment: Segment,
    prefix_length: usize,
    /// The name that the block of a key has at least.
    name: Vec<u8>,
    blocks: Option<Box<dyn Cursor + 'a>>,
    stand: Stand,
    block: Block,
    at: usize,
}

impl<'a> AskedSegment<'a> {
    fn new(snapshot: &'a dyn Snapshot, (branch, space): (BranchId, Space), segment: Segment) -> Self {
        let name = Key::segment_prefix(branch, space, segment.end);
        AskedSegment {
            snapshot,
            segment,
            prefix_length: name.len(),
            name,
            blocks: None,
            stand: Stand::Anywhere,
            block: Block::default(),
            at: 0,
        }
    }

    fn find<'s>(&'s mut self, key: &'s [u8], moment: Moment) -> Result<Past<'s>> {
        self.name.truncate(self.prefix_length);
        self.name.extend_from_slice(key);
        self.name.extend_from_slice(&(!moment.0).to_be_bytes());
        let is_same_block = self.go_to_block()?;
        let Some(blocks) = self.blocks.as_ref().filter(|_| self.stand != Stand::End) else {
            return Ok(Past::Unknown);
        };
        let bytes = blocks.entry().1;
        if !is_same_block {
            // Where keys lie far apart, this is all that is asked of the block.
            return search(bytes, self.segment.end, key, moment);
        }
        if self.stand == Stand::Stored {
            self.block.read(self.segment.end, bytes)?;
            (self.stand, self.at) = (Stand::Read, 0);
        }
        self.at = self.block.lower_bound_from(self.at, key);
        Ok(self.block.find(self.at, key, moment))
    }

    /// Moves on to the block that `name` asks for; says whether that is the one of before.
    fn go_to_block(&mut self) -> Result<bool> {
        let blocks = match &mut self.blocks {
            Some(blocks) => blocks,
            none => {
                let prefix = &self.name[..self.prefix_length];
                let after = after_prefix(prefix);
                let range = KeyRange::new(prefix, after.as_deref());
                none.insert(self.snapshot.cursor(range, Direction::Forward)?)
            }
        };
        if self.stand == Stand::End {
            return Ok(false);
        }
        let mut is_here = self.stand != Stand::Anywhere;
        if is_here && blocks.entry().0 >= &self.name[..] {
            return Ok(true);
        }
        // In a dense walk it is the next one.
        is_here = is_here && blocks.advance()?;
        if self.stand == Stand::Anywhere || is_here && blocks.entry().0 < &self.name[..] {
            blocks.seek(&self.name)?;
            is_here = blocks.advance()?;
        }
        self.stand = if is_here { Stand::Stored } else { Stand::End };
        Ok(false)
    }
}
