//! Collating sequences: how two texts compare.
//!
//! Three are built in. Others are a program's: a callback that compares two texts. It has no byte order, so keys that a
//! statement makes for itself (to sort, to group) hold places instead of texts, which [`Places`](super::places) gives
//! out; keys in a store hold the texts as they are ([`Collation::stored`]).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::places::Places;
use crate::error::{Error, Result};

/// How texts compare. Numbers and blobs are not touched by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Collation {
    /// Byte by byte.
    #[default]
    Binary,
    /// The 26 upper case letters of ASCII count as lower case.
    NoCase,
    /// Spaces at the end do not count.
    RTrim,
    /// As a program says.
    Program(Arc<ProgramCollation>),
}

/// Compares two texts.
pub type Comparator = dyn Fn(&[u8], &[u8]) -> Result<Ordering> + Send + Sync;

/// A collation that is a program's, or only the name of one.
pub struct ProgramCollation {
    name: Box<str>,
    comparator: Option<Box<Comparator>>,
    places: Mutex<Places>,
    failure: Mutex<Option<Error>>,
}

impl ProgramCollation {
    /// A collation that compares with `comparator`.
    pub fn new(name: &str, comparator: Box<Comparator>) -> ProgramCollation {
        ProgramCollation { comparator: Some(comparator), ..ProgramCollation::named(name) }
    }

    /// The name of a collation, for where nothing is compared: in schemas, which all sessions share. Texts compare byte
    /// by byte under it.
    pub fn named(name: &str) -> ProgramCollation {
        let (places, failure) = (Mutex::default(), Mutex::default());
        ProgramCollation { name: name.into(), comparator: None, places, failure }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Forgets the places of all texts. Keys that hold some must be gone.
    pub fn forget_places(&self) {
        *self.places.lock() = Places::default();
    }

    /// The first error of the comparator since this was asked. Whatever has been compared since then means nothing.
    pub fn take_failure(&self) -> Option<Error> {
        self.failure.lock().take()
    }

    fn compare(&self, a: &[u8], b: &[u8]) -> Ordering {
        let Some(compare) = &self.comparator else { return a.cmp(b) };
        if self.failure.lock().is_some() {
            return Ordering::Equal;
        }
        compare(a, b).unwrap_or_else(|error| {
            *self.failure.lock() = Some(error);
            Ordering::Equal
        })
    }

    fn place(&self, text: &[u8]) -> Vec<u8> {
        match &self.comparator {
            Some(_) => self.places.lock().of(text, &|a, b| self.compare(a, b)),
            None => text.to_vec(),
        }
    }
}

impl fmt::Debug for ProgramCollation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Collations are the same if their names are.
impl PartialEq for ProgramCollation {
    fn eq(&self, other: &ProgramCollation) -> bool {
        self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl Eq for ProgramCollation {}

impl Collation {
    /// The built-in collation of this name, whatever its case.
    pub fn by_name(name: &str) -> Option<Collation> {
        [Collation::Binary, Collation::NoCase, Collation::RTrim]
            .into_iter()
            .find(|collation| collation.name().eq_ignore_ascii_case(name))
    }

    /// Its name, as `PRAGMA collation_list` shows it.
    pub fn name(&self) -> &str {
        match self {
            Collation::Binary => "BINARY",
            Collation::NoCase => "NOCASE",
            Collation::RTrim => "RTRIM",
            Collation::Program(collation) => &collation.name,
        }
    }

    /// The order of two texts.
    pub fn compare(&self, a: &[u8], b: &[u8]) -> Ordering {
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
            Collation::Program(collation) => collation.compare(a, b),
        }
    }

    /// Bytes whose plain order is this collation's order of texts; what keys hold.
    pub fn sort_bytes<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        match self {
            Collation::Binary => text.into(),
            Collation::NoCase => text.to_ascii_lowercase().into(),
            Collation::RTrim => trim_end(text).into(),
            Collation::Program(collation) => collation.place(text).into(),
        }
    }

    /// The collation of keys that outlive the statement: a program's callback may be another one tomorrow, or missing.
    pub fn stored(&self) -> &Collation {
        match self {
            Collation::Program(_) => &Collation::Binary,
            built_in => built_in,
        }
    }

    /// Whether keys in a store are ordered by it.
    pub fn is_stored(&self) -> bool {
        !matches!(self, Collation::Program(_))
    }

    /// The name of a program's collation that only is a name.
    pub fn unknown(&self) -> Option<&str> {
        match self {
            Collation::Program(collation) if collation.comparator.is_none() => Some(&collation.name),
            _ => None,
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
        let texts: [&[u8]; 9] = [b"", b" ", b"a", b"A ", b"ab", b"AB", b"ba", b"a\0", b"["];
        let by_length = |a: &[u8], b: &[u8]| Ok(b.len().cmp(&a.len()));
        let program = Collation::Program(Arc::new(ProgramCollation::new("longest", Box::new(by_length))));
        for collation in [Collation::Binary, Collation::NoCase, Collation::RTrim, program] {
            for a in texts {
                for b in texts {
                    let keys = collation.sort_bytes(a).cmp(&collation.sort_bytes(b));
                    assert_eq!(collation.compare(a, b), keys, "{collation:?} {a:?} {b:?}");
                }
            }
        }
    }
}
