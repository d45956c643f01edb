//! A temporary file of blocks of bytes: the one place where bytes go to disk and come back.
//!
//! In: a block of bytes. Out: where it lies, and later the bytes. The file has no name from the beginning, so it ends
//! with its last handle, also when the process is killed. Blocks are written once and never changed, and sealed in the
//! context of their file and place where there is a cipher.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::cipher::Cipher;
use helios_core::{Error, ErrorKind, Result};

use crate::monitor::Meter;

/// A file without a name.
#[derive(Debug)]
pub(super) struct SpillFile {
    file: File,
    /// Where the next block begins.
    end: AtomicU64,
    seal: Option<Seal>,
    /// What is told how much is written.
    meter: Option<Arc<Meter>>,
}

/// What seals the blocks of one file.
#[derive(Debug)]
pub(super) struct Seal {
    cipher: Arc<dyn Cipher>,
    /// The file's number among those of the cipher.
    file: u64,
}

impl Seal {
    pub(super) fn new(cipher: Arc<dyn Cipher>, file: u64) -> Seal {
        Seal { cipher, file }
    }

    fn context(&self, offset: u64) -> [u8; 16] {
        let mut context = [0; 16];
        context[..8].copy_from_slice(&self.file.to_le_bytes());
        context[8..].copy_from_slice(&offset.to_le_bytes());
        context
    }
}

/// Where a block lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    offset: u64,
    bytes: usize,
}

impl SpillFile {
    /// Makes a file in `folder`.
    pub(super) fn create(folder: &Path, seal: Option<Seal>, meter: Option<Arc<Meter>>) -> Result<SpillFile> {
        let file = tempfile::tempfile_in(folder).map_err(|error| match is_full(&error) {
            true => full(error),
            false => {
                let folder = folder.display();
                let message = format!("unable to open a temporary file in {folder}");
                Error::new(ErrorKind::CannotOpen, message).caused_by(error)
            }
        })?;
        Ok(SpillFile { file, end: AtomicU64::new(0), seal, meter })
    }

    /// Writes a block at the end.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<Block> {
        let overhead = self.seal.as_ref().map_or(0, |seal| seal.cipher.overhead());
        let offset = self.end.fetch_add((bytes.len() + overhead) as u64, Ordering::Relaxed);
        match &self.seal {
            Some(seal) => {
                let mut sealed = vec![0; bytes.len() + overhead];
                seal.cipher.seal(&seal.context(offset), bytes, &mut sealed)?;
                self.file.write_all_at(&sealed, offset)
            }
            None => self.file.write_all_at(bytes, offset),
        }
        .map_err(failed)?;
        if let Some(meter) = &self.meter {
            meter.add_spilled(bytes.len() + overhead);
        }
        Ok(Block { offset, bytes: bytes.len() })
    }

    /// Reads a block in place of what `out` holds.
    pub(super) fn read(&self, block: Block, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        out.resize(block.bytes, 0);
        let Some(seal) = &self.seal else {
            return self.file.read_exact_at(out, block.offset).map_err(failed);
        };
        let mut sealed = vec![0; block.bytes + seal.cipher.overhead()];
        self.file.read_exact_at(&mut sealed, block.offset).map_err(failed)?;
        seal.cipher.open(&seal.context(block.offset), &sealed, out)
    }
}

fn failed(error: io::Error) -> Error {
    if is_full(&error) {
        return full(error);
    }
    Error::new(ErrorKind::Io, "disk I/O error").caused_by(error)
}

/// No space, no quota, or a file that may not grow.
fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge
            | io::ErrorKind::WriteZero
    )
}

fn full(error: io::Error) -> Error {
    Error::new(ErrorKind::Full, "database or disk is full").caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_and_the_file_has_no_name() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = SpillFile::create(folder.path(), None, None)?;
        let (first, empty, last) = (file.write(b"first")?, file.write(b"")?, file.write(b"last")?);
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
        let mut bytes = b"what was there before".to_vec();
        for (block, expected) in [(last, &b"last"[..]), (first, b"first"), (empty, b"")] {
            file.read(block, &mut bytes)?;
            assert_eq!(bytes, expected);
        }
        Ok(())
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = SpillFile::create(Path::new("/nowhere/at/all"), None, None).err();
        let error = error.map(|error| (error.kind(), error.message().to_owned()));
        let message = "unable to open a temporary file in /nowhere/at/all".to_owned();
        assert_eq!(error, Some((ErrorKind::CannotOpen, message)));
    }
}
