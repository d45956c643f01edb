//! Lengths of time, and moments that are moved by them
//! (<https://www.postgresql.org/docs/15/datatype-datetime.html#DATATYPE-INTERVAL-INPUT>).
//!
//! In and out: texts as PostgreSQL writes them (`1 year 2 mons 3 days 04:05:06`). A length has months, days and
//! microseconds, each for itself: a month has no fixed number of days.

use std::cmp::Ordering;

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::super::{CallContext, Scalar};
use super::cast::{invalid, moment_of, written};
use super::moment::{self, DAY_MICROS, Moment, date_of, days_of};

const HOUR_MICROS: i64 = 3_600_000_000;

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("::interval", 1, 1, |_, arguments| {
        Ok(length(arguments[0])?.map_or(Value::Null, |length| Value::text(&length.write())))
    }),
    Scalar::stable("date_plus_days", 2, 2, |context, arguments| moved_date(context, arguments, 1)),
    Scalar::stable("date_minus_days", 2, 2, |context, arguments| moved_date(context, arguments, -1)),
    Scalar::stable("date_minus_date", 2, 2, |context, arguments| {
        let (Some(left), Some(right)) = (moment(context, arguments[0])?, moment(context, arguments[1])?)
        else {
            return Ok(Value::Null);
        };
        Ok(Value::Integer(left.micros.div_euclid(DAY_MICROS) - right.micros.div_euclid(DAY_MICROS)))
    }),
    Scalar::stable("moment_plus", 2, 2, |context, arguments| moved(context, arguments, 1)),
    Scalar::stable("moment_minus", 2, 2, |context, arguments| moved(context, arguments, -1)),
    Scalar::stable("moment_difference", 2, 2, |context, arguments| {
        let (Some(left), Some(right)) = (moment(context, arguments[0])?, moment(context, arguments[1])?)
        else {
            return Ok(Value::Null);
        };
        if moment::is_infinite(left.micros) || moment::is_infinite(right.micros) {
            return Err(Error::new(ErrorKind::Data, "cannot subtract infinite timestamps"));
        }
        let micros = left.utc_micros() - right.utc_micros();
        let days = micros / DAY_MICROS;
        Ok(Value::text(&Length { months: 0, days, micros: micros - days * DAY_MICROS }.write()))
    }),
    Scalar::stable("age", 1, 2, age),
    Scalar::stable("date_plus_time", 2, 2, |context, arguments| {
        let (Some(date), Some(time)) = (moment(context, arguments[0])?, time_of_day(arguments[1])?) else {
            return Ok(Value::Null);
        };
        Ok(Value::text(&moment::write_timestamp(date.micros + time)))
    }),
    Scalar::pure("time_difference", 2, 2, |_, arguments| {
        let (Some(left), Some(right)) = (time_of_day(arguments[0])?, time_of_day(arguments[1])?) else {
            return Ok(Value::Null);
        };
        Ok(Value::text(&Length { micros: left - right, ..Length::default() }.write()))
    }),
    Scalar::pure("interval_months", 1, 1, |_, arguments| part_of(arguments[0], |length| length.months)),
    Scalar::pure("interval_days", 1, 1, |_, arguments| part_of(arguments[0], |length| length.days)),
    Scalar::pure("interval_micros", 1, 1, |_, arguments| part_of(arguments[0], |length| length.micros)),
    Scalar::pure("interval_of", 3, 3, |_, arguments| {
        if arguments.iter().any(|argument| argument.is_null()) {
            return Ok(Value::Null);
        }
        let [months, days, micros] = [0, 1, 2].map(|at| arguments[at].to_integer());
        Ok(Value::text(&Length { months, days, micros }.write()))
    }),
    Scalar::pure("interval_plus", 2, 2, |_, arguments| combined(arguments, 1)),
    Scalar::pure("interval_minus", 2, 2, |_, arguments| combined(arguments, -1)),
    Scalar::pure("interval_times", 2, 2, |_, arguments| scaled(arguments, |factor| factor)),
    Scalar::pure("interval_over", 2, 2, |_, arguments| {
        if !arguments[1].is_null() && arguments[1].to_real() == 0.0 {
            return Err(Error::new(ErrorKind::Data, "division by zero"));
        }
        scaled(arguments, |divisor| 1.0 / divisor)
    }),
];

/// A length of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length {
    /// Months.
    pub months: i64,
    /// Days.
    pub days: i64,
    /// Microseconds.
    pub micros: i64,
}

impl Length {
    /// Reads `1 year 2 mons -3 days 04:05:06`, `P1Y2M3DT4H5M6S`, or words such as `90 minutes ago`.
    pub fn parse(text: &str) -> Option<Length> {
        let text = text.trim().to_ascii_lowercase();
        if let Some(designated) = text.strip_prefix('p') {
            return parse_designated(designated);
        }
        let (text, sign) = match text.strip_suffix("ago") {
            Some(rest) => (rest.to_owned(), -1),
            None => (text, 1),
        };
        let mut length = Length::default();
        let spaced = with_spaces(text.trim_start_matches('@'));
        let mut words = spaced.split_whitespace().peekable();
        words.peek()?;
        while let Some(word) = words.next() {
            if word.contains(':') {
                length.micros = length.micros.checked_add(parse_clock(word)?)?;
                continue;
            }
            if let Some((years, months)) = word.split_once('-').filter(|(years, _)| !years.is_empty()) {
                length.add(years.parse().ok()?, "years")?;
                length.add(months.parse().ok()?, "months")?;
                continue;
            }
            let amount: f64 = word.parse().ok()?;
            // A number before a time of day counts days.
            let unit = match words.peek() {
                Some(next) if next.contains(':') => "days",
                Some(_) => words.next().unwrap_or_default(),
                None => "seconds",
            };
            length.add(amount, unit)?;
        }
        Some(length.times(sign))
    }

    fn add(&mut self, amount: f64, unit: &str) -> Option<()> {
        let whole = amount.trunc();
        let rest = amount - whole;
        let months = |count: f64| (count * 12.0).round() as i64;
        match unit.trim_end_matches(',') {
            "microsecond" | "microseconds" | "us" => self.micros += amount.round() as i64,
            "millisecond" | "milliseconds" | "ms" => self.micros += (amount * 1e3).round() as i64,
            "second" | "seconds" | "sec" | "secs" | "s" => self.micros += (amount * 1e6).round() as i64,
            "minute" | "minutes" | "min" | "mins" | "m" => self.micros += (amount * 6e7).round() as i64,
            "hour" | "hours" | "hr" | "hrs" | "h" => self.micros += (amount * 3.6e9).round() as i64,
            "day" | "days" | "d" => self.add_days(amount),
            "week" | "weeks" | "w" => self.add_days(amount * 7.0),
            "month" | "months" | "mon" | "mons" => {
                self.months += whole as i64;
                self.add_days(rest * 30.0);
            }
            "year" | "years" | "yr" | "yrs" | "y" => self.months += months(amount),
            "decade" | "decades" => self.months += months(amount * 10.0),
            "century" | "centuries" => self.months += months(amount * 100.0),
            "millennium" | "millennia" => self.months += months(amount * 1000.0),
            _ => return None,
        }
        Some(())
    }

    fn add_days(&mut self, days: f64) {
        self.days += days.trunc() as i64;
        self.micros += (days.fract() * DAY_MICROS as f64).round() as i64;
    }

    /// How two lengths compare: a month has 30 days for that, a day 24 hours.
    pub fn order(self) -> i128 {
        let days = i128::from(self.months) * 30 + i128::from(self.days);
        days * i128::from(DAY_MICROS) + i128::from(self.micros)
    }

    fn times(self, factor: i64) -> Length {
        Length { months: self.months * factor, days: self.days * factor, micros: self.micros * factor }
    }

    /// Writes it as PostgreSQL does.
    pub fn write(self) -> String {
        let mut parts = Vec::new();
        let mut is_negative = false;
        // What follows something negative says that it is not.
        let mut add = |count: i64, unit: &str| {
            if count != 0 {
                let sign = if is_negative && count > 0 { "+" } else { "" };
                parts.push(format!("{sign}{count} {unit}{}", if count == 1 { "" } else { "s" }));
                is_negative = count < 0;
            }
        };
        add(self.months / 12, "year");
        add(self.months % 12, "mon");
        add(self.days, "day");
        if self.micros != 0 || parts.is_empty() {
            let sign = match self.micros < 0 {
                true => "-",
                false if is_negative => "+",
                false => "",
            };
            parts.push(format!("{sign}{}", moment::write_time(self.micros.abs())));
        }
        parts.join(" ")
    }

    /// A moment so much later, if there is one.
    pub fn after(self, micros: i64) -> Option<i64> {
        if moment::is_infinite(micros) {
            return Some(micros);
        }
        let (year, month, day) = date_of(micros.div_euclid(DAY_MICROS));
        let months = year.checked_mul(12)?.checked_add(month - 1)?.checked_add(self.months)?;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        let next = if month == 12 { days_of(year + 1, 1, 1) } else { days_of(year, month + 1, 1) };
        let last = next - days_of(year, month, 1);
        let days = days_of(year, month, day.min(last)).checked_add(self.days)?;
        days.checked_mul(DAY_MICROS)?.checked_add(micros.rem_euclid(DAY_MICROS))?.checked_add(self.micros)
    }

    /// About how long it is: to tell whether it goes backwards.
    fn approximate_micros(self) -> f64 {
        (self.months as f64 * 30.0 + self.days as f64) * DAY_MICROS as f64 + self.micros as f64
    }
}

/// Puts a space between a number and a unit that stand side by side.
fn with_spaces(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut last = ' ';
    for character in text.chars() {
        let ends = (last.is_ascii_digit(), character.is_ascii_digit());
        if matches!(ends, (true, false)) && character.is_ascii_alphabetic()
            || matches!(ends, (false, true)) && last.is_ascii_alphabetic()
        {
            out.push(' ');
        }
        out.push(character);
        last = character;
    }
    out
}

/// `-04:05:06.7` in microseconds.
fn parse_clock(word: &str) -> Option<i64> {
    let (sign, rest) = match word.as_bytes().first()? {
        b'-' => (-1, &word[1..]),
        b'+' => (1, &word[1..]),
        _ => (1, word),
    };
    let mut parts = rest.split(':');
    let hours: i64 = parts.next()?.parse().ok().filter(|hours| (0..=10_000_000).contains(hours))?;
    let minutes: i64 = parts.next()?.parse().ok().filter(|minutes| (0..60).contains(minutes))?;
    let seconds: f64 = parts.next().map_or(Some(0.0), |seconds| seconds.parse().ok())?;
    if parts.next().is_some() || !(0.0..60.0).contains(&seconds) {
        return None;
    }
    Some(sign * (hours * HOUR_MICROS + minutes * 60_000_000 + (seconds * 1e6).round() as i64))
}

/// What stands behind the P of ISO 8601.
fn parse_designated(text: &str) -> Option<Length> {
    let mut length = Length::default();
    let (mut is_time, mut number) = (false, String::new());
    for character in text.chars() {
        let unit = match character {
            't' => {
                is_time = true;
                continue;
            }
            'y' => "years",
            'w' => "weeks",
            'd' => "days",
            'h' => "hours",
            'm' if is_time => "minutes",
            'm' => "months",
            's' => "seconds",
            other => {
                number.push(other);
                continue;
            }
        };
        length.add(number.parse().ok()?, unit)?;
        number.clear();
    }
    number.is_empty().then_some(length)
}

fn length(value: ValueRef<'_>) -> Result<Option<Length>> {
    let Some(text) = written(value) else { return Ok(None) };
    Length::parse(&text).map(Some).ok_or_else(|| invalid("interval", &text))
}

fn moment(context: &CallContext<'_>, value: ValueRef<'_>) -> Result<Option<Moment>> {
    let Some(text) = written(value) else { return Ok(None) };
    moment_of(context, value, &text).map(Some).ok_or_else(|| invalid("timestamp", &text))
}

fn out_of_range() -> Error {
    Error::new(ErrorKind::Data, "timestamp out of range")
}

fn moved_date(context: &CallContext<'_>, arguments: &[ValueRef<'_>], sign: i64) -> Result<Value> {
    let (Some(date), false) = (moment(context, arguments[0])?, arguments[1].is_null()) else {
        return Ok(Value::Null);
    };
    if moment::is_infinite(date.micros) {
        return Ok(arguments[0].to_value());
    }
    let days = arguments[1].to_integer().checked_mul(sign);
    let moved = days.and_then(|days| date.micros.div_euclid(DAY_MICROS).checked_add(days));
    let moved = moved.filter(|days| (-2_500_000..=110_000_000).contains(days)).ok_or_else(out_of_range)?;
    Ok(Value::text(&moment::write_date(moved)))
}

/// A moment or a time of day, moved by a length.
fn moved(context: &CallContext<'_>, arguments: &[ValueRef<'_>], sign: i64) -> Result<Value> {
    let (Some(text), Some(by)) = (written(arguments[0]), length(arguments[1])?) else {
        return Ok(Value::Null);
    };
    let by = by.times(sign);
    if let Some(moment) = moment_of(context, arguments[0], &text) {
        let moved = by.after(moment.micros).ok_or_else(out_of_range)?;
        let zone = match moment.offset {
            Some(_) => "+00:00",
            None => "",
        };
        let utc = moved - i64::from(moment.offset.unwrap_or(0)) * 1_000_000;
        return Ok(Value::text(&format!("{}{zone}", moment::write_timestamp(utc))));
    }
    match moment::parse_time(&text) {
        Some((micros, _)) => {
            Ok(Value::text(&moment::write_time((micros + by.micros % DAY_MICROS).rem_euclid(DAY_MICROS))))
        }
        None => Err(invalid("timestamp", &text)),
    }
}

/// How much later the first moment is than the second, or the present day than the only one, in years, months and days.
fn age(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let today = context.now.0 as i64 - (context.now.0 as i64).rem_euclid(DAY_MICROS);
    let first = moment(context, arguments[0])?.map(Moment::utc_micros);
    let (later, earlier) = match arguments.get(1) {
        Some(second) => (first, moment(context, *second)?.map(Moment::utc_micros)),
        None => (Some(today), first),
    };
    let (Some(later), Some(earlier)) = (later, earlier) else { return Ok(Value::Null) };
    let (sign, from, to) = if later < earlier { (-1, later, earlier) } else { (1, earlier, later) };
    let (from_date, to_date) = (date_of(from.div_euclid(DAY_MICROS)), date_of(to.div_euclid(DAY_MICROS)));
    let mut months = (to_date.0 - from_date.0) * 12 + to_date.1 - from_date.1;
    let mut days = to_date.2 - from_date.2;
    let mut micros = to.rem_euclid(DAY_MICROS) - from.rem_euclid(DAY_MICROS);
    if micros < 0 {
        (micros, days) = (micros + DAY_MICROS, days - 1);
    }
    if days < 0 {
        // The days that are missing are those of the earlier month.
        let next = Length { months: 1, ..Length::default() };
        let start = days_of(from_date.0, from_date.1, 1) * DAY_MICROS;
        let width = next.after(start).map_or(0, |end| (end - start) / DAY_MICROS);
        (days, months) = (days + width, months - 1);
    }
    Ok(Value::text(&Length { months, days, micros }.times(sign).write()))
}

/// A time of day in microseconds.
fn time_of_day(value: ValueRef<'_>) -> Result<Option<i64>> {
    let Some(text) = written(value) else { return Ok(None) };
    match moment::parse_time(&text) {
        Some((micros, _)) => Ok(Some(micros)),
        None => Err(invalid("time", &text)),
    }
}

fn part_of(value: ValueRef<'_>, of: impl Fn(Length) -> i64) -> Result<Value> {
    Ok(length(value)?.map_or(Value::Null, |length| Value::Integer(of(length))))
}

fn combined(arguments: &[ValueRef<'_>], sign: i64) -> Result<Value> {
    let (Some(left), Some(right)) = (length(arguments[0])?, length(arguments[1])?) else {
        return Ok(Value::Null);
    };
    let right = right.times(sign);
    let sum = Length {
        months: left.months + right.months,
        days: left.days + right.days,
        micros: left.micros + right.micros,
    };
    Ok(Value::text(&sum.write()))
}

fn scaled(arguments: &[ValueRef<'_>], factor: impl Fn(f64) -> f64) -> Result<Value> {
    // Either side may be the length.
    let (length_side, number) = match arguments[0] {
        ValueRef::Text(_) => (arguments[0], arguments[1]),
        _ => (arguments[1], arguments[0]),
    };
    let (Some(by), false) = (length(length_side)?, number.is_null()) else { return Ok(Value::Null) };
    let factor = factor(number.to_real());
    let months = by.months as f64 * factor;
    let days = by.days as f64 * factor + months.fract() * 30.0;
    let micros = by.micros as f64 * factor + days.fract() * DAY_MICROS as f64;
    let scaled =
        Length { months: months.trunc() as i64, days: days.trunc() as i64, micros: micros.round() as i64 };
    Ok(Value::text(&scaled.write()))
}

/// What EXTRACT gives of a length.
pub(super) fn interval_part(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(field), Some(length)) = (written(arguments[0]), length(arguments[1])?) else {
        return Ok(Value::Null);
    };
    let Length { months, days, micros } = length;
    let seconds = (micros % 60_000_000) as f64;
    Ok(Value::real(match field.to_ascii_lowercase().as_str() {
        "millennium" => (months / 12_000) as f64,
        "century" => (months / 1200) as f64,
        "decade" => (months / 120) as f64,
        "year" => (months / 12) as f64,
        "quarter" => (months % 12 / 3 + 1) as f64,
        "month" => (months % 12) as f64,
        "day" => days as f64,
        "hour" => (micros / HOUR_MICROS) as f64,
        "minute" => (micros / 60_000_000 % 60) as f64,
        "second" => seconds / 1e6,
        "milliseconds" => seconds / 1e3,
        "microseconds" => seconds,
        "epoch" => {
            // A year has 365.25 days there, a month 30.
            let days = (months / 12) as f64 * 365.25 + (months % 12) as f64 * 30.0 + days as f64;
            days * 86_400.0 + micros as f64 / 1e6
        }
        other => {
            let message = format!("unit \"{other}\" not recognized for type interval");
            return Err(Error::new(ErrorKind::Data, message));
        }
    }))
}

/// What DATE_TRUNC gives of a length; `None` where there is no such field.
pub(super) fn truncated(length: Length, field: &str) -> Option<Length> {
    let Length { months, days, micros } = length;
    let months_of = |size: i64| Length { months: months - months % size, ..Length::default() };
    let micros_of = |size: i64| Length { micros: micros - micros % size, ..length };
    Some(match field {
        "microseconds" => length,
        "milliseconds" => micros_of(1000),
        "second" => micros_of(1_000_000),
        "minute" => micros_of(60_000_000),
        "hour" => micros_of(HOUR_MICROS),
        "day" => Length { months, days, micros: 0 },
        "month" => months_of(1),
        "quarter" => months_of(3),
        "year" => months_of(12),
        "decade" => months_of(120),
        "century" => months_of(1200),
        "millennium" => months_of(12_000),
        _ => return None,
    })
}

/// How texts of lengths compare; what is none comes last.
pub fn compare_lengths(left: &[u8], right: &[u8]) -> Ordering {
    let order =
        |text: &[u8]| std::str::from_utf8(text).ok().and_then(Length::parse).map_or(i128::MAX, Length::order);
    order(left).cmp(&order(right))
}

/// What lies between two members of a series.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Whole(i64),
    Real(f64),
    Length(Length),
}

impl Step {
    /// The step of a series that begins with `start`; 1 if none is said.
    pub(super) fn of(start: &Value, step: Option<&Value>) -> Result<Step> {
        let step = match (start, step) {
            (Value::Text(_), Some(step)) => Step::Length(length(step.as_ref())?.unwrap_or_default()),
            (Value::Real(_), step) => Step::Real(step.map_or(1.0, |step| step.as_ref().to_real())),
            (_, Some(Value::Real(step))) => Step::Real(*step),
            (_, step) => Step::Whole(step.map_or(1, |step| step.as_ref().to_integer())),
        };
        match step {
            Step::Whole(0) | Step::Length(Length { months: 0, days: 0, micros: 0 }) => {
                Err(Error::new(ErrorKind::Data, "step size cannot equal zero"))
            }
            step => Ok(step),
        }
    }

    /// A bound of the series as its members are.
    pub(super) fn first(self, bound: &Value) -> Result<Value> {
        Ok(match self {
            Step::Whole(_) => Value::Integer(bound.as_ref().to_integer()),
            Step::Real(_) => Value::real(bound.as_ref().to_real()),
            Step::Length(_) => {
                let text = written(bound.as_ref()).unwrap_or_default();
                let moment = moment::parse(&text).ok_or_else(|| invalid("timestamp", &text))?;
                // Days make a series of moments with a zone.
                let is_zoned = moment.offset.is_some() || text.trim().len() <= 10;
                let zone = if is_zoned { "+00:00" } else { "" };
                Value::text(&format!("{}{zone}", moment::write_timestamp(moment.utc_micros())))
            }
        })
    }

    /// Whether a value lies behind the last of the series.
    pub(super) fn is_beyond(self, value: &Value, stop: &Value) -> bool {
        let is_backward = match self {
            Step::Whole(step) => step < 0,
            Step::Real(step) => step < 0.0,
            Step::Length(length) => length.approximate_micros() < 0.0,
        };
        let order = match self {
            Step::Real(_) => value.as_ref().to_real().total_cmp(&stop.as_ref().to_real()),
            _ => helios_core::value::compare(
                value.as_ref(),
                stop.as_ref(),
                &helios_core::value::Collation::Binary,
            ),
        };
        if is_backward { order.is_lt() } else { order.is_gt() }
    }

    /// The member after a value; `None` if there is none.
    pub(super) fn after(self, value: &Value) -> Result<Option<Value>> {
        Ok(match self {
            Step::Whole(step) => value.as_ref().to_integer().checked_add(step).map(Value::Integer),
            Step::Real(step) => Some(Value::real(value.as_ref().to_real() + step)),
            Step::Length(length) => {
                let text = written(value.as_ref()).unwrap_or_default();
                let Some(moment) = moment::parse(&text) else { return Ok(None) };
                let zone = if moment.offset.is_some() { "+00:00" } else { "" };
                let next = length.after(moment.micros).ok_or_else(out_of_range)?;
                Some(Value::text(&format!("{}{zone}", moment::write_timestamp(next))))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written() {
        for (text, wanted) in [
            ("1 day", "1 day"),
            ("90 minutes", "01:30:00"),
            ("1 year 2 months", "1 year 2 mons"),
            ("25 hours", "25:00:00"),
            ("-1 days 2 hours", "-1 days +02:00:00"),
            ("1.5 days", "1 day 12:00:00"),
            ("2h30m", "02:30:00"),
            ("P1Y2M3DT4H5M6.5S", "1 year 2 mons 3 days 04:05:06.5"),
            ("3 days ago", "-3 days"),
            ("0", "00:00:00"),
        ] {
            assert_eq!(Length::parse(text).map(Length::write).as_deref(), Some(wanted), "{text}");
            assert_eq!(Length::parse(wanted), Length::parse(text), "{wanted}");
        }
        for wrong in ["", "x", "1 parsec", "1:99", "P1Q"] {
            assert_eq!(Length::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_month_ends_with_its_last_day() {
        let january = moment::parse("2024-01-31").map_or(0, |moment| moment.micros);
        let later = Length { months: 1, days: 0, micros: 0 }.after(january);
        assert_eq!(later.map(moment::write_timestamp).as_deref(), Some("2024-02-29 00:00:00"));
    }
}
