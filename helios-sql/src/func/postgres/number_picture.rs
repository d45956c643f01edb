//! Numbers by a picture: `to_char(number, '9,999.00')`, and `to_number`
//! (<https://www.postgresql.org/docs/15/functions-formatting.html>, table 9.30).
//!
//! In: a number and a picture. Out: the text that the picture makes of it. A number that has more digits before the point
//! than the picture is shown as `#`.

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::cast::{invalid, written};

/// A piece of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// `9` or, if so, `0`.
    Digit {
        is_zero: bool,
    },
    /// `.` or `D`.
    Point,
    /// `,` or `G`.
    Comma,
    /// `L`.
    Currency,
    /// `MI`, `PL`, `SG`.
    Minus,
    Plus,
    Sign,
    /// `TH` or `th`.
    Ordinal {
        is_upper: bool,
    },
    /// Anything else, as it is.
    Character(char),
}

/// What a picture says.
#[derive(Debug, Default)]
struct Picture {
    pieces: Vec<Piece>,
    /// Digits before and behind the point.
    before: usize,
    behind: usize,
    has_point: bool,
    /// The place of the first `0` before the point, counted from 1; the digits up to the last `0`.
    first_zero: Option<usize>,
    last_zero: usize,
    /// Digits behind `V`.
    shift: usize,
    is_shifted: bool,
    fills: bool,
    /// `S`: in front, or behind.
    sign: Option<SignPlace>,
    digits_before_sign: usize,
    has_brackets: bool,
    has_minus_or_plus: bool,
    only_plus: bool,
    /// `RN` or `rn`.
    roman: Option<bool>,
    is_scientific: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SignPlace {
    Front,
    Back,
}

impl Picture {
    fn parse(text: &str) -> Picture {
        let mut picture = Picture::default();
        let mut rest = text;
        let (mut has_minus, mut has_plus) = (false, false);
        while let Some(first) = rest.chars().next() {
            let taken = picture.special(rest, &mut has_minus, &mut has_plus);
            if taken > 0 {
                rest = &rest[taken..];
                continue;
            }
            rest = &rest[first.len_utf8()..];
            match first {
                '"' => {
                    let end = rest.find('"').unwrap_or(rest.len());
                    picture.pieces.extend(rest[..end].chars().map(Piece::Character));
                    rest = rest.get(end + 1..).unwrap_or_default();
                }
                '9' | '0' => picture.digit(first == '0'),
                '.' | 'D' | 'd' => {
                    picture.has_point = true;
                    picture.pieces.push(Piece::Point);
                }
                ',' | 'G' | 'g' => picture.pieces.push(Piece::Comma),
                'L' | 'l' => picture.pieces.push(Piece::Currency),
                'V' | 'v' => picture.is_shifted = true,
                'S' | 's' => match (picture.has_point, picture.sign) {
                    (false, _) => {
                        picture.sign = Some(SignPlace::Front);
                        picture.digits_before_sign = picture.before;
                    }
                    (true, None) => picture.sign = Some(SignPlace::Back),
                    (true, Some(_)) => {}
                },
                'B' | 'b' => {}
                other => picture.pieces.push(Piece::Character(other)),
            }
        }
        if picture.sign == Some(SignPlace::Front) && picture.digits_before_sign == picture.before {
            picture.sign = Some(SignPlace::Back);
        }
        picture.has_minus_or_plus = has_minus || has_plus;
        picture.only_plus = has_plus && !has_minus;
        picture
    }

    /// Takes a word of several letters; answers with its length, 0 if there is none.
    fn special(&mut self, rest: &str, has_minus: &mut bool, has_plus: &mut bool) -> usize {
        let starts = |word: &str| {
            rest.get(..word.len()).is_some_and(|start| start == word || start == word.to_ascii_lowercase())
        };
        match () {
            () if starts("EEEE") => {
                self.is_scientific = true;
                4
            }
            () if starts("FM") => {
                self.fills = true;
                2
            }
            () if starts("MI") => {
                *has_minus = true;
                self.pieces.push(Piece::Minus);
                2
            }
            () if starts("PL") => {
                *has_plus = true;
                self.pieces.push(Piece::Plus);
                2
            }
            () if starts("SG") => {
                (*has_minus, *has_plus) = (true, true);
                self.pieces.push(Piece::Sign);
                2
            }
            () if starts("PR") => {
                self.has_brackets = true;
                2
            }
            () if starts("RN") => {
                self.roman = Some(rest.starts_with('R'));
                2
            }
            () if starts("TH") => {
                self.pieces.push(Piece::Ordinal { is_upper: rest.starts_with('T') });
                2
            }
            () => 0,
        }
    }

    fn digit(&mut self, is_zero: bool) {
        if is_zero && !self.has_point && self.first_zero.is_none() {
            self.first_zero = Some(self.before + 1);
        }
        match (self.has_point, self.is_shifted) {
            (true, _) => self.behind += 1,
            (false, shifted) => {
                self.before += 1;
                self.shift += usize::from(shifted);
            }
        }
        if is_zero {
            self.last_zero = self.before + self.behind;
        }
        self.pieces.push(Piece::Digit { is_zero });
    }
}

/// `to_char(number, picture)`.
pub(super) fn write(value: ValueRef<'_>, picture: &str) -> Result<Value> {
    let picture = Picture::parse(picture);
    let plain = decimal(value);
    if let Some(is_upper) = picture.roman {
        return Ok(Value::text(&roman(&plain, is_upper, picture.fills)));
    }
    if picture.is_scientific {
        return Ok(Value::text(&scientific(value.to_real(), picture.behind)));
    }
    let shifted = if picture.is_shifted { shifted(&plain, picture.shift) } else { plain };
    let (is_negative, digits) = rounded(&shifted, picture.behind);
    Ok(Value::text(&Writer::new(&picture, is_negative, &digits).write()))
}

/// Puts digits into the pieces of a picture.
struct Writer<'a> {
    picture: &'a Picture,
    is_negative: bool,
    /// The digits and, maybe, the point.
    number: Vec<char>,
    /// Places of the picture before the first digit.
    blanks: usize,
    /// The last place that matters, where zeros at the end are left out.
    last: Option<usize>,
    /// The place in the picture and in the number.
    place: usize,
    at: usize,
    has_sign: bool,
    /// Whether a digit was written.
    is_inside: bool,
    out: String,
}

impl<'a> Writer<'a> {
    fn new(picture: &'a Picture, is_negative: bool, digits: &str) -> Writer<'a> {
        let whole = digits.find('.').unwrap_or(digits.len());
        let mut number: Vec<char> = digits.chars().collect();
        let is_too_long = whole > picture.before;
        if is_too_long {
            number = vec!['#'; picture.before];
            if picture.has_point {
                number.push('.');
                number.extend(std::iter::repeat_n('#', picture.behind));
            }
        }
        let blanks = picture.before.saturating_sub(whole);
        let last = if picture.fills && picture.has_point {
            last_that_matters(picture, &number, blanks)
        } else {
            None
        };
        let has_sign = match picture.has_minus_or_plus {
            true => !picture.only_plus,
            false => !is_negative && picture.fills && picture.sign.is_none(),
        };
        Writer {
            picture,
            is_negative,
            number,
            blanks,
            last,
            place: 0,
            at: 0,
            has_sign,
            is_inside: false,
            out: String::new(),
        }
    }

    fn write(mut self) -> String {
        for piece in &self.picture.pieces {
            match piece {
                Piece::Digit { is_zero } => self.digit(*is_zero),
                Piece::Point => self.digit(false),
                Piece::Comma if self.is_inside => self.out.push(','),
                Piece::Minus if self.is_negative => self.out.push('-'),
                Piece::Plus if !self.is_negative => self.out.push('+'),
                Piece::Comma | Piece::Currency | Piece::Minus | Piece::Plus => self.blank(),
                Piece::Sign => self.out.push(if self.is_negative { '-' } else { '+' }),
                Piece::Ordinal { is_upper } => self.ordinal(*is_upper),
                Piece::Character(character) => self.out.push(*character),
            }
        }
        self.out
    }

    fn blank(&mut self) {
        if !self.picture.fills {
            self.out.push(' ');
        }
    }

    /// Whether the number's 0 before the point is not shown: `.5`.
    fn hides_zero(&self) -> bool {
        self.at == 0
            && self.number.first() == Some(&'0')
            && self.picture.first_zero.is_none()
            && self.picture.behind > 0
    }

    fn ends_with_point(&self) -> bool {
        self.last.and_then(|last| self.number.get(last)) == Some(&'.')
    }

    fn digit(&mut self, is_zero: bool) {
        let is_leading_zero = self.picture.first_zero.is_some_and(|first| first <= self.place + 1);
        self.sign_in_front(is_leading_zero);
        if self.place < self.blanks && !is_leading_zero {
            self.blank();
        } else if self.place < self.blanks {
            self.out.push('0');
            self.is_inside = true;
        } else {
            self.number_at(is_zero);
            self.at += 1;
        }
        self.sign_behind();
        self.place += 1;
    }

    fn number_at(&mut self, is_zero: bool) {
        match self.number.get(self.at) {
            None => {}
            Some('.') => self.out.push('.'),
            Some(_) if self.last.is_some_and(|last| self.at > last) && !is_zero => {}
            Some(_) if self.hides_zero() => {
                if !self.picture.fills {
                    self.out.push(' ');
                } else if self.ends_with_point() {
                    self.out.push('0');
                }
            }
            Some(digit) => {
                self.out.push(*digit);
                self.is_inside = true;
            }
        }
    }

    fn sign_in_front(&mut self, is_leading_zero: bool) {
        let begins = self.place >= self.blanks || is_leading_zero;
        if self.has_sign
            || !begins
            || self.hides_zero() && self.place >= self.blanks && !self.ends_with_point()
        {
            return;
        }
        match (self.picture.sign, self.is_negative) {
            (Some(SignPlace::Front), negative) => self.out.push(if negative { '-' } else { '+' }),
            (Some(SignPlace::Back), _) => {}
            (None, true) if self.picture.has_brackets => self.out.push('<'),
            (None, true) => self.out.push('-'),
            (None, false) => self.blank(),
        }
        self.has_sign = true;
    }

    fn sign_behind(&mut self) {
        let picture = self.picture;
        let digits = picture.before + picture.behind + usize::from(picture.has_point);
        let is_last = match self.last {
            Some(last) => self.place >= self.blanks && self.at == last + 1,
            None => self.place + 1 == digits,
        };
        if !is_last {
            return;
        }
        match picture.sign {
            Some(SignPlace::Back) => self.out.push(if self.is_negative { '-' } else { '+' }),
            None if picture.has_brackets && self.is_negative => self.out.push('>'),
            None if picture.has_brackets => self.blank(),
            _ => {}
        }
    }

    fn ordinal(&mut self, is_upper: bool) {
        if self.is_negative || self.picture.has_point || self.number.first() == Some(&'#') {
            return;
        }
        let digits: String = self.number.iter().collect();
        let ending = ordinal_ending(digits.parse().unwrap_or(0));
        match is_upper {
            true => self.out.push_str(&ending.to_ascii_uppercase()),
            false => self.out.push_str(ending),
        }
    }
}

fn last_that_matters(picture: &Picture, number: &[char], blanks: usize) -> Option<usize> {
    let point = number.iter().position(|digit| *digit == '.')?;
    let nonzero = number[point..].iter().rposition(|digit| *digit != '0').map_or(point, |at| point + at);
    match picture.last_zero > blanks {
        true => Some(nonzero.max((number.len() - 1).min(picture.last_zero - blanks))),
        false => Some(nonzero),
    }
}

/// `st`, `nd`, `rd` or `th`.
pub(super) fn ordinal_ending(number: i64) -> &'static str {
    match (number.rem_euclid(10), number.rem_euclid(100)) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    }
}

/// A number with all its digits and without an exponent.
fn decimal(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Integer(number) => number.to_string(),
        other => format!("{}", other.to_real()),
    }
}

/// A number times a power of ten.
fn shifted(number: &str, places: usize) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let padded = format!("{fraction:0<places$}");
    format!("{sign}{whole}{}.{}", &padded[..places], &padded[places..])
}

/// Whether a number is negative, and its digits with so many behind the point; halves go away from zero.
fn rounded(number: &str, behind: usize) -> (bool, String) {
    let (is_negative, number) = number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let padded = format!("{fraction:0<width$}", width = behind + 1);
    let mut digits: Vec<u8> = [whole.as_bytes(), &padded.as_bytes()[..behind]].concat();
    if padded.as_bytes()[behind] >= b'5' {
        let mut place = digits.len();
        loop {
            match place.checked_sub(1) {
                None => {
                    digits.insert(0, b'1');
                    break;
                }
                Some(before) if digits[before] == b'9' => {
                    digits[before] = b'0';
                    place = before;
                }
                Some(before) => {
                    digits[before] += 1;
                    break;
                }
            }
        }
    }
    let split = digits.len() - behind;
    let text = String::from_utf8_lossy(&digits);
    let trimmed = text[..split].trim_start_matches('0');
    let whole = if trimmed.is_empty() { "0" } else { trimmed };
    let is_zero = text.bytes().all(|digit| digit == b'0');
    let written = if behind == 0 { whole.to_owned() } else { format!("{whole}.{}", &text[split..]) };
    (is_negative && !is_zero, written)
}

fn scientific(number: f64, behind: usize) -> String {
    let text = format!("{:.behind$e}", number.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if number < 0.0 { '-' } else { ' ' };
    format!("{sign}{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn roman(number: &str, is_upper: bool, fills: bool) -> String {
    const NUMERALS: [(i64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let (is_negative, digits) = rounded(number, 0);
    let mut rest: i64 = digits.parse().unwrap_or(0);
    if is_negative || !(1..=3999).contains(&rest) {
        return "#".repeat(15);
    }
    let mut text = String::new();
    for (value, numeral) in NUMERALS {
        while rest >= value {
            text.push_str(numeral);
            rest -= value;
        }
    }
    let text = if is_upper { text } else { text.to_ascii_lowercase() };
    if fills { text } else { format!("{text:>15}") }
}

/// `to_number(text, picture)`: the digits of the text, with the sign that stands at either end.
pub(super) fn read(arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(text), Some(picture)) = (written(arguments[0]), written(arguments[1])) else {
        return Ok(Value::Null);
    };
    let picture = Picture::parse(&picture);
    let kept: String = text.chars().filter(|part| part.is_ascii_digit() || *part == '.').collect();
    let is_negative = text.contains('-') || picture.has_brackets && text.contains('<');
    let sign = if is_negative { "-" } else { "" };
    let number: f64 = format!("{sign}{kept}").parse().map_err(|_| invalid("numeric", &text))?;
    let number = number / 10_f64.powi(picture.shift as i32);
    if !number.is_finite() {
        return Err(Error::new(ErrorKind::Data, "value out of range: overflow"));
    }
    Ok(match number.fract() == 0.0 && number.abs() < 9e15 {
        true => Value::Integer(number as i64),
        false => Value::real(number),
    })
}
