//! Numbers in text, read as SQLite reads them.
//!
//! In: any bytes. Out: the number that they begin with and how much of the text it took. One scanner serves
//! arithmetic, affinity and CAST, which differ only in what they make of the rest of the text.

/// A number of either class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A signed 64-bit integer.
    Integer(i64),
    /// A 64-bit float.
    Real(f64),
}

impl Number {
    /// The number as a float.
    pub fn to_real(self) -> f64 {
        match self {
            Number::Integer(value) => value as f64,
            Number::Real(value) => value,
        }
    }
}

/// The number at the beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumericPrefix {
    /// The number; `Integer(0)` where there is none.
    pub number: Number,
    /// The whole text is this number, but for white space around it.
    pub complete: bool,
}

/// The parts of a numeric text, as positions in it.
struct Scan {
    /// Where the sign or the first digit stands.
    start: usize,
    /// The end of the sign and the leading digits.
    integer_end: usize,
    /// The end of the whole number, with fraction and exponent.
    end: usize,
    has_digits: bool,
    is_real: bool,
}

/// White space for SQLite: space, \t, \n, \v, \f, \r.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | 0x09..=0x0d)
}

fn scan(text: &[u8]) -> Scan {
    let at = |i: usize| text.get(i).copied().unwrap_or(0);
    let digits = |mut i: usize| {
        while at(i).is_ascii_digit() {
            i += 1;
        }
        i
    };
    let mut start = 0;
    while start < text.len() && is_space(text[start]) {
        start += 1;
    }
    let first = if matches!(at(start), b'+' | b'-') { start + 1 } else { start };
    let integer_end = digits(first);
    let mut end = integer_end;
    let mut has_digits = integer_end > first;
    let mut is_real = false;
    if at(end) == b'.' {
        let fraction_end = digits(end + 1);
        if has_digits || fraction_end > end + 1 {
            has_digits = true;
            is_real = true;
            end = fraction_end;
        }
    }
    if has_digits && matches!(at(end), b'e' | b'E') {
        let exponent = if matches!(at(end + 1), b'+' | b'-') { end + 2 } else { end + 1 };
        let exponent_end = digits(exponent);
        if exponent_end > exponent {
            is_real = true;
            end = exponent_end;
        }
    }
    Scan { start, integer_end, end, has_digits, is_real }
}

/// Reads the number that `text` begins with, after white space.
pub fn parse_number(text: &[u8]) -> NumericPrefix {
    let found = scan(text);
    if !found.has_digits {
        return NumericPrefix { number: Number::Integer(0), complete: false };
    }
    let complete = text[found.end..].iter().all(|&byte| is_space(byte));
    let number = if found.is_real {
        Number::Real(parse_real(&text[found.start..found.end]))
    } else {
        let digits = &text[found.start..found.end];
        match parse_integer(digits) {
            Some(value) => Number::Integer(value),
            None => Number::Real(parse_real(digits)),
        }
    };
    NumericPrefix { number, complete }
}

/// What `CAST(text AS INTEGER)` gives: the leading integer, clamped to 64 bits.
pub(super) fn integer_prefix(text: &[u8]) -> i64 {
    let found = scan(text);
    let digits = &text[found.start..found.integer_end];
    match parse_integer(digits) {
        Some(value) => value,
        None if digits.len() < 2 => 0,
        None if digits[0] == b'-' => i64::MIN,
        None => i64::MAX,
    }
}

/// What `CAST(text AS REAL)` gives: the leading number as a float, zero with its sign.
pub(super) fn real_prefix(text: &[u8]) -> f64 {
    match parse_number(text).number {
        Number::Integer(0) if is_negative_zero(text) => -0.0,
        number => number.to_real(),
    }
}

/// Of a text that begins with a zero: whether there is a minus before it.
fn is_negative_zero(text: &[u8]) -> bool {
    let found = scan(text);
    found.has_digits && text[found.start] == b'-'
}

/// A sign and digits; `None` if there are no digits or the value does not fit.
fn parse_integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A float in the form that [`scan`] found. Rust's reader rounds correctly and takes the same syntax.
fn parse_real(text: &[u8]) -> f64 {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

/// Cuts a float to an integer, clamped to 64 bits, as SQLite's `CAST(real AS INTEGER)`.
pub fn real_to_integer(value: f64) -> i64 {
    // Rust's `as` saturates, as SQLite does; NaN cannot occur.
    value as i64
}

/// The integer that a float equals exactly, within the range where SQLite converts (not the two extreme values).
pub fn integral_real(value: f64) -> Option<i64> {
    let integer = value as i64;
    let inside = integer > i64::MIN && integer < i64::MAX;
    (inside && integer as f64 == value).then_some(integer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_sqlites() {
        let number = |text: &str| parse_number(text.as_bytes());
        assert_eq!(number(" 12abc").number, Number::Integer(12));
        assert!(!number("12abc").complete);
        assert_eq!(number("12.5e1 ").number, Number::Real(125.0));
        assert!(number("12.5e1 ").complete);
        assert_eq!(number("1e").number, Number::Integer(1));
        assert_eq!(number(".5").number, Number::Real(0.5));
        assert_eq!(number("5.").number, Number::Real(5.0));
        assert_eq!(number(".").number, Number::Integer(0));
        assert_eq!(number("-").number, Number::Integer(0));
        assert_eq!(number("9223372036854775808").number, Number::Real(9_223_372_036_854_775_808.0));
        assert_eq!(integer_prefix(b"9223372036854775808"), i64::MAX);
        assert_eq!(integer_prefix(b"-99999999999999999999"), i64::MIN);
        assert_eq!(integer_prefix(b"1e3"), 1);
        assert_eq!(integer_prefix(b"x"), 0);
        assert_eq!(integral_real(5.0), Some(5));
        assert_eq!(integral_real(5.5), None);
        assert_eq!(integral_real(9.3e18), None);
    }
}
