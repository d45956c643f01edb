//! The tokenisers of FTS3 and FTS4 that FTS5 does not have: `simple`, and `porter` as it was there.
//!
//! Both take letters and digits of ASCII and all that lies beyond it. The older `porter` takes `_` too, reduces only words
//! of letters of ASCII, and shortens long tokens that are none: what stands in the middle of them is not searched.

use std::sync::Arc;

use super::porter::old_stem;
use super::{TokenSink, Tokenizer, TokenizerError, unicode61};

/// Words of fewer letters, and of more, stay as they are.
const STEMMED: std::ops::RangeInclusive<usize> = 3..=20;

/// The tokeniser that the words of FTS4's `tokenize` option ask for.
pub(super) fn make(words: &[String]) -> Result<Arc<dyn Tokenizer>, TokenizerError> {
    let Some((name, arguments)) = words.split_first() else { return simple(&[]) };
    match name.as_str() {
        "simple" => simple(arguments),
        "porter" => Ok(Arc::new(OldPorter)),
        "unicode61" => {
            let mut pairs = Vec::new();
            for argument in arguments {
                let known = ["remove_diacritics", "tokenchars", "separators"];
                let (name, value) = argument.split_once('=').ok_or(TokenizerError::Arguments)?;
                if !known.contains(&name) {
                    return Err(TokenizerError::Arguments);
                }
                pairs.extend([name.to_owned(), value.to_owned()]);
            }
            unicode61::make(&pairs)
        }
        _ => Err(TokenizerError::Unknown(name.clone())),
    }
}

/// Tokens of ASCII in lower case.
#[derive(Debug)]
struct Simple {
    separates: [bool; 128],
}

fn simple(arguments: &[String]) -> Result<Arc<dyn Tokenizer>, TokenizerError> {
    let mut separates = std::array::from_fn(|byte| byte > 0 && !(byte as u8).is_ascii_alphanumeric());
    // The first argument has no meaning.
    if let Some(given) = arguments.get(1) {
        separates = [false; 128];
        for byte in given.bytes() {
            *separates.get_mut(byte as usize).ok_or(TokenizerError::Arguments)? = true;
        }
    }
    Ok(Arc::new(Simple { separates }))
}

impl Tokenizer for Simple {
    fn tokenize(&self, text: &[u8], token: &mut TokenSink<'_>) {
        let separates = |byte: u8| self.separates.get(byte as usize).copied().unwrap_or(false);
        cut(text, separates, &mut |start, end| {
            token(&text[start..end].to_ascii_lowercase(), start..end);
        });
    }
}

#[derive(Debug)]
struct OldPorter;

impl Tokenizer for OldPorter {
    fn tokenize(&self, text: &[u8], token: &mut TokenSink<'_>) {
        let separates = |byte: u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && byte != b'_';
        let mut word = Vec::with_capacity(64);
        cut(text, separates, &mut |start, end| {
            word.clear();
            word.extend(text[start..end].iter().map(u8::to_ascii_lowercase));
            if STEMMED.contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase) {
                old_stem(&mut word);
            } else {
                shorten(&mut word);
            }
            token(&word, start..end);
        });
    }
}

/// Leaves the beginning and the end of what is long, and less of what has digits.
fn shorten(word: &mut Vec<u8>) {
    let kept = if word.iter().any(u8::is_ascii_digit) { 3 } else { 10 };
    if word.len() > 2 * kept {
        word.drain(kept..word.len() - kept);
    }
}

/// Calls with the beginnings and ends of what stands between separators.
fn cut(text: &[u8], separates: impl Fn(u8) -> bool, call: &mut dyn FnMut(usize, usize)) {
    let mut at = 0;
    while let Some(skipped) = text[at..].iter().position(|byte| !separates(*byte)) {
        let start = at + skipped;
        let length = text[start..].iter().position(|byte| separates(*byte));
        at = length.map_or(text.len(), |length| start + length);
        call(start, at);
    }
}
