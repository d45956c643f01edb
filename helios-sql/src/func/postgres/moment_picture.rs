//! Moments and lengths of time by a picture: `to_char(moment, 'YYYY-MM-DD HH24:MI')`
//! (<https://www.postgresql.org/docs/15/functions-formatting.html>, table 9.27).
//!
//! In: a moment and a picture. Out: the text that the picture makes of it. [`super::moment_reading`] goes the other way.

use helios_core::{Result, Value, ValueRef};

use super::cast::written;
use super::interval::Length;
use super::moment::{self, DAY_MICROS, Moment, date_of, days_of};
use super::number_picture::{self, ordinal_ending};

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
pub(super) const ROMAN_MONTHS: [&str; 12] =
    ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

/// The days from the beginning of the Julian calendar to 1970.
pub(super) const JULIAN_OF_1970: i64 = 2_440_588;

/// Fields, longer names before what they begin with.
const FIELDS: [&str; 56] = [
    "SSSSS", "SSSS", "Y,YYY", "YYYY", "IYYY", "MONTH", "Month", "A.M.", "P.M.", "B.C.", "A.D.", "HH24",
    "HH12", "IDDD", "YYY", "IYY", "MON", "Mon", "DAY", "Day", "DDD", "TZH", "TZM", "FF1", "FF2", "FF3",
    "FF4", "FF5", "FF6", "HH", "MI", "SS", "MS", "US", "AM", "PM", "BC", "AD", "YY", "IY", "MM", "DY", "Dy",
    "DD", "ID", "WW", "IW", "CC", "RM", "TZ", "OF", "D", "Y", "I", "J", "Q",
];

/// A piece of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A field: its name in upper case unless that says how words are written.
    Field(Field),
    /// Text that stands for itself: in quotes, or not.
    Text { text: String, is_quoted: bool },
}

/// A field of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name in upper case.
    pub(super) name: String,
    /// How it was written, which says how words are.
    pub(super) written: String,
    /// FM: no zeros and no spaces to fill it up.
    pub(super) fills: bool,
    /// TH or th.
    pub(super) ordinal: Option<bool>,
}

/// The pieces of a picture.
pub(super) fn pieces(picture: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = picture;
    let mut fills = false;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = prefix(rest) {
            fills |= rest.starts_with(['F', 'f']);
            rest = after;
            continue;
        }
        let found = FIELDS.iter().chain(&["W"]).find(|name| {
            let start = rest.get(..name.len());
            start.is_some_and(|start| start == **name || start == name.to_ascii_lowercase())
        });
        if let Some(name) = found {
            let written = rest[..name.len()].to_owned();
            rest = &rest[name.len()..];
            let ordinal = match rest.get(..2) {
                Some("TH") => Some(true),
                Some("th") => Some(false),
                _ => None,
            };
            rest = if ordinal.is_some() { &rest[2..] } else { rest };
            pieces.push(Piece::Field(Field { name: name.to_ascii_uppercase(), written, fills, ordinal }));
            fills = false;
            continue;
        }
        rest = &rest[first.len_utf8()..];
        let (text, is_quoted) = match first {
            '"' => {
                let end = rest.find('"').unwrap_or(rest.len());
                let text = rest[..end].to_owned();
                rest = rest.get(end + 1..).unwrap_or_default();
                (text, true)
            }
            '\\' if rest.starts_with('"') => {
                rest = &rest[1..];
                ("\"".to_owned(), true)
            }
            other => (other.to_string(), false),
        };
        pieces.push(Piece::Text { text, is_quoted });
    }
    pieces
}

/// What stands behind FM, FX or TM.
fn prefix(rest: &str) -> Option<&str> {
    let start = rest.get(..2)?;
    matches!(start, "FM" | "fm" | "FX" | "fx" | "TM" | "tm").then(|| &rest[2..])
}

/// `to_char(value, picture)` of a number, a moment or a length of time.
pub(super) fn write(arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(picture) = written(arguments[1]) else { return Ok(Value::Null) };
    let text = match arguments[0] {
        ValueRef::Null => return Ok(Value::Null),
        number @ (ValueRef::Integer(_) | ValueRef::Real(_)) => {
            return number_picture::write(number, &picture);
        }
        other => written(other).unwrap_or_default(),
    };
    let parts = if let Some(moment) = moment::parse(&text) {
        Parts::of_moment(moment)
    } else if let Some(length) = Length::parse(&text) {
        Parts::of_length(length)
    } else {
        return Err(super::cast::invalid("timestamp", &text));
    };
    let written = pieces(&picture).into_iter().map(|piece| match piece {
        Piece::Text { text, .. } => text,
        Piece::Field(field) => parts.field(&field),
    });
    Ok(Value::text(&written.collect::<String>()))
}

/// What fields are made of.
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    /// Microseconds within the hour.
    rest: i64,
    /// Days since 1970, of a moment.
    days: Option<i64>,
    has_zone: bool,
}

impl Parts {
    fn of_moment(moment: Moment) -> Parts {
        let micros = moment.utc_micros();
        let days = micros.div_euclid(DAY_MICROS);
        let (year, month, day) = date_of(days);
        let of_day = micros.rem_euclid(DAY_MICROS);
        let (hour, rest) = (of_day / 3_600_000_000, of_day % 3_600_000_000);
        Parts { year, month, day, hour, rest, days: Some(days), has_zone: moment.offset.is_some() }
    }

    fn of_length(length: Length) -> Parts {
        Parts {
            year: length.months / 12,
            month: length.months % 12,
            day: length.days,
            hour: length.micros / 3_600_000_000,
            rest: (length.micros % 3_600_000_000).abs(),
            days: None,
            has_zone: false,
        }
    }

    fn field(&self, field: &Field) -> String {
        if let Some(word) = self.word(field) {
            return word;
        }
        let (number, width) = self.number(&field.name);
        let text = match field.fills {
            true => number.to_string(),
            false => format!("{number:0width$}", width = width + usize::from(number < 0)),
        };
        let text = if field.name == "Y,YYY" { with_comma(number) } else { text };
        match field.ordinal {
            None => text,
            Some(true) => text + &ordinal_ending(number).to_ascii_uppercase(),
            Some(false) => text + ordinal_ending(number),
        }
    }

    fn weekday(&self) -> i64 {
        (self.days.unwrap_or(0) + 4).rem_euclid(7)
    }

    fn day_of_year(&self) -> i64 {
        match self.days {
            Some(days) => days - days_of(self.year, 1, 1) + 1,
            None => (self.year * 12 + self.month) * 30 + self.day,
        }
    }

    /// The year and the week of ISO 8601, and the day of that year.
    fn iso(&self) -> (i64, i64, i64) {
        iso_week(self.days.unwrap_or(0))
    }

    /// A field that is a number: the number, and how many digits it has at least.
    fn number(&self, name: &str) -> (i64, usize) {
        let micros = self.rest % 1_000_000;
        let cut = |digits: i64| {
            (2000 + self.year.rem_euclid(10_i64.pow(digits as u32))) % 10_i64.pow(digits as u32)
        };
        match name {
            "HH24" => (self.hour, 2),
            "HH" | "HH12" if self.days.is_none() => (self.hour, 2),
            "HH" | "HH12" => ((self.hour + 11) % 12 + 1, 2),
            "MI" => (self.rest / 60_000_000, 2),
            "SS" => (self.rest / 1_000_000 % 60, 2),
            "SSSS" | "SSSSS" => (self.hour * 3600 + self.rest / 1_000_000, 1),
            "MS" | "FF3" => (micros / 1000, 3),
            "US" | "FF6" => (micros, 6),
            "FF1" => (micros / 100_000, 1),
            "FF2" => (micros / 10_000, 2),
            "FF4" => (micros / 100, 4),
            "FF5" => (micros / 10, 5),
            "YYYY" | "Y,YYY" => {
                (if self.year <= 0 && self.days.is_some() { 1 - self.year } else { self.year }, 4)
            }
            "YYY" => (cut(3), 3),
            "YY" => (cut(2), 2),
            "Y" => (cut(1), 1),
            "IYYY" => (self.iso().0, 4),
            "IYY" => (self.iso().0 % 1000, 3),
            "IY" => (self.iso().0 % 100, 2),
            "I" => (self.iso().0 % 10, 1),
            "MM" => (self.month, 2),
            "DDD" => (self.day_of_year(), 3),
            "IDDD" => (self.iso().2, 3),
            "DD" => (self.day, 2),
            "D" => (self.weekday() + 1, 1),
            "ID" => ((self.weekday() + 6) % 7 + 1, 1),
            "W" => ((self.day - 1) / 7 + 1, 1),
            "WW" => ((self.day_of_year() - 1) / 7 + 1, 2),
            "IW" => (self.iso().1, 2),
            "CC" => ((self.year - 1).div_euclid(100) + 1, 2),
            "J" => (self.days.unwrap_or(0) + JULIAN_OF_1970, 1),
            _ => ((self.month - 1).div_euclid(3) + 1, 1),
        }
    }

    /// A field that is a word.
    fn word(&self, field: &Field) -> Option<String> {
        let is_lower = field.written.starts_with(|first: char| first.is_ascii_lowercase());
        let cased = |word: &str| match is_lower {
            true => word.to_ascii_lowercase(),
            false if field.written == field.name => word.to_ascii_uppercase(),
            false => word.to_owned(),
        };
        let padded = |word: &str, width: usize| match field.fills {
            true => cased(word),
            false => format!("{:<width$}", cased(word)),
        };
        let month = MONTHS[(self.month.clamp(1, 12) - 1) as usize];
        let day = DAYS[self.weekday() as usize];
        Some(match field.name.as_str() {
            "MONTH" => padded(month, 9),
            "MON" => cased(&month[..3]),
            "DAY" => padded(day, 9),
            "DY" => cased(&day[..3]),
            "RM" => padded(ROMAN_MONTHS[(self.month.clamp(1, 12) - 1) as usize], 4),
            "AM" | "PM" => cased(if self.hour % 24 >= 12 { "PM" } else { "AM" }),
            "A.M." | "P.M." => cased(if self.hour % 24 >= 12 { "P.M." } else { "A.M." }),
            "BC" | "AD" => cased(if self.year <= 0 { "BC" } else { "AD" }),
            "B.C." | "A.D." => cased(if self.year <= 0 { "B.C." } else { "A.D." }),
            "TZ" => cased(if self.has_zone { "UTC" } else { "" }),
            "OF" | "TZH" => "+00".to_owned(),
            "TZM" => "00".to_owned(),
            _ => return None,
        })
    }
}

fn with_comma(number: i64) -> String {
    format!("{},{:03}", number / 1000, number % 1000)
}

/// The year, the week and the day of the year of ISO 8601. A week belongs to the year that its Thursday is in.
pub(super) fn iso_week(days: i64) -> (i64, i64, i64) {
    let monday = days - (days + 3).rem_euclid(7);
    let (year, ..) = date_of(monday + 3);
    let first = iso_year_start(year);
    (year, (monday - first) / 7 + 1, days - first + 1)
}

/// The Monday that a year of ISO 8601 begins with.
pub(super) fn iso_year_start(year: i64) -> i64 {
    let fourth = days_of(year, 1, 4);
    fourth - (fourth + 3).rem_euclid(7)
}
