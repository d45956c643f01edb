//! What reads bytes of users and of files, each as a function of one input; and inputs that are right, to begin with.
//!
//! In: any bytes. Out: nothing, and never a panic, an endless loop or the end of the process. `tests/mutation` changes the
//! inputs at random places, `fuzz/` looks for new ones by what of the program they reach.

use std::path::Path;

use helios::{Config, Connection, Database};
use helios_core::ValueRef;
use helios_core::encoding::key::{self, Order};
use helios_core::encoding::{record, varint};
use helios_core::value::Collation;
use helios_core::versioned::Key;
use helios_sql::parse::{Dialect, parse_statement_of};
use tempfile::TempDir;

/// Inputs that are right.
pub type Corpus = Vec<Vec<u8>>;

/// The statements of the scripts that run beside SQLite; `scripts` is their folder.
///
/// # Errors
/// They cannot be read.
pub fn statements(scripts: &Path) -> std::io::Result<Corpus> {
    let mut paths: Vec<_> =
        std::fs::read_dir(scripts)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let mut statements = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path)?;
        let lines = text.lines().filter(|line| !line.starts_with("--") && (8..600).contains(&line.len()));
        statements.extend(lines.map(|line| line.as_bytes().to_vec()));
    }
    Ok(statements)
}

/// Parses a statement in both dialects.
pub fn parse(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        if let Ok(Some(parsed)) = parse_statement_of(&text, dialect) {
            drop(parsed);
        }
    }
}

/// Parses, binds and plans statements, on tables of the names that the scripts use; nothing is run.
#[derive(Debug)]
pub struct Preparing(Connection);

impl Preparing {
    /// Makes the tables.
    ///
    /// # Errors
    /// They cannot be made.
    pub fn new() -> helios::Result<Preparing> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE t (a INTEGER PRIMARY KEY, b, c TEXT COLLATE NOCASE, d REAL); CREATE INDEX i ON t (b, c);
             CREATE TABLE u (a UNIQUE, b CHECK (b > 0), c); CREATE VIEW v AS SELECT a, max(b) AS b FROM t GROUP BY a;
             CREATE TABLE log (n INTEGER PRIMARY KEY, what, old, new); CREATE VIRTUAL TABLE f USING fts5(a, b);
             CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log (what, new) VALUES ('ai', NEW.a); END;
             INSERT INTO t VALUES (1, 2, 'three', 4.0), (2, NULL, 'x', 0)",
        )?;
        Ok(Preparing(connection))
    }

    /// Reads one input.
    pub fn read(&self, input: &[u8]) {
        drop(self.0.prepare(&String::from_utf8_lossy(input)));
    }

    /// The number of rows that were there from the beginning.
    ///
    /// # Errors
    /// They cannot be counted.
    pub fn rows(&self) -> helios::Result<i64> {
        self.0.query_row("SELECT count(*) FROM t", (), |row| row.get(0))
    }
}

/// Gives texts to the small languages in SQL: queries of words, JSON and its paths, times, patterns, formats.
#[derive(Debug)]
pub struct Answering {
    connection: Connection,
    next: usize,
}

/// What is asked with a text.
const QUESTIONS: &[&str] = &[
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

impl Answering {
    /// Makes what is asked.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new() -> helios::Result<Answering> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE VIRTUAL TABLE f USING fts5(a, b); INSERT INTO f VALUES ('one two three', 'two')",
        )?;
        Ok(Answering { connection, next: 0 })
    }

    /// Reads one input by the next of the languages.
    pub fn read_by_next(&mut self, input: &[u8]) {
        self.next = (self.next + 1) % QUESTIONS.len();
        self.ask(QUESTIONS[self.next], input);
    }

    /// Reads one input by all of them.
    pub fn read(&self, input: &[u8]) {
        QUESTIONS.iter().for_each(|question| self.ask(question, input));
    }

    fn ask(&self, question: &str, input: &[u8]) {
        let text = String::from_utf8_lossy(input).into_owned();
        let _ = self.connection.query(question, [text], |row| Ok(row.get_ref(0)?.is_null()));
    }
}

/// Texts of these languages.
pub fn texts() -> Corpus {
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
    corpus.map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Records and keys.
pub fn records_and_keys() -> Corpus {
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
    corpus
}

/// Reads a record or a key.
pub fn read_record_or_key(input: &[u8]) {
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
    let _ = (Key::read_user(input), Key::read_pair(input), Key::read_rowids(input), Key::read_space(input));
    let _ = (Key::read_commit(input), Key::read_branch(input), Key::read_history_since(input));
}

/// Reads settings from a file.
#[derive(Debug)]
pub struct Setting(TempDir);

impl Setting {
    /// Makes the folder of the file.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new() -> std::io::Result<Setting> {
        tempfile::tempdir().map(Setting)
    }

    /// Reads one input.
    pub fn read(&self, input: &[u8]) {
        let path = self.0.path().join("helios.toml");
        if std::fs::write(&path, input).is_ok() {
            let _ = (Config::loader().file(&path).load(), helios::config::check_file(&path));
        }
    }
}

/// Settings.
pub fn settings() -> Corpus {
    let corpus = [
        "[storage]\nbackend = \"redb\"\ncache_mb = 64\n[storage.redb]\nprocesses = \"one\"\n",
        "[sql]\nmemory_mb = 5\n",
    ];
    corpus.map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Copies of a database.
///
/// # Errors
/// None can be made.
pub fn databases() -> helios::Result<Corpus> {
    let original = Connection::open_in_memory()?;
    original.execute_batch(
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT UNIQUE); INSERT INTO t VALUES (1, 'one'), (2, 'two');
         CREATE BRANCH side; CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('some words')",
    )?;
    Ok(vec![original.database().serialize()?])
}

/// Reads a copy of a database, and writes to it.
pub fn read_database(input: &[u8]) {
    let Ok(database) = Database::deserialize(input, &Config::default()) else { return };
    let Ok(connection) = database.connect() else { return };
    for sql in
        ["SELECT * FROM t ORDER BY b", "SELECT * FROM f('words')", "PRAGMA integrity_check", "DELETE FROM t"]
    {
        let _ = connection.execute_batch(sql);
    }
}
