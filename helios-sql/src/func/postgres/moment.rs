//! Moments as PostgreSQL reads and writes them (ISO 8601 with a space).
//!
//! In: texts, microseconds. Out: microseconds since the beginning of 1970, texts. The calendar is the proleptic Gregorian
//! one.

use super::moment_words;

/// Microseconds of a day.
pub const DAY_MICROS: i64 = 86_400_000_000;

/// What stands for `infinity`, which is later than all moments, and for `-infinity`, which is earlier.
pub const INFINITE: [(i64, &str); 2] = [(i64::MAX, "infinity"), (i64::MIN, "-infinity")];

/// Whether microseconds stand for `infinity` or `-infinity`.
pub fn is_infinite(micros: i64) -> bool {
    INFINITE.iter().any(|(known, _)| *known == micros)
}

/// A moment that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since the beginning of 1970, in its own zone.
    pub micros: i64,
    /// How many seconds its zone is ahead, if it says one.
    pub offset: Option<i32>,
}

impl Moment {
    /// Microseconds since the beginning of 1970 in the zone UTC, which is the moment's where it says none.
    pub fn utc_micros(self) -> i64 {
        self.micros - i64::from(self.offset.unwrap_or(0)) * 1_000_000
    }
}

/// The days from the beginning of 1970 to a date.
pub fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of so many days after the beginning of 1970.
pub fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Reads `2024-05-06`, maybe with a time after a space or a `T`, maybe with a zone.
pub fn parse(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Some((micros, _)) = INFINITE.iter().find(|(_, word)| text.eq_ignore_ascii_case(word)) {
        return Some(Moment { micros: *micros, offset: None });
    }
    let (date, rest) = match text.find([' ', 'T', 't']) {
        Some(at) => (&text[..at], text[at + 1..].trim_start()),
        None => (text, ""),
    };
    let days = parse_date(date)?;
    if rest.is_empty() {
        return Some(Moment { micros: days.checked_mul(DAY_MICROS)?, offset: None });
    }
    // A zone may follow the day at once, as JDBC writes days.
    let (micros, offset) = match parse_offset(rest) {
        Some(offset) => (0, Some(offset)),
        None => parse_time(rest)?,
    };
    Some(Moment { micros: days.checked_mul(DAY_MICROS)?.checked_add(micros)?, offset })
}

/// Reads a moment in any of the spellings that PostgreSQL takes, but for words that stand for now.
pub fn read(text: &str) -> Option<Moment> {
    parse(text).or_else(|| moment_words::parse(text))
}

fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let number = |part: Option<&str>, most: i64| -> Option<i64> {
        let part = part?;
        let is_number = !part.is_empty() && part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|number| is_number && *number <= most)
    };
    let year = number(parts.next(), 294_276)?;
    let month = number(parts.next(), 12).filter(|month| *month > 0)?;
    let day = number(parts.next(), 31).filter(|day| *day > 0)?;
    let days = days_of(year, month, day);
    (date_of(days) == (year, month, day)).then_some(days)
}

/// Reads `07:08:09.123+02:00`: microseconds of the day, and the seconds that the zone is ahead.
pub fn parse_time(text: &str) -> Option<(i64, Option<i32>)> {
    let text = text.trim();
    let (time, offset) = match text.find(['+', '-', 'Z', 'z']) {
        Some(at) => (text[..at].trim_end(), Some(parse_offset(&text[at..])?)),
        None => match text.strip_suffix("UTC") {
            Some(time) => (time.trim_end(), Some(0)),
            None => (text, None),
        },
    };
    let mut parts = time.splitn(3, ':');
    let whole = |part: &str, most: i64| -> Option<i64> {
        let is_number = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|number| is_number && *number <= most)
    };
    let hours = whole(parts.next()?, 24)?;
    let minutes = whole(parts.next()?, 59)?;
    let (seconds, micros) = match parts.next() {
        None => (0, 0),
        Some(part) => match part.split_once('.') {
            None => (whole(part, 60)?, 0),
            Some((seconds, fraction)) => (whole(seconds, 60)?, fraction_micros(fraction)?),
        },
    };
    Some((((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros, offset))
}

fn fraction_micros(digits: &str) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded: String = digits.chars().chain("000000".chars()).take(6).collect();
    padded.parse().ok()
}

fn parse_offset(text: &str) -> Option<i32> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ if text.len() == 1 => return Some(0),
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|character| *character != ':').collect();
    if !matches!(digits.len(), 2 | 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).and_then(|part| part.parse::<i32>().ok()).unwrap_or(0);
    Some(sign * (part(0) * 3600 + part(2) * 60 + part(4)))
}

/// Writes a date.
pub fn write_date(days: i64) -> String {
    if let Some((_, word)) = INFINITE.iter().find(|(micros, _)| micros.div_euclid(DAY_MICROS) == days) {
        return (*word).to_owned();
    }
    let (year, month, day) = date_of(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Writes a time of day.
pub fn write_time(micros: i64) -> String {
    let seconds = micros.div_euclid(1_000_000);
    let mut text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = micros.rem_euclid(1_000_000);
    if fraction > 0 {
        let digits = format!("{fraction:06}");
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
    text
}

/// Writes a moment without its zone.
pub fn write_timestamp(micros: i64) -> String {
    if let Some((_, word)) = INFINITE.iter().find(|(known, _)| *known == micros) {
        return (*word).to_owned();
    }
    format!("{} {}", write_date(micros.div_euclid(DAY_MICROS)), write_time(micros.rem_euclid(DAY_MICROS)))
}

/// Writes a moment in the zone UTC, with that.
pub fn write_timestamptz(micros: i64) -> String {
    let zone = if is_infinite(micros) { "" } else { "+00:00" };
    format!("{}{zone}", write_timestamp(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for micros in [0, 1, -1, 1_715_000_000_123_456, -62_135_596_800_000_000, 253_402_300_799_999_999] {
            assert_eq!(parse(&write_timestamp(micros)), Some(Moment { micros, offset: None }));
        }
        for (micros, word) in INFINITE {
            assert_eq!(parse(word).map(Moment::utc_micros), Some(micros));
            assert_eq!([write_timestamp(micros), write_timestamptz(micros)], [word, word]);
            assert_eq!(write_date(micros.div_euclid(DAY_MICROS)), word);
        }
        for days in -1_000_000..1_000_000 {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days);
        }
    }

    #[test]
    fn zones_are_read_and_nonsense_is_not() {
        assert_eq!(parse("2024-01-01T02:00:00+02:00").map(Moment::utc_micros), Some(1_704_067_200_000_000));
        assert_eq!(parse("2024-01-01 00:00:00Z").map(Moment::utc_micros), Some(1_704_067_200_000_000));
        assert_eq!(parse("2024-01-01").map(Moment::utc_micros), Some(1_704_067_200_000_000));
        for wrong in ["", "2024", "2024-02-30", "2024-13-01", "2024-01-01 25", "x", "2024-01-01 10:00:00+x"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
