//! ALTER TABLE.

use super::{ColumnDefinition, Name, ObjectName, Place};

/// ALTER TABLE.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterTable {
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
}
