//! Numbers: what SQLite's functions do not have or do otherwise.

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::super::{CallContext, Scalar};

pub(super) const FUNCTIONS: &[Scalar] = &[
    // Where rows are grouped, binding makes a number of it.
    Scalar::pure("grouping", 1, 31, |_, _| {
        Err(Error::sql("arguments to GROUPING must be grouping expressions of the associated query level"))
    }),
    Scalar::pure("div", 2, 2, |_, arguments| {
        if arguments.iter().any(|argument| argument.is_null()) {
            return Ok(Value::Null);
        }
        match arguments[1].to_real() == 0.0 {
            true => Err(Error::new(ErrorKind::Data, "division by zero")),
            false => Ok(whole_if_exact((arguments[0].to_real() / arguments[1].to_real()).trunc())),
        }
    }),
    Scalar::pure("sqrt", 1, 1, |_, arguments| {
        real_of(arguments[0], |number| match number < 0.0 {
            true => Err("cannot take square root of a negative number"),
            false => Ok(number.sqrt()),
        })
    }),
    Scalar::pure("ln", 1, 1, |_, arguments| real_of(arguments[0], |number| logarithm(number).map(f64::ln))),
    Scalar::pure("log", 1, 1, |_, arguments| {
        real_of(arguments[0], |number| logarithm(number).map(f64::log10))
    }),
    Scalar::pure("gcd", 2, 2, |_, arguments| of_two(arguments, |left, right| Some(divisor(left, right)))),
    Scalar::pure("lcm", 2, 2, |_, arguments| {
        of_two(arguments, |left, right| match divisor(left, right) {
            0 => Some(0),
            divisor => (left / divisor).checked_mul(right)?.checked_abs(),
        })
    }),
    Scalar::pure("factorial", 1, 1, |_, arguments| {
        if arguments[0].is_null() {
            return Ok(Value::Null);
        }
        let number = arguments[0].to_integer();
        let product = (1..=number.min(170)).fold(1.0_f64, |product, factor| product * factor as f64);
        match (0..=170).contains(&number) {
            true => Ok(whole_if_exact(product)),
            false => Err(Error::new(ErrorKind::Data, "value out of range: overflow")),
        }
    }),
    Scalar::pure("bit_xor", 2, 2, |_, arguments| of_two(arguments, |left, right| Some(left ^ right))),
    Scalar::volatile("random", 0, 0, |context, _| {
        let mut bytes = [0_u8; 8];
        context.entropy.fill(&mut bytes);
        // As many bits as a float has digits for.
        Ok(Value::real((u64::from_be_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64))
    }),
    Scalar::pure("width_bucket", 2, 4, width_bucket),
    Scalar::pure("pg_size_pretty", 1, 1, |_, arguments| match arguments[0].is_null() {
        true => Ok(Value::Null),
        false => Ok(Value::text(&size_in_words(arguments[0].to_integer()))),
    }),
    Scalar::pure("trunc", 1, 2, |_, arguments| {
        if arguments.iter().any(|argument| argument.is_null()) {
            return Ok(Value::Null);
        }
        let digits = arguments.get(1).map_or(0, |digits| digits.to_integer());
        let scale = 10_f64.powi(digits.clamp(-300, 300) as i32);
        Ok(whole_if_exact((arguments[0].to_real() * scale).trunc() / scale))
    }),
];

/// In which of so many equal parts of a range a number is, or behind how many of an array's elements.
fn width_bucket(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    if arguments.iter().any(|argument| argument.is_null()) {
        return Ok(Value::Null);
    }
    let wrong = |message: &str| Err(Error::new(ErrorKind::Data, message));
    let number = arguments[0].to_real();
    match arguments {
        [_, limits] => {
            let limits = super::array::elements_of(*limits)?.unwrap_or_default();
            let passed = limits.iter().filter(|limit| limit.as_ref().to_real() <= number).count();
            Ok(Value::Integer(passed as i64))
        }
        [_, low, high, count] => {
            let (low, high, count) = (low.to_real(), high.to_real(), count.to_integer());
            if count <= 0 {
                return wrong("count must be greater than zero");
            }
            if low == high {
                return wrong("lower bound cannot equal upper bound");
            }
            let share = (number - low) / (high - low);
            let bucket = match share {
                share if share < 0.0 => 0,
                share if share >= 1.0 => count + 1,
                share => (share * count as f64).floor() as i64 + 1,
            };
            Ok(Value::Integer(bucket))
        }
        _ => wrong("function width_bucket takes two or four arguments"),
    }
}

fn real_of(value: ValueRef<'_>, of: impl Fn(f64) -> std::result::Result<f64, &'static str>) -> Result<Value> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    of(value.to_real()).map(Value::real).map_err(|message| Error::new(ErrorKind::Data, message))
}

/// A number that has a logarithm.
fn logarithm(number: f64) -> std::result::Result<f64, &'static str> {
    match number {
        0.0 => Err("cannot take logarithm of zero"),
        number if number < 0.0 => Err("cannot take logarithm of a negative number"),
        number => Ok(number),
    }
}

/// A number as an integer where it is one.
fn whole_if_exact(number: f64) -> Value {
    match number.fract() == 0.0 && number.abs() < 9e15 {
        true => Value::Integer(number as i64),
        false => Value::real(number),
    }
}

fn of_two(arguments: &[ValueRef<'_>], of: impl Fn(i64, i64) -> Option<i64>) -> Result<Value> {
    if arguments.iter().any(|argument| argument.is_null()) {
        return Ok(Value::Null);
    }
    match of(arguments[0].to_integer(), arguments[1].to_integer()) {
        Some(number) => Ok(Value::Integer(number)),
        None => Err(Error::new(ErrorKind::Data, "bigint out of range")),
    }
}

fn divisor(left: i64, right: i64) -> i64 {
    let (mut left, mut right) = (left.unsigned_abs(), right.unsigned_abs());
    while right != 0 {
        (left, right) = (right, left % right);
    }
    i64::try_from(left).unwrap_or(i64::MAX)
}

/// A number of bytes in the unit in which it has up to five digits.
fn size_in_words(bytes: i64) -> String {
    if bytes.unsigned_abs() < 10 * 1024 {
        return format!("{bytes} bytes");
    }
    // Halves are counted, so that the last digit is rounded.
    let mut halves = bytes / 512;
    let mut units = ["kB", "MB", "GB", "TB", "PB"].into_iter().peekable();
    while let Some(unit) = units.next() {
        if halves.unsigned_abs() < 20 * 1024 - 1 || units.peek().is_none() {
            return format!("{} {unit}", (halves + halves.signum()) / 2);
        }
        halves /= 1024;
    }
    String::new()
}
