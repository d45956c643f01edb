//! `%f`, `%e`, `%g` as SQLite 3.40 writes them.
//!
//! In: a float and how to write it. Out: its text. At most 16 digits are significant (26 with `!`), all after them are
//! zeros; a number is rounded half away from zero after adding a little for what decimal fractions lose in binary.
//! The steps follow `sqlite3_str_vappendf` of SQLite's printf.c, since each of them decides the last digits.

use super::extended::Extended;
use super::spec::Spec;

/// How a float is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// `%f`.
    Fixed,
    /// `%e`.
    Exponential,
    /// `%g`: the shorter one.
    General,
}

/// A positive number brought between 1 and 10.
struct Scaled {
    value: Extended,
    exponent: i32,
}

/// The most digits that a precision may ask for (SQLITE_FP_PRECISION_LIMIT).
pub(super) const MAX_PRECISION: usize = 100_000_000;

/// The most significant digits.
const MAX_SIGNIFICANT: usize = 26;

/// The most zeros between the point and the first significant digit of any float.
const MAX_ZEROS: usize = 330;

/// The text of a float: sign, digits, exponent, zeros up to the width. `capital` decides between `e` and `E`.
pub(super) fn write(value: f64, notation: Notation, capital: bool, spec: &Spec) -> Vec<u8> {
    let mut out = Vec::new();
    let sign = if value < 0.0 { Some(b'-') } else { spec.sign };
    out.extend(sign);
    if value.is_infinite() {
        out.extend_from_slice(b"Inf");
        return out;
    }
    let mut precision = spec.precision.unwrap_or(6).min(MAX_PRECISION);
    if notation == Notation::General && precision > 0 {
        precision -= 1;
    }
    let scaled = scale(value.abs(), notation, precision);
    let exponent = scaled.exponent;
    let mut strip_zeros = spec.alternate2;
    let mut notation = notation;
    let mut decimals = precision;
    if notation == Notation::General {
        strip_zeros = !spec.alternate;
        if exponent < -4 || i64::from(exponent) > precision as i64 {
            notation = Notation::Exponential;
        } else {
            notation = Notation::Fixed;
            decimals = (precision as i64 - i64::from(exponent)) as usize;
        }
    }
    if strip_zeros {
        // No digit that is not 0 can come later: no need to write zeros that go away again.
        decimals = decimals.min(MAX_ZEROS + MAX_SIGNIFICANT);
    }
    let point = decimals > 0 || spec.alternate || spec.alternate2;
    let before_point = if notation == Notation::Exponential { 0 } else { exponent };
    write_digits(scaled.value, before_point, decimals, point, spec.alternate2, &mut out);
    if strip_zeros && point {
        strip(&mut out, spec.alternate2);
    }
    if notation == Notation::Exponential {
        out.push(if capital { b'E' } else { b'e' });
        out.push(if exponent < 0 { b'-' } else { b'+' });
        out.extend_from_slice(format!("{:02}", exponent.abs()).as_bytes());
    }
    if spec.zero_pad && !spec.left && out.len() < spec.width {
        let missing = spec.width - out.len();
        let digits = usize::from(sign.is_some());
        out.splice(digits..digits, std::iter::repeat_n(b'0', missing));
    }
    out
}

/// Half a unit of the last digit.
fn rounder(precision: usize) -> f64 {
    const HALVES: [f64; 10] = [5e-1, 5e-2, 5e-3, 5e-4, 5e-5, 5e-6, 5e-7, 5e-8, 5e-9, 5e-10];
    let mut place = precision & 0xFFF;
    let mut rounder = HALVES[place % 10];
    while place >= 10 {
        rounder *= 1e-10;
        place -= 10;
    }
    rounder
}

/// Rounds a number and brings it between 1 and 10 (0 stays).
fn scale(value: f64, notation: Notation, precision: usize) -> Scaled {
    let mut rounder = rounder(precision);
    let mut real = Extended::new(value);
    if notation == Notation::Fixed {
        let binary_exponent = (value.to_bits() >> 52 & 0x7FF) as i64 - 1023;
        if precision as i64 + binary_exponent / 3 < 15 {
            rounder = Extended::new(rounder).plus(real.times(Extended::new(3e-16))).to_f64();
        }
        real = real.plus(Extended::new(rounder));
    }
    let mut exponent = 0;
    if !real.is_zero() {
        let one = Extended::new(1.0);
        let mut divisor = one;
        for (step, digits) in [(1e100, 100), (1e10, 10), (10.0, 1)] {
            let step = Extended::new(step);
            while real.at_least(step.times(divisor)) {
                divisor = divisor.times(step);
                exponent += digits;
            }
        }
        real = real.divided_by(divisor);
        while !real.at_least(Extended::new(1e-8)) {
            real = real.times(Extended::new(1e8));
            exponent -= 8;
        }
        while !real.at_least(one) {
            real = real.times(Extended::new(10.0));
            exponent -= 1;
        }
    }
    if notation != Notation::Fixed {
        real = real.plus(Extended::new(rounder));
        if real.at_least(Extended::new(10.0)) {
            real = real.times(Extended::new(0.1));
            exponent += 1;
        }
    }
    Scaled { value: real, exponent }
}

/// Writes the digits before and after the point. `exponent` is that of the first digit.
fn write_digits(value: Extended, exponent: i32, decimals: usize, point: bool, many: bool, out: &mut Vec<u8>) {
    let mut rest = value;
    let mut significant = if many { MAX_SIGNIFICANT } else { 16 };
    let mut digit = || {
        if significant == 0 {
            return b'0';
        }
        significant -= 1;
        let (digit, next) = rest.split_digit();
        rest = next;
        b'0' + digit
    };
    if exponent < 0 {
        out.push(b'0');
    } else {
        out.extend((0..=exponent).map(|_| digit()));
    }
    if point {
        out.push(b'.');
    }
    let zeros = ((-1 - exponent).max(0) as usize).min(decimals);
    out.extend(std::iter::repeat_n(b'0', zeros));
    out.extend((zeros..decimals).map(|_| digit()));
}

/// Takes off the zeros at the end, and the point unless it is wanted with a zero.
fn strip(out: &mut Vec<u8>, keep_point: bool) {
    while out.last() == Some(&b'0') {
        out.pop();
    }
    if out.last() == Some(&b'.') {
        if keep_point {
            out.push(b'0');
        } else {
            out.pop();
        }
    }
}
