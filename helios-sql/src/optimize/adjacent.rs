//! Rows that are equal in some columns: whether there are such, and whether they come one behind the other.

use std::collections::HashMap;

use helios_core::value::Collation;

use super::join::{columns_of, is_within};
use super::pushdown::substitute;
use super::terms::key_at;
use crate::catalog::Index;
use crate::plan::{Access, ColumnId, Expr, JoinKind, Plan, Probe, Scan};

/// What is known of equal rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Adjacency {
    /// Nothing.
    Unknown,
    /// They come one behind the other.
    Together,
    /// There are none.
    Unique,
}

/// What is known of those rows of a plan that are equal in all of `keys`.
pub(super) fn adjacency(plan: &Plan, mut keys: Vec<(Expr, Collation)>) -> Adjacency {
    match plan {
        Plan::Filter { input, .. } => adjacency(input, keys),
        Plan::Project { input, columns } => {
            let below: HashMap<ColumnId, &Expr> = columns.iter().map(|(id, expr)| (*id, expr)).collect();
            keys.iter_mut().for_each(|(expr, _)| substitute(expr, &below));
            adjacency(input, keys)
        }
        // Each row of the left side has its rows one behind the other.
        Plan::Join(join) if matches!(join.kind, JoinKind::Inner { .. } | JoinKind::Left) => {
            let left = columns_of(&join.left);
            match keys.iter().all(|(expr, _)| is_within(expr, &left))
                && adjacency(&join.left, keys) != Adjacency::Unknown
            {
                true => Adjacency::Together,
                false => Adjacency::Unknown,
            }
        }
        Plan::Scan(scan) if is_unique(scan, &keys) => Adjacency::Unique,
        Plan::Scan(scan) if is_together(scan, &keys) => Adjacency::Together,
        _ => Adjacency::Unknown,
    }
}

/// Whether the keys tell all rows of a table apart.
fn is_unique(scan: &Scan, keys: &[(Expr, Collation)]) -> bool {
    let is_rowid = scan.table.has_rowid()
        && key_at(scan, None).is_some_and(|rowid| keys.iter().any(|(expr, _)| *expr == rowid));
    let is_key = |index: &Index| {
        index.unique
            && index.filter.is_none()
            && index.columns.iter().all(|column| {
                let is_never_null = column.column.is_some_and(|number| {
                    scan.table.columns.get(number).is_some_and(|column| column.not_null.is_some())
                });
                (is_never_null || index.space == scan.table.space)
                    && has(scan, keys, column.column, &column.collation)
            })
    };
    is_rowid || scan.table.indexes.iter().chain(&scan.table.row_key).any(|index| is_key(index))
}

/// Whether the index that a table is read by has rows with equal keys one behind the other.
fn is_together(scan: &Scan, keys: &[(Expr, Collation)]) -> bool {
    let Access::Index(access) = &scan.access else { return false };
    let columns = &access.index.columns;
    let fixed = access.probes.iter().take_while(|probe| matches!(probe, Probe::Value(_))).count();
    let is_said = |(expr, collation): &(Expr, Collation), columns: &[crate::catalog::IndexColumn]| {
        columns.iter().any(|column| {
            column.collation == *collation && key_at(scan, column.column).as_ref() == Some(expr)
        })
    };
    // What is the same in all rows, and the columns after that.
    let leading = columns[fixed..].iter().take_while(|column| {
        column.collation.is_stored() && has(scan, keys, column.column, &column.collation)
    });
    let known = fixed + leading.count();
    keys.iter().all(|key| is_said(key, &columns[..known]))
}

/// Whether a column of the table is among the keys, compared by a collation.
fn has(scan: &Scan, keys: &[(Expr, Collation)], column: Option<usize>, by: &Collation) -> bool {
    key_at(scan, column)
        .is_some_and(|own| keys.iter().any(|(expr, collation)| *expr == own && collation == by))
}
