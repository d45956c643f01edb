//! Queries over the whole table: counting and adding, groups, order, a join with a small table, all rows.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};
use helios_benches::{Helios, Sqlite, people};

type Group<'c> = BenchmarkGroup<'c, WallTime>;

/// Name and text of each query.
const QUERIES: [(&str, &str); 8] = [
    ("scan", "SELECT COUNT(*), SUM(score) FROM t"),
    ("filter", "SELECT COUNT(*) FROM t WHERE score < 1000 AND city <> 'city_07'"),
    ("like", "SELECT id, name FROM t WHERE name LIKE '%e 12 001%' ORDER BY id"),
    ("group", "SELECT city, COUNT(*), AVG(score), MAX(score) FROM t GROUP BY city ORDER BY city"),
    ("top", "SELECT id, name, score FROM t ORDER BY score DESC, id LIMIT 10"),
    ("sort", "SELECT id, name FROM t ORDER BY name"),
    (
        "join",
        "SELECT d.region, COUNT(*), SUM(t.score) FROM t JOIN d ON d.id = t.id % 10000 + 1 \
         GROUP BY d.region ORDER BY d.region",
    ),
    ("all rows", "SELECT id, name, score, city FROM t"),
];

const REGIONS: &str = "CREATE TABLE d (id INTEGER PRIMARY KEY, region TEXT);
    INSERT INTO d SELECT id, 'region_' || id % 37 FROM t WHERE id <= 10000";

pub(crate) fn bench(criterion: &mut Criterion) {
    let people = people(helios_benches::rows());
    let (helios, sqlite) = (Helios::new("many"), Sqlite::new());
    helios.load(&people);
    sqlite.load(&people);
    helios.connection.execute_batch(REGIONS).expect("a small table");
    sqlite.connection.execute_batch(REGIONS).expect("a small table");
    for (name, text) in QUERIES {
        let mut group = criterion.benchmark_group(name);
        time_helios(&mut group, "helios", &helios, text);
        time_sqlite(&mut group, &sqlite, text);
        group.finish();
    }
}

/// Times a query of helios and the reading of all its values.
pub(crate) fn time_helios(group: &mut Group<'_>, name: &str, helios: &Helios, text: &str) {
    let mut statement = helios.connection.prepare(text).expect("a valid query");
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let mut values = 0;
            let mut rows = statement.query(()).expect("a query that runs");
            while let Some(row) = rows.next().expect("a row") {
                for column in 0..row.columns().len() {
                    values += usize::from(!row.get_ref(column).expect("a column").is_null());
                }
            }
            values
        });
    });
}

/// The same with SQLite.
pub(crate) fn time_sqlite(group: &mut Group<'_>, sqlite: &Sqlite, text: &str) {
    let mut statement = sqlite.connection.prepare(text).expect("a valid query");
    let width = statement.column_count();
    group.bench_function("sqlite", |bencher| {
        bencher.iter(|| {
            let mut values = 0;
            let mut rows = statement.query(()).expect("a query that runs");
            while let Some(row) = rows.next().expect("a row") {
                for column in 0..width {
                    let value = row.get_ref(column).expect("a column");
                    values += usize::from(value != rusqlite::types::ValueRef::Null);
                }
            }
            values
        });
    });
}
