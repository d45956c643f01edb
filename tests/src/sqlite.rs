//! SQLite, the oracle.

use std::ffi::c_int;
use std::path::Path;
use std::time::Duration;

use helios_core::Value;
use rusqlite::Connection;
use rusqlite::ffi::{SQLITE_DBCONFIG_FP_DIGITS, SQLITE_INTERRUPT, SQLITE_OK, sqlite3_db_config};
use rusqlite::types::ValueRef;

use crate::answer::{Answer, Refusal, Rows};
use crate::collation::{LENGTHWISE, lengthwise};

/// A connection to an empty database in memory.
#[derive(Debug)]
pub struct Sqlite(Connection);

impl Sqlite {
    /// Opens the database. Foreign keys are off, as in SQLite unless a program or a build asks for them.
    pub fn open() -> rusqlite::Result<Sqlite> {
        let connection = Connection::open_in_memory()?;
        connection.pragma_update(None, "foreign_keys", false)?;
        write_fifteen_digits(&connection);
        connection.create_collation(LENGTHWISE, |a, b| lengthwise(a.as_bytes(), b.as_bytes()))?;
        Ok(Sqlite(connection))
    }

    /// Opens a file, in WAL mode, for one of several connections. None waits for another.
    pub fn open_file(path: &Path) -> rusqlite::Result<Sqlite> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "foreign_keys", false)?;
        write_fifteen_digits(&connection);
        connection.pragma_update(None, "journal_mode", "wal")?;
        // What is tested here is not what a power cut leaves.
        connection.pragma_update(None, "synchronous", "off")?;
        connection.busy_timeout(Duration::ZERO)?;
        Ok(Sqlite(connection))
    }

    /// Runs one statement.
    pub fn run(&mut self, sql: &str) -> Answer {
        let result = self.rows(sql).map_err(refusal);
        Answer {
            result,
            changes: self.0.changes() as i64,
            total_changes: self.0.total_changes() as i64,
            last_insert_rowid: self.0.last_insert_rowid(),
            in_transaction: !self.0.is_autocommit(),
        }
    }

    /// Runs one query, unless it takes more than so many steps of SQLite's machine: then nothing is known of it.
    pub fn run_within(&mut self, sql: &str, steps: i32) -> rusqlite::Result<Option<Answer>> {
        self.0.progress_handler(steps, Some(|| true))?;
        let answer = self.run(sql);
        self.0.progress_handler(0, None::<fn() -> bool>)?;
        let is_interrupted = answer.result.as_ref().is_err_and(|refusal| refusal.code == SQLITE_INTERRUPT);
        Ok((!is_interrupted).then_some(answer))
    }

    fn rows(&self, sql: &str) -> rusqlite::Result<Rows> {
        let mut statement = self.0.prepare(sql)?;
        let names_of =
            |statement: &rusqlite::Statement<'_>| statement.column_names().map(str::to_owned).collect();
        let mut names: Vec<String> = names_of(&statement);
        let mut rows = statement.raw_query();
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            if all.is_empty() {
                // The first step finds out whether another connection has changed the columns.
                names = names_of(row.as_ref());
            }
            let values: rusqlite::Result<Vec<Value>> =
                (0..names.len()).map(|column| row.get_ref(column).map(value)).collect();
            all.push(values?);
        }
        Ok(Rows { names, rows: all })
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(text) => Value::Text(text.into()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.into()),
    }
}

fn refusal(error: rusqlite::Error) -> Refusal {
    match error {
        rusqlite::Error::SqliteFailure(error, Some(message)) => {
            Refusal { code: error.extended_code, message }
        }
        rusqlite::Error::SqlInputError { error, msg, .. } => {
            Refusal { code: error.extended_code, message: msg }
        }
        other => {
            let code = other.sqlite_error().map_or(-1, |error| error.extended_code);
            Refusal { code, message: other.to_string() }
        }
    }
}

/// Makes texts of floats with 15 digits, as SQLite did before 3.52 and as helios does.
#[expect(unsafe_code, reason = "the setting has no other way in")]
fn write_fifteen_digits(connection: &Connection) {
    // SAFETY: the handle is that of an open connection, and this operation takes an int and a pointer that may be null.
    let result = unsafe {
        sqlite3_db_config(
            connection.handle(),
            SQLITE_DBCONFIG_FP_DIGITS,
            15 as c_int,
            std::ptr::null_mut::<c_int>(),
        )
    };
    assert_eq!(result, SQLITE_OK, "SQLite knows the setting");
}
