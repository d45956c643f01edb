//! The tokeniser that FTS3 and FTS4 tables have if nothing is said: letters and digits of ASCII, and everything beyond it.

use std::sync::Arc;

use super::{TokenSink, Tokenizer};

#[derive(Debug)]
struct Simple {
    belongs: [bool; 128],
}

/// An argument lists the characters between tokens.
pub(super) fn make(arguments: &[String]) -> Arc<dyn Tokenizer> {
    let belongs = std::array::from_fn(|byte| match arguments.first() {
        Some(separators) => byte > 0 && !separators.as_bytes().contains(&(byte as u8)),
        None => (byte as u8).is_ascii_alphanumeric(),
    });
    Arc::new(Simple { belongs })
}

impl Tokenizer for Simple {
    fn tokenize(&self, text: &[u8], token: &mut TokenSink<'_>) {
        let belongs = |byte: &u8| self.belongs.get(*byte as usize).copied().unwrap_or(true);
        let mut at = 0;
        while let Some(skipped) = text[at..].iter().position(belongs) {
            let start = at + skipped;
            let length = text[start..].iter().position(|byte| !belongs(byte));
            let end = length.map_or(text.len(), |length| start + length);
            token(&text[start..end].to_ascii_lowercase(), start..end);
            at = end;
        }
    }
}
