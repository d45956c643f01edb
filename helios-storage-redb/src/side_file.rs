//! The side file: how processes that have a database open see each other.
//!
//! `NAME-share` stands beside the database while it is open. It holds a few numbers, mapped into every process, and its
//! bytes are locked to take turns. Locks are the kernel's (`fcntl`), so a killed process leaves none behind, and a
//! forked child inherits none.
//!
//! ```text
//! offset   number                             lock byte    held by
//! 0        commits, see below                 0            every process that has the database open (shared)
//! 64 ..    the words of Coordination          1            the process that is inside a commit, or decides one
//!                                             2            the process that wants the database for itself
//!                                             16 + lane    the process that has the lane
//! ```
//! The number of commits rises. It is a multiple of 4 where none is on its way, one more than such while one is, and three
//! more while it is decided what became of one whose process died in it. That is not a commit like others: whoever has got
//! the dead process's turns may not build on the state before it.
//!
//! A process that finds nobody else clears the numbers; the last to close removes the file.
//!
//! Locks of this kind belong to a process and a file, and closing any descriptor of the file drops them all. So a
//! process opens a database's side file once, and a list of what is open refuses the second time. Where somebody has put
//! another database under the name while this process has the first one open, the second one gets a side file of its own:
//! the first one's loses its name, after which nothing more is committed to a database that nobody finds.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use helios_core::process::PerProcess;
use helios_core::storage::{Coordination, Lane, Lease, Reach, Word, Words, cannot_open};
use helios_core::{Error, ErrorKind, Result};
use memmap2::MmapRaw;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use parking_lot::{Mutex, RwLock};

use crate::options::Processes;

const SIZE: u64 = 4096;
/// Numbers stand in cache lines of their own.
const STRIDE: usize = 64;
const PRESENCE: u64 = 0;
const COMMITTING: u64 = 1;
const ALONE: u64 = 2;
const FIRST_LANE: u64 = 16;

/// A file, as its device and its inode.
type Identity = (u64, u64);

/// Database files that are open here, each with its side file. What a forked child has of its parent's is not open in it.
static OPEN_HERE: PerProcess<Mutex<Vec<(Identity, Identity)>>> = PerProcess::new();

/// The side file of an open database.
#[derive(Debug)]
pub(crate) struct SideFile {
    path: PathBuf,
    file: Arc<LockFile>,
    memory: MmapRaw,
    database: Mutex<Identity>,
    own: Identity,
    /// This process is inside a commit: its own locks are invisible to it.
    is_committing: AtomicBool,
}

/// The open file, until it is closed, and all locks with it.
#[derive(Debug)]
struct LockFile(RwLock<Option<File>>);

impl LockFile {
    fn set_lock(&self, byte: u64, lock: Lock) -> Result<bool> {
        set_lock(self.0.read().as_ref().ok_or_else(closed)?, byte, lock)
    }

    /// Whether the file is still in a folder.
    fn has_name(&self) -> Result<bool> {
        has_name(self.0.read().as_ref().ok_or_else(closed)?)
    }

    fn holder(&self, byte: u64, kind: i32) -> Result<Option<i32>> {
        holder(self.0.read().as_ref().ok_or_else(closed)?, byte, kind)
    }
}

fn has_name(file: &File) -> Result<bool> {
    let metadata = file.metadata();
    Ok(metadata.map_err(|error| Error::new(ErrorKind::Io, "disk I/O error").caused_by(error))?.nlink() > 0)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lock {
    Shared,
    Exclusive,
    None,
}

impl SideFile {
    /// Joins the processes that have `database` open, which exists.
    pub(crate) fn join(database: &Path, processes: Processes) -> Result<SideFile> {
        let failed = |error| cannot_open(database, &error);
        let metadata = std::fs::metadata(database).map_err(failed)?;
        let mut open_here = OPEN_HERE.get().lock();
        if open_here.iter().any(|(open, _)| *open == identity(&metadata)) {
            return Err(Error::new(ErrorKind::Busy, "database is locked (this process has it open already)"));
        }
        let mut name = database.as_os_str().to_owned();
        name.push("-share");
        let path = PathBuf::from(name);
        // To open it and to close it again would drop this process's locks on it.
        let of_another = |found| open_here.iter().any(|(_, side)| *side == found);
        if std::fs::metadata(&path).is_ok_and(|found| of_another(identity(&found))) {
            std::fs::remove_file(&path).map_err(failed)?;
        }
        let file = open_and_lock(&path, metadata.mode() & 0o777, processes)?;
        let memory = MmapRaw::map_raw(&file).map_err(|error| cannot_open(&path, &error))?;
        // Whoever had the database before may have put another file in its place.
        let database = identity(&std::fs::metadata(database).map_err(failed)?);
        let own = identity(&file.metadata().map_err(|error| cannot_open(&path, &error))?);
        open_here.push((database, own));
        Ok(SideFile {
            path,
            file: Arc::new(LockFile(RwLock::new(Some(file)))),
            memory,
            database: Mutex::new(database),
            own,
            is_committing: AtomicBool::new(false),
        })
    }

    /// The number of commits.
    pub(crate) fn commits(&self) -> &AtomicU64 {
        self.number(0)
    }

    #[expect(unsafe_code, reason = "numbers that processes share live in mapped memory")]
    fn number(&self, at: usize) -> &AtomicU64 {
        assert!((at + 1) * STRIDE <= SIZE as usize, "the side file has room for the number");
        // SAFETY: the mapping is SIZE bytes long, page-aligned and lives as long as `self`, so the address is valid
        // and aligned for a u64. Every process touches these bytes only through atomics; the file is not truncated
        // while a process has it open, because only the last one removes it.
        unsafe { &*self.memory.as_mut_ptr().add(at * STRIDE).cast::<AtomicU64>() }
    }

    /// Locks out other processes from commits, and says that this one may be inside one, until the guard is dropped. Where a
    /// process died inside a commit, what became of that is as open afterwards as before, and readers wait meanwhile,
    /// unless the guard is told that it [is settled](Committing::settle). The caller lets in one thread at a time.
    ///
    /// # Errors
    /// `ReadOnly` where somebody has removed the side file: processes that open the database from then on make another
    /// one, and do not see this process.
    pub(crate) fn begin_commit(self: &Arc<SideFile>) -> Result<Committing> {
        // This comes before the lock: who finds that taken sees that it is not a commit which goes on.
        if self.version()?.is_none() {
            self.tell_open_end();
        }
        let mut committing = self.enter()?;
        committing.is_settled = self.commits().load(Ordering::SeqCst).is_multiple_of(4);
        self.move_on(|before| if before.is_multiple_of(4) { before + 5 } else { deciding(before) });
        Ok(committing)
    }

    /// Says that a commit is not one which goes on, whoever holds the lock: its process has died.
    fn tell_open_end(&self) {
        let found = self.commits().load(Ordering::SeqCst);
        if found % 4 == 1 {
            let next = deciding(found);
            let _ = self.commits().compare_exchange(found, next, Ordering::SeqCst, Ordering::SeqCst);
        }
    }

    fn move_on(&self, next: impl Fn(u64) -> u64) {
        let commits = self.commits();
        commits.store(next(commits.load(Ordering::SeqCst)), Ordering::SeqCst);
    }

    /// Leaves the number as a process does that dies inside a commit.
    #[cfg(test)]
    pub(crate) fn die_in_a_commit(&self) {
        self.move_on(|before| before + 5);
    }

    /// Locks out other processes from commits.
    fn enter(self: &Arc<SideFile>) -> Result<Committing> {
        if !self.file.has_name()? {
            let path = self.path.display();
            let cause = format!("{path} was removed while the database was open");
            return Err(
                Error::new(ErrorKind::ReadOnly, "attempt to write a readonly database").caused_by(cause)
            );
        }
        while !self.file.set_lock(COMMITTING, Lock::Exclusive)? {
            // redb lets one process write at a time; the other is about to leave.
            std::thread::sleep(Duration::from_micros(50));
        }
        self.is_committing.store(true, Ordering::SeqCst);
        Ok(Committing { side: self.clone(), is_settled: true })
    }

    /// The number of commits, where an odd one means that a living process is inside a commit. `None` where a process
    /// died in it: what became of its commit is open until somebody [settles](Committing::settle) that.
    pub(crate) fn version(&self) -> Result<Option<u64>> {
        loop {
            let commits = self.commits().load(Ordering::SeqCst);
            if commits.is_multiple_of(4) {
                return Ok(Some(commits));
            }
            let is_held = self.is_committing.load(Ordering::SeqCst)
                || self.file.holder(COMMITTING, libc::F_WRLCK)?.is_some();
            if self.commits().load(Ordering::SeqCst) != commits {
                continue;
            }
            match (is_held, commits % 4) {
                (false, _) => return Ok(None),
                (true, 3) => std::thread::sleep(Duration::from_micros(50)),
                (true, _) => return Ok(Some(commits)),
            }
        }
    }
}

impl SideFile {
    /// Keeps other processes from opening the database until the guard is dropped.
    ///
    /// # Errors
    /// `Busy` if one has it open.
    pub(crate) fn stay_alone(self: &Arc<SideFile>) -> Result<Alone> {
        match self.file.set_lock(PRESENCE, Lock::Exclusive)? {
            true => Ok(Alone { side: self.clone() }),
            false => Err(Error::busy().caused_by("another process has the database open")),
        }
    }

    /// Another file has taken the name of the database, and is open here in its place.
    pub(crate) fn follow_file(&self, database: &Path) -> Result<()> {
        let metadata = std::fs::metadata(database).map_err(|error| cannot_open(database, &error))?;
        let mut open_here = OPEN_HERE.get().lock();
        let mut database = self.database.lock();
        open_here.retain(|(open, _)| *open != *database);
        *database = identity(&metadata);
        open_here.push((*database, self.own));
        Ok(())
    }
}

/// The time in which no other process can open the database.
#[derive(Debug)]
pub(crate) struct Alone {
    side: Arc<SideFile>,
}

impl Drop for Alone {
    fn drop(&mut self) {
        // To share what one has alone cannot fail but for the file being closed, which gives it back.
        let _ = self.side.file.set_lock(PRESENCE, Lock::Shared);
    }
}

/// The time inside a commit.
#[derive(Debug)]
pub(crate) struct Committing {
    side: Arc<SideFile>,
    /// Whether it is known afterwards what became of all commits.
    is_settled: bool,
}

impl Committing {
    /// Whether it is known what became of all commits.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// Says whether it is known.
    pub(crate) fn settle(&mut self, is_settled: bool) {
        self.is_settled = is_settled;
    }
}

/// The number while it is decided what became of a commit.
fn deciding(before: u64) -> u64 {
    (before | 3) + 4
}

impl Drop for Committing {
    fn drop(&mut self) {
        if self.is_settled {
            // A multiple of 4, also where nothing was begun.
            self.side.move_on(|commits| commits.next_multiple_of(4));
        }
        self.side.is_committing.store(false, Ordering::SeqCst);
        // A lock that cannot be given back is given back by closing the file.
        let _ = self.side.file.set_lock(COMMITTING, Lock::None);
    }
}

impl SideFile {
    /// Leaves the processes that have the database open, whoever still holds this value.
    pub(crate) fn leave(&self) {
        let mut open_here = OPEN_HERE.get().lock();
        let Some(file) = self.file.0.write().take() else {
            return;
        };
        // Nobody else: whoever opens the file between here and its removal finds it locked, and tries again. A file that
        // has lost its name is not the one that has it now.
        if has_name(&file).unwrap_or(false) && matches!(set_lock(&file, PRESENCE, Lock::Exclusive), Ok(true))
        {
            let _ = std::fs::remove_file(&self.path);
        }
        // Closed before the database can be opened here again: closing drops all of the process's locks.
        drop(file);
        let database = *self.database.lock();
        open_here.retain(|(open, _)| *open != database);
    }
}

impl Drop for SideFile {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Coordination for SideFile {
    fn reach(&self) -> Reach<'_> {
        Reach::Memory(self)
    }
}

impl Words for SideFile {
    fn try_lease(&self, lane: Lane) -> Result<Option<Lease>> {
        let byte = FIRST_LANE + lane.0;
        if !self.file.set_lock(byte, Lock::Exclusive)? {
            return Ok(None);
        }
        Ok(Some(Lease::new(LaneLock { file: self.file.clone(), byte })))
    }

    fn word(&self, word: Word) -> &AtomicU64 {
        self.number(1 + word as usize)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

/// A locked byte. The file is shared, not duplicated: to close a duplicate would drop all locks.
#[derive(Debug)]
struct LaneLock {
    file: Arc<LockFile>,
    byte: u64,
}

impl Drop for LaneLock {
    fn drop(&mut self) {
        let _ = self.file.set_lock(self.byte, Lock::None);
    }
}

fn identity(file: &Metadata) -> Identity {
    (file.dev(), file.ino())
}

/// Opens the side file at `path`, or makes it, and takes the presence lock on it.
fn open_and_lock(path: &Path, mode: u32, processes: Processes) -> Result<File> {
    let mut attempts = 0;
    loop {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(mode)
            .open(path)
            .map_err(|error| cannot_open(path, &error))?;
        if let Some(file) = lock_presence(path, file, processes)? {
            return Ok(file);
        }
        attempts += 1;
        if attempts == 1000 {
            return Err(Error::busy());
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Takes the presence lock; `None` if another process is setting the file up or removing it.
fn lock_presence(path: &Path, file: File, processes: Processes) -> Result<Option<File>> {
    let is_first = set_lock(&file, PRESENCE, Lock::Exclusive)?;
    if !is_first {
        if let Some(process) = holder(&file, ALONE, libc::F_WRLCK)? {
            return Err(locked_by(process));
        }
        match processes {
            Processes::Many if set_lock(&file, PRESENCE, Lock::Shared)? => {}
            Processes::Many => return Ok(None),
            Processes::One => {
                let is_passing = holder(&file, PRESENCE, libc::F_RDLCK)?.is_some();
                return match holder(&file, PRESENCE, libc::F_WRLCK)? {
                    Some(process) if !is_passing => Err(locked_by(process)),
                    _ => Ok(None),
                };
            }
        }
    }
    let is_current = std::fs::metadata(path)
        .is_ok_and(|named| file.metadata().is_ok_and(|opened| identity(&named) == identity(&opened)));
    if !is_current {
        return Ok(None);
    }
    if is_first {
        empty(&file).map_err(|error| no_room(path, error))?;
        match processes {
            Processes::Many => set_lock(&file, PRESENCE, Lock::Shared)?,
            Processes::One => set_lock(&file, ALONE, Lock::Exclusive)?,
        };
    }
    Ok(Some(file))
}

/// Leaves zeros in the file, in room that it really has: where a page of it had none, and the disk were full, to write to that
/// page's memory would end the process.
fn empty(file: &File) -> io::Result<()> {
    // Whatever is in there was left behind by processes that were killed. A file that is cut to nothing is written to
    // the disk by ext4 when it is closed, so a new one is not cut.
    if file.metadata()?.len() > 0 {
        file.set_len(0)?;
    }
    file.write_all_at(&[0; SIZE as usize], 0)
}

fn no_room(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Error::new(ErrorKind::Full, "database or disk is full").caused_by(error)
        }
        _ => cannot_open(path, &error),
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Misuse, "the store is closed")
}

fn locked_by(process: i32) -> Error {
    Error::new(ErrorKind::Busy, format!("database is locked (held by process {process})"))
}

fn region(byte: u64, kind: i32) -> libc::flock {
    libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: byte as libc::off_t,
        l_len: 1,
        l_pid: 0,
    }
}

/// Sets the lock on one byte; `false` if another process has it.
fn set_lock(file: &File, byte: u64, lock: Lock) -> Result<bool> {
    let kind = match lock {
        Lock::Shared => libc::F_RDLCK,
        Lock::Exclusive => libc::F_WRLCK,
        Lock::None => libc::F_UNLCK,
    };
    loop {
        match fcntl(file, FcntlArg::F_SETLK(&region(byte, kind))) {
            Ok(_) => return Ok(true),
            Err(Errno::EAGAIN | Errno::EACCES) => return Ok(false),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(lock_failed(error)),
        }
    }
}

/// The process whose lock stands in the way of one of `kind` on a byte, if there is one.
fn holder(file: &File, byte: u64, kind: i32) -> Result<Option<i32>> {
    let mut found = region(byte, kind);
    fcntl(file, FcntlArg::F_GETLK(&mut found)).map_err(lock_failed)?;
    Ok((i32::from(found.l_type) != libc::F_UNLCK).then_some(found.l_pid))
}

fn lock_failed(error: Errno) -> Error {
    Error::new(ErrorKind::Io, "disk I/O error").caused_by(io::Error::from(error))
}

#[cfg(test)]
mod tests {
    use helios_testkit::TestResult;

    use super::*;

    #[test]
    fn what_became_of_a_commit_is_open_until_somebody_settles_it() -> TestResult {
        let directory = tempfile::tempdir()?;
        let database = directory.path().join("a.db");
        std::fs::write(&database, "")?;
        let side = Arc::new(SideFile::join(&database, Processes::Many)?);
        drop(side.begin_commit()?);
        assert!(side.version()?.is_some_and(|version| version.is_multiple_of(4)), "nobody has died");
        side.die_in_a_commit();
        assert_eq!(side.version()?, None);
        let mut committing = side.begin_commit()?;
        assert_eq!(side.commits().load(Ordering::SeqCst) % 4, 3, "readers wait");
        drop(committing);
        assert_eq!(side.version()?, None, "it is open");
        committing = side.begin_commit()?;
        assert!(!committing.is_settled());
        committing.settle(true);
        drop(committing);
        assert!(side.version()?.is_some_and(|version| version.is_multiple_of(4)));
        Ok(())
    }
}
