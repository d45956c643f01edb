//! SQLite itself.
//!
//! In: a call. Out: how its answer differs from that of helios, in class or in bytes.

use super::call::Call;
use helios_core::{Error, Result, Value};
use rusqlite::types::{ToSqlOutput, ValueRef as SqlRef};
use rusqlite::{Connection, params_from_iter};

/// A connection to an empty database.
#[derive(Debug)]
pub(crate) struct Oracle(Connection);

impl Oracle {
    pub(crate) fn open() -> Result<Oracle> {
        let connection = Connection::open_in_memory();
        connection.map(Oracle).map_err(|error| Error::sql("the oracle does not open").caused_by(error))
    }

    /// What SQLite answers; its words, if it refuses.
    fn run(&self, call: &Call) -> Result<Value, String> {
        let marks = vec!["?"; call.arguments.len()].join(",");
        let words = |error: rusqlite::Error| match error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message,
            rusqlite::Error::SqlInputError { msg, .. } => msg,
            other => other.to_string(),
        };
        let mut statement =
            self.0.prepare_cached(&format!("SELECT {}({marks})", call.name)).map_err(words)?;
        let arguments = call.arguments.iter().map(|value| {
            ToSqlOutput::Borrowed(match value {
                Value::Null => SqlRef::Null,
                Value::Integer(value) => SqlRef::Integer(*value),
                Value::Real(value) => SqlRef::Real(*value),
                Value::Text(text) => SqlRef::Text(text),
                Value::Blob(bytes) => SqlRef::Blob(bytes),
            })
        });
        let answer = statement.query_row(params_from_iter(arguments), |row| {
            Ok(match row.get_ref(0)? {
                SqlRef::Null => Value::Null,
                SqlRef::Integer(value) => Value::Integer(value),
                SqlRef::Real(value) => Value::Real(value),
                SqlRef::Text(text) => Value::Text(text.into()),
                SqlRef::Blob(bytes) => Value::Blob(bytes.into()),
            })
        });
        answer.map_err(words)
    }

    /// A line about the call, if SQLite and helios do not agree on it.
    pub(crate) fn difference(&self, call: &Call) -> Option<String> {
        let sqlite = self.run(call);
        let helios = call.run().map_err(|error| error.message().to_owned());
        let same = match (&sqlite, &helios) {
            // Only the sign of a zero, which no text form shows, may differ.
            (Ok(Value::Real(a)), Ok(Value::Real(b))) => a == b,
            (a, b) => a == b,
        };
        (!same).then(|| format!("{}{:?}: SQLite {sqlite:?}, helios {helios:?}", call.name, call.arguments))
    }
}
