//! Statements about sequences, which PostgreSQL's dialect has.

use super::ObjectName;

/// CREATE, ALTER and DROP SEQUENCE.
#[derive(Clone, Debug, PartialEq)]
pub enum SequenceStatement {
    /// CREATE SEQUENCE.
    Create {
        /// IF NOT EXISTS.
        if_not_exists: bool,
        /// Its name.
        name: ObjectName,
        /// What is said of it.
        options: SequenceOptions,
    },
    /// ALTER SEQUENCE, but for its name.
    Alter {
        /// IF EXISTS.
        if_exists: bool,
        /// Its name.
        name: ObjectName,
        /// What changes.
        options: SequenceOptions,
    },
    /// ALTER SEQUENCE … RENAME TO.
    Rename {
        /// IF EXISTS.
        if_exists: bool,
        /// Its name.
        name: ObjectName,
        /// Its new name.
        to: String,
    },
    /// DROP SEQUENCE.
    Drop {
        /// IF EXISTS.
        if_exists: bool,
        /// The sequences.
        names: Vec<ObjectName>,
        /// CASCADE: defaults that use them go, too.
        cascades: bool,
    },
}

/// What is said of a sequence; `None` where nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SequenceOptions {
    /// AS: a type, as PostgreSQL's catalog calls it.
    pub declared_type: Option<String>,
    /// INCREMENT.
    pub increment: Option<i64>,
    /// MINVALUE; NO MINVALUE is `Some(None)`.
    pub least: Option<Option<i64>>,
    /// MAXVALUE; NO MAXVALUE is `Some(None)`.
    pub greatest: Option<Option<i64>>,
    /// START.
    pub start: Option<i64>,
    /// RESTART, with or without a number.
    pub restart: Option<Option<i64>>,
    /// CACHE.
    pub cache: Option<i64>,
    /// CYCLE, NO CYCLE.
    pub cycles: Option<bool>,
    /// OWNED BY a column of a table; NONE is `Some(None)`.
    pub owner: Option<Option<(String, String)>>,
}
