//! Folders whose files are damaged: what comes out is an error, or all that was written; a log that ends early has lost its last
//! commits, and no others.

use std::fs;
use std::path::{Path, PathBuf};

use helios_core::storage::{Batch, BatchEntry, Storage};
use helios_core::{ErrorKind, Result};
use helios_storage_rocksdb::{Options, RocksStorage};
use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, seed};

/// So many commits, of one entry each.
const COMMITS: u32 = 60;

fn value(number: u32) -> Vec<u8> {
    vec![number as u8; 40 + 30 * number as usize]
}

/// Makes a folder; with `is_compacted` the entries stand in files of their own and not in the log.
fn make(folder: &Path, is_compacted: bool) -> TestResult {
    let storage = RocksStorage::open(folder, Options::default())?;
    for number in 0..COMMITS {
        let (key, value) = (number.to_be_bytes(), value(number));
        let entries = vec![BatchEntry::put(&key, &value)].into();
        storage.commit(&Batch { entries, ..Batch::default() })?;
    }
    if is_compacted {
        storage.compact()?;
    }
    Ok(storage.close()?)
}

/// Which of the commits are there.
fn commits_of(folder: &Path) -> Result<Vec<u32>> {
    let storage = RocksStorage::open(folder, Options::default())?;
    let snapshot = storage.snapshot()?;
    let mut there = Vec::new();
    for number in 0..COMMITS {
        let mut is_right = true;
        let is_there = snapshot.get(&number.to_be_bytes(), &mut |found| is_right = found == value(number))?;
        assert!(is_right, "commit {number} has another value");
        there.extend(is_there.then_some(number));
    }
    drop(snapshot);
    storage.close()?;
    Ok(there)
}

/// A copy of a folder in which a file is another one.
fn damaged(from: &Path, to: &Path, file: &Path, bytes: &[u8]) -> TestResult {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?.path();
        let name = entry.file_name().ok_or("a file has a name")?;
        fs::copy(&entry, to.join(name))?;
    }
    Ok(fs::write(to.join(file.file_name().ok_or("a file has a name")?), bytes)?)
}

fn files_with(folder: &Path, extension: &str) -> TestResult<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<TestResult<Vec<_>>>()?;
    let wanted = |path: &PathBuf| path.extension().is_some_and(|found| found == extension);
    Ok(paths
        .into_iter()
        .filter(wanted)
        .filter(|path| fs::metadata(path).is_ok_and(|file| file.len() > 0))
        .collect())
}

/// Flips a bit of a file with that extension again and again, and cuts it; `judge` is given what is there then.
fn damage_all(
    extension: &str,
    is_compacted: bool,
    judge: impl Fn(&str, &Result<Vec<u32>>, bool) -> bool,
) -> TestResult {
    let folder = tempfile::tempdir()?;
    let (whole, copy) = (folder.path().join("whole"), folder.path().join("copy"));
    make(&whole, is_compacted)?;
    let mut numbers = Numbers::new(seed());
    let files = files_with(&whole, extension)?;
    assert!(!files.is_empty(), "there is a file *.{extension}");
    for file in files {
        let bytes = fs::read(&file)?;
        for run in 0..repeats(60, 1500) {
            let mut changed = bytes.clone();
            let at = numbers.below(bytes.len());
            let is_cut = run % 3 == 0;
            match is_cut {
                true => changed.truncate(at),
                false => changed[at] ^= 1 << numbers.below(8),
            }
            damaged(&whole, &copy, &file, &changed)?;
            let found = commits_of(&copy);
            let how = format!(
                "{} {} at {at} of {}",
                file.display(),
                if is_cut { "cut" } else { "flipped" },
                bytes.len()
            );
            assert!(judge(&how, &found, is_cut), "{how}: {found:?}");
        }
    }
    Ok(())
}

/// Whether an error says that the store is damaged.
fn is_told(found: &Result<Vec<u32>>) -> bool {
    found.as_ref().is_err_and(|error| {
        matches!(
            error.kind(),
            ErrorKind::Corrupt | ErrorKind::Io | ErrorKind::NotADatabase | ErrorKind::CannotOpen
        )
    })
}

fn is_all(found: &Result<Vec<u32>>) -> bool {
    found.as_ref().is_ok_and(|found| found.iter().copied().eq(0..COMMITS))
}

#[test]
fn a_log_with_a_rotten_bit_is_refused_unless_nothing_follows_it() -> TestResult {
    let judge = |_: &str, found: &Result<Vec<u32>>, is_cut: bool| {
        let least = if is_cut { 0 } else { COMMITS as usize - 1 };
        let is_beginning =
            |found: &Vec<u32>| found.len() >= least && found.iter().copied().eq(0..found.len() as u32);
        is_told(found) || found.as_ref().is_ok_and(is_beginning)
    };
    damage_all("log", false, judge)
}

#[test]
fn a_table_that_is_damaged_is_told_of() -> TestResult {
    damage_all("sst", true, |_, found, is_cut| is_told(found) || (!is_cut && is_all(found)))
}
