//! Files in the shapes of the sqllogictest corpus: the same statements on SQLite and on helios, both in memory.
//!
//! `shapes [FAMILY...]` says for each family how long either took, compares the rows, and shows the statements that cost
//! helios most beyond SQLite. `HELIOS_SEED`, `HELIOS_ROWS` and `HELIOS_QUERIES` set the seed and the sizes.

use std::time::Instant;

use helios_testkit::seed::{Numbers, seed};
use helios_testkit::shape::Family;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// So many slow statements of a family are shown.
const SHOWN: usize = 3;

/// The rows of a statement as texts, or its error, and how long it took in seconds.
type Answer = (Result<Vec<String>, String>, f64);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let size =
        |name: &str, usual| std::env::var(name).ok().and_then(|size| size.parse().ok()).unwrap_or(usual);
    let (rows, queries) = (size("HELIOS_ROWS", 1000), size("HELIOS_QUERIES", 5000));
    for family in Family::ALL {
        let name = format!("{family:?}");
        if !asked.is_empty() && !asked.contains(&name) {
            continue;
        }
        let statements = family.statements(&mut Numbers::new(seed()), rows, queries);
        let sqlite = rusqlite::Connection::open_in_memory()?;
        let helios = helios::Connection::open(":memory:")?;
        let mut slow: Vec<(f64, &str)> = Vec::new();
        let (mut theirs, mut ours, mut different) = (0.0, 0.0, 0);
        for sql in &statements {
            let (expected, their_time) = by_sqlite(&sqlite, sql);
            let (answer, our_time) = by_helios(&helios, sql);
            theirs += their_time;
            ours += our_time;
            slow.push((our_time - their_time, sql));
            if expected != answer {
                different += 1;
                if different <= SHOWN {
                    say(&format!("  DIFFERENT {sql}\n    {expected:.300?}\n    {answer:.300?}"));
                }
            }
        }
        slow.sort_by(|one, other| other.0.total_cmp(&one.0));
        say(&format!(
            "{name}: {} statements, SQLite {theirs:.2} s, helios {ours:.2} s ({:.2}), {different} different",
            statements.len(),
            ours / theirs
        ));
        for (more, sql) in slow.iter().take(SHOWN) {
            say(&format!("  {:.1} ms more: {:.400}", more * 1e3, sql.replace('\n', " ")));
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn say(line: &str) {
    println!("{line}");
}

fn by_sqlite(connection: &rusqlite::Connection, sql: &str) -> Answer {
    let start = Instant::now();
    let run = || {
        let mut statement = connection.prepare(sql)?;
        let width = statement.column_count();
        let mut found = statement.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let values = (0..width).map(|column| row.get_ref(column).map(|value| format!("{value:?}")));
            rows.push(values.collect::<rusqlite::Result<Vec<_>>>()?.join("|"));
        }
        Ok(rows)
    };
    let rows: rusqlite::Result<Vec<String>> = run();
    let seconds = start.elapsed().as_secs_f64();
    (sorted(rows.map_err(|error| error.to_string())), seconds)
}

fn by_helios(connection: &helios::Connection, sql: &str) -> Answer {
    let start = Instant::now();
    let run = || {
        let mut statement = connection.prepare(sql)?;
        let mut found = statement.query(())?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let values = (0..row.columns().len()).map(|column| row.get_ref(column).map(written));
            rows.push(values.collect::<helios::Result<Vec<_>>>()?.join("|"));
        }
        Ok(rows)
    };
    let rows: helios::Result<Vec<String>> = run();
    let seconds = start.elapsed().as_secs_f64();
    (sorted(rows.map_err(|error| error.message().to_owned())), seconds)
}

/// A value as rusqlite shows it.
fn written(value: helios::ValueRef<'_>) -> String {
    use rusqlite::types::ValueRef;
    let value = match value {
        helios::ValueRef::Null => ValueRef::Null,
        helios::ValueRef::Integer(value) => ValueRef::Integer(value),
        helios::ValueRef::Real(value) => ValueRef::Real(value),
        helios::ValueRef::Text(text) => ValueRef::Text(text),
        helios::ValueRef::Blob(bytes) => ValueRef::Blob(bytes),
    };
    format!("{value:?}")
}

/// Rows in an order of their own. Of errors the texts of the two interfaces differ.
fn sorted(rows: Result<Vec<String>, String>) -> Result<Vec<String>, String> {
    let mut rows = rows.map_err(|_| "error".to_owned())?;
    rows.sort_unstable();
    Ok(rows)
}
