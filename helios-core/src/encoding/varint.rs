//! Unsigned numbers in 1 to 9 bytes; shorter is smaller, and byte order is numeric order (the scheme of SQLite 4).
//!
//! ```text
//! first byte   value
//! 0..=240      the byte itself
//! 241..=248    240 + 256 * (first - 241) + second
//! 249          2288 + 256 * second + third
//! 250..=255    the next 3..=8 bytes, big-endian
//! ```

use crate::error::{Error, Result};

/// The largest number that takes one byte, which is the number itself.
pub const LARGEST_OF_ONE_BYTE: u64 = 240;

/// Appends `value`.
#[inline]
pub fn write(value: u64, out: &mut Vec<u8>) {
    if value <= LARGEST_OF_ONE_BYTE {
        out.push(value as u8);
    } else if value <= 2287 {
        let rest = value - 240;
        out.extend_from_slice(&[241 + (rest >> 8) as u8, rest as u8]);
    } else if value <= 67823 {
        let rest = value - 2288;
        out.extend_from_slice(&[249, (rest >> 8) as u8, rest as u8]);
    } else {
        let length = 8 - (value.leading_zeros() / 8) as usize;
        out.push(247 + length as u8);
        write_low_bytes(value, length, out);
    }
}

/// Appends the last `length` bytes of a number, big-endian; the others are left out.
#[inline]
pub(super) fn write_low_bytes(value: u64, length: usize, out: &mut Vec<u8>) {
    // A copy whose length is not known is a call, so all eight bytes are written and some taken back.
    let skip = 8 - length;
    out.extend_from_slice(&value.checked_shl(8 * skip as u32).unwrap_or(0).to_be_bytes());
    out.truncate(out.len() - skip);
}

/// Reads a number from the front of `bytes` and takes it off.
#[inline]
pub fn read(bytes: &mut &[u8]) -> Result<u64> {
    match **bytes {
        [first, ref rest @ ..] if first <= 240 => {
            *bytes = rest;
            Ok(u64::from(first))
        }
        _ => read_long(bytes),
    }
}

fn read_long(bytes: &mut &[u8]) -> Result<u64> {
    let (value, length) = match **bytes {
        [first @ 241..=248, second, ..] => (240 + 256 * u64::from(first - 241) + u64::from(second), 2),
        [249, second, third, ..] => (2288 + 256 * u64::from(second) + u64::from(third), 3),
        [first @ 250..=255, ref rest @ ..] if rest.len() >= usize::from(first - 247) => {
            let length = usize::from(first - 247);
            let value = match rest.first_chunk() {
                Some(bytes) => u64::from_be_bytes(*bytes) >> (64 - 8 * length),
                None => rest[..length].iter().fold(0, |value, &byte| value << 8 | u64::from(byte)),
            };
            (value, length + 1)
        }
        _ => return Err(Error::corrupt("a number is cut short")),
    };
    *bytes = &bytes[length..];
    Ok(value)
}

/// How many bytes a number takes that begins with a byte.
const LENGTHS: [u8; 256] = {
    let mut lengths = [1; 256];
    let mut first = 241;
    while first < 256 {
        lengths[first] = if first <= 248 { 2 } else { first as u8 - 246 };
        first += 1;
    }
    lengths
};

/// Reads two numbers, which take one byte each as a rule.
#[inline]
pub fn read_two(bytes: &mut &[u8]) -> Result<(u64, u64)> {
    match **bytes {
        [first @ 0..=240, second @ 0..=240, ref rest @ ..] => {
            *bytes = rest;
            Ok((u64::from(first), u64::from(second)))
        }
        _ => Ok((read(bytes)?, read(bytes)?)),
    }
}

/// Takes so many numbers off the front of `bytes`.
#[inline]
pub fn skip(count: usize, bytes: &mut &[u8]) -> Result<()> {
    let cut_short = || Error::corrupt("a number is cut short");
    let mut length = 0;
    for _ in 0..count {
        length += usize::from(LENGTHS[usize::from(*bytes.get(length).ok_or_else(cut_short)?)]);
    }
    *bytes = bytes.get(length..).ok_or_else(cut_short)?;
    Ok(())
}
