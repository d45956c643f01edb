//! What commits change outside of the keys of branches: records, settings, merges.
//!
//! In: [`Meta`] and a commit. Out: what the commit makes of it, or an error, and the entries of a batch that make it so.

use std::collections::BTreeMap;
use std::sync::Arc;

use bumpalo::Bump;

use super::merges;
use super::meta::{Merged, Meta};
use super::{Base, BranchName, BranchRecord, Change, Commit, Fork, no_such_branch};
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::error::{Error, Result};
use crate::storage::{Batch, BatchEntry, Expectation, KeyRange};
use crate::versioned::{BranchId, Key, Segments, Space, WriteSet};

/// Does one commit.
pub(super) fn change_records(meta: &mut Meta, commit: &Commit<'_>) -> Result<()> {
    if !has_base(meta, commit) {
        return Err(Error::busy_snapshot());
    }
    match commit.change {
        Change::Write(writes) => write(meta, writes, commit.moment)?,
        Change::CreateBranch { name, parent, at } => create(meta, name, parent, at, commit.moment)?,
        Change::DeleteBranch(branch) => delete(meta, branch)?,
        Change::KeepHistory => {
            meta.history_since.get_or_insert(commit.moment);
        }
        Change::Forget { of, before } => {
            forget(meta, of, before.min(commit.moment));
            merges::forget_all_unasked(meta);
        }
        Change::ReserveSpaces(next) => meta.next_space = meta.next_space.max(next),
        Change::ReserveRowids(space, last) => {
            meta.rowids.insert(space, last);
        }
        Change::SetUser(name, Some(verifier)) => {
            meta.users.insert(name.to_owned(), verifier.to_owned());
        }
        Change::SetUser(name, None) => drop(meta.users.remove(name)),
    }
    Ok(())
}

fn live_mut(meta: &mut Meta, branch: BranchId) -> Result<&mut BranchRecord> {
    let record = meta.branches.get_mut(&branch).filter(|record| !record.is_deleted);
    record.ok_or_else(|| no_such_branch(branch.0))
}

/// Whether a commit finds what it builds on.
fn has_base(meta: &Meta, commit: &Commit<'_>) -> bool {
    match (commit.base, commit.change) {
        (Some(Base::LastCommit(base)), Change::Write(writes)) => {
            meta.branches.get(&writes.branch()).is_none_or(|record| record.last_commit == base)
        }
        (Some(Base::NextSpace(base)), _) => meta.next_space == base,
        (Some(Base::Rowids(base)), Change::ReserveRowids(space, _)) => {
            meta.rowids.get(&space).copied() == base
        }
        _ => true,
    }
}

fn write(meta: &mut Meta, writes: &WriteSet, moment: Moment) -> Result<()> {
    let branch = writes.branch();
    let record = live_mut(meta, branch)?;
    record.last_commit = moment;
    record.commits += 1;
    record.bytes += writes.bytes() as u64;
    if writes.touched().iter().any(|space| space.is_catalog()) {
        record.schema = moment;
    }
    for &(space, keeps) in writes.versioning() {
        let keeps_already = meta.keepers(branch).since(space).is_some();
        if keeps != keeps_already {
            meta.space_history.insert((branch, space), if keeps { moment } else { Moment::PRESENT });
        }
    }
    if let Some((source, at)) = writes.merged()
        && meta.branches.contains_key(&source)
    {
        merges::add(meta, (branch, source), Merged { moment, at });
        merges::forget_unasked(meta, branch);
    }
    Ok(())
}

fn create(
    meta: &mut Meta,
    name: &BranchName,
    mut parent: BranchId,
    at: Option<Moment>,
    moment: Moment,
) -> Result<()> {
    if meta.live().any(|branch| branch.name == *name) {
        return Err(Error::sql(format!("branch {name} already exists")));
    }
    let record = live_mut(meta, parent)?;
    let (last, mut schema) = (record.last_commit, record.schema);
    if let Some(at) = at.filter(|at| *at < moment) {
        if meta.history_since.is_some_and(|since| since > at) {
            return Err(Error::sql("history does not reach back to the moment of the branch"));
        }
        while let Some(fork) = meta.branches.get(&parent).and_then(|record| record.parent)
            && at < fork.moment
        {
            parent = fork.parent;
        }
        // No other moment of a schema on this branch.
        schema = moment;
    }
    let versioned = (parent, Space(0))..=(parent, Space(u32::MAX));
    let copied: Vec<_> =
        meta.space_history.range(versioned).map(|(&(_, space), &since)| (space, since)).collect();
    let id = meta.next_branch;
    // What a branch begins with is a commit of its parent, so that two that begin with the same one know it.
    let fork = Fork { parent, moment: at.map_or(last, |at| at.min(last)) };
    let record = BranchRecord::new(id, name.clone(), Some(fork), moment);
    meta.branches.insert(id, BranchRecord { schema, ..record });
    meta.space_history.extend(copied.into_iter().map(|(space, since)| ((id, space), since)));
    meta.next_branch = BranchId(id.0 + 1);
    Ok(())
}

/// A branch that others build on keeps its record, without a name, until the last of them goes.
fn delete(meta: &mut Meta, branch: BranchId) -> Result<()> {
    if branch == BranchId::MAIN {
        return Err(Error::sql(format!("branch {} cannot be deleted", BranchName::MAIN)));
    }
    live_mut(meta, branch)?.is_deleted = true;
    let deleted = |record: &&BranchRecord| record.is_deleted;
    while let Some(branch) =
        meta.branches.values().filter(deleted).find(|record| !is_built_on(meta, record.id))
    {
        let branch = branch.id;
        merges::pass_on(meta, branch);
        meta.branches.remove(&branch);
        meta.space_history.retain(|(of, _), _| *of != branch);
        if meta.segments.has_any_of(branch) {
            Arc::make_mut(&mut meta.segments).forget_branch(branch);
        }
    }
    merges::forget_all_unasked(meta);
    Ok(())
}

/// Whether others have to do with each other by a branch: a child with it and its parent, or two branches with each other
/// that it was merged into, so that their merge base may lie on it.
fn is_built_on(meta: &Meta, branch: BranchId) -> bool {
    let mut forks = meta.branches.values().filter_map(|record| record.parent);
    forks.any(|fork| fork.parent == branch)
        || meta.merges.keys().filter(|(_, source)| *source == branch).count() > 1
}

fn forget(meta: &mut Meta, of: Option<(BranchId, &[Space])>, before: Moment) {
    let Some((branch, spaces)) = of else {
        meta.history_since = meta.history_since.map(|since| since.max(before));
        let kept = meta.space_history.values_mut().filter(|since| **since != Moment::PRESENT);
        kept.for_each(|since| *since = (*since).max(before));
        return;
    };
    let keepers = meta.keepers(branch);
    for &space in spaces {
        if keepers.since(space).is_some_and(|since| since < before) {
            meta.space_history.insert((branch, space), before);
        }
    }
}

/// Clears all that branches had which are gone.
pub(super) fn clear_branches<'a>(before: &Meta, after: &Meta, bytes: &'a Bump, batch: &mut Batch<'a>) {
    for id in before.branches.keys().filter(|id| !after.branches.contains_key(id)) {
        for prefix in Key::branch_prefixes(*id) {
            let start = &*bytes.alloc_slice_copy(&prefix);
            let end = after_prefix(&prefix).map(|end| &*bytes.alloc_slice_copy(&end));
            batch.cleared.push(KeyRange::new(start, end));
        }
    }
}

/// Writes the records and settings that changed. Where other processes share the store, the batch says which records it
/// builds on: should two writers ever get past the turns, the driver refuses the second instead of losing the first.
pub(super) fn write_records<'a>(
    before: &Meta,
    after: &Meta,
    is_shared: bool,
    bytes: &'a Bump,
    batch: &mut Batch<'a>,
) {
    for (id, record) in &after.branches {
        let old = before.branches.get(id);
        if old == Some(record) {
            continue;
        }
        let key = &*bytes.alloc_slice_copy(&Key::Branch(*id).to_bytes());
        if is_shared {
            let value = old.map(|old| &*bytes.alloc_slice_copy(&old.to_bytes()));
            batch.expected.push(Expectation { key, value });
        }
        batch.entries.push(BatchEntry::put(key, bytes.alloc_slice_copy(&record.to_bytes())));
    }
    let mut settings = Settings { bytes, batch };
    for id in before.branches.keys().filter(|id| !after.branches.contains_key(id)) {
        settings.delete(Key::Branch(*id));
    }
    settings.put_changed(Key::NextBranch, &before.next_branch.0, &after.next_branch.0, |next| number(*next));
    settings.put_changed(Key::NextSpace, &before.next_space.0, &after.next_space.0, |next| number(*next));
    settings.put_changed(Key::HistorySince(None), &before.history_since, &after.history_since, |since| {
        since.unwrap_or_default().0.to_le_bytes().to_vec()
    });
    let of_space = |of: &(BranchId, Space)| Key::HistorySince(Some(*of));
    settings.put_all(&before.space_history, &after.space_history, of_space, |since| {
        since.0.to_le_bytes().to_vec()
    });
    let of_pair = |(target, source): &(BranchId, BranchId)| Key::Merge(*target, *source);
    settings.put_all(&before.merges, &after.merges, of_pair, |merge| {
        merge.iter().flat_map(|merge| merge.to_bytes()).collect()
    });
    settings.put_all(
        &before.rowids,
        &after.rowids,
        |space| Key::Rowids(*space),
        |last| last.to_le_bytes().to_vec(),
    );
    if !Arc::ptr_eq(&before.segments, &after.segments) {
        let of_space = |(branch, space): &(BranchId, Space)| Key::Segments(*branch, *space);
        settings.put_all(before.segments.all(), after.segments.all(), of_space, |segments| {
            Segments::to_bytes(segments)
        });
    }
    settings.put_users(&before.users, &after.users);
}

fn number(value: u32) -> Vec<u8> {
    u64::from(value).to_le_bytes().to_vec()
}

/// Keys of settings on their way into a batch.
struct Settings<'b, 'a> {
    bytes: &'a Bump,
    batch: &'b mut Batch<'a>,
}

impl Settings<'_, '_> {
    fn put(&mut self, key: Key<'_>, value: &[u8]) {
        let key = self.bytes.alloc_slice_copy(&key.to_bytes());
        self.batch.entries.push(BatchEntry::put(key, self.bytes.alloc_slice_copy(value)));
    }

    fn delete(&mut self, key: Key<'_>) {
        self.batch.entries.push(BatchEntry::delete(self.bytes.alloc_slice_copy(&key.to_bytes())));
    }

    fn put_changed<T: PartialEq>(&mut self, key: Key<'_>, old: &T, new: &T, value: impl Fn(&T) -> Vec<u8>) {
        if old != new {
            self.put(key, &value(new));
        }
    }

    fn put_users(&mut self, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) {
        for (name, verifier) in new.iter().filter(|(name, verifier)| old.get(*name) != Some(*verifier)) {
            self.put(Key::User(name), verifier.as_bytes());
        }
        for name in old.keys().filter(|name| !new.contains_key(*name)) {
            self.delete(Key::User(name));
        }
    }

    fn put_all<K: Ord, V: PartialEq>(
        &mut self,
        old: &BTreeMap<K, V>,
        new: &BTreeMap<K, V>,
        key: impl Fn(&K) -> Key<'static>,
        value: impl Fn(&V) -> Vec<u8>,
    ) {
        if old == new {
            return;
        }
        for (of, changed) in new.iter().filter(|(of, value)| old.get(of) != Some(*value)) {
            self.put(key(of), &value(changed));
        }
        for of in old.keys().filter(|of| !new.contains_key(of)) {
            self.delete(key(of));
        }
    }
}
