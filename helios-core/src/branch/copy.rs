//! Copies of whole databases: all branches, all history.
//!
//! In: a snapshot of any driver. Out: the same database in another store, or as one string of bytes:
//!
//! ```text
//! "helios copy\0" | for each entry: 1, key, value (each with its length in front, varint) | 0 | checksum (8 bytes)
//! ```

use std::collections::BTreeMap;

use super::meta::Meta;
use super::state::State;
use super::store::{Store, format_record};
use crate::clock::Moment;
use crate::encoding::varint;
use crate::error::{Error, ErrorKind, Result};
use crate::storage::{Batch, BatchEntry, Direction, KeyRange, Snapshot, Storage};
use crate::versioned::{BranchId, Key};

const MAGIC: &[u8] = b"helios copy\0";

impl Store {
    /// Puts what `source` shows in the place of everything that is here, as a commit of `moment`, which has to be above
    /// all moments of both. The identity stays. Who is in the middle of a transaction finds that all has changed.
    pub fn replace_all(&self, source: &dyn Snapshot, moment: Moment) -> Result<()> {
        let format = format_record(self.identity());
        self.commit_on_newest(|state, storage| replace_all(state, storage, &format, source, moment))
    }
}

fn replace_all(
    state: State,
    storage: &dyn Storage,
    format: &[u8],
    source: &dyn Snapshot,
    moment: Moment,
) -> Result<()> {
    let (before, mut after) = (state.meta.clone(), Meta::load(source)?);
    after.next_space = after.next_space.max(before.next_space);
    after.next_branch = after.next_branch.max(before.next_branch);
    for (id, record) in &mut after.branches {
        let commits = before.branches.get(id).map_or(0, |record| record.commits);
        record.commits = record.commits.max(commits) + 1;
        (record.last_commit, record.schema) = (moment, moment);
    }
    let head = state.head_change_at(moment);
    drop(state);

    let mut own_keys = BTreeMap::from([
        (Key::Format.to_bytes(), format.to_vec()),
        (Key::NextSpace.to_bytes(), u64::from(after.next_space.0).to_le_bytes().to_vec()),
        (Key::NextBranch.to_bytes(), u64::from(after.next_branch.0).to_le_bytes().to_vec()),
    ]);
    own_keys
        .extend(after.branches.iter().map(|(id, record)| (Key::Branch(*id).to_bytes(), record.to_bytes())));
    let entries = own_keys.iter().map(|(key, value)| BatchEntry::put(key, value)).collect();
    let cleared = vec![KeyRange::ALL];
    storage.commit(&Batch { cleared, copied: Some(source), entries, head, ..Batch::default() })
}

/// What is in a store, but for what a copy has of its own: two stores with the same contents have the same tally.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The number of entries.
    pub entries: u64,
    /// The bytes of their keys and values.
    pub bytes: u64,
    /// A checksum of them in their order.
    pub checksum: u64,
}

/// Reads everything that a snapshot shows.
///
/// # Errors
/// The driver's, about what cannot be read.
pub fn tally(snapshot: &dyn Snapshot) -> Result<Tally> {
    // The records of branches have the moment of the copy.
    let branches = Key::Branch(BranchId(0)).to_bytes();
    let branches = &branches[..branches.len() - 1];
    let own = [Key::Format, Key::NextSpace, Key::NextBranch].map(|key| key.to_bytes());
    let mut tally = Tally { checksum: FNV_OFFSET, ..Tally::default() };
    let mut cursor = snapshot.cursor(KeyRange::ALL, Direction::Forward)?;
    cursor.visit(&mut |key, value| {
        if !own.iter().any(|own| own == key) && !key.starts_with(branches) {
            tally.entries += 1;
            tally.bytes += (key.len() + value.len()) as u64;
            for part in [key, value] {
                tally.checksum = checksum_from(tally.checksum, &(part.len() as u64).to_le_bytes());
                tally.checksum = checksum_from(tally.checksum, part);
            }
        }
        Ok(true)
    })?;
    Ok(tally)
}

/// Everything that a snapshot shows, as one string.
pub fn to_bytes(snapshot: &dyn Snapshot) -> Result<Vec<u8>> {
    let mut out = MAGIC.to_vec();
    let mut cursor = snapshot.cursor(KeyRange::ALL, Direction::Forward)?;
    while cursor.advance()? {
        let (key, value) = cursor.entry();
        out.push(1);
        for part in [key, value] {
            varint::write(part.len() as u64, &mut out);
            out.extend_from_slice(part);
        }
    }
    out.push(0);
    let sum = checksum(&out);
    out.extend_from_slice(&sum.to_le_bytes());
    Ok(out)
}

/// Fills an empty store with what [`to_bytes`] gave. Other bytes are an error, and nothing is written.
pub fn from_bytes(bytes: &[u8], storage: &dyn Storage) -> Result<()> {
    let (body, sum) = bytes.split_last_chunk().ok_or_else(not_a_database)?;
    let mut rest = body.strip_prefix(MAGIC).ok_or_else(not_a_database)?;
    if u64::from_le_bytes(*sum) != checksum(body) {
        return Err(Error::corrupt("the checksum of a copy"));
    }
    let mut batch = Batch::default();
    loop {
        let (more, after) = rest.split_first().ok_or_else(|| Error::corrupt("a copy without its end"))?;
        rest = after;
        if *more == 0 {
            break;
        }
        let key = part(&mut rest)?;
        let value = part(&mut rest)?;
        batch.entries.push(BatchEntry::put(key, value));
    }
    if !batch.is_sorted() {
        return Err(Error::corrupt("the order of a copy"));
    }
    storage.commit(&batch)
}

fn part<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length = usize::try_from(varint::read(rest)?).unwrap_or(usize::MAX);
    let (part, after) = rest.split_at_checked(length).ok_or_else(|| Error::corrupt("an entry of a copy"))?;
    *rest = after;
    Ok(part)
}

/// FNV-1a, of 64 bits: it guards against accidents, not against people.
fn checksum(bytes: &[u8]) -> u64 {
    checksum_from(FNV_OFFSET, bytes)
}

/// The checksum of no bytes.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// The checksum of some bytes and those that follow.
fn checksum_from(sum: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(sum, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn not_a_database() -> Error {
    Error::new(ErrorKind::NotADatabase, "file is not a database")
}
