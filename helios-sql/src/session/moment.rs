//! Moments as people write them: ISO 8601 text or Unix time.
//!
//! Texts that name no zone mean the one that the session is in: that of the process, unless whoever made the session has
//! said otherwise.

use std::fmt;
use std::sync::Arc;

use helios_core::clock::Moment;
use helios_core::{Error, Result, ValueRef};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::Session;
use crate::func::postgres::zone_of_setting;

/// The time zone that a session is in.
#[derive(Clone, Default)]
pub(super) struct Zone(Option<Arc<dyn Fn() -> String + Send + Sync>>);

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.0.as_ref().map(|name| name());
        f.debug_tuple("Zone").field(&named).finish()
    }
}

impl Zone {
    fn find(&self) -> Result<TimeZone> {
        self.0.as_ref().map_or_else(|| Ok(TimeZone::system()), |name| zone_of_setting(&name()))
    }
}

impl Session {
    /// Has moments that are written without a zone mean the one that `name` tells when a statement runs, as the setting
    /// `TimeZone` of PostgreSQL names them. Without that they mean the process's.
    pub fn set_time_zone(&mut self, name: impl Fn() -> String + Send + Sync + 'static) {
        self.zone = Zone(Some(Arc::new(name)));
        for other in &mut self.others {
            other.session.zone = self.zone.clone();
        }
    }
}

/// Whether there is a time zone that the setting `TimeZone` of PostgreSQL may name so.
pub fn is_time_zone(name: &str) -> bool {
    zone_of_setting(name).is_ok()
}

/// The moment that a value of AS OF names: text in ISO 8601, with a space or a T, in the process's time zone unless it
/// names one; or seconds since 1970.
pub fn moment_of_value(value: ValueRef<'_>) -> Result<Moment> {
    moment_in(&Zone::default(), value)
}

/// As [`moment_of_value`], in the time zone of a session.
pub(super) fn moment_in(zone: &Zone, value: ValueRef<'_>) -> Result<Moment> {
    match value {
        ValueRef::Integer(seconds) => of_microseconds(seconds.checked_mul(1_000_000)),
        ValueRef::Real(seconds) => of_microseconds(Some((seconds * 1e6).round() as i64)),
        ValueRef::Text(text) => {
            let text = String::from_utf8_lossy(text);
            match parse(zone, text.trim())? {
                Some(moment) => of_microseconds(Some(moment.as_microsecond())),
                None => Err(Error::sql(format!("not a timestamp: {text}"))),
            }
        }
        ValueRef::Null | ValueRef::Blob(_) => Err(Error::sql("AS OF needs a timestamp")),
    }
}

/// The moment that the argument of a pragma names: as of AS OF, a number as well.
pub(super) fn moment_of_argument(zone: &Zone, argument: &str) -> Result<Moment> {
    match argument.parse::<f64>() {
        Ok(seconds) => moment_in(zone, ValueRef::Real(seconds)),
        Err(_) => moment_in(zone, ValueRef::Text(argument.as_bytes())),
    }
}

fn of_microseconds(microseconds: Option<i64>) -> Result<Moment> {
    match microseconds {
        Some(value) => Ok(Moment(u64::try_from(value).unwrap_or(0))),
        None => Err(Error::sql("timestamp out of range")),
    }
}

fn parse(zone: &Zone, text: &str) -> Result<Option<Timestamp>> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(Some(moment));
    }
    let Ok(local) = text.parse::<DateTime>() else { return Ok(None) };
    Ok(zone.find()?.to_timestamp(local).ok())
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
        for (name, hours) in [("UTC", 0), ("2", 2), ("-3", -3), ("GMT-02:00", 2), ("<+05>-5", 5)] {
            let zone = Zone(Some(Arc::new(move || name.to_owned())));
            let moment = |text: &str| moment_in(&zone, ValueRef::Text(text.as_bytes()));
            assert_eq!(moment("1970-01-02T12:00:00")?, Moment((36 - hours) as u64 * 3_600_000_000), "{name}");
            assert_eq!(moment("1970-01-02T12:00:00+01:00")?, Moment(35 * 3_600_000_000), "{name}");
        }
        assert!(!is_time_zone("Nowhere/Atlantis"));
        assert_eq!(write_moment(Moment(1_000_001)), "1970-01-01 00:00:01.000001+00:00");
        assert_eq!(moment(&write_moment(Moment(77_000_001)))?, Moment(77_000_001));
        Ok(())
    }
}
