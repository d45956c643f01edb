//! How many commits a store has, twice: in sled's tree, as a part of each batch, and in a file beside sled's.
//!
//! sled takes a damaged place in its log for the end of what was written, as a crash leaves it, and opens what came before it:
//! commits that were acknowledged would be gone without a word. The count in the tree goes with them, the one in the file does
//! not. The file is written when a commit is as durable as it was promised to be, and is not waited for, so after a crash it may
//! be behind the tree. It is never ahead of it, unless something was lost.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use helios_core::storage::cannot_open;
use helios_core::{Error, Result};

use crate::error::{from_io, guarded};

/// Where the count stands in the tree: no key is stored so, and all that are come before it.
pub(crate) const KEY: [u8; 2] = [254, 2];

/// The file.
pub(crate) const NAME: &str = "helios-commits";

/// The count and, so that bits that rot in it are no count, the same turned around.
const BYTES: usize = 16;

/// The count in the tree, which the next commit raises, and the file.
#[derive(Debug)]
pub(crate) struct Count {
    commits: u64,
    file: Option<File>,
}

impl Count {
    /// Compares the count in a tree with the one beside it.
    ///
    /// # Errors
    /// `Corrupt` where the tree has lost commits.
    pub(crate) fn open(tree: &sled::Tree, folder: &Path, read_only: bool) -> Result<Count> {
        let stored = guarded(|| tree.get(KEY))?;
        let commits = match &stored {
            Some(bytes) => u64::from_le_bytes(bytes[..].try_into().map_err(|_| Error::corrupt("a count"))?),
            None => 0,
        };
        let path = folder.join(NAME);
        let file = match OpenOptions::new().read(true).write(!read_only).open(&path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(cannot_open(&path, &error)),
        };
        if file.as_ref().map(read).transpose()?.flatten().is_some_and(|noted| noted > commits) {
            return Err(
                Error::corrupt("sled").caused_by("commits that were acknowledged are gone".to_owned())
            );
        }
        Ok(Count { commits, file })
    }

    /// What the next commit writes under [`KEY`].
    pub(crate) fn next(&self) -> [u8; 8] {
        (self.commits + 1).to_le_bytes()
    }

    /// The tree has the next count.
    pub(crate) fn raise(&mut self) {
        self.commits += 1;
    }

    /// All commits up to now are as durable as they were promised to be.
    pub(crate) fn note(&mut self, folder: &Path) -> Result<()> {
        if self.file.is_none() {
            let made = OpenOptions::new().write(true).create(true).truncate(false).open(folder.join(NAME));
            self.file = Some(made.map_err(from_io)?);
        }
        let bytes = [self.commits.to_le_bytes(), (!self.commits).to_le_bytes()].concat();
        match &self.file {
            Some(file) => file.write_all_at(&bytes, 0).map_err(from_io),
            None => Ok(()),
        }
    }
}

/// The count in the file; none where it is damaged, or was never written to its end.
fn read(file: &File) -> Result<Option<u64>> {
    let mut bytes = [0; BYTES];
    let mut length = 0;
    while length < BYTES {
        match file.read_at(&mut bytes[length..], length as u64).map_err(from_io)? {
            0 => return Ok(None),
            more => length += more,
        }
    }
    let [count, turned] = [0, 8].map(|at| {
        let mut number = [0; 8];
        number.copy_from_slice(&bytes[at..at + 8]);
        u64::from_le_bytes(number)
    });
    Ok((count == !turned).then_some(count))
}
