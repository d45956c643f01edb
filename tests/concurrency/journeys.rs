//! What statements cost where a store is reached over a network: journeys, counted.

use std::sync::Arc;

use helios_core::Result;
use helios_sql::chunk::Chunk;
use helios_sql::session::Session;
use helios_testkit::TestResult;
use helios_testkit::wrapper::Server;
use helios_tests::engine::run;

use crate::network::two;

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
    let (server, mut session, mut other) = two(script)?;
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
