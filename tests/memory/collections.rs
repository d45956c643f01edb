//! A database with little memory, and statements that collect more than fits.

use std::path::Path;
use std::sync::Arc;

use helios_sql::database::{Database, Settings};
use helios_storage_memory::MemoryStorage;
use helios_testkit::clock::{SeededEntropy, TickingClock};

/// Rows that a query makes out of nothing: a number, the same in another order, and a text that takes room.
pub(crate) fn rows(count: usize, width: usize) -> String {
    format!(
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {count}), \
         r (x, k, s) AS (SELECT x, (x * 7919) % {}, printf('%0{width}d', (x * 7919) % {}) FROM n) ",
        count + 1,
        count + 1
    )
}

/// Queries on such rows, one for each kind of collection. Each ends with a number that tells whether it is right: the
/// number of its rows.
pub(crate) const QUERIES: &[(&str, &str)] = &[
    ("sort", "SELECT s FROM r ORDER BY s"),
    ("descending", "SELECT s FROM r ORDER BY k DESC"),
    ("group", "SELECT s, count(*), sum(x) FROM r GROUP BY s"),
    ("texts", "SELECT k % 5000, group_concat(s) FROM r GROUP BY 1"),
    ("distinct", "SELECT DISTINCT s FROM r"),
    ("distinct_values", "SELECT count(DISTINCT s) FROM r"),
    ("ordered_values", "SELECT k % 100, sum(x ORDER BY s) FROM r GROUP BY 1"),
    ("union", "SELECT s FROM r UNION SELECT s FROM r"),
    ("except", "SELECT s FROM r EXCEPT SELECT s || 'x' FROM r"),
    ("join", "SELECT a.s FROM r a JOIN r b ON a.s = b.s"),
    ("window", "SELECT s, row_number() OVER (ORDER BY x), sum(x) OVER (PARTITION BY k % 2) FROM r"),
    ("member", "SELECT x FROM r WHERE s IN (SELECT s FROM r)"),
    (
        "shared",
        ", m AS MATERIALIZED (SELECT s FROM r) SELECT (SELECT count(*) FROM m), (SELECT max(s) FROM m)",
    ),
];

/// A database in memory whose statements have `memory_bytes`, and put the rest into `folder`.
pub(crate) fn database(memory_bytes: usize, folder: &Path) -> helios_core::Result<Arc<Database>> {
    let temporary_folder = folder.to_owned();
    let settings = Settings { memory_bytes, temporary_folder, ..Settings::default() };
    let (clock, entropy) = (Arc::new(TickingClock::default()), Arc::new(SeededEntropy::new(1)));
    Database::open(Arc::new(MemoryStorage::new()), clock, entropy, &settings)
}
