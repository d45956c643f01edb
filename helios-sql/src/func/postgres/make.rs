//! Moments and lengths of time made of numbers, put in order, cut into pieces.

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::super::{CallContext, Scalar};
use super::cast::{invalid, moment_of, written};
use super::interval::Length;
use super::moment::{self, DAY_MICROS, date_of, days_of};
use super::{moment_picture, moment_reading, number_picture};

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("to_char", 2, 2, |_, arguments| moment_picture::write(arguments)),
    Scalar::pure("to_number", 2, 2, |_, arguments| number_picture::read(arguments)),
    Scalar::pure("to_date", 2, 2, |_, arguments| moment_reading::to_date(arguments)),
    Scalar::pure("to_timestamp", 2, 2, |_, arguments| moment_reading::to_timestamp(arguments)),
    Scalar::pure("make_date", 3, 3, |_, arguments| {
        made(arguments, |arguments| Some(moment::write_date(date(arguments)?)), "date")
    }),
    Scalar::pure("make_time", 3, 3, |_, arguments| {
        made(arguments, |arguments| Some(moment::write_time(time(arguments)?)), "time")
    }),
    Scalar::pure("make_timestamp", 6, 6, |_, arguments| {
        made(arguments, |arguments| Some(moment::write_timestamp(timestamp(arguments)?)), "timestamp")
    }),
    Scalar::pure("make_timestamptz", 6, 6, |_, arguments| {
        made(
            arguments,
            |arguments| Some(format!("{}+00:00", moment::write_timestamp(timestamp(arguments)?))),
            "timestamp",
        )
    }),
    Scalar::pure("make_interval", 0, 7, make_interval),
    Scalar::pure("justify_hours", 1, 1, |_, arguments| justified(arguments[0], true, false)),
    Scalar::pure("justify_days", 1, 1, |_, arguments| justified(arguments[0], false, true)),
    Scalar::pure("justify_interval", 1, 1, |_, arguments| justified(arguments[0], true, true)),
    Scalar::pure("isfinite", 1, 1, |_, arguments| {
        Ok(match arguments[0].is_null() {
            true => Value::Null,
            false => Value::boolean(true),
        })
    }),
    Scalar::stable("date_bin", 3, 3, date_bin),
    Scalar::stable("overlaps_in_time", 4, 4, overlaps),
];

/// Applies `make` unless an argument is NULL; what it cannot make is out of range.
fn made(
    arguments: &[ValueRef<'_>],
    make: impl Fn(&[ValueRef<'_>]) -> Option<String>,
    name: &str,
) -> Result<Value> {
    if arguments.iter().any(|argument| argument.is_null()) {
        return Ok(Value::Null);
    }
    make(arguments).map(|text| Value::text(&text)).ok_or_else(|| {
        let values: Vec<String> = arguments.iter().filter_map(|argument| written(*argument)).collect();
        let separator = if name == "time" { ":" } else { "-" };
        let message = format!("{name} field value out of range: {}", values.join(separator));
        Error::new(ErrorKind::Data, message)
    })
}

fn date(arguments: &[ValueRef<'_>]) -> Option<i64> {
    let [year, month, day] = [0, 1, 2].map(|at| arguments[at].to_integer());
    let is_possible = (1..=294_276).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let days = is_possible.then(|| days_of(year, month, day))?;
    (date_of(days) == (year, month, day)).then_some(days)
}

fn time(arguments: &[ValueRef<'_>]) -> Option<i64> {
    let (hour, minute, second) =
        (arguments[0].to_integer(), arguments[1].to_integer(), arguments[2].to_real());
    let is_possible = (0..=24).contains(&hour) && (0..60).contains(&minute) && (0.0..=60.0).contains(&second);
    let micros = (hour * 60 + minute) * 60_000_000 + (second * 1e6).round() as i64;
    (is_possible && micros <= DAY_MICROS).then_some(micros)
}

fn timestamp(arguments: &[ValueRef<'_>]) -> Option<i64> {
    Some(date(arguments)? * DAY_MICROS + time(&arguments[3..])?)
}

/// `make_interval(years, months, weeks, days, hours, mins, secs)`.
fn make_interval(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    if arguments.iter().any(|argument| argument.is_null()) {
        return Ok(Value::Null);
    }
    let number = |at: usize| arguments.get(at).map_or(0, |argument| argument.to_integer());
    let length = || {
        let months = number(0).checked_mul(12)?.checked_add(number(1))?;
        let days = number(2).checked_mul(7)?.checked_add(number(3))?;
        let clock = number(4).checked_mul(60)?.checked_add(number(5))?.checked_mul(60_000_000)?;
        let seconds = arguments.get(6).map_or(0.0, |argument| argument.to_real() * 1e6).round();
        Some(Length { months, days, micros: clock.checked_add(seconds as i64)? })
    };
    length()
        .map(|length| Value::text(&length.write()))
        .ok_or_else(|| Error::new(ErrorKind::Data, "interval out of range"))
}

/// A length in which 24 hours are a day, or 30 days a month, and no part has a sign of its own.
fn justified(value: ValueRef<'_>, hours: bool, days: bool) -> Result<Value> {
    let Some(text) = written(value) else { return Ok(Value::Null) };
    let mut length = Length::parse(&text).ok_or_else(|| invalid("interval", &text))?;
    if hours {
        length.days += length.micros / DAY_MICROS;
        length.micros %= DAY_MICROS;
    }
    if days {
        length.months += length.days / 30;
        length.days %= 30;
        if length.months > 0 && (length.days < 0 || length.days == 0 && length.micros < 0) {
            (length.months, length.days) = (length.months - 1, length.days + 30);
        } else if length.months < 0 && (length.days > 0 || length.days == 0 && length.micros > 0) {
            (length.months, length.days) = (length.months + 1, length.days - 30);
        }
    }
    if hours && length.days > 0 && length.micros < 0 {
        (length.days, length.micros) = (length.days - 1, length.micros + DAY_MICROS);
    } else if hours && length.days < 0 && length.micros > 0 {
        (length.days, length.micros) = (length.days + 1, length.micros - DAY_MICROS);
    }
    Ok(Value::text(&length.write()))
}

/// `date_bin(stride, moment, origin)`: the beginning of the stride that a moment lies in.
fn date_bin(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(stride), Some(text), Some(origin)) =
        (written(arguments[0]), written(arguments[1]), written(arguments[2]))
    else {
        return Ok(Value::Null);
    };
    let stride = Length::parse(&stride).ok_or_else(|| invalid("interval", &stride))?;
    let wrong = |message: &str| Err(Error::new(ErrorKind::Data, message));
    if stride.months != 0 {
        return Err(Error::sql(
            "timestamps cannot be binned into intervals containing months or years: this is not supported",
        ));
    }
    let width = stride.days.saturating_mul(DAY_MICROS).saturating_add(stride.micros);
    if width <= 0 {
        return wrong("stride must be greater than zero: value out of range");
    }
    let moment = moment_of(context, arguments[1], &text).ok_or_else(|| invalid("timestamp", &text))?;
    let origin = moment_of(context, arguments[2], &origin).ok_or_else(|| invalid("timestamp", &origin))?;
    let from = moment.utc_micros() - origin.utc_micros();
    let start = moment.utc_micros() - from.rem_euclid(width);
    let zone = if moment.offset.is_some() { "+00:00" } else { "" };
    Ok(Value::text(&format!("{}{zone}", moment::write_timestamp(start))))
}

/// Whether two periods have a moment in common. Each is two moments, or one and a length.
fn overlaps(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let period = |from: ValueRef<'_>, to: ValueRef<'_>| -> Result<Option<(i64, i64)>> {
        let (Some(start), Some(end)) = (written(from), written(to)) else { return Ok(None) };
        let at = |value, text: &str| {
            let clock = || moment::parse_time(text).map(|(micros, _)| micros);
            let moment = moment_of(context, value, text).map(moment::Moment::utc_micros);
            moment.or_else(clock).ok_or_else(|| invalid("timestamp", text))
        };
        let first = at(from, &start)?;
        let second = match Length::parse(&end).filter(|_| moment::parse(&end).is_none()) {
            Some(length) if !end.contains(':') || end.contains(' ') => length.after(first).unwrap_or(first),
            _ => at(to, &end)?,
        };
        Ok(Some((first.min(second), first.max(second))))
    };
    let (Some(left), Some(right)) =
        (period(arguments[0], arguments[1])?, period(arguments[2], arguments[3])?)
    else {
        return Ok(Value::Null);
    };
    let (earlier, later) = if left.0 <= right.0 { (left, right) } else { (right, left) };
    Ok(Value::boolean(later.0 < earlier.1 || later.0 == earlier.0))
}
