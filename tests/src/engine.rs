//! SQL on any storage: for tests that put something between the engine and its driver.
//!
//! In: a driver, statements. Out: rows as text, one line a row, so that states can be compared and printed.

use std::sync::Arc;

use helios_core::Result;
use helios_core::storage::Storage;
use helios_core::vector::VectorIndexKind;
use helios_sql::chunk::{Chunk, Column};
use helios_sql::database::{Database, Settings};
use helios_sql::session::Session;
use helios_sql::vector::{VectorKinds, VectorLimits};
use helios_testkit::clock::{SeededEntropy, TickingClock};
use helios_vector_flat::FlatKind;
use helios_vector_hnsw::HnswKind;
use helios_vector_hnsw_rs::HnswRsKind;

/// A database on a driver. Its clock goes on by a microsecond each time that it is looked at.
pub fn open(storage: Arc<dyn Storage>) -> Result<Arc<Database>> {
    open_again(storage, 1)
}

/// The same with random numbers of a seed: where a database is opened again, none may come twice.
pub fn open_again(storage: Arc<dyn Storage>, seed: u64) -> Result<Arc<Database>> {
    let (clock, entropy) = (Arc::new(TickingClock::default()), Arc::new(SeededEntropy::new(seed)));
    let settings = Settings { vectors: vector_limits()?, ..Settings::default() };
    Database::open(storage, clock, entropy, &settings)
}

/// All kinds of indexes of vectors. Graphs take rows up early, so that tests of few rows see it.
pub fn vector_limits() -> Result<VectorLimits> {
    let kinds: Vec<Arc<dyn VectorIndexKind>> = vec![
        Arc::new(HnswKind),
        Arc::new(FlatKind),
        Arc::new(HnswRsKind),
        #[cfg(feature = "faiss")]
        Arc::new(helios_vector_faiss::FaissKind),
    ];
    let kinds = VectorKinds::new(kinds, "hnsw")?;
    Ok(VectorLimits { kinds, least_waiting: 20, ..VectorLimits::default() })
}

/// A session on `main` of a database on a driver.
pub fn session(storage: Arc<dyn Storage>) -> Result<Session> {
    open(storage)?.connect("main")
}

/// Runs the statements of a text and returns the rows of the last that gave any, as text.
pub fn run(session: &mut Session, sql: &str) -> Result<Vec<String>> {
    let mut rest = sql;
    let mut lines = Vec::new();
    while let Some(mut statement) = session.prepare(rest)? {
        let null = || Arc::new(Column::constant(helios_core::Value::Null, 1));
        let parameters = Chunk::new(statement.parameters().iter().map(|_| null()).collect(), 1);
        session.start(&mut statement, &parameters)?;
        let mut found = Vec::new();
        let mut rows = Chunk::default();
        let width = statement.columns().len();
        while session.fetch(&mut statement, &mut rows)? {
            found.extend((0..rows.rows()).map(|row| line(&rows, row, width)));
        }
        if width > 0 {
            lines = found;
        }
        rest = rest.get(statement.tail()..).unwrap_or_default();
    }
    Ok(lines)
}

fn line(rows: &Chunk, row: usize, width: usize) -> String {
    let values: Vec<String> = (0..width).map(|column| format!("{:?}", rows.value(row, column))).collect();
    values.join(" | ")
}

/// The first line of the last rows of `sql`; an empty text if there are none.
pub fn one(session: &mut Session, sql: &str) -> Result<String> {
    Ok(run(session, sql)?.into_iter().next().unwrap_or_default())
}

/// All that a session sees: the schema, the rows of all tables, and the answers of integrity checks. How virtual tables lay
/// out what they know in their shadow tables depends on when it was written, so those are left out.
pub fn dump(session: &mut Session) -> Result<Vec<String>> {
    let mut all = run(session, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")?;
    let tables = run(
        session,
        "SELECT l.name FROM pragma_table_list l JOIN sqlite_schema s ON s.name = l.name
         WHERE l.schema = 'main' AND l.type IN ('table', 'virtual') ORDER BY l.name",
    )?;
    for table in tables {
        let name = table.trim_matches('\'');
        all.push(format!("table {name}"));
        all.extend(run(session, &format!("SELECT rowid, * FROM \"{name}\" ORDER BY rowid"))?);
    }
    all.extend(run(session, "SELECT rtreecheck(name) FROM sqlite_schema WHERE sql LIKE '%USING rtree%'")?);
    all.extend(run(session, "PRAGMA integrity_check")?);
    Ok(all)
}
