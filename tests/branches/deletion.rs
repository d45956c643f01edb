//! Branches that are deleted while somebody is on them.

use helios_core::Result;
use helios_tests::engine::run;

use crate::stage::Stage;

const GONE: &str = "no such branch: side";

fn error(result: Result<Vec<String>>) -> String {
    result.expect_err("the branch is gone").message().to_owned()
}

#[test]
fn sessions_on_a_deleted_branch_get_errors_and_can_still_roll_back() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE t (a)")?;
    let mut holder = stage.branch("side", "BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")?;
    let mut reader = stage.database.connect("side")?;
    let mut prepared = reader.prepare("SELECT * FROM t")?.expect("a statement");
    stage.rows("DROP BRANCH side")?;
    assert_eq!(error(run(&mut holder, "INSERT INTO t VALUES (2)")), GONE);
    assert_eq!(error(run(&mut holder, "SELECT * FROM t")), GONE);
    assert_eq!(error(run(&mut holder, "COMMIT")), GONE);
    assert_eq!(error(run(&mut reader, "SELECT * FROM t")), GONE);
    let start = reader.start(&mut prepared, &helios_sql::chunk::Chunk::new(Vec::new(), 1));
    assert_eq!(start.expect_err("the branch is gone").message(), GONE);
    if holder.in_transaction() {
        run(&mut holder, "ROLLBACK")?;
    }
    assert_eq!(stage.database.connect("side").expect_err("the branch is gone").message(), GONE);
    assert_eq!(stage.rows("INSERT INTO t VALUES (3); SELECT count(*) FROM t")?, ["1"]);
    Ok(())
}

#[test]
fn who_waits_for_the_turn_of_a_deleted_branch_waits_no_longer() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE t (a)")?;
    let _holder = stage.branch("side", "BEGIN IMMEDIATE")?;
    let mut waiting = stage.database.connect("side")?;
    waiting.set_busy_timeout(std::time::Duration::from_secs(600));
    let thread = std::thread::spawn(move || {
        run(&mut waiting, "INSERT INTO t VALUES (1)").map_err(|error| error.message().to_owned())
    });
    stage.rows("DROP BRANCH side")?;
    assert_eq!(thread.join().expect("the thread ends"), Err(GONE.to_owned()));
    Ok(())
}

#[test]
fn children_outlive_their_parent() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE t (a); INSERT INTO t VALUES ('main')")?;
    let mut side = stage.branch("side", "INSERT INTO t VALUES ('side')")?;
    run(&mut side, "CREATE BRANCH child")?;
    run(&mut side, "DELETE FROM t; DROP TABLE t; CREATE TABLE other (a)")?;
    stage.rows("DROP BRANCH side; DELETE FROM t")?;
    let mut child = stage.database.connect("child")?;
    assert_eq!(run(&mut child, "SELECT a FROM t")?, ["'main'", "'side'"]);
    run(&mut child, "INSERT INTO t VALUES ('child')")?;
    stage.merge("child")?;
    assert_eq!(stage.rows("SELECT a FROM t ORDER BY a")?, ["'child'", "'side'"]);
    stage.rows("CREATE BRANCH side; DROP BRANCH child")?;
    assert_eq!(stage.rows("SELECT name FROM helios_branches")?, ["'main'", "'side'"]);
    Ok(())
}

#[test]
fn main_and_unknown_branches_cannot_be_deleted() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE t (a)")?;
    assert_eq!(error(stage.rows("DROP BRANCH main")), "branch main cannot be deleted");
    assert_eq!(error(stage.rows("DROP BRANCH none")), "no such branch: none");
    Ok(())
}

#[test]
fn a_parent_that_goes_before_a_branch_is_made_of_it_is_told_by_its_name() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE t (a)")?;
    stage.branch("side", "SELECT 1")?;
    let engine = stage.database.engine().clone();
    let side = engine.present()?.state().branch_named("side").map(|record| record.id).expect("it is there");
    stage.rows("DROP BRANCH side")?;
    assert_eq!(engine.create_branch("child", side, None).expect_err("the branch is gone").message(), GONE);
    Ok(())
}
