//! The change log: which keys a commit wrote, so that diff, merge and pruning cost what changed.
//!
//! A commit's keys in one space are written in ascending order, in parts of a few kilobytes. A key shares its
//! beginning with the one before it:
//!
//! ```text
//! kind (1 written, 2 deleted) | shared bytes (varint) | further bytes (varint) | the further bytes
//! ```

use super::key::read_u32;
use super::{BranchId, Key, Space};
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::encoding::varint;
use crate::error::{Error, Result};
use crate::storage::{Direction, KeyRange, Snapshot};

/// A part is closed when it has grown to this many bytes: it stays inside one page of the drivers.
const PART_BYTES: usize = 3000;

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It got a new version.
    Written,
    /// It was deleted.
    Deleted,
}

/// A key that a commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedKey {
    /// The commit.
    pub commit: Moment,
    /// The space.
    pub space: Space,
    /// The key in it.
    pub key: Vec<u8>,
    /// What happened.
    pub kind: ChangeKind,
}

/// Writes the keys of one commit in one space, which come in ascending order, as log entries.
pub fn encode_changes<'a>(
    branch: BranchId,
    commit: Moment,
    space: Space,
    keys: impl Iterator<Item = (&'a [u8], ChangeKind)>,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut entries: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut part: Vec<u8> = Vec::new();
    let mut previous: &[u8] = &[];
    let mut close = |part: &mut Vec<u8>| {
        let key = Key::Changes(branch, commit, space, entries.len() as u32);
        entries.push((key.to_bytes(), std::mem::take(part)));
    };
    for (key, kind) in keys {
        if part.len() >= PART_BYTES {
            close(&mut part);
            previous = &[];
        }
        let shared = previous.iter().zip(key).take_while(|(a, b)| a == b).count();
        part.push(if kind == ChangeKind::Written { 1 } else { 2 });
        varint::write(shared as u64, &mut part);
        varint::write((key.len() - shared) as u64, &mut part);
        part.extend_from_slice(&key[shared..]);
        previous = key;
    }
    if !part.is_empty() {
        close(&mut part);
    }
    entries
}

/// The changes that commits on `branch` made after `from` and up to `to`, in the order of commit, space, key.
pub fn changes(
    snapshot: &dyn Snapshot,
    branch: BranchId,
    from: Moment,
    to: Moment,
) -> Result<Vec<ChangedKey>> {
    let mut prefix = vec![b'l'];
    varint::write(u64::from(branch.0), &mut prefix);
    let start = [&prefix[..], &from.next().0.to_be_bytes()].concat();
    let last = [&prefix[..], &to.0.to_be_bytes()].concat();
    let end = after_prefix(&last);
    let mut found = Vec::new();
    let mut cursor = snapshot.cursor(KeyRange::new(&start, end.as_deref()), Direction::Forward)?;
    while cursor.advance()? {
        let (key, value) = cursor.entry();
        let Some((commit, mut rest)) = key.get(prefix.len()..).and_then(<[u8]>::split_first_chunk) else {
            return Err(Error::corrupt("a log key has no moment"));
        };
        let commit = Moment(u64::from_be_bytes(*commit));
        decode_part(commit, Space(read_u32(&mut rest)?), value, &mut found)?;
    }
    Ok(found)
}

fn decode_part(commit: Moment, space: Space, mut part: &[u8], found: &mut Vec<ChangedKey>) -> Result<()> {
    let broken = || Error::corrupt("a part of the change log");
    let mut previous: Vec<u8> = Vec::new();
    while let Some((&kind, rest)) = part.split_first() {
        part = rest;
        let kind = match kind {
            1 => ChangeKind::Written,
            2 => ChangeKind::Deleted,
            _ => return Err(broken()),
        };
        let shared = varint::read(&mut part)? as usize;
        let further = varint::read(&mut part)? as usize;
        let (bytes, rest) = part.split_at_checked(further).ok_or_else(broken)?;
        part = rest;
        let mut key = previous.get(..shared).ok_or_else(broken)?.to_vec();
        key.extend_from_slice(bytes);
        previous.clone_from(&key);
        found.push(ChangedKey { commit, space, key, kind });
    }
    Ok(())
}
