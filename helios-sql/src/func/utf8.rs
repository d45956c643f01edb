//! Characters in bytes that need not be UTF-8, read as SQLite reads them.
//!
//! In: any bytes. Out: characters. A byte from 0xC0 on takes all continuation bytes after it, any other byte stands
//! for itself; so every byte string has characters, and UTF-8 has the right ones.

/// What an impossible character is read as.
const REPLACEMENT: u32 = 0xFFFD;

/// The bytes before the first NUL: where SQLite's functions on text stop.
pub(super) fn before_nul(bytes: &[u8]) -> &[u8] {
    memchr::memchr(0, bytes).map_or(bytes, |end| &bytes[..end])
}

/// Whether the byte continues a character.
pub(super) fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// How many bytes the first character has; 0 at the end.
pub(super) fn character_len(bytes: &[u8]) -> usize {
    match bytes.first() {
        None => 0,
        Some(&first) if first < 0xC0 => 1,
        Some(_) => 1 + bytes[1..].iter().take_while(|&&byte| is_continuation(byte)).count(),
    }
}

/// How many characters there are.
pub(super) fn character_count(mut bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len();
    }
    let mut count = 0;
    while !bytes.is_empty() {
        bytes = &bytes[character_len(bytes)..];
        count += 1;
    }
    count
}

/// The bytes after the first `count` characters.
pub(super) fn skip_characters(mut bytes: &[u8], count: usize) -> &[u8] {
    for _ in 0..count {
        if bytes.is_empty() {
            break;
        }
        bytes = &bytes[character_len(bytes)..];
    }
    bytes
}

/// Takes the first character off `bytes`; `None` at the end.
pub(super) fn read_character(bytes: &mut &[u8]) -> Option<u32> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0xC0 {
        *bytes = rest;
        return Some(u32::from(first));
    }
    let lead = match first {
        0xC0..=0xDF => first & 0x1F,
        0xE0..=0xEF => first & 0x0F,
        0xF0..=0xF7 => first & 0x07,
        0xF8..=0xFB => first & 0x03,
        0xFC..=0xFD => first & 0x01,
        _ => 0,
    };
    let len = character_len(bytes);
    let mut character = u32::from(lead);
    for byte in &bytes[1..len] {
        character = (character << 6).wrapping_add(u32::from(byte & 0x3F));
    }
    *bytes = &bytes[len..];
    let impossible =
        character < 0x80 || character & 0xFFFF_F800 == 0xD800 || character & 0xFFFF_FFFE == 0xFFFE;
    Some(if impossible { REPLACEMENT } else { character })
}

/// Appends a character, even a surrogate, which Rust's own encoder refuses.
pub(super) fn write_character(character: u32, out: &mut Vec<u8>) {
    let tail = |shift: u32| 0x80 | (character >> shift & 0x3F) as u8;
    match character {
        0..0x80 => out.push(character as u8),
        0x80..0x800 => out.extend_from_slice(&[0xC0 | (character >> 6) as u8, tail(0)]),
        0x800..0x1_0000 => out.extend_from_slice(&[0xE0 | (character >> 12) as u8, tail(6), tail(0)]),
        _ => out.extend_from_slice(&[0xF0 | (character >> 18 & 7) as u8, tail(12), tail(6), tail(0)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_reads_as_its_characters() {
        let text = "aé東🙂";
        let mut rest = text.as_bytes();
        let mut written = Vec::new();
        for expected in text.chars() {
            let character = read_character(&mut rest);
            assert_eq!(character, Some(u32::from(expected)));
            write_character(u32::from(expected), &mut written);
        }
        assert_eq!(read_character(&mut rest), None);
        assert_eq!(written, text.as_bytes());
        assert_eq!(character_count(text.as_bytes()), 4);
        assert_eq!(skip_characters(text.as_bytes(), 3), "🙂".as_bytes());
    }

    #[test]
    fn broken_bytes_are_characters_too() {
        let mut rest: &[u8] = b"\x80\xC3a\xFF\x80\x80";
        let read: Vec<u32> = std::iter::from_fn(|| read_character(&mut rest)).collect();
        assert_eq!(read, [0x80, REPLACEMENT, u32::from(b'a'), REPLACEMENT]);
        assert_eq!(character_count(b"\x80\xC3a\xFF\x80\x80"), 4);
    }
}
