//! Queries that collect about as many rows as the table has, with memory for all of them and with memory for few.

use criterion::Criterion;
use helios_benches::{Helios, Sqlite, people};

use crate::query::{time_helios, time_sqlite};

/// Name and text of each query.
const QUERIES: [(&str, &str); 5] = [
    ("collect sort", "SELECT id, name FROM t ORDER BY name"),
    ("collect groups", "SELECT name, COUNT(*), SUM(score) FROM t GROUP BY name"),
    ("collect distinct", "SELECT DISTINCT name FROM t"),
    ("collect join", "SELECT COUNT(*), SUM(b.score) FROM t a JOIN t b ON b.name = a.name"),
    ("collect union", "SELECT name FROM t UNION SELECT city FROM t"),
];

/// Megabytes that are few for a million rows.
const FEW: &str = "8";

pub(crate) fn bench(criterion: &mut Criterion) {
    let people = people(helios_benches::rows());
    let (plenty, sqlite) = (Helios::new("many"), Sqlite::new());
    let few = Helios::with(&[("storage.redb.processes", "many"), ("sql.memory_mb", FEW)]);
    plenty.load(&people);
    few.load(&people);
    sqlite.load(&people);
    for (name, text) in QUERIES {
        let mut group = criterion.benchmark_group(name);
        time_helios(&mut group, "helios", &plenty, text);
        time_helios(&mut group, "helios, few megabytes", &few, text);
        time_sqlite(&mut group, &sqlite, text);
        group.finish();
    }
}
