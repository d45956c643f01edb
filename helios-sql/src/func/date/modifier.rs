//! Modifiers of times: `+3 days`, `start of month`, `weekday 0`, `localtime` and the others.
//!
//! In: a point in time and a modifier. Out: the point it leads to, and whether SQLite takes the modifier there.

use super::point::{DAY_MS, Point, UNIX_EPOCH_MS};
use super::{local, parse, shift};
use helios_core::Result;
use helios_core::value::parse_number;

/// Applies a modifier; `first` says that it follows the time value directly. `false`: the result is NULL.
pub(super) fn apply(modifier: &[u8], point: &mut Point, first: bool) -> Result<bool> {
    let lower = modifier.to_ascii_lowercase();
    Ok(match lower.as_slice() {
        b"auto" => first && auto(point),
        b"julianday" => {
            let applies = first && point.knows_julian && point.is_raw;
            point.is_raw &= !applies;
            applies
        }
        b"unixepoch" if point.is_raw => first && unixepoch(point),
        b"localtime" => {
            if !point.is_local {
                local::to_local(point)?;
            }
            (point.is_utc, point.is_local) = (false, true);
            true
        }
        b"utc" => {
            local::to_utc(point)?;
            true
        }
        b"ceiling" => {
            point.compute_day();
            point.forget_fields();
            point.overflow_days = 0;
            true
        }
        b"floor" => {
            point.compute_day();
            point.julian_ms -= i64::from(point.overflow_days) * DAY_MS;
            point.forget_fields();
            true
        }
        other if parse::asks_for_fraction(other) => {
            point.shows_fraction = true;
            true
        }
        [b'+' | b'-' | b'0'..=b'9', ..] => shift::apply(&lower, point),
        other => {
            if let Some(day) = other.strip_prefix(b"weekday ") {
                weekday(day, point)
            } else if let Some(unit) = other.strip_prefix(b"start of ") {
                start_of(unit, point)
            } else if let Some(unit) = other.strip_prefix(b"end of ") {
                end_of(unit, point)
            } else {
                false
            }
        }
    })
}

/// A number is a Julian day if it can be one, else seconds since 1970.
fn auto(point: &mut Point) -> bool {
    if !point.is_raw || point.knows_julian {
        point.is_raw = false;
        return true;
    }
    let fits = (-210_866_760_000.0..=253_402_300_799.0).contains(&point.second);
    if fits {
        point.set_unix(point.second);
    }
    fits
}

fn unixepoch(point: &mut Point) -> bool {
    let ms = point.second * 1000.0 + UNIX_EPOCH_MS as f64;
    let fits = (0.0..464_269_060_800_000.0).contains(&ms);
    if fits {
        point.set_unix(point.second);
    }
    fits
}

/// Moves on to the next day of the week, 0 being Sunday, or back to the last if there is a minus; a day that is one
/// already stays.
fn weekday(day: &[u8], point: &mut Point) -> bool {
    let parsed = parse_number(day);
    let wanted = parsed.number.to_real();
    if !parsed.complete || !(-6.0..=6.0).contains(&wanted) || wanted.fract() != 0.0 {
        return false;
    }
    point.compute_fields();
    point.zone = 0;
    point.knows_julian = false;
    point.compute_day();
    let wanted = wanted.abs() as i64;
    let mut current = (point.julian_ms + DAY_MS / 2 * 3) / DAY_MS % 7;
    if current != wanted {
        if current > wanted {
            current -= 7;
        }
        point.julian_ms += (wanted - current) * DAY_MS;
        if day.contains(&b'-') {
            point.julian_ms -= 7 * DAY_MS;
        }
    }
    point.forget_fields();
    true
}

fn start_of(unit: &[u8], point: &mut Point) -> bool {
    if !at_time(point, (0, 0, 0.0)) {
        return false;
    }
    match unit {
        b"day" => {}
        b"month" => point.day = 1,
        b"year" => (point.month, point.day) = (1, 1),
        _ => return false,
    }
    true
}

/// Moves on to the last millisecond.
fn end_of(unit: &[u8], point: &mut Point) -> bool {
    if !at_time(point, (23, 59, 59.999)) {
        return false;
    }
    match unit {
        b"day" => {}
        b"month" => {
            point.day = 1;
            point.month += 1;
            if point.month > 12 {
                (point.year, point.month) = (point.year + 1, 1);
            }
            point.compute_overflow();
            point.compute_day();
            point.julian_ms -= DAY_MS;
            point.forget_fields();
        }
        b"year" => (point.month, point.day) = (12, 31),
        _ => return false,
    }
    true
}

/// Sets the time of the day; `false` if there is no day yet.
fn at_time(point: &mut Point, (hour, minute, second): (i32, i32, f64)) -> bool {
    if !point.knows_julian && !point.knows_date && !point.knows_time {
        return false;
    }
    point.compute_date();
    point.knows_time = true;
    (point.hour, point.minute, point.second) = (hour, minute, second);
    point.is_raw = false;
    point.zone = 0;
    point.knows_julian = false;
    true
}
