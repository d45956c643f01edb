//! One row in a durable transaction of its own: with SQLite's default journal, and with helios for one process and for
//! many.

use criterion::Criterion;
use helios_benches::{Helios, INSERT, Sqlite};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("durable commit");
    for processes in ["one", "many"] {
        let helios = Helios::new(processes);
        let mut statement = helios.connection.prepare(INSERT).expect("a valid statement");
        let mut id = 0_i64;
        group.bench_function(format!("helios {processes}"), |bencher| {
            bencher.iter(|| {
                id += 1;
                statement.execute(helios::params![id, "a name", 1.5, "a city"]).expect("a durable row")
            });
        });
    }
    let sqlite = Sqlite::new();
    let mut statement = sqlite.connection.prepare(INSERT).expect("a valid statement");
    let mut id = 0_i64;
    group.bench_function("sqlite", |bencher| {
        bencher.iter(|| {
            id += 1;
            statement.execute(rusqlite::params![id, "a name", 1.5, "a city"]).expect("a durable row")
        });
    });
    group.finish();
}
