//! Commits as changes of the driver's map: what becomes the present, what moves to the history, what is logged.
//!
//! In: the write sets of commits on one branch, stamped, in the order of their stamps, and who may still ask for what
//! they replace. Out: entries of a [`Batch`]. A key that several of the commits wrote is written once; the versions
//! between go to the history if somebody may ask for them.

use std::sync::Arc;

use bumpalo::Bump;

use super::change_log::{ChangeKind, encode_changes};
use super::present_entries::{MANY_WRITES, PresentEntries, Stamps};
use super::segment::{Ended, SegmentSizes, Segments, add_segment};
use super::write_cursor::WriteCursor;
use super::write_set::{WriteSet, Written};
use super::{BranchId, Keepers, Key, Space, Stamp};
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::error::Result;
use crate::storage::{Batch, BatchEntry, Cursor, Direction, KeyRange, Snapshot};

/// The writes of one commit. All spaces are ordered ([`WriteSet::order_all`]).
#[derive(Clone, Copy, Debug)]
pub(crate) struct StampedWrites<'a> {
    /// What was written.
    pub(crate) writes: &'a WriteSet,
    /// The moment of the commit.
    pub(crate) moment: Moment,
}

/// The state before commits, and where what they replace goes.
pub(crate) struct Past<'p> {
    /// The state; it is only read where somebody may want what is replaced, and may be `None` where [`needs_snapshot`] is
    /// false.
    pub(crate) snapshot: Option<&'p dyn Snapshot>,
    /// The segments of that state, which become those of the state after the commits.
    pub(crate) segments: &'p mut Arc<Segments>,
    /// What becomes a segment.
    pub(crate) sizes: SegmentSizes,
}

/// Adds to `batch` what `commits` change on `branch`.
pub(crate) fn replace<'a>(
    branch: BranchId,
    keepers: &Keepers,
    past: Past<'_>,
    commits: &[StampedWrites<'a>],
    bytes: &'a Bump,
    batch: &mut Batch<'a>,
) -> Result<()> {
    let Past { snapshot, segments, sizes } = past;
    let cleared = drop_spaces(branch, keepers, segments, commits, bytes, batch);
    let mut spaces: Vec<Space> = commits.iter().flat_map(|commit| commit.writes.touched()).collect();
    spaces.sort_unstable();
    spaces.dedup();
    spaces.retain(|space| !cleared.contains(space));
    let (mut history, mut blocks) = (Vec::new(), Vec::new());
    for &space in &spaces {
        let snapshot = snapshot.filter(|_| keepers.may_ask_for_replaced(space));
        let old = snapshot.map(|snapshot| OldEntries::open(snapshot, branch, space)).transpose()?;
        let mut replacement =
            Replacement { space, keepers, old, bytes, ended: Vec::new(), deleted: Vec::new() };
        replacement.write_space(commits, batch)?;
        let Replacement { mut ended, mut deleted, .. } = replacement;
        // Kept apart, a few deletions do not make readers of the past look through a whole segment for keys.
        let goes_on = deleted.len() < sizes.versions;
        let is_packed = ended.len() + if goes_on { 0 } else { deleted.len() } >= sizes.versions;
        if !(goes_on && is_packed) {
            ended.append(&mut deleted);
        }
        let kept_apart = if is_packed { &mut deleted } else { &mut ended };
        kept_apart.sort_by(Ended::order);
        history.extend(kept_apart.iter().map(|version| history_entry(branch, space, version, bytes)));
        if let Some(snapshot) = snapshot.filter(|_| is_packed) {
            let before = (segments.of(branch, space), snapshot);
            let may_ask = |begin, end| keepers.may_ask(space, begin, end);
            let (after, mut entries) =
                add_segment((branch, space), before, (ended, goes_on), sizes, may_ask, (bytes, batch))?;
            blocks.append(&mut entries);
            Arc::make_mut(segments).set(branch, space, after);
        }
    }
    // Later spaces come after the history of earlier ones; kept apart, all lists are ascending.
    batch.entries.append(history);
    batch.entries.append(blocks);
    if keepers.want_change_log() {
        log_changes(branch, &spaces, commits, bytes, batch);
    }
    Ok(())
}

/// What is stored of a version among older and newer ones of its key.
fn history_entry<'a>(branch: BranchId, space: Space, version: &Ended<'a>, bytes: &'a Bump) -> BatchEntry<'a> {
    let key = Key::History(branch, space, version.key, version.begin).to_bytes();
    let stamp = Stamp { moment: version.end, deleted: version.deleted }.to_bytes();
    let (key, stamp) = (bytes.alloc_slice_copy(&key), bytes.alloc_slice_copy(&stamp));
    BatchEntry::put_parts(key, stamp, version.payload)
}

/// Whether [`replace`] has to see what is replaced.
pub(crate) fn needs_snapshot(keepers: &Keepers, writes: &WriteSet) -> bool {
    writes.touched().into_iter().any(|space| keepers.may_ask_for_replaced(space))
}

/// Clears the spaces that nobody can see any more, marks the others, and returns the cleared ones.
fn drop_spaces<'a>(
    branch: BranchId,
    keepers: &Keepers,
    segments: &mut Arc<Segments>,
    commits: &[StampedWrites<'a>],
    bytes: &'a Bump,
    batch: &mut Batch<'a>,
) -> Vec<Space> {
    let mut cleared = Vec::new();
    for commit in commits {
        for &space in commit.writes.dropped() {
            if keepers.may_ask_for_replaced(space) {
                let key = bytes.alloc_slice_copy(&Key::Dropped(branch, space).to_bytes());
                let value = bytes.alloc_slice_copy(&commit.moment.0.to_le_bytes());
                batch.entries.push(BatchEntry::put(key, value));
            } else {
                let prefixes = [
                    Key::current_prefix(branch, space),
                    Key::history_prefix(branch, space),
                    Key::blocks_prefix(branch, space),
                    Key::derived_prefix(branch, space),
                ];
                for prefix in prefixes {
                    let start = &*bytes.alloc_slice_copy(&prefix);
                    let end = after_prefix(&prefix).map(|end| &*bytes.alloc_slice_copy(&end));
                    batch.cleared.push(KeyRange::new(start, end));
                }
                if !segments.of(branch, space).is_empty() {
                    Arc::make_mut(segments).set(branch, space, Vec::new());
                }
                cleared.push(space);
            }
        }
    }
    cleared
}

fn log_changes<'a>(
    branch: BranchId,
    spaces: &[Space],
    commits: &[StampedWrites<'a>],
    bytes: &'a Bump,
    batch: &mut Batch<'a>,
) {
    for commit in commits {
        for &space in spaces {
            let mut cursor = commit.writes.sorted(space);
            let keys = std::iter::from_fn(|| {
                cursor.advance().then(|| match cursor.written() {
                    Written::Put(_) => (cursor.key(), ChangeKind::Written),
                    Written::Deleted => (cursor.key(), ChangeKind::Deleted),
                })
            });
            for (key, value) in encode_changes(branch, commit.moment, space, keys) {
                batch
                    .entries
                    .push(BatchEntry::put(bytes.alloc_slice_copy(&key), bytes.alloc_slice_copy(&value)));
            }
        }
    }
}

/// The replacement of versions in one space.
struct Replacement<'a, 'b> {
    space: Space,
    keepers: &'b Keepers,
    old: Option<OldEntries<'b>>,
    bytes: &'a Bump,
    /// What goes to the history because there is something newer, and because there is nothing any more.
    ended: Vec<Ended<'a>>,
    deleted: Vec<Ended<'a>>,
}

/// A version on its way to being replaced.
#[derive(Clone, Copy)]
struct Replaced<'v> {
    begin: Moment,
    written: Written<'v>,
}

impl<'a> Replacement<'a, '_> {
    fn write_space(&mut self, commits: &[StampedWrites<'a>], batch: &mut Batch<'a>) -> Result<()> {
        let writes = commits.iter().map(|commit| commit.writes.writes_to(self.space)).sum();
        if let ([commit], None) = (commits, &self.old)
            && writes >= MANY_WRITES
        {
            let is_child = self.keepers.is_child;
            batch.entries.push_all_of(PresentEntries::new(*commit, self.space, is_child, self.bytes));
            return Ok(());
        }
        let stamps: Vec<Stamps<'a>> =
            commits.iter().map(|commit| Stamps::new(commit.moment, self.bytes)).collect();
        let mut cursors: Vec<WriteCursor<'a>> =
            commits.iter().map(|commit| commit.writes.sorted(self.space)).collect();
        let mut here: Vec<bool> = cursors.iter_mut().map(WriteCursor::advance).collect();
        // A list that doubles touches twice the memory that it needs.
        batch.entries.reserve(writes);
        if self.old.is_some() {
            // Where all of them are new, this much is not touched.
            self.ended.reserve(writes.min(1 << 16));
        }
        loop {
            let ahead = cursors.iter().zip(&here).filter(|(_, here)| **here).map(|(cursor, _)| cursor);
            let Some(first) = ahead.min_by_key(|cursor| cursor.key()) else {
                return Ok(());
            };
            let (key, full_key) = (first.key(), first.full_key());
            let mut before = self.old_version(full_key)?;
            let mut last = 0;
            for at in 0..cursors.len() {
                if !here[at] || cursors[at].key() != key {
                    continue;
                }
                let version = Replaced { begin: commits[at].moment, written: cursors[at].written() };
                if let Some(before) = before.replace(version) {
                    self.keep(key, before, version);
                }
                last = at;
                here[at] = cursors[at].advance();
            }
            if let Some(version) = before {
                batch.entries.push(stamps[last].entry(full_key, version.written, self.keepers.is_child));
            }
        }
    }

    /// What is true of the key before the commits, if that matters to somebody.
    fn old_version(&mut self, full_key: &[u8]) -> Result<Option<Replaced<'a>>> {
        let Some(old) = &mut self.old else {
            return Ok(None);
        };
        let Some(value) = old.find(full_key)? else {
            return Ok(None);
        };
        let (stamp, payload) = Stamp::split(value)?;
        let written =
            if stamp.deleted { Written::Deleted } else { Written::Put(self.bytes.alloc_slice_copy(payload)) };
        Ok(Some(Replaced { begin: stamp.moment, written }))
    }

    /// Moves a version to the history that another one replaces, if somebody may ask for it.
    fn keep(&mut self, key: &'a [u8], version: Replaced<'a>, next: Replaced<'_>) {
        let end = next.begin;
        let (deleted, payload) = match version.written {
            Written::Put(payload) => (false, payload),
            Written::Deleted => (true, &[][..]),
        };
        // Where there is no parent, a gap needs no entry.
        let is_needed = !deleted || self.keepers.is_child;
        if is_needed && self.keepers.may_ask(self.space, version.begin, end) {
            let ended = Ended { key, begin: version.begin, end, deleted, payload };
            match next.written {
                Written::Put(_) => self.ended.push(ended),
                Written::Deleted => self.deleted.push(ended),
            }
        }
    }
}

/// The present entries of a space, looked up in ascending order. Where the written keys lie close together or behind
/// all that exists, which is usual, a look-up costs a step or nothing.
struct OldEntries<'b> {
    cursor: Box<dyn Cursor + 'b>,
    here: bool,
    started: bool,
}

impl<'b> OldEntries<'b> {
    fn open(snapshot: &'b dyn Snapshot, branch: BranchId, space: Space) -> Result<OldEntries<'b>> {
        let prefix = Key::current_prefix(branch, space);
        let end = after_prefix(&prefix);
        let cursor = snapshot.cursor(KeyRange::new(&prefix, end.as_deref()), Direction::Forward)?;
        Ok(OldEntries { cursor, here: false, started: false })
    }

    fn find(&mut self, full_key: &[u8]) -> Result<Option<&[u8]>> {
        if !self.started {
            self.started = true;
            self.cursor.seek(full_key)?;
            self.here = self.cursor.advance()?;
        }
        if self.here && self.cursor.entry().0 < full_key {
            self.here = self.cursor.advance()?;
            if self.here && self.cursor.entry().0 < full_key {
                self.cursor.seek(full_key)?;
                self.here = self.cursor.advance()?;
            }
        }
        let (key, value) = self.cursor.entry();
        Ok((self.here && key == full_key).then_some(value))
    }
}
