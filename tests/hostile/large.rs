//! Statements of ten megabytes, texts that are no UTF-8, NUL bytes.

use helios::{Connection, ErrorKind, Value};
use helios_testkit::TestResult;

use crate::answers::{assert_gives, assert_refused, on_a_small_stack, value};

const TEN_MEGABYTES: usize = 10 << 20;

#[test]
fn a_literal_of_ten_megabytes_is_stored() -> TestResult {
    let directory = tempfile::tempdir()?;
    for place in [directory.path().join("test.db"), ":memory:".into()] {
        let connection = Connection::open(&place)?;
        let text = "It''s ".repeat(TEN_MEGABYTES / 6);
        connection.execute_batch(&format!("CREATE TABLE t (a); INSERT INTO t VALUES ('{text}')"))?;
        let found: String = connection.query_row("SELECT a FROM t", (), |row| row.get(0))?;
        assert!(found == text.replace("''", "'"));
        assert_gives(&connection, &format!("SELECT count(*) FROM t WHERE a = '{text}'"), 1);
        let blob = "0aF9".repeat(TEN_MEGABYTES / 4);
        assert_gives(&connection, &format!("SELECT length(x'{blob}')"), (TEN_MEGABYTES / 2) as i64);
    }
    Ok(())
}

#[test]
fn rows_of_ten_megabytes_are_inserted() -> TestResult {
    let directory = tempfile::tempdir()?;
    let connection = Connection::open(directory.path().join("test.db"))?;
    connection.execute_batch("CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT, b); CREATE INDEX i ON t (b)")?;
    let rows = 66_000;
    let values: Vec<String> =
        (0..rows).map(|row| format!("({row}, '{}', {})", "v".repeat(150), row % 100)).collect();
    let sql = format!("INSERT INTO t VALUES {}", values.join(", "));
    assert!(sql.len() > TEN_MEGABYTES);
    connection.execute_batch(&sql)?;
    assert_gives(&connection, "SELECT count(*) FROM t", rows);
    assert_gives(&connection, "SELECT count(*) FROM t WHERE b = 7", rows / 100);
    // The last row is there already: nothing of the statement stays.
    let error =
        connection.execute_batch(&sql.replace("(0, ", "(-1, ").replacen("(1, ", "(-2, ", 1)).unwrap_err();
    assert_eq!(error.message(), "UNIQUE constraint failed: t.k");
    assert_gives(&connection, "SELECT count(*) FROM t", rows);
    assert_gives(&connection, "PRAGMA integrity_check", "ok");
    Ok(())
}

#[test]
fn a_text_that_grows_without_end_is_an_error() -> TestResult {
    let connection = Connection::open(":memory:")?;
    let rows = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000) \
                SELECT length(group_concat(zeroblob(100000))) FROM n";
    let error = connection.query_row(rows, (), |row| row.get::<i64>(0)).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::TooBig, "string or blob too big"));
    assert_gives(&connection, "SELECT 1", 1);
    Ok(())
}

#[test]
fn names_of_megabytes_are_names() -> TestResult {
    on_a_small_stack(|connection| {
        let name = "n".repeat(1 << 20);
        connection.execute_batch(&format!("CREATE TABLE {name} ({name}); INSERT INTO {name} VALUES (4)"))?;
        assert_gives(connection, &format!("SELECT {name}.{name} FROM {name}"), 4);
        let error = connection.execute_batch(&format!("SELECT * FROM {name}x")).unwrap_err();
        assert!(error.message().starts_with("no such table: nnn"));
        let error = connection.execute_batch(&format!("SELECT 1 FROM t {name} {name}")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Sql);
        Ok(())
    })
}

/// Broken off anywhere, a statement is an error or another statement, and never an endless loop.
#[test]
fn a_statement_that_breaks_off_is_an_error() -> TestResult {
    on_a_small_stack(|connection| {
        let sql = "WITH c (x) AS (SELECT 'a''b' || \"q\"\"\" FROM [t u] AS `v` LEFT JOIN w USING (i) WHERE NOT x'ab' IN (?1, :n, @m, $k) \
                   /* c */ GROUP BY 1 HAVING max(1.5e-7) BETWEEN 0x1f AND 2) SELECT CASE WHEN 1 THEN CAST(x AS TEXT) END FROM c ORDER BY 1 DESC LIMIT 5 OFFSET 2; -- d";
        for end in 0..sql.len() {
            let error = connection.execute_batch(&sql[..end]).err();
            let is_known = error.as_ref().is_none_or(|error| error.kind() == ErrorKind::Sql);
            assert!(is_known, "{}: {error:?}", &sql[..end]);
            for byte in [
                "\0",
                "'",
                "\"",
                "(",
                ")",
                ";",
                "\u{1f600}",
                "\\",
                "#",
                "\u{feff}",
                "0x",
                ".",
                "?",
                ":",
                "/*",
                "--",
            ] {
                let broken = [&sql[..end], byte, &sql[end..]].concat();
                if let Err(error) = connection.execute_batch(&broken) {
                    assert_eq!(error.kind(), ErrorKind::Sql, "{broken}: {error:?}");
                }
            }
        }
        Ok(())
    })
}

#[test]
fn a_nul_ends_a_statement_as_in_sqlite() -> TestResult {
    let connection = Connection::open_in_memory()?;
    for sql in [
        "\0",
        ";\0;",
        "\0SELECT",
        "SELECT 1\0",
        "SELECT 1\0garbage",
        "SELECT 1;\0garbage",
        "SELECT 1 -- \0\n x",
    ] {
        connection.execute_batch(sql)?;
    }
    assert_refused(&connection, "SELECT\0 1", ErrorKind::Sql, "incomplete input");
    assert_refused(&connection, "SELECT 'a\0b'", ErrorKind::Sql, "unrecognized token: \"'a\"");
    Ok(())
}

#[test]
fn nul_bytes_in_values_are_kept() -> TestResult {
    let directory = tempfile::tempdir()?;
    let connection = Connection::open(directory.path().join("test.db"))?;
    connection.execute_batch("CREATE TABLE t (a TEXT PRIMARY KEY, b BLOB, c); CREATE INDEX i ON t (b, c)")?;
    let texts = ["", "\0", "\0\0", "a\0", "a\0b", "a\0\u{ff}", "a", "\u{1}"];
    for (text, number) in texts.iter().zip(0_i64..) {
        connection
            .execute("INSERT INTO t VALUES (?, ?, ?)", helios::params![text, text.as_bytes(), number])?;
    }
    for (text, number) in texts.iter().zip(0_i64..) {
        let by_text: i64 = connection.query_row("SELECT c FROM t WHERE a = ?", [text], |row| row.get(0))?;
        let by_blob: i64 =
            connection.query_row("SELECT c FROM t WHERE b = ?", [text.as_bytes()], |row| row.get(0))?;
        assert_eq!((by_text, by_blob), (number, number), "{text:?}");
    }
    let mut sorted: Vec<&str> = texts.to_vec();
    sorted.sort_unstable();
    let found: Vec<String> = connection.query("SELECT a FROM t ORDER BY a", (), |row| row.get(0))?;
    assert_eq!(found, sorted);
    assert_gives(&connection, "PRAGMA integrity_check", "ok");
    Ok(())
}

#[test]
fn texts_that_are_no_utf8_are_values_and_not_strings() -> TestResult {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch("CREATE TABLE t (a TEXT UNIQUE)")?;
    connection
        .execute_batch("INSERT INTO t VALUES (CAST(x'ff00fe' AS TEXT)), (CAST(x'c3' AS TEXT)), ('ok')")?;
    let texts: Vec<Value> = connection.query("SELECT a FROM t WHERE a <> 'ok'", (), |row| row.get(0))?;
    assert_eq!(texts.len(), 2);
    let error =
        connection.query("SELECT a FROM t WHERE a <> 'ok'", (), |row| row.get::<String>(0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
    for text in &texts {
        let error = connection.execute("INSERT INTO t VALUES (?)", [text]).unwrap_err();
        assert_eq!(error.message(), "UNIQUE constraint failed: t.a");
    }
    // Every function of text takes them, whatever it makes of them.
    for call in [
        "upper(a)",
        "lower(a)",
        "length(a)",
        "substr(a, 1, 1)",
        "substr(a, -1)",
        "trim(a)",
        "trim(a, a)",
        "replace(a, a, a)",
        "instr(a, a)",
        "hex(a)",
        "quote(a)",
        "unicode(a)",
        "printf('%s %q %.2s', a, a, a)",
        "a LIKE a",
        "a GLOB a",
        "a || a",
        "json_quote(a)",
        "date(a)",
        "CAST(a AS INTEGER)",
        "CAST(a AS BLOB)",
        "a + 1",
        "ltrim(a, 'x')",
        "like(a, a, '\\')",
        "json_valid(a)",
        "soundex(a)",
        "max(a, 'a')",
        "group_concat(a)",
        "typeof(a)",
        "char(unicode(a))",
    ] {
        if let Err(error) = value(&connection, &format!("SELECT {call} FROM t")) {
            assert_eq!(error.kind(), ErrorKind::Sql, "{call}: {error:?}");
        }
    }
    assert_gives(&connection, "PRAGMA integrity_check", "ok");
    Ok(())
}
