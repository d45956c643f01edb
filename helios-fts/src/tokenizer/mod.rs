//! From text to tokens.
//!
//! In: the words of a `tokenize` option, then texts. Out: tokens in lower case or reduced to their stems, each with the
//! bytes of the text that it stands for. Their places among the tokens are the positions of the index.

mod ascii;
pub(crate) mod language;
mod porter;
mod simple;
mod trigram;
mod unicode61;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What takes tokens: the token, and where in the text it stands.
pub type TokenSink<'a> = dyn FnMut(&[u8], Range<usize>) + 'a;

/// Cuts texts into tokens.
pub trait Tokenizer: fmt::Debug + Send + Sync {
    /// Hands on the tokens of a text, in their order.
    fn tokenize(&self, text: &[u8], token: &mut TokenSink<'_>);

    /// Whether LIKE with case ignored, or GLOB, may be answered with its tokens: it has those of all substrings.
    fn pattern(&self) -> Option<Pattern> {
        None
    }
}

/// What a tokeniser of substrings can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// LIKE.
    Like,
    /// GLOB.
    Glob,
}

/// Longer tokens are cut off.
pub const MAX_TOKEN_BYTES: usize = 32768;

/// Why a tokeniser could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenizerError {
    /// There is none of this name.
    Unknown(String),
    /// Its arguments are wrong.
    Arguments,
}

/// The tokeniser that the words of a `tokenize` option ask for.
pub fn tokenizer(words: &[String]) -> Result<Arc<dyn Tokenizer>, TokenizerError> {
    let Some((name, arguments)) = words.split_first() else { return unicode61::make(&[]) };
    match name.to_ascii_lowercase().as_str() {
        "unicode61" => unicode61::make(arguments),
        "ascii" => ascii::make(arguments),
        "porter" => porter::make(arguments),
        "trigram" => trigram::make(arguments),
        _ => Err(TokenizerError::Unknown(name.clone())),
    }
}

/// The tokeniser that the words of a `tokenize` option of FTS3 and FTS4 ask for.
pub fn old_tokenizer(words: &[String]) -> Result<Arc<dyn Tokenizer>, TokenizerError> {
    simple::make(words)
}

/// The pairs of a list of arguments.
fn pairs(arguments: &[String]) -> Result<Vec<(String, &str)>, TokenizerError> {
    let pairs = arguments.chunks(2).map(|pair| match pair {
        [name, value] => Ok((name.to_ascii_lowercase(), value.as_str())),
        _ => Err(TokenizerError::Arguments),
    });
    pairs.collect()
}
