//! Merges of schemas.

use helios_core::Result;
use helios_sql::session::OnConflict;
use helios_tests::engine::run;

use crate::stage::Stage;

const BASE: &str =
    "CREATE TABLE t (k INTEGER PRIMARY KEY, a); CREATE TABLE u (k INTEGER PRIMARY KEY, b UNIQUE);
    INSERT INTO t VALUES (1, 'x'), (2, 'y'); INSERT INTO u VALUES (1, 1)";

#[test]
fn a_new_column_comes_with_its_default_for_rows_of_the_target() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    stage.branch("side", "ALTER TABLE t ADD COLUMN c DEFAULT 'new'; UPDATE t SET c = 'set' WHERE k = 1")?;
    stage.rows("INSERT INTO t VALUES (3, 'z'); UPDATE t SET a = 'X' WHERE k = 1")?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 'X' | 'set'", "2 | 'y' | 'new'", "3 | 'z' | 'new'"]);
    stage.check()
}

#[test]
fn a_column_of_the_target_stays() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    stage.branch("side", "UPDATE t SET a = 'changed' WHERE k = 1; INSERT INTO t VALUES (9, 'n')")?;
    stage.rows("ALTER TABLE t ADD COLUMN c DEFAULT 7; UPDATE t SET c = 8 WHERE k = 1; ALTER TABLE t RENAME COLUMN a TO text")?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 'changed' | 8", "2 | 'y' | 7", "9 | 'n' | 7"]);
    stage.check()
}

#[test]
fn a_column_that_was_dropped_on_the_branch_goes() -> Result<()> {
    let mut stage = Stage::new(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a, b, c); INSERT INTO t VALUES (1, 1, 2, 3), (2, 4, 5, 6)",
    )?;
    stage.branch("side", "ALTER TABLE t DROP COLUMN b; UPDATE t SET c = 30 WHERE k = 1")?;
    stage.rows("UPDATE t SET a = 10 WHERE k = 1; INSERT INTO t VALUES (3, 7, 8, 9)")?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 10 | 30", "2 | 4 | 6", "3 | 7 | 9"]);
    stage.check()
}

#[test]
fn tables_indexes_views_and_triggers_come_along() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    stage.branch("side", "CREATE TABLE n (a PRIMARY KEY, b); INSERT INTO n VALUES ('p', 1); CREATE INDEX by_a ON t (a);
        CREATE VIEW v AS SELECT a FROM t; CREATE TRIGGER tr AFTER DELETE ON t BEGIN INSERT INTO n VALUES (old.a, 0); END; DROP TABLE u")?;
    stage.rows("INSERT INTO t VALUES (3, 'z')")?;
    let report = stage.merge("side")?;
    assert_eq!(report.rows_added, 1);
    assert_eq!(
        stage.rows("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name")?,
        ["'by_a'", "'n'", "'t'", "'tr'", "'v'"]
    );
    assert_eq!(stage.rows("SELECT k FROM t INDEXED BY by_a WHERE a = 'z'")?, ["3"]);
    assert_eq!(stage.rows("DELETE FROM t WHERE k = 3; SELECT b FROM n WHERE a = 'z'")?, ["0"]);
    stage.check()
}

#[test]
fn a_table_altered_in_two_ways_is_a_conflict() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    stage.branch("side", "ALTER TABLE t ADD COLUMN c")?;
    stage.rows("ALTER TABLE t ADD COLUMN d")?;
    let refused = stage.refused("side");
    assert_eq!((refused.conflicts[0].table.as_str(), refused.conflicts[0].key.len()), ("t", 0));
    assert_eq!(stage.rows("SELECT * FROM t LIMIT 1")?, ["1 | 'x' | NULL"]);
    Ok(())
}

#[test]
fn a_table_dropped_here_and_filled_there_is_a_conflict() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    stage.branch("side", "INSERT INTO u VALUES (2, 2)")?;
    stage.rows("DROP TABLE u")?;
    assert_eq!(stage.refused("side").conflicts[0].table, "u");
    stage.main.merge_branch("side", None, OnConflict::Theirs)?;
    assert_eq!(stage.rows("SELECT * FROM u WHERE b = 2")?, ["2 | 2"]);
    assert_eq!(stage.rows("SELECT count(*) FROM u")?, ["2"]);
    stage.check()?;
    let mut stage = Stage::new(BASE)?;
    stage.branch("side", "DROP TABLE u")?;
    stage.rows("INSERT INTO u VALUES (2, 2)")?;
    assert_eq!(stage.refused("side").conflicts[0].table, "u");
    stage.main.merge_branch("side", None, OnConflict::Ours)?;
    assert_eq!(stage.rows("SELECT count(*) FROM u")?, ["2"]);
    stage.check()
}

#[test]
fn tables_that_both_made_alike_are_one() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    let make = "CREATE TABLE n (k INTEGER PRIMARY KEY, a UNIQUE)";
    stage.branch("side", &format!("{make}; INSERT INTO n VALUES (1, 'side')"))?;
    stage.rows(&format!("{make}; INSERT INTO n VALUES (2, 'main')"))?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT * FROM n")?, ["1 | 'side'", "2 | 'main'"]);
    stage.check()?;
    let mut stage = Stage::new(BASE)?;
    stage.branch("side", "CREATE TABLE n (a)")?;
    stage.rows("CREATE TABLE n (b)")?;
    assert_eq!(stage.refused("side").conflicts[0].table, "n");
    Ok(())
}

#[test]
fn a_unique_index_that_rows_of_the_target_break_is_a_violation() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    stage.branch("side", "CREATE UNIQUE INDEX one ON t (a)")?;
    stage.rows("INSERT INTO t VALUES (3, 'x')")?;
    assert_eq!(stage.refused("side").violations[0].message, "UNIQUE constraint failed: t.a");
    assert_eq!(stage.rows("SELECT count(*) FROM sqlite_schema WHERE name = 'one'")?, ["0"]);
    stage.check()
}

#[test]
fn an_index_goes_with_its_table_where_both_made_tables_of_one_name() -> Result<()> {
    for (decided, rows) in [(OnConflict::Theirs, "2 | 'side'"), (OnConflict::Ours, "1 | 'main' | NULL")] {
        let mut stage = Stage::new(BASE)?;
        let index = "CREATE INDEX by_a ON n (a)";
        stage.branch(
            "side",
            &format!("CREATE TABLE n (k INTEGER PRIMARY KEY, a); {index}; INSERT INTO n VALUES (2, 'side')"),
        )?;
        stage.rows(&format!(
            "CREATE TABLE n (k INTEGER PRIMARY KEY, a, c); {index}; INSERT INTO n (k, a) VALUES (1, 'main')"
        ))?;
        let refused = stage.refused("side");
        let names: Vec<&str> = refused.conflicts.iter().map(|conflict| conflict.table.as_str()).collect();
        assert_eq!(names, ["n"]);
        stage.main.merge_branch("side", None, decided)?;
        assert_eq!(stage.rows("SELECT * FROM n")?, [rows]);
        assert_eq!(stage.rows("SELECT * FROM n INDEXED BY by_a WHERE a > ''")?, [rows]);
        stage.check()?;
        assert_eq!(stage.merge("side")?.commit, None, "there is nothing new");
    }
    Ok(())
}

#[test]
fn the_keys_of_a_table_go_with_it_where_both_made_tables_of_one_name() -> Result<()> {
    for decided in [OnConflict::Theirs, OnConflict::Ours] {
        let mut stage = Stage::new(BASE)?;
        stage.branch("side", "CREATE TABLE n (a UNIQUE, b); INSERT INTO n VALUES ('p', 'q'), ('r', 's')")?;
        stage.rows("CREATE TABLE n (a, b UNIQUE); INSERT INTO n VALUES ('p', 'q')")?;
        stage.main.merge_branch("side", None, decided)?;
        let rows = if decided == OnConflict::Theirs { "2" } else { "1" };
        assert_eq!(stage.rows("SELECT count(*) FROM n")?, [rows]);
        assert_eq!(stage.rows("SELECT b FROM n WHERE a = 'p'")?, ["'q'"]);
        assert_eq!(stage.rows("SELECT a FROM n WHERE b = 'q'")?, ["'p'"]);
        stage.check()?;
    }
    Ok(())
}

#[test]
fn indexes_of_one_name_on_different_tables_are_a_conflict() -> Result<()> {
    for (decided, table) in [(OnConflict::Theirs, "'u'"), (OnConflict::Ours, "'t'")] {
        let mut stage = Stage::new(BASE)?;
        stage.branch("side", "CREATE INDEX one ON u (b)")?;
        stage.rows("CREATE INDEX one ON t (a)")?;
        assert_eq!(stage.refused("side").conflicts[0].table, "one");
        stage.main.merge_branch("side", None, decided)?;
        assert_eq!(stage.rows("SELECT tbl_name FROM sqlite_schema WHERE name = 'one'")?, [table]);
        stage.check()?;
    }
    Ok(())
}

#[test]
fn a_branch_that_takes_over_a_decision_against_its_column_reads_its_old_rows_rightly() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    let mut side = stage
        .branch("side", "ALTER TABLE t ADD COLUMN d DEFAULT 'd'; INSERT INTO t VALUES (5, 'side', 'lost')")?;
    stage.rows("ALTER TABLE t ADD COLUMN c DEFAULT 'c'")?;
    stage.main.merge_branch("side", None, OnConflict::Ours)?;
    side.merge_branch("main", None, OnConflict::Abort)?;
    assert_eq!(run(&mut side, "SELECT * FROM t WHERE k = 5")?, ["5 | 'side' | 'c'"]);
    assert_eq!(run(&mut side, "PRAGMA integrity_check")?, ["'ok'"]);
    Ok(())
}

#[test]
fn an_index_of_a_column_that_the_other_side_made_anew_has_the_new_values() -> Result<()> {
    let anew = "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a DEFAULT 'new'";
    for index in ["ON t (a)", "ON t (lower(a))", "ON t (k) WHERE a <> 'x'"] {
        let mut stage = Stage::new(BASE)?;
        stage.branch("side", anew)?;
        stage.rows(&format!("CREATE INDEX i {index}"))?;
        stage.merge("side")?;
        assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 'new'", "2 | 'new'"]);
        stage.check()?;
        let mut stage = Stage::new(BASE)?;
        stage.branch("side", &format!("CREATE INDEX i {index}"))?;
        stage.rows(anew)?;
        stage.merge("side")?;
        assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 'new'", "2 | 'new'"]);
        stage.check()?;
    }
    Ok(())
}

#[test]
fn an_index_of_a_column_that_the_other_side_dropped_is_a_conflict() -> Result<()> {
    let drop = "ALTER TABLE t DROP COLUMN a";
    for index in ["ON t (a)", "ON t (k) WHERE a > 1", "ON t (a + b)", "ON t (b, \"a\")"] {
        let create = format!("CREATE INDEX i {index}");
        for (mine, theirs) in [(create.as_str(), drop), (drop, create.as_str())] {
            let table = "CREATE TABLE t (k INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES (1, 2, 3)";
            let mut stage = Stage::new(table)?;
            stage.branch("side", theirs)?;
            stage.rows(mine)?;
            let before = stage.rows("SELECT sql FROM sqlite_schema")?;
            assert_eq!(stage.refused("side").conflicts[0].table, "i");
            assert_eq!(stage.rows("SELECT sql FROM sqlite_schema")?, before);
            stage.main.merge_branch("side", None, OnConflict::Theirs)?;
            assert_eq!(stage.rows("SELECT *, (SELECT count(*) FROM sqlite_schema) FROM t")?, ["1 | 3 | 1"]);
            stage.check()?;
        }
    }
    Ok(())
}

#[test]
fn an_index_that_the_branch_made_anew_on_a_new_column_has_all_rows() -> Result<()> {
    let mut stage = Stage::new(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a, b); CREATE INDEX i ON t (a, b); INSERT INTO t VALUES (1, 2, 3)",
    )?;
    stage.branch("side", "DROP INDEX i; ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a DEFAULT 9; CREATE INDEX i ON t (a, b)")?;
    stage.rows("INSERT INTO t VALUES (2, 4, 6)")?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT k, a, b FROM t INDEXED BY i WHERE a = 9")?, ["1 | 9 | 3", "2 | 9 | 6"]);
    stage.check()
}

#[test]
fn a_branch_that_takes_over_a_decision_against_its_dropping_of_a_column_has_the_old_values() -> Result<()> {
    let mut stage = Stage::new(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a, d DEFAULT 0); INSERT INTO t VALUES (1, 'x', 5), (2, 'y', 6)",
    )?;
    let mut side = stage.branch("side", "ALTER TABLE t DROP COLUMN d")?;
    stage.rows("ALTER TABLE t ADD COLUMN c DEFAULT 'new'; UPDATE t SET a = 'X' WHERE k = 1")?;
    stage.main.merge_branch("side", None, OnConflict::Ours)?;
    side.merge_branch("main", None, OnConflict::Abort)?;
    assert_eq!(run(&mut side, "SELECT * FROM t")?, ["1 | 'X' | 5 | 'new'", "2 | 'y' | 6 | 'new'"]);
    assert_eq!(run(&mut side, "PRAGMA integrity_check")?, ["'ok'"]);
    stage.check()
}

#[test]
fn a_column_that_the_target_dropped_comes_back_with_the_values_of_the_branch_that_decides() -> Result<()> {
    let mut stage = Stage::new(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a, d DEFAULT 0); INSERT INTO t VALUES (1, 'x', 5), (2, 'y', 6), (3, 'z', 7)",
    )?;
    stage.branch("side", "ALTER TABLE t ADD COLUMN c DEFAULT 'new'; UPDATE t SET d = 60 WHERE k = 2")?;
    stage.rows(
        "ALTER TABLE t DROP COLUMN d; UPDATE t SET a = 'Z' WHERE k = 3; INSERT INTO t VALUES (4, 'n')",
    )?;
    stage.main.merge_branch("side", None, OnConflict::Theirs)?;
    let expected =
        ["1 | 'x' | 5 | 'new'", "2 | 'y' | 60 | 'new'", "3 | 'Z' | 7 | 'new'", "4 | 'n' | 0 | 'new'"];
    assert_eq!(stage.rows("SELECT * FROM t")?, expected);
    stage.check()
}

#[test]
fn a_column_that_comes_back_has_the_values_of_the_branch_in_rows_that_the_target_has_written_since()
-> Result<()> {
    let mut stage = Stage::new(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a, d DEFAULT 0); INSERT INTO t VALUES (1, 'x', 5), (2, 'y', 6)",
    )?;
    stage.branch(
        "side",
        "ALTER TABLE t ADD COLUMN c; ALTER TABLE t DROP COLUMN c; ALTER TABLE t ADD COLUMN n DEFAULT 'new'",
    )?;
    stage.rows("ALTER TABLE t DROP COLUMN d; UPDATE t SET a = 'Y' WHERE k = 2")?;
    stage.main.merge_branch("side", None, OnConflict::Theirs)?;
    assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 'x' | 5 | 'new'", "2 | 'Y' | 6 | 'new'"]);
    stage.check()
}
