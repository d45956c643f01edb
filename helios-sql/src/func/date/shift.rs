//! Modifiers that move a time: `+3 days`, `-01:30`, `+0001-02-03 04:05`.

use super::parse::{self, is_space, skip_space};
use super::point::{DAY_MS, Point};
use helios_core::value::parse_number;

/// A unit that a time can be moved by.
struct Unit {
    name: &'static [u8],
    /// The count must be below this in both directions; kept in 32 bits, as in SQLite.
    limit: f32,
    seconds: f64,
}

const UNITS: [Unit; 6] = [
    Unit { name: b"second", limit: 4.6427e+14, seconds: 1.0 },
    Unit { name: b"minute", limit: 7.7379e+12, seconds: 60.0 },
    Unit { name: b"hour", limit: 1.2897e+11, seconds: 3600.0 },
    Unit { name: b"day", limit: 5_373_485.0, seconds: 86_400.0 },
    Unit { name: b"month", limit: 176_546.0, seconds: 2_592_000.0 },
    Unit { name: b"year", limit: 14_713.0, seconds: 31_536_000.0 },
];

/// Moves a point by what a modifier in lower case says; `false` if it says nothing that SQLite understands.
pub(super) fn apply(modifier: &[u8], point: &mut Point) -> bool {
    let is_year =
        |at: usize| matches!(at, 5 | 6) && parse::digits(&modifier[1..at], at - 1, 14_712).is_some();
    let is_end = |&(at, &byte): &(usize, &u8)| {
        at > 0 && (byte == b':' || is_space(byte) || (byte == b'-' && is_year(at)))
    };
    let end = modifier.iter().enumerate().find(is_end).map_or(modifier.len(), |(at, _)| at);
    let parsed = parse_number(&modifier[..end]);
    if !parsed.complete {
        return false;
    }
    match modifier.get(end) {
        Some(b':') => return by_time(modifier[0] == b'-', modifier, point),
        Some(b'-') => return by_date(modifier, end, point),
        _ => {}
    }
    let unit = skip_space(&modifier[end..]);
    if !(3..=10).contains(&unit.len()) {
        return false;
    }
    let unit = unit.strip_suffix(b"s").unwrap_or(unit);
    point.compute_day();
    point.overflow_days = 0;
    let count = parsed.number.to_real();
    let found = UNITS.iter().find(|known| known.name == unit && count.abs() < f64::from(known.limit));
    if let Some(unit) = found {
        by_units(count, unit, point);
    }
    point.forget_fields();
    found.is_some()
}

/// Moves by `HH:MM:SS.SSS`.
fn by_time(is_back: bool, time: &[u8], point: &mut Point) -> bool {
    let mut shift = Point::default();
    let unsigned = if time.first().is_some_and(u8::is_ascii_digit) { time } else { &time[1..] };
    if parse::time(unsigned, &mut shift).is_none() {
        return false;
    }
    shift.compute_day();
    let ms = (shift.julian_ms - DAY_MS / 2) % DAY_MS;
    point.compute_day();
    point.forget_fields();
    point.julian_ms += if is_back { -ms } else { ms };
    true
}

/// Moves by `YYYY-MM-DD`, which may have a time behind it; `end` is where the year ends.
fn by_date(modifier: &[u8], end: usize, point: &mut Point) -> bool {
    let is_back = modifier[0] == b'-';
    let Some((years, months, days, rest)) = date(&modifier[1..], end - 1) else { return false };
    if !matches!(modifier[0], b'+' | b'-') {
        return false;
    }
    let sign = if is_back { -1 } else { 1 };
    point.compute_fields();
    point.knows_julian = false;
    point.year += sign * years;
    by_months(sign * months, point);
    point.compute_overflow();
    point.compute_day();
    point.knows_date = false;
    point.knows_time = false;
    point.julian_ms += i64::from(sign * days) * DAY_MS;
    match rest.split_first() {
        None => true,
        Some((&first, time)) if is_space(first) && time.first().is_some_and(u8::is_ascii_digit) => {
            by_time(is_back, time, point)
        }
        Some(_) => false,
    }
}

/// Years, at most 11 months and at most 30 days, and what follows.
fn date(text: &[u8], year_digits: usize) -> Option<(i32, i32, i32, &[u8])> {
    let (years, rest) = parse::digits(text, year_digits, if year_digits == 4 { 9999 } else { 14_712 })?;
    let (months, rest) = parse::digits(rest.strip_prefix(b"-")?, 2, 11)?;
    let (days, rest) = parse::digits(rest.strip_prefix(b"-")?, 2, 30)?;
    Some((years, months, days, rest))
}

/// Moves by months in the calendar.
fn by_months(months: i32, point: &mut Point) {
    point.month += months;
    let years = if point.month > 0 { (point.month - 1) / 12 } else { (point.month - 12) / 12 };
    point.year += years;
    point.month -= years * 12;
}

/// Moves by whole months and years in the calendar, by their fractions and all else in seconds.
fn by_units(count: f64, unit: &Unit, point: &mut Point) {
    let rounder = if count < 0.0 { -0.5 } else { 0.5 };
    let mut rest = count;
    let whole = count as i32;
    match unit.name {
        b"month" => {
            point.compute_fields();
            by_months(whole, point);
            point.compute_overflow();
            point.knows_julian = false;
            rest -= f64::from(whole);
        }
        b"year" => {
            point.compute_fields();
            point.year += whole;
            point.compute_overflow();
            point.knows_julian = false;
            rest -= f64::from(whole);
        }
        _ => {}
    }
    point.compute_day();
    point.julian_ms += (rest * 1000.0 * unit.seconds + rounder) as i64;
}
