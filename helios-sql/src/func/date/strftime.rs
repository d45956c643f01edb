//! The formats of `strftime`.
//!
//! In: a format and a point in time with all its fields. Out: the text; NULL if the format has a letter that SQLite
//! does not know.

use super::point::{DAY_MS, Point};
use crate::func::{MAX_LENGTH, format as number, too_big};
use helios_core::{Result, Value};

/// The point in time as the format wants it.
pub(super) fn format(format: &[u8], point: &Point) -> Result<Value> {
    let mut out = Vec::with_capacity(format.len() + 16);
    let mut rest = format;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        let Some(&letter) = rest.get(at + 1) else {
            return Ok(Value::Null);
        };
        if !write(letter, point, &mut out) {
            return Ok(Value::Null);
        }
        if out.len() > MAX_LENGTH {
            return Err(too_big());
        }
        rest = &rest[at + 2..];
    }
    out.extend_from_slice(rest);
    Ok(Value::Text(out.into()))
}

/// Appends what a letter stands for; `false` if it stands for nothing.
fn write(letter: u8, point: &Point, out: &mut Vec<u8>) -> bool {
    let weekday = (point.julian_ms + DAY_MS / 2 * 3) / DAY_MS % 7;
    let text = match letter {
        b'd' => format!("{:02}", point.day),
        b'H' => format!("{:02}", point.hour),
        b'j' => format!("{:03}", day_of_year(point) + 1),
        b'm' => format!("{:02}", point.month),
        b'M' => format!("{:02}", point.minute),
        b's' if point.shows_fraction => {
            out.extend_from_slice(&number::fixed_padded(point.unix_time(), 0, 3));
            return true;
        }
        b's' => point.unix_seconds().to_string(),
        b'S' => format!("{:02}", point.second as i32),
        b'w' => weekday.to_string(),
        // Weeks begin on Monday.
        b'W' => format!("{:02}", (day_of_year(point) + 7 - (weekday + 6) % 7) / 7),
        b'e' => format!("{:2}", point.day),
        b'F' => format!("{:04}-{:02}-{:02}", point.year, point.month, point.day),
        b'G' => format!("{:04}", thursday(point).year),
        b'g' => format!("{:02}", thursday(point).year % 100),
        b'I' => format!("{:02}", half_day(point)),
        b'k' => format!("{:2}", point.hour),
        b'l' => format!("{:2}", half_day(point)),
        b'p' => if point.hour >= 12 { "PM" } else { "AM" }.to_owned(),
        b'P' => if point.hour >= 12 { "pm" } else { "am" }.to_owned(),
        b'R' => format!("{:02}:{:02}", point.hour, point.minute),
        b'T' => format!("{:02}:{:02}:{:02}", point.hour, point.minute, point.second as i32),
        b'u' => if weekday == 0 { 7 } else { weekday }.to_string(),
        // Weeks begin on Sunday.
        b'U' => format!("{:02}", (day_of_year(point) + 7 - weekday) / 7),
        b'V' => format!("{:02}", day_of_year(&thursday(point)) / 7 + 1),
        b'Y' => format!("{:04}", point.year),
        b'%' => "%".to_owned(),
        b'f' => {
            out.extend_from_slice(&number::fixed_padded(point.second.min(59.999), 6, 3));
            return true;
        }
        b'J' => {
            out.extend_from_slice(&number::general(point.julian_ms as f64 / 86_400_000.0, 16));
            return true;
        }
        _ => return false,
    };
    out.extend_from_slice(text.as_bytes());
    true
}

/// The hour on a clock with twelve.
fn half_day(point: &Point) -> i32 {
    if point.hour % 12 == 0 { 12 } else { point.hour % 12 }
}

/// The Thursday of the same week, which begins on Monday: its year is the week's.
fn thursday(point: &Point) -> Point {
    let after_monday = (point.julian_ms + DAY_MS / 2) / DAY_MS % 7;
    let mut thursday = Point::of_julian(point.julian_ms + (3 - after_monday) * DAY_MS);
    thursday.compute_fields();
    thursday
}

/// Days since the first of January.
fn day_of_year(point: &Point) -> i64 {
    let mut first = *point;
    first.knows_julian = false;
    first.month = 1;
    first.day = 1;
    first.compute_day();
    (point.julian_ms - first.julian_ms + DAY_MS / 2) / DAY_MS
}
