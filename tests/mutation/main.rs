//! Inputs that are almost right: what reads bytes of users and of files answers each with a value or an error, and never
//! with a panic, an endless loop or the end of the process.
//!
//! In: the statements of `tests/sql/scripts`, and records, keys, settings and copies of databases that are made here. Each is
//! changed at random places. `HELIOS_SEED=n` begins with another seed; `HELIOS_EXTENDED=1` tries fifty times as many.

mod mutate;

use std::panic::{AssertUnwindSafe, catch_unwind};

use helios::{Config, Connection, Database};
use helios_core::ValueRef;
use helios_core::encoding::key::{self, Order};
use helios_core::encoding::{record, varint};
use helios_core::value::Collation;
use helios_core::versioned::Key;
use helios_sql::parse::{Dialect, parse_statement_of};
use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use mutate::mutate;

/// Gives so many changed inputs of a corpus to `read`, and tells which one makes it panic.
fn try_all(count: usize, corpus: &[Vec<u8>], mut read: impl FnMut(&[u8])) -> TestResult {
    with_seed(|numbers: &mut Numbers| {
        for _ in 0..repeats(count, count * 50) {
            let (input, other) = (numbers.pick(corpus).clone(), numbers.pick(corpus).clone());
            let changed = mutate(&input, &other, numbers);
            if catch_unwind(AssertUnwindSafe(|| read(&changed))).is_err() {
                return Err(format!("a panic at {:?}", String::from_utf8_lossy(&changed)).into());
            }
        }
        Ok(())
    })
}

/// The statements of the scripts that run beside SQLite.
fn statements() -> TestResult<Vec<Vec<u8>>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/scripts");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let mut statements = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path)?;
        let lines = text.lines().filter(|line| !line.starts_with("--") && (8..600).contains(&line.len()));
        statements.extend(lines.map(|line| line.as_bytes().to_vec()));
    }
    Ok(statements)
}

#[test]
fn changed_statements_are_parsed_or_refused_in_both_dialects() -> TestResult {
    try_all(12_000, &statements()?, |input| {
        let text = String::from_utf8_lossy(input);
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            if let Ok(Some(parsed)) = parse_statement_of(&text, dialect) {
                drop(parsed);
            }
        }
    })
}

/// Parsed, bound and planned, on tables of the names that the scripts use; nothing is run.
#[test]
fn changed_statements_are_prepared_or_refused() -> TestResult {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b, c TEXT COLLATE NOCASE, d REAL); CREATE INDEX i ON t (b, c);
         CREATE TABLE u (a UNIQUE, b CHECK (b > 0), c); CREATE VIEW v AS SELECT a, max(b) AS b FROM t GROUP BY a;
         CREATE TABLE log (n INTEGER PRIMARY KEY, what, old, new); CREATE VIRTUAL TABLE f USING fts5(a, b);
         CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log (what, new) VALUES ('ai', NEW.a); END;
         INSERT INTO t VALUES (1, 2, 'three', 4.0), (2, NULL, 'x', 0)",
    )?;
    try_all(4000, &statements()?, |input| {
        drop(connection.prepare(&String::from_utf8_lossy(input)));
    })?;
    let rows: i64 = connection.query_row("SELECT count(*) FROM t", (), |row| row.get(0))?;
    assert_eq!(rows, 2);
    Ok(())
}

#[test]
fn changed_queries_of_words_json_and_vectors_are_answered_or_refused() -> TestResult {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(
        "CREATE VIRTUAL TABLE f USING fts5(a, b); INSERT INTO f VALUES ('one two three', 'two')",
    )?;
    let corpus = [
        "one AND (two OR b: three*) NOT \"four five\"",
        "NEAR(one two, 3) ^ one",
        "{a b} : x + y",
        "- a : one",
        "{\"a\": [1, 2.5e3, null, {\"b\": \"\\u00e9\\n\"}], \"c\": true}",
        "[1,[2,[3,[]]],{\"x\":{}}]",
        "$.a[1].b",
        "$[#-1]",
        "[0.5, -1e3, 2]",
        "{a:1,'b':0x1F,/* c */ d:+Infinity,}",
        "2024-02-29 12:30:45.678+01:00",
    ];
    let corpus: Vec<Vec<u8>> = corpus.map(|text| text.as_bytes().to_vec()).to_vec();
    let calls = [
        "SELECT count(*) FROM f WHERE f MATCH ?1",
        "SELECT json(?1), json_type(?1)",
        "SELECT json_extract('{\"a\":[1]}', ?1)",
        "SELECT json_set('{\"a\":[1]}', ?1, 2)",
        "SELECT count(*) FROM json_tree(?1)",
        "SELECT jsonb(?1)",
        "SELECT datetime(?1), julianday(?1)",
        "SELECT printf(?1, 1, 'a', 2.5)",
        "SELECT 'text' LIKE ?1, 'text' GLOB ?1",
        "SELECT CAST(?1 AS INTEGER), CAST(?1 AS REAL)",
        "SELECT json(CAST(?1 AS BLOB))",
        "SELECT strftime(?1, 0)",
    ];
    let mut at = 0;
    try_all(6000, &corpus, |input| {
        at = (at + 1) % calls.len();
        let text = String::from_utf8_lossy(input).into_owned();
        let _ = connection.query(calls[at], [text], |row| Ok(row.get_ref(0)?.is_null()));
    })
}

#[test]
fn changed_records_and_keys_are_read_or_corrupt() -> TestResult {
    let values = [
        ValueRef::Null,
        ValueRef::Integer(0),
        ValueRef::Integer(-70_000),
        ValueRef::Integer(i64::MAX),
        ValueRef::Real(-0.5),
        ValueRef::Real(1e300),
        ValueRef::Text(b"text\0with"),
        ValueRef::Blob(&[0, 255, 0, 1]),
    ];
    let mut corpus = Vec::new();
    for (layout, from) in [(0, 0), (7, 2), (70_000, 5)] {
        let mut bytes = Vec::new();
        record::write(layout, values[from..].iter().copied(), &mut bytes);
        corpus.push(bytes);
        for order in [Order::Ascending, Order::Descending] {
            let mut bytes = Vec::new();
            values[from..]
                .iter()
                .for_each(|value| key::write_value(*value, &Collation::Binary, order, &mut bytes));
            corpus.push(bytes);
        }
        let mut bytes = Vec::new();
        [i64::MIN, -1, 0, 300].iter().for_each(|rowid| key::write_rowid(*rowid, &mut bytes));
        varint::write(1 << (layout % 60), &mut bytes);
        corpus.push(bytes);
    }
    corpus.push(Key::Format.to_bytes());
    try_all(20_000, &corpus, |input| {
        if let Ok(mut record) = record::Record::open(input) {
            let _ = record.visit(&[0, 2, 5], |_, value| drop(value.to_value()));
            while let Ok(Some(_)) = record.next_value() {}
        }
        for order in [Order::Ascending, Order::Descending] {
            let mut rest = input;
            while !rest.is_empty() && key::read_value(&mut rest, order).is_ok() {}
            let mut rest = input;
            while !rest.is_empty() && key::skip_value(&mut rest, order).is_ok() {}
        }
        let mut rest = input;
        while !rest.is_empty() && key::read_rowid(&mut rest).is_ok() {}
        let mut rest = input;
        while !rest.is_empty() && varint::read(&mut rest).is_ok() {}
        let _ =
            (Key::read_user(input), Key::read_pair(input), Key::read_rowids(input), Key::read_space(input));
        let _ = (Key::read_commit(input), Key::read_branch(input), Key::read_history_since(input));
    })
}

#[test]
fn changed_settings_are_read_or_refused() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("helios.toml");
    let corpus = [
        "[storage]\nbackend = \"redb\"\ncache_mb = 64\n[storage.redb]\nprocesses = \"one\"\n",
        "[sql]\nmemory_mb = 5\n",
    ];
    let corpus: Vec<Vec<u8>> = corpus.map(|text| text.as_bytes().to_vec()).to_vec();
    try_all(1500, &corpus, |input| {
        if std::fs::write(&path, input).is_ok() {
            let _ = (Config::loader().file(&path).load(), helios::config::check_file(&path));
        }
    })
}

#[test]
fn changed_copies_of_a_database_are_read_or_refused() -> TestResult {
    let original = Connection::open_in_memory()?;
    original.execute_batch(
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT UNIQUE); INSERT INTO t VALUES (1, 'one'), (2, 'two');
         CREATE BRANCH side; CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('some words')",
    )?;
    let corpus = [original.database().serialize()?];
    try_all(300, &corpus, |input| {
        let Ok(database) = Database::deserialize(input, &Config::default()) else { return };
        let Ok(connection) = database.connect() else { return };
        for sql in [
            "SELECT * FROM t ORDER BY b",
            "SELECT * FROM f('words')",
            "PRAGMA integrity_check",
            "DELETE FROM t",
        ] {
            let _ = connection.execute_batch(sql);
        }
    })
}
