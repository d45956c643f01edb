//! The binary form of decimal numbers: groups of four digits
//! (<https://doxygen.postgresql.org/backend_2utils_2adt_2numeric_8c.html>).

/// The sign of what is not a number.
const NAN: u16 = 0xC000;
const NEGATIVE: u16 = 0x4000;

/// Writes the number that a text says; `None` if it is no decimal number.
pub(super) fn write_numeric(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let text = std::str::from_utf8(text).ok()?;
    if text == "NaN" {
        put(out, &[0, 0, NAN, 0]);
        return Some(());
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (NEGATIVE, rest),
        None => (0, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    if exponent.unsigned_abs() > 400 {
        return None;
    }
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
        || whole.len() + fraction.len() == 0
    {
        return None;
    }
    // All digits, and how many of them stand before the point.
    let mut all: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
    let mut before = whole.len() as i32 + exponent;
    while before < 0 {
        all.insert(0, 0);
        before += 1;
    }
    while (all.len() as i32) < before {
        all.push(0);
    }
    let scale = (all.len() as i32 - before) as u16;
    let missing = (4 - before.rem_euclid(4)) % 4;
    (0..missing).for_each(|_| all.insert(0, 0));
    let whole_groups = (before + missing) / 4;
    while !all.len().is_multiple_of(4) {
        all.push(0);
    }
    let mut groups: Vec<u16> = all
        .chunks_exact(4)
        .map(|group| group.iter().fold(0, |sum, digit| sum * 10 + u16::from(*digit)))
        .collect();
    let mut weight = whole_groups - 1;
    let zeros = groups.iter().take_while(|group| **group == 0).count();
    groups.drain(..zeros);
    weight -= zeros as i32;
    while groups.last() == Some(&0) {
        groups.pop();
    }
    if groups.is_empty() {
        weight = 0;
    }
    let sign = if groups.is_empty() { 0 } else { sign };
    put(out, &[groups.len() as u16, weight as u16, sign, scale]);
    put(out, &groups);
    Some(())
}

/// Writes zeros at the end of a decimal number, until it has so many digits behind the point.
pub(super) fn fill_up(text: &mut Vec<u8>, scale: usize) {
    if text.iter().any(|byte| !byte.is_ascii_digit() && !matches!(byte, b'-' | b'.')) || scale == 0 {
        return;
    }
    let digits = match text.iter().position(|byte| *byte == b'.') {
        Some(point) => text.len() - point - 1,
        None => {
            text.push(b'.');
            0
        }
    };
    text.extend(std::iter::repeat_n(b'0', scale.saturating_sub(digits)));
}

fn put(out: &mut Vec<u8>, words: &[u16]) {
    words.iter().for_each(|word| out.extend_from_slice(&word.to_be_bytes()));
}

/// Reads a number as a text; `None` if the bytes are none.
pub(super) fn read_numeric(bytes: &[u8]) -> Option<String> {
    let words: Vec<u16> = bytes
        .chunks(2)
        .map(|pair| Some(u16::from_be_bytes([*pair.first()?, *pair.get(1)?])))
        .collect::<Option<_>>()?;
    let [count, weight, sign, scale, groups @ ..] = &words[..] else { return None };
    if groups.len() != usize::from(*count) || groups.iter().any(|group| *group > 9999) {
        return None;
    }
    let (weight, scale) = (i32::from(weight.cast_signed()), usize::from(*scale & 0x3fff));
    match *sign {
        0 | NEGATIVE => {}
        NAN => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => return None,
    }
    let group =
        |place: i32| usize::try_from(weight - place).ok().and_then(|at| groups.get(at)).copied().unwrap_or(0);
    let mut text = String::new();
    if *sign == NEGATIVE {
        text.push('-');
    }
    let mut whole = String::new();
    (0..=weight.max(0)).rev().for_each(|place| whole.push_str(&format!("{:04}", group(place))));
    let trimmed = whole.trim_start_matches('0');
    text.push_str(if trimmed.is_empty() { "0" } else { trimmed });
    if scale > 0 {
        let mut fraction = String::new();
        let mut place = -1;
        while fraction.len() < scale {
            fraction.push_str(&format!("{:04}", group(place)));
            place -= 1;
        }
        fraction.truncate(scale);
        text.push('.');
        text.push_str(&fraction);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_fill_a_number_up_to_its_scale() {
        for (number, filled) in
            [("1", "1.00"), ("-1.5", "-1.50"), ("0.123", "0.123"), ("NaN", "NaN"), ("1e300", "1e300")]
        {
            let mut text = number.as_bytes().to_vec();
            fill_up(&mut text, 2);
            assert_eq!(text, filled.as_bytes());
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let numbers = [
            "0",
            "1",
            "-1",
            "9999",
            "10000",
            "0.1",
            "0.0001",
            "0.00001",
            "123456.789",
            "-0.5",
            "1000000000000.0001",
        ];
        for number in numbers {
            let mut bytes = Vec::new();
            write_numeric(number.as_bytes(), &mut bytes).expect("a number");
            assert_eq!(read_numeric(&bytes).as_deref(), Some(number));
        }
        let mut bytes = Vec::new();
        write_numeric(b"1.5e3", &mut bytes).expect("a number");
        assert_eq!(read_numeric(&bytes).as_deref(), Some("1500"));
        assert!(write_numeric(b"x", &mut bytes).is_none());
        assert!(read_numeric(&[0, 1]).is_none());
    }
}
