//! Words, quoted texts and the space between them.

/// Whether a byte belongs to a word that needs no quotes.
pub(crate) fn is_bareword(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | 0x1a | 0x80..)
}

/// What comes after blanks.
pub(crate) fn skip_space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

/// Where a word at the beginning ends.
pub(super) fn skip_bareword(text: &str) -> Option<usize> {
    let end = text.bytes().position(|byte| !is_bareword(byte)).unwrap_or(text.len());
    (end > 0).then_some(end)
}

/// Where a quoted text at the beginning ends, whose quotes may be doubled inside.
pub(crate) fn skip_quoted(text: &str) -> Option<usize> {
    let open = text.bytes().next()?;
    let close = if open == b'[' { b']' } else { open };
    let mut at = 1;
    let bytes = text.as_bytes();
    loop {
        match bytes.get(at) {
            None => return None,
            Some(byte) if *byte == close && bytes.get(at + 1) == Some(&close) && open != b'[' => at += 2,
            Some(byte) if *byte == close => return Some(at + 1),
            Some(_) => at += 1,
        }
    }
}

/// A text without the quotes around it.
pub fn dequote(text: &str) -> String {
    let Some(open) = text.chars().next().filter(|first| ['[', '\'', '"', '`'].contains(first)) else {
        return text.to_owned();
    };
    let close = if open == '[' { ']' } else { open };
    let inner = &text[1..];
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    if open == '[' { inner.to_owned() } else { inner.replace(&format!("{close}{close}"), &close.to_string()) }
}
