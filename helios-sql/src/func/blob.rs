//! Functions that make bytes or show them: `hex`, `quote`, `zeroblob`, `randomblob`.
//!
//! In: any values. Out: texts and blobs of at most [`MAX_LENGTH`] bytes.

use super::utf8::before_nul;
use super::{CallContext, MAX_LENGTH, Scalar, check_length, format, too_big};
use helios_core::value::{parse_number, write_integer};
use helios_core::{Result, Value, ValueRef};

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("hex", 1, 1, hex),
    Scalar::pure("quote", 1, 1, quote),
    Scalar::pure("zeroblob", 1, 1, zeroblob),
    Scalar::volatile("randomblob", 1, 1, randomblob),
];

fn write_hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

fn hex(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let bytes = arguments[0].text_bytes().unwrap_or_default();
    if bytes.len() * 2 >= MAX_LENGTH {
        return Err(too_big());
    }
    check_length(bytes.len() * 2)?;
    let mut out = Vec::with_capacity(bytes.len() * 2);
    write_hex(&bytes, &mut out);
    Ok(Value::Text(out.into()))
}

/// The value as a literal of SQL; a text ends at its first NUL.
pub(super) fn quote(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let mut out = Vec::new();
    match arguments[0] {
        ValueRef::Null => out.extend_from_slice(b"NULL"),
        ValueRef::Integer(value) => write_integer(value, &mut out),
        ValueRef::Real(value) => {
            out = format::significant(value, 15);
            if parse_number(&out).number.to_real() != value {
                out = format::exponential(value, 20);
            }
        }
        ValueRef::Text(text) => {
            out.push(b'\'');
            for &byte in before_nul(text) {
                out.push(byte);
                if byte == b'\'' {
                    out.push(byte);
                }
            }
            out.push(b'\'');
        }
        ValueRef::Blob(bytes) => {
            if bytes.len() * 2 + 3 >= MAX_LENGTH {
                return Err(too_big());
            }
            check_length(bytes.len() * 2 + 3)?;
            out.extend_from_slice(b"X'");
            write_hex(bytes, &mut out);
            out.push(b'\'');
        }
    }
    if out.len() > MAX_LENGTH { Err(too_big()) } else { Ok(Value::Text(out.into())) }
}

/// The length that a function was asked for, between `least` and [`MAX_LENGTH`].
fn length(argument: ValueRef<'_>, least: i64) -> Result<usize> {
    let length = usize::try_from(argument.to_integer().max(least)).map_err(|_| too_big())?;
    check_length(length)?;
    Ok(length)
}

fn zeroblob(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    Ok(Value::Blob(vec![0; length(arguments[0], 0)?].into()))
}

fn randomblob(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let mut bytes = vec![0; length(arguments[0], 1)?];
    context.entropy.fill(&mut bytes);
    Ok(Value::Blob(bytes.into()))
}
