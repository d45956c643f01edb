//! Many rows in one transaction, with the commit; and an index over them.

use criterion::{BatchSize, Criterion};
use helios_benches::{Helios, Sqlite, people};

pub(crate) fn bench(criterion: &mut Criterion) {
    let people = people(helios_benches::rows());
    let mut group = criterion.benchmark_group("load");
    group.bench_function("helios", |bencher| {
        bencher.iter_batched(|| Helios::new("many"), |to| to.load(&people), BatchSize::PerIteration);
    });
    group.bench_function("sqlite", |bencher| {
        bencher.iter_batched(Sqlite::new, |to| to.load(&people), BatchSize::PerIteration);
    });
    group.finish();

    let mut group = criterion.benchmark_group("create index");
    let (helios, sqlite) = (Helios::new("many"), Sqlite::new());
    helios.load(&people);
    sqlite.load(&people);
    let (create, drop) = ("CREATE INDEX by_score ON t (score)", "DROP INDEX IF EXISTS by_score");
    group.bench_function("helios", |bencher| {
        bencher.iter_batched(
            || helios.connection.execute_batch(drop).expect("no index"),
            |()| helios.connection.execute_batch(create).expect("an index"),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("sqlite", |bencher| {
        bencher.iter_batched(
            || sqlite.connection.execute_batch(drop).expect("no index"),
            |()| sqlite.connection.execute_batch(create).expect("an index"),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}
