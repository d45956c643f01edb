//! Values on the wire: which number a type has, and values as texts and in binary.
//!
//! In: values of the engine with the type that clients are told, or bytes of clients. Out: bytes, or values as the
//! engine keeps them: 1 and 0, texts of moments in UTC, blobs. A value that its type cannot hold is an error.

mod binary;
mod numeric;
mod read;
mod stored;
mod text;

use helios::ValueRef;
use helios::sql::{BaseType, SqlType};

use crate::failure::Failure;

pub(crate) use helios::sql::{length_of, of_oid, oid_of};
pub(crate) use read::read;
pub(crate) use text::write_text;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// As a text.
    Text,
    /// In the type's binary form.
    Binary,
    /// With the storage class that the value has, whatever its type: what clients of our own ask for.
    Stored,
}

impl Format {
    /// The format of a number, which the message was checked to have.
    pub(crate) fn of(number: i16) -> Format {
        match number {
            1 => Format::Binary,
            2 => Format::Stored,
            _ => Format::Text,
        }
    }
}

/// How the values of a column are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) sql_type: SqlType,
    /// How many digits behind the point decimal numbers have at least.
    pub(crate) scale: Option<u8>,
    /// How many characters a value of `character(n)` is filled up to.
    pub(crate) width: Option<usize>,
    pub(crate) format: Format,
}

/// Writes a value that is not NULL.
pub(crate) fn write(value: ValueRef<'_>, shown: Shown, out: &mut Vec<u8>) -> Result<(), Failure> {
    let Shown { sql_type, scale, width, format } = shown;
    if let (Some(width), Format::Text | Format::Binary) = (width, format) {
        let start = out.len();
        write_text(value, sql_type, out)?;
        let written = String::from_utf8_lossy(&out[start..]).chars().count();
        out.resize(out.len() + width.saturating_sub(written), b' ');
        return Ok(());
    }
    if let (Some(scale), Format::Text | Format::Binary) = (scale, format)
        && sql_type == SqlType::of(BaseType::Numeric)
    {
        let mut text = Vec::new();
        text::write_numeric(value, sql_type, &mut text)?;
        numeric::fill_up(&mut text, usize::from(scale));
        if format == Format::Text {
            out.extend_from_slice(&text);
            return Ok(());
        }
        return numeric::write_numeric(&text, out).ok_or_else(|| wrong(value, sql_type));
    }
    match format {
        Format::Text => write_text(value, sql_type, out),
        Format::Binary => binary::write_binary(value, sql_type, out),
        Format::Stored => {
            stored::write(value, out);
            Ok(())
        }
    }
}

/// An error about a value that its type cannot hold.
fn wrong(value: ValueRef<'_>, sql_type: SqlType) -> Failure {
    let mut text = Vec::new();
    value.write_text(&mut text);
    text.truncate(100);
    let text = String::from_utf8_lossy(&text);
    Failure::new(
        crate::sqlstate::INVALID_TEXT,
        format!("invalid input syntax for type {}: \"{text}\"", sql_type.catalog_name()),
    )
}
