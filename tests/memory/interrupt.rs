//! What collects rows stops when it is told to, wherever it is, and gives its memory back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use helios_core::ErrorKind;
use helios_sql::chunk::Chunk;
use helios_sql::session::Session;
use helios_testkit::TestResult;

use crate::collections::{QUERIES, database, rows};

/// Runs a query and returns how often it asked whether to go on. It is stopped when it has asked `most` times.
fn run(session: &mut Session, sql: &str, most: usize) -> (helios_core::Result<usize>, usize) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let watcher = move |_| count.fetch_add(1, Ordering::Relaxed) < most;
    session.interrupt_handle().set_watcher(Some(Arc::new(watcher)));
    let mut go = || {
        let mut found = 0;
        let Some(mut statement) = session.prepare(sql)? else { return Ok(0) };
        session.start(&mut statement, &Chunk::new(Vec::new(), 1))?;
        let mut chunk = Chunk::default();
        while session.fetch(&mut statement, &mut chunk)? {
            found += chunk.rows();
        }
        Ok(found)
    };
    let result = go();
    session.interrupt_handle().set_watcher(None);
    (result, asked.load(Ordering::Relaxed))
}

#[test]
fn a_collection_stops_when_it_is_told_to() -> TestResult {
    let folder = tempfile::tempdir()?;
    for memory_bytes in [0, 100_000] {
        let database = database(memory_bytes, folder.path())?;
        let mut session = database.connect("main")?;
        for (name, query) in QUERIES {
            let sql = format!("{}{query}", rows(2500, 100));
            let (result, asked) = run(&mut session, &sql, usize::MAX);
            let expected = result?;
            for part in [1, 3, 5, 7] {
                let most = asked * part / 8;
                let (result, asked) = run(&mut session, &sql, most);
                let kind = result.err().map(|error| error.kind());
                assert_eq!(kind, Some(ErrorKind::Interrupted), "{name}, after {most} questions");
                assert_eq!(asked, most + 1, "{name} asks no more when it was told to stop");
                assert_eq!(database.memory().held(), 0, "{name} gives its memory back");
            }
            assert_eq!(run(&mut session, &sql, usize::MAX).0?, expected, "{name}, once more");
        }
    }
    Ok(())
}
