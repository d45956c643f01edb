//! What branches see of each other.

use helios_core::ErrorKind;
use helios_core::branch::{BranchName, Change, Commit, VersionedStore};
use helios_core::clock::Moment;
use helios_core::versioned::{BranchId, Space};

use super::{SPACE, Scene, open_over, write_set};
use crate::TestResult;
use crate::storage::Fixture;

/// New keys, changed keys and deleted keys of the parent do not reach a child.
pub fn a_child_does_not_see_later_commits_of_its_parent(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.write(0, 20, "a=1 b=1 c=1")?;
    scene.fork("child", 0, 30)?;
    scene.write(0, 40, "a=2 b d=2")?;
    scene.write(0, 50, "a=3 b=3 c")?;
    assert_eq!(scene.now(1)?, "a=1@20 b=1@20 c=1@20");
    assert_eq!(scene.now(0)?, "a=3@50 b=3@50 d=2@40");
    assert_eq!(scene.show(0, 30)?, "a=1@20 b=1@20 c=1@20", "the parent at the fork is still there");
    Ok(())
}

/// What a child does stays on it.
pub fn a_parent_does_not_see_its_children(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.write(0, 20, "a=1 b=1")?;
    scene.fork("one", 0, 30)?;
    scene.fork("two", 0, 31)?;
    scene.write(1, 40, "a=2 b c=2")?;
    assert_eq!(scene.now(0)?, "a=1@20 b=1@20");
    assert_eq!(scene.now(1)?, "a=2@40 c=2@40");
    assert_eq!(scene.now(2)?, "a=1@20 b=1@20");
    Ok(())
}

/// Main, a child and a grandchild, all changed after each fork.
pub fn a_grandchild_sees_each_ancestor_as_it_was_at_the_fork(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.write(0, 20, "a=main b=main c=main")?;
    scene.fork("child", 0, 30)?;
    scene.write(0, 40, "a=late b=late c=late d=late")?;
    scene.write(1, 50, "b=child")?;
    scene.fork("grandchild", 1, 60)?;
    scene.write(1, 70, "a=late b=late c=late e=late")?;
    assert_eq!(scene.now(2)?, "a=main@20 b=child@50 c=main@20");
    scene.write(2, 80, "c f=grandchild")?;
    assert_eq!(scene.now(2)?, "a=main@20 b=child@50 f=grandchild@80");
    assert_eq!(scene.now(1)?, "a=late@70 b=late@70 c=late@70 e=late@70");
    Ok(())
}

/// A deletion on a child hides the parent's key, from both ends of a cursor.
pub fn a_deleted_key_of_the_parent_stays_deleted_on_the_child(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.write(0, 20, "a=1 b=1 c=1")?;
    scene.fork("child", 0, 30)?;
    scene.write(1, 40, "a b c x")?;
    assert_eq!(scene.now(1)?, "");
    scene.write(1, 50, "b=2")?;
    assert_eq!(scene.now(1)?, "b=2@50");
    scene.fork("grandchild", 1, 60)?;
    assert_eq!(scene.now(2)?, "b=2@50");
    Ok(())
}

/// A second branch of the same name is refused and changes nothing.
pub fn names_are_used_once(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.fork("child", 0, 30)?;
    for name in ["child", "main"] {
        let kind = scene.fork(name, 0, 40).err().map(|error| error.kind());
        assert_eq!(kind, Some(ErrorKind::Sql), "{name}");
    }
    let state = scene.store.state()?;
    assert_eq!(state.branches().len(), 2);
    assert_eq!(state.branch_named("child").map(|branch| branch.id), Some(BranchId(1)));
    Ok(())
}

/// Branches that do not exist are an error for commits, forks and views.
pub fn what_does_not_exist_is_an_error(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    let errors = [scene.write(7, 20, "a=1").err(), scene.fork("child", 7, 20).err(), scene.now(7).err()];
    for error in errors {
        assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Sql));
    }
    assert_eq!(scene.store.state()?.branches().len(), 1);
    Ok(())
}

/// A fork between two writes of one group sees the first and keeps it from the second.
pub fn a_fork_and_writes_in_one_commit_keep_their_order(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.write(0, 20, "a=0 b=0")?;
    let (before, after, child) = (write_set(0, "a=1"), write_set(0, "a=2 b"), write_set(1, "c=3"));
    let name = BranchName::new("child")?;
    let changes = [
        Change::Write(&before),
        Change::CreateBranch { name: &name, parent: BranchId::MAIN, at: None },
        Change::Write(&after),
        Change::Write(&child),
    ];
    let moments = (30..).map(Moment);
    let commits: Vec<_> = changes
        .into_iter()
        .zip(moments)
        .map(|(change, moment)| Commit { moment, change, base: None })
        .collect();
    scene.store.commit(&commits)?;
    assert_eq!(scene.now(0)?, "a=2@32");
    assert_eq!(scene.now(1)?, "a=1@30 b=0@20 c=3@33");
    Ok(())
}

/// One impossible change in a group: none of it happens.
pub fn a_group_of_commits_happens_or_does_not(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    scene.write(0, 20, "a=0")?;
    let before = format!("{:?}", scene.store.state()?.branches());
    let (good, bad) = (write_set(0, "a=1 b=1"), write_set(9, "a=2"));
    let result = scene.store.commit(&[
        Commit { moment: Moment(30), change: Change::Write(&good), base: None },
        Commit { moment: Moment(31), change: Change::Write(&bad), base: None },
    ]);
    assert!(result.is_err());
    assert_eq!(scene.now(0)?, "a=0@20");
    assert_eq!(format!("{:?}", scene.store.state()?.branches()), before);
    scene.write(0, 40, "b=4")?;
    assert_eq!(scene.now(0)?, "a=0@20 b=4@40");
    Ok(())
}

/// Two forks, two reservations and two beginnings of history in one group: numbers are not given twice.
pub fn several_forks_and_reservations_in_one_commit_all_count(fixture: &dyn Fixture) -> TestResult {
    let scene = Scene::new(fixture)?;
    let names = [BranchName::new("one")?, BranchName::new("two")?];
    let changes = [
        Change::CreateBranch { name: &names[0], parent: BranchId::MAIN, at: None },
        Change::ReserveSpaces(Space(100)),
        Change::KeepHistory,
        Change::CreateBranch { name: &names[1], parent: BranchId(1), at: None },
        Change::ReserveSpaces(Space(90)),
        Change::KeepHistory,
    ];
    let commits: Vec<_> = changes
        .into_iter()
        .zip(30..)
        .map(|(change, at)| Commit { moment: Moment(at), change, base: None })
        .collect();
    scene.store.commit(&commits)?;
    let store = open_over(scene.store.storage().clone())?;
    let state = store.state()?;
    let parents: Vec<_> =
        state.branches().iter().map(|branch| branch.parent.map(|fork| fork.parent)).collect();
    assert_eq!(parents, [None, Some(BranchId::MAIN), Some(BranchId(1))]);
    assert_eq!(state.next_space(), Space(100));
    assert_eq!(state.history_since(BranchId(2), SPACE), Some(Moment(32)));
    scene.fork("three", 0, 40)?;
    assert_eq!(scene.store.state()?.branch_named("three").map(|branch| branch.id), Some(BranchId(3)));
    Ok(())
}
