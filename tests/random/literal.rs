//! Values as SQL writes them.
//!
//! Floats of columns are exact in binary and short in decimal, so that sums do not depend on the order of rows; only columns
//! without a type get others.

use helios_testkit::seed::Numbers;

use crate::schema::Kind;

const TEXTS: &[&str] = &[
    "", "a", "A", "b", "B", "ab", "Ab", "AB", "abc", "b ", " b", "1", "2", "10", "-1", "1.5", "0", "1e2",
    "x'y", "ä", "Ä", "日本", "a%", "a_c", "zz", "Z", "null", "1.0", "0x1",
];

const REALS: &[&str] =
    &["0.0", "1.0", "-1.0", "0.5", "1.5", "2.5", "-2.25", "3.0", "10.0", "100.75", "-0.125", "7.0"];

const BLOBS: &[&str] = &["x''", "x'00'", "x'61'", "x'6162'", "x'ff'", "x'31'", "x'0001'"];

const EDGES: &[&str] = &[
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775806",
    "9007199254740993",
    "4294967296",
    "-2147483649",
    "1e300",
    "-1e300",
    "0.1",
    "9.0e18",
    "-0.0",
    "1e-10",
    "'9223372036854775808'",
    "'-9223372036854775809'",
    "'1e400'",
    "127",
    "128",
    "32768",
];

const STRANGE: &[&str] = &[
    "CAST(x'610062' AS TEXT)",
    "char(0x1f600)",
    "'a' || char(0) || 'b'",
    "' 12 '",
    "'12abc'",
    "'-'",
    "'+5'",
    "'.5'",
    "'5.'",
    "'1e'",
    "'1e+2'",
    "'0x10'",
    "'9223372036854775807'",
    "'9007199254740993'",
    "'Infinity'",
    "'nan'",
    "'1_000'",
    "char(9) || '7' || char(10)",
    "'e\u{301}'",
    "'\u{df}\u{130}'",
    "'a  '",
    "char(65279) || 'x'",
];

/// A text, quoted.
pub(crate) fn text(numbers: &mut Numbers) -> String {
    format!("'{}'", numbers.pick(TEXTS).replace('\'', "''"))
}

pub(crate) fn integer(numbers: &mut Numbers) -> String {
    match numbers.below(8) {
        0 => numbers.below(1000).to_string(),
        1 => format!("-{}", numbers.below(12)),
        _ => numbers.below(12).to_string(),
    }
}

pub(crate) fn real(numbers: &mut Numbers) -> String {
    (*numbers.pick(REALS)).to_owned()
}

fn any(numbers: &mut Numbers) -> String {
    match numbers.below(6) {
        0 => text(numbers),
        1 => real(numbers),
        2 => (*numbers.pick(BLOBS)).to_owned(),
        3 => (*numbers.pick(EDGES)).to_owned(),
        _ => integer(numbers),
    }
}

/// A value that fits a column, or now and then one that does not.
pub(crate) fn of_kind(kind: Kind, numbers: &mut Numbers) -> String {
    if numbers.one_in(10) {
        return "NULL".to_owned();
    }
    match kind {
        Kind::Integer | Kind::Real if numbers.one_in(25) => text(numbers),
        Kind::Text | Kind::NoCase if !numbers.one_in(12) => text(numbers),
        Kind::Integer | Kind::Text | Kind::NoCase => integer(numbers),
        Kind::Real if numbers.one_in(4) => integer(numbers),
        Kind::Real => real(numbers),
        Kind::Numeric => match numbers.below(4) {
            0 => text(numbers),
            1 => real(numbers),
            _ => integer(numbers),
        },
        Kind::Blob if numbers.one_in(6) => any(numbers),
        Kind::Blob => (*numbers.pick(BLOBS)).to_owned(),
        Kind::Wild => any(numbers),
    }
}

/// A number at an edge of something, or a text of one.
pub(crate) fn edge(numbers: &mut Numbers) -> String {
    (*numbers.pick(EDGES)).to_owned()
}

/// Texts that are unusual: with zeros, outside of the basic plane, nearly numbers.
pub(crate) fn strange(numbers: &mut Numbers) -> String {
    (*numbers.pick(STRANGE)).to_owned()
}
