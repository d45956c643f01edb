//! The past in SQL: ranges of time, the columns that tell when, what history keeps.

use helios_core::Result;
use helios_testkit::TestResult;
use helios_tests::engine::run;

use crate::stage::Stage;

/// A database with history, and the moments between the steps of a script.
fn told(steps: &[&str]) -> Result<(Stage, Vec<String>)> {
    let mut stage = Stage::new("")?;
    stage.database.keep_history()?;
    let mut moments = Vec::new();
    for step in steps {
        stage.rows(step)?;
        let micros = stage.database.engine().clock().now().0;
        moments.push(format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000));
    }
    Ok((stage, moments))
}

/// A row that is born, changes twice, goes, and comes back.
fn life() -> Result<(Stage, Vec<String>)> {
    told(&[
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'other')",
        "UPDATE t SET a = 'b' WHERE k = 1",
        "BEGIN; UPDATE t SET a = 'x' WHERE k = 1; UPDATE t SET a = 'c' WHERE k = 1; COMMIT",
        "DELETE FROM t WHERE k = 1",
        "INSERT INTO t VALUES (1, 'd')",
    ])
}

fn fails(stage: &mut Stage, sql: &str) -> String {
    stage.rows(sql).expect_err(sql).message().to_owned()
}

#[test]
fn ranges_show_the_versions_that_the_standard_says() -> Result<()> {
    let (mut stage, at) = life()?;
    let mut shows = |range: &str| stage.rows(&format!("SELECT a FROM t FOR SYSTEM_TIME {range} WHERE k = 1"));
    assert_eq!(shows("ALL")?, ["'a'", "'b'", "'c'", "'d'"]);
    assert_eq!(shows(&format!("BETWEEN {} AND {}", at[0], at[1]))?, ["'a'", "'b'"]);
    assert_eq!(shows(&format!("FROM {} TO {}", at[1], at[2]))?, ["'b'", "'c'"]);
    assert_eq!(shows(&format!("FROM TIMESTAMP {} TO {}", at[2], at[2]))?, [""; 0]);
    assert_eq!(shows(&format!("BETWEEN {} AND {}", at[3], at[3]))?, [""; 0]);
    assert_eq!(shows(&format!("CONTAINED IN ({}, {})", at[0], at[4]))?, ["'b'", "'c'"]);
    assert_eq!(shows(&format!("AS OF {}", at[1]))?, ["'b'"]);
    assert_eq!(
        shows(&format!("BETWEEN 0 AND {}", at[0]))?,
        ["'a'"],
        "before the table was made, nothing was"
    );
    Ok(())
}

#[test]
fn a_bound_that_is_the_moment_of_a_version_counts_as_the_standard_says() -> Result<()> {
    let (mut stage, _) = life()?;
    let times = stage.rows("SELECT system_time FROM t FOR SYSTEM_TIME ALL WHERE k = 1")?;
    let mut shows = |range: &str| stage.rows(&format!("SELECT a FROM t FOR SYSTEM_TIME {range} WHERE k = 1"));
    assert_eq!(shows(&format!("FROM {} TO {}", times[1], times[2]))?, ["'b'"], "the end is left out");
    assert_eq!(shows(&format!("BETWEEN {} AND {}", times[1], times[2]))?, ["'b'", "'c'"]);
    assert_eq!(shows(&format!("AS OF {}", times[1]))?, ["'b'"]);
    assert_eq!(shows(&format!("CONTAINED IN ({}, {})", times[1], times[2]))?, ["'b'"]);
    Ok(())
}

#[test]
fn the_times_of_a_version_can_be_named() -> Result<()> {
    let (mut stage, at) = life()?;
    assert_eq!(stage.rows("SELECT a, system_time_end IS NULL FROM t WHERE k = 1")?, ["'d' | 1"]);
    let then =
        format!("SELECT a, system_time < system_time_end FROM t AS OF TIMESTAMP {} WHERE k = 1", at[1]);
    assert_eq!(stage.rows(&then)?, ["'b' | 1"]);
    let chained =
        "SELECT count(*) FROM t x, t y FOR SYSTEM_TIME ALL WHERE x.k = y.k AND y.system_time_end IS NULL";
    assert_eq!(stage.rows(chained)?, ["2"]);
    let star =
        stage.rows("SELECT * FROM t FOR SYSTEM_TIME ALL WHERE k = 1 ORDER BY system_time DESC LIMIT 1")?;
    assert!(star[0].ends_with("+00:00' | 1 | 'd'"), "{star:?}");
    assert_eq!(stage.rows("SELECT * FROM t WHERE k = 1")?, ["1 | 'd'"]);
    stage.rows("BEGIN; UPDATE t SET a = 'mine' WHERE k = 2")?;
    assert_eq!(stage.rows("SELECT a, system_time IS NULL FROM t WHERE k = 2; ROLLBACK")?, ["'mine' | 1"]);
    stage.rows("CREATE TABLE own (system_time TEXT); INSERT INTO own VALUES ('mine')")?;
    assert_eq!(stage.rows("SELECT system_time FROM own")?, ["'mine'"]);
    Ok(())
}

#[test]
fn a_time_after_where_is_of_every_table_that_has_none() -> Result<()> {
    let (mut stage, at) = life()?;
    stage.rows("CREATE VIEW v AS SELECT a, k FROM t")?;
    for sql in [
        "SELECT a FROM t WHERE k = 1 AS OF TIMESTAMP {}",
        "SELECT a FROM t AS OF TIMESTAMP {} WHERE k = 1",
        "SELECT a FROM t WHERE k = 1 FOR SYSTEM_TIME AS OF {}",
        "SELECT x.a FROM t x JOIN t y USING (k) WHERE x.k = 1 AS OF TIMESTAMP {}",
        "SELECT a FROM (SELECT a FROM t WHERE k = 1) WHERE 1 AS OF TIMESTAMP {}",
        "WITH c AS (SELECT a FROM t WHERE k = 1 AS OF TIMESTAMP {}) SELECT a FROM c",
        "SELECT a FROM t WHERE k = 1 AND a IN (SELECT a FROM t) AS OF TIMESTAMP {}",
        "SELECT (SELECT a FROM t AS OF TIMESTAMP {} WHERE k = 1)",
    ] {
        assert_eq!(stage.rows(&sql.replace("{}", &at[1]))?, ["'b'"], "{sql}");
    }
    stage.rows(&format!(
        "CREATE TABLE saved (k, a); INSERT INTO saved SELECT * FROM t AS OF TIMESTAMP {}",
        at[1]
    ))?;
    assert_eq!(stage.rows("SELECT a FROM saved")?, ["'b'", "'other'"]);
    assert_eq!(
        stage.rows(&format!(
            "SELECT a FROM t AS OF {} WHERE k = 1 UNION ALL SELECT a FROM t WHERE k = 1",
            at[1]
        ))?,
        ["'b'", "'d'"]
    );
    Ok(())
}

#[test]
fn moments_are_texts_numbers_expressions_and_commits() -> Result<()> {
    let (mut stage, at) = life()?;
    let commit = stage.rows("SELECT id FROM helios_commits('main') ORDER BY id LIMIT 1 OFFSET 1")?;
    assert_eq!(stage.rows(&format!("SELECT a FROM t AS OF COMMIT {} WHERE k = 1", commit[0]))?, ["'a'"]);
    assert_eq!(stage.rows(&format!("SELECT a FROM t AS OF TIMESTAMP {} + 0 WHERE k = 1", at[1]))?, ["'b'"]);
    assert_eq!(stage.rows("SELECT a FROM t AS OF '2999-01-01' WHERE k = 1")?, ["'d'"], "the future is now");
    assert!(fails(&mut stage, "SELECT a FROM t AS OF TIMESTAMP 'soon'").starts_with("not a timestamp"));
    Ok(())
}

#[test]
fn a_branch_has_the_past_of_its_parent() -> Result<()> {
    let (mut stage, at) = life()?;
    stage.rows(&format!("CREATE BRANCH back AS OF TIMESTAMP {}", at[1]))?;
    let mut then = stage.database.connect("back")?;
    assert_eq!(run(&mut then, "SELECT a FROM t")?, ["'b'", "'other'"]);
    run(&mut then, "UPDATE t SET a = 'branch' WHERE k = 1")?;
    assert_eq!(
        run(&mut then, "SELECT a FROM t FOR SYSTEM_TIME ALL WHERE k = 1")?,
        ["'a'", "'b'", "'branch'"]
    );
    assert_eq!(run(&mut then, &format!("SELECT a FROM t AS OF TIMESTAMP {} WHERE k = 1", at[0]))?, ["'a'"]);
    assert_eq!(stage.rows("SELECT a FROM t WHERE k = 1")?, ["'d'"]);
    let changed = format!("SELECT kind, key FROM helios_diff('main', 'main', {}, {})", at[0], at[3]);
    assert_eq!(stage.rows(&changed)?, ["'removed' | 1"]);
    Ok(())
}

#[test]
fn one_table_keeps_history_by_itself() -> Result<()> {
    let mut stage = Stage::new(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a); CREATE TABLE u (a); INSERT INTO t VALUES (1, 1)",
    )?;
    assert!(fails(&mut stage, "SELECT * FROM t FOR SYSTEM_TIME ALL").contains("keeps no history"));
    stage.rows("ALTER TABLE t ADD SYSTEM VERSIONING; ALTER TABLE t ADD SYSTEM VERSIONING")?;
    stage.rows("UPDATE t SET a = 2; CREATE INDEX i ON t (a); UPDATE t SET a = 3")?;
    assert_eq!(stage.rows("SELECT a FROM t FOR SYSTEM_TIME ALL")?, ["1", "2", "3"]);
    let times = stage.rows("SELECT system_time FROM t FOR SYSTEM_TIME ALL WHERE a = 2")?;
    assert_eq!(
        stage.rows(&format!("SELECT a FROM t AS OF {} WHERE a = 2", times[0]))?,
        ["2"],
        "by the index of then"
    );
    assert!(
        fails(&mut stage, "SELECT * FROM t AS OF '2001-01-01'; SELECT * FROM u FOR SYSTEM_TIME ALL")
            .contains("history")
    );
    stage.rows("ALTER TABLE t DROP SYSTEM VERSIONING")?;
    assert!(fails(&mut stage, "SELECT * FROM t FOR SYSTEM_TIME ALL").contains("keeps no history"));
    stage.rows("ALTER TABLE t ADD SYSTEM VERSIONING")?;
    assert_eq!(stage.rows("SELECT a FROM t FOR SYSTEM_TIME ALL")?, ["3"]);
    Ok(())
}

#[test]
fn what_was_pruned_is_an_error_and_its_room_is_free() -> Result<()> {
    let (mut stage, at) = life()?;
    let entries =
        |stage: &Stage| helios_testkit::storage::all(&**stage.database.storage()).map(|all| all.len());
    let before = entries(&stage)?;
    stage.rows(&format!("PRAGMA prune_history({})", at[2]))?;
    assert!(entries(&stage)? < before);
    assert!(fails(&mut stage, &format!("SELECT * FROM t AS OF TIMESTAMP {}", at[1])).contains("begins at"));
    assert!(
        fails(&mut stage, &format!("SELECT * FROM t FOR SYSTEM_TIME BETWEEN {} AND {}", at[1], at[3]))
            .contains("begins at")
    );
    assert_eq!(stage.rows(&format!("SELECT a FROM t AS OF TIMESTAMP {}", at[2]))?, ["'c'", "'other'"]);
    assert_eq!(stage.rows("SELECT a FROM t FOR SYSTEM_TIME ALL WHERE k = 1")?, ["'c'", "'d'"]);
    stage.rows(&format!("DELETE HISTORY FROM t BEFORE SYSTEM_TIME {}", at[3]))?;
    assert_eq!(stage.rows("SELECT a FROM t FOR SYSTEM_TIME ALL WHERE k = 1")?, ["'d'"]);
    stage.rows("UPDATE t SET a = 'e'; DELETE HISTORY FROM t")?;
    assert_eq!(stage.rows("SELECT a FROM t FOR SYSTEM_TIME ALL")?, ["'e'", "'e'"]);
    stage.check()
}

#[test]
fn a_session_can_be_at_a_moment_and_only_reads_there() -> Result<()> {
    let (mut stage, at) = life()?;
    stage.rows(&format!("PRAGMA as_of = '{}'", "2999-01-01"))?;
    assert_eq!(stage.rows("SELECT a FROM t WHERE k = 1")?, ["'d'"]);
    stage.rows(&format!("PRAGMA as_of({})", at[1]))?;
    assert_eq!(stage.rows("SELECT a FROM t WHERE k = 1")?, ["'b'"]);
    assert_eq!(fails(&mut stage, "DELETE FROM t"), "attempt to write a readonly database");
    stage.rows("PRAGMA as_of = ''")?;
    assert_eq!(stage.rows("SELECT a FROM t WHERE k = 1")?, ["'d'"]);
    Ok(())
}

#[test]
fn the_schema_is_that_of_then() -> Result<()> {
    let (mut stage, at) = told(&[
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 1)",
        "ALTER TABLE t ADD COLUMN b DEFAULT 5",
        "ALTER TABLE t DROP COLUMN a",
    ])?;
    assert_eq!(stage.rows(&format!("SELECT * FROM t AS OF TIMESTAMP {}", at[0]))?, ["1 | 1"]);
    assert_eq!(stage.rows(&format!("SELECT * FROM t AS OF TIMESTAMP {}", at[1]))?, ["1 | 1 | 5"]);
    assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 5"]);
    Ok(())
}

#[test]
fn pragmas_about_the_schema_show_that_of_the_moment() -> Result<()> {
    let (mut stage, at) = told(&[
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a); CREATE INDEX by_a ON t (a); CREATE TABLE old (x REFERENCES t)",
        "ALTER TABLE t ADD COLUMN b; DROP INDEX by_a; CREATE INDEX by_b ON t (b); DROP TABLE old",
    ])?;
    let shown = |stage: &mut Stage| -> Result<Vec<Vec<String>>> {
        [
            "PRAGMA table_info(t)",
            "SELECT name FROM pragma_table_info('t')",
            "PRAGMA index_list(t)",
            "SELECT name FROM pragma_index_list('t')",
            "PRAGMA index_info(by_a)",
            "PRAGMA foreign_key_list(old)",
            "SELECT name FROM pragma_table_list WHERE name NOT LIKE 'sqlite%' ORDER BY name",
        ]
        .iter()
        .map(|sql| stage.rows(sql))
        .collect()
    };
    stage.rows(&format!("PRAGMA as_of = '{}'", at[0]))?;
    let then = shown(&mut stage)?;
    stage.rows("PRAGMA as_of = ''")?;
    let now = shown(&mut stage)?;
    assert_eq!((then[0].len(), now[0].len()), (2, 3));
    assert_eq!(
        (&then[1][..], &now[1][..]),
        (&["'k'".into(), "'a'".into()][..], &["'k'".into(), "'a'".into(), "'b'".into()][..])
    );
    assert_eq!(then[2], ["0 | 'by_a' | 0 | 'c' | 0"]);
    assert_eq!((&then[3], &now[3]), (&vec!["'by_a'".into()], &vec!["'by_b'".into()]));
    assert_eq!((then[4].len(), now[4].len()), (1, 0));
    assert_eq!((then[5].len(), now[5].len()), (1, 0));
    assert_eq!((&then[6], &now[6]), (&vec!["'old'".into(), "'t'".into()], &vec!["'t'".into()]));
    Ok(())
}

#[test]
fn what_is_not_in_main_has_no_past_and_is_not_read_from_there() -> TestResult {
    let file = tempfile::tempdir()?;
    let path = file.path().join("other.db");
    // The first tables of both files lie in spaces of one number.
    let other = helios::Database::open(&path)?.connect()?;
    other.execute_batch("CREATE TABLE other (a); INSERT INTO other VALUES ('other')")?;
    drop(other);
    let main = helios::Database::open_in_memory()?.connect()?;
    main.execute_batch(
        "CREATE TABLE own (a); INSERT INTO own VALUES ('own'); ALTER TABLE own ADD SYSTEM VERSIONING",
    )?;
    main.execute_batch(&format!("ATTACH '{}' AS o; CREATE TEMP TABLE scratch (a)", path.display()))?;
    main.execute_batch("INSERT INTO scratch VALUES (1); CREATE TEMP VIEW look AS SELECT a FROM own")?;
    for sql in [
        "SELECT a FROM o.other AS OF TIMESTAMP '2999-01-01'",
        "SELECT a FROM other AS OF TIMESTAMP '2999-01-01'",
        "SELECT own.a FROM own, o.other WHERE 1 AS OF TIMESTAMP '2999-01-01'",
        "SELECT a FROM scratch AS OF TIMESTAMP '2999-01-01'",
        "SELECT a FROM temp.scratch WHERE 1 AS OF TIMESTAMP '2999-01-01'",
    ] {
        let error = main.execute_batch(sql).expect_err(sql);
        assert!(error.message().ends_with("keeps no history"), "{sql}: {error}");
    }
    let kept = main.execute_batch("ALTER TABLE scratch ADD SYSTEM VERSIONING").expect_err("kept");
    assert_eq!(kept.message(), "cannot keep a history of temporary table \"scratch\"");
    let sql = "SELECT own.a || other.a || scratch.a FROM own AS OF TIMESTAMP '2999-01-01', o.other, scratch";
    let found: String = main.query_row(sql, (), |row| row.get(0))?;
    assert_eq!(found, "ownother1");
    let found: String =
        main.query_row("SELECT a FROM look AS OF TIMESTAMP '2999-01-01'", (), |row| row.get(0))?;
    assert_eq!(found, "own");
    Ok(())
}
