//! Time values as text: `YYYY-MM-DD HH:MM:SS.SSS+HH:MM` and what may be left out of it, a number, `now`.
//!
//! In: text. Out: a point in time, or `None` where SQLite does not read one.

use super::point::{Point, days_of_month};
use helios_core::clock::Moment;
use helios_core::value::parse_number;

/// The point in time that a text names.
pub(super) fn time_value(text: &[u8], now: Moment) -> Option<Point> {
    if let Some(point) = date_and_time(text) {
        return Some(point);
    }
    let mut point = Point::default();
    if time(text, &mut point).is_some() {
        return Some(point);
    }
    if text.eq_ignore_ascii_case(b"now") {
        return Some(Point::of_moment(now));
    }
    let parsed = parse_number(text);
    if parsed.complete {
        return Some(Point::of_number(parsed.number.to_real()));
    }
    asks_for_fraction(text).then(|| Point { shows_fraction: true, ..Point::of_moment(now) })
}

/// Whether a text is the word that asks for milliseconds.
pub(super) fn asks_for_fraction(text: &[u8]) -> bool {
    text.eq_ignore_ascii_case(b"subsec") || text.eq_ignore_ascii_case(b"subsecond")
}

/// `count` digits whose value is at most `most`, and the text after them.
pub(super) fn digits(text: &[u8], count: usize, most: i32) -> Option<(i32, &[u8])> {
    let (digits, rest) = text.split_at_checked(count)?;
    let mut value = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i32::from(digit - b'0');
    }
    (value <= most).then_some((value, rest))
}

pub(super) fn skip_space(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|&byte| !is_space(byte)).unwrap_or(text.len());
    &text[end..]
}

/// White space for SQLite.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | 0x09..=0x0D)
}

fn date_and_time(text: &[u8]) -> Option<Point> {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mut year, rest) = digits(text, 4, 9999)?;
    let (mut month, rest) = digits(rest.strip_prefix(b"-")?, 2, 12).filter(|&(month, _)| month >= 1)?;
    let (mut day, rest) = digits(rest.strip_prefix(b"-")?, 2, 31).filter(|&(day, _)| day >= 1)?;
    let start = rest.iter().position(|&byte| !is_space(byte) && byte != b'T').unwrap_or(rest.len());
    let rest = &rest[start..];
    let mut point = Point::default();
    if !rest.is_empty() {
        time(rest, &mut point)?;
    }
    if point.knows_time && point.hour == 24 {
        point.hour = 0;
        day += 1;
        let days = days_of_month(year, month);
        if day > days {
            day -= days;
            month += 1;
        }
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
    point.year = if negative { -year } else { year };
    point.month = month;
    point.day = day;
    point.knows_date = true;
    point.compute_overflow();
    if point.zone != 0 {
        point.compute_day();
    }
    Some(point)
}

/// Reads `HH:MM`, `HH:MM:SS` or `HH:MM:SS.SSS`, with a zone or without.
pub(super) fn time(text: &[u8], point: &mut Point) -> Option<()> {
    let (hour, rest) = digits(text, 2, 24)?;
    let (minute, mut rest) = digits(rest.strip_prefix(b":")?, 2, 59)?;
    let mut second = 0;
    let mut fraction = 0.0;
    if let Some(seconds) = rest.strip_prefix(b":") {
        (second, rest) = digits(seconds, 2, 59)?;
        if let Some(decimals) =
            rest.strip_prefix(b".").filter(|rest| rest.first().is_some_and(u8::is_ascii_digit))
        {
            (fraction, rest) = read_fraction(decimals);
        }
    }
    if hour == 24 && (minute, second, fraction) != (0, 0, 0.0) {
        return None;
    }
    point.knows_julian = false;
    point.is_raw = false;
    point.knows_time = true;
    point.hour = hour;
    point.minute = minute;
    point.second = f64::from(second) + fraction;
    zone(rest, point)
}

fn read_fraction(mut text: &[u8]) -> (f64, &[u8]) {
    let (mut value, mut scale) = (0.0, 1.0);
    while let Some((digit, rest)) = text.split_first().filter(|(digit, _)| digit.is_ascii_digit()) {
        // In this order, as in SQLite: the digit's code is added before that of '0' is taken away.
        value = value * 10.0 + f64::from(*digit) - f64::from(b'0');
        scale *= 10.0;
        text = rest;
    }
    // What would be rounded up to the next second is cut off.
    (f64::min(value / scale, 0.999), text)
}

/// Reads `Z`, `+HH:MM`, `-HH:MM` or nothing.
fn zone(text: &[u8], point: &mut Point) -> Option<()> {
    point.zone = 0;
    let Some((&first, rest)) = skip_space(text).split_first() else {
        return Some(());
    };
    let rest = match first {
        b'Z' | b'z' => rest,
        b'+' | b'-' => {
            let (hours, rest) = digits(rest, 2, 14)?;
            let (minutes, rest) = digits(rest.strip_prefix(b":")?, 2, 59)?;
            let offset = minutes + hours * 60;
            point.zone = if first == b'-' { -offset } else { offset };
            rest
        }
        _ => return None,
    };
    if point.zone == 0 {
        (point.is_utc, point.is_local) = (true, false);
    }
    skip_space(rest).is_empty().then_some(())
}
