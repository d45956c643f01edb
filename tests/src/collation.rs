//! A collation of the program, which SQLite and helios are both given.

use std::cmp::Ordering;

/// Its name.
pub const LENGTHWISE: &str = "lengthwise";

/// Short texts come before long ones; the last letters decide first, and upper case does not count.
pub fn lengthwise(a: &[u8], b: &[u8]) -> Ordering {
    let letters = |text: &[u8]| text.iter().rev().map(u8::to_ascii_lowercase).collect::<Vec<_>>();
    a.len().cmp(&b.len()).then_with(|| letters(a).cmp(&letters(b)))
}
