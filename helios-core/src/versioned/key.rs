//! The keys that the driver sees. This file is the map of a database file.

use crate::clock::Moment;
use crate::encoding::varint;
use crate::error::{Error, Result};

/// A branch, by number. Numbers are never used twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchId(pub u32);

impl BranchId {
    /// The branch that every database has.
    pub const MAIN: BranchId = BranchId(0);
}

/// A keyspace: the rows of one table, the entries of one index. Numbers are never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Space(pub u32);

impl Space {
    /// The rows of `sqlite_schema`.
    pub const SCHEMA: Space = Space(1);
    /// The column lists that rows were written under, where a table has had more than one.
    pub const LAYOUTS: Space = Space(2);
    /// Numbers that belong to a branch as a whole, such as `PRAGMA user_version`.
    pub const SETTINGS: Space = Space(3);
    /// The first number for tables and indexes of users.
    pub const FIRST_USER: Space = Space(16);

    /// Whether the space belongs to the catalog, which always has history.
    pub fn is_catalog(self) -> bool {
        self < Space::FIRST_USER
    }
}

/// Every kind of key in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// What is true now: `c branch space key`.
    Current(BranchId, Space, &'a [u8]),
    /// What was true from a moment on: `h branch space key !begin`, so that the newest version comes first.
    History(BranchId, Space, &'a [u8], Moment),
    /// A block of a segment of the history: `k branch space end key !begin`, where the segment has what ended up to *end*,
    /// and *key* and *begin* are those of the block's last version.
    Block(BranchId, Space, Moment, &'a [u8], Moment),
    /// The keys of a space that a commit wrote, in parts: `l branch commit space part`.
    Changes(BranchId, Moment, Space, u32),
    /// What the file is: `mf`.
    Format,
    /// The record of a branch: `mb branch`.
    Branch(BranchId),
    /// The next number for a space: `mo`.
    NextSpace,
    /// The next number for a branch: `mn`.
    NextBranch,
    /// Since when all tables keep history: `mh`; or one: `mh branch space`.
    HistorySince(Option<(BranchId, Space)>),
    /// A dropped space that waits to be cleared: `md branch space`.
    Dropped(BranchId, Space),
    /// The segments of the history of a space: `mk branch space`.
    Segments(BranchId, Space),
    /// The merges of a branch (the second) into another (the first): `mg target source`.
    Merge(BranchId, BranchId),
    /// Automatic rowids of a table up to this one are given away, on whatever branch: `mr space`.
    Rowids(Space),
    /// A part of what is derived from the rows of a branch for an index, outside of all versions: `mi branch space part`.
    Derived(BranchId, Space, &'a [u8]),
    /// What is kept of a user's password: `mu name`.
    User(&'a str),
}

const CURRENT: u8 = b'c';
const HISTORY: u8 = b'h';
const BLOCK: u8 = b'k';
const CHANGES: u8 = b'l';
const META: u8 = b'm';

impl Key<'_> {
    /// Appends the bytes of the key.
    pub fn write(&self, out: &mut Vec<u8>) {
        match *self {
            Key::Current(branch, space, key) => {
                write_prefix(CURRENT, branch, space, out);
                out.extend_from_slice(key);
            }
            Key::History(branch, space, key, begin) => {
                write_prefix(HISTORY, branch, space, out);
                out.extend_from_slice(key);
                out.extend_from_slice(&(!begin.0).to_be_bytes());
            }
            Key::Block(branch, space, end, key, begin) => {
                write_prefix(BLOCK, branch, space, out);
                out.extend_from_slice(&end.0.to_be_bytes());
                out.extend_from_slice(key);
                out.extend_from_slice(&(!begin.0).to_be_bytes());
            }
            Key::Changes(branch, commit, space, part) => {
                out.push(CHANGES);
                varint::write(u64::from(branch.0), out);
                out.extend_from_slice(&commit.0.to_be_bytes());
                varint::write(u64::from(space.0), out);
                varint::write(u64::from(part), out);
            }
            Key::Format => out.extend_from_slice(&[META, b'f']),
            Key::Branch(branch) => {
                out.extend_from_slice(&[META, b'b']);
                varint::write(u64::from(branch.0), out);
            }
            Key::NextSpace => out.extend_from_slice(&[META, b'o']),
            Key::NextBranch => out.extend_from_slice(&[META, b'n']),
            Key::HistorySince(of) => {
                out.extend_from_slice(&[META, b'h']);
                if let Some((branch, space)) = of {
                    varint::write(u64::from(branch.0), out);
                    varint::write(u64::from(space.0), out);
                }
            }
            Key::Dropped(branch, space) => write_pair(b'd', branch.0, space.0, out),
            Key::Segments(branch, space) => write_pair(b'k', branch.0, space.0, out),
            Key::Merge(target, source) => write_pair(b'g', target.0, source.0, out),
            Key::Rowids(space) => {
                out.extend_from_slice(&[META, b'r']);
                varint::write(u64::from(space.0), out);
            }
            Key::Derived(branch, space, part) => {
                write_pair(b'i', branch.0, space.0, out);
                out.extend_from_slice(part);
            }
            Key::User(name) => {
                out.extend_from_slice(&[META, b'u']);
                out.extend_from_slice(name.as_bytes());
            }
        }
    }

    /// The bytes of the key.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        self.write(&mut out);
        out
    }

    /// What all [`Key::Current`] of a space begin with.
    pub fn current_prefix(branch: BranchId, space: Space) -> Vec<u8> {
        Key::Current(branch, space, &[]).to_bytes()
    }

    /// What all [`Key::History`] of a space begin with.
    pub fn history_prefix(branch: BranchId, space: Space) -> Vec<u8> {
        let mut out = Vec::with_capacity(8);
        write_prefix(HISTORY, branch, space, &mut out);
        out
    }

    /// What all [`Key::Block`] of a space begin with.
    pub fn blocks_prefix(branch: BranchId, space: Space) -> Vec<u8> {
        let mut out = Vec::with_capacity(16);
        write_prefix(BLOCK, branch, space, &mut out);
        out
    }

    /// What all [`Key::Block`] of a segment begin with.
    pub fn segment_prefix(branch: BranchId, space: Space, end: Moment) -> Vec<u8> {
        let mut out = Key::blocks_prefix(branch, space);
        out.extend_from_slice(&end.0.to_be_bytes());
        out
    }

    /// What all [`Key::Segments`] begin with.
    pub fn segments_prefix() -> Vec<u8> {
        vec![META, b'k']
    }

    /// What all records of branches begin with.
    pub fn branches_prefix() -> Vec<u8> {
        vec![META, b'b']
    }

    /// What all [`Key::HistorySince`] begin with.
    pub fn history_since_prefix() -> Vec<u8> {
        vec![META, b'h']
    }

    /// What all keys of a branch begin with, kind by kind: the present, the history, its segments, the change log,
    /// what is derived, the lists of segments.
    pub fn branch_prefixes(branch: BranchId) -> [Vec<u8>; 6] {
        [&[CURRENT][..], &[HISTORY], &[BLOCK], &[CHANGES], &[META, b'i'], &[META, b'k']].map(|tag| {
            let mut out = tag.to_vec();
            varint::write(u64::from(branch.0), &mut out);
            out
        })
    }

    /// What all [`Key::Derived`] of a space begin with.
    pub fn derived_prefix(branch: BranchId, space: Space) -> Vec<u8> {
        Key::Derived(branch, space, &[]).to_bytes()
    }

    /// What all [`Key::Merge`] begin with.
    pub fn merges_prefix() -> Vec<u8> {
        vec![META, b'g']
    }

    /// What all [`Key::Rowids`] begin with.
    pub fn rowids_prefix() -> Vec<u8> {
        vec![META, b'r']
    }

    /// What all [`Key::User`] begin with.
    pub fn users_prefix() -> Vec<u8> {
        vec![META, b'u']
    }

    /// Reads the name of a [`Key::User`].
    pub fn read_user(bytes: &[u8]) -> Result<&str> {
        let name = bytes.get(2..).and_then(|name| std::str::from_utf8(name).ok());
        name.ok_or_else(|| Error::corrupt("a user has no name"))
    }

    /// What all [`Key::Dropped`] begin with.
    pub fn dropped_prefix() -> Vec<u8> {
        vec![META, b'd']
    }

    /// Reads the two numbers of a [`Key::Merge`], a [`Key::Segments`] or a [`Key::Dropped`].
    pub fn read_pair(bytes: &[u8]) -> Result<(u32, u32)> {
        let mut rest = bytes.get(2..).unwrap_or_default();
        Ok((read_u32(&mut rest)?, read_u32(&mut rest)?))
    }

    /// Reads a [`Key::Rowids`].
    pub fn read_rowids(bytes: &[u8]) -> Result<Space> {
        let mut rest = bytes.get(2..).unwrap_or_default();
        Ok(Space(read_u32(&mut rest)?))
    }

    /// Reads a [`Key::Current`], a [`Key::History`] or a [`Key::Block`]: the space, and the rest.
    pub fn read_space(mut bytes: &[u8]) -> Result<(Space, &[u8])> {
        bytes = bytes.get(1..).unwrap_or_default();
        read_u32(&mut bytes)?;
        let space = Space(read_u32(&mut bytes)?);
        Ok((space, bytes))
    }

    /// Reads the moment of a [`Key::Changes`].
    pub fn read_commit(mut bytes: &[u8]) -> Result<Moment> {
        bytes = bytes.get(1..).unwrap_or_default();
        read_u32(&mut bytes)?;
        match bytes.split_first_chunk() {
            Some((commit, _)) => Ok(Moment(u64::from_be_bytes(*commit))),
            None => Err(Error::corrupt("a log key has no moment")),
        }
    }

    /// Reads a [`Key::Branch`].
    pub fn read_branch(bytes: &[u8]) -> Result<BranchId> {
        match bytes.strip_prefix(&[META, b'b']) {
            Some(mut rest) => Ok(BranchId(read_u32(&mut rest)?)),
            None => Err(Error::corrupt("a branch has an unknown key")),
        }
    }

    /// Reads a [`Key::HistorySince`].
    pub fn read_history_since(bytes: &[u8]) -> Result<Option<(BranchId, Space)>> {
        let Some(mut rest) = bytes.strip_prefix(&[META, b'h']) else {
            return Err(Error::corrupt("a setting has an unknown key"));
        };
        if rest.is_empty() {
            return Ok(None);
        }
        let branch = read_u32(&mut rest)?;
        let space = read_u32(&mut rest)?;
        Ok(Some((BranchId(branch), Space(space))))
    }
}

fn write_pair(tag: u8, first: u32, second: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&[META, tag]);
    varint::write(u64::from(first), out);
    varint::write(u64::from(second), out);
}

fn write_prefix(tag: u8, branch: BranchId, space: Space, out: &mut Vec<u8>) {
    out.push(tag);
    varint::write(u64::from(branch.0), out);
    varint::write(u64::from(space.0), out);
}

/// A varint that is a number of ours.
pub(super) fn read_u32(bytes: &mut &[u8]) -> Result<u32> {
    u32::try_from(varint::read(bytes)?).map_err(|_| Error::corrupt("a number is too large"))
}
