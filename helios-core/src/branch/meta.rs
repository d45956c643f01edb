//! The part of a store that has no versions: records of branches and settings, read as a whole.

use std::collections::BTreeMap;

use super::BranchRecord;
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::error::{Error, Result};
use crate::storage::{Direction, KeyRange, Snapshot};
use crate::versioned::{BranchId, Keepers, Key, Space};

/// Everything under `m`, as of one snapshot.
#[derive(Clone, Debug)]
pub(super) struct Meta {
    pub(super) branches: BTreeMap<BranchId, BranchRecord>,
    /// Since when all tables keep history.
    pub(super) history_since: Option<Moment>,
    /// Since when single tables of a branch keep history.
    pub(super) space_history: BTreeMap<(BranchId, Space), Moment>,
    pub(super) next_space: Space,
    pub(super) next_branch: BranchId,
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
        let next_space = Space(small_number(snapshot, Key::NextSpace)?);
        let next_branch = BranchId(small_number(snapshot, Key::NextBranch)?);
        if !branches.contains_key(&BranchId::MAIN) {
            return Err(Error::corrupt("there is no main branch"));
        }
        Ok(Meta { branches, history_since, space_history, next_space, next_branch })
    }

    /// Who may still ask for replaced versions of a branch.
    pub(super) fn keepers(&self, branch: BranchId) -> Keepers {
        let forks = self.branches.values().filter_map(|child| child.parent);
        let mut pins: Vec<Moment> =
            forks.filter(|fork| fork.parent == branch).map(|fork| fork.moment).collect();
        pins.sort_unstable();
        let of_branch = (branch, Space(0))..=(branch, Space(u32::MAX));
        Keepers {
            pins,
            history_since: self.history_since,
            spaces: self.space_history.range(of_branch).map(|(&(_, space), &since)| (space, since)).collect(),
            is_child: self.branches.get(&branch).is_some_and(|record| record.parent.is_some()),
        }
    }
}

fn for_each_with_prefix(
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
