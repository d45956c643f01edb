//! What large commits replaced, packed.

use helios_core::branch::{Change, Commit, Sweep, VersionedStore};
use helios_core::clock::Moment;
use helios_core::storage::Storage;
use helios_core::versioned::{BranchId, Key, SegmentSizes};

use super::{Scene, open_with};
use crate::TestResult;
use crate::storage::{Fixture, all, write};

/// Two versions are many, and two blocks a large segment.
const SMALL: SegmentSizes = SegmentSizes { versions: 2, block_bytes: 30, merged_bytes: 60 };

fn scene(fixture: &dyn Fixture) -> TestResult<Scene> {
    Ok(Scene { store: open_with(fixture.open()?, SMALL)? })
}

/// How many entries of segments and of lists of them a store has.
fn packed(storage: &dyn Storage) -> TestResult<(usize, usize)> {
    let entries = all(storage)?;
    let begin_with = |prefix: &[u8]| entries.iter().filter(|(key, _)| key.starts_with(prefix)).count();
    Ok((begin_with(b"k"), begin_with(&Key::segments_prefix())))
}

fn change_all(scene: &Scene, round: u64) -> TestResult {
    let words = format!("a={round} b={round} c={round}");
    Ok(scene.write(0, 20 + 10 * round, &words)?)
}

/// Every moment is shown, also those between commits of a single key, which are not packed.
pub fn what_large_commits_replaced_is_shown_at_every_moment(fixture: &dyn Fixture) -> TestResult {
    let scene = scene(fixture)?;
    scene.keep_history(15)?;
    for round in 0..20 {
        change_all(&scene, round)?;
        scene.write(0, 25 + 10 * round, &format!("b=x{round}"))?;
        scene.write(0, 27 + 10 * round, if round % 3 == 0 { "c d=1" } else { "d=1" })?;
    }
    let (blocks, lists) = packed(&**scene.store.storage())?;
    assert!(blocks > 10 && lists == 1, "{blocks} blocks, {lists} lists");
    for round in 0..20 {
        let begin = 20 + 10 * round;
        let d = if round == 0 { String::new() } else { format!(" d=1@{}", begin - 3) };
        let shown = format!("a={round}@{begin} b={round}@{begin} c={round}@{begin}{d}");
        assert_eq!(scene.show(0, begin + 4)?, shown);
        let shown = format!("a={round}@{begin} b=x{round}@{} c={round}@{begin}{d}", begin + 5);
        assert_eq!(scene.show(0, begin + 6)?, shown);
        let c = if round % 3 == 0 { String::new() } else { format!(" c={round}@{begin}") };
        let shown = format!("a={round}@{begin} b=x{round}@{}{c} d=1@{}", begin + 5, begin + 7);
        assert_eq!(scene.show(0, begin + 9)?, shown);
    }
    Ok(())
}

/// What is forgotten goes from the segments, and with its last block a segment from its list.
pub fn segments_that_nobody_asks_for_give_their_space_back(fixture: &dyn Fixture) -> TestResult {
    let scene = scene(fixture)?;
    scene.keep_history(15)?;
    for round in 0..20 {
        change_all(&scene, round)?;
    }
    let before = packed(&**scene.store.storage())?;
    for (forgotten, moment) in [(105, 300), (300, 310)] {
        let change = Change::Forget { of: None, before: Moment(forgotten) };
        scene.store.commit(&[Commit { moment: Moment(moment), change, base: None }])?;
        let mut sweep = Sweep::of(vec![BranchId::MAIN]);
        while !sweep.is_done() {
            scene.store.sweep(&mut sweep)?;
        }
        let after = packed(&**scene.store.storage())?;
        if forgotten == 105 {
            assert!(after.0 < before.0 && after.1 == 1, "{after:?} of {before:?}");
            assert_eq!(scene.show(0, 125)?, "a=10@120 b=10@120 c=10@120");
        } else {
            assert_eq!(after, (0, 0));
        }
    }
    assert_eq!(scene.now(0)?, "a=19@210 b=19@210 c=19@210");
    change_all(&scene, 40)?;
    assert_eq!(scene.show(0, 315)?, "a=19@210 b=19@210 c=19@210");
    Ok(())
}

/// A store of the first version is read, and with its first segment says that it cannot be read by those that know only
/// that version.
pub fn a_store_of_the_first_format_becomes_one_of_the_second(fixture: &dyn Fixture) -> TestResult {
    let scene = scene(fixture)?;
    let storage = scene.store.storage().clone();
    let format = |version: Option<u32>| -> TestResult<u32> {
        let mut format = Vec::new();
        storage.snapshot()?.get(&Key::Format.to_bytes(), &mut |value| format = value.to_vec())?;
        if let Some(version) = version {
            format[8..12].copy_from_slice(&version.to_le_bytes());
            write(&*storage, &[(&Key::Format.to_bytes(), Some(&format))])?;
        }
        Ok(u32::from_le_bytes(format[8..12].try_into()?))
    };
    format(Some(1))?;
    let identity = scene.store.identity();
    drop(scene);
    let scene = Scene { store: open_with(storage.clone(), SMALL)? };
    scene.keep_history(15)?;
    scene.write(0, 20, "a=1 b=1")?;
    scene.write(0, 30, "a=2")?;
    assert_eq!(format(None)?, 1, "no segment yet");
    scene.write(0, 40, "a=3 b=3")?;
    assert_eq!(format(None)?, 2);
    assert_eq!(scene.show(0, 35)?, "a=2@30 b=1@20");
    drop(scene);
    assert_eq!(open_with(storage.clone(), SMALL)?.identity(), identity);
    Ok(())
}
