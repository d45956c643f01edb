//! Long statements of every kind stop when they are told to, and leave the database as it was.
//!
//! How long is between two questions whether to go on is counted in questions: for each kind, how many rows one may be
//! about at most.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use helios_core::{ErrorKind, Value};
use helios_sql::chunk::Chunk;
use helios_sql::database::{AttachedKey, OpenedDatabase, Places};
use helios_sql::session::Session;
use helios_testkit::TestResult;

use crate::collections::database;

/// The rows of the tables.
const ROWS: usize = 6_000;
/// Rows that are worked on between two questions, at most: a few chunks.
const ROWS_OF_QUESTION: usize = 3_000;

const SETUP: &[&str] = &[
    "CREATE TABLE t (a INTEGER PRIMARY KEY, b, c TEXT)",
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 6000) \
     INSERT INTO t SELECT x, x % 100, 'text ' || x FROM n",
    "CREATE TABLE other AS SELECT * FROM t",
    "CREATE INDEX by_b ON t (b)",
    "CREATE TABLE log (x)",
    "CREATE TABLE fired (x)",
    "INSERT INTO fired SELECT a FROM t WHERE a <= 1000",
    "CREATE TRIGGER fires AFTER DELETE ON fired BEGIN INSERT INTO log VALUES (old.x); END",
    "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
    "CREATE TABLE child (id INTEGER PRIMARY KEY, p REFERENCES parent ON DELETE CASCADE)",
    "CREATE INDEX by_p ON child (p)",
    "INSERT INTO parent SELECT a FROM t WHERE a <= 400",
    "INSERT INTO child SELECT a, a FROM t WHERE a <= 400",
    "CREATE TABLE keys (k TEXT PRIMARY KEY, v) WITHOUT ROWID",
    "INSERT INTO keys SELECT c, a FROM t",
    "PRAGMA foreign_keys = on",
];

const STATEMENTS: &[&str] = &[
    "CREATE INDEX new ON t (c)",
    "CREATE UNIQUE INDEX new ON t (c, b)",
    "CREATE INDEX new ON t (b) WHERE c > 'text 5'",
    "CREATE INDEX new ON keys (v)",
    "CREATE TABLE new AS SELECT * FROM t",
    "ALTER TABLE t ADD COLUMN d CHECK (a > 0)",
    "REINDEX",
    "ANALYZE",
    "PRAGMA integrity_check",
    "PRAGMA foreign_key_check",
    "VACUUM INTO 'copy'",
    "INSERT INTO log SELECT a FROM t",
    "INSERT INTO t SELECT a + 20000, b, c FROM t ORDER BY c",
    "INSERT OR REPLACE INTO t SELECT a, b, c FROM other",
    "INSERT INTO t SELECT a, 1, 1 FROM other WHERE 1 ON CONFLICT DO UPDATE SET b = excluded.b",
    "UPDATE t SET b = b + 1",
    "UPDATE t SET a = -a",
    "UPDATE t SET c = (SELECT x.c FROM other x WHERE x.a = t.a)",
    "UPDATE t SET c = other.c || '!' FROM other WHERE other.a = t.a",
    "UPDATE keys SET k = k || '!'",
    "DELETE FROM t",
    "DELETE FROM t WHERE b < 70 AND c <> ''",
    "DELETE FROM keys WHERE v > 10",
    "DELETE FROM fired",
    "DELETE FROM parent",
    "DROP TABLE parent",
    "SELECT count(*) FROM t WHERE c LIKE '%9%5%'",
    "SELECT * FROM t ORDER BY c",
    "SELECT count(*) FROM t x, t y WHERE y.a < 50 AND x.a + y.a = 1",
    "SELECT count(*) FROM t x JOIN other y ON x.c = y.c",
    "SELECT count(*) FROM t x LEFT JOIN t y ON x.a = y.a + 1",
    "SELECT c, count(*) FROM t GROUP BY c",
    "SELECT DISTINCT c FROM t",
    "SELECT c FROM t UNION SELECT c FROM other",
    "SELECT sum(a) OVER (ORDER BY c ROWS 5 PRECEDING) FROM t",
    "SELECT count(*) FROM t x WHERE EXISTS (SELECT 1 FROM other y WHERE y.a = x.b AND y.a > x.a)",
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 10000) SELECT count(*) FROM n",
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION SELECT x + 1 FROM n WHERE x < 10000 ORDER BY 1) SELECT max(x) FROM n",
    "SELECT count(*) FROM generate_series(1, 10000)",
    "SELECT count(*) FROM json_each((SELECT json_group_array(a) FROM t))",
    "SELECT max(a) FROM t WHERE b IN (SELECT b FROM other WHERE a % 7 = 1)",
];

/// Copies go to memory.
#[derive(Debug)]
struct InMemory;

impl Places for InMemory {
    fn temporary(&self) -> helios_core::Result<OpenedDatabase> {
        let database = database(1 << 20, Path::new("."))?;
        let branch = "main".to_owned();
        Ok(OpenedDatabase { database, branch, file: String::new(), may_write: true, keeper: Box::new(()) })
    }

    fn open(&self, _: &str, _: &AttachedKey) -> helios_core::Result<OpenedDatabase> {
        self.temporary()
    }

    fn create(&self, _: &str) -> helios_core::Result<OpenedDatabase> {
        self.temporary()
    }
}

fn all(session: &mut Session, sql: &str) -> helios_core::Result<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    let Some(mut statement) = session.prepare(sql)? else { return Ok(rows) };
    session.start(&mut statement, &Chunk::new(Vec::new(), 1))?;
    let mut chunk = Chunk::default();
    while session.fetch(&mut statement, &mut chunk)? {
        for row in 0..chunk.rows() {
            rows.push((0..chunk.width()).map(|column| chunk.value(row, column).to_value()).collect());
        }
    }
    session.reset(&mut statement);
    Ok(rows)
}

/// Runs a statement in a transaction that is undone afterwards, and stops it when it has asked `most` times whether to go
/// on. Returns how often it asked, and what there was at the end of the transaction.
fn run(session: &mut Session, sql: &str, most: usize) -> TestResult<(helios_core::Result<()>, usize, State)> {
    let in_transaction = !sql.starts_with("VACUUM");
    if in_transaction {
        all(session, "BEGIN")?;
    }
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let watcher = move |_| count.fetch_add(1, Ordering::Relaxed) < most;
    session.interrupt_handle().set_watcher(Some(Arc::new(watcher)));
    let result = all(session, sql).map(drop);
    session.interrupt_handle().set_watcher(None);
    let state = state(session)?;
    if in_transaction {
        all(session, "ROLLBACK")?;
    }
    Ok((result, asked.load(Ordering::Relaxed), state))
}

type State = Vec<Vec<Value>>;

/// What there is: the schema, and what the tables hold.
fn state(session: &mut Session) -> helios_core::Result<State> {
    let mut state = all(session, "SELECT type, name, sql FROM sqlite_schema")?;
    for table in ["t", "log", "fired", "parent", "child", "keys"] {
        let rows = all(session, &format!("SELECT count(*) FROM {table}"));
        state.extend(rows.unwrap_or_default());
    }
    state.extend(all(session, "SELECT sum(a), sum(b), sum(length(c)), max(c) FROM t WHERE a > -1000000")?);
    state.extend(all(session, "SELECT b, count(*) FROM t INDEXED BY by_b WHERE b < 5 GROUP BY b")?);
    Ok(state)
}

#[test]
fn a_long_statement_stops_and_leaves_everything_as_it_was() -> TestResult {
    let folder = tempfile::tempdir()?;
    let database = database(200_000, folder.path())?;
    let mut session = database.connect("main")?;
    session.set_places(Arc::new(InMemory));
    for sql in SETUP {
        all(&mut session, sql)?;
    }
    let before = state(&mut session)?;
    for sql in STATEMENTS {
        let (result, asked, _) = run(&mut session, sql, usize::MAX)?;
        result.map_err(|error| format!("{sql}: {error}"))?;
        assert!(asked > ROWS / ROWS_OF_QUESTION, "{sql} asks {asked} times only whether to go on");
        for part in [1, 4, 7] {
            let most = asked * part / 8;
            let (result, asked, state) = run(&mut session, sql, most)?;
            let kind = result.err().map(|error| error.kind());
            assert_eq!(kind, Some(ErrorKind::Interrupted), "{sql}, after {most} questions");
            assert_eq!(asked, most + 1, "{sql} asks no more when it was told to stop");
            assert_eq!(state, before, "{sql} has left something in its transaction, after {most} questions");
        }
    }
    assert_eq!(all(&mut session, "PRAGMA integrity_check")?, [[Value::text("ok")]]);
    assert_eq!(all(&mut session, "PRAGMA foreign_key_check")?, [[]; 0]);
    assert_eq!(state(&mut session)?, before);
    // Without a transaction around it, a statement that was stopped was not there.
    for sql in ["DELETE FROM t", "UPDATE t SET b = 0", "CREATE INDEX new ON t (c)", "DELETE FROM parent"] {
        session.interrupt_handle().set_watcher(Some(Arc::new(counting(3))));
        let stopped = all(&mut session, sql);
        session.interrupt_handle().set_watcher(None);
        assert_eq!(stopped.err().map(|error| error.kind()), Some(ErrorKind::Interrupted), "{sql}");
        assert!(!session.in_transaction(), "{sql} leaves no transaction open");
        assert_eq!(state(&mut session)?, before, "{sql}");
    }
    Ok(())
}

#[test]
fn a_step_of_a_recursion_reads_its_tables_once() -> TestResult {
    let folder = tempfile::tempdir()?;
    let database = database(10_000_000, folder.path())?;
    let mut session = database.connect("main")?;
    let count = |rows: usize| {
        format!("WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {rows})")
    };
    let mut asked_for = Vec::new();
    for rows in [200, 20_000] {
        all(&mut session, "DROP TABLE IF EXISTS steps")?;
        all(
            &mut session,
            &format!("CREATE TABLE steps AS {} SELECT x AS f, x + 1 AS g FROM n", count(rows)),
        )?;
        let walk = "WITH RECURSIVE r (n) AS (SELECT 1 UNION SELECT g FROM r JOIN steps ON f = n WHERE n < 200) \
                    SELECT count(*), max(n) FROM r";
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let watcher = move |_| counted.fetch_add(1, Ordering::Relaxed) < usize::MAX;
        session.interrupt_handle().set_watcher(Some(Arc::new(watcher)));
        let found = all(&mut session, walk)?;
        session.interrupt_handle().set_watcher(None);
        assert_eq!(found, [[Value::Integer(200), Value::Integer(200)]]);
        asked_for.push(asked.load(Ordering::Relaxed));
    }
    // A hundred times the rows are read once, not two hundred times.
    assert!(asked_for[1] < asked_for[0] + 200, "asked {asked_for:?} times");
    Ok(())
}

/// Says yes so many times.
fn counting(most: usize) -> impl Fn(usize) -> bool {
    let asked = AtomicUsize::new(0);
    move |_| asked.fetch_add(1, Ordering::Relaxed) < most
}
