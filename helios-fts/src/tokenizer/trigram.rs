//! Every three characters in a row are a token, so that substrings are found.

use std::sync::Arc;

use super::{Pattern, TokenSink, Tokenizer, TokenizerError, pairs};
use crate::unicode::{Diacritics, fold, read_code, write_code};

#[derive(Debug)]
struct Trigram {
    by_case: bool,
    diacritics: Diacritics,
}

pub(super) fn make(arguments: &[String]) -> Result<Arc<dyn Tokenizer>, TokenizerError> {
    let mut made = Trigram { by_case: false, diacritics: Diacritics::Keep };
    for (name, value) in pairs(arguments)? {
        match (name.as_str(), value) {
            ("case_sensitive", "0") => made.by_case = false,
            ("case_sensitive", "1") => made.by_case = true,
            ("remove_diacritics", "0") => made.diacritics = Diacritics::Keep,
            ("remove_diacritics", "1" | "2") => made.diacritics = Diacritics::RemoveAll,
            _ => return Err(TokenizerError::Arguments),
        }
    }
    if made.by_case && made.diacritics != Diacritics::Keep {
        return Err(TokenizerError::Arguments);
    }
    Ok(Arc::new(made))
}

impl Tokenizer for Trigram {
    fn tokenize(&self, text: &[u8], token: &mut TokenSink<'_>) {
        // The last three characters: where each begins in the text, and its bytes in lower case.
        let mut last: [(usize, Vec<u8>); 3] = Default::default();
        let (mut seen, mut at) = (0, 0);
        while at < text.len() {
            let start = at;
            let mut code = read_code(text, &mut at);
            if !self.by_case {
                code = fold(code, self.diacritics);
            }
            if code == 0 {
                continue;
            }
            if seen >= 3 {
                hand_on(&last, start, token);
            }
            last.rotate_left(1);
            last[2].0 = start;
            last[2].1.clear();
            write_code(code, &mut last[2].1);
            seen += 1;
        }
        if seen >= 3 {
            hand_on(&last, text.len(), token);
        }
    }

    fn pattern(&self) -> Option<Pattern> {
        let pattern = if self.by_case { Pattern::Glob } else { Pattern::Like };
        (self.diacritics == Diacritics::Keep).then_some(pattern)
    }
}

fn hand_on(last: &[(usize, Vec<u8>); 3], end: usize, token: &mut TokenSink<'_>) {
    let characters: Vec<u8> = last.iter().flat_map(|(_, bytes)| bytes).copied().collect();
    token(&characters, last[0].0..end);
}
