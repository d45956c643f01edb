//! COMMENT ON, which only PostgreSQL's dialect has.

use super::ObjectName;

/// `COMMENT ON … IS text`.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    /// What it is about.
    pub of: Commented,
    /// What is said of that; `None` for nothing any more.
    pub text: Option<String>,
}

/// What a comment is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Commented {
    /// A table.
    Table(ObjectName),
    /// A view.
    View(ObjectName),
    /// An index.
    Index(ObjectName),
    /// A column of a table.
    Column(ObjectName, String),
    /// A constraint of a table.
    Constraint(ObjectName, String),
}

impl Commented {
    /// The table, the view or the index that is named, and whether it is an index.
    pub fn object_mut(&mut self) -> (&mut ObjectName, bool) {
        match self {
            Commented::Index(name) => (name, true),
            Commented::Table(name)
            | Commented::View(name)
            | Commented::Column(name, _)
            | Commented::Constraint(name, _) => (name, false),
        }
    }
}
