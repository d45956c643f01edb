//! Which words are keywords.
//!
//! A hash table that the compiler fills: each word of a source costs one look into it and, if it may be a keyword, one
//! comparison.

use super::token::{KEYWORDS, Kind};

const SLOT_COUNT: usize = 512;

/// One more than an index of [`KEYWORDS`], at the slot of its hash or the next free one; else 0.
const SLOTS: [u8; SLOT_COUNT] = fill();

const fn fill() -> [u8; SLOT_COUNT] {
    let mut slots = [0; SLOT_COUNT];
    let mut index = 0;
    while index < KEYWORDS.len() {
        let mut slot = slot_of(KEYWORDS[index].0.as_bytes());
        while slots[slot] != 0 {
            slot = (slot + 1) % SLOT_COUNT;
        }
        index += 1;
        slots[slot] = index as u8;
    }
    slots
}

/// Where to look for a word of two bytes or more.
const fn slot_of(word: &[u8]) -> usize {
    let length = word.len();
    ((word[0] | 0x20) as usize * 7
        + (word[1] | 0x20) as usize * 31
        + (word[length - 1] | 0x20) as usize * 61
        + length * 5)
        % SLOT_COUNT
}

/// Whether a word is a keyword, be it one that may stand for a name.
pub fn is_keyword(word: &str) -> bool {
    kind_of_word(word.as_bytes()) != Kind::Identifier
}

/// All keywords, in capitals.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().map(|(word, _)| *word)
}

/// The keyword that `word` is, in whatever case; else an identifier.
pub(super) fn kind_of_word(word: &[u8]) -> Kind {
    if word.len() < 2 || word.len() > "CURRENT_TIMESTAMP".len() {
        return Kind::Identifier;
    }
    let mut slot = slot_of(word);
    while SLOTS[slot] != 0 {
        let (text, kind) = KEYWORDS[usize::from(SLOTS[slot]) - 1];
        if text.as_bytes().eq_ignore_ascii_case(word) {
            return kind;
        }
        slot = (slot + 1) % SLOT_COUNT;
    }
    Kind::Identifier
}
