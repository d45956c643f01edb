//! Values with their storage classes: a letter and the bytes of the value. This is format 2 of clients of our own.

use helios::{Value, ValueRef};

use crate::failure::Failure;
use crate::sqlstate;

/// Writes a value that is not NULL.
pub(super) fn write(value: ValueRef<'_>, out: &mut Vec<u8>) {
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(number) => {
            out.push(b'i');
            out.extend_from_slice(&number.to_be_bytes());
        }
        ValueRef::Real(number) => {
            out.push(b'r');
            out.extend_from_slice(&number.to_be_bytes());
        }
        ValueRef::Text(text) => {
            out.push(b't');
            out.extend_from_slice(text);
        }
        ValueRef::Blob(bytes) => {
            out.push(b'b');
            out.extend_from_slice(bytes);
        }
    }
}

/// Reads a value that is not NULL.
pub(super) fn read(bytes: &[u8]) -> Result<Value, Failure> {
    let wrong = || Failure::new(sqlstate::INVALID_BINARY, "incorrect binary data format in bind parameter");
    let Some((class, rest)) = bytes.split_first() else { return Err(wrong()) };
    let eight = || <[u8; 8]>::try_from(rest).map_err(|_| wrong());
    Ok(match class {
        b'i' => Value::Integer(i64::from_be_bytes(eight()?)),
        b'r' => Value::real(f64::from_be_bytes(eight()?)),
        b't' => Value::Text(rest.into()),
        b'b' => Value::blob(rest),
        _ => return Err(wrong()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for value in [
            Value::Integer(i64::MIN),
            Value::real(-0.5),
            Value::text("\u{e4}\0b"),
            Value::text(""),
            Value::blob(&[0, 255]),
        ] {
            let mut bytes = Vec::new();
            write(value.as_ref(), &mut bytes);
            assert_eq!(read(&bytes).ok(), Some(value));
        }
        for wrong in [&b""[..], b"i", b"r1234567", b"x12345678"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
