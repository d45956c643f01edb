//! Whether a file is as redb has written it.
//!
//! In: a file, which nobody in this process has open. Out: an error if the sum of any page is not the page's. The file is
//! only read: what redb writes while it looks, stays in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::Bound;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use helios_core::storage::cannot_open;
use helios_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use redb::{BackendError, Builder, StorageBackend};

use crate::error::from_redb;
use crate::guard::guarded;
use crate::options::Processes;
use crate::side_file::SideFile;
use crate::source::{Encryption, Place, Source};
use crate::vault::check_file;

/// Compares all pages of a file with their sums, which reading does not. Other processes may have it open; their commits
/// wait meanwhile.
///
/// # Errors
/// `Corrupt` if a page is not what was written; else as [`RedbStorage::open_with`](crate::RedbStorage::open_with), and
/// `Busy` if this process has the file open.
pub fn verify(path: &Path, cache_bytes: usize, encryption: Option<Encryption>) -> Result<()> {
    let source = Source::new(Place::File(path.to_owned()), encryption);
    if !check_file(path, &source, source.key().as_ref())? {
        return Err(cannot_open(path, &io::ErrorKind::NotFound.into()));
    }
    let path = path.canonicalize().map_err(|error| cannot_open(path, &error))?;
    let side = match SideFile::join(&path, Processes::Many) {
        Ok(side) => Some(Arc::new(side)),
        // Where no file can be made beside it, nobody writes to it either.
        Err(error) if error.kind() == ErrorKind::CannotOpen => None,
        Err(error) => return Err(error),
    };
    let checked = check(&path, &source, cache_bytes, side.as_ref());
    if let Some(side) = side {
        side.leave();
    }
    checked
}

fn check(path: &Path, source: &Source, cache_bytes: usize, side: Option<&Arc<SideFile>>) -> Result<()> {
    let _nobody_commits = side.map(SideFile::begin_commit).transpose()?;
    let file = File::open(path).map_err(|error| cannot_open(path, &error))?;
    let length = file.metadata().map_err(|error| cannot_open(path, &error))?.len();
    if length == 0 {
        return Ok(());
    }
    guarded(|| {
        let backend = source.sealed(Box::new(Overlay::new(file, length)))?;
        let mut database =
            Builder::new().set_cache_size(cache_bytes).create_with_backend(backend).map_err(from_redb)?;
        match database.check_integrity().map_err(from_redb)? {
            true => Ok(()),
            false => Err(Error::corrupt("pages that are not what was written")),
        }
    })
}

/// What is written at once in memory.
const BLOCK: u64 = 4096;

/// A file that is read, and what was written over it, which stays in memory.
#[derive(Debug)]
struct Overlay {
    file: File,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    length: u64,
    /// So much of the file is still seen; what is behind it and was not written is zero.
    seen: u64,
    /// What was written, by the numbers of the blocks.
    written: BTreeMap<u64, Vec<u8>>,
}

impl Overlay {
    fn new(file: File, length: u64) -> Overlay {
        Overlay { file, state: Mutex::new(State { length, seen: length, written: BTreeMap::new() }) }
    }

    /// A block of the file.
    fn block(&self, state: &State, number: u64) -> io::Result<Vec<u8>> {
        if let Some(block) = state.written.get(&number) {
            return Ok(block.clone());
        }
        let mut block = vec![0; BLOCK as usize];
        let start = number * BLOCK;
        let length = state.seen.saturating_sub(start).min(BLOCK) as usize;
        self.file.read_exact_at(&mut block[..length], start)?;
        Ok(block)
    }
}

/// The parts of a range in blocks: the block, where in it the part begins, and where in the range, and how long it is.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, usize, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let within = (at % BLOCK) as usize;
        let size = (BLOCK as usize - within).min(length - done);
        let part = (at / BLOCK, within, done, size);
        done += size;
        (size > 0).then_some(part)
    })
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state.lock().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state.lock();
        if offset + out.len() as u64 > state.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (number, within, done, size) in parts(offset, out.len()) {
            let block = self.block(&state, number)?;
            out[done..done + size].copy_from_slice(&block[within..within + size]);
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.state.lock();
        state.length = length;
        if length < state.seen {
            state.seen = length;
            let last = length / BLOCK;
            state.written.retain(|&number, _| number <= last);
            if let Some(block) = state.written.get_mut(&last) {
                block[(length % BLOCK) as usize..].fill(0);
            }
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state.lock();
        for (number, within, done, size) in parts(offset, data.len()) {
            let mut block = self.block(&state, number)?;
            block[within..within + size].copy_from_slice(&data[done..done + size]);
            state.written.insert(number, block);
        }
        Ok(())
    }

    // The caller keeps writers away, and nobody else sees what is written here.

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{File, Overlay, StorageBackend};

    #[test]
    fn what_is_written_over_a_file_is_read_and_the_file_stays() {
        let mut file = tempfile::tempfile().unwrap();
        let bytes: Vec<u8> = (0..10_000_u32).map(|number| number as u8).collect();
        file.write_all(&bytes).unwrap();
        let overlay = Overlay::new(file.try_clone().unwrap(), bytes.len() as u64);
        let mut expected = bytes.clone();
        for (offset, length) in [(0, 3), (4090, 20), (8192, 1808), (5, 9000)] {
            let data = vec![length as u8; length];
            overlay.write(offset as u64, &data).unwrap();
            expected[offset..offset + length].copy_from_slice(&data);
            let mut found = vec![0; expected.len()];
            overlay.read(0, &mut found).unwrap();
            assert_eq!(found, expected);
        }
        overlay.set_len(4100).unwrap();
        overlay.set_len(9000).unwrap();
        expected.truncate(4100);
        expected.resize(9000, 0);
        let mut found = vec![0; 9000];
        overlay.read(0, &mut found).unwrap();
        assert_eq!(found, expected);
        assert!(overlay.read(8999, &mut [0; 2]).is_err());
        let mut untouched = vec![0; bytes.len()];
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut untouched, 0).unwrap();
        assert_eq!(untouched, bytes);
        drop::<File>(file);
    }
}
