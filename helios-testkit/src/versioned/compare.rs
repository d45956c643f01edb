//! Two states compared: a store's and the model's.

use helios_core::Result;
use helios_core::branch::ancestry::merge_plan;
use helios_core::branch::{Branching, Point};
use helios_core::clock::Moment;
use helios_core::encoding::key::after_prefix;
use helios_core::storage::{Direction, KeyRange};
use helios_core::versioned::{BranchId, Lifetime, Space, VersionCursor, View};

use crate::model::ModelState;
use crate::seed::Numbers;

/// The spaces that random programs write to.
pub const SPACES: [Space; 4] = [Space::SCHEMA, Space(16), Space(17), Space(300)];

/// A key of a random program. There are a few dozen; none begins another, and bytes at the ends of their range are
/// among them.
pub fn random_key(numbers: &mut Numbers) -> Vec<u8> {
    let bytes = [0, 1, b'a', 0xfe, 0xff];
    let first = *numbers.pick(&[0, b'a', b'm', 0xfe, 0xff]);
    let length = if matches!(first, b'm' | 0xfe) { 4 } else { 2 };
    let mut key = vec![first];
    key.extend((1..length).map(|at| if at == 1 { *numbers.pick(&bytes) } else { *numbers.pick(&[0, 0xff]) }));
    key
}

/// A bound of a range: a key, the beginning of one, or what comes after all that begin so.
fn random_bound(numbers: &mut Numbers) -> Vec<u8> {
    let mut bound = random_key(numbers);
    bound.truncate(numbers.below(bound.len() + 1));
    if numbers.one_in(3) { after_prefix(&bound).unwrap_or_default() } else { bound }
}

/// Everything outside of views.
pub fn compare_records(found: &dyn Branching, model: &ModelState) {
    assert_eq!(found.branches(), model.branches());
    assert_eq!(found.next_space(), model.next_space());
    for branch in model.branches() {
        assert_eq!(found.branch(branch.id), Some(branch));
        assert_eq!(found.branch_named(branch.name.as_str()), Some(branch));
        for space in SPACES {
            assert_eq!(found.reserved_rowids(space), model.reserved_rowids(space));
            assert_eq!(found.history_since(branch.id, space), model.history_since(branch.id, space));
        }
    }
}

/// How some branch would be merged into another: the model remembers all merges, and all branches that were deleted.
pub fn compare_ancestry(found: &dyn Branching, model: &ModelState, numbers: &mut Numbers) {
    let branches = model.branches();
    let mut point = || Point { branch: numbers.pick(&branches).id, moment: Moment::PRESENT };
    let (source, target) = (point(), point());
    let (plan, expected) = (merge_plan(found, source, target), merge_plan(model, source, target));
    assert_eq!(plan, expected, "a merge of {source:?} into {target:?}");
}

/// A number of branches at a moment, as a whole and in part.
pub fn compare_views(
    found: &dyn Branching,
    model: &ModelState,
    looks: usize,
    numbers: &mut Numbers,
) -> Result<()> {
    let (moments, branches) = (model.moments(), model.branches());
    for _ in 0..looks {
        let branch = numbers.pick(&branches);
        let moment = match numbers.below(8) {
            0..3 => Moment::PRESENT,
            3 => branch.parent.map_or(Moment::START, |fork| fork.moment),
            4 => Moment(numbers.pick(&moments).0.saturating_sub(1)),
            _ => *numbers.pick(&moments),
        };
        compare_view(found, model, branch.id, moment, numbers)?;
    }
    if numbers.one_in(10) {
        compare_versions(found, model, numbers.pick(&branches).id, numbers)?;
    }
    Ok(())
}

/// A key, when a version of it was true, and what it was.
type OneVersion = (Vec<u8>, Lifetime, Vec<u8>);

/// All versions since the history of a space is kept.
fn compare_versions(
    found: &dyn Branching,
    model: &ModelState,
    branch: BranchId,
    numbers: &mut Numbers,
) -> Result<()> {
    let space = *numbers.pick(&SPACES);
    let Some(since) = model.history_since(branch, space) else { return Ok(()) };
    if model.contents(branch, Moment::PRESENT)?.is_dropped(space) {
        return Ok(());
    }
    let (start, end) = (random_bound(numbers), random_bound(numbers));
    let range = KeyRange::new(&start, (!numbers.one_in(4)).then_some(&end[..]));
    let all = |state: &dyn Branching| -> Result<Vec<OneVersion>> {
        let mut versions = Vec::new();
        state.versions(branch, space, range, &mut |key, lifetime, payload| {
            if lifetime.end > since {
                versions.push((key.to_vec(), lifetime, payload.to_vec()));
            }
            Ok(true)
        })?;
        Ok(versions)
    };
    assert_eq!(all(found)?, all(model)?, "versions of {space:?} on {branch:?} since {since:?}");
    Ok(())
}

fn compare_view(
    found: &dyn Branching,
    model: &ModelState,
    branch: BranchId,
    moment: Moment,
    numbers: &mut Numbers,
) -> Result<()> {
    let contents = model.contents(branch, moment)?;
    let (view, expected) = (found.view(branch, moment)?, model.view(branch, moment)?);
    assert_eq!((view.branch(), view.moment()), (branch, moment));
    for space in SPACES {
        if contents.is_dropped(space) || !model.may_ask(branch, space, moment) {
            continue;
        }
        let place = format!("{branch:?} {space:?} at {moment:?}");
        for _ in 0..6 {
            let key = random_key(numbers);
            assert_eq!(get(&*view, space, &key)?, get(&*expected, space, &key)?, "{place}: {key:?}");
        }
        for direction in [Direction::Forward, Direction::Backward] {
            let mut ours = view.cursor(space, KeyRange::ALL, direction)?;
            let mut theirs = expected.cursor(space, KeyRange::ALL, direction)?;
            let place = format!("{place} {direction:?}");
            compare_steps(&mut *ours, &mut *theirs, usize::MAX, &place)?;
            compare_range(&*view, &*expected, space, direction, numbers, &place)?;
        }
    }
    Ok(())
}

fn compare_range(
    view: &dyn View,
    expected: &dyn View,
    space: Space,
    direction: Direction,
    numbers: &mut Numbers,
    place: &str,
) -> Result<()> {
    let (start, end) = (random_bound(numbers), random_bound(numbers));
    let range = KeyRange::new(&start, (!numbers.one_in(4)).then_some(&end[..]));
    let mut ours = view.cursor(space, range, direction)?;
    let mut theirs = expected.cursor(space, range, direction)?;
    for round in 0..3 {
        let mut place = format!("{place} {range:?}");
        if round > 0 || numbers.one_in(2) {
            let target = random_bound(numbers);
            place = format!("{place} from {target:?}");
            ours.seek(&target)?;
            theirs.seek(&target)?;
        }
        compare_steps(&mut *ours, &mut *theirs, numbers.below(12), &place)?;
    }
    Ok(())
}

fn compare_steps(
    ours: &mut dyn VersionCursor,
    theirs: &mut dyn VersionCursor,
    steps: usize,
    place: &str,
) -> Result<()> {
    for step in 0..steps {
        let (here, expected) = (ours.advance()?, theirs.advance()?);
        assert_eq!(here, expected, "{place}, step {step}: our {:?}, their {:?}", ours.key(), theirs.key());
        if !here {
            assert!(!ours.advance()?, "{place}: the end is the end");
            assert_eq!(ours.key(), b"", "{place}: there is no key at the end");
            return Ok(());
        }
        assert_eq!((ours.key(), ours.version()), (theirs.key(), theirs.version()), "{place}, step {step}");
    }
    Ok(())
}

fn get(view: &dyn View, space: Space, key: &[u8]) -> Result<Option<(Moment, Vec<u8>)>> {
    let mut found = None;
    let is_there =
        view.get(space, key, &mut |version| found = Some((version.begin, version.payload.to_vec())))?;
    assert_eq!(is_there, found.is_some(), "`get` says whether it has called the reader");
    Ok(found)
}
