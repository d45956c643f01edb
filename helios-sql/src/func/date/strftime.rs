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
        b's' => point.unix_seconds().to_string(),
        b'S' => format!("{:02}", point.second as i32),
        b'w' => weekday.to_string(),
        // Weeks begin on Monday.
        b'W' => format!("{:02}", (day_of_year(point) + 7 - (weekday + 6) % 7) / 7),
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

/// Days since the first of January.
fn day_of_year(point: &Point) -> i64 {
    let mut first = *point;
    first.knows_julian = false;
    first.month = 1;
    first.day = 1;
    first.compute_day();
    (point.julian_ms - first.julian_ms + DAY_MS / 2) / DAY_MS
}
