//! `%d`, `%i`, `%u`, `%x`, `%X`, `%o`, `%p`, `%r`.
//!
//! In: an integer and how to write it. Out: its text without the spaces around it; `None` if it would be too long.

use super::check;
use super::spec::Spec;

/// The text of an integer for the conversion `letter`.
pub(super) fn write(value: i64, letter: u8, spec: &Spec) -> Option<Vec<u8>> {
    let signed = matches!(letter, b'd' | b'i' | b'r');
    let (magnitude, sign) = match (signed, value < 0) {
        (true, true) => (value.unsigned_abs(), Some(b'-')),
        (true, false) => (value as u64, spec.sign),
        (false, _) => (value as u64, None),
    };
    let mut least_digits = spec.precision.unwrap_or(0);
    if spec.zero_pad {
        least_digits = least_digits.max(spec.width.saturating_sub(usize::from(sign.is_some())));
    }
    check(least_digits + least_digits / 3)?;
    let mut digits = match letter {
        b'x' => format!("{magnitude:x}"),
        b'X' | b'p' => format!("{magnitude:X}"),
        b'o' => format!("{magnitude:o}"),
        _ => magnitude.to_string(),
    };
    if letter == b'r' {
        digits.push_str(ordinal(magnitude));
    }
    let mut out = Vec::new();
    if spec.alternate && magnitude != 0 {
        out.extend_from_slice(match letter {
            b'x' | b'p' => b"0x",
            b'X' => b"0X",
            b'o' => b"0",
            _ => b"",
        });
    }
    out.extend(sign);
    let zeros = least_digits.saturating_sub(digits.len());
    if spec.thousands && matches!(letter, b'd' | b'i' | b'u') {
        let length = zeros + digits.len();
        for (at, digit) in std::iter::repeat_n(b'0', zeros).chain(digits.bytes()).enumerate() {
            if at > 0 && (length - at).is_multiple_of(3) {
                out.push(b',');
            }
            out.push(digit);
        }
    } else {
        out.extend(std::iter::repeat_n(b'0', zeros));
        out.extend_from_slice(digits.as_bytes());
    }
    Some(out)
}

/// What follows a number that counts places.
fn ordinal(value: u64) -> &'static str {
    match (value % 10, value / 10 % 10) {
        (_, 1) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}
