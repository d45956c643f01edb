//! Tables.

use std::sync::Arc;

use helios_core::value::{Affinity, Collation};
use helios_core::versioned::Space;

use super::Index;
use crate::ast::{ConflictClause, Expression};

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name, as it was written.
    pub name: String,
    /// Where its rows are.
    pub space: Space,
    /// Its columns.
    pub columns: Vec<TableColumn>,
    /// The column that is the rowid under another name: an INTEGER PRIMARY KEY.
    pub rowid_column: Option<usize>,
    /// What happens where a rowid exists already, as INTEGER PRIMARY KEY ON CONFLICT says.
    pub rowid_conflict: Option<ConflictClause>,
    /// The columns of the primary key, if there is one.
    pub primary_key: Vec<usize>,
    /// AUTOINCREMENT: a rowid is never used twice.
    pub autoincrement: bool,
    /// Its indexes, in the order in which they were made: those of constraints first.
    pub indexes: Vec<Arc<Index>>,
    /// CHECK constraints.
    pub checks: Vec<Check>,
    /// The statement that made it.
    pub sql: Arc<str>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct TableColumn {
    /// Its name, as it was written.
    pub name: Arc<str>,
    /// Its declared type, as it was written; may be empty.
    pub declared_type: Arc<str>,
    /// Its affinity.
    pub affinity: Affinity,
    /// How its texts compare.
    pub collation: Collation,
    /// NOT NULL, and what happens then.
    pub not_null: Option<ConflictClause>,
    /// DEFAULT: the expression and its text.
    pub default: Option<(Expression, String)>,
    /// Whether `NOT NULL` was written, for `PRAGMA table_info`.
    pub declared_not_null: bool,
}

/// A CHECK constraint.
#[derive(Clone, Debug)]
pub struct Check {
    /// What a message calls it: its name or its text.
    pub label: String,
    /// What has to hold.
    pub expression: Expression,
}

impl Table {
    /// The position of the column with this name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Whether this is a table that programs cannot change by themselves.
    pub fn is_internal(&self) -> bool {
        self.space.is_catalog()
    }

    /// `sqlite_schema` itself.
    pub(super) fn schema() -> Table {
        let column = |name: &str, declared_type: &str| TableColumn {
            name: name.into(),
            declared_type: declared_type.into(),
            affinity: Affinity::of_declared_type(declared_type),
            collation: Collation::Binary,
            not_null: None,
            default: None,
            declared_not_null: false,
        };
        Table {
            name: "sqlite_schema".to_owned(),
            space: Space::SCHEMA,
            columns: vec![
                column("type", "TEXT"),
                column("name", "TEXT"),
                column("tbl_name", "TEXT"),
                column("rootpage", "INT"),
                column("sql", "TEXT"),
            ],
            rowid_column: None,
            rowid_conflict: None,
            primary_key: Vec::new(),
            autoincrement: false,
            indexes: Vec::new(),
            checks: Vec::new(),
            sql: "CREATE TABLE sqlite_schema(type text,name text,tbl_name text,rootpage integer,sql text)"
                .into(),
        }
    }
}
