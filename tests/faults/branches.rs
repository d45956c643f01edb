//! Every operation of the driver fails once, in a merge, in the deletion of a branch and while history is forgotten: after
//! the database is opened anew, all of it has happened or nothing, on every branch and at every moment.

use std::sync::{Arc, LazyLock};

use helios_core::clock::Moment;
use helios_core::storage::{Direction, KeyRange, Storage};
use helios_core::{ErrorKind, Result};
use helios_sql::database::{Database, Settings};
use helios_testkit::TestResult;
use helios_testkit::clock::{SeededEntropy, TickingClock};
use helios_testkit::seed::{is_extended, seed};
use helios_testkit::wrapper::CommitFault::{self, After, Before};
use helios_testkit::wrapper::Faulty;
use helios_tests::child::note;
use helios_tests::engine::{dump, run};

use crate::fixture::{clear, storage};

/// What is done, on `main`.
const WORK: [&str; 5] = [
    "MERGE BRANCH side",
    "MERGE BRANCH main INTO side",
    "DROP BRANCH side",
    "PRAGMA prune_history(100)",
    "DELETE HISTORY FROM t",
];

/// What is asked of each moment.
const PAST: [&str; 4] = [
    "SELECT * FROM t AS OF",
    "SELECT rowid, a, b FROM f AS OF WHERE f MATCH 'cat OR nowhere'",
    "SELECT docid, a FROM g AS OF WHERE g MATCH 'cat OR bird'",
    "SELECT id, x1, x2, name FROM box AS OF WHERE x1 < 3 ORDER BY id",
];

/// What modules keep: before the branches part, on `side`, and on `main`.
const MODULES: [&str; 3] = [
    "CREATE VIRTUAL TABLE f USING fts5(a, b); CREATE VIRTUAL TABLE f_terms USING fts5vocab(f, instance);
     CREATE VIRTUAL TABLE g USING fts4(a); CREATE VIRTUAL TABLE g_terms USING fts4aux(g);
     CREATE VIRTUAL TABLE box USING rtree_i32(id, x1, x2, +name);
     INSERT INTO f VALUES ('one cat', 'here'), ('two cats', 'there'); INSERT INTO g VALUES ('a cat'), ('a dog');
     INSERT INTO box VALUES (1, 0, 5, 'a'), (2, 3, 9, 'b')",
    "UPDATE f SET a = 'one dog' WHERE rowid = 1; INSERT INTO f (rowid, a) VALUES (7, 'a cat of the side');
     DELETE FROM g WHERE g MATCH 'dog'; INSERT INTO g (docid, a) VALUES (7, 'a bird');
     UPDATE box SET x2 = 7 WHERE id = 1; INSERT INTO box VALUES (7, 1, 2, 'side')",
    "INSERT INTO f (rowid, a) VALUES (8, 'a cat of main'); UPDATE f SET b = 'nowhere' WHERE rowid = 1;
     INSERT INTO g (docid, a) VALUES (8, 'a cat'); DELETE FROM box WHERE id = 2;
     INSERT INTO box VALUES (8, 2, 3, 'main')",
];

/// The clock of all who open the database. It is in the year 1970 and goes on by microseconds, so that the
/// hundredth second is later than all commits.
static CLOCK: LazyLock<Arc<TickingClock>> = LazyLock::new(Arc::default);

fn open(storage: &Arc<dyn Storage>) -> Result<Arc<Database>> {
    Database::open(storage.clone(), CLOCK.clone(), Arc::new(SeededEntropy::new(1)), &Settings::default())
}

/// A database with history and three branches that have gone apart. Gives the moments of their commits.
fn prepare(storage: &Arc<dyn Storage>, with_modules: bool) -> Result<Vec<u64>> {
    clear(&**storage)?;
    let database = open(storage)?;
    database.keep_history()?;
    let mut main = database.connect("main")?;
    run(
        &mut main,
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT UNIQUE, b); CREATE INDEX by_b ON t (b);
         INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2), (3, 'three', 3)",
    )?;
    if with_modules {
        run(&mut main, MODULES[0])?;
    }
    run(&mut main, "CREATE BRANCH side; CREATE BRANCH grandchild FROM side")?;
    let mut side = database.connect("side")?;
    run(
        &mut side,
        "UPDATE t SET b = 10 WHERE k = 1; DELETE FROM t WHERE k = 2; INSERT INTO t VALUES (4, 'four', 4);
         ALTER TABLE t ADD COLUMN c DEFAULT 'c'; CREATE TABLE n (x PRIMARY KEY, y);
         INSERT INTO n VALUES ('p', 1), ('q', 2); CREATE INDEX by_y ON n (y)",
    )?;
    if with_modules {
        run(&mut side, MODULES[1])?;
        run(&mut main, MODULES[2])?;
    }
    run(&mut main, "UPDATE t SET a = 'ONE' WHERE k = 1; UPDATE t SET b = 30 WHERE k = 3; DROP INDEX by_b")?;
    let state = database.engine().present()?.state().clone();
    let mut moments = Vec::new();
    for branch in state.branches() {
        let changes = state.changes(branch.id, Moment::START, branch.last_commit)?;
        moments.extend(changes.iter().map(|change| change.commit.0));
    }
    moments.sort_unstable();
    moments.dedup();
    Ok(moments)
}

/// All that there is to see, by anybody.
fn seen(storage: &Arc<dyn Storage>, moments: &[u64], asked: &[&str]) -> Result<Vec<String>> {
    let database = open(storage)?;
    let mut all = Vec::new();
    for (branch, _) in database.branches()? {
        let mut session = database.connect(branch.name.as_str())?;
        all.push(format!("branch {}", branch.name));
        all.extend(dump(&mut session)?);
        for moment in moments {
            let moment = format!("AS OF TIMESTAMP {}.{:06}", moment / 1_000_000, moment % 1_000_000);
            for sql in asked {
                match run(&mut session, &sql.replace("AS OF", &moment)) {
                    Ok(rows) => all.extend(rows),
                    Err(error) if error.message().starts_with("the history of table") => {
                        all.push("forgotten".into());
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Ok(all)
}

/// How many entries the driver has after all that nobody may ask for was taken away.
fn entries(storage: &Arc<dyn Storage>) -> Result<usize> {
    let database = open(storage)?;
    run(&mut database.connect("main")?, "VACUUM")?;
    drop(database);
    let snapshot = storage.snapshot()?;
    let mut cursor = snapshot.cursor(KeyRange::ALL, Direction::Forward)?;
    let mut count = 0;
    while cursor.advance()? {
        count += 1;
    }
    Ok(count)
}

/// What commits leave behind that fail, in turn.
type Faults = [CommitFault; 2];

/// Each operation fails in turn; with what modules keep, which is much, one in many.
fn fail_each(driver: &str, all: &[Faults], with_modules: bool) -> TestResult {
    let storage = storage(driver)?;
    let asked = if with_modules { &PAST[..] } else { &PAST[..1] };
    let step = match (with_modules, is_extended()) {
        (false, _) => 1,
        (true, true) => 7,
        (true, false) => 97,
    };
    for (sql, faults) in WORK.iter().flat_map(|sql| all.iter().map(|faults| (*sql, *faults))) {
        let moments = prepare(&storage, with_modules)?;
        let before = seen(&storage, &moments, asked)?;
        run(&mut open(&storage)?.connect("main")?, sql)?;
        let (after, left) = (seen(&storage, &moments, asked)?, entries(&storage)?);
        assert_ne!(before, after, "{sql} does nothing");
        let mut at = seed() % step;
        loop {
            at += step;
            let moments = prepare(&storage, with_modules)?;
            let fault = faults[(at / step) as usize % 2];
            let faulty = Arc::new(Faulty::new(storage.clone(), fault));
            let opened: Arc<dyn Storage> = faulty.clone();
            let mut session = open(&opened)?.connect("main")?;
            faulty.fail_at(at);
            let result = run(&mut session, sql);
            drop(session);
            if !faulty.has_failed() {
                result?;
                break;
            }
            let place = format!("{sql}, operation {at}, {fault:?}");
            if let Err(error) = &result {
                assert_eq!(error.kind(), ErrorKind::Io, "{place}: {error:?}");
            }
            let found = seen(&storage, &moments, asked)?;
            assert!(found == before || found == after, "{place}: {found:#?}");
            assert!(result.is_err() || found == after, "{place}: it was acknowledged");
            if found == before {
                run(&mut open(&storage)?.connect("main")?, sql)?;
                assert_eq!(seen(&storage, &moments, asked)?, after, "{place}, once more");
            }
            assert_eq!(entries(&storage)?, left, "{place}: something is left behind");
        }
        note(format_args!("{driver}, {sql}, {faults:?}: {at} operations failed"))?;
        assert!(at > 10, "{sql} has only {at} operations");
    }
    Ok(())
}

#[test]
fn merges_deletions_and_prunings_happen_or_do_not_in_memory() -> TestResult {
    fail_each("memory", &[[Before; 2], [After; 2]], false)
}

#[test]
fn merges_deletions_and_prunings_happen_or_do_not_in_redb() -> TestResult {
    fail_each("redb", &[[Before, After]], false)
}

#[test]
fn merges_deletions_and_prunings_under_modules_happen_or_do_not() -> TestResult {
    fail_each("memory", &[[Before, After]], true)
}
