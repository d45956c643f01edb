//! Bits that rot in the files of a folder: an error or all that was acknowledged, never an older state, another value, a panic
//! or a wait without end.
//!
//! `HELIOS_SEED=n` begins with another seed; `HELIOS_EXTENDED=1` turns more bits.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use helios_core::storage::Storage;
use helios_storage_sled::{Options, SledStorage};
use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_testkit::storage::{all, write};

/// What a store holds.
type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

fn open(path: &Path) -> helios_core::Result<SledStorage> {
    let options = Options { cache_bytes: 1 << 20, create: false, ..Options::default() };
    SledStorage::open(path, options)
}

/// A store of several commits, closed; one of its values is so large that sled keeps it in a file of its own.
fn make(path: &Path, numbers: &mut Numbers) -> TestResult<Entries> {
    let storage = SledStorage::open(path, Options { cache_bytes: 1 << 20, ..Options::default() })?;
    let large = vec![b'x'; 400_000];
    for commit in 0..12_u8 {
        let keys: Vec<Vec<u8>> = (0..20).map(|_| vec![b'k', numbers.below(90) as u8]).collect();
        let values: Vec<Vec<u8>> = keys.iter().map(|key| [&key[..], &[commit; 40]].concat()).collect();
        let mut changes: BTreeMap<&[u8], Option<&[u8]>> =
            keys.iter().zip(&values).map(|(key, value)| (&key[..], Some(&value[..]))).collect();
        changes.insert(b"commit", Some(std::slice::from_ref(&commit)));
        changes.extend((commit == 7).then_some((&b"large"[..], Some(&large[..]))));
        write(&storage, &changes.into_iter().collect::<Vec<_>>())?;
    }
    let entries = all(&storage)?.into_iter().collect();
    storage.close()?;
    Ok(entries)
}

/// The files below a folder, with their bytes.
fn files(path: &Path) -> TestResult<Vec<(PathBuf, Vec<u8>)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        match path.is_dir() {
            true => found.extend(files(&path)?),
            false => found.push((path.clone(), fs::read(&path)?)),
        }
    }
    Ok(found)
}

#[test]
fn a_turned_bit_is_an_error_or_changes_nothing() -> TestResult {
    with_seed(|numbers: &mut Numbers| {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("store");
        let entries = make(&path, numbers)?;
        let files = files(&path)?;
        assert!(
            files.iter().any(|(file, _)| file.parent() == Some(&path.join("blobs"))),
            "a file of its own"
        );
        let (mut seen, mut lost) = (0, Vec::new());
        for _ in 0..repeats(300, 20_000) {
            let (file, sound) = numbers.pick(&files).clone();
            // Most of a log is zeros behind its end.
            let used =
                sound.iter().rposition(|&byte| byte != 0).map_or(0, |last| (last + 64).min(sound.len()));
            if used == 0 {
                continue;
            }
            let (at, bit) = (numbers.below(used), numbers.below(8));
            let mut damaged = sound.clone();
            damaged[at] ^= 1 << bit;
            fs::remove_dir_all(&path)?;
            for (other, bytes) in &files {
                fs::create_dir_all(other.parent().ok_or("a folder")?)?;
                fs::write(other, if *other == file { &damaged } else { bytes })?;
            }
            fs::create_dir_all(path.join("blobs"))?;
            match open(&path).and_then(|storage| all(&storage)) {
                Err(_) => seen += 1,
                Ok(found) if found.iter().cloned().collect::<Entries>() == entries => {}
                Ok(found) => {
                    lost.push(format!("{}: bit {bit} of {at}: {} entries", file.display(), found.len()));
                }
            }
        }
        assert!(lost.is_empty(), "{} of them were not seen, {seen} were: {lost:#?}", lost.len());
        assert!(seen > 0);
        Ok(())
    })
}
