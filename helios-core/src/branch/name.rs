//! Names of branches.

use std::fmt;

use crate::error::{Error, Result};

/// The name of a branch: letters and digits of any script, and `_ - . /` inside. It survives in a URL and in
/// `database@branch`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchName(String);

/// Names longer than this many bytes are refused.
const LONGEST: usize = 200;

impl BranchName {
    /// The name of the branch that every database has.
    pub const MAIN: &'static str = "main";

    /// Checks a name.
    pub fn new(name: &str) -> Result<BranchName> {
        let inner = |c: char| matches!(c, '_' | '-' | '.' | '/');
        let allowed = name.chars().all(|c| c.is_alphanumeric() || inner(c));
        let bounded = name.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            && name.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
        if name.is_empty() || name.len() > LONGEST || !allowed || !bounded || name.contains("..") {
            return Err(Error::sql(format!("bad branch name: {name:?}")));
        }
        Ok(BranchName(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BranchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words() {
        for name in ["main", "experiment_2024", "feature/x-1.2", "größe", "枝", "_private"] {
            assert!(BranchName::new(name).is_ok(), "{name}");
        }
        for name in ["", "a b", "a@b", "a..b", "/a", "a/", "-a", "a?", "a%20", "a\0", &"x".repeat(201)] {
            assert!(BranchName::new(name).is_err(), "{name}");
        }
    }
}
