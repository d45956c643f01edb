//! Looking keys up in segments: one key at a moment, or one after the other in their order.
//!
//! A block is named after its last version, so the first one that is not before a version has it. No more of a block is
//! read than what comes before the version of a key; what is looked up in ascending order goes on from there.

use super::block_walk::BlockWalk;
use super::level::with_key_bytes;
use super::segment::{Ended, Segment, first_key, search};
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
    with_key_bytes(&Key::Block(branch, space, segment.end, key, moment), |start| {
        let after = after_prefix(&start[..start.len() - key.len() - size_of::<Moment>()]);
        snapshot.first(KeyRange::new(start, after.as_deref()), &mut |_, block| {
            read(search(block, segment.end, key, moment));
        })
    })?;
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

/// Segments that are asked for keys in their order.
pub(super) struct AskedSegments<'a> {
    segments: Vec<AskedSegment<'a>>,
    moment: Moment,
}

impl<'a> AskedSegments<'a> {
    /// Asks `segments`, which end after `moment`, in the order of their ends, for keys in a direction.
    pub(super) fn new(
        snapshot: &'a dyn Snapshot,
        of: (BranchId, Space),
        segments: impl Iterator<Item = Segment>,
        (moment, direction): (Moment, Direction),
    ) -> AskedSegments<'a> {
        let segments = segments.map(|segment| AskedSegment::new(snapshot, of, segment, direction)).collect();
        AskedSegments { segments, moment }
    }

    /// Calls `read` with what was true of a key, and says whether anything was. If there is a present version, it is
    /// known when that began. Keys come in their order, from [`restart`](AskedSegments::restart) on.
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

    /// The next key may be anywhere.
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
    Here,
    /// Behind the last block.
    End,
}

/// One segment that is asked for keys in their order.
struct AskedSegment<'a> {
    snapshot: &'a dyn Snapshot,
    segment: Segment,
    direction: Direction,
    prefix_length: usize,
    /// The name that the block of a key has at least.
    name: Vec<u8>,
    blocks: Option<Box<dyn Cursor + 'a>>,
    stand: Stand,
    walk: BlockWalk,
}

impl<'a> AskedSegment<'a> {
    fn new(
        snapshot: &'a dyn Snapshot,
        (branch, space): (BranchId, Space),
        segment: Segment,
        direction: Direction,
    ) -> Self {
        let name = Key::segment_prefix(branch, space, segment.end);
        AskedSegment {
            snapshot,
            segment,
            direction,
            prefix_length: name.len(),
            name,
            blocks: None,
            stand: Stand::Anywhere,
            walk: BlockWalk::default(),
        }
    }

    fn find<'s>(&'s mut self, key: &'s [u8], moment: Moment) -> Result<Past<'s>> {
        self.name.truncate(self.prefix_length);
        self.name.extend_from_slice(key);
        self.name.extend_from_slice(&(!moment.0).to_be_bytes());
        self.go_to_block(key)?;
        let Some(blocks) = self.blocks.as_ref().filter(|_| self.stand == Stand::Here) else {
            return Ok(Past::Unknown);
        };
        let block = blocks.entry().1;
        match self.direction {
            Direction::Forward => self.walk.find(block, self.segment.end, (key, moment)),
            Direction::Backward => search(block, self.segment.end, key, moment),
        }
    }

    /// Moves to the block that `name`, the name of a key, asks for.
    fn go_to_block(&mut self, key: &[u8]) -> Result<()> {
        let blocks = match &mut self.blocks {
            Some(blocks) => blocks,
            none => {
                let prefix = &self.name[..self.prefix_length];
                let after = after_prefix(prefix);
                let range = KeyRange::new(prefix, after.as_deref());
                none.insert(self.snapshot.cursor(range, Direction::Forward)?)
            }
        };
        let mut is_here = self.stand == Stand::Here;
        match self.direction {
            Direction::Forward => {
                if self.stand == Stand::End || is_here && blocks.entry().0 >= &self.name[..] {
                    return Ok(());
                }
                // In a dense walk it is the next one.
                is_here = is_here && blocks.advance()? && blocks.entry().0 >= &self.name[..];
            }
            // The block is not before the key, and one before it has no key from here on.
            Direction::Backward if is_here && first_key(blocks.entry().1)? < key => return Ok(()),
            Direction::Backward => is_here = false,
        }
        if !is_here {
            blocks.seek(&self.name)?;
            is_here = blocks.advance()?;
        }
        self.walk.restart();
        self.stand = if is_here { Stand::Here } else { Stand::End };
        Ok(())
    }
}
