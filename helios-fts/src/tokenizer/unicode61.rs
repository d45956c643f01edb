//! Tokens of letters and digits of all scripts.

use std::sync::Arc;

use super::{TokenSink, Tokenizer, TokenizerError, pairs};
use crate::unicode::{
    CATEGORIES, Diacritics, category, fold, is_mark, mark_categories, read_code, write_code,
};

#[derive(Debug)]
struct Unicode61 {
    diacritics: Diacritics,
    categories: [bool; CATEGORIES],
    /// Which characters of ASCII belong to tokens.
    ascii: [bool; 128],
    /// Other characters that do not do as their categories do, sorted.
    exceptions: Vec<u32>,
}

pub(super) fn make(arguments: &[String]) -> Result<Arc<dyn Tokenizer>, TokenizerError> {
    let pairs = pairs(arguments)?;
    let mut made = Unicode61 {
        diacritics: Diacritics::RemoveSimple,
        categories: [false; CATEGORIES],
        ascii: [false; 128],
        exceptions: Vec::new(),
    };
    let mut categories = "L* N* Co";
    for (name, value) in &pairs {
        if name == "categories" {
            categories = value;
        }
    }
    for name in categories.split([' ', '\t']).filter(|name| !name.is_empty()) {
        if !mark_categories(name.as_bytes(), &mut made.categories) {
            return Err(TokenizerError::Arguments);
        }
    }
    for code in 1..128_u32 {
        made.ascii[code as usize] = made.categories[category(code) as usize];
    }
    for (name, value) in pairs {
        match (name.as_str(), value) {
            ("remove_diacritics", "0") => made.diacritics = Diacritics::Keep,
            ("remove_diacritics", "1") => made.diacritics = Diacritics::RemoveSimple,
            ("remove_diacritics", "2") => made.diacritics = Diacritics::RemoveAll,
            ("tokenchars", _) => made.except(value, true),
            ("separators", _) => made.except(value, false),
            ("categories", _) => {}
            _ => return Err(TokenizerError::Arguments),
        }
    }
    Ok(Arc::new(made))
}

impl Unicode61 {
    fn except(&mut self, characters: &str, belongs: bool) {
        let (text, mut at) = (characters.as_bytes(), 0);
        while at < text.len() {
            let code = read_code(text, &mut at);
            if let Some(known) = self.ascii.get_mut(code as usize) {
                *known = belongs;
            } else if self.categories[category(code) as usize] != belongs
                && !is_mark(code)
                && let Err(place) = self.exceptions.binary_search(&code)
            {
                self.exceptions.insert(place, code);
            }
        }
    }

    fn belongs(&self, code: u32) -> bool {
        self.categories[category(code) as usize]
            ^ (!self.exceptions.is_empty() && self.exceptions.binary_search(&code).is_ok())
    }
}

impl Tokenizer for Unicode61 {
    fn tokenize(&self, text: &[u8], token: &mut TokenSink<'_>) {
        let mut folded = Vec::with_capacity(64);
        let mut at = 0;
        loop {
            let start = loop {
                let Some(&byte) = text.get(at) else { return };
                let before = at;
                if byte < 0x80 {
                    at += 1;
                    if self.ascii[byte as usize] {
                        folded.push(byte.to_ascii_lowercase());
                        break before;
                    }
                } else {
                    let code = read_code(text, &mut at);
                    if self.belongs(code) {
                        self.add(code, &mut folded);
                        break before;
                    }
                }
            };
            let mut end = at;
            while let Some(&byte) = text.get(at) {
                if byte < 0x80 {
                    at += 1;
                    if !self.ascii[byte as usize] {
                        break;
                    }
                    folded.push(byte.to_ascii_lowercase());
                } else {
                    let code = read_code(text, &mut at);
                    if !self.belongs(code) && !is_mark(code) {
                        break;
                    }
                    self.add(code, &mut folded);
                }
                end = at;
            }
            token(&folded, start..end);
            folded.clear();
        }
    }
}

impl Unicode61 {
    fn add(&self, code: u32, folded: &mut Vec<u8>) {
        let code = fold(code, self.diacritics);
        if code != 0 {
            write_code(code, folded);
        }
    }
}
