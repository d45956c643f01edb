//! What FTS5 knows of characters: categories as of Unicode 6.1, lower case, and letters without their diacritics.
//!
//! In: a code point. Out: its category by number, or what it folds to. `unicode.bin` has the tables as runs of LEB128
//! numbers, in the order of [`Tables`]; the tests compare every code point with SQLite's own tokeniser.

use std::sync::LazyLock;

/// The categories by their numbers, from 1 on; 0 is a code point without a category, 30 stands for any cased letter.
const NAMES: [&str; 31] = [
    "Cc", "Cf", "Cn", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd", "Nl", "No", "Pc", "Pd",
    "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs", "LC", "Co",
];

/// So many categories there are, with the 0 of those without one.
pub(crate) const CATEGORIES: usize = NAMES.len() + 1;

/// How much is taken away from letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Diacritics {
    /// Nothing.
    Keep,
    /// Single diacritics that are part of a code point.
    RemoveSimple,
    /// All diacritics that are part of a code point.
    RemoveAll,
}

/// The tables, sorted by code points.
struct Tables {
    /// Where each run of a category begins.
    categories: Vec<(u32, u8)>,
    /// Code points with another lower case.
    folds: Vec<(u32, u32)>,
    /// Lower-case letters with diacritics: without the simple ones, and without any.
    bare: Vec<(u32, u32, u32)>,
    /// Combining marks that belong to a token.
    marks: Vec<u32>,
    /// The categories of the basic plane.
    plane: Vec<u8>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::read);

/// The numbers of the file, in turn.
struct Numbers(&'static [u8]);

impl Numbers {
    fn next(&mut self) -> u32 {
        let (mut value, mut shift) = (0, 0);
        while let Some((byte, rest)) = self.0.split_first() {
            self.0 = rest;
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        value
    }

    fn signed(&mut self) -> i32 {
        let value = self.next();
        (value >> 1) as i32 ^ -((value & 1) as i32)
    }
}

impl Tables {
    fn read() -> Tables {
        let mut numbers = Numbers(include_bytes!("unicode.bin"));
        let mut at = 0;
        let mut place = |numbers: &mut Numbers, first: bool| {
            at = if first { 0 } else { at } + numbers.next();
            at
        };
        let runs = numbers.next();
        let categories =
            (0..runs).map(|run| (place(&mut numbers, run == 0), numbers.next() as u8)).collect::<Vec<_>>();
        let mut folds = Vec::new();
        for run in 0..numbers.next() {
            let start = place(&mut numbers, run == 0);
            let (count, stride, shift) = (numbers.next(), numbers.next(), numbers.signed());
            folds.extend((0..count).map(|number| {
                let code = start + number * stride;
                (code, code.wrapping_add_signed(shift))
            }));
        }
        let bare = (0..numbers.next())
            .map(|number| (place(&mut numbers, number == 0), numbers.next(), numbers.next()))
            .collect();
        let marks = (0..numbers.next()).map(|number| place(&mut numbers, number == 0)).collect();
        let mut plane = vec![0; 0x1_0000];
        for (number, (start, category)) in categories.iter().enumerate() {
            let end = categories.get(number + 1).map_or(u32::MAX, |(start, _)| *start).min(0x1_0000);
            plane[*start as usize..(end as usize).max(*start as usize)].fill(*category);
            if end == 0x1_0000 {
                break;
            }
        }
        Tables { categories, folds, bare, marks, plane }
    }
}

/// The number of a code point's category.
pub(crate) fn category(code: u32) -> u8 {
    let tables = &*TABLES;
    if let Some(category) = tables.plane.get(code as usize) {
        return *category;
    }
    let after = tables.categories.partition_point(|(start, _)| *start <= code);
    after.checked_sub(1).map_or(0, |place| tables.categories[place].1)
}

/// Marks the categories of a name, such as `Lu`, or `L*` for all that begin with this letter. Code points without a
/// category belong to all. `false` for a name that is none.
pub(crate) fn mark_categories(name: &[u8], marked: &mut [bool; CATEGORIES]) -> bool {
    marked[0] = true;
    let &[major, minor] = name else { return false };
    let mut found = false;
    for (number, known) in (1..).zip(NAMES) {
        let known = known.as_bytes();
        if known[0] == major && (minor == b'*' || known[1] == minor) {
            marked[number] = true;
            found = true;
        }
    }
    found
}

/// Whether this is a combining mark that does not end a token.
pub(crate) fn is_mark(code: u32) -> bool {
    (0x300..0x332).contains(&code) && TABLES.marks.binary_search(&code).is_ok()
}

/// The lower case of a code point, without diacritics as far as asked for. 0 if nothing of it is left.
pub(crate) fn fold(code: u32, diacritics: Diacritics) -> u32 {
    if code < 128 {
        return if (65..=90).contains(&code) { code + 32 } else { code };
    }
    let tables = &*TABLES;
    let folded = tables.folds.binary_search_by_key(&code, |(from, _)| *from);
    let code = folded.map_or(code, |place| tables.folds[place].1);
    if diacritics == Diacritics::Keep || code < 128 {
        return code;
    }
    let found = tables.bare.binary_search_by_key(&code, |(from, ..)| *from);
    found.map_or(code, |place| match tables.bare[place] {
        (_, simple, _) if diacritics == Diacritics::RemoveSimple => simple,
        (_, _, all) => all,
    })
}

/// Reads a code point as SQLite does: what is not UTF-8 gives something all the same.
pub(crate) fn read_code(text: &[u8], at: &mut usize) -> u32 {
    let first = u32::from(text[*at]);
    *at += 1;
    if first < 0xc0 {
        return first;
    }
    let mut code = match first {
        0xc0..=0xdf => first & 0x1f,
        0xe0..=0xef => first & 0x0f,
        0xf0..=0xf7 => first & 0x07,
        0xf8..=0xfb => first & 0x03,
        0xfc | 0xfd => first & 0x01,
        _ => 0,
    };
    while let Some(next) = text.get(*at).filter(|next| **next & 0xc0 == 0x80) {
        code = (code << 6).wrapping_add(u32::from(next & 0x3f));
        *at += 1;
    }
    match code {
        0..0x80 | 0xd800..=0xdfff => 0xfffd,
        _ if code & 0xffff_fffe == 0xfffe => 0xfffd,
        _ => code,
    }
}

/// Appends a code point in UTF-8.
pub(crate) fn write_code(code: u32, out: &mut Vec<u8>) {
    if code < 0x80 {
        out.push(code as u8);
    } else if code < 0x800 {
        out.extend([0xc0 | (code >> 6) as u8, 0x80 | (code & 0x3f) as u8]);
    } else if code < 0x1_0000 {
        out.extend([0xe0 | (code >> 12) as u8, 0x80 | (code >> 6 & 0x3f) as u8, 0x80 | (code & 0x3f) as u8]);
    } else {
        out.extend([
            0xf0 | (code >> 18 & 7) as u8,
            0x80 | (code >> 12 & 0x3f) as u8,
            0x80 | (code >> 6 & 0x3f) as u8,
            0x80 | (code & 0x3f) as u8,
        ]);
    }
}
