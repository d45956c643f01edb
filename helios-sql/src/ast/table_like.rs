//! CREATE TABLE with LIKE, which only PostgreSQL's dialect has.

use super::{ObjectName, OnCommit};

/// CREATE TABLE of which some columns are those of other tables.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTableLike {
    /// TEMP.
    pub temporary: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// The name.
    pub name: ObjectName,
    /// What stands in the parentheses, in order; constraints come last.
    pub elements: Vec<LikeElement>,
    /// ON COMMIT.
    pub on_commit: Option<OnCommit>,
}

/// One element of such a definition.
#[derive(Clone, Debug, PartialEq)]
pub enum LikeElement {
    /// The columns of a table.
    Like(ObjectName, Included),
    /// A column, as definitions are kept.
    Column(String),
    /// Constraints, as definitions are kept.
    Constraints(String),
}

/// What LIKE takes along besides columns, with their types and NOT NULL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Included {
    /// INCLUDING COMMENTS.
    pub comments: bool,
    /// INCLUDING CONSTRAINTS: the CHECKs.
    pub constraints: bool,
    /// INCLUDING DEFAULTS.
    pub defaults: bool,
    /// INCLUDING GENERATED.
    pub generated: bool,
    /// INCLUDING IDENTITY.
    pub identity: bool,
    /// INCLUDING INDEXES, with the keys.
    pub indexes: bool,
}
