//! Tokens of letters and digits of ASCII, and of everything beyond it.

use std::sync::Arc;

use super::{TokenSink, Tokenizer, TokenizerError, pairs};

#[derive(Debug)]
struct Ascii {
    belongs: [bool; 128],
}

pub(super) fn make(arguments: &[String]) -> Result<Arc<dyn Tokenizer>, TokenizerError> {
    let mut belongs = std::array::from_fn(|byte| (byte as u8).is_ascii_alphanumeric());
    for (name, value) in pairs(arguments)? {
        let token = match name.as_str() {
            "tokenchars" => true,
            "separators" => false,
            _ => return Err(TokenizerError::Arguments),
        };
        for byte in value.bytes().filter(u8::is_ascii) {
            belongs[byte as usize] = token;
        }
    }
    Ok(Arc::new(Ascii { belongs }))
}

impl Tokenizer for Ascii {
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
