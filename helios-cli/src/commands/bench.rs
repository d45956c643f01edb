//! `helios bench`: a small workload with its figures, to compare drivers, settings and machines with.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use helios::{Connection, Database, Value, params};

use crate::connect::OpenArguments;
use crate::failure::Outcome;
use crate::fresh::NewDatabase;
use crate::progress::Progress;
use crate::report::{self, ReportArguments};

/// The arguments of `bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct BenchArguments {
    /// Where the database of the bench is, which must not be there, and is gone afterwards; on a server it stays.
    #[arg(default_value = "helios-bench.db")]
    database: PathBuf,
    /// How many rows the table has.
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    rows: u32,
    #[command(flatten)]
    report: ReportArguments,
    #[command(flatten)]
    open: OpenArguments,
}

/// A thing that is measured: what it is called, how often it is done, what is done.
type Work = (&'static str, u32, fn(&Connection, u32) -> helios::Result<()>);

/// How many commits are made one by one; each waits for the disk.
const COMMITS: u32 = 200;

/// How many rows are asked for one by one.
const LOOKUPS: u32 = 10_000;

pub(super) fn run(arguments: &BenchArguments) -> Outcome<ExitCode> {
    let config = arguments.open.config()?;
    // It is never kept, so that nothing stays of it.
    let fresh = NewDatabase::at(&arguments.database, &config)?;
    let database = Database::open_with(fresh.path(), &config)?;
    let connection = database.connect()?;
    connection
        .execute_batch("CREATE TABLE item (id INTEGER PRIMARY KEY, kind INTEGER, price REAL, name TEXT)")?;
    let rows = arguments.rows;
    let works: [Work; 9] = [
        ("insert rows in one transaction", rows, insert),
        ("insert a row and commit", COMMITS, commit),
        ("select a row by its key", LOOKUPS, look_up),
        ("sum over all rows", 1, |connection, _| all(connection, "SELECT sum(price), count(*) FROM item")),
        ("group all rows", 1, |connection, _| {
            all(connection, "SELECT kind, avg(price) FROM item GROUP BY kind")
        }),
        ("sort all rows", 1, |connection, _| {
            all(connection, "SELECT id FROM item ORDER BY name LIMIT 10 OFFSET 1000")
        }),
        ("create an index", 1, |connection, _| connection.execute_batch("CREATE INDEX i ON item (name)")),
        ("update every tenth row", 1, |connection, _| {
            connection.execute_batch("UPDATE item SET price = price * 1.1 WHERE id % 10 = 0")
        }),
        ("create a branch", 1, |connection, _| connection.create_branch("bench")),
    ];
    let progress = Progress::new("works");
    let mut figures = Vec::new();
    for (number, (what, count, work)) in (0..).zip(works) {
        progress.is_at(what, number, works.len() as u64);
        let started = Instant::now();
        work(&connection, count)?;
        let seconds = started.elapsed().as_secs_f64();
        let rounded = |number: f64| Value::real((number * 1000.0).round() / 1000.0);
        figures.push(vec![
            Value::text(what),
            Value::Integer(i64::from(count)),
            rounded(seconds * 1000.0),
            rounded(f64::from(count) / seconds),
        ]);
    }
    drop(progress);
    drop(connection);
    database.close()?;
    report::write(arguments.report.format, &["work", "times", "milliseconds", "per_second"], &figures)?;
    Ok(ExitCode::SUCCESS)
}

fn insert(connection: &Connection, rows: u32) -> helios::Result<()> {
    connection.execute_batch("BEGIN")?;
    let mut insert = connection.prepare("INSERT INTO item (kind, price, name) VALUES (?, ?, ?)")?;
    for row in 0..rows {
        let price = f64::from(row % 997) * 1.25;
        let name = format!("item {}", u64::from(row) * 7_919 % u64::from(rows));
        insert.execute(params![row % 100, price, name])?;
    }
    connection.execute_batch("COMMIT")
}

fn commit(connection: &Connection, times: u32) -> helios::Result<()> {
    let mut insert = connection.prepare("INSERT INTO item (kind, price, name) VALUES (?, 1.0, 'late')")?;
    (0..times).try_for_each(|row| insert.execute(params![row % 100]).map(drop))
}

fn look_up(connection: &Connection, times: u32) -> helios::Result<()> {
    let count: i64 = connection.query_row("SELECT count(*) FROM item", (), |row| row.get(0))?;
    let mut select = connection.prepare("SELECT name FROM item WHERE id = ?")?;
    for time in 0..i64::from(times) {
        select.query_row(params![time * 7_919 % count + 1], |row| row.get::<String>(0))?;
    }
    Ok(())
}

fn all(connection: &Connection, sql: &str) -> helios::Result<()> {
    connection.query(sql, (), |_| Ok(())).map(drop)
}
