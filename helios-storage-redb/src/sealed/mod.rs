//! Sealed pages under redb: a backend that lies between redb and the bytes of a file.
//!
//! In: redb's reads and writes, which are whole blocks of 4 KiB, except for its header of 320 bytes at the beginning. Out:
//! a file of which nothing can be read without its keys, and in which nothing can be changed, moved or brought in from
//! another file without being noticed.
//!
//! ```text
//! 0       key record        the keys of the file under the user's lock, twice (`preamble`)
//! 4096    key record
//! 8192    header slot       redb's header, written to one and the other in turn (`header`)
//! 12288   header slot
//! 16384   block 1           nonce ‖ 4096 bytes sealed ‖ tag, in the context of file and number
//! …       block 2           4096 bytes and the overhead of the cipher further on
//! ```
//! redb never writes over a block that is in use, so a block that a power cut has torn is one that nobody needs; with
//! commits of two phases it is not even read. The header is what it does write over, so it has two places. An older
//! state of a whole file, or of a block at its place, opens: nothing inside of a file can tell.

mod header;
mod preamble;

use std::io;
use std::ops::Bound;
use std::sync::Arc;

use helios_cipher_keys::{Keyring, StoreKeys};
use helios_core::cipher::{Cipher, UserKey, not_authentic};
use helios_core::{Error, Result};
use redb::{BackendError, StorageBackend};

use header::HeaderSlots;
pub(crate) use preamble::{create, read_record, replace_record};

/// Bytes of redb's pages, and of a sector that no write may share with another.
const BLOCK: usize = 4096;
/// Where the first header slot is.
const HEADER_AT: u64 = 8192;
/// Where block 1 is; block 0 is the header.
const BLOCKS_AT: u64 = 16384;

/// A backend whose bytes are sealed in another one.
#[derive(Debug)]
pub(crate) struct SealedBackend {
    inner: Box<dyn StorageBackend>,
    cipher: Arc<dyn Cipher>,
    file: [u8; 16],
    header: HeaderSlots,
}

impl SealedBackend {
    /// Opens what was sealed, or, where nothing is, makes the place for it.
    ///
    /// # Errors
    /// `NotADatabase` for a wrong key and for what is not sealed.
    pub(crate) fn open(
        inner: Box<dyn StorageBackend>,
        keyring: &Keyring,
        key: &UserKey,
    ) -> Result<SealedBackend> {
        let keys = match inner.len().map_err(failed)? {
            0 => create(&*inner, keyring, key)?,
            _ => keyring.open(key, &read_record(&*inner)?)?,
        };
        Ok(SealedBackend::with_keys(inner, &keys))
    }

    /// Over a file that has a record of these keys.
    pub(crate) fn with_keys(inner: Box<dyn StorageBackend>, keys: &StoreKeys) -> SealedBackend {
        let cipher = keys.page_cipher();
        let header = HeaderSlots::new(cipher.clone(), keys.file());
        SealedBackend { inner, cipher, file: keys.file(), header }
    }

    fn stride(&self) -> usize {
        BLOCK + self.cipher.overhead()
    }

    /// Where block `number` is.
    fn place(&self, number: u64) -> u64 {
        BLOCKS_AT + (number - 1) * self.stride() as u64
    }

    /// The blocks from `offset` on that are `bytes` long together: the first one, and how many.
    fn blocks(offset: u64, bytes: usize) -> io::Result<(u64, usize)> {
        let is_whole = offset.is_multiple_of(BLOCK as u64) && bytes.is_multiple_of(BLOCK);
        match is_whole && offset > 0 {
            true => Ok((offset / BLOCK as u64, bytes / BLOCK)),
            false => Err(io::Error::new(io::ErrorKind::InvalidInput, "no whole blocks")),
        }
    }
}

/// What a block, or another place of a file, is sealed in the context of.
fn context(file: [u8; 16], number: u64) -> [u8; 24] {
    let mut context = [0; 24];
    context[..16].copy_from_slice(&file);
    context[16..].copy_from_slice(&number.to_le_bytes());
    context
}

/// An error of the backend below, as ours.
pub(crate) fn failed(error: io::Error) -> Error {
    crate::error::from_redb(redb::Error::Io(error))
}

/// An error of ours, as redb hands it on.
fn to_io(error: Error) -> io::Error {
    let kind = match error.kind() {
        helios_core::ErrorKind::Corrupt => io::ErrorKind::InvalidData,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

impl StorageBackend for SealedBackend {
    fn len(&self) -> io::Result<u64> {
        let bytes = self.inner.len()?;
        let blocks = bytes.saturating_sub(BLOCKS_AT) / self.stride() as u64;
        if blocks > 0 {
            return Ok((1 + blocks) * BLOCK as u64);
        }
        // To redb an empty file is a new one; one that has had blocks was cut off.
        if self.header.is_written(&*self.inner)? { Err(to_io(not_authentic())) } else { Ok(0) }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if offset == 0 {
            return self.header.read(&*self.inner, out);
        }
        let (first, count) = SealedBackend::blocks(offset, out.len())?;
        let mut sealed = vec![0; count * self.stride()];
        self.inner.read(self.place(first), &mut sealed)?;
        let blocks = sealed.chunks_exact(self.stride()).zip(out.chunks_exact_mut(BLOCK));
        for (number, (sealed, plain)) in (first..).zip(blocks) {
            self.cipher.open(&context(self.file, number), sealed, plain).map_err(to_io)?;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if !len.is_multiple_of(BLOCK as u64) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no whole blocks"));
        }
        let blocks = (len / BLOCK as u64).saturating_sub(1);
        self.inner.set_len(BLOCKS_AT + blocks * self.stride() as u64)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.header.sync(&*self.inner)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        if offset == 0 {
            return self.header.write(&*self.inner, data);
        }
        let (first, count) = SealedBackend::blocks(offset, data.len())?;
        let mut sealed = vec![0; count * self.stride()];
        let blocks = sealed.chunks_exact_mut(self.stride()).zip(data.chunks_exact(BLOCK));
        for (number, (sealed, plain)) in (first..).zip(blocks) {
            self.cipher.seal(&context(self.file, number), plain, sealed).map_err(to_io)?;
        }
        self.inner.write(self.place(first), &sealed)
    }

    fn close(&self) -> io::Result<()> {
        self.inner.close()
    }

    // Locks are on ranges by agreement, not on bytes of the file: they go through as they are.

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.query_lock_range(start, end)
    }
}
