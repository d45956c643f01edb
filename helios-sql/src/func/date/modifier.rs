//! Modifiers of times: `+3 days`, `start of month`, `weekday 0`, `localtime` and the others.
//!
//! In: a point in time and a modifier. Out: the point it leads to, and whether SQLite takes the modifier there.

use super::local;
use super::parse::{self, is_space, skip_space};
use super::point::{DAY_MS, Point, UNIX_EPOCH_MS};
use helios_core::Result;
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
            local::to_local(point)?;
            true
        }
        b"utc" => {
            local::to_utc(point)?;
            true
        }
        [b'+' | b'-' | b'0'..=b'9', ..] => shift(&lower, point),
        other => {
            if let Some(day) = other.strip_prefix(b"weekday ") {
                weekday(day, point)
            } else if let Some(unit) = other.strip_prefix(b"start of ") {
                start_of(unit, point)
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

/// Moves on to the next day of the week, 0 being Sunday; a day that is one already stays.
fn weekday(day: &[u8], point: &mut Point) -> bool {
    let parsed = parse_number(day);
    let wanted = parsed.number.to_real();
    if !parsed.complete || !(0.0..7.0).contains(&wanted) || wanted.fract() != 0.0 {
        return false;
    }
    point.compute_fields();
    point.knows_zone = false;
    point.knows_julian = false;
    point.compute_day();
    let wanted = wanted as i64;
    let mut current = (point.julian_ms + DAY_MS / 2 * 3) / DAY_MS % 7;
    if current > wanted {
        current -= 7;
    }
    point.julian_ms += (wanted - current) * DAY_MS;
    point.forget_fields();
    true
}

fn start_of(unit: &[u8], point: &mut Point) -> bool {
    if !point.knows_julian && !point.knows_date && !point.knows_time {
        return false;
    }
    point.compute_date();
    point.knows_time = true;
    (point.hour, point.minute, point.second) = (0, 0, 0.0);
    point.is_raw = false;
    point.knows_zone = false;
    point.knows_julian = false;
    match unit {
        b"day" => {}
        b"month" => point.day = 1,
        b"year" => (point.month, point.day) = (1, 1),
        _ => return false,
    }
    true
}

/// `+NNN units` or `+HH:MM:SS.SSS`.
fn shift(modifier: &[u8], point: &mut Point) -> bool {
    let end = |&(at, &byte): &(usize, &u8)| at > 0 && (byte == b':' || is_space(byte));
    let end = modifier.iter().enumerate().find(end).map_or(modifier.len(), |(at, _)| at);
    let parsed = parse_number(&modifier[..end]);
    if !parsed.complete {
        return false;
    }
    if modifier.get(end) == Some(&b':') {
        return shift_by_time(modifier, point);
    }
    let unit = skip_space(&modifier[end..]);
    if !(3..=10).contains(&unit.len()) {
        return false;
    }
    let unit = unit.strip_suffix(b"s").unwrap_or(unit);
    point.compute_day();
    let count = parsed.number.to_real();
    let found = UNITS.iter().find(|known| known.name == unit && count.abs() < f64::from(known.limit));
    if let Some(unit) = found {
        shift_by_units(count, unit, point);
    }
    point.forget_fields();
    found.is_some()
}

fn shift_by_time(modifier: &[u8], point: &mut Point) -> bool {
    let mut shift = Point::default();
    let unsigned = if modifier[0].is_ascii_digit() { modifier } else { &modifier[1..] };
    if parse::time(unsigned, &mut shift).is_none() {
        return false;
    }
    shift.compute_day();
    let ms = (shift.julian_ms - DAY_MS / 2) % DAY_MS;
    point.compute_day();
    point.forget_fields();
    point.julian_ms += if modifier[0] == b'-' { -ms } else { ms };
    true
}

/// Moves by whole months and years in the calendar, by their fractions and all else in seconds.
fn shift_by_units(count: f64, unit: &Unit, point: &mut Point) {
    let rounder = if count < 0.0 { -0.5 } else { 0.5 };
    let mut rest = count;
    let whole = count as i32;
    match unit.name {
        b"month" => {
            point.compute_fields();
            point.month += whole;
            let years = if point.month > 0 { (point.month - 1) / 12 } else { (point.month - 12) / 12 };
            point.year += years;
            point.month -= years * 12;
            point.knows_julian = false;
            rest -= f64::from(whole);
        }
        b"year" => {
            point.compute_fields();
            point.year += whole;
            point.knows_julian = false;
            rest -= f64::from(whole);
        }
        _ => {}
    }
    point.compute_day();
    point.julian_ms += (rest * 1000.0 * unit.seconds + rounder) as i64;
}
