//! Segments: what large commits replaced, packed and appended instead of put between older versions.
//!
//! The history under `h` is in the order of keys, so that each version of a row that is written a second time makes a
//! driver rewrite a page of older ones. A commit that replaces many versions of a space writes one *segment* instead:
//! its versions in the order of key and falling begin, in blocks of some kilobytes. Segments of like size that follow
//! one another are merged, so that there are few and every version is moved a logarithmic number of times.
//!
//! ```text
//! k | branch | space | end | key | begin   -> block     named after the last version in it
//! m k | branch | space                     -> for each segment: end, bytes, whether it goes on
//! ```
//!
//! A segment has only versions that ended after the end of the one before it and up to its own. So a view of a moment
//! needs the segments whose end is later, and of these the first that has a version of its moment. A version is either
//! under `h` or in one segment. A block is, for each version:
//!
//! ```text
//! shared bytes of the key | further bytes | the further bytes
//! | end of the segment - end | (end - begin) * 2 + deleted | bytes of the payload | payload    numbers are varints
//! ```

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use bumpalo::Bump;

use super::segment_lookup::Past;
use super::{BranchId, Key, Space};
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::encoding::varint;
use crate::error::{Error, Result};
use crate::storage::{Batch, BatchEntry, Direction, KeyRange, Snapshot};

/// So many segments of like size, or more, become one.
const MERGED: usize = 4;

/// From when on versions go into segments, and how large these get.
#[derive(Clone, Copy, Debug)]
pub struct SegmentSizes {
    /// A commit that replaces fewer versions of a space puts them under `h`.
    pub versions: usize,
    /// A block with more bytes is full: two lie in a page of redb.
    pub block_bytes: usize,
    /// Segments that are larger together are not merged: a commit that merges takes memory and time in proportion.
    pub merged_bytes: u64,
}

impl Default for SegmentSizes {
    fn default() -> SegmentSizes {
        SegmentSizes { versions: 32, block_bytes: 1900, merged_bytes: 32 << 20 }
    }
}

/// One segment of the history of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The latest end of its versions.
    pub end: Moment,
    /// The bytes of its blocks when it was written.
    pub bytes: u64,
    /// Whether each of its versions ended with another one of the same key, and none with a deletion.
    pub goes_on: bool,
}

impl Segment {
    /// Is set in what is stored of the bytes of a segment that goes on.
    const GOES_ON: u64 = 1 << 63;
}

/// All segments of a store, those of each space in the order of their ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segments(BTreeMap<(BranchId, Space), Arc<[Segment]>>);

impl Segments {
    /// The segments of a space.
    pub fn of(&self, branch: BranchId, space: Space) -> &[Segment] {
        self.0.get(&(branch, space)).map_or(&[], |segments| &segments[..])
    }

    /// The segments of a space that have versions of a moment, in the order of their ends.
    pub(super) fn reaching(&self, branch: BranchId, space: Space, moment: Moment) -> &[Segment] {
        let all = self.of(branch, space);
        &all[all.partition_point(|segment| segment.end <= moment)..]
    }

    /// Those of all spaces.
    pub fn all(&self) -> &BTreeMap<(BranchId, Space), Arc<[Segment]>> {
        &self.0
    }

    /// Sets the segments of a space.
    pub fn set(&mut self, branch: BranchId, space: Space, segments: Vec<Segment>) {
        if segments.is_empty() {
            self.0.remove(&(branch, space));
        } else {
            self.0.insert((branch, space), segments.into());
        }
    }

    /// Whether a branch has any.
    pub fn has_any_of(&self, branch: BranchId) -> bool {
        self.of_branch(branch).next().is_some()
    }

    /// The spaces of a branch that have any, with theirs.
    pub fn of_branch(&self, branch: BranchId) -> impl Iterator<Item = (Space, &[Segment])> {
        let of_branch = self.0.range((branch, Space(0))..=(branch, Space(u32::MAX)));
        of_branch.map(|(&(_, space), segments)| (space, &segments[..]))
    }

    /// Forgets those of a branch.
    pub fn forget_branch(&mut self, branch: BranchId) {
        self.0.retain(|(of, _), _| *of != branch);
    }

    /// What is stored under [`Key::Segments`].
    pub fn to_bytes(segments: &[Segment]) -> Vec<u8> {
        segments
            .iter()
            .flat_map(|segment| {
                [segment.end.0, segment.bytes | if segment.goes_on { Segment::GOES_ON } else { 0 }]
            })
            .flat_map(u64::to_le_bytes)
            .collect()
    }

    /// Reads what [`Segments::to_bytes`] wrote.
    pub fn read(bytes: &[u8]) -> Result<Vec<Segment>> {
        let (numbers, rest) = bytes.as_chunks::<8>();
        let numbers: Vec<u64> = numbers.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        if !rest.is_empty() || numbers.len() % 2 == 1 {
            return Err(Error::corrupt("a list of segments"));
        }
        let segment = |pair: &[u64]| Segment {
            end: Moment(pair[0]),
            bytes: pair[1] & !Segment::GOES_ON,
            goes_on: pair[1] & Segment::GOES_ON != 0,
        };
        Ok(numbers.chunks(2).map(segment).collect())
    }
}

/// A version that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended<'a> {
    /// Its key.
    pub(crate) key: &'a [u8],
    /// The commit that wrote it.
    pub(crate) begin: Moment,
    /// The commit that replaced it.
    pub(crate) end: Moment,
    /// Whether it says that the key does not exist.
    pub(crate) deleted: bool,
    /// What was written.
    pub(crate) payload: &'a [u8],
}

impl Ended<'_> {
    /// The order of versions: by key, the newest of a key first.
    pub(super) fn order(&self, other: &Ended<'_>) -> std::cmp::Ordering {
        self.key.cmp(other.key).then(other.begin.cmp(&self.begin))
    }
}

/// A block's versions, with their keys written out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    keys: Vec<u8>,
    bytes: Vec<u8>,
    versions: Vec<Place>,
}

/// Where a version of a block is.
#[derive(Clone, Debug)]
struct Place {
    key: Range<usize>,
    payload: Range<usize>,
    begin: Moment,
    end: Moment,
    deleted: bool,
}

impl Block {
    /// Reads the block `bytes` of the segment that ends at `end`, in the place of what was read before.
    pub(crate) fn read(&mut self, end: Moment, bytes: &[u8]) -> Result<()> {
        let broken = || Error::corrupt("a block of the history");
        self.keys.clear();
        self.versions.clear();
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        let mut rest = bytes;
        let mut previous = 0..0;
        while !rest.is_empty() {
            let shared = varint::read(&mut rest)? as usize;
            let further = varint::read(&mut rest)? as usize;
            let (further, after) = rest.split_at_checked(further).ok_or_else(broken)?;
            rest = after;
            if shared > previous.len() {
                return Err(broken());
            }
            let start = self.keys.len();
            self.keys.extend_from_within(previous.start..previous.start + shared);
            self.keys.extend_from_slice(further);
            previous = start..self.keys.len();
            let before = varint::read(&mut rest)?;
            let lifetime = varint::read(&mut rest)?;
            let ended = end.0.checked_sub(before).ok_or_else(broken)?;
            let begin = ended.checked_sub(lifetime >> 1).ok_or_else(broken)?;
            let length = varint::read(&mut rest)? as usize;
            let (_, after) = rest.split_at_checked(length).ok_or_else(broken)?;
            let payload = bytes.len() - rest.len()..bytes.len() - after.len();
            rest = after;
            self.versions.push(Place {
                key: previous.clone(),
                payload,
                begin: Moment(begin),
                end: Moment(ended),
                deleted: lifetime & 1 == 1,
            });
        }
        if self.versions.is_empty() {
            return Err(broken());
        }
        Ok(())
    }

    /// The number of versions.
    pub(crate) fn len(&self) -> usize {
        self.versions.len()
    }

    /// A version's key, if there are so many.
    #[inline]
    pub(crate) fn key(&self, at: usize) -> Option<&[u8]> {
        self.versions.get(at).map(|place| &self.keys[place.key.clone()])
    }

    /// A version; `at` is less than [`Block::len`].
    #[inline]
    pub(crate) fn version(&self, at: usize) -> Ended<'_> {
        let place = &self.versions[at];
        Ended {
            key: &self.keys[place.key.clone()],
            begin: place.begin,
            end: place.end,
            deleted: place.deleted,
            payload: &self.bytes[place.payload.clone()],
        }
    }

    /// The first version whose key is not before `key`.
    pub(crate) fn lower_bound(&self, key: &[u8]) -> usize {
        self.versions.partition_point(|place| &self.keys[place.key.clone()] < key)
    }
}

/// What the block `bytes` of the segment that ends at `end` says of a key, read no further than its version.
pub(super) fn search<'b>(
    mut bytes: &'b [u8],
    end: Moment,
    key: &'b [u8],
    moment: Moment,
) -> Result<Past<'b>> {
    let broken = || Error::corrupt("a block of the history");
    // The key before is smaller than the one looked for and shares `alike` bytes with it, or it is the same.
    let (mut alike, mut length, mut is_same, mut is_later) = (0, 0, false, false);
    while !bytes.is_empty() {
        let (shared, further) = varint::read_two(&mut bytes)?;
        let (shared, further) = (shared as usize, further as usize);
        let (further, rest) = bytes.split_at_checked(further).ok_or_else(broken)?;
        bytes = rest;
        if shared > length {
            return Err(broken());
        }
        length = shared + further.len();
        if shared < alike {
            break;
        }
        if shared == alike {
            let wanted = &key[alike..];
            let same = wanted.iter().zip(further).take_while(|(a, b)| a == b).count();
            if further.get(same) > wanted.get(same) {
                break;
            }
            alike += same;
            is_same = length == key.len() && alike == length;
        }
        let times = bytes;
        varint::skip(2, &mut bytes)?;
        let payload = varint::read(&mut bytes)? as usize;
        bytes = bytes.get(payload..).ok_or_else(broken)?;
        if !is_same {
            continue;
        }
        let version = version_at(times, end, key)?;
        if version.begin <= moment {
            if version.end <= moment {
                break;
            }
            return Ok(Past::Found(version));
        }
        is_later = true;
    }
    // The key was changed later here, so an older version ended earlier.
    Ok(if is_later { Past::None } else { Past::Unknown })
}

/// The first key that a block has.
pub(super) fn first_key(mut bytes: &[u8]) -> Result<&[u8]> {
    let (_, length) = varint::read_two(&mut bytes)?;
    bytes.get(..length as usize).ok_or_else(|| Error::corrupt("a block of the history"))
}

/// A version whose times and payload `bytes` begin with.
pub(super) fn version_at<'b>(mut bytes: &'b [u8], end: Moment, key: &'b [u8]) -> Result<Ended<'b>> {
    let broken = || Error::corrupt("a block of the history");
    let (before, lifetime) = (varint::read(&mut bytes)?, varint::read(&mut bytes)?);
    let ended = end.0.checked_sub(before).ok_or_else(broken)?;
    let begin = ended.checked_sub(lifetime >> 1).ok_or_else(broken)?;
    let payload = varint::read(&mut bytes)? as usize;
    let payload = bytes.get(..payload).ok_or_else(broken)?;
    Ok(Ended { key, begin: Moment(begin), end: Moment(ended), deleted: lifetime & 1 == 1, payload })
}

/// A block with what its key says.
pub(crate) struct StoredBlock {
    /// The space of its versions.
    pub(crate) space: Space,
    end: Moment,
    block: Block,
}

impl StoredBlock {
    /// Reads a block and its key.
    pub(crate) fn read(key: &[u8], value: &[u8]) -> Result<StoredBlock> {
        let (space, rest) = Key::read_space(key)?;
        let end = rest.first_chunk().ok_or_else(|| Error::corrupt("a block has no moment"))?;
        let end = Moment(u64::from_be_bytes(*end));
        let mut block = Block::default();
        block.read(end, value)?;
        Ok(StoredBlock { space, end, block })
    }

    /// The number of versions.
    pub(crate) fn len(&self) -> usize {
        self.block.len()
    }

    /// All versions, in their order.
    pub(crate) fn versions(&self) -> impl Iterator<Item = Ended<'_>> {
        (0..self.len()).map(|at| self.block.version(at))
    }

    /// Key and value of the block with some of its versions, if there are any.
    pub(crate) fn with_versions(
        &self,
        branch: BranchId,
        versions: &[Ended<'_>],
    ) -> Option<(Vec<u8>, Vec<u8>)> {
        let last = versions.last()?;
        let mut block = Vec::new();
        let mut previous: &[u8] = &[];
        for version in versions {
            append(self.end, version, previous, &mut block);
            previous = version.key;
        }
        Some((Key::Block(branch, self.space, self.end, last.key, last.begin).to_bytes(), block))
    }
}

fn append(end: Moment, version: &Ended<'_>, previous: &[u8], out: &mut Vec<u8>) {
    let shared = previous.iter().zip(version.key).take_while(|(a, b)| a == b).count();
    varint::write(shared as u64, out);
    varint::write((version.key.len() - shared) as u64, out);
    out.extend_from_slice(&version.key[shared..]);
    varint::write(end.0 - version.end.0, out);
    varint::write((version.end.0 - version.begin.0) << 1 | u64::from(version.deleted), out);
    varint::write(version.payload.len() as u64, out);
    out.extend_from_slice(version.payload);
}

/// Puts a new segment of versions, and whether it goes on, behind those that a space has, merged with the last of them as far as their sizes ask for it.
/// Of what is merged, versions that `may_ask` says nobody asks for are left out. Answers with all that the space has then.
pub(crate) fn add_segment<'a>(
    (branch, space): (BranchId, Space),
    (segments, snapshot): (&[Segment], &dyn Snapshot),
    (mut versions, mut goes_on): (Vec<Ended<'a>>, bool),
    sizes: SegmentSizes,
    may_ask: impl Fn(Moment, Moment) -> bool,
    (bytes, batch): (&'a Bump, &mut Batch<'a>),
) -> Result<(Vec<Segment>, Vec<BatchEntry<'a>>)> {
    let bytes_of = |version: &Ended<'_>| (version.key.len() + version.payload.len() + 8) as u64;
    let kept = kept_segments(segments, versions.iter().map(bytes_of).sum(), sizes.merged_bytes);
    let end = versions.iter().map(|version| version.end).max().unwrap_or_default();
    if let merged @ [first, ..] = &segments[kept.len()..] {
        let start = bytes.alloc_slice_copy(&Key::segment_prefix(branch, space, first.end));
        let after =
            after_prefix(&Key::blocks_prefix(branch, space)).map(|after| &*bytes.alloc_slice_copy(&after));
        batch.cleared.push(KeyRange::new(start, after));
        for segment in merged {
            goes_on &= segment.goes_on;
            read_segment(snapshot, (branch, space), *segment, &may_ask, bytes, &mut versions)?;
        }
    }
    if !versions.is_sorted_by(|a, b| a.order(b).is_le()) {
        // Stable, because that finds the sorted parts.
        versions.sort_by(Ended::order);
    }
    let entries = encode_segment((branch, space), end, &versions, sizes.block_bytes, bytes);
    let size = entries.iter().filter_map(|entry| entry.value).map(|[block, _]| block.len() as u64).sum();
    let mut segments = kept.to_vec();
    segments.push(Segment { end, bytes: size, goes_on });
    Ok((segments, entries))
}

/// The segments that are not merged with a new one of `total` bytes.
fn kept_segments(segments: &[Segment], mut total: u64, most: u64) -> &[Segment] {
    let mut kept = segments;
    loop {
        let alike = kept.iter().rev().take_while(|segment| segment.bytes < 2 * total).count();
        let (before, merged) = kept.split_at(kept.len() - alike);
        let sum = total + merged.iter().map(|segment| segment.bytes).sum::<u64>();
        if alike < MERGED - 1 || sum > most {
            return kept;
        }
        (kept, total) = (before, sum);
    }
}

fn read_segment<'a>(
    snapshot: &dyn Snapshot,
    (branch, space): (BranchId, Space),
    segment: Segment,
    may_ask: &impl Fn(Moment, Moment) -> bool,
    bytes: &'a Bump,
    versions: &mut Vec<Ended<'a>>,
) -> Result<()> {
    let prefix = Key::segment_prefix(branch, space, segment.end);
    let after = after_prefix(&prefix);
    let mut block = Block::default();
    let mut cursor = snapshot.cursor(KeyRange::new(&prefix, after.as_deref()), Direction::Forward)?;
    while cursor.advance()? {
        block.read(segment.end, cursor.entry().1)?;
        let (keys, stored) = (bytes.alloc_slice_copy(&block.keys), bytes.alloc_slice_copy(&block.bytes));
        versions.reserve(block.len());
        for place in block.versions.iter().filter(|place| may_ask(place.begin, place.end)) {
            versions.push(Ended {
                key: &keys[place.key.clone()],
                begin: place.begin,
                end: place.end,
                deleted: place.deleted,
                payload: &stored[place.payload.clone()],
            });
        }
    }
    Ok(())
}

fn encode_segment<'a>(
    (branch, space): (BranchId, Space),
    end: Moment,
    versions: &[Ended<'_>],
    block_bytes: usize,
    bytes: &'a Bump,
) -> Vec<BatchEntry<'a>> {
    let mut entries = Vec::new();
    let mut block: Vec<u8> = Vec::with_capacity(2 * block_bytes);
    let mut previous: Option<&Ended<'_>> = None;
    let mut close = |block: &mut Vec<u8>, last: &Ended<'_>| {
        let key = Key::Block(branch, space, end, last.key, last.begin).to_bytes();
        entries.push(BatchEntry::put(bytes.alloc_slice_copy(&key), bytes.alloc_slice_copy(block)));
        block.clear();
    };
    for version in versions {
        if let Some(last) = previous
            && block.len() + version.key.len() + version.payload.len() > block_bytes
        {
            close(&mut block, last);
            previous = None;
        }
        append(end, version, previous.map_or(&[], |last| last.key), &mut block);
        previous = Some(version);
    }
    if let Some(last) = previous {
        close(&mut block, last);
    }
    entries
}
