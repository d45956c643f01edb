//! Branches that some processes write and another merges and deletes: a merge brings whole transactions, rows with
//! automatic rowids never collide, and nobody goes on writing on a branch that is gone.

use std::path::Path;

use helios::{Connection, ErrorKind};
use helios_testkit::TestResult;
use helios_testkit::seed::repeats;
use helios_tests::child::{Child, say};

use crate::stage::{LONG, assert_whole, connect, number, open};

const SIDES: [&str; 2] = ["one", "two"];

/// Inserts pairs of rows, each pair in a transaction; the rowids are automatic.
pub(crate) fn insert_pairs(connection: &Connection, times: i64) -> TestResult {
    let branch = connection.branch();
    for time in 0..times {
        connection.execute_batch(&format!(
            "BEGIN; INSERT INTO entry (branch, time) VALUES ('{branch}', {time});
             INSERT INTO entry (branch, time) VALUES ('{branch}', {time}); COMMIT"
        ))?;
    }
    say("done")
}

/// Takes the turn of its branch, and commits when the file `deleted` says that the branch is gone.
pub(crate) fn hold_until_gone(connection: &Connection, deleted: &Path) -> TestResult {
    connection.execute_batch("BEGIN IMMEDIATE; INSERT INTO entry (branch) VALUES ('lost')")?;
    say("held")?;
    while !deleted.exists() {
        std::thread::yield_now();
    }
    let gone = |sql| {
        let error = connection.execute_batch(sql).expect_err("the branch is gone");
        assert_eq!(error.message(), "no such branch: side", "{sql}");
    };
    gone("SELECT * FROM entry");
    gone("UPDATE entry SET time = 1");
    gone("COMMIT");
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    gone("INSERT INTO entry (branch) VALUES ('lost')");
    gone("SELECT * FROM entry");
    say("gone")
}

/// Checks that every transaction is there with both its rows or not at all; gives the number of rows.
fn count_pairs(connection: &Connection) -> helios::Result<i64> {
    let halves = "SELECT count(*) FROM (SELECT 1 FROM entry GROUP BY branch, time HAVING count(*) <> 2)";
    assert_eq!(number(connection, halves)?, 0, "half a transaction");
    number(connection, "SELECT count(*) FROM entry")
}

#[test]
fn what_processes_insert_on_branches_is_merged_in_whole_transactions() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let times = repeats(20, 400) as i64;
    let database = open(&path, "many")?;
    let main = connect(&database)?;
    main.execute_batch(
        "CREATE TABLE entry (id INTEGER PRIMARY KEY, branch, time); CREATE INDEX i ON entry (time)",
    )?;
    SIDES.iter().try_for_each(|name| database.create_branch(name, "main"))?;
    let children = ["main", SIDES[0], SIDES[1]]
        .iter()
        .map(|name| Child::start(&format!("pairs {name} {times}"), &path))
        .collect::<TestResult<Vec<_>>>()?;
    let expected = 3 * 2 * times;
    let mut last = 0;
    while last < expected {
        for name in SIDES {
            main.execute_batch(&format!("MERGE BRANCH {name}"))?;
            let count = count_pairs(&main)?;
            assert!(count >= last, "{count} after {last}");
            last = count;
        }
    }
    children.into_iter().try_for_each(|child| child.finish().map(drop))?;
    assert_whole(&main)?;
    for name in SIDES {
        main.execute_batch(&format!("MERGE BRANCH main INTO {name}"))?;
        let side = database.connect_to(name)?;
        assert_eq!(count_pairs(&side)?, expected);
        assert_eq!(number(&main, &format!("SELECT count(*) FROM helios_diff('main', '{name}')"))?, 0);
        assert_whole(&side)?;
    }
    Ok(())
}

/// Nor is its holder moved to a branch that is made with the same name.
#[test]
fn a_branch_is_deleted_under_a_process_that_holds_its_turn() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let database = open(&path, "many")?;
    let main = connect(&database)?;
    main.execute_batch("CREATE TABLE entry (id INTEGER PRIMARY KEY, branch, time)")?;
    main.execute_batch("INSERT INTO entry (branch) VALUES ('main')")?;
    database.create_branch("side", "main")?;
    let child = Child::start("hold-until-gone side 0", &path)?;
    assert_eq!(child.next()?, "held");
    let waiting = database.connect_to("side")?;
    waiting.busy_timeout(std::time::Duration::ZERO)?;
    let refused = waiting.execute_batch("DELETE FROM entry").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Busy, "the other process has the turn");
    database.delete_branch("side")?;
    database.create_branch("side", "main")?;
    let side = database.connect_to("side")?;
    side.busy_timeout(LONG)?;
    side.execute_batch("INSERT INTO entry (branch) VALUES ('new')")?;
    std::fs::write(path.with_extension("deleted"), "")?;
    assert_eq!(child.next()?, "gone");
    child.finish()?;
    assert_eq!(number(&side, "SELECT count(*) FROM entry WHERE branch = 'lost'")?, 0);
    assert_eq!(number(&side, "SELECT count(*) FROM entry")?, 2);
    assert_whole(&side)
}
