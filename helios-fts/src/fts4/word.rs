//! Words and quoted texts of definitions, as FTS3 reads them.

use crate::config::dequote;

/// The first word or quoted text, without quotes, and what follows it. What belongs to neither is passed over.
pub(super) fn next_word(text: &str) -> Option<(String, &str)> {
    let is_word = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '_';
    let is_quote = |c: char| matches!(c, '\'' | '"' | '`' | '[');
    let text = text.trim_start_matches(|c| !is_word(c) && !is_quote(c));
    let first = text.chars().next()?;
    if !is_quote(first) {
        let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    }
    let close = if first == '[' { ']' } else { first };
    let mut at = 1;
    let end = loop {
        match text[at..].find(close) {
            None => break text.len(),
            Some(found) if first != '[' && text[at + found + 1..].starts_with(close) => at += found + 2,
            Some(found) => break at + found + 1,
        }
    };
    Some((dequote(&text[..end]), &text[end..]))
}

/// All words of a text.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some((word, behind)) = next_word(rest) {
        words.push(word);
        rest = behind;
    }
    words
}
