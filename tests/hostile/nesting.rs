//! Statements that nest: what is deeper than the parser goes is refused with SQLite's words, what is not runs on the
//! stack of a small thread.

use helios::{Connection, ErrorKind};
use helios_testkit::TestResult;

use crate::answers::{assert_gives, assert_refused, on_a_small_stack};

/// `open` n times, `inside`, `close` n times.
fn nest(open: &str, inside: &str, close: &str, times: usize) -> String {
    [open.repeat(times), inside.to_owned(), close.repeat(times)].concat()
}

/// Everything that can hold itself.
const FORMS: [(&str, &str, &str); 24] = [
    ("(", "1", ")"),
    ("NOT ", "1", ""),
    ("- ", "1", ""),
    ("~", "1", ""),
    ("abs(", "1", ")"),
    ("coalesce(NULL, ", "1", ")"),
    ("CAST(", "1", " AS INTEGER)"),
    ("CASE WHEN 1 THEN ", "1", " ELSE 2 END"),
    ("CASE ", "1", " WHEN 1 THEN 1 END"),
    ("CASE ", "1", " WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 3 END"),
    ("coalesce(", "1", ", 2)"),
    ("nullif(", "1", ", 2)"),
    ("((", "1", ", 1) < (2, 2))"),
    ("((", "1", ", 1) IN ((1, 2), (1, 1), (2, 2)))"),
    ("((", "1", ", 1) BETWEEN (0, 0) AND (2, 2))"),
    ("(SELECT ", "1", ")"),
    ("(VALUES (", "1", "))"),
    ("EXISTS (SELECT ", "1", ")"),
    ("1 IN (", "1", ")"),
    ("1 IN (SELECT ", "1", ")"),
    ("1 + (", "1", ")"),
    ("1 BETWEEN 0 AND (", "1", ")"),
    ("(SELECT a FROM (SELECT ", "1", " AS a))"),
    ("(WITH c AS (SELECT ", "1", ") SELECT * FROM c)"),
];

#[test]
fn what_nests_ten_thousand_times_is_refused() -> TestResult {
    on_a_small_stack(|connection| {
        for (open, inside, close) in FORMS {
            for times in [10_000, 100_000] {
                let sql = format!("SELECT {}", nest(open, inside, close, times));
                assert_refused(connection, &sql, ErrorKind::Sql, "parser stack overflow");
                // Cut in the middle, nothing closes it.
                let sql = format!("SELECT {}", open.repeat(times));
                assert_refused(connection, &sql, ErrorKind::Sql, "parser stack overflow");
            }
        }
        Ok(())
    })
}

/// The deepest that is taken has to be bound, planned, run and dropped too.
#[test]
fn the_deepest_that_is_taken_runs() -> TestResult {
    on_a_small_stack(|connection| {
        for (open, inside, close) in FORMS {
            let deepest = (1..=250).rev().find(|&times| {
                let sql = format!("SELECT {}", nest(open, inside, close, times));
                match connection.execute_batch(&sql) {
                    Ok(()) => true,
                    Err(error) => {
                        assert_eq!(error.to_string(), "parser stack overflow", "{times} times {open}");
                        false
                    }
                }
            });
            assert!(deepest >= Some(20), "{open}: {deepest:?} is not deep");
        }
        Ok(())
    })
}

#[test]
fn from_clauses_that_nest_are_refused_or_run() -> TestResult {
    on_a_small_stack(|connection| {
        connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (7)")?;
        for (open, close) in [
            ("(", ")"),
            ("(SELECT * FROM ", ")"),
            ("(SELECT * FROM t UNION SELECT * FROM ", ")"),
            ("(SELECT DISTINCT * FROM ", " ORDER BY 1 LIMIT 1)"),
            ("(SELECT max(a) AS a FROM ", " GROUP BY a)"),
        ] {
            assert_gives(connection, &format!("SELECT * FROM {}", nest(open, "t", close, 25)), 7);
            let sql = format!("SELECT * FROM {}", nest(open, "t", close, 10_000));
            assert_refused(connection, &sql, ErrorKind::Sql, "parser stack overflow");
        }
        Ok(())
    })
}

#[test]
fn definitions_that_nest_are_refused() -> TestResult {
    on_a_small_stack(|connection| {
        connection.execute_batch("CREATE TABLE t (a)")?;
        let deep = nest("(", "1", ")", 10_000);
        for sql in [
            format!("CREATE TABLE u (a CHECK ({deep}))"),
            format!("CREATE TABLE u (a DEFAULT ({deep}))"),
            format!("CREATE TABLE u AS SELECT {deep}"),
            format!("INSERT INTO t VALUES ({deep})"),
            format!("UPDATE t SET a = {deep}"),
            format!("DELETE FROM t WHERE {deep}"),
            format!("EXPLAIN QUERY PLAN SELECT {deep}"),
            format!("SELECT 1 LIMIT {deep}"),
        ] {
            assert_refused(connection, &sql, ErrorKind::Sql, "parser stack overflow");
        }
        assert_refused(
            connection,
            &"EXPLAIN ".repeat(100_000),
            ErrorKind::Sql,
            "near \"EXPLAIN\": syntax error",
        );
        Ok(())
    })
}

/// Names for queries that build on each other nest when they are put in, not when they are read.
#[test]
fn common_tables_that_build_on_each_other_are_refused_or_run() -> TestResult {
    on_a_small_stack(|connection: &Connection| {
        let chain = |length: usize| {
            let steps: Vec<String> = (1..length)
                .map(|step| format!("c{step} AS (SELECT a + 1 AS a FROM c{})", step - 1))
                .collect();
            format!("WITH c0 AS (SELECT 0 AS a), {} SELECT a FROM c{}", steps.join(", "), length - 1)
        };
        assert_gives(connection, &chain(40), 39);
        for length in [300, 1000, 5000] {
            match connection.query_row(&chain(length), (), |row| row.get::<i64>(0)) {
                Ok(found) => assert_eq!(found, length as i64 - 1),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Sql, "{error:?}"),
            }
        }
        Ok(())
    })
}
