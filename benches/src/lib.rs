//! What the benches share: the data, and the two engines behind one small interface.
//!
//! In: a number of rows. Out: a table `t` of people with a score and a city, as `shared/perf` has it: names unique and
//! in no order, 100 cities. Every row follows from a seed, so both engines hold the same.

use std::time::Duration;

use criterion::Criterion;
use helios_testkit::seed::Numbers;
use tempfile::TempDir;

/// What `t` is made with.
pub const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, score REAL, city TEXT)";

/// What a row of `t` is put in with.
pub const INSERT: &str = "INSERT INTO t (id, name, score, city) VALUES (?, ?, ?, ?)";

/// How many rows the table has: what `HELIOS_ROWS` says, a million without it.
pub fn rows() -> usize {
    std::env::var("HELIOS_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000)
}

/// How long each case is measured.
pub fn settings() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
}

/// A row of `t`.
#[derive(Clone, Debug)]
pub struct Person {
    /// Counts up from 1.
    pub id: i64,
    /// Different for each row.
    pub name: String,
    /// From 0 to a million.
    pub score: f64,
    /// One of 100, some far more often than others.
    pub city: String,
}

/// The rows of `t`, the same ones for the same number.
pub fn people(rows: usize) -> Vec<Person> {
    let mut numbers = Numbers::new(42);
    let mut person = |id: i64| {
        let shuffled = id * 7919 % 1_000_003;
        let (one, other) = (numbers.below(100), numbers.below(100));
        Person {
            id,
            name: format!("name {:02} {shuffled:07}", numbers.below(32)),
            score: numbers.below(1_000_000_000) as f64 / 1e3,
            city: format!("city_{:02}", one.min(other)),
        }
    };
    (1..=rows as i64).map(&mut person).collect()
}

/// A database of helios in a directory of its own.
#[derive(Debug)]
pub struct Helios {
    /// A connection to it.
    pub connection: helios::Connection,
    _directory: TempDir,
}

/// A database of SQLite in a directory of its own.
#[derive(Debug)]
pub struct Sqlite {
    /// A connection to it.
    pub connection: rusqlite::Connection,
    _directory: TempDir,
}

impl Helios {
    /// A new database with an empty table `t`. `processes` is the option of that name of the driver redb.
    ///
    /// # Panics
    /// If it cannot be made: a bench has no other use for the error.
    pub fn new(processes: &str) -> Helios {
        Helios::with(&[("storage.redb.processes", processes)])
    }

    /// A new database with an empty table `t` under some settings.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn with(settings: &[(&str, &str)]) -> Helios {
        let directory = tempfile::tempdir().expect("a directory for the bench");
        let loader = settings
            .iter()
            .fold(helios::Config::loader(), |loader, (key, value)| loader.argument(key, *value));
        let config = loader.load().expect("valid settings");
        let path = directory.path().join("helios.db");
        let database = helios::Database::open_with(path, &config).expect("a new database");
        let connection = database.connect().expect("a connection");
        connection.execute_batch(TABLE).expect("a new table");
        Helios { connection, _directory: directory }
    }

    /// Puts `people` into `t` in one transaction.
    ///
    /// # Panics
    /// If that fails.
    pub fn load(&self, people: &[Person]) {
        self.connection.execute_batch("BEGIN").expect("a transaction");
        let mut insert = self.connection.prepare(INSERT).expect("a valid statement");
        for person in people {
            insert
                .execute(helios::params![person.id, person.name.as_str(), person.score, person.city.as_str()])
                .expect("a new row");
        }
        drop(insert);
        self.connection.execute_batch("COMMIT").expect("a durable commit");
    }
}

impl Sqlite {
    /// A new database with an empty table `t`, with SQLite's default journal and all else that it does unasked.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn new() -> Sqlite {
        let directory = tempfile::tempdir().expect("a directory for the bench");
        let connection =
            rusqlite::Connection::open(directory.path().join("sqlite.db")).expect("a new database");
        connection.execute_batch(TABLE).expect("a new table");
        Sqlite { connection, _directory: directory }
    }

    /// Puts `people` into `t` in one transaction.
    ///
    /// # Panics
    /// If that fails.
    pub fn load(&self, people: &[Person]) {
        self.connection.execute_batch("BEGIN").expect("a transaction");
        let mut insert = self.connection.prepare(INSERT).expect("a valid statement");
        for person in people {
            insert
                .execute(rusqlite::params![person.id, person.name, person.score, person.city])
                .expect("a new row");
        }
        drop(insert);
        self.connection.execute_batch("COMMIT").expect("a durable commit");
    }
}

impl Default for Sqlite {
    fn default() -> Sqlite {
        Sqlite::new()
    }
}
