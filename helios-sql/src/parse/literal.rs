//! Literals: what the text of a token stands for.

use std::borrow::Cow;

use helios_core::Value;

/// The text or the name that a token stands for, without its quotes. What is not quoted stands for itself.
pub(super) fn unquote(token: &str) -> Cow<'_, str> {
    let quote = match token.as_bytes().first() {
        Some(&quote @ (b'\'' | b'"' | b'`')) => char::from(quote),
        Some(b'[') => ']',
        _ => return Cow::Borrowed(token),
    };
    let inside = token.get(1..token.len().max(2) - 1).unwrap_or_default();
    if quote == ']' || !inside.contains(quote) {
        return Cow::Borrowed(inside);
    }
    let mut text = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        text.push(character);
        if character == quote {
            characters.next();
        }
    }
    Cow::Owned(text)
}

/// What a number without fraction and exponent stands for.
pub(super) enum Whole {
    /// It fits, or became a float because it does not.
    Value(Value),
    /// 2^63, which fits only after a minus.
    TwoTo63,
    /// Hexadecimal with more than 64 bits.
    TooBig,
}

/// The digits of a number without the underscores that may stand between them.
fn digits(token: &str) -> Cow<'_, str> {
    if token.contains('_') { Cow::Owned(token.replace('_', "")) } else { Cow::Borrowed(token) }
}

/// Reads a token of digits or `0x…`. Hexadecimal numbers are 64 bits with the sign in the highest.
pub(super) fn whole_number(token: &str) -> Whole {
    let token = &*digits(token);
    if let Some(digits) = token.strip_prefix("0x").or_else(|| token.strip_prefix("0X")) {
        return match digits.trim_start_matches('0') {
            "" => Whole::Value(Value::Integer(0)),
            digits => match u64::from_str_radix(digits, 16) {
                Ok(bits) => Whole::Value(Value::Integer(bits.cast_signed())),
                Err(_) => Whole::TooBig,
            },
        };
    }
    match token.parse::<u64>() {
        Ok(number) if number == 1 << 63 => Whole::TwoTo63,
        Ok(number) if number < 1 << 63 => Whole::Value(Value::Integer(number.cast_signed())),
        _ => Whole::Value(real_number(token)),
    }
}

/// Reads a token of digits, maybe with a point and an exponent.
pub(super) fn real_number(token: &str) -> Value {
    Value::real(digits(token).parse().unwrap_or(0.0))
}

/// Reads a token `x'…'`; the lexer made sure that the digits come in pairs.
pub(super) fn blob(token: &str) -> Value {
    let digits = token.as_bytes().get(2..token.len().max(3) - 1).unwrap_or_default();
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
    Value::Blob(bytes.into())
}
