//! Values of absurd sizes: SQLite's limit is a thousand million bytes, and nothing that large is even begun.

use helios::{Connection, ErrorKind};
use helios_testkit::TestResult;

use crate::answers::{assert_gives, assert_refused, on_a_small_stack};

#[test]
fn what_would_be_too_big_is_refused_before_it_is_made() -> TestResult {
    on_a_small_stack(|connection: &Connection| {
        connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(1000000))")?;
        let million = "hex(zeroblob(500000))";
        for expression in [
            "zeroblob(1000000001)".to_owned(),
            "zeroblob(9223372036854775807)".to_owned(),
            "randomblob(1000000001)".to_owned(),
            format!("replace({million}, '0', {million})"),
            format!("replace({million}, '0', printf('%2000s', 'x'))"),
            "printf('%1000000001d', 1)".to_owned(),
            "printf('%*d', 2000000000, 1)".to_owned(),
            "printf('%-1000000001s|', 'x')".to_owned(),
            "printf('%s%1000000000s', 'x', 'y')".to_owned(),
            "printf('%.1000000001d', 1)".to_owned(),
        ] {
            assert_refused(
                connection,
                &format!("SELECT {expression}"),
                ErrorKind::TooBig,
                "string or blob too big",
            );
            assert_refused(
                connection,
                &format!("UPDATE t SET a = {expression}"),
                ErrorKind::TooBig,
                "string or blob too big",
            );
        }
        assert_gives(connection, "SELECT length(a) FROM t", 1_000_000);
        Ok(())
    })
}

#[test]
fn sizes_that_are_no_sizes_mean_what_they_mean_in_sqlite() -> TestResult {
    on_a_small_stack(|connection| {
        for (sql, expected) in [
            ("SELECT length(zeroblob(-1))", 0),
            ("SELECT length(zeroblob(-9223372036854775807))", 0),
            ("SELECT length(zeroblob(NULL))", 0),
            ("SELECT length(randomblob(-5))", 1),
            ("SELECT length(printf('%.*s', -2147483648, 'abc')) > 0", 1),
            ("SELECT length(replace(hex(zeroblob(1000000)), '0', ''))", 0),
        ] {
            assert_gives(connection, sql, expected);
        }
        Ok(())
    })
}

/// Values of some megabytes are values like others: also in keys.
#[test]
fn values_of_megabytes_are_stored_compared_and_found() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let connection = Connection::open(&path)?;
    connection.execute_batch("CREATE TABLE t (k TEXT PRIMARY KEY, a BLOB); CREATE INDEX i ON t (a)")?;
    let (first, second) = ("x".repeat(10_000_000), "x".repeat(10_000_001));
    let blob = vec![0; 10_000_000];
    connection.execute("INSERT INTO t VALUES (?, ?)", helios::params![first, blob])?;
    connection.execute("INSERT INTO t VALUES (?, ?)", helios::params![second, "short"])?;
    let error = connection.execute("INSERT INTO t VALUES (?, 1)", [&first]).unwrap_err();
    assert_eq!(error.message(), "UNIQUE constraint failed: t.k");
    drop(connection);
    let connection = Connection::open(&path)?;
    let length = |sql: &str, value: &dyn helios::ToSql| -> helios::Result<i64> {
        connection.query_row(sql, helios::params![value], |row| row.get(0))
    };
    assert_eq!(length("SELECT length(a) FROM t WHERE k = ?", &first)?, 10_000_000);
    assert_eq!(length("SELECT length(k) FROM t WHERE a = ?", &blob)?, 10_000_000);
    assert_eq!(length("SELECT length(k) FROM t WHERE a = ?", &"short")?, 10_000_001);
    connection.execute("DELETE FROM t WHERE k = ?", [&first])?;
    assert_gives(&connection, "SELECT count(*) FROM t", 1);
    assert_gives(&connection, "PRAGMA integrity_check", "ok");
    Ok(())
}

/// JSON that nests is read by functions that nest: they have a limit.
#[test]
fn json_that_nests_is_refused() -> TestResult {
    on_a_small_stack(|connection| {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            for times in [10_000, 1_000_000] {
                let deep = [&open.repeat(times), "1", &close.repeat(times)].concat();
                let valid: bool = connection.query_row("SELECT json_valid(?)", [&deep], |row| row.get(0))?;
                assert!(!valid);
                for call in
                    ["json(?1)", "json_extract(?1, '$')", "json_type(?1)", "json_patch(?1, ?1)", "?1 -> 0"]
                {
                    let found: helios::Result<helios::Value> =
                        connection.query_row(&format!("SELECT {call}"), [&deep], |row| row.get(0));
                    assert_eq!(found.unwrap_err().message(), "malformed JSON", "{call}");
                }
            }
            let deepest = [&open.repeat(990), "1", &close.repeat(990)].concat();
            for call in
                ["json(?1)", "json_patch(?1, ?1)", "json_set(?1, '$.b', json(?1))", "json_array(json(?1))"]
            {
                let found: helios::Result<String> =
                    connection.query_row(&format!("SELECT {call}"), [&deepest], |row| row.get(0));
                assert!(found.is_ok(), "{call}: {found:?}");
            }
            let path = format!("${}", if open == "[" { "[0]" } else { ".a" }.repeat(100_000));
            let found: helios::Result<Option<i64>> =
                connection.query_row("SELECT json_extract(?, ?)", [&deepest, &path], |row| row.get(0));
            assert_eq!(found?, None);
            let grown: helios::Result<helios::Value> =
                connection.query_row("SELECT json_set('{}', ?)", [&path], |row| row.get(0));
            assert!(grown.is_err(), "a path without a value");
            let grown: helios::Result<helios::Value> =
                connection.query_row("SELECT json_set('[]', ?, 1)", [&path], |row| row.get(0));
            if let Err(error) = grown {
                assert_eq!(error.kind(), ErrorKind::Sql, "{error:?}");
            }
        }
        Ok(())
    })
}
