//! English words reduced to their stems, as M. F. Porter describes in "An algorithm for suffix stripping" (1980).

use std::sync::Arc;

use super::{TokenSink, Tokenizer, TokenizerError, tokenizer, unicode61};

/// Longer tokens stay as they are.
const MAX_BYTES: usize = 64;

#[derive(Debug)]
struct Porter(Arc<dyn Tokenizer>);

pub(super) fn make(arguments: &[String]) -> Result<Arc<dyn Tokenizer>, TokenizerError> {
    let inner = if arguments.is_empty() { unicode61::make(&[])? } else { tokenizer(arguments)? };
    Ok(Arc::new(Porter(inner)))
}

impl Tokenizer for Porter {
    fn tokenize(&self, text: &[u8], token: &mut TokenSink<'_>) {
        let mut word = Vec::with_capacity(MAX_BYTES + 1);
        self.0.tokenize(text, &mut |found, place| {
            if !(3..=MAX_BYTES).contains(&found.len()) {
                return token(found, place);
            }
            word.clear();
            word.extend_from_slice(found);
            stem(&mut word);
            token(&word, place);
        });
    }
}

fn is_vowel(byte: u8, after_consonant: bool) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u') || after_consonant && byte == b'y'
}

/// How many times a vowel or more is followed by a consonant or more: the measure of a stem, as far as `most`.
fn measure(stem: &[u8], most: usize) -> usize {
    let (mut count, mut at_consonant, mut seen_vowel) = (0, false, false);
    for &byte in stem {
        at_consonant = !is_vowel(byte, at_consonant);
        if !at_consonant {
            seen_vowel = true;
        } else if seen_vowel {
            count += 1;
            seen_vowel = false;
            if count == most {
                break;
            }
        }
    }
    count
}

fn has_vowel(stem: &[u8]) -> bool {
    stem.iter().enumerate().any(|(place, byte)| is_vowel(*byte, place > 0))
}

/// Whether a stem ends with a consonant, a vowel and a consonant that is none of w, x and y.
fn ends_short(stem: &[u8]) -> bool {
    if matches!(stem.last(), None | Some(b'w' | b'x' | b'y')) {
        return false;
    }
    let (mut kinds, mut at_consonant) = (0_u8, false);
    for &byte in stem {
        at_consonant = !is_vowel(byte, at_consonant);
        kinds = (kinds << 1 | u8::from(at_consonant)) & 7;
    }
    kinds == 5
}

/// A suffix, what takes its place, and the least measure of what stands before it.
type Rule = (&'static str, &'static str, usize);

const SECOND: [Rule; 21] = [
    ("ational", "ate", 1),
    ("tional", "tion", 1),
    ("enci", "ence", 1),
    ("anci", "ance", 1),
    ("izer", "ize", 1),
    ("logi", "log", 1),
    ("bli", "ble", 1),
    ("alli", "al", 1),
    ("entli", "ent", 1),
    ("eli", "e", 1),
    ("ousli", "ous", 1),
    ("ization", "ize", 1),
    ("ation", "ate", 1),
    ("ator", "ate", 1),
    ("alism", "al", 1),
    ("iveness", "ive", 1),
    ("fulness", "ful", 1),
    ("ousness", "ous", 1),
    ("aliti", "al", 1),
    ("iviti", "ive", 1),
    ("biliti", "ble", 1),
];

const THIRD: [Rule; 7] = [
    ("ical", "ic", 1),
    ("ness", "", 1),
    ("icate", "ic", 1),
    ("iciti", "ic", 1),
    ("ful", "", 1),
    ("ative", "", 1),
    ("alize", "al", 1),
];

const FOURTH: [Rule; 19] = [
    ("al", "", 2),
    ("ance", "", 2),
    ("ence", "", 2),
    ("er", "", 2),
    ("ic", "", 2),
    ("able", "", 2),
    ("ible", "", 2),
    ("ant", "", 2),
    ("ement", "", 2),
    ("ment", "", 2),
    ("ent", "", 2),
    ("ion", "", 2),
    ("ou", "", 2),
    ("ism", "", 2),
    ("ate", "", 2),
    ("iti", "", 2),
    ("ous", "", 2),
    ("ive", "", 2),
    ("ize", "", 2),
];

/// Applies the first rule whose suffix is there, if its condition holds.
fn apply(word: &mut Vec<u8>, rules: &[Rule]) {
    let has_suffix = |(suffix, ..): &&Rule| word.len() > suffix.len() && word.ends_with(suffix.as_bytes());
    let Some((suffix, replacement, least)) = rules.iter().find(has_suffix) else { return };
    let stem = &word[..word.len() - suffix.len()];
    let is_met = *suffix != "ion" || matches!(stem.last(), Some(b's' | b't'));
    if is_met && measure(stem, *least) >= *least {
        word.truncate(word.len() - suffix.len());
        word.extend_from_slice(replacement.as_bytes());
    }
}

/// The same as FTS3 does it: a word may be no more than its ending.
pub(super) fn old_stem(word: &mut Vec<u8>) {
    match &word[..] {
        b"ies" => word.truncate(1),
        b"eed" => {}
        b"sses" => word.truncate(2),
        _ => stem(word),
    }
}

/// Reduces a word of at least three bytes.
fn stem(word: &mut Vec<u8>) {
    drop_plural(word);
    if drop_past(word) {
        restore_end(word);
    }
    let before = word.len().saturating_sub(1);
    if word.last() == Some(&b'y') && has_vowel(&word[..before]) {
        word[before] = b'i';
    }
    apply(word, &SECOND);
    apply(word, &THIRD);
    apply(word, &FOURTH);
    if let Some((b'e', stem)) = word.split_last() {
        let measure = measure(stem, 2);
        if measure > 1 || measure == 1 && !ends_short(stem) {
            word.pop();
        }
    }
    if word.len() > 1 && word.ends_with(b"ll") && measure(&word[..word.len() - 1], 2) > 1 {
        word.pop();
    }
}

fn drop_plural(word: &mut Vec<u8>) {
    let length = word.len();
    let cut = match word[..] {
        [.., b's', b's', b'e', b's'] if length > 4 => 2,
        [.., b'i', b'e', b's'] if length > 3 => 2,
        [.., b's', b's'] => 0,
        [.., b's'] => 1,
        _ => 0,
    };
    word.truncate(length - cut);
}

/// Takes `ed` and `ing` away.
fn drop_past(word: &mut Vec<u8>) -> bool {
    let length = word.len();
    if length > 3 && word.ends_with(b"eed") {
        if measure(&word[..length - 3], 1) > 0 {
            word.pop();
        }
        return false;
    }
    let cut = match &word[..] {
        [.., b'e', b'd'] if length > 2 => 2,
        [.., b'i', b'n', b'g'] if length > 3 => 3,
        _ => return false,
    };
    let drops = has_vowel(&word[..length - cut]);
    if drops {
        word.truncate(length - cut);
    }
    drops
}

/// After `ed` or `ing`: gives an `e` back, or takes a doubled consonant away.
fn restore_end(word: &mut Vec<u8>) {
    let length = word.len();
    if length > 2 && [b"at", b"bl", b"iz"].iter().any(|end| word.ends_with(*end)) {
        word.push(b'e');
        return;
    }
    let Some(&last) = word.last() else { return };
    let is_doubled = length > 1 && word[length - 2] == last;
    if is_doubled && !is_vowel(last, false) && !matches!(last, b'l' | b's' | b'z') {
        word.pop();
    } else if measure(word, 2) == 1 && ends_short(word) {
        word.push(b'e');
    }
}
