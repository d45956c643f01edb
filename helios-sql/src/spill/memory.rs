//! The memory of a database that its statements share.
//!
//! One limit for all statements together, and not one for each: then it says how much the process takes, however many
//! statements run and however many sorts and joins each of them has. Who asks when nothing is left spills; that others
//! hold more is not taken back from them. So that nobody is left with nothing, an account may always hold a small part
//! of the limit, and so that nobody takes all, it may hold half of it at most.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use helios_core::Result;
use helios_core::cipher::Cipher;
use helios_core::transaction::Interrupt;

use super::file::{Seal, SpillFile};
use crate::monitor::Meter;

/// The part of the limit that an account may hold whatever the others do.
const LEAST_PART: usize = 64;
/// The part of the limit that an account may hold at most.
const GREATEST_PART: usize = 2;

/// The memory for sorts, hash tables and collected rows, and the folder for what does not fit. Clones are the same.
#[derive(Clone, Debug)]
pub struct Memory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limit: usize,
    held: AtomicUsize,
    folder: PathBuf,
    /// What temporary files are sealed with: nobody has its key but this.
    cipher: Option<Arc<dyn Cipher>>,
    files: AtomicU64,
}

impl Memory {
    /// Memory of `limit` bytes. Temporary files are made in `folder`, and sealed if there is a cipher.
    pub fn new(limit: usize, folder: PathBuf, cipher: Option<Arc<dyn Cipher>>) -> Memory {
        let (held, files) = (AtomicUsize::new(0), AtomicU64::new(0));
        Memory(Arc::new(Inner { limit, held, folder, cipher, files }))
    }

    /// Bytes that all accounts together may hold.
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// Bytes that all accounts together hold.
    pub fn held(&self) -> usize {
        self.0.held.load(Ordering::Relaxed)
    }
}

/// What one collection holds. It is given back when this is dropped.
#[derive(Debug)]
pub struct Account {
    memory: Memory,
    held: usize,
    meter: Option<Arc<Meter>>,
}

impl Account {
    /// Notes that the collection holds `bytes`, and says whether that fits.
    pub fn hold(&mut self, bytes: usize) -> bool {
        let Inner { limit, held, .. } = &*self.memory.0;
        let all = if bytes >= self.held {
            held.fetch_add(bytes - self.held, Ordering::Relaxed) + (bytes - self.held)
        } else {
            held.fetch_sub(self.held - bytes, Ordering::Relaxed) - (self.held - bytes)
        };
        if let Some(meter) = &self.meter {
            meter.change_held(self.held, bytes);
        }
        self.held = bytes;
        bytes <= limit / LEAST_PART || (bytes <= limit / GREATEST_PART && all <= *limit)
    }

    /// Bytes that are held.
    pub fn held(&self) -> usize {
        self.held
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.hold(0);
    }
}

/// What the collections of one execution work with: memory, files, and what stops them.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The memory of the database.
    pub memory: Memory,
    /// Stops the execution.
    pub interrupt: Interrupt,
    /// What is noted of memory and files, where somebody watches.
    pub meter: Option<Arc<Meter>>,
}

impl Workspace {
    /// An account that holds nothing.
    pub fn account(&self) -> Account {
        Account { memory: self.memory.clone(), held: 0, meter: self.meter.clone() }
    }

    /// An empty file.
    pub(super) fn file(&self) -> Result<Arc<SpillFile>> {
        let Inner { folder, cipher, files, .. } = &*self.memory.0;
        let seal = cipher.clone().map(|cipher| Seal::new(cipher, files.fetch_add(1, Ordering::Relaxed)));
        Ok(Arc::new(SpillFile::create(folder, seal, self.meter.clone())?))
    }

    /// An error if the execution is to stop.
    pub(super) fn check(&self) -> Result<()> {
        self.interrupt.check_rows(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_share_one_limit_and_keep_a_part_each() {
        let memory = Memory::new(640, PathBuf::new(), None);
        let (interrupt, meter) = (Interrupt::default(), Some(Arc::new(Meter::default())));
        let workspace = Workspace { memory: memory.clone(), interrupt, meter: meter.clone() };
        let (mut one, mut other) = (workspace.account(), workspace.account());
        assert!(one.hold(320), "half is for one account");
        assert!(!one.hold(321), "more than half is not");
        assert!(one.hold(320));
        assert!(other.hold(320), "and half for another");
        let mut third = workspace.account();
        assert!(!third.hold(11), "then nothing is left");
        assert!(third.hold(10), "but the least part");
        assert_eq!(memory.held(), 650);
        drop(one);
        assert!(third.hold(300), "what is dropped is free");
        drop((other, third));
        assert_eq!(memory.held(), 0);
        assert_eq!(meter.map(|meter| meter.most_held()), Some(651));
    }
}
