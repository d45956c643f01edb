//! ALTER TABLE.

use super::{ColumnDefinition, Name, ObjectName, Place};

/// ALTER TABLE.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterTable {
    /// Whether it is no error if there is no such table.
    pub if_exists: bool,
    /// The table.
    pub table: ObjectName,
    /// What is changed.
    pub alteration: Alteration,
}

/// What ALTER TABLE changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Alteration {
    /// RENAME TO.
    Rename(Name),
    /// RENAME COLUMN.
    RenameColumn {
        /// The old name.
        from: Name,
        /// The new name.
        to: Name,
        /// Whether the new name was written in quotes.
        quoted: bool,
    },
    /// ADD COLUMN, with the place of the definition in the source.
    AddColumn(Box<ColumnDefinition>, Place),
    /// DROP COLUMN.
    DropColumn(Name),
    /// ADD SYSTEM VERSIONING (`true`) or DROP SYSTEM VERSIONING.
    Versioning(bool),
    /// ALTER INDEX … RENAME TO: the table is the index.
    RenameIndex(Name),
    /// What PostgreSQL's dialect changes, one after the other.
    Actions(Vec<TableAction>),
}

/// A change of a table in PostgreSQL's dialect. Texts are in the spelling that definitions are kept in, unless they say
/// otherwise.
#[derive(Clone, Debug, PartialEq)]
pub enum TableAction {
    /// ADD COLUMN.
    AddColumn {
        /// The definition of the column.
        text: String,
        /// IF NOT EXISTS.
        if_not_exists: bool,
    },
    /// DROP COLUMN.
    DropColumn {
        /// The column.
        name: String,
        /// IF EXISTS.
        if_exists: bool,
        /// Foreign keys of other tables go with it.
        cascades: bool,
    },
    /// ALTER COLUMN … SET DEFAULT; `None` for DROP DEFAULT.
    SetDefault {
        /// The column.
        column: String,
        /// The constraint, from the word DEFAULT on.
        default: Option<String>,
    },
    /// ALTER COLUMN … SET NOT NULL, or DROP NOT NULL.
    SetNotNull {
        /// The column.
        column: String,
        /// Whether it takes no NULL from now on.
        not_null: bool,
    },
    /// ALTER COLUMN … TYPE.
    SetType {
        /// The column.
        column: String,
        /// The type, as a column is declared with it.
        declared_type: String,
        /// The type, as PostgreSQL's dialect calls it.
        name: String,
        /// USING, in PostgreSQL's spelling.
        using: Option<String>,
    },
    /// ADD CONSTRAINT: the constraint.
    AddConstraint(String),
    /// DROP CONSTRAINT.
    DropConstraint {
        /// Its name.
        name: String,
        /// IF EXISTS.
        if_exists: bool,
        /// Foreign keys of other tables go with it.
        cascades: bool,
    },
    /// RENAME CONSTRAINT.
    RenameConstraint {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// What says nothing here.
    Nothing,
}
