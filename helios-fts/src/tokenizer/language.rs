//! Tokens that know the language of their document: those of each language are terms of their own.

use std::sync::Arc;

use super::{TokenSink, Tokenizer};

/// Puts the number of a language before each token.
#[derive(Debug)]
pub(crate) struct OfLanguage {
    inner: Arc<dyn Tokenizer>,
    mark: Vec<u8>,
}

impl OfLanguage {
    /// The tokens of `inner` in a language.
    pub(crate) fn new(inner: Arc<dyn Tokenizer>, language: i64) -> OfLanguage {
        OfLanguage { inner, mark: language_mark(language) }
    }
}

impl Tokenizer for OfLanguage {
    fn tokenize(&self, text: &[u8], token: &mut TokenSink<'_>) {
        let mut marked = self.mark.clone();
        self.inner.tokenize(text, &mut |found, place| {
            marked.truncate(self.mark.len());
            marked.extend_from_slice(found);
            token(&marked, place);
        });
    }
}

/// What stands before the tokens of a language: nothing for the first, else its number between two zeros.
pub fn language_mark(language: i64) -> Vec<u8> {
    if language == 0 { Vec::new() } else { format!("\0{language}\0").into_bytes() }
}

/// The language of a term, and the token.
pub fn language_of(term: &[u8]) -> (i64, &[u8]) {
    let marked = term.strip_prefix(b"\0").and_then(|rest| {
        let end = rest.iter().position(|byte| *byte == 0)?;
        let language = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
        Some((language, &rest[end + 1..]))
    });
    marked.unwrap_or((0, term))
}
