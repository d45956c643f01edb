//! `trim`, `ltrim`, `rtrim`.
//!
//! In: a text and a text whose characters are taken off (a space, if it is not given). Out: the text between them.

use super::Scalar;
use super::utf8::{before_nul, character_len};
use helios_core::{Value, ValueRef};

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("trim", 1, 2, |_, arguments| Ok(trim(arguments, true, true))),
    Scalar::pure("ltrim", 1, 2, |_, arguments| Ok(trim(arguments, true, false))),
    Scalar::pure("rtrim", 1, 2, |_, arguments| Ok(trim(arguments, false, true))),
];

fn trim(arguments: &[ValueRef<'_>], start: bool, end: bool) -> Value {
    let Some(text) = arguments[0].text_bytes() else {
        return Value::Null;
    };
    let set = match arguments.get(1) {
        None => Some(b" "[..].into()),
        Some(set) => set.text_bytes(),
    };
    let Some(set) = set else {
        return Value::Null;
    };
    let characters = characters(before_nul(&set));
    let mut kept = &text[..];
    if start {
        while let Some(rest) = characters.iter().find_map(|character| kept.strip_prefix(*character)) {
            kept = rest;
        }
    }
    if end {
        while let Some(rest) = characters.iter().find_map(|character| kept.strip_suffix(*character)) {
            kept = rest;
        }
    }
    Value::Text(kept.into())
}

fn characters(mut set: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    while !set.is_empty() {
        let (character, rest) = set.split_at(character_len(set));
        all.push(character);
        set = rest;
    }
    all
}
