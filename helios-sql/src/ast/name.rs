//! Names with the place where they were written.

use std::fmt;
use std::ops::Deref;

use super::Span;

/// Where something was written. All places are equal, so that a tree is equal to another that says the same elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place(pub Span);

impl PartialEq for Place {
    fn eq(&self, _: &Place) -> bool {
        true
    }
}

/// A name and where it was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Name {
    /// The name, without quotes.
    pub text: String,
    /// Its token.
    pub place: Place,
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Name {
        Name { text: text.to_owned(), place: Place::default() }
    }
}

/// The name of a table, an index or another object, with the schema (`main`, `temp`) that it was qualified with.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectName {
    /// The qualification.
    pub schema: Option<String>,
    /// The name.
    pub name: Name,
}

impl ObjectName {
    /// A name without qualification.
    pub fn bare(name: &str) -> ObjectName {
        ObjectName { schema: None, name: name.into() }
    }
}
