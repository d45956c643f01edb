//! Numbers at the ends of their ranges: the answers are SQLite's. What newer versions than 3.40 answer in other ways is
//! left out.

use helios::Connection;
use helios_testkit::TestResult;

use crate::answers::{helios_answer, sqlite_answer};

const MOST: &str = "9223372036854775807";
const LEAST: &str = "(-9223372036854775808)";

/// Compares the answers to queries of one value, where the table `t (a)` holds the two ends of the integers.
#[track_caller]
fn compare(queries: impl IntoIterator<Item = String>) -> TestResult {
    let ours = Connection::open_in_memory()?;
    let theirs = rusqlite::Connection::open_in_memory()?;
    let schema = format!("CREATE TABLE t (a); INSERT INTO t VALUES ({MOST}), ({LEAST}), (1)");
    ours.execute_batch(&schema)?;
    theirs.execute_batch(&schema)?;
    let mut different = Vec::new();
    for sql in queries {
        let (found, expected) = (helios_answer(&ours, &sql), sqlite_answer(&theirs, &sql));
        if found != expected {
            different.push(format!("{sql}: {found:?}, SQLite {expected:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    Ok(())
}

#[test]
fn arithmetic_at_the_ends_is_sqlites() -> TestResult {
    let operands =
        [MOST, LEAST, "-1", "0", "1", "2", "63", "64", "-64", "1e308", "-1e308", "9e999", "NULL", "0.5"];
    let mut queries = Vec::new();
    for left in operands {
        for operator in ["+", "-", "*", "/", "%", "<<", ">>", "&", "|", "=", "<", "||"] {
            queries.extend(operands.iter().map(|right| format!("SELECT {left} {operator} {right}")));
        }
        for call in ["-", "~", "abs", "sign", "round", "typeof", "hex", "CAST", "NOT ", "char"] {
            queries.push(match call {
                "CAST" => format!("SELECT CAST({left} AS INTEGER)"),
                _ => format!("SELECT {call}({left})"),
            });
        }
    }
    compare(queries)
}

#[test]
fn literals_and_casts_at_the_ends_are_sqlites() -> TestResult {
    let literals = [
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "0x7fffffffffffffff",
        "0xffffffffffffffff",
        "0x8000000000000000",
        "1e400",
        "-1e400",
        "1e-400",
        "99999999999999999999999999999",
        "0.1e1000000000",
        "1e99999999999999999999",
        "CAST('9223372036854775808' AS INTEGER)",
        "CAST('-9223372036854775809' AS INTEGER)",
        "CAST('1e400' AS REAL)",
        "CAST(9e18 AS INTEGER)",
        "CAST(1e19 AS INTEGER)",
        "CAST(-1e19 AS INTEGER)",
        "CAST(9e999 AS INTEGER)",
        "CAST('9e18xyz' AS NUMERIC)",
        "'9223372036854775808' + 0",
        "'9223372036854775807' + 1",
        "'-9223372036854775808' - 1",
    ];
    compare(literals.iter().map(|literal| format!("SELECT {literal}")))
}

#[test]
fn aggregates_at_the_ends_are_sqlites() -> TestResult {
    let queries = [
        "SELECT sum(a) FROM t",
        "SELECT sum(a) FROM t WHERE a > 0",
        "SELECT sum(-a) FROM t",
        "SELECT total(a) FROM t WHERE a > 0",
        "SELECT avg(a) FROM t WHERE a > 0",
        "SELECT sum(a + 0.0) FROM t WHERE a > 0",
        "SELECT max(a) - min(a) FROM t",
        "SELECT sum(a) FROM (SELECT 9e999 AS a UNION ALL SELECT -9e999)",
        "SELECT count(*) FROM t LIMIT -9223372036854775808",
    ];
    compare(queries.map(String::from))
}

#[test]
fn limits_at_the_ends_are_sqlites() -> TestResult {
    let values = [MOST, LEAST, "-1", "0", "1", "2", "3", "1e18", "1.0", "1.5", "'2'", "'x'", "NULL", "9e999"];
    let mut queries = Vec::new();
    for limit in values {
        queries.push(format!("SELECT count(*) FROM (SELECT a FROM t LIMIT {limit})"));
        queries.push(format!("SELECT count(*) FROM (SELECT a FROM t ORDER BY a LIMIT {limit})"));
        for offset in values {
            let bounds = format!("LIMIT {limit} OFFSET {offset}");
            queries.push(format!("SELECT count(*) FROM (SELECT a FROM t {bounds})"));
            queries.push(format!("SELECT count(*) FROM (SELECT a FROM t ORDER BY -a {bounds})"));
            queries
                .push(format!("SELECT count(*) FROM (SELECT a FROM t UNION ALL SELECT a FROM t {bounds})"));
        }
    }
    compare(queries)
}

#[test]
fn functions_at_the_ends_are_sqlites() -> TestResult {
    let values = [
        MOST,
        LEAST,
        "-1",
        "0",
        "1",
        "2147483647",
        "2147483648",
        "-2147483648",
        "4294967296",
        "1e300",
        "NULL",
    ];
    let mut queries = Vec::new();
    for value in values {
        for call in [
            "round({}, 1)",
            "char({})",
            "instr('abc', {})",
            "date({})",
            "date({}, 'unixepoch')",
            "date('now', {} || ' days') IS NULL",
            "strftime('%s', {})",
            "date('2000-01-01', '+' || {} || ' months')",
            "julianday({})",
            "time('2000-01-01', {} || ' seconds')",
            "printf('%d', {})",
            "printf('%u', {})",
            "printf('%x', {})",
            "printf('%c', {})",
            "printf('%g', {})",
            "json_array({})",
            "min({}, 1)",
            "max({}, 1.5)",
            "unicode({})",
            "length({})",
            "nullif({}, 1)",
            "likely({})",
            "trim({}, 9)",
        ] {
            queries.push(format!("SELECT {}", call.replace("{}", value)));
        }
    }
    compare(queries)
}

/// The last rowid is taken: others are looked for; with AUTOINCREMENT there is no other.
#[test]
fn the_last_rowid_can_be_used() -> TestResult {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(&format!(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a); CREATE TABLE u (k INTEGER PRIMARY KEY AUTOINCREMENT, a);
         INSERT INTO t VALUES ({MOST}, 1), ({LEAST}, 2); INSERT INTO u VALUES ({MOST}, 1)"
    ))?;
    connection.execute_batch("INSERT INTO t (a) VALUES (3)")?;
    let others: i64 = connection.query_row(
        "SELECT count(*) FROM t WHERE k > 0 AND k < 9223372036854775807 AND a = 3",
        (),
        |row| row.get(0),
    )?;
    assert_eq!(others, 1);
    let error = connection.execute_batch("INSERT INTO u (a) VALUES (2)").unwrap_err();
    assert_eq!((error.kind(), error.message()), (helios::ErrorKind::Full, "database or disk is full"));
    Ok(())
}
