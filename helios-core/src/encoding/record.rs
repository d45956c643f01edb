//! The columns of one row as bytes.
//!
//! ```text
//! layout (varint) | size of the type list in bytes (varint) | type of each column (varint) ... | bodies ...
//!
//! type      body                        type      body
//! 0         NULL, none                  7         float, 8 bytes
//! 1 .. 6    integer, 1 2 3 4 6 8 bytes  8, 9      the integers 0 and 1, none
//!                                       10, 11    not used yet
//! 12 + 2n   blob of n bytes             13 + 2n   text of n bytes
//! ```
//! The types are SQLite's (<https://sqlite.org/fileformat2.html#record_format>); numbers are little-endian. A row that
//! ends before a column that the table has now was written before the column was added. `layout` names the list of
//! column ids that the row was written under (see `docs/format.md`, "Layouts").

use super::varint;
use crate::error::{Error, Result};
use crate::value::ValueRef;

const NULL: u64 = 0;
const REAL: u64 = 7;
const ZERO: u64 = 8;
const ONE: u64 = 9;
const FIRST_BLOB: u64 = 12;

/// Sizes of the bodies of types 0 to 11.
const BODY_SIZES: [usize; 12] = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];

/// Appends a row of `values`.
pub fn write<'a>(layout: u32, values: impl Iterator<Item = ValueRef<'a>> + Clone, out: &mut Vec<u8>) {
    varint::write(u64::from(layout), out);
    // The size of the list of types is known when it is written; nearly always it takes one byte.
    let size_place = out.len();
    out.push(0);
    for value in values.clone() {
        varint::write(type_of(value), out);
    }
    let types_size = (out.len() - size_place - 1) as u64;
    if types_size <= varint::LARGEST_OF_ONE_BYTE {
        out[size_place] = types_size as u8;
    } else {
        let mut size = Vec::with_capacity(9);
        varint::write(types_size, &mut size);
        out.splice(size_place..=size_place, size);
    }
    for value in values {
        write_body(value, out);
    }
}

fn type_of(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Null => NULL,
        ValueRef::Integer(0) => ZERO,
        ValueRef::Integer(1) => ONE,
        ValueRef::Integer(value) => integer_type(value),
        ValueRef::Real(_) => REAL,
        ValueRef::Blob(bytes) => FIRST_BLOB + 2 * bytes.len() as u64,
        ValueRef::Text(text) => FIRST_BLOB + 1 + 2 * text.len() as u64,
    }
}

fn integer_type(value: i64) -> u64 {
    // The bits that matter, with the sign's.
    match 64 - (value ^ (value >> 63)).leading_zeros() + 1 {
        0..=8 => 1,
        9..=16 => 2,
        17..=24 => 3,
        25..=32 => 4,
        33..=48 => 5,
        _ => 6,
    }
}

fn write_body(value: ValueRef<'_>, out: &mut Vec<u8>) {
    match value {
        ValueRef::Null | ValueRef::Integer(0 | 1) => {}
        ValueRef::Integer(value) => {
            // A copy whose length is not known is a call, so all eight bytes are written and some taken back.
            let size = BODY_SIZES[integer_type(value) as usize];
            out.extend_from_slice(&value.to_le_bytes());
            out.truncate(out.len() - (8 - size));
        }
        ValueRef::Real(value) => out.extend_from_slice(&value.to_bits().to_le_bytes()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => out.extend_from_slice(bytes),
    }
}

/// A row, opened for reading.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    layout: u32,
    types: &'a [u8],
    bodies: &'a [u8],
}

impl<'a> Record<'a> {
    /// Opens a row.
    #[inline]
    pub fn open(mut bytes: &'a [u8]) -> Result<Record<'a>> {
        let layout = varint::read(&mut bytes)?;
        let types_size = varint::read(&mut bytes)?;
        let layout = u32::try_from(layout).map_err(|_| Error::corrupt("a row has an impossible layout"))?;
        match bytes.split_at_checked(types_size as usize) {
            Some((types, bodies)) => Ok(Record { layout, types, bodies }),
            None => Err(cut_short()),
        }
    }

    /// The layout that the row was written under.
    pub fn layout(&self) -> u32 {
        self.layout
    }

    /// Calls `visit` with the columns whose positions are in `wanted` (ascending), and their place in `wanted`.
    /// Returns how many of them the row has; the rest were added to the table after it was written.
    #[inline]
    pub fn visit(&self, wanted: &[usize], mut visit: impl FnMut(usize, ValueRef<'a>)) -> Result<usize> {
        let mut columns = *self;
        let mut position = 0;
        for (place, &want) in wanted.iter().enumerate() {
            while position < want {
                if !columns.skip()? {
                    return Ok(place);
                }
                position += 1;
            }
            let Some(value) = columns.next_value()? else {
                return Ok(place);
            };
            position += 1;
            visit(place, value);
        }
        Ok(wanted.len())
    }

    #[inline]
    fn skip(&mut self) -> Result<bool> {
        Ok(self.next_body()?.is_some())
    }

    /// The next column, taken off the front; `None` after the last.
    #[inline]
    pub fn next_value(&mut self) -> Result<Option<ValueRef<'a>>> {
        let Some((kind, body)) = self.next_body()? else {
            return Ok(None);
        };
        Ok(Some(match kind {
            NULL => ValueRef::Null,
            1..=6 => ValueRef::Integer(read_integer(body)),
            REAL => ValueRef::Real(f64::from_bits(read_integer(body) as u64)),
            ZERO => ValueRef::Integer(0),
            ONE => ValueRef::Integer(1),
            10 | 11 => return Err(Error::corrupt("a row has a column of an unknown type")),
            _ if kind & 1 == 0 => ValueRef::Blob(body),
            _ => ValueRef::Text(body),
        }))
    }

    #[inline]
    fn next_body(&mut self) -> Result<Option<(u64, &'a [u8])>> {
        if self.types.is_empty() {
            return Ok(None);
        }
        let kind = varint::read(&mut self.types)?;
        let size =
            if kind < FIRST_BLOB { BODY_SIZES[kind as usize] } else { ((kind - FIRST_BLOB) / 2) as usize };
        let Some((body, rest)) = self.bodies.split_at_checked(size) else {
            return Err(cut_short());
        };
        self.bodies = rest;
        Ok(Some((kind, body)))
    }
}

/// A little-endian number of 1 to 8 bytes with its sign.
#[inline]
fn read_integer(body: &[u8]) -> i64 {
    // Sizes are told apart, because a copy of unknown length is a call.
    match *body {
        [a] => i64::from(a as i8),
        [a, b] => i64::from(i16::from_le_bytes([a, b])),
        [a, b, c] => i64::from(i32::from_le_bytes([0, a, b, c]) >> 8),
        [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
        [a, b, c, d, e, f] => i64::from_le_bytes([0, 0, a, b, c, d, e, f]) >> 16,
        [a, b, c, d, e, f, g, h] => i64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => 0,
    }
}

fn cut_short() -> Error {
    Error::corrupt("a row is cut short")
}
