//! Random transactions in random order, statement by statement: what commits is as if done one after another.
//!
//! Each writing transaction takes effect where it commits, so the committed ones are done again in that order by one
//! connection: every answer and the last state must be the same. One that only reads takes effect where it began to. Which
//! automatic rowids concurrent transactions get is not told by that order: the rows are done again with those that they got.

use helios::{Connection, Database, ErrorKind};
use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};

use crate::stage::{assert_whole, on_each};

const SCHEMA: &str = "CREATE TABLE t (k INTEGER PRIMARY KEY, a INTEGER, b INTEGER UNIQUE); CREATE INDEX by_a ON t (a);
    CREATE TABLE u (a INTEGER); INSERT INTO t VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3); INSERT INTO u VALUES (1), (2)";

/// Statements with two small numbers.
const STATEMENTS: [&str; 20] = [
    "SELECT * FROM t WHERE k = ?1 AND ?2",
    "SELECT sum(a), count(*) FROM t WHERE k <> ?1 + 10 * ?2",
    "SELECT k FROM t WHERE a BETWEEN ?1 AND ?2 ORDER BY k",
    "SELECT a FROM t WHERE b = ?1 OR b = ?2 ORDER BY b",
    "SELECT count(*) FROM t JOIN u ON t.k = u.a WHERE t.a > ?1 - ?2",
    "SELECT * FROM u WHERE a > ?1 - ?2 ORDER BY rowid",
    "INSERT INTO t VALUES (?1, ?2, NULL)",
    "INSERT INTO t (a, b) VALUES (?1, ?2)",
    "INSERT OR REPLACE INTO t VALUES (?1, ?2, ?1 + ?2)",
    "INSERT OR IGNORE INTO t VALUES (?1, 0, ?2)",
    "INSERT INTO u SELECT max(a) + ?1 FROM t WHERE k > ?2",
    "INSERT INTO u VALUES (?1 * ?2)",
    "UPDATE t SET a = ?2 WHERE k = ?1",
    "UPDATE t SET a = a + (SELECT count(*) FROM u) WHERE k > ?1 AND k < ?1 + ?2",
    "UPDATE t SET b = ?1 WHERE a = ?2",
    "UPDATE u SET a = (SELECT sum(a) FROM t WHERE k < ?1) % 7 WHERE a = ?2",
    "DELETE FROM t WHERE k = ?1 AND a <> ?2",
    "DELETE FROM t WHERE a > ?1 + ?2",
    "DELETE FROM u WHERE a = ?1 OR a IN (SELECT b FROM t WHERE k = ?2)",
    "UPDATE t SET k = k + ?2 WHERE k = ?1",
];

/// Statements that insert a row without a rowid, and the same with one, `?3`.
const AUTOMATIC: [(&str, &str); 3] = [
    ("INSERT INTO t (a, b) VALUES (?1, ?2)", "INSERT INTO t VALUES (?3, ?1, ?2)"),
    (
        "INSERT INTO u SELECT max(a) + ?1 FROM t WHERE k > ?2",
        "INSERT INTO u (rowid, a) SELECT ?3, max(a) + ?1 FROM t WHERE k > ?2",
    ),
    ("INSERT INTO u VALUES (?1 * ?2)", "INSERT INTO u (rowid, a) VALUES (?3, ?1 * ?2)"),
];

/// What was run, with its numbers and the rowid of a row that it inserted last, and what was answered.
#[derive(Clone)]
struct Step {
    sql: &'static str,
    parameters: [i64; 2],
    rowid: i64,
    answer: String,
}

impl Step {
    /// What was answered when it is done again.
    fn again(&self, alone: &Connection) -> helios::Result<String> {
        let [one, other] = self.parameters;
        let automatic = AUTOMATIC.iter().find(|(sql, _)| *sql == self.sql);
        match automatic.filter(|_| self.answer == "1 changed") {
            Some((_, named)) => {
                let changed = alone.execute(named, [one, other, self.rowid])?;
                Ok(format!("{changed} changed"))
            }
            None => answer_or_violation(alone, self.sql, self.parameters),
        }
    }
}

/// A transaction under way, or done.
#[derive(Clone, Default)]
struct Work {
    done: Vec<Step>,
    writes: bool,
    /// How many had committed when it first read.
    began_at: usize,
}

/// The answer to a statement: rows or an error, as text.
fn answer(connection: &Connection, sql: &str, parameters: [i64; 2]) -> helios::Result<String> {
    let mut statement = connection.prepare(sql)?;
    let width = statement.columns().len();
    if width == 0 {
        return Ok(format!("{} changed", statement.execute(parameters)?));
    }
    let none: &[&dyn helios::ToSql] = &[];
    let both: &[&dyn helios::ToSql] = &[&parameters[0], &parameters[1]];
    let rows = statement.query_map(if statement.parameter_count() == 0 { none } else { both }, |row| {
        (0..width).map(|column| Ok(format!("{:?}", row.get_ref(column)?))).collect::<helios::Result<Vec<_>>>()
    })?;
    Ok(format!("{rows:?}"))
}

/// The same, where a constraint that does not hold is an answer too.
fn answer_or_violation(connection: &Connection, sql: &str, parameters: [i64; 2]) -> helios::Result<String> {
    match answer(connection, sql, parameters) {
        Err(error) if matches!(error.kind(), ErrorKind::Constraint(_)) => Ok(error.to_string()),
        other => other,
    }
}

fn state(connection: &Connection) -> helios::Result<Vec<String>> {
    ["SELECT * FROM t ORDER BY k", "SELECT rowid, a FROM u ORDER BY rowid"]
        .iter()
        .map(|sql| answer(connection, sql, [0, 0]))
        .collect()
}

/// Runs transactions beside each other and returns those that committed, in the order in which they take effect.
fn run_beside(connections: &[Connection], rounds: usize, numbers: &mut Numbers) -> TestResult<Vec<Work>> {
    let mut open: Vec<Option<Work>> = vec![None; connections.len()];
    let mut committed: Vec<Work> = Vec::new();
    let mut readers: Vec<Work> = Vec::new();
    for _ in 0..rounds {
        let who = numbers.below(connections.len());
        let connection = &connections[who];
        let Some(work) = &mut open[who] else {
            // Two of three are concurrent; the others take turns.
            let begin = *numbers.pick(&[
                "BEGIN CONCURRENT",
                "BEGIN CONCURRENT",
                "BEGIN CONCURRENT",
                "BEGIN",
                "BEGIN IMMEDIATE",
            ]);
            match connection.execute_batch(begin) {
                Ok(()) => open[who] = Some(Work { began_at: committed.len(), ..Work::default() }),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Busy, "{error:?}"),
            }
            continue;
        };
        if numbers.one_in(4) {
            let end = if numbers.one_in(6) { "ROLLBACK" } else { "COMMIT" };
            let result = connection.execute_batch(end);
            match &result {
                Ok(()) if end == "COMMIT" && work.writes => committed.push(work.clone()),
                Ok(()) if end == "COMMIT" => readers.push(work.clone()),
                Ok(()) => {}
                // Another has the turn; the transaction is open and goes on.
                Err(error) if error.kind() == ErrorKind::Busy => continue,
                Err(error) => assert_eq!(error.kind(), ErrorKind::BusySnapshot, "{error:?}"),
            }
            assert!(connection.is_autocommit());
            open[who] = None;
            continue;
        }
        let sql = *numbers.pick(&STATEMENTS);
        let parameters = [numbers.below(6) as i64, numbers.below(6) as i64];
        let is_first = work.done.is_empty();
        match answer_or_violation(connection, sql, parameters) {
            Ok(answer) => {
                if is_first {
                    work.began_at = committed.len();
                }
                work.writes |= !sql.starts_with("SELECT");
                let rowid = connection.last_insert_rowid();
                work.done.push(Step { sql, parameters, rowid, answer });
            }
            // The turn is somebody else's, or the snapshot is old; nothing was done.
            Err(error) if error.is_retryable() => {
                if numbers.one_in(2) {
                    connection.execute_batch("ROLLBACK")?;
                    open[who] = None;
                }
            }
            Err(error) => return Err(format!("{sql} {parameters:?}: {error:?}").into()),
        }
    }
    for (connection, work) in connections.iter().zip(open) {
        if work.is_some() {
            connection.execute_batch("ROLLBACK")?;
        }
    }
    // Each reader stands before the writers that committed after it began.
    readers.sort_by_key(|work| work.began_at);
    let mut order = Vec::new();
    let mut readers = readers.into_iter().peekable();
    for (at, work) in committed.into_iter().enumerate() {
        while let Some(reader) = readers.next_if(|reader| reader.began_at <= at) {
            order.push(reader);
        }
        order.push(work);
    }
    order.extend(readers);
    Ok(order)
}

fn compare(database: &Database, rounds: usize, numbers: &mut Numbers) -> TestResult<usize> {
    let connections: Vec<Connection> = (0..3).map(|_| database.connect()).collect::<helios::Result<_>>()?;
    for connection in &connections {
        connection.busy_timeout(std::time::Duration::ZERO)?;
    }
    connections[0].execute_batch("DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS u")?;
    connections[0].execute_batch(SCHEMA)?;
    let order = run_beside(&connections, rounds, numbers)?;
    let alone = Connection::open_in_memory()?;
    alone.execute_batch(SCHEMA)?;
    for (at, work) in order.iter().enumerate() {
        for step in &work.done {
            let Step { sql, parameters, answer, .. } = step;
            assert_eq!(
                &step.again(&alone)?,
                answer,
                "transaction {at}: {sql} {parameters:?}, in one that writes: {}",
                work.writes
            );
        }
    }
    assert_eq!(state(&connections[0])?, state(&alone)?);
    assert_whole(&connections[0])?;
    Ok(order.len())
}

#[test]
fn what_commits_is_as_if_done_one_after_another() -> TestResult {
    on_each(|database| {
        with_seed(|numbers| {
            let mut committed = 0;
            for _ in 0..repeats(40, 2000) {
                committed += compare(database, 60, numbers)?;
            }
            assert!(committed > 100, "{committed} transactions committed");
            Ok(())
        })
    })
}
