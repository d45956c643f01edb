//! A file of SQLite as a peer.

use std::path::Path;

use helios::{Value, ValueRef};
use rusqlite::types::{ToSqlOutput, ValueRef as Stored};
use rusqlite::{Connection, OpenFlags, ToSql};

use super::{Peer, Visit, rows, text};
use crate::failure::{Failure, Outcome};

/// What a file of SQLite begins with.
const HEADER: &[u8] = b"SQLite format 3\0";

/// A connection to a file of SQLite.
#[derive(Debug)]
pub(crate) struct SqlitePeer(Connection);

/// Whether a file begins as SQLite's files do.
pub(crate) fn is_sqlite_file(path: &Path) -> bool {
    use std::io::Read;
    let mut head = [0; HEADER.len()];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head == HEADER
}

impl SqlitePeer {
    /// Opens a file to read it, as it is at one moment.
    pub(crate) fn read(path: &Path) -> Outcome<SqlitePeer> {
        let mut peer =
            SqlitePeer(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?);
        peer.run("BEGIN")?;
        Ok(peer)
    }

    /// Opens a file so that nobody else can write to it, and so that it is whole without other files beside it.
    pub(crate) fn read_alone(path: &Path) -> Outcome<SqlitePeer> {
        let mut peer =
            SqlitePeer(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?);
        peer.run("PRAGMA journal_mode = DELETE")?;
        peer.run("BEGIN EXCLUSIVE")?;
        Ok(peer)
    }

    /// Makes a file.
    pub(crate) fn make(path: &Path) -> Outcome<SqlitePeer> {
        Ok(SqlitePeer(Connection::open(path).map_err(failed)?))
    }

    /// An error if SQLite finds that its file is damaged.
    pub(crate) fn check(&mut self) -> Outcome {
        let found = rows(self, "PRAGMA integrity_check")?;
        match found.iter().flatten().map(text).collect::<Vec<_>>().as_slice() {
            [ok] if ok == "ok" => Ok(()),
            problems => {
                Err(Failure::new(format!("the file that was written is damaged: {}", problems.join("; "))))
            }
        }
    }

    /// Closes the file and tells of errors.
    pub(crate) fn close(self) -> Outcome {
        self.0.close().map_err(|(_, error)| failed(error))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn failed(error: rusqlite::Error) -> Failure {
    Failure::new(match &error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => format!("SQLite: {message}"),
        other => format!("SQLite: {other}"),
    })
}

/// A value on its way into SQLite.
struct Bound<'v>(&'v Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0.as_ref() {
            ValueRef::Null => Stored::Null,
            ValueRef::Integer(number) => Stored::Integer(number),
            ValueRef::Real(number) => Stored::Real(number),
            ValueRef::Text(text) => Stored::Text(text),
            ValueRef::Blob(bytes) => Stored::Blob(bytes),
        }))
    }
}

fn value(stored: Stored<'_>) -> ValueRef<'_> {
    match stored {
        Stored::Null => ValueRef::Null,
        Stored::Integer(number) => ValueRef::Integer(number),
        Stored::Real(number) => ValueRef::Real(number),
        Stored::Text(text) => ValueRef::Text(text),
        Stored::Blob(bytes) => ValueRef::Blob(bytes),
    }
}

impl Peer for SqlitePeer {
    fn run(&mut self, sql: &str) -> Outcome {
        self.visit(sql, &mut |_| Ok(()))
    }

    fn visit(&mut self, sql: &str, visit: &mut Visit<'_>) -> Outcome {
        let mut statement = self.0.prepare(sql).map_err(failed)?;
        let width = statement.column_count();
        let mut found = statement.query([]).map_err(failed)?;
        while let Some(row) = found.next().map_err(failed)? {
            let values: rusqlite::Result<Vec<ValueRef<'_>>> =
                (0..width).map(|column| row.get_ref(column).map(value)).collect();
            visit(&values.map_err(failed)?)?;
        }
        Ok(())
    }

    fn insert(&mut self, sql: &str, rows: &[Vec<Value>]) -> Outcome {
        let mut statement = self.0.prepare_cached(sql).map_err(failed)?;
        for row in rows {
            statement.execute(rusqlite::params_from_iter(row.iter().map(Bound))).map_err(failed)?;
        }
        Ok(())
    }
}
