//! The part of a store that has no versions: records of branches and settings, read as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{BranchRecord, Merge};
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::error::{Error, Result};
use crate::storage::{Direction, KeyRange, Snapshot};
use crate::versioned::{BranchId, Keepers, KeptHistory, Key, Segments, Space};

/// Everything under `m`, as of one snapshot.
#[derive(Clone, Debug)]
pub(super) struct Meta {
    pub(super) branches: BTreeMap<BranchId, BranchRecord>,
    /// Since when all tables keep history.
    pub(super) history_since: Option<Moment>,
    /// Since when single tables of a branch keep history.
    pub(super) space_history: BTreeMap<(BranchId, Space), Moment>,
    /// The merges of each branch (the second) into each other (the first), ascending.
    pub(super) merges: BTreeMap<(BranchId, BranchId), Arc<[Merged]>>,
    /// The highest automatic rowids given away.
    pub(super) rowids: BTreeMap<Space, i64>,
    /// The segments of the history.
    pub(super) segments: Arc<Segments>,
    /// The verifiers of users' passwords, by name.
    pub(super) users: BTreeMap<String, String>,
    pub(super) next_space: Space,
    pub(super) next_branch: BranchId,
}

/// One merge of a pair of branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Merged {
    /// The commit that brought it.
    pub(super) moment: Moment,
    /// Up to which moment of the source.
    pub(super) at: Moment,
}

impl Merged {
    pub(super) fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.moment.0) | u128::from(self.at.0) << 64).to_le_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Merged> {
        let (moment, at) =
            bytes.split_at_checked(8).ok_or_else(|| Error::corrupt("a merge has no moment"))?;
        Ok(Merged { moment: Moment(number(Some(moment))?), at: Moment(number(Some(at))?) })
    }
}

impl Meta {
    /// Reads the records of a snapshot.
    pub(super) fn load(snapshot: &dyn Snapshot) -> Result<Meta> {
        let mut branches = BTreeMap::new();
        for_each_with_prefix(snapshot, &Key::branches_prefix(), |key, value| {
            let id = Key::read_branch(key)?;
            branches.insert(id, BranchRecord::from_bytes(id, value)?);
            Ok(())
        })?;
        let mut history_since = None;
        let mut space_history = BTreeMap::new();
        for_each_with_prefix(snapshot, &Key::history_since_prefix(), |key, value| {
            let since = Moment(number(Some(value))?);
            match Key::read_history_since(key)? {
                None => history_since = Some(since),
                Some(of) => {
                    space_history.insert(of, since);
                }
            }
            Ok(())
        })?;
        let mut merges = BTreeMap::new();
        for_each_with_prefix(snapshot, &Key::merges_prefix(), |key, value| {
            let (target, source) = Key::read_pair(key)?;
            let (target, source) = (BranchId(target), BranchId(source));
            let all = value.chunks(16).map(Merged::from_bytes).collect::<Result<_>>()?;
            merges.insert((target, source), all);
            Ok(())
        })?;
        let mut rowids = BTreeMap::new();
        for_each_with_prefix(snapshot, &Key::rowids_prefix(), |key, value| {
            rowids.insert(Key::read_rowids(key)?, number(Some(value))? as i64);
            Ok(())
        })?;
        let mut segments = Segments::default();
        for_each_with_prefix(snapshot, &Key::segments_prefix(), |key, value| {
            let (branch, space) = Key::read_pair(key)?;
            segments.set(BranchId(branch), Space(space), Segments::read(value)?);
            Ok(())
        })?;
        let mut users = BTreeMap::new();
        for_each_with_prefix(snapshot, &Key::users_prefix(), |key, value| {
            let verifier = std::str::from_utf8(value);
            let verifier = verifier.map_err(|_| Error::corrupt("a user has no verifier"))?;
            users.insert(Key::read_user(key)?.to_owned(), verifier.to_owned());
            Ok(())
        })?;
        let next_space = Space(small_number(snapshot, Key::NextSpace)?);
        let next_branch = BranchId(small_number(snapshot, Key::NextBranch)?);
        if !branches.contains_key(&BranchId::MAIN) {
            return Err(Error::corrupt("there is no main branch"));
        }
        let segments = Arc::new(segments);
        Ok(Meta {
            branches,
            history_since,
            space_history,
            merges,
            rowids,
            segments,
            users,
            next_space,
            next_branch,
        })
    }

    /// Who may still ask for replaced versions of a branch.
    pub(super) fn keepers(&self, branch: BranchId) -> Keepers {
        let forks = self.branches.values().filter_map(|child| child.parent);
        let forks = forks.filter(|fork| fork.parent == branch).map(|fork| fork.moment);
        let of_source = self.merges.iter().filter(|((_, source), _)| *source == branch);
        let merged = of_source.flat_map(|(_, merges)| merges.iter().map(|merge| merge.at));
        let record = self.branches.get(&branch);
        let is_deleted = record.is_some_and(|record| record.is_deleted);
        let mut pins: Vec<Moment> = forks.chain(merged).collect();
        pins.sort_unstable();
        let until = is_deleted.then(|| pins.last().copied().unwrap_or(Moment::START));
        let of_branch = (branch, Space(0))..=(branch, Space(u32::MAX));
        Keepers {
            pins,
            history_since: self.history_since,
            spaces: self.space_history.range(of_branch).map(|(&(_, space), &since)| (space, since)).collect(),
            is_child: record.is_some_and(|record| record.parent.is_some()),
            until,
        }
    }

    /// Since when the history of a space is complete on a branch. What a child shows of its fork is always there.
    pub(super) fn history_since(&self, branch: BranchId, space: Space) -> Option<Moment> {
        let own = self.keepers(branch).since(space)?;
        let fork = self.branches.get(&branch).and_then(|record| record.parent);
        let Some(fork) = fork.filter(|fork| own <= fork.moment) else { return Some(own) };
        let of_parent = self.history_since(fork.parent, space);
        Some(of_parent.map_or(fork.moment, |since| since.min(fork.moment)))
    }

    /// All merges, by target, source and moment.
    pub(super) fn merges(&self) -> Vec<Merge> {
        let of_pair = |(&(target, source), merges): (&(BranchId, BranchId), &Arc<[Merged]>)| {
            let full = move |merge: &Merged| Merge { target, source, moment: merge.moment, at: merge.at };
            merges.iter().map(full).collect::<Vec<_>>()
        };
        self.merges.iter().flat_map(of_pair).collect()
    }

    /// The branches that are not deleted.
    pub(super) fn live(&self) -> impl Iterator<Item = &BranchRecord> {
        self.branches.values().filter(|record| !record.is_deleted)
    }
}

impl KeptHistory for Meta {
    fn segments(&self) -> &Segments {
        &self.segments
    }

    fn complete_since(&self, branch: BranchId, space: Space) -> Option<Moment> {
        // Of a deleted branch, what came after the last fork is swept away.
        self.branches.get(&branch).filter(|record| !record.is_deleted)?;
        let since = self.space_history.get(&(branch, space)).copied().or(self.history_since);
        let since = if space.is_catalog() { Some(Moment::START) } else { since };
        since.filter(|since| *since < Moment::PRESENT)
    }
}

pub(super) fn for_each_with_prefix(
    snapshot: &dyn Snapshot,
    prefix: &[u8],
    mut visit: impl FnMut(&[u8], &[u8]) -> Result<()>,
) -> Result<()> {
    let end = after_prefix(prefix);
    let mut cursor = snapshot.cursor(KeyRange::new(prefix, end.as_deref()), Direction::Forward)?;
    while cursor.advance()? {
        let (key, value) = cursor.entry();
        visit(key, value)?;
    }
    Ok(())
}

fn small_number(snapshot: &dyn Snapshot, key: Key<'_>) -> Result<u32> {
    let mut value = None;
    snapshot.get(&key.to_bytes(), &mut |bytes| value = Some(bytes.to_vec()))?;
    u32::try_from(number(value.as_deref())?).map_err(|_| Error::corrupt("a setting is too large"))
}

fn number(value: Option<&[u8]>) -> Result<u64> {
    match value.map(<[u8; 8]>::try_from) {
        Some(Ok(bytes)) => Ok(u64::from_le_bytes(bytes)),
        _ => Err(Error::corrupt("a setting is not a number")),
    }
}
