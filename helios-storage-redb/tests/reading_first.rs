//! A store that many processes may use is opened for reading first, and for writing with its first commit.

use std::fs;
use std::path::Path;

use helios_core::ErrorKind;
use helios_core::storage::Storage;
use helios_storage_redb::{Options, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::storage::{all, get, write};

fn open(path: &Path) -> helios_core::Result<RedbStorage> {
    RedbStorage::open(path, Options { cache_bytes: 1 << 20, ..Options::default() })
}

/// A file with one entry, closed.
fn make(path: &Path, value: &[u8]) -> TestResult {
    let storage = open(path)?;
    write(&storage, &[(b"a", Some(value))])?;
    Ok(storage.close()?)
}

#[test]
fn who_only_reads_changes_nothing() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    make(&path, b"1")?;
    let (bytes, changed) = (fs::read(&path)?, fs::metadata(&path)?.modified()?);
    let storage = open(&path)?;
    assert_eq!(all(&storage)?.len(), 1);
    storage.stats()?;
    storage.close()?;
    assert!(fs::read(&path)? == bytes && fs::metadata(&path)?.modified()? == changed, "the file was written");
    Ok(())
}

#[test]
fn a_snapshot_outlives_the_first_commit_and_not_the_store() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    make(&path, b"1")?;
    let storage = open(&path)?;
    let (before, version) = (storage.snapshot()?, storage.version()?);
    for number in 0..50_u8 {
        write(&storage, &[(b"a", Some(b"2")), (&[b'b', number], Some(&[number; 900]))])?;
    }
    assert!(storage.version()? > version);
    assert_eq!(get(&*before, b"a")?.as_deref(), Some(&b"1"[..]), "its pages were not used again");
    let after = storage.snapshot()?;
    assert_eq!(get(&*after, b"a")?.as_deref(), Some(&b"2"[..]));
    storage.close()?;
    for snapshot in [before, after] {
        assert_eq!(get(&*snapshot, b"a").err().map(|error| error.kind()), Some(ErrorKind::Misuse));
        // What is held does not keep the file's locks.
        let alone = Options { processes: helios_storage_redb::Processes::One, ..Options::default() };
        assert_eq!(all(&RedbStorage::open(&path, alone)?)?.len(), 51);
    }
    Ok(())
}

/// As SQLite refuses it (`SQLITE_READONLY_DBMOVED`): what was read is not what would be written.
#[test]
fn a_file_that_was_moved_is_not_written() -> TestResult {
    let directory = tempfile::tempdir()?;
    let (path, moved) = (directory.path().join("test.db"), directory.path().join("moved.db"));
    make(&path, b"1")?;
    let storage = open(&path)?;
    fs::rename(&path, &moved)?;
    let refused = || write(&storage, &[(b"a", Some(b"2"))]).err().map(|error| error.kind());
    assert_eq!(refused(), Some(ErrorKind::ReadOnly));
    assert!(!path.exists(), "no new file was made");
    fs::copy(&moved, &path)?;
    assert_eq!(refused(), Some(ErrorKind::ReadOnly), "another file has its name");
    assert_eq!(all(&storage)?.len(), 1, "reading goes on");
    fs::rename(&moved, &path)?;
    write(&storage, &[(b"a", Some(b"2"))])?;
    storage.close()?;
    assert_eq!(get(&*open(&path)?.snapshot()?, b"a")?.as_deref(), Some(&b"2"[..]));
    Ok(())
}
