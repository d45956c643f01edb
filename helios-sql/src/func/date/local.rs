//! The system's time zone.
//!
//! In: a point in time, UTC or local. Out: the other one. Years that a computer's clock may not know borrow the rules
//! of a year with the same leap days, as SQLite does.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::point::Point;
use helios_core::{Error, Result};

/// Between these, 1970-01-01 and 2038-01-18, the system is asked for the very moment.
const KNOWN_MS: std::ops::RangeInclusive<i64> = 210_866_760_000_000..=213_014_145_600_000;

/// Makes local time of UTC. Error: `local time unavailable`.
pub(super) fn to_local(point: &mut Point) -> Result<()> {
    point.compute_day();
    let mut years = 0;
    let mut asked = *point;
    if !KNOWN_MS.contains(&point.julian_ms) {
        asked.compute_fields();
        years = 2000 + asked.year % 4 - asked.year;
        asked.year += years;
        asked.knows_julian = false;
        asked.compute_day();
    }
    let timestamp = Timestamp::from_second(asked.unix_seconds())
        .map_err(|error| Error::sql("local time unavailable").caused_by(error))?;
    let local = TimeZone::system().to_datetime(timestamp);
    point.year = i32::from(local.year()) - years;
    point.month = i32::from(local.month());
    point.day = i32::from(local.day());
    point.hour = i32::from(local.hour());
    point.minute = i32::from(local.minute());
    point.second = f64::from(local.second()) + (point.julian_ms % 1000) as f64 * 0.001;
    point.knows_date = true;
    point.knows_time = true;
    point.knows_julian = false;
    point.is_raw = false;
    point.zone = 0;
    point.is_error = false;
    Ok(())
}

/// Makes UTC of local time: the moment whose local time it is, found by correcting a guess.
pub(super) fn to_utc(point: &mut Point) -> Result<()> {
    if point.is_utc {
        return Ok(());
    }
    point.compute_day();
    let local_ms = point.julian_ms;
    let mut guess_ms = local_ms;
    let mut error = 0;
    for _ in 0..4 {
        guess_ms -= error;
        let mut guess = Point::of_julian(guess_ms);
        to_local(&mut guess)?;
        guess.compute_day();
        error = guess.julian_ms - local_ms;
        if error == 0 {
            break;
        }
    }
    *point = Point { is_utc: true, ..Point::of_julian(guess_ms) };
    Ok(())
}
