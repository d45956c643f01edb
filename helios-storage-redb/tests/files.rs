//! Files that are damaged, foreign or not to be written: a clear error of the right kind, never a panic.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use helios_core::storage::Storage;
use helios_core::{Error, ErrorKind};
use helios_storage_redb::{Options, Processes, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::seed::{repeats, with_seed};
use helios_testkit::storage::{Pair, all, get, write};

fn options(processes: Processes) -> Options {
    Options { processes, cache_bytes: 1 << 20, ..Options::default() }
}

fn open(path: &Path, processes: Processes) -> helios_core::Result<RedbStorage> {
    RedbStorage::open(path, options(processes))
}

/// The error of opening a file; whatever was opened is closed again.
fn refusal(path: &Path, processes: Processes) -> Option<Error> {
    open(path, processes).err()
}

/// A file with some entries, closed; with what is in it.
fn sound_file(path: &Path) -> TestResult<Vec<Pair>> {
    let storage = open(path, Processes::Many)?;
    for number in 0..200u8 {
        write(&storage, &[(&[number], Some(&[number; 700])), (&[number, 1], Some(b"beside"))])?;
    }
    let pairs = all(&storage)?;
    storage.close()?;
    Ok(pairs)
}

const BOTH: [Processes; 2] = [Processes::Many, Processes::One];

#[test]
fn a_truncated_file_is_corrupt_or_no_database() -> TestResult {
    let directory = tempfile::tempdir()?;
    let (sound, cut) = (directory.path().join("sound.db"), directory.path().join("cut.db"));
    let pairs = sound_file(&sound)?;
    let bytes = fs::read(&sound)?;
    let length = bytes.len();
    let mut lengths = vec![1, 8, 9, 16, 63, 64, 100, 319, 320, 4095, 4096, 8192, length / 3, length / 2];
    lengths.extend([length - 4096, length - 1000, length - 1]);
    for processes in BOTH {
        for &length in &lengths {
            fs::write(&cut, &bytes[..length])?;
            match open(&cut, processes).and_then(|storage| all(&storage)) {
                Ok(found) => assert!(found == pairs, "{length} bytes were opened, and showed something else"),
                Err(error) => {
                    let kinds = [ErrorKind::Corrupt, ErrorKind::NotADatabase];
                    assert!(kinds.contains(&error.kind()), "{length} bytes: {error:?}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn foreign_files_are_not_a_database_and_are_left_alone() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("foreign");
    let mut sqlite = b"SQLite format 3\0".to_vec();
    sqlite.resize(8192, 0);
    for bytes in [vec![0; 100_000], vec![0; 1], b"some text".to_vec(), vec![0xff; 5000], sqlite] {
        fs::write(&path, &bytes)?;
        for processes in BOTH {
            let error = refusal(&path, processes).ok_or("a foreign file was opened")?;
            assert_eq!(error.kind(), ErrorKind::NotADatabase, "{error:?}");
            let is_sqlite = bytes.starts_with(b"SQLite");
            assert_eq!(error.message().contains("SQLite"), is_sqlite, "{error:?}");
        }
        assert!(fs::read(&path)? == bytes, "the file was changed");
    }
    assert_eq!(fs::read_dir(directory.path())?.count(), 1, "nothing was left beside it");
    Ok(())
}

#[test]
fn what_is_no_file_cannot_be_opened() -> TestResult {
    let directory = tempfile::tempdir()?;
    let missing = directory.path().join("not").join("there.db");
    for processes in BOTH {
        for path in [directory.path(), &missing, Path::new("/dev/null")] {
            let error = refusal(path, processes).ok_or("what is no file was opened")?;
            assert_eq!(error.kind(), ErrorKind::CannotOpen, "{}: {error:?}", path.display());
        }
        let new = directory.path().join("new.db");
        let error = RedbStorage::open(&new, Options { create: false, ..options(processes) });
        assert_eq!(error.err().map(|error| error.kind()), Some(ErrorKind::CannotOpen));
        assert!(!new.exists());
    }
    Ok(())
}

#[test]
fn an_empty_file_is_a_new_database() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("empty.db");
    for processes in BOTH {
        fs::write(&path, b"")?;
        let storage = open(&path, processes)?;
        assert_eq!(all(&storage)?, []);
        write(&storage, &[(b"a", Some(b"1"))])?;
        storage.close()?;
        assert_eq!(all(&open(&path, processes)?)?.len(), 1);
    }
    Ok(())
}

#[test]
fn a_store_opened_for_reading_refuses_commits() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let pairs = sound_file(&path)?;
    let before = fs::read(&path)?;
    for processes in BOTH {
        let storage = RedbStorage::open(&path, Options { read_only: true, ..options(processes) })?;
        assert!(all(&storage)? == pairs);
        let error = write(&storage, &[(b"a", Some(b"1"))]).err().ok_or("a read-only store took a commit")?;
        assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error:?}");
        assert_eq!(storage.compact().err().map(|error| error.kind()), Some(ErrorKind::ReadOnly));
        assert!(all(&storage)? == pairs);
        storage.close()?;
    }
    assert!(fs::read(&path)? == before, "the file was changed");
    Ok(())
}

#[test]
fn a_file_that_may_not_be_written_says_so() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let pairs = sound_file(&path)?;
    let mut permissions = fs::metadata(&path)?.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions)?;
    if fs::OpenOptions::new().append(true).open(&path).is_ok() {
        // The administrator may write everything.
        return Ok(());
    }
    let error = refusal(&path, Processes::One).ok_or("a file that may not be written was opened for it")?;
    assert!(matches!(error.kind(), ErrorKind::ReadOnly | ErrorKind::CannotOpen), "{error:?}");
    let storage = open(&path, Processes::Many)?;
    assert!(all(&storage)? == pairs);
    let error = write(&storage, &[(b"a", Some(b"1"))]).err().ok_or("a read-only file took a commit")?;
    assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error:?}");
    storage.close()?;
    for processes in BOTH {
        let storage = RedbStorage::open(&path, Options { read_only: true, ..options(processes) })?;
        assert!(all(&storage)? == pairs);
    }
    Ok(())
}

/// Bytes turned over at random in the header: redb's checksums find it, or it is one of the two that do not count.
#[test]
fn a_damaged_header_is_found() -> TestResult {
    let directory = tempfile::tempdir()?;
    let (sound, damaged) = (directory.path().join("sound.db"), directory.path().join("damaged.db"));
    let pairs = sound_file(&sound)?;
    let bytes = fs::read(&sound)?;
    with_seed(|numbers| {
        for _ in 0..repeats(150, 3000) {
            let mut bytes = bytes.clone();
            for _ in 0..=numbers.below(4) {
                bytes[numbers.below(320)] ^= 1 << numbers.below(8);
            }
            fs::write(&damaged, &bytes)?;
            match open(&damaged, *numbers.pick(&BOTH)).and_then(|storage| all(&storage)) {
                Ok(found) => assert!(found.len() + 2 >= pairs.len(), "an old state at most, not another"),
                Err(error) => {
                    let kinds = [ErrorKind::Corrupt, ErrorKind::NotADatabase];
                    assert!(kinds.contains(&error.kind()), "{error:?}");
                }
            }
        }
        Ok(())
    })
}

#[test]
fn a_name_that_two_paths_lead_to_is_one_database() -> TestResult {
    let directory = tempfile::tempdir()?;
    let (path, link) = (directory.path().join("test.db"), directory.path().join("link.db"));
    let storage = open(&path, Processes::Many)?;
    write(&storage, &[(b"a", Some(b"1"))])?;
    std::os::unix::fs::symlink(&path, &link)?;
    assert_eq!(refusal(&link, Processes::Many).map(|error| error.kind()), Some(ErrorKind::Busy));
    storage.close()?;
    let storage = open(&link, Processes::Many)?;
    assert_eq!(get(&*storage.snapshot()?, b"a")?.as_deref(), Some(&b"1"[..]));
    Ok(())
}

/// As programs do that remove a database and make it anew while something still has it open.
#[test]
fn a_database_that_takes_the_place_of_an_open_one_has_its_own_side_file() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    sound_file(&path)?;
    let lost = open(&path, Processes::Many)?;
    let before = all(&lost)?;
    fs::remove_file(&path)?;
    let storage = open(&path, Processes::Many)?;
    write(&storage, &[(b"new", Some(b"1"))])?;
    let kind = write(&lost, &[(b"old", Some(b"2"))]).err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::ReadOnly), "nobody would find it");
    assert_eq!(all(&lost)?, before, "reading goes on");
    lost.close()?;
    write(&storage, &[(b"newer", Some(b"2"))])?;
    assert!(directory.path().join("test.db-share").exists());
    let found = all(&storage)?;
    storage.close()?;
    assert!(!directory.path().join("test.db-share").exists());
    let storage = open(&path, Processes::Many)?;
    assert_eq!(all(&storage)?, found);
    Ok(storage.close()?)
}

/// Whoever opens the database then makes another side file and sees nothing of those who have the first.
#[test]
fn who_has_lost_the_side_file_does_not_write_any_more() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    sound_file(&path)?;
    let storage = open(&path, Processes::Many)?;
    write(&storage, &[(b"first", Some(b"1"))])?;
    let before = all(&storage)?;
    fs::remove_file(directory.path().join("test.db-share"))?;
    let kind = write(&storage, &[(b"second", Some(b"2"))]).err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::ReadOnly));
    assert_eq!(all(&storage)?, before, "reading goes on");
    let beside = directory.path().join("test.db-share");
    fs::write(&beside, "another one")?;
    storage.close()?;
    assert!(beside.exists(), "the side file of others is left alone");
    fs::remove_file(&beside)?;
    let storage = open(&path, Processes::Many)?;
    assert_eq!(all(&storage)?, before);
    write(&storage, &[(b"second", Some(b"2"))])?;
    Ok(storage.close()?)
}

#[test]
fn the_side_file_has_its_room_from_the_beginning() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    for _ in 0..2 {
        let storage = open(&path, Processes::Many)?;
        let side = fs::metadata(directory.path().join("test.db-share"))?;
        // In blocks of 512 bytes. A process that wrote to memory of a file without room would be ended.
        assert!(
            side.blocks() * 512 >= side.len() && side.len() > 0,
            "{} of {} bytes",
            side.blocks() * 512,
            side.len()
        );
        storage.close()?;
    }
    Ok(())
}
