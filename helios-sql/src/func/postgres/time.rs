//! Moments: `now`, `date_part`, `date_trunc`, `timezone`, `to_timestamp`; `gen_random_uuid`.

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::super::{CallContext, Scalar};
use super::cast::{invalid, moment_of, written};
use super::interval::{Length, truncated};
use super::moment::{self, DAY_MICROS, date_of, days_of, write_time, write_timestamp};
use super::moment_picture::{JULIAN_OF_1970, iso_week};

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::stable("now", 0, 0, now),
    Scalar::stable("statement_timestamp", 0, 0, now),
    Scalar::stable("transaction_timestamp", 0, 0, now),
    Scalar::stable("clock_timestamp", 0, 0, now),
    Scalar::stable("pg_postmaster_start_time", 0, 0, now),
    Scalar::stable("localtimestamp", 0, 0, |context, _| {
        Ok(Value::text(&write_timestamp(context.now.0 as i64)))
    }),
    Scalar::stable("date_part", 2, 2, date_part),
    Scalar::stable("extract", 2, 2, date_part),
    Scalar::stable("localtime", 0, 0, |context, _| {
        Ok(Value::text(&write_time((context.now.0 as i64).rem_euclid(DAY_MICROS))))
    }),
    Scalar::stable("date_trunc", 2, 3, date_trunc),
    Scalar::stable("timezone", 2, 2, timezone),
    Scalar::pure("to_timestamp", 1, 1, |_, arguments| {
        Ok(match arguments[0].is_null() {
            true => Value::Null,
            false => {
                Value::text(&format!("{}+00:00", write_timestamp((arguments[0].to_real() * 1e6) as i64)))
            }
        })
    }),
    Scalar::stable("rounded_moment", 2, 2, rounded),
    Scalar::pure("timestamptz_text", 1, 1, |_, arguments| {
        let Some(text) = written(arguments[0]) else { return Ok(Value::Null) };
        Ok(Value::text(text.strip_suffix(":00").filter(|_| text.ends_with("+00:00")).unwrap_or(&text)))
    }),
    Scalar::volatile("gen_random_uuid", 0, 0, random_uuid),
];

fn now(context: &CallContext<'_>, _: &[ValueRef<'_>]) -> Result<Value> {
    Ok(Value::text(&format!("{}+00:00", write_timestamp(context.now.0 as i64))))
}

fn micros_of(context: &CallContext<'_>, value: ValueRef<'_>) -> Result<Option<i64>> {
    let Some(text) = written(value) else { return Ok(None) };
    match moment_of(context, value, &text) {
        Some(moment) => Ok(Some(moment.utc_micros())),
        None => Err(invalid("timestamp", &text)),
    }
}

fn no_field(field: &str) -> Error {
    Error::new(ErrorKind::Data, format!("unit \"{field}\" not recognized for type timestamp"))
}

fn date_part(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    if let Some(text) = written(arguments[1])
        && moment_of(context, arguments[1], &text).is_none()
    {
        return super::interval::interval_part(context, arguments);
    }
    let (Some(field), Some(micros)) = (written(arguments[0]), micros_of(context, arguments[1])?) else {
        return Ok(Value::Null);
    };
    let days = micros.div_euclid(DAY_MICROS);
    let of_day = micros.rem_euclid(DAY_MICROS);
    let (year, month, day) = date_of(days);
    // The first of January 1970 was a Thursday.
    let weekday = (days + 4).rem_euclid(7);
    let whole = match field.to_ascii_lowercase().as_str() {
        "year" => year,
        "month" => month,
        "day" => day,
        "hour" => of_day / 3_600_000_000,
        "minute" => of_day / 60_000_000 % 60,
        "second" => return Ok(Value::real((of_day % 60_000_000) as f64 / 1e6)),
        "milliseconds" => return Ok(Value::real((of_day % 60_000_000) as f64 / 1e3)),
        "microseconds" => of_day % 60_000_000,
        "epoch" => return Ok(Value::real(micros as f64 / 1e6)),
        "dow" => weekday,
        "isodow" => {
            if weekday == 0 {
                7
            } else {
                weekday
            }
        }
        "doy" => days - days_of(year, 1, 1) + 1,
        "quarter" => (month - 1) / 3 + 1,
        "decade" => year.div_euclid(10),
        "century" => (year - 1).div_euclid(100) + 1,
        "millennium" => (year - 1).div_euclid(1000) + 1,
        "isoyear" => iso_week(days).0,
        "julian" => {
            return Ok(Value::real(days as f64 + JULIAN_OF_1970 as f64 + of_day as f64 / DAY_MICROS as f64));
        }
        "timezone" | "timezone_hour" | "timezone_minute" => 0,
        "week" => iso_week(days).1,
        other => return Err(no_field(other)),
    };
    Ok(Value::real(whole as f64))
}

fn date_trunc(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    if let (Some(field), Some(text)) = (written(arguments[0]), written(arguments[1]))
        && moment_of(context, arguments[1], &text).is_none()
        && let Some(length) = Length::parse(&text)
    {
        return match truncated(length, &field.to_ascii_lowercase()) {
            Some(length) => Ok(Value::text(&length.write())),
            None => {
                let message = format!("unit \"{field}\" not recognized for type interval");
                Err(Error::new(ErrorKind::Data, message))
            }
        };
    }
    if let Some(zone) = arguments.get(2) {
        zone_named(&written(*zone).unwrap_or_default())?;
    }
    let (Some(field), Some(micros)) = (written(arguments[0]), micros_of(context, arguments[1])?) else {
        return Ok(Value::Null);
    };
    if moment::is_infinite(micros) {
        return Ok(Value::text(&write_timestamp(micros)));
    }
    let days = micros.div_euclid(DAY_MICROS);
    let (year, month, _) = date_of(days);
    let within = |size: i64| micros - micros.rem_euclid(size);
    let cut = match field.to_ascii_lowercase().as_str() {
        "microseconds" => micros,
        "milliseconds" => within(1000),
        "second" => within(1_000_000),
        "minute" => within(60_000_000),
        "hour" => within(3_600_000_000),
        "day" => within(DAY_MICROS),
        "week" => (days - (days + 3).rem_euclid(7)) * DAY_MICROS,
        "month" => days_of(year, month, 1) * DAY_MICROS,
        "quarter" => days_of(year, (month - 1) / 3 * 3 + 1, 1) * DAY_MICROS,
        "year" => days_of(year, 1, 1) * DAY_MICROS,
        "decade" => days_of(year - year.rem_euclid(10), 1, 1) * DAY_MICROS,
        "century" => days_of((year - 1).div_euclid(100) * 100 + 1, 1, 1) * DAY_MICROS,
        "millennium" => days_of((year - 1).div_euclid(1000) * 1000 + 1, 1, 1) * DAY_MICROS,
        other => return Err(no_field(other)),
    };
    // A day is a moment with a zone there.
    let zone = match written(arguments[1]) {
        Some(text) if text.trim().len() <= 10 => "+00:00",
        Some(text) if moment::parse(&text).is_some_and(|moment| moment.offset.is_some()) => "+00:00",
        _ => "",
    };
    Ok(Value::text(&format!("{}{zone}", write_timestamp(cut))))
}

/// A moment with a zone as one without, and the other way round.
fn timezone(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(zone), Some(text)) = (written(arguments[0]), written(arguments[1])) else {
        return Ok(Value::Null);
    };
    let zone = zone_named(&zone)?;
    let Some(moment) = moment::parse(&text) else { return Err(invalid("timestamp", &text)) };
    if moment::is_infinite(moment.micros) {
        return Ok(Value::text(&text));
    }
    let out_of_range = |_| Error::new(ErrorKind::Data, "timestamp out of range");
    if moment.offset.is_some() {
        let instant = Timestamp::from_microsecond(moment.utc_micros()).map_err(out_of_range)?;
        let offset = zone.to_offset(instant).seconds();
        return Ok(Value::text(&write_timestamp(moment.utc_micros() + i64::from(offset) * 1_000_000)));
    }
    let local = Timestamp::from_microsecond(moment.micros).map_err(out_of_range)?;
    let local: DateTime = Offset::UTC.to_datetime(local);
    let instant = zone.to_timestamp(local).map_err(out_of_range)?;
    Ok(Value::text(&format!("{}+00:00", write_timestamp(instant.as_microsecond()))))
}

/// A zone by its name in the system's database, as a length of time, or as POSIX writes them, where `+2` lies to the west.
fn zone_named(name: &str) -> Result<TimeZone> {
    let unknown = || unknown_zone(name);
    if matches!(name.to_ascii_lowercase().as_str(), "utc" | "gmt" | "z" | "zulu" | "etc/utc") {
        return Ok(TimeZone::UTC);
    }
    let fixed = |seconds: i64| {
        let seconds = i32::try_from(seconds).ok()?;
        Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
    };
    if let Some(digits) = name.strip_prefix(['+', '-']) {
        let sign = if name.starts_with('-') { 1 } else { -1 };
        let clock = if digits.contains(':') { digits.to_owned() } else { format!("{digits}:00") };
        let (micros, _) = moment::parse_time(&clock).ok_or_else(unknown)?;
        return fixed(sign * micros / 1_000_000).ok_or_else(unknown);
    }
    if let Some(length) = Length::parse(name).filter(|length| length.months == 0 && length.days == 0) {
        return fixed(length.micros / 1_000_000).ok_or_else(unknown);
    }
    TimeZone::get(name).or_else(|_| TimeZone::posix(name)).map_err(|_| unknown())
}

fn unknown_zone(name: &str) -> Error {
    Error::new(ErrorKind::Data, format!("time zone \"{name}\" not recognized"))
}

/// A zone as the setting `TimeZone` has it: as [`zone_named`], but that a bare number is hours to the east.
///
/// # Errors
/// There is no such zone.
pub fn zone_of_setting(name: &str) -> Result<TimeZone> {
    match name.trim().parse::<f64>() {
        Ok(hours) if hours.abs() < 24.0 => {
            let offset = Offset::from_seconds((hours * 3600.0) as i32);
            offset.map(TimeZone::fixed).map_err(|_| unknown_zone(name))
        }
        Ok(_) => Err(unknown_zone(name)),
        Err(_) => zone_named(name.trim()),
    }
}

/// A moment, a time of day or a length with so many digits of its seconds.
fn rounded(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(text) = written(arguments[0]) else { return Ok(Value::Null) };
    let step = 10_i64.pow(6 - arguments[1].to_integer().clamp(0, 6) as u32);
    let near = |micros: i64| (micros + step / 2).div_euclid(step) * step;
    if let Some(moment) = moment_of(context, arguments[0], &text) {
        let zone = if moment.offset.is_some() && text.contains(['+', 'Z']) { "+00:00" } else { "" };
        return Ok(Value::text(&format!("{}{zone}", write_timestamp(near(moment.utc_micros())))));
    }
    if let Some((micros, _)) = moment::parse_time(&text) {
        return Ok(Value::text(&write_time(near(micros))));
    }
    let length = Length::parse(&text).ok_or_else(|| invalid("interval", &text))?;
    Ok(Value::text(&Length { micros: near(length.micros), ..length }.write()))
}

fn random_uuid(context: &CallContext<'_>, _: &[ValueRef<'_>]) -> Result<Value> {
    let mut bytes = [0_u8; 16];
    context.entropy.fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Ok(Value::text(&parts.join("-")))
}
