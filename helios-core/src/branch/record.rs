//! What is stored of a branch: one small record, rewritten by every commit on it.
//!
//! ```text
//! name length (varint), name | created | last commit | schema | commits | bytes   (8 bytes each, little-endian)
//! | 0, or 1 and: parent (varint), fork (8 bytes) | 1 if it was deleted while it had children, else 0
//! ```

use super::BranchName;
use crate::clock::Moment;
use crate::encoding::varint;
use crate::error::{Error, Result};
use crate::versioned::{BranchId, BranchState};

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchRecord {
    /// Its number.
    pub id: BranchId,
    /// Its name.
    pub name: BranchName,
    /// Where it forked off, and when; `None` for `main`.
    pub parent: Option<Fork>,
    /// When it was made.
    pub created: Moment,
    /// Its last commit; its creation, before the first.
    pub last_commit: Moment,
    /// The last commit that changed its schema. What was compiled under the same moment is still right.
    pub schema: Moment,
    /// Number of commits made on it.
    pub commits: u64,
    /// Bytes that commits on it have written.
    pub bytes: u64,
    /// It was deleted and has no name any more; what its children see of it is still there.
    pub is_deleted: bool,
}

/// Where a branch left its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The parent.
    pub parent: BranchId,
    /// The last moment of the parent that the branch sees: that of a commit, unless it was made of a moment between two.
    pub moment: Moment,
}

impl BranchRecord {
    /// The record of the branch that every database begins with.
    pub fn main(created: Moment) -> Result<BranchRecord> {
        Ok(BranchRecord::new(BranchId::MAIN, BranchName::new(BranchName::MAIN)?, None, created))
    }

    /// The record of a new branch.
    pub fn new(id: BranchId, name: BranchName, parent: Option<Fork>, created: Moment) -> BranchRecord {
        BranchRecord {
            id,
            name,
            parent,
            created,
            last_commit: created,
            schema: created,
            commits: 0,
            bytes: 0,
            is_deleted: false,
        }
    }

    /// The state that the branch is in.
    pub fn state(&self) -> BranchState {
        BranchState { last_commit: self.last_commit, commits: self.commits }
    }

    /// The stored bytes. The id is in the key.
    pub fn to_bytes(&self) -> Vec<u8> {
        let name = self.name.as_str().as_bytes();
        let mut out = Vec::with_capacity(name.len() + 64);
        varint::write(name.len() as u64, &mut out);
        out.extend_from_slice(name);
        for number in [self.created.0, self.last_commit.0, self.schema.0, self.commits, self.bytes] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        match self.parent {
            None => out.push(0),
            Some(fork) => {
                out.push(1);
                varint::write(u64::from(fork.parent.0), &mut out);
                out.extend_from_slice(&fork.moment.0.to_le_bytes());
            }
        }
        out.push(u8::from(self.is_deleted));
        out
    }

    /// Reads what [`BranchRecord::to_bytes`] wrote.
    pub fn from_bytes(id: BranchId, bytes: &[u8]) -> Result<BranchRecord> {
        BranchRecord::read(id, bytes).ok_or_else(|| Error::corrupt("the record of a branch"))
    }

    fn read(id: BranchId, mut bytes: &[u8]) -> Option<BranchRecord> {
        let name_length = varint::read(&mut bytes).ok()? as usize;
        let (name, mut bytes) = bytes.split_at_checked(name_length)?;
        let name = BranchName::new(std::str::from_utf8(name).ok()?).ok()?;
        let created = Moment(read_number(&mut bytes)?);
        let last_commit = Moment(read_number(&mut bytes)?);
        let schema = Moment(read_number(&mut bytes)?);
        let commits = read_number(&mut bytes)?;
        let written = read_number(&mut bytes)?;
        let parent = match bytes.split_off_first()? {
            0 => None,
            1 => {
                let parent = BranchId(u32::try_from(varint::read(&mut bytes).ok()?).ok()?);
                Some(Fork { parent, moment: Moment(read_number(&mut bytes)?) })
            }
            _ => return None,
        };
        let is_deleted = match bytes.split_off_first()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        let record = BranchRecord {
            id,
            name,
            parent,
            created,
            last_commit,
            schema,
            commits,
            bytes: written,
            is_deleted,
        };
        bytes.is_empty().then_some(record)
    }
}

fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_back_and_never_trusted() -> Result<()> {
        let fork = Some(Fork { parent: BranchId(3), moment: Moment(77) });
        for parent in [None, fork] {
            let mut record = BranchRecord::new(BranchId(9), BranchName::new("größe")?, parent, Moment(5));
            (record.commits, record.bytes, record.schema) = (12, 1 << 40, Moment(6));
            record.is_deleted = parent.is_some();
            let bytes = record.to_bytes();
            assert_eq!(BranchRecord::from_bytes(BranchId(9), &bytes)?, record);
            for end in 0..bytes.len() {
                assert!(BranchRecord::from_bytes(BranchId(9), &bytes[..end]).is_err());
            }
        }
        Ok(())
    }
}
