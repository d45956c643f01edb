//! Digests, and bytes one by one.

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::super::Scalar;
use super::cast::{parse_bytea, written};

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("md5", 1, 1, |_, arguments| {
        Ok(arguments[0]
            .text_bytes()
            .map_or(Value::Null, |bytes| Value::text(&format!("{:x}", md5::compute(&*bytes)))))
    }),
    Scalar::pure("sha224", 1, 1, |_, arguments| digest(arguments[0], |bytes| Sha224::digest(bytes).to_vec())),
    Scalar::pure("sha256", 1, 1, |_, arguments| digest(arguments[0], |bytes| Sha256::digest(bytes).to_vec())),
    Scalar::pure("sha384", 1, 1, |_, arguments| digest(arguments[0], |bytes| Sha384::digest(bytes).to_vec())),
    Scalar::pure("sha512", 1, 1, |_, arguments| digest(arguments[0], |bytes| Sha512::digest(bytes).to_vec())),
    Scalar::pure("convert_to", 2, 2, |_, arguments| {
        let Some(bytes) = arguments[0].text_bytes() else { return Ok(Value::Null) };
        check_encoding(arguments[1])?;
        Ok(Value::blob(&bytes))
    }),
    Scalar::pure("convert_from", 2, 2, |_, arguments| {
        let Some(bytes) = bytes_of(arguments[0])? else { return Ok(Value::Null) };
        check_encoding(arguments[1])?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Value::text(text)),
            Err(_) => Err(Error::new(ErrorKind::Data, "invalid byte sequence for encoding \"UTF8\"")),
        }
    }),
    Scalar::pure("set_byte", 3, 3, |_, arguments| {
        changed(arguments, |bytes, place, value| {
            *bytes.get_mut(place)? = value as u8;
            Some(())
        })
    }),
    Scalar::pure("get_bit", 2, 2, |_, arguments| {
        let (Some(bytes), false) = (bytes_of(arguments[0])?, arguments[1].is_null()) else {
            return Ok(Value::Null);
        };
        let place = usize::try_from(arguments[1].to_integer()).ok();
        match place.and_then(|place| Some((bytes.get(place / 8)?, place % 8))) {
            Some((byte, bit)) => Ok(Value::Integer(i64::from(byte >> bit & 1))),
            None => Err(out_of_range(arguments[1].to_integer(), bytes.len() * 8)),
        }
    }),
    Scalar::pure("set_bit", 3, 3, |_, arguments| {
        changed(arguments, |bytes, place, value| {
            let byte = bytes.get_mut(place / 8)?;
            *byte = *byte & !(1 << (place % 8)) | (value as u8 & 1) << (place % 8);
            Some(())
        })
    }),
];

/// The bytes of a blob, or those that a text says.
fn bytes_of(value: ValueRef<'_>) -> Result<Option<Vec<u8>>> {
    match value {
        ValueRef::Null => Ok(None),
        ValueRef::Text(text) => match parse_bytea(text) {
            Some(bytes) => Ok(Some(bytes)),
            None => Err(super::cast::invalid("bytea", &String::from_utf8_lossy(text))),
        },
        other => Ok(other.text_bytes().map(|bytes| bytes.to_vec())),
    }
}

fn digest(value: ValueRef<'_>, of: fn(&[u8]) -> Vec<u8>) -> Result<Value> {
    Ok(bytes_of(value)?.map_or(Value::Null, |bytes| Value::blob(&of(&bytes))))
}

/// Texts have one encoding here.
fn check_encoding(name: ValueRef<'_>) -> Result<()> {
    let name = written(name).unwrap_or_default();
    match name.to_ascii_lowercase().replace('-', "").as_str() {
        "utf8" | "unicode" | "sql_ascii" => Ok(()),
        _ => Err(Error::new(ErrorKind::Data, format!("encoding \"{name}\": this is not supported"))),
    }
}

fn changed(
    arguments: &[ValueRef<'_>],
    change: impl Fn(&mut [u8], usize, i64) -> Option<()>,
) -> Result<Value> {
    let Some(mut bytes) = bytes_of(arguments[0])? else { return Ok(Value::Null) };
    if arguments.iter().any(|argument| argument.is_null()) {
        return Ok(Value::Null);
    }
    let (place, value) = (arguments[1].to_integer(), arguments[2].to_integer());
    match usize::try_from(place).ok().and_then(|place| change(&mut bytes, place, value)) {
        Some(()) => Ok(Value::blob(&bytes)),
        None => Err(out_of_range(place, bytes.len())),
    }
}

fn out_of_range(place: i64, count: usize) -> Error {
    let most = count as i64 - 1;
    Error::new(ErrorKind::Data, format!("index {place} out of valid range, 0..{most}"))
}
