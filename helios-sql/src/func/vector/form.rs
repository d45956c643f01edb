//! The forms of a vector: how it is declared, given and stored.
//!
//! In: a blob of little-endian 32-bit floats, or a text like `[1, 2.5, -3e-2]`. Out: the blob, which is what is stored,
//! with elements that are all finite; or in words what is wrong.

use std::borrow::Cow;

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

/// The most dimensions that a vector column has.
pub const MAX_DIMENSIONS: usize = 16_000;

/// The dimensions of a declared type; `None` of one that is no vector.
///
/// # Errors
/// A number of dimensions that no vector has.
pub fn declared_dimensions(declared_type: &str) -> Result<Option<usize>> {
    let Some(name) = declared_type.get(..6).filter(|name| name.eq_ignore_ascii_case("vector")) else {
        return Ok(None);
    };
    let argument = declared_type[name.len()..].trim();
    let Some(argument) = argument.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return Ok(None);
    };
    match argument.trim().parse::<usize>() {
        Ok(dimensions) if (1..=MAX_DIMENSIONS).contains(&dimensions) => Ok(Some(dimensions)),
        _ => {
            Err(Error::sql(format!("a vector has 1 to {MAX_DIMENSIONS} dimensions, not {}", argument.trim())))
        }
    }
}

/// A value on its way into a vector column.
#[derive(Debug, PartialEq)]
pub enum StoredVector {
    /// It is stored as it is.
    Same,
    /// This is stored.
    Converted(Value),
    /// It is none: why, in words that follow those of the column.
    Wrong(String),
}

/// What a column of so many dimensions stores of a value.
pub fn stored_vector(dimensions: usize, value: ValueRef<'_>) -> StoredVector {
    let check = |packed: &[u8]| {
        if packed.len().is_multiple_of(4) && packed.len() != dimensions * 4 {
            return Some(format!("expected {dimensions} dimensions, got {}", packed.len() / 4));
        }
        checked(packed).err().map(Into::into)
    };
    match value {
        ValueRef::Null => StoredVector::Same,
        ValueRef::Blob(packed) => check(packed).map_or(StoredVector::Same, StoredVector::Wrong),
        ValueRef::Text(text) => match packed_of_json(text) {
            Ok(packed) => match check(&packed) {
                None => StoredVector::Converted(Value::Blob(packed.into())),
                Some(why) => StoredVector::Wrong(why),
            },
            Err(why) => StoredVector::Wrong(why.into()),
        },
        ValueRef::Integer(_) | ValueRef::Real(_) => {
            StoredVector::Wrong(format!("expected {dimensions} dimensions, got a number"))
        }
    }
}

/// The vector that a function is called with; nothing for NULL.
///
/// # Errors
/// A value that is no vector.
pub fn vector_argument<'a>(function: &str, value: ValueRef<'a>) -> Result<Option<Cow<'a, [u8]>>> {
    let found = match value {
        ValueRef::Null => return Ok(None),
        ValueRef::Blob(packed) => checked(packed).map(|()| Cow::Borrowed(packed)),
        ValueRef::Text(text) => {
            packed_of_json(text).and_then(|packed| checked(&packed).map(|()| Cow::Owned(packed)))
        }
        ValueRef::Integer(_) | ValueRef::Real(_) => Err("a number is no vector"),
    };
    found.map(Some).map_err(|why| Error::new(ErrorKind::Data, format!("{function}(): {why}")))
}

/// What is wrong with a blob as a vector.
fn checked(packed: &[u8]) -> Result<(), &'static str> {
    let (elements, rest) = packed.as_chunks::<4>();
    if packed.is_empty() {
        return Err("there are no elements");
    }
    if !rest.is_empty() {
        return Err("the blob does not hold 32-bit floats");
    }
    // Without a branch for each element, the processor looks at many at once.
    let is_finite = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes) & 0x7f80_0000 != 0x7f80_0000;
    let all_finite = elements.iter().fold(true, |all, element| all & is_finite(element));
    if all_finite { Ok(()) } else { Err(NOT_FINITE) }
}

const NOT_FINITE: &str = "an element is not finite";

/// The vector that a text like `[1, 2, 3]` writes.
pub(super) fn packed_of_json(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    const SYNTAX: &str = "the text is no list of numbers like [1, 2, 3]";
    let text = std::str::from_utf8(text).map_err(|_| SYNTAX)?;
    let inside = text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or(SYNTAX)?;
    if inside.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut packed = Vec::with_capacity(inside.len() / 2);
    for element in inside.split(',') {
        let element = element.trim();
        // Rust's own parser takes words like `inf`, too.
        let is_number =
            element.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        let element = element.parse::<f32>().ok().filter(|_| is_number).ok_or(SYNTAX)?;
        if !element.is_finite() {
            return Err(NOT_FINITE);
        }
        packed.extend_from_slice(&element.to_le_bytes());
    }
    Ok(packed)
}

/// A vector as a text, with as many digits as it takes to read the same vector back.
pub(super) fn json_of(packed: &[u8]) -> Vec<u8> {
    let mut text = String::from("[");
    for (place, element) in super::elements(packed).enumerate() {
        if place > 0 {
            text.push(',');
        }
        let size = element.abs();
        text += &match size == 0.0 || (1e-5..1e15).contains(&size) {
            true => format!("{element}"),
            false => format!("{element:e}"),
        };
    }
    text.push(']');
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_vectors_with_a_dimension_are_vectors() {
        for (declared, dimensions) in [
            ("VECTOR(3)", Some(3)),
            ("vector ( 16000 )", Some(16_000)),
            ("VECTOR", None),
            ("VECTORS(3)", None),
            ("", None),
            ("TEXT", None),
        ] {
            assert_eq!(declared_dimensions(declared).ok(), Some(dimensions), "{declared}");
        }
        for declared in ["VECTOR(0)", "VECTOR(16001)", "VECTOR(-1)", "VECTOR(1,2)", "VECTOR(1.5)"] {
            assert!(declared_dimensions(declared).is_err(), "{declared}");
        }
    }

    #[test]
    fn texts_are_read_and_written_without_loss() {
        let vector = [0.0, -0.0, 1.0, 0.1, -2.5e-7, 3.4e38, 1e15, 123_456.79, f32::MIN_POSITIVE];
        let packed: Vec<u8> = vector.iter().flat_map(|element| element.to_le_bytes()).collect();
        assert_eq!(packed_of_json(&json_of(&packed)).as_deref(), Ok(&packed[..]));
        assert_eq!(
            packed_of_json(b" [ 1 ,2e0,\t-3.0] "),
            Ok(packed_of_json(b"[1,2,-3]").unwrap_or_default())
        );
        for wrong in ["", "[1,]", "[,1]", "1,2", "[1 2]", "[a]", "[inf]", "[NaN]", "[null]", "[[1]]", "[1"] {
            assert!(packed_of_json(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert_eq!(packed_of_json(b"[1e39]"), Err(NOT_FINITE));
    }
}
