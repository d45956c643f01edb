//! The built-in collating sequences: how two texts compare.

use std::borrow::Cow;
use std::cmp::Ordering;

/// How texts compare. Numbers and blobs are not touched by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Collation {
    /// Byte by byte.
    #[default]
    Binary,
    /// The 26 upper case letters of ASCII count as lower case.
    NoCase,
    /// Spaces at the end do not count.
    RTrim,
}

impl Collation {
    /// The collation of this name, whatever its case.
    pub fn by_name(name: &str) -> Option<Collation> {
        [Collation::Binary, Collation::NoCase, Collation::RTrim]
            .into_iter()
            .find(|collation| collation.name().eq_ignore_ascii_case(name))
    }

    /// Its name, as `PRAGMA collation_list` shows it.
    pub fn name(self) -> &'static str {
        match self {
            Collation::Binary => "BINARY",
            Collation::NoCase => "NOCASE",
            Collation::RTrim => "RTRIM",
        }
    }

    /// The order of two texts.
    pub fn compare(self, a: &[u8], b: &[u8]) -> Ordering {
        match self {
            Collation::Binary => a.cmp(b),
            Collation::NoCase => {
                let lower = |bytes: &'_ [u8]| bytes.iter().map(u8::to_ascii_lowercase).collect::<Vec<_>>();
                let shared = a.iter().zip(b).position(|(x, y)| !x.eq_ignore_ascii_case(y));
                match shared {
                    Some(at) => lower(&a[at..=at]).cmp(&lower(&b[at..=at])),
                    None => a.len().cmp(&b.len()),
                }
            }
            Collation::RTrim => trim_end(a).cmp(trim_end(b)),
        }
    }

    /// Bytes whose plain order is this collation's order of texts; what index keys hold.
    pub fn sort_bytes(self, text: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Collation::Binary => text.into(),
            Collation::NoCase => text.to_ascii_lowercase().into(),
            Collation::RTrim => trim_end(text).into(),
        }
    }
}

fn trim_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sort_bytes_have_the_order_of_compare() {
        let texts: [&[u8]; 8] = [b"", b" ", b"a", b"A ", b"ab", b"AB", b"a\0", b"["];
        for collation in [Collation::Binary, Collation::NoCase, Collation::RTrim] {
            for a in texts {
                for b in texts {
                    let keys = collation.sort_bytes(a).cmp(&collation.sort_bytes(b));
                    assert_eq!(collation.compare(a, b), keys, "{collation:?} {a:?} {b:?}");
                }
            }
        }
    }
}
