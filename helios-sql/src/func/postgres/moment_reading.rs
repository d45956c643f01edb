//! Texts read by a picture: `to_date` and `to_timestamp`.
//!
//! In: a text and a picture. Out: the moment, or an error in PostgreSQL's words. What the picture does not mention is the
//! first: of January, of the month, the beginning of the day.

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::cast::written;
use super::moment::{self, DAY_MICROS, date_of, days_of};
use super::moment_picture::{
    DAYS, Field, JULIAN_OF_1970, MONTHS, Piece, ROMAN_MONTHS, iso_year_start, pieces,
};

/// `to_date(text, picture)`.
pub(super) fn to_date(arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(micros) = read(arguments)? else { return Ok(Value::Null) };
    Ok(Value::text(&moment::write_date(micros.div_euclid(DAY_MICROS))))
}

/// `to_timestamp(text, picture)`.
pub(super) fn to_timestamp(arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(micros) = read(arguments)? else { return Ok(Value::Null) };
    Ok(Value::text(&format!("{}+00:00", moment::write_timestamp(micros))))
}

fn read(arguments: &[ValueRef<'_>]) -> Result<Option<i64>> {
    let (Some(text), Some(picture)) = (written(arguments[0]), written(arguments[1])) else { return Ok(None) };
    let mut reader = Reader { rest: &text, found: Found::default() };
    let pieces = pieces(&picture);
    for (at, piece) in pieces.iter().enumerate() {
        if reader.rest.is_empty() {
            break;
        }
        match piece {
            Piece::Text { text, is_quoted } => reader.pass(text, *is_quoted),
            Piece::Field(field) => reader.take(field, is_exact(field, pieces.get(at + 1)))?,
        }
    }
    reader.found.micros().ok_or_else(|| out_of_range(&text)).map(Some)
}

/// Whether a field takes just so many digits as its name has letters, because the next one follows at once.
fn is_exact(field: &Field, next: Option<&Piece>) -> bool {
    let ends = match next {
        None | Some(Piece::Text { .. }) => true,
        Some(Piece::Field(next)) => {
            matches!(
                next.name.as_str(),
                "MONTH" | "MON" | "DAY" | "DY" | "AM" | "PM" | "A.M." | "P.M." | "RM"
            )
        }
    };
    !field.fills && !ends
}

fn out_of_range(text: &str) -> Error {
    Error::new(ErrorKind::Data, format!("date/time field value out of range: \"{text}\""))
}

/// What was read so far.
#[derive(Default)]
struct Found {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    julian: Option<i64>,
    iso_year: Option<i64>,
    week: Option<i64>,
    iso_week: Option<i64>,
    iso_day: Option<i64>,
    century: Option<i64>,
    hour: i64,
    hour_of_half: Option<i64>,
    is_afternoon: Option<bool>,
    minute: i64,
    second: i64,
    second_of_day: Option<i64>,
    micros: i64,
    is_before_christ: bool,
    offset: i64,
    offset_minutes: i64,
}

impl Found {
    /// Microseconds since 1970; `None` if a field has no such value.
    fn micros(&self) -> Option<i64> {
        let hour = match (self.hour_of_half, self.is_afternoon) {
            (Some(hour), Some(is_afternoon)) => hour % 12 + if is_afternoon { 12 } else { 0 },
            (Some(hour), None) => hour,
            (None, _) => self.hour,
        };
        if hour > 24 || self.minute > 59 || self.second > 59 {
            return None;
        }
        let seconds = self.second_of_day.unwrap_or((hour * 60 + self.minute) * 60 + self.second);
        let zone = self.offset.signum() * (self.offset.abs() * 3600 + self.offset_minutes * 60);
        Some((self.days()? * 86_400 + seconds - zone) * 1_000_000 + self.micros)
    }

    fn days(&self) -> Option<i64> {
        if let Some(julian) = self.julian {
            return Some(julian - JULIAN_OF_1970);
        }
        let mut year = self.year.or(self.century.map(|century| (century - 1) * 100 + 1)).unwrap_or(0);
        if self.is_before_christ {
            year = 1 - year;
        }
        if let (Some(week), Some(iso_year)) = (self.iso_week, self.iso_year) {
            let day = self.iso_day.unwrap_or(1);
            return (1..=53).contains(&week).then(|| iso_year_start(iso_year) + (week - 1) * 7 + day - 1);
        }
        if let Some(day) = self.day_of_year {
            return (1..=366).contains(&day).then(|| days_of(year, 1, 1) + day - 1);
        }
        if let Some(week) = self.week {
            return (1..=53).contains(&week).then(|| days_of(year, 1, 1) + (week - 1) * 7);
        }
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let days = days_of(year, month, day);
        (date_of(days) == (year, month, day)).then_some(days)
    }
}

struct Reader<'a> {
    rest: &'a str,
    found: Found,
}

impl Reader<'_> {
    /// Passes over what stands in the picture for itself.
    fn pass(&mut self, text: &str, is_quoted: bool) {
        for character in text.chars() {
            let Some(next) = self.rest.chars().next() else { return };
            let is_separator = |character: char| !character.is_ascii_alphanumeric();
            if is_quoted || !is_separator(character) || is_separator(next) {
                self.rest = &self.rest[next.len_utf8()..];
            }
        }
    }

    fn take(&mut self, field: &Field, is_exact: bool) -> Result<()> {
        let is_number = !matches!(field.name.as_str(), "MONTH" | "MON" | "DAY" | "DY" | "RM");
        self.rest = self.rest.trim_start();
        if self.word(field)? {
            return Ok(());
        }
        if is_number && field.name.starts_with("TZ") || field.name == "OF" {
            return self.zone(&field.name);
        }
        let width = match field.name.as_str() {
            "Y,YYY" => 5,
            "FF1" | "FF2" | "FF3" | "FF4" | "FF5" | "FF6" => usize::from(field.name.as_bytes()[2] - b'0'),
            "MS" => 3,
            "US" => 6,
            "HH24" | "HH12" => 2,
            "J" => 7,
            name => name.len(),
        };
        let is_fraction = matches!(field.name.as_bytes(), b"MS" | b"US" | [b'F', b'F', _]);
        let (digits, number) = self.digits(field, if is_exact || is_fraction { width } else { 18 })?;
        if field.ordinal.is_some() {
            self.rest = self.rest.get(2..).unwrap_or_default();
        }
        self.set(field, digits, number)
    }

    fn digits(&mut self, field: &Field, most: usize) -> Result<(usize, i64)> {
        let is_taken =
            |character: &char| character.is_ascii_digit() || field.name == "Y,YYY" && *character == ',';
        let sign = usize::from(self.rest.starts_with(['-', '+']));
        let digits: String = self.rest[sign..].chars().take(most).take_while(is_taken).collect();
        let number: String = digits.chars().filter(char::is_ascii_digit).collect();
        let Ok(number) = number.parse::<i64>() else {
            let shown: String = self.rest.chars().take(field.name.len()).collect();
            let message = format!("invalid value \"{shown}\" for \"{}\"", field.written);
            return Err(Error::new(ErrorKind::Data, message));
        };
        let number = if self.rest.starts_with('-') { -number } else { number };
        self.rest = &self.rest[sign + digits.len()..];
        Ok((digits.len(), number))
    }

    fn set(&mut self, field: &Field, digits: usize, number: i64) -> Result<()> {
        let found = &mut self.found;
        match field.name.as_str() {
            "YYYY" | "Y,YYY" => found.year = Some(number),
            "YYY" | "YY" | "Y" => found.year = Some(near_2020(number, digits)),
            "IYYY" => found.iso_year = Some(number),
            "IYY" | "IY" | "I" => found.iso_year = Some(near_2020(number, digits)),
            "MM" => found.month = Some(number),
            "DD" => found.day = Some(number),
            "DDD" => found.day_of_year = Some(number),
            "J" => found.julian = Some(number),
            "WW" => found.week = Some(number),
            "W" => found.day = Some((number - 1) * 7 + 1),
            "IW" => found.iso_week = Some(number),
            "ID" => found.iso_day = Some(number),
            "CC" => found.century = Some(number),
            "HH24" => found.hour = number,
            "HH" | "HH12" => {
                if !(1..=12).contains(&number) {
                    let message = format!("hour \"{number}\" is invalid for the 12-hour clock");
                    return Err(Error::new(ErrorKind::Data, message));
                }
                found.hour_of_half = Some(number);
            }
            "MI" => found.minute = number,
            "SS" => found.second = number,
            "SSSS" | "SSSSS" => found.second_of_day = Some(number),
            "MS" | "US" | "FF1" | "FF2" | "FF3" | "FF4" | "FF5" | "FF6" => {
                found.micros = number * 10_i64.pow(6 - digits.min(6) as u32);
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes a word, if the field is one.
    fn word(&mut self, field: &Field) -> Result<bool> {
        let shortened = |names: &[&'static str]| names.iter().map(|name| &name[..3]).collect::<Vec<_>>();
        match field.name.as_str() {
            "MONTH" => self.found.month = Some(self.one_of(field, &MONTHS)? as i64 + 1),
            "MON" => self.found.month = Some(self.one_of(field, &shortened(&MONTHS))? as i64 + 1),
            "RM" => {
                let longest_first: Vec<&str> = ROMAN_MONTHS.iter().rev().copied().collect();
                self.found.month = Some(12 - self.one_of(field, &longest_first)? as i64);
            }
            "DAY" => drop(self.one_of(field, &DAYS)?),
            "DY" => drop(self.one_of(field, &shortened(&DAYS))?),
            "AM" | "PM" => self.found.is_afternoon = Some(self.one_of(field, &["AM", "PM"])? == 1),
            "A.M." | "P.M." => self.found.is_afternoon = Some(self.one_of(field, &["A.M.", "P.M."])? == 1),
            "BC" | "AD" => self.found.is_before_christ = self.one_of(field, &["BC", "AD"])? == 0,
            "B.C." | "A.D." => self.found.is_before_christ = self.one_of(field, &["B.C.", "A.D."])? == 0,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Takes one of some words, whatever its case; answers with its number.
    fn one_of(&mut self, field: &Field, words: &[&str]) -> Result<usize> {
        let starts =
            |word: &&str| self.rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        match words.iter().position(starts) {
            Some(at) => {
                self.rest = &self.rest[words[at].len()..];
                Ok(at)
            }
            None => {
                let shown: String = self.rest.chars().take_while(|part| !part.is_whitespace()).collect();
                let message = format!("invalid value \"{shown}\" for \"{}\"", field.written);
                Err(Error::new(ErrorKind::Data, message))
            }
        }
    }

    fn zone(&mut self, name: &str) -> Result<()> {
        if matches!(name, "TZ" | "OF") {
            let message = format!("formatting field \"{name}\" is only supported in to_char");
            return Err(Error::sql(message));
        }
        let sign = if self.rest.starts_with('-') { -1 } else { 1 };
        let digits: String = self
            .rest
            .trim_start_matches(['+', '-'])
            .chars()
            .take_while(char::is_ascii_digit)
            .take(2)
            .collect();
        self.rest = &self.rest.trim_start_matches(['+', '-'])[digits.len()..];
        let number: i64 = digits.parse().unwrap_or(0);
        match name {
            "TZH" => self.found.offset = sign * number,
            _ => self.found.offset_minutes = number,
        }
        Ok(())
    }
}

/// A year of fewer than four digits is the one that is nearest to 2020.
fn near_2020(year: i64, digits: usize) -> i64 {
    match digits {
        4.. => year,
        _ if year < 70 => year + 2000,
        _ if year < 100 => year + 1900,
        _ if year < 520 => year + 2000,
        _ if year < 1000 => year + 1000,
        _ => year,
    }
}
