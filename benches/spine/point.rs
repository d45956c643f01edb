//! One row by its key, with a parameter, by a prepared statement; and the change of one row, in one transaction.

use criterion::Criterion;
use helios_benches::{Helios, Sqlite, people};

pub(crate) fn bench(criterion: &mut Criterion) {
    let rows = helios_benches::rows() as i64;
    let people = people(rows as usize);
    let (helios, sqlite) = (Helios::new("many"), Sqlite::new());
    helios.load(&people);
    sqlite.load(&people);
    // Keys in no order that a cache could guess, each once in a round.
    let mut key = 0;
    let mut next_key = move || {
        key = (key + 7919) % rows;
        key + 1
    };

    let mut group = criterion.benchmark_group("point select");
    let select = "SELECT name, score FROM t WHERE id = ?";
    let mut statement = helios.connection.prepare(select).expect("a valid statement");
    group.bench_function("helios", |bencher| {
        bencher.iter(|| {
            let score: f64 = statement.query_row([next_key()], |row| row.get(1)).expect("the row is there");
            score
        });
    });
    let mut statement = sqlite.connection.prepare(select).expect("a valid statement");
    group.bench_function("sqlite", |bencher| {
        bencher.iter(|| {
            let score: f64 = statement.query_row([next_key()], |row| row.get(1)).expect("the row is there");
            score
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("point update");
    let update = "UPDATE t SET score = score + 1 WHERE id = ?";
    let mut statement = helios.connection.prepare(update).expect("a valid statement");
    helios.connection.execute_batch("BEGIN").expect("a transaction");
    group.bench_function("helios", |bencher| {
        bencher.iter(|| statement.execute([next_key()]).expect("the row is there"));
    });
    helios.connection.execute_batch("ROLLBACK").expect("the end of the transaction");
    let mut statement = sqlite.connection.prepare(update).expect("a valid statement");
    sqlite.connection.execute_batch("BEGIN").expect("a transaction");
    group.bench_function("sqlite", |bencher| {
        bencher.iter(|| statement.execute([next_key()]).expect("the row is there"));
    });
    sqlite.connection.execute_batch("ROLLBACK").expect("the end of the transaction");
    group.finish();
}
