//! What a statement is answered with, here and in SQLite.

use helios::{Connection, ErrorKind, Value};
use helios_testkit::TestResult;

/// Runs `test` with a connection to a new database in memory, on a thread whose stack is the smallest that programs
/// usually have. An overflow ends the whole test run.
pub(crate) fn on_a_small_stack(test: fn(&Connection) -> TestResult) -> TestResult {
    let work = move || test(&Connection::open_in_memory()?);
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work)?;
    thread.join().map_err(|_| "the thread panicked")?
}

/// The first value of the first row of a query.
pub(crate) fn value(connection: &Connection, sql: &str) -> helios::Result<Value> {
    connection.query_row(sql, (), |row| row.get(0))
}

/// Checks that a statement is refused as it is to be, and that the connection goes on.
#[track_caller]
pub(crate) fn assert_refused(connection: &Connection, sql: &str, kind: ErrorKind, message: &str) {
    let shown = &sql[..sql.len().min(60)];
    match connection.execute_batch(sql) {
        Ok(()) => panic!("{shown}… was run"),
        Err(error) => {
            let said: String = error.to_string().chars().take(200).collect();
            assert_eq!((error.kind(), said.as_str()), (kind, message), "{shown}…");
        }
    }
    assert_eq!(value(connection, "SELECT 1").ok(), Some(Value::Integer(1)), "after {shown}…");
    assert!(connection.is_autocommit(), "after {shown}…");
}

/// Checks that a query gives this value.
#[track_caller]
pub(crate) fn assert_gives(connection: &Connection, sql: &str, expected: impl Into<Value>) {
    let shown = &sql[..sql.len().min(60)];
    match value(connection, sql) {
        Ok(found) => assert!(found == expected.into(), "{shown}… gives another value"),
        Err(error) => panic!("{shown}…: {error:?}"),
    }
}

/// What SQLite answers: the value of the first row, or its error.
pub(crate) fn sqlite_answer(connection: &rusqlite::Connection, sql: &str) -> Result<String, String> {
    let value = connection.query_row(sql, (), |row| row.get::<_, rusqlite::types::Value>(0));
    match value {
        Ok(rusqlite::types::Value::Null) => Ok("NULL".into()),
        Ok(rusqlite::types::Value::Integer(integer)) => Ok(integer.to_string()),
        Ok(rusqlite::types::Value::Real(real)) => Ok(format!("{real:?}")),
        Ok(rusqlite::types::Value::Text(text)) => Ok(format!("'{text}'")),
        Ok(rusqlite::types::Value::Blob(bytes)) => Ok(format!("{bytes:?}")),
        Err(rusqlite::Error::SqliteFailure(_, Some(message))) => Err(message),
        Err(rusqlite::Error::SqlInputError { msg, .. }) => Err(msg),
        Err(rusqlite::Error::QueryReturnedNoRows) => Err("no rows".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// What helios answers, in the same words.
pub(crate) fn helios_answer(connection: &Connection, sql: &str) -> Result<String, String> {
    match value(connection, sql) {
        Ok(Value::Null) => Ok("NULL".into()),
        Ok(Value::Integer(integer)) => Ok(integer.to_string()),
        Ok(Value::Real(real)) => Ok(format!("{real:?}")),
        Ok(Value::Text(text)) => Ok(format!("'{}'", String::from_utf8_lossy(&text))),
        Ok(Value::Blob(bytes)) => Ok(format!("{:?}", &bytes[..])),
        Err(error) if error.kind() == ErrorKind::Range => Err("no rows".into()),
        Err(error) => Err(error.message().to_owned()),
    }
}
