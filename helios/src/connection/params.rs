//! Parameters: values of Rust on their way into a statement.

use std::sync::Arc;

use helios_core::{Error, ErrorKind, Result, Value};
use helios_sql::chunk::{Chunk, Column};
use helios_sql::session::Statement;

/// What can be given as a parameter.
pub trait ToSql {
    /// The value.
    fn to_sql(&self) -> Value;
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl ToSql for $integer {
            fn to_sql(&self) -> Value {
                Value::Integer(i64::from(*self))
            }
        }
    )*};
}

integers!(i8, i16, i32, i64, u8, u16, u32);

impl ToSql for bool {
    fn to_sql(&self) -> Value {
        Value::boolean(*self)
    }
}

impl ToSql for f64 {
    fn to_sql(&self) -> Value {
        Value::real(*self)
    }
}

impl ToSql for f32 {
    fn to_sql(&self) -> Value {
        Value::real(f64::from(*self))
    }
}

impl ToSql for str {
    fn to_sql(&self) -> Value {
        Value::text(self)
    }
}

impl ToSql for String {
    fn to_sql(&self) -> Value {
        Value::text(self)
    }
}

impl ToSql for [u8] {
    fn to_sql(&self) -> Value {
        Value::blob(self)
    }
}

impl<const N: usize> ToSql for [u8; N] {
    fn to_sql(&self) -> Value {
        Value::blob(self)
    }
}

impl ToSql for Vec<u8> {
    fn to_sql(&self) -> Value {
        Value::blob(self)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> Value {
        self.clone()
    }
}

impl<T: ToSql> ToSql for Option<T> {
    fn to_sql(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToSql::to_sql)
    }
}

impl<T: ToSql + ?Sized> ToSql for &T {
    fn to_sql(&self) -> Value {
        (**self).to_sql()
    }
}

/// The parameters of one execution: `()`, an array of one type, `params![…]`, or pairs of a name with its prefix
/// (`":id"`) and a value.
pub trait Params: Sized {
    /// A chunk of one row, with a column for each parameter.
    ///
    /// # Errors
    /// The number is not the statement's; a name is none of the statement's.
    fn into_chunk(self, statement: &Statement) -> Result<Chunk>;
}

impl Params for () {
    fn into_chunk(self, statement: &Statement) -> Result<Chunk> {
        by_number(statement, &[])
    }
}

impl<T: ToSql, const N: usize> Params for [T; N] {
    fn into_chunk(self, statement: &Statement) -> Result<Chunk> {
        by_number(statement, &self.each_ref().map(|value| value as &dyn ToSql))
    }
}

impl Params for &[&dyn ToSql] {
    fn into_chunk(self, statement: &Statement) -> Result<Chunk> {
        by_number(statement, self)
    }
}

impl Params for &[(&str, &dyn ToSql)] {
    fn into_chunk(self, statement: &Statement) -> Result<Chunk> {
        let mut values = vec![Value::Null; statement.parameters().len()];
        for (name, value) in self {
            let is_named = |parameter: &Option<Box<str>>| parameter.as_deref() == Some(name);
            let position = statement.parameters().iter().position(is_named);
            let position = position.ok_or_else(|| range(format!("Invalid parameter name: {name}")))?;
            values[position] = value.to_sql();
        }
        Ok(chunk_of(values.into_iter()))
    }
}

fn by_number(statement: &Statement, values: &[&dyn ToSql]) -> Result<Chunk> {
    let expected = statement.parameters().len();
    if values.len() != expected {
        let given = values.len();
        return Err(range(format!(
            "Wrong number of parameters passed to query. Got {given}, needed {expected}"
        )));
    }
    Ok(chunk_of(values.iter().map(ToSql::to_sql)))
}

fn chunk_of(values: impl Iterator<Item = Value>) -> Chunk {
    Chunk::new(values.map(|value| Arc::new(Column::constant(value, 1))).collect(), 1)
}

fn range(message: String) -> Error {
    Error::new(ErrorKind::Range, message)
}

/// Parameters by number, of any types.
///
/// ```
/// use helios::{Connection, params};
///
/// let connection = Connection::open_in_memory()?;
/// let text: String = connection.query_row("SELECT ? || ?", params!["a", 1], |row| row.get(0))?;
/// assert_eq!(text, "a1");
/// # Ok::<(), helios::Error>(())
/// ```
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::ToSql),*] as &[&dyn $crate::ToSql]
    };
}

/// Parameters by name.
///
/// ```
/// use helios::{Connection, named_params};
///
/// let connection = Connection::open_in_memory()?;
/// let sum: i64 = connection
///     .query_row("SELECT :a + :b", named_params! {":a": 1, ":b": 2}, |row| row.get(0))?;
/// assert_eq!(sum, 3);
/// # Ok::<(), helios::Error>(())
/// ```
#[macro_export]
macro_rules! named_params {
    ($($name:literal : $value:expr),* $(,)?) => {
        &[$(($name, &$value as &dyn $crate::ToSql)),*] as &[(&str, &dyn $crate::ToSql)]
    };
}
