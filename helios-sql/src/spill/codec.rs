//! Chunks as bytes.
//!
//! ```text
//! chunk     rows, width, then the columns           numbers are 8 bytes, little-endian
//! column    tag, then
//!   NULL       nothing
//!   constant   one value
//!   mixed      a value for each row
//!   others     1 and a byte for each row (is it NULL), or 0; then the values:
//!              8 bytes each, or the ends of the strings, 8 bytes each, and their bytes
//! value     class, then 8 bytes, or a length and bytes
//! ```
//! Nothing but the process that wrote it reads it, so there is no version; bytes that break the format are still an
//! error, as a disk may give others than it was given.

use std::sync::Arc;

use helios_core::{Error, Result, Value};

use crate::chunk::{Chunk, Column, Data, Strings};

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BLOB: u8 = 4;
const MIXED: u8 = 5;
const CONSTANT: u8 = 6;

/// Appends a chunk.
pub(super) fn write_chunk(chunk: &Chunk, out: &mut Vec<u8>) {
    write_number(chunk.rows(), out);
    write_number(chunk.width(), out);
    for column in chunk.columns() {
        write_column(column, out);
    }
}

fn write_number(number: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(number as u64).to_le_bytes());
}

fn write_column(column: &Column, out: &mut Vec<u8>) {
    match column.data() {
        Data::Null(_) => out.push(NULL),
        Data::Constant(value, _) => {
            out.push(CONSTANT);
            write_value(value, out);
        }
        Data::Mixed(values) => {
            out.push(MIXED);
            values.iter().for_each(|value| write_value(value, out));
        }
        Data::Integer(values) => {
            out.push(INTEGER);
            write_nulls(column.nulls(), out);
            values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
        }
        Data::Real(values) => {
            out.push(REAL);
            write_nulls(column.nulls(), out);
            values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
        }
        Data::Text(strings) => {
            out.push(TEXT);
            write_nulls(column.nulls(), out);
            write_strings(strings, out);
        }
        Data::Blob(strings) => {
            out.push(BLOB);
            write_nulls(column.nulls(), out);
            write_strings(strings, out);
        }
    }
}

fn write_nulls(nulls: &[bool], out: &mut Vec<u8>) {
    out.push(u8::from(!nulls.is_empty()));
    out.extend(nulls.iter().map(|&null| u8::from(null)));
}

fn write_strings(strings: &Strings, out: &mut Vec<u8>) {
    let mut end = 0;
    for string in strings.iter() {
        end += string.len();
        write_number(end, out);
    }
    strings.iter().for_each(|string| out.extend_from_slice(string));
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(NULL),
        Value::Integer(value) => {
            out.push(INTEGER);
            out.extend_from_slice(&value.to_le_bytes());
        }
        Value::Real(value) => {
            out.push(REAL);
            out.extend_from_slice(&value.to_le_bytes());
        }
        Value::Text(bytes) => write_bytes(TEXT, bytes, out),
        Value::Blob(bytes) => write_bytes(BLOB, bytes, out),
    }
}

fn write_bytes(class: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(class);
    write_number(bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// Reads a chunk that is all of `bytes`.
pub(super) fn read_chunk(mut bytes: &[u8]) -> Result<Chunk> {
    let from = &mut bytes;
    let (rows, width) = (read_number(from)?, read_number(from)?);
    let mut columns = Vec::with_capacity(width.min(from.len()));
    for _ in 0..width {
        columns.push(Arc::new(read_column(rows, from)?));
    }
    if bytes.is_empty() { Ok(Chunk::new(columns, rows)) } else { Err(broken()) }
}

fn broken() -> Error {
    Error::corrupt("a temporary file")
}

fn take<'b>(from: &mut &'b [u8], length: usize) -> Result<&'b [u8]> {
    from.split_off(..length).ok_or_else(broken)
}

fn read_array<const N: usize>(from: &mut &[u8]) -> Result<[u8; N]> {
    take(from, N)?.try_into().map_err(|_| broken())
}

fn read_number(from: &mut &[u8]) -> Result<usize> {
    usize::try_from(u64::from_le_bytes(read_array(from)?)).map_err(|_| broken())
}

fn read_column(rows: usize, from: &mut &[u8]) -> Result<Column> {
    let [tag] = read_array(from)?;
    Ok(match tag {
        NULL => Column::constant(Value::Null, rows),
        CONSTANT => Column::constant(read_value(from)?, rows),
        MIXED => {
            let mut column = Column::default();
            for _ in 0..rows {
                column.push(read_value(from)?.as_ref());
            }
            column
        }
        INTEGER => {
            let nulls = read_nulls(rows, from)?;
            Column::integers_or_null(read_words(rows, from)?.map(i64::from_le_bytes).collect(), nulls)
        }
        REAL => {
            let nulls = read_nulls(rows, from)?;
            Column::reals_or_null(read_words(rows, from)?.map(f64::from_le_bytes).collect(), nulls)
        }
        TEXT => {
            let nulls = read_nulls(rows, from)?;
            Column::texts_or_null(read_strings(rows, from)?, nulls)
        }
        BLOB => {
            let nulls = read_nulls(rows, from)?;
            Column::blobs_or_null(read_strings(rows, from)?, nulls)
        }
        _ => return Err(broken()),
    })
}

fn read_nulls(rows: usize, from: &mut &[u8]) -> Result<Vec<bool>> {
    match read_array(from)? {
        [0] => Ok(Vec::new()),
        _ => Ok(take(from, rows)?.iter().map(|&null| null != 0).collect()),
    }
}

/// `rows` times eight bytes.
fn read_words<'b>(rows: usize, from: &mut &'b [u8]) -> Result<impl Iterator<Item = [u8; 8]> + 'b> {
    let bytes = take(from, rows.checked_mul(8).ok_or_else(broken)?)?;
    Ok(bytes.as_chunks().0.iter().copied())
}

fn read_strings(rows: usize, from: &mut &[u8]) -> Result<Strings> {
    let ends = read_words(rows, from)?.map(|word| u64::from_le_bytes(word) as usize).collect::<Vec<_>>();
    let length = ends.last().copied().unwrap_or(0);
    let bytes = take(from, length)?.to_vec();
    if ends.is_sorted() { Ok(Strings::from_parts(bytes, ends)) } else { Err(broken()) }
}

fn read_value(from: &mut &[u8]) -> Result<Value> {
    let [class] = read_array(from)?;
    Ok(match class {
        NULL => Value::Null,
        INTEGER => Value::Integer(i64::from_le_bytes(read_array(from)?)),
        REAL => Value::real(f64::from_le_bytes(read_array(from)?)),
        TEXT | BLOB => {
            let length = read_number(from)?;
            let bytes = take(from, length)?;
            if class == TEXT { Value::Text(bytes.into()) } else { Value::blob(bytes) }
        }
        _ => return Err(broken()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[Value]) -> Arc<Column> {
        Arc::new(values.iter().map(Value::as_ref).collect())
    }

    fn chunk() -> Chunk {
        let (one, text) = (Value::Integer(-1), Value::text("a\0b"));
        let columns = [
            column(&[one.clone(), Value::Null, Value::Integer(i64::MIN)]),
            column(&[Value::Real(-0.0), Value::Real(f64::MAX), Value::Null]),
            column(&[Value::Null, text.clone(), Value::text("")]),
            column(&[Value::blob(b"\xff"), Value::Null, Value::blob(b"")]),
            column(&[one, text, Value::blob(b"x")]),
            column(&[Value::Null, Value::Null, Value::Null]),
            Arc::new(Column::constant(Value::text("same"), 3)),
        ];
        Chunk::new(columns.to_vec(), 3)
    }

    #[test]
    fn what_is_written_is_read() -> Result<()> {
        for chunk in [chunk(), Chunk::default(), Chunk::new(Vec::new(), 7)] {
            let mut bytes = Vec::new();
            write_chunk(&chunk, &mut bytes);
            let back = read_chunk(&bytes)?;
            assert_eq!(format!("{back:?}"), format!("{chunk:?}"));
        }
        Ok(())
    }

    #[test]
    fn bytes_that_break_the_format_are_an_error() {
        let mut bytes = Vec::new();
        write_chunk(&chunk(), &mut bytes);
        for length in 0..bytes.len() {
            assert!(read_chunk(&bytes[..length]).is_err(), "{length} bytes");
        }
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 0xa5;
            // Another value is fine, as long as reading ends.
            drop(read_chunk(&changed));
        }
        bytes.push(0);
        assert!(read_chunk(&bytes).is_err(), "something behind the end");
    }
}
