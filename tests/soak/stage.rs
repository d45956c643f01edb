//! The database that a program runs on: its settings, its tables, and what holds of them at every moment.

use std::path::Path;
use std::time::Duration;

use helios::config::EncryptionKey;
use helios::{Config, Connection, Database};
use helios_testkit::TestResult;
use helios_testkit::seed::Numbers;

/// Waiting that only a hanging program comes to the end of.
pub(crate) const LONG: Duration = Duration::from_secs(240);

/// So many accounts there are, each with [`MONEY`] at the beginning.
pub(crate) const ACCOUNTS: i64 = 40;
pub(crate) const MONEY: i64 = 1000;

/// The elements of a vector.
const ELEMENTS: usize = 8;

/// How a program runs.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) processes: usize,
    pub(crate) threads: usize,
    cipher: Option<&'static str>,
    pub(crate) index: &'static str,
    keeps_results: bool,
    memory_mb: i64,
    durability: &'static str,
}

impl Options {
    /// What a seed decides.
    pub(crate) fn of(seed: u64) -> Options {
        let mut numbers = Numbers::new(seed ^ 0x50_41_4b);
        Options {
            processes: 2 + numbers.below(2),
            threads: 2 + numbers.below(3),
            cipher: *numbers.pick(&[None, None, Some("aes-256-gcm"), Some("xchacha20-poly1305")]),
            index: ["hnsw", "hnsw", "flat"][numbers.below(3)],
            keeps_results: numbers.one_in(2),
            memory_mb: *numbers.pick(&[1, 256]),
            durability: ["full", "normal"][numbers.below(2)],
        }
    }
}

/// Opens the database.
pub(crate) fn open(path: &Path, options: &Options) -> helios::Result<Database> {
    let mut loader = Config::loader()
        .argument("storage.redb.processes", "many")
        .argument("storage.cache_mb", 4)
        .argument("storage.durability", options.durability)
        .argument("time_travel.enabled", true)
        .argument("cache.enabled", options.keeps_results)
        .argument("sql.memory_mb", options.memory_mb);
    if let Some(cipher) = options.cipher {
        loader = loader
            .argument("encryption.cipher", cipher)
            .argument("encryption.kdf_memory_mb", 1)
            .argument("encryption.kdf_passes", 1);
    }
    let mut config = loader.load()?;
    if options.cipher.is_some() {
        config.set_encryption_key(Some(EncryptionKey::of_text("a long secret")?));
    }
    Database::open_with(path, &config)
}

/// A connection to a branch that waits for long.
pub(crate) fn connect(database: &Database, branch: &str) -> helios::Result<Connection> {
    let connection = database.connect_to(branch)?;
    connection.busy_timeout(LONG)?;
    Ok(connection)
}

/// Makes the tables.
pub(crate) fn prepare(path: &Path, options: &Options) -> TestResult {
    let database = open(path, options)?;
    let connection = connect(&database, "main")?;
    let index = options.index;
    connection.execute_batch(&format!(
        "BEGIN;
         CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, last TEXT);
         CREATE TABLE entry (id INTEGER PRIMARY KEY, tag TEXT NOT NULL, source INTEGER NOT NULL,
            target INTEGER NOT NULL, amount INTEGER NOT NULL);
         CREATE INDEX by_tag ON entry (tag);
         CREATE INDEX by_source ON entry (source, amount);
         CREATE INDEX by_target ON entry (target);
         CREATE TABLE document (id INTEGER PRIMARY KEY, body TEXT NOT NULL, low INTEGER NOT NULL,
            high INTEGER NOT NULL, place VECTOR({ELEMENTS}) NOT NULL);
         CREATE INDEX near ON document USING {index} (place) WITH (metric = 'l2');
         CREATE VIRTUAL TABLE words USING fts5(body);
         CREATE VIRTUAL TABLE box USING rtree_i32(id, low, high);
         WITH RECURSIVE number (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM number WHERE n < {ACCOUNTS})
            INSERT INTO account SELECT n, {MONEY}, NULL FROM number;
         COMMIT"
    ))?;
    drop(connection);
    Ok(database.close()?)
}

/// The number that a query gives.
pub(crate) fn number(connection: &Connection, sql: &str) -> helios::Result<i64> {
    connection.query_row(sql, (), |row| row.get(0))
}

/// A text of a vector.
pub(crate) fn vector(numbers: &mut Numbers) -> String {
    let elements: Vec<_> = (0..ELEMENTS).map(|_| (numbers.below(2000) as i64 - 1000).to_string()).collect();
    format!("[{}]", elements.join(", "))
}

/// A word of the documents.
pub(crate) fn word(numbers: &mut Numbers) -> String {
    format!("w{}x", numbers.below(20))
}

/// Checks within one view what holds of every branch at every moment. `with` goes into the error.
pub(crate) fn check_view(connection: &Connection, options: &Options, numbers: &mut Numbers) -> TestResult {
    let none = |what: &str, sql: &str| -> TestResult {
        match number(connection, sql)? {
            0 => Ok(()),
            found => Err(format!("{found} {what}").into()),
        }
    };
    let sum = number(connection, "SELECT sum(balance) FROM account")?;
    if sum != ACCOUNTS * MONEY {
        return Err(format!("the sum of all money is {sum}").into());
    }
    none(
        "accounts are not what the entries say",
        &format!(
            "SELECT count(*) FROM account WHERE balance <> {MONEY}
                - coalesce((SELECT sum(amount) FROM entry WHERE source = account.id), 0)
                + coalesce((SELECT sum(amount) FROM entry WHERE target = account.id), 0)"
        ),
    )?;
    none("tags are doubled", "SELECT count(*) FROM (SELECT 1 FROM entry GROUP BY tag HAVING count(*) > 1)")?;
    none(
        "documents are not among the words",
        "SELECT count(*) FROM document LEFT JOIN words ON words.rowid = document.id
            WHERE words.body IS NOT document.body",
    )?;
    none(
        "documents are not among the boxes",
        "SELECT count(*) FROM document LEFT JOIN box ON box.id = document.id
            WHERE box.low IS NOT document.low OR box.high IS NOT document.high",
    )?;
    let (word, account) = (word(numbers), 1 + numbers.below(ACCOUNTS as usize));
    let (low, high) = (numbers.below(500), 500 + numbers.below(500));
    for [one, other] in [
        ["SELECT count(*) FROM words".to_owned(), "SELECT count(*) FROM document".to_owned()],
        ["SELECT count(*) FROM box".to_owned(), "SELECT count(*) FROM document".to_owned()],
        [
            format!("SELECT count(*) FROM words WHERE words MATCH '{word}'"),
            format!("SELECT count(*) FROM document WHERE body LIKE '%{word}%'"),
        ],
        [
            format!("SELECT count(*) FROM box WHERE low >= {low} AND high <= {high}"),
            format!("SELECT count(*) FROM document WHERE low >= {low} AND high <= {high}"),
        ],
        [
            format!(
                "SELECT total(amount) + count(*) FROM entry INDEXED BY by_source WHERE source = {account}"
            ),
            format!("SELECT total(amount) + count(*) FROM entry NOT INDEXED WHERE source = {account}"),
        ],
    ] {
        let total = |sql: &str| connection.query_row(sql, (), |row| row.get::<f64>(0));
        let (found, expected) = (total(&one)?, total(&other)?);
        if found != expected {
            return Err(format!("{found} by {one}, {expected} by {other}").into());
        }
    }
    check_nearest(connection, options, &vector(numbers))
}

/// Checks that a search by the index of vectors gives rows that there are, with their true distances, nearest first.
fn check_nearest(connection: &Connection, options: &Options, at: &str) -> TestResult {
    let search = |how: &str| {
        let sql = format!(
            "SELECT id, vector_distance(place, ?1, 'l2') FROM document {how}
                ORDER BY vector_distance(place, ?1, 'l2') LIMIT 10"
        );
        connection.query(&sql, [at], |row| Ok((row.get::<i64>(0)?, row.get::<f64>(1)?)))
    };
    let (found, exact) = (search("INDEXED BY near")?, search("NOT INDEXED")?);
    let is_ranked = found.is_sorted_by(|one, next| one.1 <= next.1) && found.len() == exact.len();
    let is_exact = found.iter().map(|row| row.1).eq(exact.iter().map(|row| row.1));
    let hits = found.iter().filter(|row| exact.contains(row)).count();
    let is_near = is_exact || (options.index != "flat" && 2 * hits >= exact.len());
    let is_true = found.iter().zip(&exact).all(|(found, exact)| found.1 >= exact.1);
    if is_ranked && is_near && is_true {
        return Ok(());
    }
    Err(format!("nearest to {at}: {found:?} by the index, {exact:?} without it").into())
}
