//! Values as bytes whose order is SQL's order; what index keys and row keys are made of.
//!
//! A component tells its own end and none is the beginning of another, so components can be put in a row, and no key is
//! the beginning of another of the same shape. Numbers of both classes share one encoding, because `1 = 1.0`.
//!
//! ```text
//! NULL            05
//! real < -2^63    16, then the float's bits, complemented
//! number          D = 2 * trunc(x), one further from 0 if x has a fraction, in the fewest bytes L:
//!   D < 0         1F - L, then the L low bytes of !(-1 - D), big-endian
//!   D >= 0        20 + L, then the L low bytes of D, big-endian
//!                 if x has a fraction: the bits of |x - trunc(x)|, 8 bytes, big-endian, complemented if x < 0
//! real >= 2^63    29, then the float's bits, big-endian
//! text            40, the collation's sort bytes with 00 written as 00 FF, then 00 01
//! blob            50, the bytes with 00 written as 00 FF, then 00 01
//! rowid           n < 0: 7F - L and the L low bytes of n; else 80 + L and the L low bytes, big-endian
//! ```
//! A descending component has every byte complemented. No component begins with 00 or FF, ascending or descending.

use super::varint;
use crate::error::{Error, Result};
use crate::value::{Collation, Value, ValueRef};

const NULL: u8 = 0x05;
const REAL_BELOW: u8 = 0x16;
const NEGATIVE: u8 = 0x1f;
const POSITIVE: u8 = 0x20;
const REAL_ABOVE: u8 = 0x29;
const TEXT: u8 = 0x40;
const BLOB: u8 = 0x50;
const ROWID_NEGATIVE: u8 = 0x7f;
const ROWID_POSITIVE: u8 = 0x80;

/// 2^63 as a float: the first beyond the integers.
const INTEGER_END: f64 = 9_223_372_036_854_775_808.0;

/// Whether a component sorts upwards or downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// Small values first.
    #[default]
    Ascending,
    /// Large values first.
    Descending,
}

/// Appends a value as one component of a key.
pub fn write_value(value: ValueRef<'_>, collation: &Collation, order: Order, out: &mut Vec<u8>) {
    let start = out.len();
    match value {
        ValueRef::Null => out.push(NULL),
        ValueRef::Integer(value) => write_number(value, 0.0, out),
        ValueRef::Real(value) => write_real(value, out),
        ValueRef::Text(text) => write_bytes(TEXT, &collation.sort_bytes(text), out),
        ValueRef::Blob(bytes) => write_bytes(BLOB, bytes, out),
    }
    if order == Order::Descending {
        for byte in &mut out[start..] {
            *byte = !*byte;
        }
    }
}

fn write_real(value: f64, out: &mut Vec<u8>) {
    if value >= INTEGER_END {
        out.push(REAL_ABOVE);
        out.extend_from_slice(&value.to_bits().to_be_bytes());
    } else if value < -INTEGER_END {
        out.push(REAL_BELOW);
        out.extend_from_slice(&(!value.to_bits()).to_be_bytes());
    } else {
        // Both parts are exact: a fraction has fewer bits than the float that it comes from.
        let whole = value.trunc();
        write_number(whole as i64, value - whole, out);
    }
}

fn write_number(whole: i64, fraction: f64, out: &mut Vec<u8>) {
    let direction = i128::from(fraction > 0.0) - i128::from(fraction < 0.0);
    let doubled = 2 * i128::from(whole) + direction;
    if doubled >= 0 {
        let magnitude = doubled as u64;
        let length = significant_bytes(magnitude);
        out.push(POSITIVE + length as u8);
        out.extend_from_slice(&magnitude.to_be_bytes()[8 - length..]);
    } else {
        let magnitude = (-1 - doubled) as u64;
        let length = significant_bytes(magnitude);
        out.push(NEGATIVE - length as u8);
        out.extend_from_slice(&(!magnitude).to_be_bytes()[8 - length..]);
    }
    let bits = fraction.abs().to_bits();
    match direction {
        0 => {}
        1.. => out.extend_from_slice(&bits.to_be_bytes()),
        _ => out.extend_from_slice(&(!bits).to_be_bytes()),
    }
}

fn significant_bytes(value: u64) -> usize {
    8 - (value.leading_zeros() / 8) as usize
}

fn write_bytes(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    let mut rest = bytes;
    while let Some(zero) = memchr::memchr(0, rest) {
        out.extend_from_slice(&rest[..=zero]);
        out.push(0xff);
        rest = &rest[zero + 1..];
    }
    out.extend_from_slice(rest);
    // Two bytes, so that a text that ends here is not the beginning of one that goes on with a zero.
    out.extend_from_slice(&[0, 1]);
}

/// Appends a rowid: 1 to 9 bytes.
#[inline]
pub fn write_rowid(rowid: i64, out: &mut Vec<u8>) {
    if rowid >= 0 {
        let length = significant_bytes(rowid as u64);
        out.push(ROWID_POSITIVE + length as u8);
        varint::write_low_bytes(rowid as u64, length, out);
    } else {
        let length = significant_bytes(!rowid as u64);
        out.push(ROWID_NEGATIVE - length as u8);
        varint::write_low_bytes(rowid as u64, length, out);
    }
}

/// Reads a rowid from the front of `bytes` and takes it off.
#[inline]
pub fn read_rowid(bytes: &mut &[u8]) -> Result<i64> {
    let Some((&tag, rest)) = bytes.split_first() else {
        return Err(Error::corrupt("a row key is cut short"));
    };
    let (length, fill) = match tag {
        0x80..=0x88 => (usize::from(tag - ROWID_POSITIVE), 0),
        0x77..=0x7f => (usize::from(ROWID_NEGATIVE - tag), -1),
        _ => return Err(Error::corrupt("a row key has no rowid")),
    };
    let Some((digits, rest)) = rest.split_at_checked(length) else {
        return Err(Error::corrupt("a row key is cut short"));
    };
    *bytes = rest;
    Ok(digits.iter().fold(fill, |value, &byte| value << 8 | i64::from(byte)))
}

/// Reads the component at the front of `bytes`, takes it off and gives it back as far as a key tells it: a float that
/// is a whole number comes back as an integer, a text as its collation's sort bytes.
pub fn read_value(bytes: &mut &[u8], order: Order) -> Result<Value> {
    let mut reader = Reader { bytes, mask: if order == Order::Descending { 0xff } else { 0 } };
    let tag = reader.byte()?;
    match tag {
        NULL => Ok(Value::Null),
        REAL_BELOW => Ok(Value::Real(f64::from_bits(!reader.number(8)?))),
        REAL_ABOVE => Ok(Value::Real(f64::from_bits(reader.number(8)?))),
        0x17..=0x28 => reader.read_number(tag),
        TEXT => Ok(Value::Text(reader.escaped()?.into())),
        BLOB => Ok(Value::Blob(reader.escaped()?.into())),
        _ => Err(Error::corrupt("an index key has an unknown component")),
    }
}

/// Takes the component at the front of `bytes` off without looking at what it is.
pub fn skip_value(bytes: &mut &[u8], order: Order) -> Result<()> {
    let mut reader = Reader { bytes, mask: if order == Order::Descending { 0xff } else { 0 } };
    let tag = reader.byte()?;
    match tag {
        NULL => Ok(()),
        REAL_BELOW | REAL_ABOVE => reader.number(8).map(drop),
        0x17..=0x28 => reader.read_number(tag).map(drop),
        TEXT | BLOB => reader.skip_escaped(),
        _ => Err(Error::corrupt("an index key has an unknown component")),
    }
}

/// Takes bytes off the front, complementing those of descending components.
struct Reader<'a, 'b> {
    bytes: &'a mut &'b [u8],
    mask: u8,
}

impl Reader<'_, '_> {
    fn byte(&mut self) -> Result<u8> {
        let Some((&byte, rest)) = self.bytes.split_first() else {
            return Err(Error::corrupt("an index key is cut short"));
        };
        *self.bytes = rest;
        Ok(byte ^ self.mask)
    }

    fn number(&mut self, length: usize) -> Result<u64> {
        (0..length).try_fold(0, |value, _| Ok(value << 8 | u64::from(self.byte()?)))
    }

    fn read_number(&mut self, tag: u8) -> Result<Value> {
        let doubled = if tag >= POSITIVE {
            i128::from(self.number(usize::from(tag - POSITIVE))?)
        } else {
            let length = usize::from(NEGATIVE - tag);
            let low = self.number(length)?;
            let magnitude = if length == 8 { !low } else { !low & ((1 << (8 * length)) - 1) };
            -1 - i128::from(magnitude)
        };
        // Division rounds to zero, as the number was cut.
        let whole = (doubled / 2) as i64;
        if doubled % 2 == 0 {
            return Ok(Value::Integer(whole));
        }
        let bits = self.number(8)?;
        let fraction = if doubled > 0 { f64::from_bits(bits) } else { -f64::from_bits(!bits) };
        Ok(Value::real(whole as f64 + fraction))
    }

    fn skip_escaped(&mut self) -> Result<()> {
        while self.escaped_byte()?.is_some() {}
        Ok(())
    }

    fn escaped(&mut self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        while let Some(byte) = self.escaped_byte()? {
            out.push(byte);
        }
        Ok(out)
    }

    /// The next byte of a text or blob; `None` at its end.
    #[inline]
    fn escaped_byte(&mut self) -> Result<Option<u8>> {
        match self.byte()? {
            0 => match self.byte()? {
                0xff => Ok(Some(0)),
                1 => Ok(None),
                _ => Err(Error::corrupt("an index key has a text without an end")),
            },
            byte => Ok(Some(byte)),
        }
    }
}

/// The first key after all that begin with `prefix`; `None` if there is none.
pub fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte != 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// The first key after all that begin with the components of `key`. To add a byte to `key` would not do: in the history,
/// moments follow it.
pub fn after_components(key: &[u8]) -> Vec<u8> {
    // No component begins with FF, so only of no components nothing is left.
    after_prefix(key).unwrap_or_else(|| vec![0xff])
}
