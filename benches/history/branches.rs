//! A branch of a table of many rows: made, and, after a thousand of its rows changed, compared and merged, with a parent that
//! stood still and with one that moved on.

use std::time::{Duration, Instant};

use criterion::Criterion;
use helios::{Connection, Database};
use helios_benches::{Helios, people};

/// The rows that a branch changes.
const CHANGED: i64 = 1000;

/// Changes a column of rows all over the table, in one transaction.
fn change(connection: &Connection, column: &str) {
    let step = (helios_benches::rows() as i64 / CHANGED).max(1);
    connection.execute_batch("BEGIN").expect("a transaction");
    let sql = format!("UPDATE t SET {column} = {column} || 'x' WHERE id = ?");
    let mut update = connection.prepare(&sql).expect("a valid statement");
    for number in 0..CHANGED {
        update.execute([1 + number * step]).expect("a row that is there");
    }
    drop(update);
    connection.execute_batch("COMMIT").expect("a durable commit");
}

/// The time of `what` with a branch that has changed rows, made anew for each time.
fn timed(database: &Database, times: u64, parent_moves: bool, mut what: impl FnMut(&Database)) -> Duration {
    let mut spent = Duration::ZERO;
    for _ in 0..times {
        database.create_branch("side", "main").expect("a new branch");
        change(&database.connect_to("side").expect("a connection"), "name");
        if parent_moves {
            change(&database.connect().expect("a connection"), "city");
        }
        let start = Instant::now();
        what(database);
        spent += start.elapsed();
        database.delete_branch("side").expect("a branch to delete");
    }
    spent
}

pub(crate) fn bench(criterion: &mut Criterion) {
    let helios = Helios::new("one");
    helios.load(&people(helios_benches::rows()));
    let database = helios.connection.database();
    let mut group = criterion.benchmark_group("branch");
    group.bench_function("create", |bencher| {
        bencher.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for _ in 0..times {
                let start = Instant::now();
                database.create_branch("side", "main").expect("a new branch");
                spent += start.elapsed();
                database.delete_branch("side").expect("a branch to delete");
            }
            spent
        });
    });
    let compare = |database: &Database| {
        let found = database.compare_branches("main", "side").expect("two branches");
        assert!(found[0].rows.len() >= CHANGED as usize, "what was changed is found");
    };
    let merge = |database: &Database| {
        let connection = database.connect().expect("a connection");
        connection.execute_batch("MERGE BRANCH side").expect("nothing is in conflict");
    };
    for (name, parent_moves) in [("", false), (" of a parent that moved", true)] {
        group.bench_function(format!("compare{name}"), |bencher| {
            bencher.iter_custom(|times| timed(database, times, parent_moves, compare));
        });
        group.bench_function(format!("merge{name}"), |bencher| {
            bencher.iter_custom(|times| timed(database, times, parent_moves, merge));
        });
    }
    group.finish();
}
