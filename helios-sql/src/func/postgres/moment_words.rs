//! Days and times in the other spellings that PostgreSQL takes: `May 6, 2024`, `5/6/2024` (month first), `20240506`,
//! `2024-127`, `7:08 PM`.

use super::moment::{DAY_MICROS, Moment, date_of, days_of, parse_time};
use super::moment_picture::{DAYS, MONTHS};

/// Reads a moment whose day is not written as ISO 8601 writes it.
pub(super) fn parse(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Some((date, time)) = text.split_once(['T', 't'])
        && time.len() >= 4
        && time.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(Moment { micros: compact_date(date)? * DAY_MICROS + time_of(time)?, offset: None });
    }
    let cleaned = text.replace(',', " ");
    let mut words: Vec<&str> = cleaned.split_whitespace().collect();
    words.retain(|word| !is_weekday(word));
    let is_afternoon = match words.last()?.to_ascii_lowercase().as_str() {
        "am" => Some(false),
        "pm" => Some(true),
        _ => None,
    };
    if is_afternoon.is_some() {
        words.pop();
    }
    let mut clock = (0, None);
    if let Some(at) = words.iter().position(|word| word.contains(':')) {
        let zone = words.get(at + 1).filter(|zone| zone.eq_ignore_ascii_case("utc")).is_some();
        clock = parse_time(words[at])?;
        clock.1 = clock.1.or(zone.then_some(0));
        words.drain(at..at + 1 + usize::from(zone));
    } else if is_afternoon.is_some() {
        return None;
    }
    if let Some(is_afternoon) = is_afternoon {
        let hour = clock.0 / 3_600_000_000;
        let rest = clock.0 % 3_600_000_000;
        let hour = (1..=12).contains(&hour).then(|| hour % 12 + if is_afternoon { 12 } else { 0 })?;
        clock.0 = hour * 3_600_000_000 + rest;
    }
    let days = match &words[..] {
        [date] => compact_date(date).or_else(|| separated_date(date))?,
        [first, second, year] => named_date(first, second, year)?,
        _ => return None,
    };
    Some(Moment { micros: days * DAY_MICROS + clock.0, offset: clock.1 })
}

/// A time of day in another spelling: `7:08 pm`, `070809`, `allballs`.
pub(super) fn time_of_day(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("allballs") {
        return Some(0);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return time_of(text);
    }
    parse(&format!("1970-001 {text}")).map(|moment| moment.micros)
}

fn is_weekday(word: &str) -> bool {
    let is_start = |day: &&str| {
        word.len() >= 3 && day.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    DAYS.iter().any(is_start)
}

/// `hhmm` or `hhmmss`.
fn time_of(digits: &str) -> Option<i64> {
    let [hours, minutes, seconds] = [0, 2, 4].map(|at| digits.get(at..at + 2).unwrap_or("00"));
    matches!(digits.len(), 4 | 6)
        .then(|| parse_time(&format!("{hours}:{minutes}:{seconds}")))?
        .map(|(at, _)| at)
}

/// `yyyymmdd` or `yyyy-ddd`.
fn compact_date(text: &str) -> Option<i64> {
    let number =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i64>().ok())?;
    match text.split_once('-') {
        Some((year, day)) if year.len() == 4 && day.len() == 3 => {
            let day = number(day).filter(|day| (1..=366).contains(day))?;
            Some(days_of(number(year)?, 1, 1) + day - 1)
        }
        None if text.len() == 8 => existing(number(&text[..4])?, number(&text[4..6])?, number(&text[6..])?),
        _ => None,
    }
}

/// `month/day/year`, or `year/month/day`; `year-month-day` with a month by its name.
fn separated_date(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
    let [first, second, third] = parts[..] else { return None };
    if month_named(first).is_some() || month_named(second).is_some() {
        return named_date(first, second, third).or_else(|| named_date(third, second, first));
    }
    let [first, second, third] = [first, second, third].map(|part| part.parse::<i64>().ok());
    match parts[0].len() >= 3 {
        true => existing(first?, second?, third?),
        false => existing(full_year(third?, parts[2]), first?, second?),
    }
}

/// A day and the name of a month in either order, and a year.
fn named_date(first: &str, second: &str, year: &str) -> Option<i64> {
    let (month, day) = match (month_named(first), month_named(second)) {
        (Some(month), None) => (month, second),
        (None, Some(month)) => (month, first),
        _ => return None,
    };
    existing(full_year(year.parse().ok()?, year), month, day.parse().ok()?)
}

fn month_named(word: &str) -> Option<i64> {
    let is_start = |month: &&str| {
        word.len() >= 3 && month.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    MONTHS.iter().position(is_start).map(|at| at as i64 + 1)
}

fn full_year(year: i64, written: &str) -> i64 {
    match written.len() {
        1 | 2 if year < 70 => year + 2000,
        1 | 2 => year + 1900,
        _ => year,
    }
}

fn existing(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_possible = (1..=294_276).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let days = is_possible.then(|| days_of(year, month, day))?;
    (date_of(days) == (year, month, day)).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::super::moment::write_timestamp;
    use super::*;

    #[test]
    fn days_are_read_however_they_are_written() {
        for text in [
            "May 6, 2024",
            "6 May 2024",
            "Monday, 6 may 2024",
            "5/6/2024",
            "5/6/24",
            "2024/05/06",
            "20240506",
            "2024-127",
            "6-May-2024",
            "2024-May-06",
            "May 6 2024 00:00",
            "May 6 2024 12:00 am",
        ] {
            let read = parse(text).map(|moment| write_timestamp(moment.micros));
            assert_eq!(read.as_deref(), Some("2024-05-06 00:00:00"), "{text}");
        }
        for wrong in
            ["", "May", "May 6", "13/13/2024", "20241301", "6 Foo 2024", "1 day", "3 days 02:47:33", "7 pm"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(time_of_day("7:08 pm"), Some((19 * 60 + 8) * 60_000_000));
        assert_eq!(time_of_day("070809"), Some(25_689_000_000));
    }
}
