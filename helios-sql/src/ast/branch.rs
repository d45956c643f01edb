//! Statements about branches and about what history keeps.

use super::{Expression, ObjectName};

/// A statement about branches.
#[derive(Clone, Debug, PartialEq)]
pub enum BranchStatement {
    /// CREATE BRANCH.
    Create {
        /// The new name.
        name: String,
        /// FROM: the parent; the branch of the session unless it is said.
        parent: Option<String>,
        /// AS OF TIMESTAMP: what the parent was then.
        at: Option<Expression>,
    },
    /// DROP BRANCH.
    Drop(String),
    /// MERGE BRANCH.
    Merge {
        /// The branch whose work comes.
        name: String,
        /// INTO: the branch that it comes to; the branch of the session unless it is said.
        into: Option<String>,
    },
}

/// DELETE HISTORY.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteHistory {
    /// The table.
    pub table: ObjectName,
    /// BEFORE SYSTEM_TIME: what was replaced before goes; all that was replaced, unless it is said.
    pub before: Option<Expression>,
}
