//! A point in time, as a day number, as a year with month and day and time, or both.
//!
//! In: one of the forms. Out: the other. What is known is marked; whoever changes one form forgets the other. The
//! calendar is the proleptic Gregorian one, computed as in Meeus, Astronomical Algorithms, chapter 7.

use helios_core::clock::Moment;

/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;

/// 1970-01-01 00:00 in milliseconds of the Julian day.
pub(super) const UNIX_EPOCH_MS: i64 = 210_866_760_000_000;

/// 9999-12-31 23:59:59.999.
const LAST_MS: i64 = 464_269_060_799_999;

/// A point in time. The fields count only where the mark says that they are known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Point {
    /// Milliseconds since noon of -4713-11-24.
    pub(super) julian_ms: i64,
    pub(super) year: i32,
    pub(super) month: i32,
    pub(super) day: i32,
    pub(super) hour: i32,
    pub(super) minute: i32,
    /// Seconds of the minute, or the number that was given (`is_raw`).
    pub(super) second: f64,
    /// Minutes that the time is before UTC.
    pub(super) zone: i32,
    pub(super) knows_julian: bool,
    pub(super) knows_date: bool,
    pub(super) knows_time: bool,
    /// `second` is a number that a modifier has yet to give a meaning.
    pub(super) is_raw: bool,
    /// The time is known to be UTC: there was a zone, or it is `now`.
    pub(super) is_utc: bool,
    /// The time is known to be that of the system's zone.
    pub(super) is_local: bool,
    /// How many days the day of the month is behind the last of the month.
    pub(super) overflow_days: i32,
    /// Milliseconds are to be shown.
    pub(super) shows_fraction: bool,
    /// The time is out of range.
    pub(super) is_error: bool,
}

impl Point {
    pub(super) fn of_julian(julian_ms: i64) -> Point {
        Point { julian_ms, knows_julian: true, ..Point::default() }
    }

    pub(super) fn of_moment(moment: Moment) -> Point {
        Point { is_utc: true, ..Point::of_julian((moment.0 / 1000) as i64 + UNIX_EPOCH_MS) }
    }

    /// A number: a Julian day where it can be one, else to be explained by a modifier.
    pub(super) fn of_number(number: f64) -> Point {
        let mut point = Point { second: number, is_raw: true, ..Point::default() };
        if (0.0..5_373_484.5).contains(&number) {
            point.julian_ms = (number * 86_400_000.0 + 0.5) as i64;
            point.knows_julian = true;
        }
        point
    }

    /// Whether the day number is one that SQLite takes.
    pub(super) fn is_valid(&self) -> bool {
        !self.is_error && (0..=LAST_MS).contains(&self.julian_ms)
    }

    pub(super) fn unix_seconds(&self) -> i64 {
        self.julian_ms / 1000 - UNIX_EPOCH_MS / 1000
    }

    /// Seconds since 1970 with milliseconds.
    pub(super) fn unix_time(&self) -> f64 {
        (self.julian_ms - UNIX_EPOCH_MS) as f64 / 1000.0
    }

    /// Sets the point to a number of seconds since 1970.
    pub(super) fn set_unix(&mut self, seconds: f64) {
        self.forget_fields();
        self.julian_ms = (seconds * 1000.0 + UNIX_EPOCH_MS as f64 + 0.5) as i64;
        self.knows_julian = true;
        self.is_raw = false;
    }

    /// From now on only the day number counts.
    pub(super) fn forget_fields(&mut self) {
        self.knows_date = false;
        self.knows_time = false;
        self.zone = 0;
    }

    /// Notes how far the day is behind the end of its month.
    pub(super) fn compute_overflow(&mut self) {
        let days = days_of_month(self.year, self.month);
        self.overflow_days = (self.day - days).max(0);
    }

    pub(super) fn fail(&mut self) {
        *self = Point { is_error: true, ..Point::default() };
    }

    /// Computes the day number from the fields; without a date it is 2000-01-01.
    pub(super) fn compute_day(&mut self) {
        if self.knows_julian {
            return;
        }
        let (mut year, mut month, mut day) =
            if self.knows_date { (self.year, self.month, self.day) } else { (2000, 1, 1) };
        if !self.knows_date && self.knows_time && self.hour == 24 {
            (self.hour, day) = (0, 2);
        }
        if !(-4713..=9999).contains(&year) || self.is_raw {
            self.fail();
            return;
        }
        if month <= 2 {
            year -= 1;
            month += 12;
        }
        let century = (year + 4800) / 100;
        let leap = 38 - century + century / 4;
        let days = 36525 * (year + 4716) / 100 + 306_001 * (month + 1) / 10_000 + day + leap;
        self.julian_ms = ((f64::from(days) - 1524.5) * 86_400_000.0) as i64;
        self.knows_julian = true;
        if self.knows_time {
            self.julian_ms += i64::from(self.hour) * 3_600_000 + i64::from(self.minute) * 60_000;
            self.julian_ms += (self.second * 1000.0 + 0.5) as i64;
            if self.zone != 0 {
                self.julian_ms -= i64::from(self.zone) * 60_000;
                self.forget_fields();
                (self.is_utc, self.is_local) = (true, false);
            }
        }
    }

    /// Computes date and time from the day number.
    pub(super) fn compute_fields(&mut self) {
        self.compute_date();
        self.compute_time();
    }

    pub(super) fn compute_date(&mut self) {
        if self.knows_date {
            return;
        }
        if !self.knows_julian {
            (self.year, self.month, self.day) = (2000, 1, 1);
        } else if !(0..=LAST_MS).contains(&self.julian_ms) {
            self.fail();
            return;
        } else {
            let days = ((self.julian_ms + DAY_MS / 2) / DAY_MS) as i32;
            let century = ((f64::from(days) + 32_044.75) / 36_524.25) as i32 - 52;
            let shifted = days + 1 + century - (century + 100) / 4 + 25 + 1524;
            let year = ((f64::from(shifted) - 122.1) / 365.25) as i32;
            let before_year = 36525 * (year & 32767) / 100;
            let month = (f64::from(shifted - before_year) / 30.6001) as i32;
            self.day = shifted - before_year - (30.6001 * f64::from(month)) as i32;
            self.month = if month < 14 { month - 1 } else { month - 13 };
            self.year = if self.month > 2 { year - 4716 } else { year - 4715 };
        }
        self.knows_date = true;
    }

    pub(super) fn compute_time(&mut self) {
        if self.knows_time {
            return;
        }
        self.compute_day();
        let ms = ((self.julian_ms + DAY_MS / 2) % DAY_MS) as i32;
        let minutes = ms / 60_000;
        self.hour = minutes / 60;
        self.minute = minutes % 60;
        self.second = f64::from(ms % 60_000) / 1000.0;
        self.is_raw = false;
        self.knows_time = true;
    }
}

/// How many days a month has.
pub(super) fn days_of_month(year: i32, month: i32) -> i32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}
