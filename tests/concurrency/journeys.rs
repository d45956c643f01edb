//! What statements cost where a store is reached over a network: journeys, counted.

use std::sync::Arc;

use helios_core::Result;
use helios_sql::chunk::Chunk;
use helios_sql::session::Session;
use helios_storage_postgres::{Options, PostgresStorage};
use helios_testkit::TestResult;
use helios_testkit::postgres::PostgresServer;
use helios_testkit::wrapper::Server;
use helios_tests::engine::{open, run};

use crate::network::{connect, two};

/// The journeys of a statement that was compiled and run before.
fn prepared(server: &Arc<Server>, session: &mut Session, sql: &str) -> Result<u64> {
    let Some(mut statement) = session.prepare(sql)? else { return Ok(0) };
    for _ in 0..2 {
        server.take_journeys();
        session.start(&mut statement, &Chunk::new(Vec::new(), 1))?;
        let mut rows = Chunk::default();
        while session.fetch(&mut statement, &mut rows)? {}
    }
    Ok(server.take_journeys())
}

/// The journeys of statements that were run before.
fn journeys(server: &Arc<Server>, session: &mut Session, sql: &str) -> Result<u64> {
    run(session, sql)?;
    server.take_journeys();
    run(session, sql)?;
    Ok(server.take_journeys())
}

#[test]
fn statements_cost_few_journeys() -> TestResult {
    let script = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b UNIQUE);
        WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300)
        INSERT INTO t SELECT x, x % 7, 'b' || x FROM n; CREATE TABLE log (what)";
    let server = Server::new();
    let (mut session, mut other) = two(&server, script)?;
    for (sql, expected) in [
        ("SELECT a FROM t WHERE id = 17", 1),
        ("SELECT a FROM t WHERE id = 999", 1),
        ("SELECT 1 + 1", 0),
        // The row is found, read to be changed, and committed.
        ("UPDATE t SET a = a + 1 WHERE id = 3", 3),
    ] {
        assert_eq!(prepared(&server, &mut session, sql)?, expected, "{sql}");
    }
    for (sql, expected) in [("BEGIN; COMMIT", 0), ("BEGIN IMMEDIATE; ROLLBACK", 1)] {
        assert_eq!(journeys(&server, &mut session, sql)?, expected, "{sql}");
    }
    // In a transaction, only what is read makes journeys before the commit.
    let batch = "BEGIN; INSERT INTO log VALUES (1), (2), (3); INSERT INTO log VALUES (4); COMMIT";
    assert_eq!(journeys(&server, &mut session, batch)?, 2);
    // Once another process has committed, the first statement comes late once: it asks again for its row, the records of
    // branches and the head.
    run(&mut other, "INSERT INTO log VALUES (5)")?;
    server.take_journeys();
    run(&mut session, "SELECT a FROM t WHERE id = 17")?;
    let late = server.take_journeys();
    assert!(late <= 16, "{late} journeys");
    assert_eq!(prepared(&server, &mut session, "SELECT a FROM t WHERE id = 17")?, 1);
    Ok(())
}

/// What PostgreSQL is asked for rows that are found one by one: they come many at a time.
#[test]
fn many_rows_cost_few_journeys_of_postgres() -> TestResult {
    let Some(server) = PostgresServer::start()? else { return Ok(()) };
    let options = Options { url: server.url(), ..Options::default() };
    let storage = Arc::new(PostgresStorage::open("test", &options)?);
    let mut session = connect(&open(storage.clone())?)?;
    run(
        &mut session,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b); CREATE INDEX by_a ON t (a);
         WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 10000)
         INSERT INTO t SELECT x, x % 10, 'b' || x FROM n; CREATE TABLE u (id INTEGER PRIMARY KEY, a)",
    )?;
    let insert = |from: u32| -> String {
        let rows = (from..from + 500).map(|id| format!("INSERT INTO u VALUES ({id}, 1)"));
        format!("BEGIN; {}; COMMIT", rows.collect::<Vec<_>>().join("; "))
    };
    for (sql, most) in [
        ("SELECT count(*), max(b) FROM t NOT INDEXED".to_owned(), 8),
        // A thousand rows that an index finds.
        ("SELECT count(*), max(b) FROM t INDEXED BY by_a WHERE a = 3".to_owned(), 10),
        ("UPDATE t SET b = b || '!' WHERE id BETWEEN 2000 AND 2500".to_owned(), 10),
        ("SELECT count(*), max(b) FROM t WHERE id IN (5, 500, 5000, 50, 9000, 70, 7000)".to_owned(), 3),
        (insert(1000), 6),
    ] {
        // Whatever the cache of columns has is of an older state then.
        run(&mut session, "UPDATE t SET a = a WHERE id = 1")?;
        storage.take_journeys();
        run(&mut session, &sql)?;
        let journeys = storage.take_journeys();
        assert!(journeys <= most, "{journeys} journeys: {}", sql.get(..60).unwrap_or(&sql));
    }
    Ok(())
}
