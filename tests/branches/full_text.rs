//! Full-text search on branches, after merges, and at moments of the past.
//!
//! The oracle is the texts themselves: a word is found in the rows whose text has it, and nowhere else.

use helios_core::Result;
use helios_sql::session::{OnConflict, Session};
use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::engine::run;

use crate::stage::Stage;

const WORDS: [&str; 12] =
    ["red", "green", "blue", "cat", "dog", "bird", "house", "tree", "river", "one", "two", "three"];

/// Tables of FTS5 and FTS4 that hold their texts, and such whose texts are in another table or in a view, kept in step by
/// triggers.
const TABLES: &str = "CREATE VIRTUAL TABLE own USING fts5(a, b, prefix=2);
    CREATE TABLE note (id INTEGER PRIMARY KEY, a TEXT, b TEXT);
    CREATE VIRTUAL TABLE found USING fts5(a, b, content=note, content_rowid=id);
    CREATE TRIGGER added AFTER INSERT ON note BEGIN
        INSERT INTO found(rowid, a, b) VALUES (new.id, new.a, new.b); END;
    CREATE TRIGGER gone AFTER DELETE ON note BEGIN
        INSERT INTO found(found, rowid, a, b) VALUES ('delete', old.id, old.a, old.b); END;
    CREATE TRIGGER changed AFTER UPDATE ON note BEGIN
        INSERT INTO found(found, rowid, a, b) VALUES ('delete', old.id, old.a, old.b);
        INSERT INTO found(rowid, a, b) VALUES (new.id, new.a, new.b); END;
    CREATE VIRTUAL TABLE old USING fts4(a, b, prefix='2');
    CREATE VIRTUAL TABLE old_found USING fts4(content=note, a, b);
    CREATE TRIGGER old_gone BEFORE DELETE ON note BEGIN DELETE FROM old_found WHERE docid = old.id; END;
    CREATE TRIGGER old_changing BEFORE UPDATE ON note BEGIN DELETE FROM old_found WHERE docid = old.id; END;
    CREATE TRIGGER old_added AFTER INSERT ON note BEGIN
        INSERT INTO old_found(docid, a, b) VALUES (new.id, new.a, new.b); END;
    CREATE TRIGGER old_changed AFTER UPDATE ON note BEGIN
        INSERT INTO old_found(docid, a, b) VALUES (new.id, new.a, new.b); END;
    CREATE VIEW shown AS SELECT id AS number, a || ' ' || b AS body FROM note;
    CREATE VIRTUAL TABLE seen USING fts5(body, content=shown, content_rowid=number);
    CREATE TRIGGER seen_added AFTER INSERT ON note BEGIN
        INSERT INTO seen(rowid, body) VALUES (new.id, new.a || ' ' || new.b); END;
    CREATE TRIGGER seen_gone AFTER DELETE ON note BEGIN
        INSERT INTO seen(seen, rowid, body) VALUES ('delete', old.id, old.a || ' ' || old.b); END;
    CREATE TRIGGER seen_changed AFTER UPDATE ON note BEGIN
        INSERT INTO seen(seen, rowid, body) VALUES ('delete', old.id, old.a || ' ' || old.b);
        INSERT INTO seen(rowid, body) VALUES (new.id, new.a || ' ' || new.b); END;";

/// Each with what tells the texts that have to be found in it.
const PAIRS: [(&str, &str); 5] =
    [("own", "own"), ("old", "old"), ("found", "note"), ("old_found", "note"), ("seen", "note")];

fn text(numbers: &mut Numbers) -> String {
    let words: Vec<&str> = (0..numbers.below(6) + 1).map(|_| *numbers.pick(&WORDS)).collect();
    words.join(" ")
}

/// A change of all tables.
fn change(session: &mut Session, numbers: &mut Numbers) -> Result<()> {
    let id = numbers.below(30) + 1;
    let (a, b) = (text(numbers), text(numbers));
    let sql = match numbers.below(5) {
        0 => format!("DELETE FROM {{}} WHERE rowid = {id}"),
        1 => format!("UPDATE {{}} SET a = '{a}' WHERE rowid = {id}"),
        2 => format!("UPDATE {{}} SET b = '{b}' WHERE rowid = {id}"),
        _ => format!(
            "DELETE FROM {{}} WHERE rowid = {id}; INSERT INTO {{}}(rowid, a, b) VALUES ({id}, '{a}', '{b}')"
        ),
    };
    let all: Vec<String> = ["own", "note", "old"].iter().map(|table| sql.replace("{}", table)).collect();
    run(session, &format!("BEGIN; {}; COMMIT", all.join("; "))).map(drop)
}

/// What is found for each word, by all tables, at a moment that `when` says; of the view also the texts.
fn found(session: &mut Session, when: &str) -> Result<Vec<Vec<String>>> {
    let mut answers = Vec::new();
    for word in WORDS {
        for (table, _) in PAIRS {
            let columns = if table == "seen" { "rowid, body" } else { "rowid" };
            let sql =
                format!("SELECT {columns} FROM {table} {when} WHERE {table} MATCH '{word}' ORDER BY rowid");
            answers.push(run(session, &sql)?);
        }
    }
    Ok(answers)
}

/// What has to be found: the rows whose texts have the word.
fn expected(session: &mut Session) -> Result<Vec<Vec<String>>> {
    let mut answers = Vec::new();
    for word in WORDS {
        for (table, source) in PAIRS {
            let columns = if table == "seen" { "rowid, a || ' ' || b" } else { "rowid" };
            let texts = "' ' || a || ' ' || b || ' '";
            let sql =
                format!("SELECT {columns} FROM {source} WHERE {texts} LIKE '% {word} %' ORDER BY rowid");
            answers.push(run(session, &sql)?);
        }
    }
    Ok(answers)
}

fn check(session: &mut Session) -> Result<()> {
    assert_eq!(found(session, "")?, expected(session)?);
    for (table, _) in PAIRS {
        let (columns, values) = match table.starts_with("old") {
            true => (table.to_owned(), "'integrity-check'"),
            false => (format!("{table}, rank"), "'integrity-check', 1"),
        };
        run(session, &format!("INSERT INTO {table}({columns}) VALUES ({values})"))?;
    }
    Ok(())
}

#[test]
fn a_merge_finds_what_both_branches_wrote() -> TestResult {
    with_seed(|numbers| {
        let mut stage = Stage::new(TABLES)?;
        for _ in 0..20 {
            change(&mut stage.main, numbers)?;
        }
        for round in 0..repeats(8, 60) {
            let name = format!("branch{round}");
            let mut branch = stage.branch(&name, "")?;
            for _ in 0..numbers.below(8) {
                change(&mut branch, numbers)?;
            }
            for _ in 0..numbers.below(8) {
                change(&mut stage.main, numbers)?;
            }
            check(&mut branch)?;
            check(&mut stage.main)?;
            let decides = if numbers.one_in(2) { OnConflict::Ours } else { OnConflict::Theirs };
            stage.main.merge_branch(&name, None, decides)?;
            check(&mut stage.main)?;
            branch.merge_branch("main", None, decides)?;
            check(&mut branch)?;
        }
        Ok(())
    })
}

#[test]
fn two_documents_of_two_branches_are_no_conflict() -> Result<()> {
    let mut stage = Stage::new(TABLES)?;
    stage.branch(
        "other",
        "INSERT INTO own(rowid, a) VALUES (1, 'red cat'); INSERT INTO note VALUES (1, 'red cat', '')",
    )?;
    stage.rows(
        "INSERT INTO own(rowid, a) VALUES (2, 'blue cat'); INSERT INTO note VALUES (2, 'blue cat', '')",
    )?;
    stage.merge("other")?;
    for table in ["own", "found"] {
        assert_eq!(stage.rows(&format!("SELECT rowid FROM {table}('cat') ORDER BY rowid"))?, ["1", "2"]);
    }
    assert_eq!(stage.rows("SELECT count(*) FROM own_docsize")?, ["2"]);
    Ok(())
}

/// What a branch has taken in by a merge is in its own index, which is not the index of the target with its changes.
#[test]
fn a_branch_that_was_brought_up_is_merged_back_with_its_words() -> Result<()> {
    let mut stage = Stage::new("CREATE VIRTUAL TABLE t USING fts5(a)")?;
    for word in ["red", "green", "blue"] {
        stage.rows(&format!("INSERT INTO t VALUES ('{word} cat')"))?;
    }
    let mut other = stage.branch("other", "INSERT INTO t VALUES ('a cat there')")?;
    stage.rows("INSERT INTO t VALUES ('a cat here'); INSERT INTO t(t) VALUES ('optimize')")?;
    for round in 0..3 {
        other.merge_branch("main", None, OnConflict::Abort)?;
        run(
            &mut other,
            "INSERT INTO t(t) VALUES ('integrity-check'); INSERT INTO t VALUES ('one cat there')",
        )?;
        stage.merge("other")?;
        stage.rows("INSERT INTO t(t) VALUES ('integrity-check'); INSERT INTO t VALUES ('one cat here')")?;
        let cats = (7 + 2 * round).to_string();
        assert_eq!(stage.rows("SELECT count(*) FROM t('cat')")?, [cats]);
    }
    stage.check()
}

#[test]
fn what_has_no_texts_cannot_be_merged_with_another() -> Result<()> {
    let mut stage = Stage::new("CREATE VIRTUAL TABLE t USING fts5(a, content='')")?;
    stage.branch("other", "INSERT INTO t(rowid, a) VALUES (1, 'red cat')")?;
    stage.rows("INSERT INTO t(rowid, a) VALUES (2, 'blue cat')")?;
    assert!(stage.refused("other").conflicts.iter().any(|conflict| conflict.table == "t_data"));
    assert_eq!(stage.rows("SELECT rowid FROM t('cat')")?, ["2"]);
    Ok(())
}

#[test]
fn the_past_finds_what_was_there() -> TestResult {
    with_seed(|numbers| {
        let mut stage = Stage::new("")?;
        stage.database.keep_history()?;
        stage.rows(TABLES)?;
        let mut told = Vec::new();
        for _ in 0..12 {
            change(&mut stage.main, numbers)?;
            let micros = stage.database.engine().clock().now().0;
            let moment = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
            told.push((moment, expected(&mut stage.main)?));
        }
        let gone = "DROP TABLE own; DROP TABLE found; DROP TABLE old; DROP TABLE old_found; DROP TABLE seen; DROP VIEW shown; DROP TABLE note";
        stage.rows(gone)?;
        for (moment, expected) in &told {
            assert_eq!(found(&mut stage.main, &format!("AS OF {moment}"))?, *expected, "at {moment}");
            let whole = format!("SELECT rowid FROM own('cat') WHERE true AS OF {moment} ORDER BY rowid");
            let place = PAIRS.len() * WORDS.iter().position(|word| *word == "cat").unwrap_or_default();
            assert_eq!(stage.rows(&whole)?, expected[place]);
        }
        Ok(())
    })
}

#[test]
fn a_table_without_history_has_no_past_and_none_has_ranges() -> Result<()> {
    let mut stage = Stage::new("CREATE VIRTUAL TABLE t USING fts5(a); INSERT INTO t VALUES ('cat')")?;
    let mut fails = |sql: &str| stage.rows(sql).expect_err(sql).message().to_owned();
    let past = fails("SELECT * FROM t AS OF 1000 WHERE t MATCH 'cat'");
    assert!(past.contains("t_"), "{past}");
    assert_eq!(
        fails("SELECT * FROM t FOR SYSTEM_TIME ALL"),
        "virtual tables have moments and no ranges of time: t"
    );
    Ok(())
}

/// A moment at which there was no such table yet has no rows of it, whatever is asked.
#[test]
fn before_a_table_was_made_nothing_is_found() -> Result<()> {
    let mut stage = Stage::new("")?;
    stage.database.keep_history()?;
    stage.rows("CREATE TABLE plain (a)")?;
    let micros = stage.database.engine().clock().now().0;
    let moment = format!("AS OF {}.{:06}", micros / 1_000_000, micros % 1_000_000);
    stage.rows(
        "CREATE VIRTUAL TABLE t USING fts5(a); CREATE VIRTUAL TABLE old USING fts4(a);
         CREATE VIRTUAL TABLE box USING rtree(id, low, high);
         INSERT INTO t VALUES ('cat'); INSERT INTO old VALUES ('cat'); INSERT INTO box VALUES (1, 2, 3)",
    )?;
    let questions = [
        "SELECT rowid, a, rank FROM t WHEN WHERE t MATCH 'cat' ORDER BY rank",
        "SELECT highlight(t, 0, '<', '>') FROM t('cat') WHERE true WHEN",
        "SELECT docid, offsets(old) FROM old WHEN WHERE old MATCH 'cat'",
        "SELECT id FROM box WHEN WHERE low < 5",
        "SELECT * FROM t WHEN",
    ];
    for question in questions {
        assert_eq!(stage.rows(&question.replace("WHEN", ""))?.len(), 1, "{question}");
        assert_eq!(stage.rows(&question.replace("WHEN", &moment))?.len(), 0, "{question}");
    }
    Ok(())
}
