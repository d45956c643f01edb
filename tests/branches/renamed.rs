//! Merges where tables were renamed, also into the names of others: a table is itself under every name.

use std::collections::BTreeMap;

use helios_core::Result;
use helios_sql::session::{OnConflict, Session};
use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::engine::{one, run};

use crate::stage::Stage;

const BASE: &str = "CREATE TABLE t (k INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES (1, 't', 1);
    CREATE TABLE u (k INTEGER PRIMARY KEY, a, b); INSERT INTO u VALUES (1, 'u', 1)";
const SWAP: &str = "ALTER TABLE t RENAME TO x; ALTER TABLE u RENAME TO t; ALTER TABLE x RENAME TO u";

#[test]
fn rows_follow_their_table_when_two_exchange_their_names() -> Result<()> {
    let mut stage = Stage::new(BASE)?;
    stage.branch("side", SWAP)?;
    stage.rows("INSERT INTO t VALUES (2, 't', 2); UPDATE u SET b = 9")?;
    stage.merge("side")?;
    assert_eq!(stage.rows("SELECT * FROM u")?, ["1 | 't' | 1", "2 | 't' | 2"]);
    assert_eq!(stage.rows("SELECT * FROM t")?, ["1 | 'u' | 9"]);
    stage.check()
}

#[test]
fn an_index_goes_with_its_table_and_not_with_the_name() -> Result<()> {
    for (of_side, of_main) in
        [(SWAP, "CREATE UNIQUE INDEX i ON t (a)"), ("CREATE UNIQUE INDEX i ON t (a)", SWAP)]
    {
        let mut stage = Stage::new(BASE)?;
        let mut side = stage.branch("side", of_side)?;
        stage.rows(of_main)?;
        stage.merge("side")?;
        stage.check()?;
        let found = stage.rows("SELECT tbl_name, sql FROM sqlite_schema WHERE name = 'i'")?;
        assert_eq!(found, ["'u' | 'CREATE UNIQUE INDEX i ON \"u\" (a)'"]);
        let refused = stage.rows("INSERT INTO u VALUES (2, 't', 2)").unwrap_err();
        assert_eq!(refused.message(), "UNIQUE constraint failed: u.a");
        stage.rows("INSERT INTO t VALUES (2, 'u', 2)")?;
        side.merge_branch("main", None, OnConflict::Abort)?;
        assert_eq!(run(&mut side, "SELECT count(*) FROM t WHERE a = 'u'")?, ["2"]);
    }
    Ok(())
}

#[test]
fn no_decision_about_a_name_takes_a_table_that_nobody_dropped() -> Result<()> {
    for decision in [OnConflict::Ours, OnConflict::Theirs] {
        let mut stage = Stage::new(BASE)?;
        stage.branch("side", "DROP TABLE u; ALTER TABLE t RENAME TO u")?;
        stage.rows("UPDATE u SET b = 9")?;
        stage.refused("side");
        stage.main.merge_branch("side", None, decision)?;
        let (sql, expected) = match decision {
            OnConflict::Ours => ("SELECT a, b FROM t UNION SELECT a, b FROM u", ["'t' | 1", "'u' | 9"]),
            _ => ("SELECT a FROM u UNION SELECT name FROM sqlite_schema", ["'t'", "'u'"]),
        };
        assert_eq!(stage.rows(sql)?, expected, "{decision:?}");
        stage.check()?;
    }
    Ok(())
}

/// What a session has: for each table, known by its first row, its name, and how many rows it has.
fn tables(session: &mut Session) -> Result<BTreeMap<String, (String, usize)>> {
    let mut found = BTreeMap::new();
    for name in run(session, "SELECT name FROM sqlite_schema WHERE type = 'table'")? {
        let name = name.trim_matches('\'').to_owned();
        let rows = run(session, &format!("SELECT a FROM {name} ORDER BY k"))?;
        found.insert(rows[0].clone(), (name, rows.len()));
    }
    Ok(found)
}

/// All that a session shows.
fn shown(session: &mut Session) -> Result<Vec<String>> {
    let mut all = run(session, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")?;
    for name in run(session, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")? {
        all.extend(run(session, &format!("SELECT * FROM {} ORDER BY k", name.trim_matches('\'')))?);
    }
    Ok(all)
}

/// Some changes of definitions and rows; the row 1 of each table stays. Tables come and go if they may.
fn change(session: &mut Session, may_go: bool, numbers: &mut Numbers) -> Result<Vec<String>> {
    const NAMES: [&str; 5] = ["t", "u", "v", "w", "x"];
    let mut done = Vec::new();
    for _ in 0..1 + numbers.below(5) {
        let (one, other) = (*numbers.pick(&NAMES), *numbers.pick(&NAMES));
        let (key, number) = (2 + numbers.below(3), numbers.below(4));
        let sql = match numbers.below(12) {
            0..5 => format!("ALTER TABLE {one} RENAME TO {other}"),
            5 if may_go => format!("DROP TABLE {one}"),
            6 => format!("CREATE INDEX i{number} ON {one} (a)"),
            7 => format!("DROP INDEX i{number}"),
            8 if may_go => format!(
                "CREATE TABLE {one} (k INTEGER PRIMARY KEY, a UNIQUE, b); INSERT INTO {one} VALUES (1, hex(randomblob(8)), 0)"
            ),
            9 => format!("UPDATE {one} SET b = b + {number} WHERE k >= {key}"),
            10 => format!("CREATE TRIGGER g{number} AFTER DELETE ON {one} BEGIN SELECT 1; END"),
            _ => format!("INSERT INTO {one} VALUES ({key}, '{one}{number}', {number})"),
        };
        if run(session, &sql).is_ok() {
            done.push(sql);
        }
    }
    Ok(done)
}

fn merge_of_renamed_tables(numbers: &mut Numbers) -> TestResult {
    let mut stage = Stage::new(&format!(
        "{BASE}; CREATE TABLE v (k INTEGER PRIMARY KEY, a UNIQUE, b); INSERT INTO v VALUES (1, 'v', 1);
         CREATE INDEX i0 ON t (a); CREATE INDEX i1 ON u (b)"
    ))?;
    let mut side = stage.branch("side", "")?;
    let mut story = Vec::new();
    // A table that came back by a decision, or was made on both sides, is known by its name in later merges.
    let rounds = 1 + numbers.below(3);
    for _ in 0..rounds {
        story.push(format!("side {:?}", change(&mut side, rounds == 1, numbers)?));
        story.push(format!("main {:?}", change(&mut stage.main, rounds == 1, numbers)?));
        let (ours, theirs) = (tables(&mut stage.main)?, tables(&mut side)?);
        let before = shown(&mut stage.main)?;
        let decision = *numbers.pick(&[OnConflict::Abort, OnConflict::Ours, OnConflict::Theirs]);
        story.push(format!("{decision:?}"));
        let told = |what: &str| format!("{what}: {story:#?}");
        let merged = stage.main.merge_branch("side", None, decision);
        assert_eq!(one(&mut stage.main, "PRAGMA integrity_check")?, "'ok'", "{}", told("whole"));
        if let Err(error) = merged {
            assert!(error.message().starts_with("merge of side refused"), "{}", told(&error.to_string()));
            assert_eq!(shown(&mut stage.main)?, before, "{}", told("nothing has changed"));
            return Ok(());
        }
        let after = tables(&mut stage.main)?;
        for table in ours.keys().filter(|table| theirs.contains_key(*table)) {
            assert!(after.contains_key(table), "{}", told(&format!("{table} is gone")));
        }
        let lost = "SELECT name FROM sqlite_schema AS s WHERE NOT EXISTS
            (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = s.tbl_name)";
        assert_eq!(run(&mut stage.main, lost)?, [""; 0], "{}", told("of no table"));
        side.merge_branch("main", None, OnConflict::Abort).map_err(|error| told(&error.to_string()))?;
        assert_eq!(shown(&mut side)?, shown(&mut stage.main)?, "{}", told("merged back"));
        assert_eq!(one(&mut side, "PRAGMA integrity_check")?, "'ok'", "{}", told("merged back"));
    }
    Ok(())
}

#[test]
fn tables_renamed_at_random_stay_themselves_and_whole() -> TestResult {
    with_seed(|numbers| {
        (0..repeats(150, 5000)).try_for_each(|number| {
            merge_of_renamed_tables(&mut numbers.fork())
                .map_err(|error| format!("program {number}: {error}").into())
        })
    })
}
