//! FOREIGN KEY constraints.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::{Index, Table};
use crate::ast::{ForeignKey, ReferenceAction};

/// A FOREIGN KEY constraint.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The columns that refer.
    pub columns: Vec<usize>,
    /// The table that they refer to.
    pub table: String,
    /// Its name in lower case.
    pub(super) key: Arc<str>,
    /// The columns that they refer to, as written; empty for the primary key.
    pub targets: Vec<String>,
    /// ON DELETE.
    pub on_delete: ReferenceAction,
    /// ON UPDATE.
    pub on_update: ReferenceAction,
    /// Whether it is checked at the end of the transaction.
    pub deferred: bool,
}

impl Reference {
    /// The reference of columns of `table`.
    pub(super) fn define(
        table: &Table,
        columns: Vec<usize>,
        key: &ForeignKey,
        by_column: bool,
    ) -> Result<Reference> {
        if !key.columns.is_empty() && key.columns.len() != columns.len() {
            return Err(Error::sql(if by_column {
                format!(
                    "foreign key on {} should reference only one column of table {}",
                    table.columns[columns[0]].name, key.table
                )
            } else {
                "number of columns in foreign key does not match the number of columns in the referenced table"
                    .to_owned()
            }));
        }
        Ok(Reference {
            columns,
            table: key.table.to_string(),
            key: key.table.to_ascii_lowercase().into(),
            targets: key.columns.iter().map(ToString::to_string).collect(),
            on_delete: key.on_delete,
            on_update: key.on_update,
            deferred: key.deferred,
        })
    }

    /// Whether it is to a column of `parent` at one of these positions.
    pub fn refers_to_any(&self, parent: &Table, positions: &[usize]) -> bool {
        positions.iter().any(|&position| {
            if self.targets.is_empty() {
                return parent.primary_key.contains(&position) || parent.rowid_column == Some(position);
            }
            let column = parent.columns.get(position);
            column
                .is_some_and(|column| self.targets.iter().any(|name| name.eq_ignore_ascii_case(&column.name)))
        })
    }

    /// The columns of `parent` that the reference is to: its primary key, or those of a unique index that compares as
    /// the columns do.
    ///
    /// # Errors
    /// SQLite's, where there is no such key.
    pub fn resolve(&self, child: &Table, parent: &Table) -> Result<Vec<usize>> {
        let mismatch = || {
            Error::sql(format!("foreign key mismatch - \"{}\" referencing \"{}\"", child.name, self.table))
        };
        if self.targets.is_empty() {
            let key = match parent.rowid_column {
                Some(column) => vec![column],
                None => parent.primary_key.clone(),
            };
            return if key.len() == self.columns.len() && !key.is_empty() {
                Ok(key)
            } else {
                Err(mismatch())
            };
        }
        let targets = self.targets.iter().map(|name| parent.column(name).ok_or_else(mismatch));
        let targets: Vec<usize> = targets.collect::<Result<_>>()?;
        let is_rowid = targets.len() == 1 && parent.rowid_column == Some(targets[0]);
        let is_row_key = same_columns(&targets, parent.row_columns().iter().map(|column| column.column));
        let fits = |index: &Index| {
            index.unique
                && index.filter.is_none()
                && same_columns(&targets, index.columns.iter().map(|column| column.column))
                && index.columns.iter().all(|column| {
                    column.column.is_none_or(|position| {
                        parent.columns.get(position).is_some_and(|of| of.collation == column.collation)
                    })
                })
        };
        if is_rowid || is_row_key || parent.indexes.iter().any(|index| fits(index)) {
            Ok(targets)
        } else {
            Err(mismatch())
        }
    }
}

fn same_columns(targets: &[usize], columns: impl ExactSizeIterator<Item = Option<usize>>) -> bool {
    columns.len() == targets.len()
        && columns.into_iter().all(|column| column.is_some_and(|column| targets.contains(&column)))
}
