//! What a store is on its driver, from opening to opening.

use helios_core::ErrorKind;
use helios_core::branch::VersionedStore;
use helios_core::versioned::Key;

use super::{Scene, open_over};
use crate::TestResult;
use crate::storage::{Fixture, all, write};

/// Branches, versions, history and identity survive closing and opening.
pub fn a_store_opens_again_with_all_it_had(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.write(0, 20, "a=1 b=1")?;
    scene.fork("child", 0, 30)?;
    scene.keep_history(35)?;
    scene.write(0, 40, "a=2")?;
    scene.write(1, 50, "b c=3")?;
    let storage = scene.store.storage().clone();
    let identity = scene.store.identity();
    let before = format!("{:?}", scene.store.state()?.branches());
    drop(scene);
    let storage = if fixture.persists() {
        storage.close()?;
        fixture.reopen()?
    } else {
        storage
    };
    let scene = Scene { store: open_over(storage)? };
    assert_eq!(scene.store.identity(), identity);
    assert_eq!(format!("{:?}", scene.store.state()?.branches()), before);
    assert_eq!(scene.now(0)?, "a=2@40 b=1@20");
    assert_eq!(scene.now(1)?, "a=1@20 c=3@50");
    assert_eq!(scene.show(0, 39)?, "a=1@20 b=1@20");
    scene.fork("another", 1, 60)?;
    assert_eq!(scene.now(2)?, "a=1@20 c=3@50");
    Ok(())
}

/// Two handles on one driver, opened at the same time, are the same database.
pub fn two_who_open_an_empty_store_open_the_same(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let identities = std::thread::scope(|scope| {
        let openers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| open_over(storage.clone()).map(|store| store.identity())))
            .collect();
        openers.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut seen = Vec::new();
    for identity in identities {
        seen.push(identity.map_err(|_| "opening panicked")??);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
    Ok(())
}

/// Entries that are none of ours are refused and left alone.
pub fn foreign_bytes_are_not_a_database(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    write(&*storage, &[(b"somebody", Some(b"else's"))])?;
    let kind = open_over(storage.clone()).err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::NotADatabase));
    for format in [&b""[..], b"helios", b"helios\0\0\x01", b"somebody else's format"] {
        write(&*storage, &[(&Key::Format.to_bytes(), Some(format))])?;
        let kind = open_over(storage.clone()).err().map(|error| error.kind());
        assert_eq!(kind, Some(ErrorKind::NotADatabase), "{format:?}");
    }
    assert_eq!(all(&*storage)?.len(), 2);
    Ok(())
}

/// A database of a later version says which.
pub fn a_newer_format_is_refused_by_number(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    drop(open_over(storage.clone())?);
    let mut format = Vec::new();
    storage.snapshot()?.get(&Key::Format.to_bytes(), &mut |value| format.extend_from_slice(value))?;
    format[8..12].copy_from_slice(&77u32.to_le_bytes());
    write(&*storage, &[(&Key::Format.to_bytes(), Some(&format))])?;
    let error = open_over(storage).err().ok_or("a format of the future was opened")?;
    assert_eq!(error.kind(), ErrorKind::NotADatabase);
    assert!(error.message().contains("77"), "{error}");
    Ok(())
}
