//! What the columns of a query in FROM are called.

use std::sync::Arc;

use super::distinct_names;
use super::query::Relation;
use crate::ast::{Expression, ResultColumn, Select, SelectTerm};
use crate::catalog::is_rowid_name;

/// The names of a query's columns for the query around it, all different. They are those that its own rows would have, but
/// that a rowid is called as it was written, also where a column stands for it (`sqlite3ColumnsFromExprList` sees names
/// before their meaning is known).
pub(super) fn source_names(select: &Select, relation: &Relation) -> Vec<Arc<str>> {
    let mut names: Vec<Arc<str>> = relation.columns.iter().map(|(_, name)| name.clone()).collect();
    if let SelectTerm::Select(core) = &select.first {
        let is_star = |column: &&ResultColumn| !matches!(column, ResultColumn::Expression { .. });
        let before = core.columns.iter().take_while(|column| !is_star(column)).count();
        let after = core.columns[before..].iter().rev().take_while(|column| !is_star(column)).count();
        // A star stands for any number of columns: those before the first and behind the last have known places.
        let width = names.len();
        for (place, column) in (0..before).zip(&core.columns) {
            rename(&mut names, place, column);
        }
        for (place, column) in (1..=after).map(|place| width - place).zip(core.columns.iter().rev()) {
            rename(&mut names, place, column);
        }
    }
    distinct_names(names.into_iter())
}

fn rename(names: &mut [Arc<str>], place: usize, column: &ResultColumn) {
    if let ResultColumn::Expression { expression: Expression::Column(written), alias: None, .. } = column
        && is_rowid_name(&written.column)
    {
        names[place] = written.column.as_str().into();
    }
}
