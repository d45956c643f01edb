//! Moments: `now`, `date_part`, `date_trunc`, `timezone`, `to_timestamp`; `gen_random_uuid`.

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::super::{CallContext, Scalar};
use super::cast::{invalid, moment_of, written};
use super::moment::{DAY_MICROS, date_of, days_of, write_time, write_timestamp};

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
    Scalar::stable("date_trunc", 2, 2, date_trunc),
    Scalar::stable("timezone", 2, 2, timezone),
    Scalar::pure("to_timestamp", 1, 1, |_, arguments| {
        Ok(match arguments[0].is_null() {
            true => Value::Null,
            false => {
                Value::text(&format!("{}+00:00", write_timestamp((arguments[0].to_real() * 1e6) as i64)))
            }
        })
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
        "week" => {
            // The week belongs to the year that its Thursday is in.
            let thursday = days + 3 - (days + 3).rem_euclid(7);
            let (year, ..) = date_of(thursday);
            (thursday - days_of(year, 1, 1)) / 7 + 1
        }
        other => return Err(no_field(other)),
    };
    Ok(Value::real(whole as f64))
}

fn date_trunc(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(field), Some(micros)) = (written(arguments[0]), micros_of(context, arguments[1])?) else {
        return Ok(Value::Null);
    };
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
        other => return Err(no_field(other)),
    };
    let zone = match written(arguments[1]).and_then(|text| super::moment::parse(&text)) {
        Some(moment) if moment.offset.is_some() => "+00:00",
        _ => "",
    };
    Ok(Value::text(&format!("{}{zone}", write_timestamp(cut))))
}

/// A moment with a zone as one without, and the other way round. Only UTC is known here.
fn timezone(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(zone), Some(text)) = (written(arguments[0]), written(arguments[1])) else {
        return Ok(Value::Null);
    };
    if !matches!(zone.to_ascii_lowercase().as_str(), "utc" | "gmt" | "z" | "zulu" | "etc/utc") {
        return Err(Error::new(ErrorKind::Data, format!("time zone \"{zone}\" not recognized")));
    }
    let Some(moment) = super::moment::parse(&text) else { return Err(invalid("timestamp", &text)) };
    let written = write_timestamp(moment.utc_micros());
    Ok(Value::text(&if moment.offset.is_some() { written } else { format!("{written}+00:00") }))
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
