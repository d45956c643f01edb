//! Patterns of LIKE and GLOB, compiled once and matched against many texts.
//!
//! In: the bytes of a pattern, for LIKE with an escape character. Out: whether a text matches. Most patterns have one
//! of four simple shapes and are compared as bytes; all others are matched character by character in [`general`].
//! Both pattern and text end at their first NUL, as in SQLite. LIKE takes the letters of ASCII for the same in both
//! cases, and no others, unless it is told to take none.

mod general;

use memchr::memmem::Finder;

use super::utf8::{before_nul, character_count, read_character};
use general::{Matcher, Token};
use helios_core::{Error, Result, ValueRef};

/// The most bytes of a pattern (SQLite's SQLITE_MAX_LIKE_PATTERN_LENGTH).
const MAX_PATTERN_BYTES: usize = 50_000;

/// A pattern of LIKE: `%` stands for any characters, `_` for one.
#[derive(Debug)]
pub struct LikePattern(Shape);

/// A pattern of GLOB: `*` stands for any characters, `?` for one, `[a-z]` for one of a set.
#[derive(Debug)]
pub struct GlobPattern(Shape);

/// What a pattern asks of a text.
#[derive(Debug)]
enum Shape {
    Exact(Literal),
    Prefix(Literal),
    Suffix(Literal),
    Contains(Literal),
    General(Matcher),
}

/// Bytes that a text must have.
#[derive(Debug)]
enum Literal {
    /// Byte by byte.
    Same(Box<Finder<'static>>),
    /// Letters of ASCII in either case; they are small here.
    Folded(Box<Finder<'static>>),
}

impl LikePattern {
    /// Compiles a pattern. Error: `LIKE or GLOB pattern too complex`.
    pub fn compile(pattern: &[u8], escape: Option<char>) -> Result<LikePattern> {
        LikePattern::of(pattern, escape, true)
    }

    /// Compiles a pattern that tells the two cases of letters apart. Error: as [`LikePattern::compile`].
    pub fn compile_by_case(pattern: &[u8], escape: Option<char>) -> Result<LikePattern> {
        LikePattern::of(pattern, escape, false)
    }

    fn of(pattern: &[u8], escape: Option<char>, fold: bool) -> Result<LikePattern> {
        check_bytes(pattern.len())?;
        Ok(LikePattern(Shape::of(general::like_tokens(before_nul(pattern), escape), fold)))
    }

    /// Whether a text matches.
    pub fn matches(&self, text: &[u8]) -> bool {
        self.0.matches(before_nul(text))
    }

    /// Which of many texts match. They stand one behind the other in `bytes` and end at `ends`.
    pub fn matches_all(&self, bytes: &[u8], ends: &[usize]) -> Vec<bool> {
        self.0.matches_all(bytes, ends)
    }

    /// The error of [`LikePattern::compile`], which SQLite finds before it looks at anything else.
    pub(super) fn check_length(pattern: ValueRef<'_>) -> Result<()> {
        pattern.text_bytes().map_or(Ok(()), |pattern| check_bytes(pattern.len()))
    }
}

impl GlobPattern {
    /// Compiles a pattern. Error: `LIKE or GLOB pattern too complex`.
    pub fn compile(pattern: &[u8]) -> Result<GlobPattern> {
        check_bytes(pattern.len())?;
        Ok(GlobPattern(Shape::of(general::glob_tokens(before_nul(pattern)), false)))
    }

    /// Whether a text matches.
    pub fn matches(&self, text: &[u8]) -> bool {
        self.0.matches(before_nul(text))
    }

    /// Which of many texts match. They stand one behind the other in `bytes` and end at `ends`.
    pub fn matches_all(&self, bytes: &[u8], ends: &[usize]) -> Vec<bool> {
        self.0.matches_all(bytes, ends)
    }
}

/// The character that ESCAPE names; `None` for NULL, which makes the whole LIKE NULL. Error: `ESCAPE expression must
/// be a single character`.
pub fn escape_character(value: ValueRef<'_>) -> Result<Option<char>> {
    let Some(text) = value.text_bytes() else {
        return Ok(None);
    };
    let mut text = before_nul(&text);
    if character_count(text) != 1 {
        return Err(Error::sql("ESCAPE expression must be a single character"));
    }
    let code = read_character(&mut text).and_then(char::from_u32);
    Ok(Some(code.unwrap_or(char::REPLACEMENT_CHARACTER)))
}

fn check_bytes(bytes: usize) -> Result<()> {
    if bytes > MAX_PATTERN_BYTES {
        return Err(Error::sql("LIKE or GLOB pattern too complex"));
    }
    Ok(())
}

impl Shape {
    fn of(tokens: Vec<Token>, fold: bool) -> Shape {
        let (middle, from_start) = match tokens.as_slice() {
            [Token::Many, rest @ ..] => (rest, false),
            rest => (rest, true),
        };
        let (middle, to_end) = match middle {
            [rest @ .., Token::Many] => (rest, false),
            // A lone `%` was the first token.
            rest => (rest, from_start || !rest.is_empty()),
        };
        let Some(literal) = general::literal(middle) else {
            return Shape::General(Matcher::new(tokens, fold));
        };
        let letters = literal.iter().any(u8::is_ascii_alphabetic);
        let literal = if fold && letters {
            Literal::Folded(Box::new(Finder::new(&literal.to_ascii_lowercase()).into_owned()))
        } else {
            Literal::Same(Box::new(Finder::new(&literal).into_owned()))
        };
        match (from_start, to_end) {
            (true, true) => Shape::Exact(literal),
            (true, false) => Shape::Prefix(literal),
            (false, true) => Shape::Suffix(literal),
            (false, false) => Shape::Contains(literal),
        }
    }

    fn matches_all(&self, bytes: &[u8], ends: &[usize]) -> Vec<bool> {
        let bytes = &bytes[..ends.last().copied().unwrap_or(0)];
        if let Shape::Contains(literal) = self
            && literal.len() > 0
            && memchr::memchr(0, bytes).is_none()
        {
            let mut matching = vec![false; ends.len()];
            literal.find_in_all(bytes, ends, &mut |text| matching[text] = true);
            return matching;
        }
        let mut start = 0;
        let matches =
            |&end: &usize| self.matches(before_nul(&bytes[std::mem::replace(&mut start, end)..end]));
        ends.iter().map(matches).collect()
    }

    fn matches(&self, text: &[u8]) -> bool {
        match self {
            Shape::Exact(literal) => literal.equals(text),
            Shape::Prefix(literal) => text.get(..literal.len()).is_some_and(|start| literal.equals(start)),
            Shape::Suffix(literal) => {
                text.len() >= literal.len() && literal.equals(&text[text.len() - literal.len()..])
            }
            Shape::Contains(literal) => literal.is_in(text),
            Shape::General(matcher) => matcher.matches(text),
        }
    }
}

impl Literal {
    fn len(&self) -> usize {
        match self {
            Literal::Same(finder) | Literal::Folded(finder) => finder.needle().len(),
        }
    }

    fn equals(&self, bytes: &[u8]) -> bool {
        match self {
            Literal::Same(finder) => finder.needle() == bytes,
            Literal::Folded(finder) => finder.needle().eq_ignore_ascii_case(bytes),
        }
    }

    fn is_in(&self, text: &[u8]) -> bool {
        let literal = match self {
            Literal::Same(finder) => return finder.find(text).is_some(),
            Literal::Folded(finder) => finder.needle(),
        };
        let Some(last) = text.len().checked_sub(literal.len()) else {
            return false;
        };
        let first = literal[0];
        memchr::memchr2_iter(first, first.to_ascii_uppercase(), &text[..=last])
            .any(|at| literal.eq_ignore_ascii_case(&text[at..at + literal.len()]))
    }

    /// Calls `found` for each of many texts that the literal is in. They stand one behind the other in `bytes`, without
    /// a NUL among them, and end at `ends`: all of them are searched at once.
    fn find_in_all(&self, bytes: &[u8], ends: &[usize], found: &mut impl FnMut(usize)) {
        let folded;
        let (finder, bytes) = match self {
            Literal::Same(finder) => (finder, bytes),
            Literal::Folded(finder) => {
                folded = bytes.to_ascii_lowercase();
                (finder, &folded[..])
            }
        };
        let (mut at, mut text) = (0, 0);
        while let Some(next) = finder.find(&bytes[at..]) {
            at += next;
            text += ends[text..].partition_point(|&end| end <= at);
            if at + self.len() <= ends[text] {
                found(text);
                at = ends[text];
            } else {
                // It begins in one text and ends in another.
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(pattern: &str, text: &str) -> Result<bool> {
        Ok(LikePattern::compile(pattern.as_bytes(), None)?.matches(text.as_bytes()))
    }

    #[test]
    fn simple_patterns_have_simple_shapes() -> Result<()> {
        let shape =
            |pattern: &str| -> Result<Shape> { Ok(LikePattern::compile(pattern.as_bytes(), None)?.0) };
        assert!(matches!(shape("abc")?, Shape::Exact(_)));
        assert!(matches!(shape("abc%")?, Shape::Prefix(_)));
        assert!(matches!(shape("%東京")?, Shape::Suffix(_)));
        assert!(matches!(shape("%%abc%%")?, Shape::Contains(Literal::Folded(_))));
        assert!(matches!(shape("%12%")?, Shape::Contains(Literal::Same(_))));
        assert!(matches!(shape("a%b")?, Shape::General(_)));
        assert!(matches!(shape("_")?, Shape::General(_)));
        Ok(())
    }

    #[test]
    fn every_shape_matches() -> Result<()> {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("%", "", true),
            ("%%", "x", true),
            ("aBc", "AbC", true),
            ("ab%", "ABc", true),
            ("%bc", "aBC", true),
            ("%b%", "aBc", true),
            ("%bd%", "abcBD", true),
            ("%bd%", "abc", false),
            ("a_c%e", "axcdee", true),
            ("_", "é", true),
            ("É", "é", false),
            ("%_", "", false),
        ] {
            assert_eq!(like(pattern, text)?, expected, "{pattern} {text}");
        }
        Ok(())
    }

    /// Many texts at once give what each gives alone: empty ones, with NULs, and where the literal would reach over an end.
    #[test]
    fn many_texts_at_once_are_as_each_alone() -> Result<()> {
        let texts =
            ["", "ab", "AB", "xaBx", "a", "b", "", "abab", "ba", "é", "b\0ab", "aab", "12", "1", "2", "x12"];
        let mut plain: Vec<&str> = texts.to_vec();
        plain.retain(|text| !text.contains('\0'));
        for texts in [&texts[..], &plain[..]] {
            let bytes = texts.concat().into_bytes();
            let ends: Vec<usize> = texts
                .iter()
                .scan(0, |end, text| {
                    *end += text.len();
                    Some(*end)
                })
                .collect();
            for pattern in ["%ab%", "%AB%", "%12%", "%", "%%", "ab", "a%", "%b", "_b%", "%é%", "%b%", ""] {
                let like = LikePattern::compile(pattern.as_bytes(), None)?;
                let glob = GlobPattern::compile(pattern.replace('%', "*").replace('_', "?").as_bytes())?;
                let each = |matches: &dyn Fn(&[u8]) -> bool| -> Vec<bool> {
                    texts.iter().map(|text| matches(text.as_bytes())).collect()
                };
                assert_eq!(like.matches_all(&bytes, &ends), each(&|text| like.matches(text)), "{pattern}");
                assert_eq!(glob.matches_all(&bytes, &ends), each(&|text| glob.matches(text)), "{pattern}");
            }
        }
        Ok(())
    }

    #[test]
    fn many_wildcards_stay_quick() -> Result<()> {
        let pattern = "%a".repeat(20_000) + "b";
        assert!(!like(&pattern, &"a".repeat(40_000))?);
        assert!(LikePattern::compile(&vec![b'%'; 50_001], None).is_err());
        Ok(())
    }
}
