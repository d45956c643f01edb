//! Numbers as text, to the digit as SQLite writes them.
//!
//! A float is written as C's `%!.15g` does: 15 significant digits, rounded correctly, always with a point, an
//! exponent below 1e-4 and from 1e15 on. `quote()` writes as many digits as are needed to read the same float back.

/// Appends an integer.
pub fn write_integer(value: i64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends a float with 15 significant digits.
pub fn write_real(value: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(format_real(value, 15).as_bytes());
}

/// Appends a float so that reading it gives the same float: 15 digits where they suffice, else 17.
pub(super) fn write_real_literal(value: f64, out: &mut Vec<u8>) {
    if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"9.0e+999" } else { b"-9.0e+999" });
        return;
    }
    let short = format_real(value, 15);
    let text = if short.parse() == Ok(value) { short } else { format_real(value, 17) };
    out.extend_from_slice(text.as_bytes());
}

/// A float with `digits` significant digits, as C's `%!.*g`.
pub fn format_real(value: f64, digits: usize) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "Inf" } else { "-Inf" }.to_owned();
    }
    if value == 0.0 {
        return "0.0".to_owned();
    }
    // Rust's exponent form is exactly rounded: `d.ddddde±x`. Of two that are equally near it takes the even one, SQLite
    // the larger one.
    let scientific = match is_between(value.abs(), digits) {
        true => format!("{:.*e}", digits - 1, value.abs().next_up()),
        false => format!("{:.*e}", digits - 1, value.abs()),
    };
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let significant: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = significant.trim_end_matches('0');
    let mut text = String::with_capacity(24);
    if value < 0.0 {
        text.push('-');
    }
    if exponent < -4 || exponent >= digits as i32 {
        let (first, rest) = significant.split_at(1);
        text.push_str(first);
        text.push('.');
        text.push_str(if rest.is_empty() { "0" } else { rest });
        text.push_str(&format!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()));
    } else if exponent < 0 {
        text.push_str("0.");
        text.extend(std::iter::repeat_n('0', (-exponent - 1) as usize));
        text.push_str(significant);
    } else {
        let whole = exponent as usize + 1;
        if significant.len() <= whole {
            text.push_str(significant);
            text.extend(std::iter::repeat_n('0', whole - significant.len()));
            text.push_str(".0");
        } else {
            text.push_str(&significant[..whole]);
            text.push('.');
            text.push_str(&significant[whole..]);
        }
    }
    text
}

/// Whether a number lies in the middle between two of so many significant digits.
fn is_between(value: f64, digits: usize) -> bool {
    // Written out, it has as many digits behind the point as bits, the last of them a 5. Most numbers have many more, or
    // have too few digits in all.
    let bits = value.to_bits();
    let exponent = (bits >> 52) as i32 - 1075;
    let behind_point = -(exponent + (bits | 1 << 52).trailing_zeros() as i32);
    if behind_point > 40 || value * 10f64.powi(behind_point.max(0)) < 10f64.powi(digits as i32) * 0.99 {
        return false;
    }
    let written = format!("{:.*e}", digits + 40, value);
    let behind = written.bytes().filter(u8::is_ascii_digit).skip(digits).take(41);
    behind.enumerate().all(|(at, digit)| digit == if at == 0 { b'5' } else { b'0' })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reals_look_as_in_sqlite() {
        for (value, text) in [
            (1.0, "1.0"),
            (-0.0, "0.0"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.333333333333333"),
            (100.0, "100.0"),
            (1e14, "100000000000000.0"),
            (1e15, "1.0e+15"),
            (123_456_789_012_345_680.0, "1.23456789012346e+17"),
            (0.0001, "0.0001"),
            (0.000_012_5, "1.25e-05"),
            (-2.5, "-2.5"),
            (1e-300, "1.0e-300"),
            (f64::INFINITY, "Inf"),
            (1_234_567_890_123.125, "1234567890123.13"),
            (99_999_999_999_999.25, "99999999999999.3"),
            (1_035_878_521_763_465.0, "1.03587852176347e+15"),
            (1_035_878_521_763_475.0, "1.03587852176348e+15"),
            (1_035_878_521_763_464.0, "1.03587852176346e+15"),
            (999_999_999_999_999.5, "1.0e+15"),
            (1_234_567_890_123.124_8, "1234567890123.12"),
        ] {
            assert_eq!(format_real(value, 15), text);
        }
    }

    #[test]
    fn integers_have_no_edge() {
        for value in [0, 7, -1, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            write_integer(value, &mut out);
            assert_eq!(out, value.to_string().into_bytes());
        }
    }
}
