//! Values as SQLite has them: five storage classes, dynamic typing.
//!
//! In: nothing but plain numbers and bytes. Out: [`Value`] (owned) and [`ValueRef`] (borrowed), their order, their
//! affinities and their text forms, each in a module of its own. Text is bytes that are UTF-8 unless a program
//! forced something else into them, exactly as in SQLite; so text is never checked on the way from disk.

mod affinity;
mod collation;
mod compare;
mod format;
mod number;
mod places;

use std::fmt;
use std::sync::Arc;

pub use affinity::Affinity;
pub use collation::{Collation, Comparator, ProgramCollation};
pub use compare::{compare, compare_integer_real, compare_values};
pub use format::{format_real, write_integer, write_real};
pub use number::{Number, NumericPrefix, integral_real, parse_number, real_to_integer};

/// A value that owns its bytes. Cloning shares them.
#[derive(Clone, Default)]
pub enum Value {
    /// NULL.
    #[default]
    Null,
    /// A signed 64-bit integer.
    Integer(i64),
    /// A 64-bit float; never NaN (that is NULL).
    Real(f64),
    /// Text: UTF-8 in all but odd cases.
    Text(Arc<[u8]>),
    /// Bytes.
    Blob(Arc<[u8]>),
}

/// A value that borrows its bytes.
#[derive(Clone, Copy)]
pub enum ValueRef<'a> {
    /// NULL.
    Null,
    /// A signed 64-bit integer.
    Integer(i64),
    /// A 64-bit float; never NaN (that is NULL).
    Real(f64),
    /// Text: UTF-8 in all but odd cases.
    Text(&'a [u8]),
    /// Bytes.
    Blob(&'a [u8]),
}

impl Value {
    /// Text from a string.
    pub fn text(text: &str) -> Value {
        Value::Text(text.as_bytes().into())
    }

    /// Bytes.
    pub fn blob(bytes: &[u8]) -> Value {
        Value::Blob(bytes.into())
    }

    /// A float; NaN becomes NULL, as everywhere in SQLite.
    pub fn real(value: f64) -> Value {
        if value.is_nan() { Value::Null } else { Value::Real(value) }
    }

    /// SQL's truth values are the integers 1 and 0.
    pub fn boolean(value: bool) -> Value {
        Value::Integer(i64::from(value))
    }

    /// The value, borrowed.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Value::Null => ValueRef::Null,
            Value::Integer(value) => ValueRef::Integer(*value),
            Value::Real(value) => ValueRef::Real(*value),
            Value::Text(text) => ValueRef::Text(text),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }

    /// Whether this is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

impl<'a> ValueRef<'a> {
    /// The value with bytes of its own.
    pub fn to_value(self) -> Value {
        match self {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(value) => Value::Integer(value),
            ValueRef::Real(value) => Value::Real(value),
            ValueRef::Text(text) => Value::Text(text.into()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.into()),
        }
    }

    /// Whether this is NULL.
    pub fn is_null(self) -> bool {
        matches!(self, ValueRef::Null)
    }

    /// Whether two values are the same in class and bytes; 1 and 1.0 are not.
    pub fn is_identical(self, other: ValueRef<'_>) -> bool {
        match (self, other) {
            (ValueRef::Null, ValueRef::Null) => true,
            (ValueRef::Integer(a), ValueRef::Integer(b)) => a == b,
            (ValueRef::Real(a), ValueRef::Real(b)) => a.to_bits() == b.to_bits(),
            (ValueRef::Text(a), ValueRef::Text(b)) | (ValueRef::Blob(a), ValueRef::Blob(b)) => a == b,
            _ => false,
        }
    }

    /// What `typeof()` says.
    pub fn type_name(self) -> &'static str {
        match self {
            ValueRef::Null => "null",
            ValueRef::Integer(_) => "integer",
            ValueRef::Real(_) => "real",
            ValueRef::Text(_) => "text",
            ValueRef::Blob(_) => "blob",
        }
    }

    /// The truth of the value, as WHERE sees it: NULL is unknown, text counts as the number it begins with.
    pub fn truth(self) -> Option<bool> {
        match self {
            ValueRef::Null => None,
            ValueRef::Integer(value) => Some(value != 0),
            ValueRef::Real(value) => Some(value != 0.0),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(match parse_number(bytes).number {
                Number::Integer(value) => value != 0,
                Number::Real(value) => value != 0.0,
            }),
        }
    }

    /// The number that arithmetic sees: text and blobs count as the number they begin with, else 0.
    pub fn to_number(self) -> Option<Number> {
        match self {
            ValueRef::Null => None,
            ValueRef::Integer(value) => Some(Number::Integer(value)),
            ValueRef::Real(value) => Some(Number::Real(value)),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(parse_number(bytes).number),
        }
    }

    /// What `CAST(x AS INTEGER)` gives; NULL counts as 0.
    pub fn to_integer(self) -> i64 {
        match self {
            ValueRef::Null => 0,
            ValueRef::Integer(value) => value,
            ValueRef::Real(value) => real_to_integer(value),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => number::integer_prefix(bytes),
        }
    }

    /// What `CAST(x AS REAL)` gives; NULL counts as 0.
    pub fn to_real(self) -> f64 {
        match self {
            ValueRef::Null => 0.0,
            ValueRef::Integer(value) => value as f64,
            ValueRef::Real(value) => value,
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => number::real_prefix(bytes),
        }
    }

    /// Appends what `CAST(x AS TEXT)` gives; NULL appends nothing.
    pub fn write_text(self, out: &mut Vec<u8>) {
        match self {
            ValueRef::Null => {}
            ValueRef::Integer(value) => write_integer(value, out),
            ValueRef::Real(value) => write_real(value, out),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => out.extend_from_slice(bytes),
        }
    }

    /// How many bytes a text or a blob has; 0 for all that is neither.
    pub fn byte_count(self) -> usize {
        match self {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
            _ => 0,
        }
    }

    /// The bytes of `CAST(x AS TEXT)`, borrowed where they exist; `None` for NULL.
    pub fn text_bytes(self) -> Option<std::borrow::Cow<'a, [u8]>> {
        match self {
            ValueRef::Null => None,
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes.into()),
            ValueRef::Integer(_) | ValueRef::Real(_) => {
                let mut out = Vec::new();
                self.write_text(&mut out);
                Some(out.into())
            }
        }
    }

    /// The value as an SQL literal, as `quote()` writes it.
    pub fn write_literal(self, out: &mut Vec<u8>) {
        match self {
            ValueRef::Null => out.extend_from_slice(b"NULL"),
            ValueRef::Integer(value) => write_integer(value, out),
            ValueRef::Real(value) => format::write_real_literal(value, out),
            ValueRef::Text(text) => {
                out.push(b'\'');
                for &byte in text {
                    out.push(byte);
                    if byte == b'\'' {
                        out.push(byte);
                    }
                }
                out.push(b'\'');
            }
            ValueRef::Blob(bytes) => {
                out.extend_from_slice(b"X'");
                for byte in bytes {
                    out.extend_from_slice(format!("{byte:02X}").as_bytes());
                }
                out.push(b'\'');
            }
        }
    }
}

impl<'a> From<&'a Value> for ValueRef<'a> {
    fn from(value: &'a Value) -> ValueRef<'a> {
        value.as_ref()
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Integer(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::real(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::text(value)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Value {
        match number {
            Number::Integer(value) => Value::Integer(value),
            Number::Real(value) => Value::real(value),
        }
    }
}

/// Equality of class and content (`1` and `1.0` differ): what a test compares, not what SQL's `=` does.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Integer(a), Value::Integer(b)) => a == b,
            (Value::Real(a), Value::Real(b)) => a.to_bits() == b.to_bits(),
            (Value::Text(a), Value::Text(b)) | (Value::Blob(a), Value::Blob(b)) => a == b,
            _ => false,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut literal = Vec::new();
        self.write_literal(&mut literal);
        f.write_str(&String::from_utf8_lossy(&literal))
    }
}
