//! Branches that are merged again and again, also in circles and after others were deleted: only what is new comes.

use helios_core::Result;
use helios_sql::session::OnConflict;
use helios_tests::engine::{one, run};

use crate::stage::Stage;

const BASE: &str = "CREATE TABLE t (k INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES (1, 0, 0), (2, 0, 0)";

#[test]
fn work_that_came_in_a_circle_does_not_come_again() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    let mut one = stage.branch("one", "UPDATE t SET a = 1 WHERE k = 1")?;
    let mut two = stage.branch("two", "UPDATE t SET b = 2 WHERE k = 2")?;
    two.merge_branch("one", None, OnConflict::Abort)?;
    // What the third branch makes of it is newer than what the first goes on with.
    stage.merge("two")?;
    stage.rows("UPDATE t SET a = 0 WHERE k = 1")?;
    run(&mut one, "UPDATE t SET b = 1 WHERE k = 1")?;
    two.merge_branch("one", None, OnConflict::Abort)?;
    stage.merge("one")?;
    assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 0 | 1", "2 | 0 | 2"]);
    stage.merge("two")?;
    assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 0 | 1", "2 | 0 | 2"]);
    stage.check()
}

#[test]
fn what_a_deleted_branch_brought_is_known_to_be_there() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    let mut deep = stage.branch("deep", "UPDATE t SET a = 1 WHERE k = 1")?;
    let mut side = stage.branch("side", "UPDATE t SET b = 5 WHERE k = 2")?;
    side.merge_branch("deep", None, OnConflict::Abort)?;
    stage.rows("INSERT INTO t VALUES (3, 0, 0)")?;
    stage.merge("side")?;
    drop(side);
    stage.rows("DROP BRANCH side; UPDATE t SET a = 0 WHERE k = 1")?;
    run(&mut deep, "UPDATE t SET b = 1 WHERE k = 1")?;
    stage.merge("deep")?;
    assert_eq!(stage.rows("SELECT * FROM t WHERE k = 1")?, ["1 | 0 | 1"], "the 1 was merged before");
    stage.check()
}

#[test]
fn a_branch_that_two_others_merged_is_their_base_after_it_is_gone() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    let mut fix = stage.branch("fix", "UPDATE t SET a = 1 WHERE k = 1")?;
    let mut release = stage.branch("release", "UPDATE t SET b = 7 WHERE k = 2")?;
    release.merge_branch("fix", None, OnConflict::Abort)?;
    stage.rows("INSERT INTO t VALUES (3, 0, 0)")?;
    stage.merge("fix")?;
    run(&mut fix, "SELECT 1")?;
    drop(fix);
    stage.rows("DROP BRANCH fix; UPDATE t SET a = 9 WHERE k = 1")?;
    run(&mut release, "UPDATE t SET b = 3 WHERE k = 1")?;
    stage.merge("release")?;
    assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 9 | 3", "2 | 0 | 7", "3 | 0 | 0"]);
    stage.check()
}

#[test]
fn tables_that_both_made_are_one_in_later_merges_too() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    let make = "CREATE TABLE n (k INTEGER PRIMARY KEY, a UNIQUE, b)";
    let mut side = stage.branch("side", &format!("{make}; INSERT INTO n VALUES (1, 'side', 0)"))?;
    stage.rows(&format!("{make}; INSERT INTO n VALUES (2, 'main', 0)"))?;
    stage.merge("side")?;
    run(&mut side, "UPDATE n SET b = 1 WHERE k = 1; INSERT INTO n VALUES (3, 'new', 0)")?;
    stage.rows("UPDATE n SET a = 'MAIN' WHERE k = 2; ALTER TABLE n ADD COLUMN c DEFAULT 'c'")?;
    stage.merge("side")?;
    assert_eq!(
        stage.rows("SELECT * FROM n")?,
        ["1 | 'side' | 1 | 'c'", "2 | 'MAIN' | 0 | 'c'", "3 | 'new' | 0 | 'c'"]
    );
    side.merge_branch("main", None, OnConflict::Abort)?;
    assert_eq!(run(&mut side, "SELECT count(*) FROM n WHERE c = 'c'")?, ["3"]);
    assert_eq!(run(&mut side, "PRAGMA integrity_check")?, ["'ok'"]);
    stage.check()
}

#[test]
fn a_column_that_both_added_is_one_and_two_columns_are_two() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    let mut side =
        stage.branch("side", "ALTER TABLE t ADD COLUMN c DEFAULT 0; UPDATE t SET c = 1 WHERE k = 1")?;
    stage.rows("ALTER TABLE t ADD COLUMN c DEFAULT 0; UPDATE t SET c = 2 WHERE k = 2")?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT k, c FROM t")?, ["1 | 1", "2 | 2"]);
    // A column of ours in the place where theirs has another.
    run(&mut side, "ALTER TABLE t ADD COLUMN theirs DEFAULT 0; UPDATE t SET theirs = 4 WHERE k = 1")?;
    stage.rows("ALTER TABLE t ADD COLUMN own DEFAULT 0; UPDATE t SET own = 5")?;
    assert_eq!(stage.refused("side").conflicts[0].table, "t");
    stage.main.merge_branch("side", None, OnConflict::Theirs)?;
    assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 0 | 0 | 1 | 4", "2 | 0 | 0 | 2 | 0"]);
    stage.check()
}

#[test]
fn a_decision_for_the_target_holds_when_it_is_taken_over() -> Result<()> {
    let mut stage = Stage::new(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1, 'x')",
    )?;
    let mut side = stage.branch("side", "UPDATE t SET a = 'side'; CREATE TABLE n (a)")?;
    stage.rows("UPDATE t SET a = 'main'; CREATE TABLE n (b)")?;
    stage.main.merge_branch("side", None, OnConflict::Ours)?;
    let report = side.merge_branch("main", None, OnConflict::Abort)?;
    assert!(report.commit.is_some());
    assert_eq!(one(&mut side, "SELECT a FROM t INDEXED BY i WHERE a > ''")?, "'main'");
    assert_eq!(one(&mut side, "SELECT sql FROM sqlite_schema WHERE name = 'n'")?, "'CREATE TABLE n (b)'");
    assert_eq!(one(&mut side, "PRAGMA integrity_check")?, "'ok'");
    assert_eq!(stage.rows("SELECT * FROM helios_diff('main', 'side')")?, [""; 0]);
    Ok(())
}

#[test]
fn a_row_that_went_before_its_table_came_goes_where_it_still_is() -> Result<()> {
    for more in ["", "INSERT INTO t VALUES (9, 9, 9)"] {
        let mut stage = Stage::new(BASE)?;
        let mut late = stage.branch("late", "INSERT INTO t VALUES (8, 8, 8)")?;
        stage.rows("CREATE TABLE v (k INTEGER PRIMARY KEY); INSERT INTO v VALUES (5), (6)")?;
        stage.branch("side", "DELETE FROM v WHERE k = 6")?;
        stage.rows(more)?;
        late.merge_branch("side", None, OnConflict::Abort)?;
        let diff = "SELECT kind, key FROM helios_diff('main', 'late') WHERE table_name = 'v'";
        assert_eq!(stage.rows(diff)?, ["'removed' | 6"]);
        stage.merge("late")?;
        assert_eq!(stage.rows("SELECT k FROM v")?, ["5"]);
        assert_eq!(stage.rows(diff)?, [""; 0]);
        stage.check()?;
    }
    Ok(())
}

#[test]
fn a_row_that_went_with_a_table_that_stays_elsewhere_goes_where_it_still_is() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    let mut side = stage.branch("side", "INSERT INTO t VALUES (4, 4, 4); UPDATE t SET a = 5 WHERE k = 2")?;
    stage.database.create_branch("copy", "side")?;
    let mut copy = stage.database.connect("copy")?;
    run(&mut side, "DROP TABLE t")?;
    stage.rows("INSERT INTO t VALUES (9, 9, 9)")?;
    stage.main.merge_branch("side", None, OnConflict::Ours)?;
    copy.merge_branch("main", None, OnConflict::Abort)?;
    assert_eq!(run(&mut copy, "SELECT * FROM t")?, ["1 | 0 | 0", "2 | 0 | 0", "9 | 9 | 9"]);
    assert_eq!(stage.rows("SELECT * FROM helios_diff('main', 'copy')")?, [""; 0]);
    Ok(())
}

#[test]
fn a_row_that_came_and_went_with_its_table_goes_where_it_still_is() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    let mut side = stage.branch("side", "UPDATE t SET a = 1 WHERE k = 1")?;
    stage.rows("INSERT INTO t VALUES (5, 5, 5)")?;
    stage.branch("late", "DROP TABLE t; CREATE TABLE t (k INTEGER PRIMARY KEY, a, b)")?;
    side.merge_branch("late", None, OnConflict::Theirs)?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT * FROM helios_diff('main', 'side')")?, [""; 0]);
    assert_eq!(stage.rows("SELECT * FROM t")?, run(&mut side, "SELECT * FROM t")?);
    stage.check()
}

/// A side drops `u`, `main` writes a row of it and keeps it by decision; a branch of the side then takes over `main`.
fn after_a_decision_for_a_table(table: &str, write: &str, own: &str) -> Result<(Vec<String>, String)> {
    let mut stage = Stage::new(&format!("{table}; INSERT INTO u VALUES (1, 1, 1)"))?;
    stage.branch("side", "DROP TABLE u")?;
    stage.rows(write)?;
    stage.main.merge_branch("side", None, OnConflict::Ours)?;
    stage.database.create_branch("late", "side")?;
    let mut late = stage.database.connect("late")?;
    run(&mut late, own)?;
    late.merge_branch("main", None, OnConflict::Abort)?;
    assert_eq!(one(&mut late, "PRAGMA integrity_check")?, "'ok'");
    let parts = run(
        &mut late,
        "SELECT name FROM sqlite_schema WHERE tbl_name = 'u' AND type <> 'table' ORDER BY name",
    )?;
    let refused = run(&mut late, "INSERT INTO u SELECT 2, a, b FROM u");
    Ok((parts, refused.map_or_else(|error| error.to_string(), |_| String::new())))
}

#[test]
fn a_table_that_is_kept_by_decision_keeps_its_indexes_and_triggers_whatever_was_written() -> Result<()> {
    let table = "CREATE TABLE u (k INTEGER PRIMARY KEY, a, b)";
    let parts = "CREATE INDEX i ON u (a); CREATE TRIGGER tr AFTER DELETE ON u BEGIN SELECT 1; END";
    for write in ["UPDATE u SET a = 2", "UPDATE u SET b = 2"] {
        for own in [table, "CREATE TABLE other (z)"] {
            let (found, _) = after_a_decision_for_a_table(&format!("{table}; {parts}"), write, own)?;
            assert_eq!(found, ["'i'", "'tr'"], "{write}; {own}");
        }
    }
    Ok(())
}

#[test]
fn a_table_that_comes_back_by_a_merge_is_as_unique_as_it_was() -> Result<()> {
    let table = "CREATE TABLE u (k INTEGER PRIMARY KEY, a UNIQUE, b)";
    for write in ["UPDATE u SET a = 2", "UPDATE u SET b = 2"] {
        for own in [table, "CREATE TABLE other (z)"] {
            let (found, refused) = after_a_decision_for_a_table(table, write, own)?;
            assert_eq!(found, ["'sqlite_autoindex_u_1'"], "{write}; {own}");
            assert_eq!(refused, "UNIQUE constraint failed: u.a", "{write}; {own}");
        }
    }
    Ok(())
}

#[test]
fn a_table_of_both_that_one_side_drops_goes_with_an_index_that_came_back() -> Result<()> {
    let mut stage = Stage::new("")?;
    let table = "CREATE TABLE t (k INTEGER PRIMARY KEY, a, b)";
    let mut side = stage.branch("side", table)?;
    stage.rows(table)?;
    side.merge_branch("main", None, OnConflict::Abort)?;
    run(&mut side, "CREATE INDEX i ON t (a)")?;
    stage.merge("side")?;
    stage.rows("CREATE TABLE other (a)")?;
    run(&mut side, "DROP TABLE t")?;
    side.merge_branch("main", None, OnConflict::Abort)?;
    assert_eq!(run(&mut side, "SELECT name FROM sqlite_schema")?, ["'other'"]);
    Ok(())
}
