//! `verify` finds any byte of a page that is another than it was, and changes nothing.

use helios_core::ErrorKind;
use helios_core::storage::{Batch, BatchEntry, Storage};
use helios_storage_redb::{Options, Processes, RedbStorage, verify};
use helios_testkit::TestResult;

const CACHE: usize = 1 << 20;

/// A store with some thousand entries, some of them larger than a page.
fn fill(storage: &RedbStorage) -> TestResult {
    for round in 0..4_u32 {
        let entries: Vec<(Vec<u8>, Vec<u8>)> = (0..500_u32)
            .map(|number| {
                let size = if number % 100 == 0 { 9000 } else { 40 };
                (format!("key {round} {number:04}").into_bytes(), vec![b'a' + (number % 26) as u8; size])
            })
            .collect();
        let entries = entries.iter().map(|(key, value)| BatchEntry::put(key, value)).collect();
        storage.commit(&Batch { entries, ..Batch::default() })?;
    }
    Ok(())
}

#[test]
fn a_changed_byte_of_a_value_is_found() -> TestResult {
    for processes in [Processes::Many, Processes::One] {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.db");
        let storage = RedbStorage::open(&path, Options { processes, ..Options::default() })?;
        fill(&storage)?;
        storage.close()?;
        let whole = std::fs::read(&path)?;
        verify(&path, CACHE, None)?;
        assert_eq!(std::fs::read(&path)?, whole, "nothing is written");
        for text in ["key 0 0001", "key 1 0250", "key 3 0499", "kkkkkkkkkk"] {
            let mut broken = whole.clone();
            let places: Vec<usize> = (0..whole.len() - text.len())
                .filter(|&at| whole[at..].starts_with(text.as_bytes()))
                .collect();
            assert!(!places.is_empty(), "{text} is in the file");
            places.iter().for_each(|&at| broken[at] ^= 1);
            std::fs::write(&path, &broken)?;
            let error = verify(&path, CACHE, None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{text}: {error}");
            assert_eq!(std::fs::read(&path)?, broken, "nothing is mended");
        }
        std::fs::write(&path, &whole)?;
        verify(&path, CACHE, None)?;
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 1, "nothing stays beside it");
    }
    Ok(())
}

#[test]
fn a_file_of_others_and_one_that_is_open_here_are_refused() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.db");
    assert_eq!(verify(&path, CACHE, None).unwrap_err().kind(), ErrorKind::CannotOpen);
    std::fs::write(&path, "")?;
    assert_eq!(verify(&path, CACHE, None).unwrap_err().kind(), ErrorKind::CannotOpen);
    std::fs::write(&path, "not a database at all")?;
    assert_eq!(verify(&path, CACHE, None).unwrap_err().kind(), ErrorKind::NotADatabase);
    std::fs::remove_file(&path)?;
    let storage = RedbStorage::open(&path, Options::default())?;
    fill(&storage)?;
    assert_eq!(verify(&path, CACHE, None).unwrap_err().kind(), ErrorKind::Busy);
    storage.close()?;
    Ok(verify(&path, CACHE, None)?)
}
