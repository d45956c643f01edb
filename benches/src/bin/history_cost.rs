//! What history costs writers: the time of the processor, which others on the machine disturb little.
//!
//! `history_cost [ROUNDS]` changes a table of `HELIOS_ROWS` rows again and again, once without history and once with it, in
//! several ways, and prints the microseconds for a row and their ratio; then how long the past takes to read beside the
//! present. `benches/NOTES.md` has what it showed.

use helios::Connection;
use helios_benches::{Helios, people};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The seconds that the process has had of processors.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|field| field.parse::<u64>().ok());
    nanoseconds.unwrap_or_default() as f64 / 1e9
}

/// So many rows are looked up: the clock of the processor moves in milliseconds.
const LOOKS: i64 = 100_000;

/// A kind of work with how many microseconds it took for a row.
type Cost = (&'static str, f64);

/// The microseconds of one of `rows` rows.
fn cost(rows: usize, work: impl FnOnce() -> helios::Result<()>) -> helios::Result<f64> {
    let begin = processor();
    work()?;
    Ok((processor() - begin) * 1e6 / rows as f64)
}

/// Executes a statement with keys, all in one transaction.
fn by_key(connection: &Connection, sql: &str, keys: impl Iterator<Item = usize>) -> helios::Result<()> {
    connection.execute_batch("BEGIN")?;
    let mut statement = connection.prepare(sql)?;
    for key in keys {
        statement.execute([key as i64])?;
    }
    drop(statement);
    connection.execute_batch("COMMIT")
}

fn writes(connection: &Connection, rows: usize, rounds: usize) -> helios::Result<Vec<Cost>> {
    const UPDATE: &str = "UPDATE t SET score = score + 1";
    const BY_KEY: &str = "UPDATE t SET score = score + 1 WHERE id = ?";
    let again = |times: usize, work: &dyn Fn(usize) -> helios::Result<()>| (0..times).try_for_each(work);
    let few = 50.min(rows);
    let all = |_| connection.execute(UPDATE, ()).map(drop);
    let mut costs = vec![
        ("the first update of all", cost(rows, || all(0))?),
        ("an update of all", cost(rows * rounds, || again(rounds, &all))?),
    ];
    let tenth = |round| {
        let sql = format!("{UPDATE} WHERE id % 10 = {}", round % 10);
        connection.execute(&sql, ()).map(drop)
    };
    costs.push(("an update of a tenth", cost(rows / 10 * rounds, || again(rounds, &tenth))?));
    let keyed = |_| by_key(connection, BY_KEY, (1..=rows).step_by(10));
    costs.push(("a tenth by key", cost(rows / 10 * rounds, || again(rounds, &keyed))?));
    let keyed = |_| by_key(connection, BY_KEY, (1..=rows).step_by(rows / few));
    costs.push(("50 by key", cost(few * rounds * 10, || again(rounds * 10, &keyed))?));
    let one = |round: usize| by_key(connection, BY_KEY, std::iter::once(1 + round * 7919 % rows));
    costs.push(("one by key", cost(rounds * 50, || again(rounds * 50, &one))?));
    connection.execute_batch("CREATE INDEX by_score ON t (score)")?;
    costs.push(("an update of all, with an index", cost(rows * rounds, || again(rounds, &all))?));
    Ok(costs)
}

/// Reads of the present and of a moment, in microseconds for a row.
fn reads(connection: &Connection, rows: usize, commit: i64) -> helios::Result<Vec<Cost>> {
    let mut costs = Vec::new();
    for (one, all, time) in [
        ("a row now", "all rows now", String::new()),
        ("a row then", "all rows then", format!("AS OF COMMIT {commit}")),
    ] {
        let mut statement = connection.prepare(&format!("SELECT score FROM t {time} WHERE id = ?"))?;
        let mut look = || {
            (0..LOOKS).try_for_each(|at| {
                let key = 1 + at * 7919 % rows as i64;
                statement.query_row([key], |row| row.get::<f64>(0)).map(drop)
            })
        };
        // What is read first comes from the file.
        look()?;
        let found = cost(LOOKS as usize, look)?;
        costs.push((one, found));
        let sql = format!("SELECT count(*), sum(score), max(name) FROM t {time}");
        let scan = || connection.query_row(&sql, (), |row| row.get::<f64>(1)).map(drop);
        scan()?;
        costs.push((all, cost(rows * 3, || (0..3).try_for_each(|_| scan()))?));
    }
    Ok(costs)
}

/// Reads of a row that has changed 10,000 times, in microseconds.
fn reads_of_one(connection: &Connection, commit: i64) -> helios::Result<Vec<Cost>> {
    for _ in 0..10_000 {
        connection.execute("UPDATE t SET score = score + 1 WHERE id = 7", ())?;
    }
    let mut costs = Vec::new();
    for (what, time) in [
        ("a row with 10,000 versions now", String::new()),
        ("a row with 10,000 versions then", format!("AS OF COMMIT {commit}")),
    ] {
        let mut statement = connection.prepare(&format!("SELECT score FROM t {time} WHERE id = 7"))?;
        let mut look =
            || (0..LOOKS).try_for_each(|_| statement.query_row((), |row| row.get::<f64>(0)).map(drop));
        look()?;
        costs.push((what, cost(LOOKS as usize, look)?));
    }
    Ok(costs)
}

fn main() -> helios::Result<()> {
    let rounds = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(20);
    let rows = helios_benches::rows();
    let mut found = Vec::new();
    for keeps_history in [false, true] {
        let helios = Helios::with(&[
            ("storage.redb.processes", "one"),
            ("storage.durability", "off"),
            ("cache.column_mb", "0"),
        ]);
        let connection = &helios.connection;
        if keeps_history {
            connection.database().keep_history()?;
        }
        let people = people(rows);
        let load = cost(rows, || {
            helios.load(&people);
            Ok(())
        })?;
        let last = "SELECT coalesce(max(id), 0) FROM helios_commits";
        let commit = connection.query_row(last, (), |row| row.get(0))?;
        let mut costs = vec![("an insert", load)];
        costs.extend(writes(connection, rows, rounds)?);
        if keeps_history {
            found.push(costs);
            let mut costs = reads(connection, rows, commit)?;
            costs.extend(reads_of_one(connection, commit)?);
            found.push(costs);
        } else {
            found.push(costs);
        }
    }
    #[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
    for ((what, without), (_, with)) in found[0].iter().zip(&found[1]) {
        println!("{what:34} {without:8.2} without, {with:8.2} with history: {:.2}", with / without);
    }
    #[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
    for (what, microseconds) in &found[2] {
        println!("{what:34} {microseconds:8.2}");
    }
    Ok(())
}
