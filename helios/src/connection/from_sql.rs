//! Values of SQL on their way out, into Rust's types.

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

/// What a value can be read as.
pub trait FromSql: Sized {
    /// Reads a value.
    ///
    /// # Errors
    /// The value is of another class, or out of range.
    fn from_sql(value: ValueRef<'_>) -> Result<Self>;
}

fn mismatch(value: ValueRef<'_>, wanted: &str) -> Error {
    let class = match value {
        ValueRef::Null => "NULL",
        ValueRef::Integer(_) => "an integer",
        ValueRef::Real(_) => "a float",
        ValueRef::Text(_) => "a text",
        ValueRef::Blob(_) => "a blob",
    };
    Error::new(ErrorKind::Mismatch, format!("the value is {class}, not {wanted}"))
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl FromSql for $integer {
            fn from_sql(value: ValueRef<'_>) -> Result<$integer> {
                let ValueRef::Integer(integer) = value else { return Err(mismatch(value, "an integer")) };
                let out_of_range = || {
                    Error::new(ErrorKind::Range, format!("{integer} is out of the range of {}", stringify!($integer)))
                };
                <$integer>::try_from(integer).map_err(|_| out_of_range())
            }
        }
    )*};
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64, usize);

impl FromSql for bool {
    fn from_sql(value: ValueRef<'_>) -> Result<bool> {
        i64::from_sql(value).map(|integer| integer != 0)
    }
}

impl FromSql for f64 {
    fn from_sql(value: ValueRef<'_>) -> Result<f64> {
        match value {
            ValueRef::Integer(integer) => Ok(integer as f64),
            ValueRef::Real(real) => Ok(real),
            _ => Err(mismatch(value, "a number")),
        }
    }
}

impl FromSql for String {
    fn from_sql(value: ValueRef<'_>) -> Result<String> {
        let ValueRef::Text(text) = value else { return Err(mismatch(value, "a text")) };
        let text = std::str::from_utf8(text);
        let text =
            text.map_err(|error| Error::new(ErrorKind::Mismatch, "the text is not UTF-8").caused_by(error))?;
        Ok(text.to_owned())
    }
}

impl FromSql for Vec<u8> {
    fn from_sql(value: ValueRef<'_>) -> Result<Vec<u8>> {
        match value {
            ValueRef::Blob(bytes) => Ok(bytes.to_vec()),
            _ => Err(mismatch(value, "a blob")),
        }
    }
}

impl FromSql for Value {
    fn from_sql(value: ValueRef<'_>) -> Result<Value> {
        Ok(value.to_value())
    }
}

impl<T: FromSql> FromSql for Option<T> {
    fn from_sql(value: ValueRef<'_>) -> Result<Option<T>> {
        if matches!(value, ValueRef::Null) { Ok(None) } else { T::from_sql(value).map(Some) }
    }
}
