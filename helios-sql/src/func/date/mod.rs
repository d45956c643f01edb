//! Date and time functions (<https://sqlite.org/lang_datefunc.html>).
//!
//! In: a time value and modifiers. Out: a text or a number; NULL for what is no time or lies outside the years -4713 to
//! 9999. Times are counted in milliseconds of the Julian day, as in SQLite's date.c, whose steps and roundings these
//! modules follow. `now` is the time of the statement.

mod difference;
mod local;
mod modifier;
mod parse;
mod point;
mod shift;
mod strftime;

use super::utf8::before_nul;
use super::{CallContext, MAX_ARGUMENTS, Scalar};
use helios_core::clock::Moment;
use helios_core::{Result, Value, ValueRef};
use point::Point;

// None of them is deterministic: `now` and `localtime` may be among the arguments, or in a column.
pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::stable("date", 0, MAX_ARGUMENTS, |context, arguments| with_point(context, arguments, date)),
    Scalar::stable("time", 0, MAX_ARGUMENTS, |context, arguments| with_point(context, arguments, time)),
    Scalar::stable("datetime", 0, MAX_ARGUMENTS, |context, arguments| {
        with_point(context, arguments, datetime)
    }),
    Scalar::stable("julianday", 0, MAX_ARGUMENTS, |context, arguments| {
        with_point(context, arguments, julianday)
    }),
    Scalar::stable("unixepoch", 0, MAX_ARGUMENTS, |context, arguments| {
        with_point(context, arguments, unixepoch)
    }),
    Scalar::stable("strftime", 0, MAX_ARGUMENTS, strftime),
    Scalar::stable("timediff", 2, 2, timediff),
    Scalar::stable("current_date", 0, 0, |context, _| Ok(current_date(context.now))),
    Scalar::stable("current_time", 0, 0, |context, _| Ok(current_time(context.now))),
    Scalar::stable("current_timestamp", 0, 0, |context, _| Ok(current_timestamp(context.now))),
];

/// What `CURRENT_DATE` gives: `YYYY-MM-DD` in UTC.
pub fn current_date(now: Moment) -> Value {
    date(Point::of_moment(now))
}

/// What `CURRENT_TIME` gives: `HH:MM:SS` in UTC.
pub fn current_time(now: Moment) -> Value {
    time(Point::of_moment(now))
}

/// What `CURRENT_TIMESTAMP` gives: `YYYY-MM-DD HH:MM:SS` in UTC.
pub fn current_timestamp(now: Moment) -> Value {
    datetime(Point::of_moment(now))
}

/// The point in time that a time value and its modifiers name. Error: `local time unavailable`.
fn point(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Option<Point>> {
    let Some((value, modifiers)) = arguments.split_first() else {
        return Ok(Some(Point::of_moment(context.now)));
    };
    let parsed = match *value {
        ValueRef::Null => None,
        ValueRef::Integer(_) | ValueRef::Real(_) => Some(Point::of_number(value.to_real())),
        ValueRef::Text(text) | ValueRef::Blob(text) => parse::time_value(before_nul(text), context.now),
    };
    let Some(mut point) = parsed else {
        return Ok(None);
    };
    for (at, modifier) in modifiers.iter().enumerate() {
        let Some(modifier) = modifier.text_bytes() else {
            return Ok(None);
        };
        if !modifier::apply(before_nul(&modifier), &mut point, at == 0)? {
            return Ok(None);
        }
    }
    point.compute_day();
    if !point.is_valid() {
        return Ok(None);
    }
    if modifiers.is_empty() && point.knows_date && point.day > 28 {
        // The day may be behind the end of its month.
        point.knows_date = false;
    }
    Ok(Some(point))
}

fn with_point(
    context: &CallContext<'_>,
    arguments: &[ValueRef<'_>],
    show: fn(Point) -> Value,
) -> Result<Value> {
    Ok(point(context, arguments)?.map_or(Value::Null, show))
}

fn date(mut point: Point) -> Value {
    point.compute_fields();
    let mut out = String::new();
    write_date(&point, &mut out);
    Value::text(&out)
}

fn time(mut point: Point) -> Value {
    point.compute_fields();
    let mut out = String::new();
    write_time(&point, &mut out);
    Value::text(&out)
}

fn datetime(mut point: Point) -> Value {
    point.compute_fields();
    let mut out = String::new();
    write_date(&point, &mut out);
    out.push(' ');
    write_time(&point, &mut out);
    Value::text(&out)
}

fn write_date(point: &Point, out: &mut String) {
    if point.year < 0 {
        out.push('-');
    }
    out.push_str(&format!("{:04}-{:02}-{:02}", point.year.unsigned_abs() % 10_000, point.month, point.day));
}

fn write_time(point: &Point, out: &mut String) {
    out.push_str(&format!("{:02}:{:02}:{:02}", point.hour, point.minute, point.second as i32));
    if point.shows_fraction {
        out.push_str(&format!(".{:03}", (1000.0 * point.second + 0.5) as i32 % 1000));
    }
}

fn julianday(point: Point) -> Value {
    Value::real(point.julian_ms as f64 / 86_400_000.0)
}

fn unixepoch(point: Point) -> Value {
    if point.shows_fraction {
        return Value::real(point.unix_time());
    }
    Value::Integer(point.unix_seconds())
}

fn timediff(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (a, b) = (point(context, &arguments[..1])?, point(context, &arguments[1..])?);
    Ok(a.zip(b).map_or(Value::Null, |(a, b)| difference::difference(a, b)))
}

fn strftime(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some((format, arguments)) = arguments.split_first() else {
        return Ok(Value::Null);
    };
    let Some(format) = format.text_bytes() else {
        return Ok(Value::Null);
    };
    match point(context, arguments)? {
        None => Ok(Value::Null),
        Some(mut point) => {
            point.compute_fields();
            strftime::format(before_nul(&format), &point)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_time_is_the_statements() {
        let now = Moment(1_700_000_000_123_456);
        assert_eq!(current_date(now), Value::text("2023-11-14"));
        assert_eq!(current_time(now), Value::text("22:13:20"));
        assert_eq!(current_timestamp(now), Value::text("2023-11-14 22:13:20"));
    }
}
