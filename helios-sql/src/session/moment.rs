//! Moments as people write them: ISO 8601 text or Unix time.

use helios_core::clock::Moment;
use helios_core::{Error, Result, ValueRef};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The moment that a value of AS OF names: text in ISO 8601, with a space or a T, in the process's time zone unless it
/// names one; or seconds since 1970.
pub fn moment_of_value(value: ValueRef<'_>) -> Result<Moment> {
    match value {
        ValueRef::Integer(seconds) => of_microseconds(seconds.checked_mul(1_000_000)),
        ValueRef::Real(seconds) => of_microseconds(Some((seconds * 1e6).round() as i64)),
        ValueRef::Text(text) => {
            let text = String::from_utf8_lossy(text);
            match parse(text.trim()) {
                Some(moment) => of_microseconds(Some(moment.as_microsecond())),
                None => Err(Error::sql(format!("not a timestamp: {text}"))),
            }
        }
        ValueRef::Null | ValueRef::Blob(_) => Err(Error::sql("AS OF needs a timestamp")),
    }
}

/// The moment that the argument of a pragma names: as of AS OF, a number as well.
pub(super) fn moment_of_argument(argument: &str) -> Result<Moment> {
    match argument.parse::<f64>() {
        Ok(seconds) => moment_of_value(ValueRef::Real(seconds)),
        Err(_) => moment_of_value(ValueRef::Text(argument.as_bytes())),
    }
}

fn of_microseconds(microseconds: Option<i64>) -> Result<Moment> {
    match microseconds {
        Some(value) => Ok(Moment(u64::try_from(value).unwrap_or(0))),
        None => Err(Error::sql("timestamp out of range")),
    }
}

fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let local: DateTime = text.parse().ok()?;
    TimeZone::system().to_timestamp(local).ok()
}

/// A moment as text in UTC, which can be given back to AS OF.
pub(super) fn write_moment(moment: Moment) -> String {
    let microseconds = i64::try_from(moment.0).unwrap_or(i64::MAX);
    match Timestamp::from_microsecond(microseconds) {
        Ok(timestamp) => timestamp.strftime("%Y-%m-%d %H:%M:%S%.6f+00:00").to_string(),
        Err(_) => moment.0.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_numbers_name_moments() -> Result<()> {
        let moment = |text: &str| moment_of_value(ValueRef::Text(text.as_bytes()));
        assert_eq!(moment("1970-01-01 00:00:01Z")?, Moment(1_000_000));
        assert_eq!(moment("1970-01-01T01:00:00.5+01:00")?, Moment(500_000));
        assert_eq!(moment_of_value(ValueRef::Real(1.25))?, Moment(1_250_000));
        assert_eq!(moment_of_value(ValueRef::Integer(2))?, Moment(2_000_000));
        assert!(moment("yesterday").is_err());
        assert_eq!(write_moment(Moment(1_000_001)), "1970-01-01 00:00:01.000001+00:00");
        assert_eq!(moment(&write_moment(Moment(77_000_001)))?, Moment(77_000_001));
        Ok(())
    }
}
