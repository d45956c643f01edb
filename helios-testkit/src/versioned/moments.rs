//! What is shown of the past.

use std::sync::Arc;

use helios_core::branch::{Change, Commit, VersionedStore};
use helios_core::clock::Moment;
use helios_core::storage::{Direction, KeyRange, Storage};
use helios_core::versioned::{BranchId, ChangeKind, Space, WriteSet, changes};

use super::{SPACE, Scene, write_set};
use crate::TestResult;
use crate::storage::Fixture;

/// From the commit that began to keep it on, every moment is as it was.
pub fn history_shows_every_moment_since_it_is_kept(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.write(0, 20, "a=1 b=1")?;
    scene.keep_history(30)?;
    assert_eq!(scene.store.state()?.history_since(BranchId::MAIN, SPACE), Some(Moment(30)));
    scene.write(0, 40, "a=2 c=2")?;
    scene.write(0, 50, "a b=3")?;
    scene.write(0, 60, "a=4")?;
    let cases = [
        (30, "a=1@20 b=1@20"),
        (39, "a=1@20 b=1@20"),
        (40, "a=2@40 b=1@20 c=2@40"),
        (50, "b=3@50 c=2@40"),
        (59, "b=3@50 c=2@40"),
        (60, "a=4@60 b=3@50 c=2@40"),
        (1000, "a=4@60 b=3@50 c=2@40"),
    ];
    for (moment, shown) in cases {
        assert_eq!(scene.show(0, moment)?, shown, "at {moment}");
    }
    Ok(())
}

/// Written, deleted, written: between the last two there is nothing.
pub fn a_gap_between_two_versions_is_shown(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.keep_history(15)?;
    for (moment, words) in [(20, "a=1 z=1"), (30, "a"), (40, "a=2"), (50, "a"), (60, "a=3 z=3")] {
        scene.write(0, moment, words)?;
    }
    for (moment, shown) in
        [(19, ""), (20, "a=1@20 z=1@20"), (35, "z=1@20"), (45, "a=2@40 z=1@20"), (55, "z=1@20")]
    {
        assert_eq!(scene.show(0, moment)?, shown, "at {moment}");
    }
    Ok(())
}

/// On a child the gap is an entry: the parent must not shine through it.
pub fn delete_and_reinsert_on_a_child_show_the_gap(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.write(0, 20, "a=parent")?;
    scene.fork("child", 0, 30)?;
    scene.write(1, 40, "a")?;
    scene.fork("in-the-gap", 1, 50)?;
    scene.write(1, 60, "a=again")?;
    assert_eq!(scene.now(1)?, "a=again@60");
    assert_eq!(scene.now(2)?, "");
    assert_eq!(scene.show(1, 50)?, "");
    assert_eq!(scene.show(1, 30)?, "a=parent@20");
    Ok(())
}

/// A branch before it was made is its parent.
pub fn a_moment_before_the_fork_shows_the_parent(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.keep_history(15)?;
    scene.write(0, 20, "a=1")?;
    scene.write(0, 30, "a=2")?;
    scene.fork("child", 0, 40)?;
    scene.write(1, 50, "a=3")?;
    scene.fork("grandchild", 1, 60)?;
    scene.write(0, 70, "a=4")?;
    for branch in [0, 1, 2] {
        assert_eq!(scene.show(branch, 16)?, "");
        assert_eq!(scene.show(branch, 25)?, "a=1@20");
        assert_eq!(scene.show(branch, 40)?, "a=2@30");
    }
    assert_eq!(scene.show(2, 55)?, "a=3@50");
    assert_eq!(scene.show(2, 1000)?, "a=3@50");
    assert_eq!(scene.show(0, 55)?, "a=2@30");
    Ok(())
}

/// The first time counts.
pub fn keeping_history_twice_changes_nothing(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.keep_history(30)?;
    scene.keep_history(40)?;
    assert_eq!(scene.store.state()?.history_since(BranchId::MAIN, SPACE), Some(Moment(30)));
    Ok(())
}

/// The catalog of every moment is there without anybody asking for it, and schema changes are noted.
pub fn the_catalog_always_has_history(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    for (moment, payload) in [(20, "1"), (30, "2"), (40, "3")] {
        let mut writes = WriteSet::new(BranchId::MAIN);
        writes.put(Space::SCHEMA, b"t", |out| out.extend_from_slice(payload.as_bytes()));
        writes.order_all();
        scene.store.commit(&[Commit {
            moment: Moment(moment),
            change: Change::Write(&writes),
            base: None,
        }])?;
    }
    scene.write(0, 50, "a=1")?;
    let state = scene.store.state()?;
    let record = state.branch(BranchId::MAIN);
    assert_eq!(record.map(|record| (record.schema, record.last_commit)), Some((Moment(40), Moment(50))));
    assert_eq!(state.history_since(BranchId::MAIN, Space::SCHEMA), Some(Moment::START));
    assert_eq!(state.history_since(BranchId::MAIN, SPACE), None);
    for (moment, payload) in [(19, None), (20, Some("1")), (35, Some("2")), (40, Some("3"))] {
        let mut found = None;
        scene
            .view(0, moment)?
            .get(Space::SCHEMA, b"t", &mut |version| found = Some(version.payload.to_vec()))?;
        assert_eq!(found.as_deref(), payload.map(str::as_bytes), "at {moment}");
    }
    Ok(())
}

/// A key that several commits of a group wrote has a version of each.
pub fn commits_of_one_group_are_moments_of_their_own(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.keep_history(15)?;
    let sets = ["a=1 b=1", "a=2", "a b=3", "a=4"].map(|words| write_set(0, words));
    let moments = (20..).step_by(10).map(Moment);
    let commits: Vec<_> = sets
        .iter()
        .zip(moments)
        .map(|(writes, moment)| Commit { moment, change: Change::Write(writes), base: None })
        .collect();
    scene.store.commit(&commits)?;
    for (moment, shown) in
        [(20, "a=1@20 b=1@20"), (30, "a=2@30 b=1@20"), (40, "b=3@40"), (50, "a=4@50 b=3@40"), (19, "")]
    {
        assert_eq!(scene.show(0, moment)?, shown, "at {moment}");
    }
    Ok(())
}

/// Thousands of versions of one key between two others, at every hundredth moment.
pub fn a_key_that_changed_often_is_stepped_over(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.keep_history(15)?;
    scene.write(0, 20, "a=1 z=1")?;
    let sets: Vec<_> = (0..2000).map(|number| write_set(0, &format!("m={number}"))).collect();
    for (at, part) in sets.chunks(500).enumerate() {
        let commit = |(number, writes)| Commit {
            moment: Moment(1000 + (at * 500 + number) as u64),
            change: Change::Write(writes),
            base: None,
        };
        scene.store.commit(&part.iter().enumerate().map(commit).collect::<Vec<_>>())?;
    }
    for number in (0..2000).step_by(100) {
        let moment = 1000 + number;
        assert_eq!(scene.show(0, moment)?, format!("a=1@20 m={number}@{moment} z=1@20"));
    }
    assert_eq!(scene.show(0, 999)?, "a=1@20 z=1@20");
    Ok(())
}

/// Seeking back to the beginning of keys finds the last key before them, in the history as in the present.
pub fn a_backward_seek_in_the_past_stops_before_keys_that_begin_with_its_target(
    fixture: &dyn Fixture,
) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.keep_history(15)?;
    scene.write(0, 20, "a=1 ma=1 mb=1 z=1")?;
    scene.write(0, 30, "a=2 ma=2 mb z=2")?;
    for (moment, begin) in [(20, 20), (30, 30)] {
        let view = scene.view(0, moment)?;
        let mut cursor = view.cursor(SPACE, KeyRange::ALL, Direction::Backward)?;
        for (target, found) in
            [("m", "a"), ("ma", "ma"), ("n", if begin == 20 { "mb" } else { "ma" }), ("", "")]
        {
            cursor.seek(target.as_bytes())?;
            assert_eq!(cursor.advance()?, !found.is_empty(), "{target} at {moment}");
            assert_eq!(cursor.key(), found.as_bytes(), "{target} at {moment}");
        }
    }
    Ok(())
}

/// A dropped space goes at once where nobody may ask, and stays for children and for history.
pub fn a_dropped_space_is_still_there_for_those_who_may_ask(fixture: &dyn Fixture) -> TestResult {
    let drop_space = |scene: &Scene, branch: u32, moment: u64| {
        let mut writes = WriteSet::new(BranchId(branch));
        writes.drop_space(SPACE);
        writes.order_all();
        scene.store.commit(&[Commit { moment: Moment(moment), change: Change::Write(&writes), base: None }])
    };
    let scene = Scene::new(fixture)?;
    scene.write(0, 20, "a=1 b=1")?;
    scene.fork("child", 0, 30)?;
    scene.write(0, 40, "a=2")?;
    drop_space(&scene, 0, 50)?;
    assert_eq!(scene.now(1)?, "a=1@20 b=1@20");
    assert_eq!(scene.show(0, 30)?, "a=1@20 b=1@20");
    drop_space(&scene, 1, 60)?;
    assert_eq!(scene.show(1, 30)?, "a=1@20 b=1@20");

    let storage: Arc<dyn Storage> = scene.store.storage().clone();
    assert!(!crate::storage::all(&*storage)?.is_empty());
    Ok(())
}

/// The change log names what each commit wrote, from when a fork or history wants it.
pub fn changes_are_logged_once_somebody_may_want_them(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.write(0, 20, "a=1")?;
    scene.fork("child", 0, 30)?;
    scene.write(1, 40, "b=1 c")?;
    scene.write(1, 50, "a")?;
    scene.write(0, 60, "x=1")?;
    let snapshot = scene.store.storage().snapshot()?;
    let logged = |branch, from, to| -> TestResult<Vec<(u64, String, bool)>> {
        let found = changes(&*snapshot, BranchId(branch), Moment(from), Moment(to))?;
        let name = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
        Ok(found
            .iter()
            .map(|change| (change.commit.0, name(&change.key), change.kind == ChangeKind::Deleted))
            .collect())
    };
    let (b, c, a) = ((40, "b".to_owned(), false), (40, "c".to_owned(), true), (50, "a".to_owned(), true));
    assert_eq!(logged(1, 30, 1000)?, [b, c, a.clone()]);
    assert_eq!(logged(1, 40, 50)?, [a], "after the first moment, up to the second");
    assert_eq!(logged(0, 30, 1000)?, [(60, "x".to_owned(), false)]);
    Ok(())
}
