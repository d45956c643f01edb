//! Merges of rows.

use helios_core::{Result, Value};
use helios_sql::session::{OnConflict, compare};
use helios_tests::engine::run;

use crate::stage::Stage;

const SHOP: &str = "CREATE TABLE ware (id INTEGER PRIMARY KEY, name TEXT UNIQUE, price INT, stock INT);
    CREATE INDEX by_price ON ware (price);
    INSERT INTO ware VALUES (1, 'pen', 2, 10), (2, 'ink', 5, 10), (3, 'pad', 9, 10)";

#[test]
fn a_branch_that_is_ahead_is_taken_over() -> Result<()> {
    let mut stage = Stage::new(SHOP)?;
    stage.branch("side", "UPDATE ware SET price = 3 WHERE id = 1; DELETE FROM ware WHERE id = 2; INSERT INTO ware VALUES (7, 'cap', 1, 1); CREATE TABLE extra (a)")?;
    let report = stage.merge("side")?;
    assert_eq!(
        (report.rows_added, report.rows_removed, report.rows_changed, report.schema_changes),
        (1, 1, 1, 1)
    );
    assert_eq!(stage.rows("SELECT id, price FROM ware ORDER BY id")?, ["1 | 3", "3 | 9", "7 | 1"]);
    assert_eq!(stage.rows("SELECT id FROM ware WHERE price = 1")?, ["7"]);
    assert_eq!(stage.rows("SELECT count(*) FROM extra")?, ["0"]);
    stage.check()
}

#[test]
fn changes_of_different_columns_of_a_row_come_together() -> Result<()> {
    let mut stage = Stage::new(SHOP)?;
    stage.branch("side", "UPDATE ware SET price = 3 WHERE id = 1")?;
    stage.rows("UPDATE ware SET stock = 9 WHERE id = 1; UPDATE ware SET name = 'nib' WHERE id = 2")?;
    let report = stage.merge("side")?;
    assert_eq!(report.rows_changed, 1);
    assert_eq!(stage.rows("SELECT * FROM ware WHERE id < 3")?, ["1 | 'pen' | 3 | 9", "2 | 'nib' | 5 | 10"]);
    assert_eq!(stage.rows("SELECT id FROM ware WHERE price = 3")?, ["1"]);
    assert_eq!(stage.rows("SELECT id FROM ware WHERE price = 2")?, [""; 0]);
    stage.check()
}

#[test]
fn one_column_changed_in_two_ways_is_a_conflict_and_nothing_changes() -> Result<()> {
    let mut stage = Stage::new(SHOP)?;
    stage
        .branch("side", "UPDATE ware SET price = 3 WHERE id = 1; INSERT INTO ware VALUES (9, 'cap', 1, 1)")?;
    stage.rows("UPDATE ware SET price = 4 WHERE id = 1")?;
    let refused = stage.refused("side");
    assert_eq!(refused.conflicts.len(), 1);
    let conflict = &refused.conflicts[0];
    assert_eq!((conflict.table.as_str(), &conflict.key[..]), ("ware", &[Value::Integer(1)][..]));
    assert_eq!(conflict.columns, ["price"]);
    let price = |row: &Option<Vec<Value>>| row.as_ref().map(|row| row[2].clone());
    let prices = [&conflict.base, &conflict.ours, &conflict.theirs].map(price);
    assert_eq!(prices, [2, 4, 3].map(|price| Some(Value::Integer(price))));
    assert_eq!(stage.rows("SELECT count(*) FROM ware")?, ["3"]);
    stage.main.merge_branch("side", None, OnConflict::Theirs)?;
    assert_eq!(stage.rows("SELECT price FROM ware WHERE id IN (1, 9)")?, ["3", "1"]);
    stage.check()
}

#[test]
fn ours_keeps_the_target_and_is_remembered() -> Result<()> {
    let mut stage = Stage::new(SHOP)?;
    stage.branch("side", "UPDATE ware SET price = 3, stock = 8 WHERE id = 1")?;
    stage.rows("UPDATE ware SET price = 4 WHERE id = 1")?;
    stage.main.merge_branch("side", None, OnConflict::Ours)?;
    assert_eq!(stage.rows("SELECT price, stock FROM ware WHERE id = 1")?, ["4 | 8"]);
    assert_eq!(stage.merge("side")?.commit, None, "there is nothing new");
    assert_eq!(stage.rows("SELECT price, stock FROM ware WHERE id = 1")?, ["4 | 8"]);
    stage.check()
}

#[test]
fn a_row_deleted_here_and_changed_there_is_a_conflict() -> Result<()> {
    for (mine, theirs) in [
        ("DELETE FROM ware WHERE id = 2", "UPDATE ware SET price = 6 WHERE id = 2"),
        ("UPDATE ware SET price = 6 WHERE id = 2", "DELETE FROM ware WHERE id = 2"),
    ] {
        let mut stage = Stage::new(SHOP)?;
        stage.branch("side", theirs)?;
        stage.rows(mine)?;
        let refused = stage.refused("side");
        assert_eq!(refused.conflicts[0].key, [Value::Integer(2)]);
        assert_eq!(refused.conflicts[0].ours.is_none(), mine.starts_with("DELETE"));
        stage.main.merge_branch("side", None, OnConflict::Theirs)?;
        let left = stage.rows("SELECT count(*) FROM ware WHERE id = 2")?;
        assert_eq!(left, [if mine.starts_with("DELETE") { "1" } else { "0" }]);
        stage.check()?;
    }
    Ok(())
}

#[test]
fn what_both_did_alike_is_no_conflict() -> Result<()> {
    let mut stage = Stage::new(SHOP)?;
    let both = "UPDATE ware SET price = 6 WHERE id = 2; DELETE FROM ware WHERE id = 3; INSERT INTO ware VALUES (4, 'x', 1, 1)";
    stage.branch("side", both)?;
    stage.rows(both)?;
    let report = stage.merge("side")?;
    assert_eq!((report.rows_added, report.rows_removed, report.rows_changed), (0, 0, 0));
    stage.check()
}

#[test]
fn a_unique_value_on_both_sides_is_a_violation() -> Result<()> {
    let mut stage = Stage::new(SHOP)?;
    stage.branch("side", "INSERT INTO ware VALUES (10, 'cap', 1, 1)")?;
    stage.rows("INSERT INTO ware VALUES (11, 'cap', 2, 2)")?;
    let refused = stage.refused("side");
    assert_eq!(refused.violations[0].message, "UNIQUE constraint failed: ware.name");
    assert_eq!(refused.violations[0].key, [Value::Integer(10)]);
    assert_eq!(stage.rows("SELECT count(*) FROM ware")?, ["4"]);
    stage.check()
}

#[test]
fn rows_may_exchange_unique_values() -> Result<()> {
    let mut stage = Stage::new(SHOP)?;
    stage.branch("side", "UPDATE ware SET name = 'x' WHERE id = 1; UPDATE ware SET name = 'pen' WHERE id = 2; UPDATE ware SET name = 'ink' WHERE id = 1")?;
    stage.rows("UPDATE ware SET stock = 1")?;
    stage.merge("side")?;
    assert_eq!(
        stage.rows("SELECT name, stock FROM ware ORDER BY id")?,
        ["'ink' | 1", "'pen' | 1", "'pad' | 1"]
    );
    stage.check()
}

#[test]
fn a_check_over_columns_of_both_sides_is_looked_at() -> Result<()> {
    let mut stage = Stage::new(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, low INT, high INT, CHECK (low < high)); INSERT INTO t VALUES (1, 1, 9)",
    )?;
    stage.branch("side", "UPDATE t SET low = 8")?;
    stage.rows("UPDATE t SET high = 2")?;
    assert_eq!(stage.refused("side").violations[0].message, "CHECK constraint failed: low < high");
    Ok(())
}

#[test]
fn references_hold_after_a_merge() -> Result<()> {
    let script = "CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (id INTEGER PRIMARY KEY, parent REFERENCES parent);
        INSERT INTO parent VALUES (1), (2)";
    for (mine, theirs) in [
        ("DELETE FROM parent WHERE id = 2", "INSERT INTO child VALUES (5, 2)"),
        ("INSERT INTO child VALUES (5, 2)", "DELETE FROM parent WHERE id = 2"),
    ] {
        let mut stage = Stage::new(script)?;
        stage.branch("side", theirs)?;
        stage.rows(mine)?;
        assert_eq!(stage.refused("side").violations[0].message, "FOREIGN KEY constraint failed", "{mine}");
        assert_eq!(
            stage.rows("SELECT count(*) FROM parent")?,
            [if mine.starts_with('D') { "1" } else { "2" }]
        );
    }
    Ok(())
}

#[test]
fn automatic_rowids_of_branches_do_not_meet() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE log (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE seq (id INTEGER PRIMARY KEY AUTOINCREMENT, a);
        INSERT INTO log (a) VALUES ('x'), ('y'); INSERT INTO seq (a) VALUES (1)")?;
    let mut side = stage
        .branch("side", "INSERT INTO log (a) VALUES ('s1'), ('s2'); INSERT INTO seq (a) VALUES ('s')")?;
    stage.rows("INSERT INTO log (a) VALUES ('m1'); INSERT INTO seq (a) VALUES ('m')")?;
    run(&mut side, "INSERT INTO log (a) VALUES ('s3')")?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT count(*), count(DISTINCT id) FROM log")?, ["6 | 6"]);
    assert_eq!(stage.rows("SELECT count(*) FROM seq")?, ["3"]);
    assert_eq!(stage.rows("SELECT seq >= (SELECT max(id) FROM seq) FROM sqlite_sequence")?, ["1"]);
    stage.check()
}

#[test]
fn rowids_of_a_table_on_one_branch_are_those_of_sqlite() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE both (id INTEGER PRIMARY KEY, a)")?;
    let mut side = stage.branch("side", "CREATE TABLE alone (id INTEGER PRIMARY KEY, a)")?;
    let insert = "INSERT INTO alone (a) VALUES ('x'), ('y'), ('z'); DELETE FROM alone WHERE id = 3;
        INSERT INTO alone (a) VALUES ('n'); SELECT group_concat(id) FROM alone";
    assert_eq!(run(&mut side, insert)?, ["'1,2,3'"]);
    run(&mut side, "INSERT INTO both (a) VALUES (1)")?;
    assert_eq!(stage.rows("CREATE TABLE alone (id INTEGER PRIMARY KEY, a); INSERT INTO alone (a) VALUES (0); SELECT id FROM alone")?, ["1"]);
    stage.rows("DROP TABLE alone; INSERT INTO both (a) VALUES (2)")?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT count(DISTINCT id) FROM both")?, ["2"]);
    // Since the merge both have it.
    run(&mut side, "INSERT INTO alone (a) VALUES ('s')")?;
    stage.rows("INSERT INTO alone (a) VALUES ('m')")?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT count(DISTINCT id) FROM alone")?, ["5"]);
    stage.check()
}

#[test]
fn only_what_is_new_comes_when_a_branch_is_merged_again() -> Result<()> {
    let mut stage = Stage::new(SHOP)?;
    let mut side = stage.branch("side", "UPDATE ware SET price = 3 WHERE id = 1")?;
    stage.rows("UPDATE ware SET stock = 5 WHERE id = 2")?;
    stage.merge("side")?;
    stage.rows("UPDATE ware SET price = 100 WHERE id = 1")?;
    run(&mut side, "UPDATE ware SET stock = 1 WHERE id = 3")?;
    stage.merge("side")?;
    let merged = ["1 | 100 | 10", "2 | 5 | 5", "3 | 9 | 1"];
    assert_eq!(stage.rows("SELECT id, price, stock FROM ware ORDER BY id")?, merged);
    // And the other way, and back.
    side.merge_branch("main", None, OnConflict::Abort)?;
    assert_eq!(run(&mut side, "SELECT id, price, stock FROM ware ORDER BY id")?, merged);
    run(&mut side, "DELETE FROM ware WHERE id = 2")?;
    stage.rows("UPDATE ware SET stock = 2 WHERE id = 3")?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT id, stock FROM ware ORDER BY id")?, ["1 | 10", "3 | 2"]);
    assert!(compare(&stage.database, ("main", None), ("side", None))?[0].rows.len() == 1);
    stage.check()
}

#[test]
fn a_merge_within_a_transaction_is_refused_and_the_transaction_goes_on() -> Result<()> {
    let mut stage = Stage::new(SHOP)?;
    stage.branch("side", "DELETE FROM ware")?;
    stage.rows("BEGIN; INSERT INTO ware VALUES (9, 'cap', 1, 1)")?;
    let error = stage.merge("side").expect_err("a transaction is open");
    assert_eq!(error.message(), "cannot merge from within a transaction");
    assert_eq!(stage.rows("COMMIT; SELECT count(*) FROM ware")?, ["4"]);
    Ok(())
}

#[test]
fn no_trigger_fires_in_a_merge() -> Result<()> {
    let mut stage = Stage::new(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a); CREATE TABLE log (a); CREATE TRIGGER note AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END",
    )?;
    stage.branch("side", "INSERT INTO t VALUES (1, 'side')")?;
    stage.rows("INSERT INTO t VALUES (2, 'main')")?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT a FROM log ORDER BY a")?, ["'main'", "'side'"]);
    Ok(())
}

#[test]
fn tables_without_rowids_and_computed_columns_are_merged() -> Result<()> {
    let mut stage = Stage::new("CREATE TABLE w (a TEXT, b INT, v, double AS (v * 2) STORED, PRIMARY KEY (a, b)) WITHOUT ROWID;
        CREATE INDEX by_double ON w (double); CREATE INDEX part ON w (v) WHERE v > 5; CREATE INDEX low ON w (lower(a));
        INSERT INTO w (a, b, v) VALUES ('A', 1, 1), ('B', 2, 7)")?;
    stage.branch("side", "UPDATE w SET v = 9 WHERE b = 1; DELETE FROM w WHERE b = 2; INSERT INTO w (a, b, v) VALUES ('C', 3, 8)")?;
    stage.rows("INSERT INTO w (a, b, v) VALUES ('D', 4, 6)")?;
    let report = stage.merge("side")?;
    assert_eq!((report.rows_added, report.rows_removed, report.rows_changed), (1, 1, 1));
    assert_eq!(stage.rows("SELECT a, double FROM w")?, ["'A' | 18", "'C' | 16", "'D' | 12"]);
    stage.check()
}

#[test]
fn differences_are_told_row_by_row() -> Result<()> {
    let mut stage = Stage::new(SHOP)?;
    stage.branch("side", "UPDATE ware SET price = 3 WHERE id = 1; DELETE FROM ware WHERE id = 2; INSERT INTO ware VALUES (7, 'cap', 1, x'00'); CREATE TABLE extra (a)")?;
    let found = stage.rows("SELECT table_name, kind, key, row_a, row_b FROM helios_diff('main', 'side')")?;
    assert_eq!(
        found,
        [
            r#"'ware' | 'changed' | 1 | '{"id":1,"name":"pen","price":2,"stock":10}' | '{"id":1,"name":"pen","price":3,"stock":10}'"#,
            r#"'ware' | 'removed' | 2 | '{"id":2,"name":"ink","price":5,"stock":10}' | NULL"#,
            r#"'ware' | 'added' | 7 | NULL | '{"id":7,"name":"cap","price":1,"stock":"x''00''"}'"#,
        ]
    );
    let tables = compare(&stage.database, ("main", None), ("side", None))?;
    let names: Vec<_> = tables.iter().map(|table| (table.name.as_str(), table.schema_changed)).collect();
    assert_eq!(names, [("ware", false), ("extra", true)]);
    Ok(())
}

/// Rows are told with the columns that they have where they are, and without those that are not stored.
#[test]
fn differences_are_told_by_the_columns_of_each_side() -> Result<()> {
    let mut stage = Stage::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, twice AS (2 * b), b, c, more AS (b + 1) STORED);
         INSERT INTO t (a, b, c) VALUES (1, 2, 3), (4, 5, 6)",
    )?;
    stage.branch(
        "side",
        "ALTER TABLE t DROP COLUMN a; ALTER TABLE t RENAME c TO d; UPDATE t SET b = 7 WHERE id = 2",
    )?;
    let found =
        stage.rows("SELECT kind, key, row_a, row_b FROM helios_diff('main', 'side') WHERE key = 2")?;
    assert_eq!(
        found,
        [r#"'changed' | 2 | '{"id":2,"a":4,"b":5,"c":6,"more":6}' | '{"id":2,"b":7,"d":6,"more":8}'"#]
    );
    Ok(())
}

#[test]
fn branches_are_shown_and_merged_in_sql() -> Result<()> {
    let mut stage = Stage::new(SHOP)?;
    stage.rows("CREATE BRANCH side; CREATE BRANCH 'side/deep' FROM side")?;
    let mut deep = stage.database.connect("side/deep")?;
    run(&mut deep, "UPDATE ware SET price = 1; MERGE BRANCH 'side/deep' INTO side")?;
    stage.rows("MERGE BRANCH side")?;
    assert_eq!(stage.rows("SELECT DISTINCT price FROM ware")?, ["1"]);
    let shown = stage.rows("SELECT name, parent, commits, merged_at IS NULL FROM helios_branches")?;
    assert_eq!(shown[1..], ["'side' | 'main' | 1 | 0", "'side/deep' | 'side' | 1 | 0"]);
    assert_eq!(stage.rows("SHOW BRANCHES")?.len(), 3);
    stage.rows("DROP BRANCH side")?;
    assert_eq!(stage.rows("SELECT name FROM helios_branches")?, ["'main'", "'side/deep'"]);
    Ok(())
}
