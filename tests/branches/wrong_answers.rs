//! Wrong answers that a product with the same promises gives: here each of them is right.

use helios_core::Result;
use helios_tests::engine::run;

use crate::stage::Stage;

fn now(stage: &Stage) -> String {
    let micros = stage.database.engine().clock().now().0;
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

fn with_history(script: &str) -> Result<Stage> {
    let mut stage = Stage::new("")?;
    stage.database.keep_history()?;
    stage.rows(script)?;
    Ok(stage)
}

#[test]
fn a_deleted_row_is_still_there_before_its_deletion() -> Result<()> {
    let mut stage =
        with_history("CREATE TABLE t (k INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'one')")?;
    let before = now(&stage);
    stage.rows("BEGIN; DELETE FROM t WHERE k = 1; COMMIT")?;
    assert_eq!(stage.rows(&format!("SELECT a FROM t AS OF TIMESTAMP {before}"))?, ["'one'"]);
    assert_eq!(stage.rows(&format!("SELECT a FROM t AS OF TIMESTAMP {before} WHERE k = 1"))?, ["'one'"]);
    Ok(())
}

#[test]
fn a_lone_update_by_primary_key_is_seen_from_its_moment_on() -> Result<()> {
    let mut stage =
        with_history("CREATE TABLE t (k INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'v1')")?;
    let before = now(&stage);
    stage.rows("UPDATE t SET a = 'v2' WHERE k = 1")?;
    let after = now(&stage);
    assert_eq!(stage.rows(&format!("SELECT a FROM t AS OF TIMESTAMP {before}"))?, ["'v1'"]);
    assert_eq!(stage.rows(&format!("SELECT a FROM t AS OF TIMESTAMP {after}"))?, ["'v2'"]);
    Ok(())
}

#[test]
fn a_branch_sees_no_later_write_of_main() -> Result<()> {
    let mut stage =
        Stage::new("CREATE TABLE t (k INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 1), (2, 2)")?;
    let mut side = stage.branch("side", "")?;
    stage.rows("UPDATE t SET a = 9 WHERE k = 1; DELETE FROM t WHERE k = 2; INSERT INTO t VALUES (3, 3)")?;
    assert_eq!(run(&mut side, "SELECT * FROM t")?, ["1 | 1", "2 | 2"]);
    Ok(())
}

#[test]
fn a_merge_makes_no_duplicate_keys() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE t (k INTEGER PRIMARY KEY, a UNIQUE)")?;
    stage.branch("side", "INSERT INTO t VALUES (10, 'side')")?;
    stage.rows("INSERT INTO t VALUES (10, 'main')")?;
    assert_eq!(stage.refused("side").conflicts.len(), 1);
    assert_eq!(stage.rows("SELECT * FROM t")?, ["10 | 'main'"]);
    assert_eq!(stage.rows("SELECT a FROM t WHERE k = 10")?, ["'main'"]);
    Ok(())
}

#[test]
fn definitions_on_a_branch_leave_main_alone() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE TABLE u (a)")?;
    stage.branch(
        "side",
        "ALTER TABLE t ADD COLUMN b; CREATE TABLE n (a); DROP TABLE u; CREATE INDEX i ON t (a)",
    )?;
    assert_eq!(stage.rows("SELECT * FROM t")?, ["1"]);
    assert_eq!(stage.rows("SELECT name FROM sqlite_schema")?, ["'t'", "'u'"]);
    Ok(())
}

#[test]
fn nobody_sees_or_ends_the_transaction_of_another() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE t (a)")?;
    let mut other = stage.database.connect("main")?;
    stage.rows("BEGIN; INSERT INTO t VALUES (1)")?;
    assert_eq!(run(&mut other, "SELECT count(*) FROM t")?, ["0"]);
    stage.rows("ROLLBACK")?;
    assert_eq!(run(&mut other, "INSERT INTO t VALUES (2); SELECT a FROM t")?, ["2"]);
    Ok(())
}

#[test]
fn text_keys_are_found_and_unique() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE t (k TEXT PRIMARY KEY)")?;
    for number in 1..30 {
        stage.rows(&format!("INSERT INTO t VALUES ('k-{number}')"))?;
    }
    assert_eq!(stage.rows("SELECT count(*) FROM t WHERE k = 'k-1'")?, ["1"]);
    assert!(stage.rows("INSERT INTO t VALUES ('k-1')").is_err());
    Ok(())
}

#[test]
fn large_integers_are_stored_as_they_are() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (3000000000)")?;
    assert_eq!(stage.rows("SELECT a FROM t")?, ["3000000000"]);
    Ok(())
}

#[test]
fn computed_columns_equal_names_case_and_outer_self_joins_work() -> Result<()> {
    let mut stage = Stage::new(
        "CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a * 2) STORED); INSERT INTO t (a) VALUES (4)",
    )?;
    assert_eq!(stage.rows("SELECT b FROM t")?, ["8"]);
    assert_eq!(stage.rows("SELECT 1 AS a, 2 AS a")?, ["1 | 2"]);
    assert_eq!(stage.rows("SELECT CASE WHEN 1 THEN 2 END")?, ["2"]);
    assert_eq!(stage.rows("SELECT * FROM t x LEFT JOIN t y ON y.a = x.b")?, ["4 | 8 | NULL | NULL"]);
    Ok(())
}

#[test]
fn operators_need_no_blanks() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")?;
    assert_eq!(stage.rows("SELECT id FROM t WHERE id>-1")?, ["1"]);
    Ok(())
}

#[test]
fn definitions_are_rolled_back_and_keys_filled_in() -> Result<()> {
    let mut stage =
        Stage::new("BEGIN; CREATE TABLE z (a); ROLLBACK; CREATE TABLE t (id INTEGER PRIMARY KEY, a)")?;
    assert_eq!(stage.rows("SELECT name FROM sqlite_schema")?, ["'t'"]);
    stage.rows("INSERT INTO t (a) VALUES ('x'); INSERT OR REPLACE INTO t VALUES (1, 'y'); REPLACE INTO t VALUES (2, 'z')")?;
    assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 'y'", "2 | 'z'"]);
    Ok(())
}

#[test]
fn what_was_missing_there_is_here() -> Result<()> {
    let mut stage = Stage::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, name TEXT COLLATE NOCASE); CREATE TABLE log (a);
         CREATE TRIGGER note AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END;
         INSERT INTO t (a, name) VALUES (1, 'Ada'), ('x', 'bob'), (x'0102', 'Cy'); ANALYZE",
    )?;
    for (sql, expected) in [
        ("SELECT count(*) FROM log", "3"),
        ("SELECT group_concat(typeof(a)) FROM t", "'integer,text,blob'"),
        ("SELECT strftime('%Y', '2024-02-29'), date('2024-02-28', '+1 day')", "'2024' | '2024-02-29'"),
        ("SELECT julianday('2000-01-01 12:00')", "2451545.0"),
        ("SELECT printf('%05.1f', 2.25), hex(x'0aff'), iif(1, 'yes', 'no')", "'002.3' | '0AFF' | 'yes'"),
        ("SELECT total(rowid), last_insert_rowid() FROM t", "6.0 | 3"),
        ("SELECT json_extract('{\"a\":[1,2]}', '$.a[1]'), 'abc' GLOB 'a*'", "2 | 1"),
        ("SELECT id FROM t WHERE name = 'ADA'", "1"),
        ("SELECT sum(value) FROM json_each('[1,2,3]')", "6"),
        (
            "UPDATE t SET a = log.a || '!' FROM log WHERE log.a = t.a AND t.id = 2; SELECT a FROM t WHERE id = 2",
            "'x!'",
        ),
    ] {
        match stage.rows(sql) {
            Ok(rows) => assert_eq!(rows, [expected], "{sql}"),
            Err(error) => panic!("{sql}: {error}"),
        }
    }
    Ok(())
}
