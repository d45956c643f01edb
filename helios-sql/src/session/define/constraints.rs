//! Constraints in the definition of a table: found, renamed, taken out.
//!
//! In: the pieces of a definition, and which constraint is meant, by its kind and its number or its columns. Out: the
//! definition without it, or with it under another name.

use helios_core::Result;

use super::super::postgres::ConstraintKind;
use super::definition::Definition;
use super::quoted;
use crate::ast::{ColumnConstraint, Expression, IndexedColumn, TableConstraint};

/// Gives the constraints that `is_it` picks another name, or takes them out where there is none. It is asked for each
/// constraint in their order, with the columns of keys.
pub(super) fn change_constraints(
    definition: &mut Definition,
    mut is_it: impl FnMut(Found<'_>) -> bool,
    new_name: Option<&str>,
) -> Result<()> {
    for piece in &mut definition.columns {
        let own = [piece.tree.name.text.clone()];
        let mut constraints = piece.tree.constraints.clone();
        let before = constraints.clone();
        constraints.retain_mut(|constraint| {
            let (found, name) = match constraint {
                ColumnConstraint::PrimaryKey { name, .. } => (Found::Key, name),
                ColumnConstraint::Unique { name, .. } => (Found::Unique(&own), name),
                ColumnConstraint::Check { name, .. } => (Found::Check, name),
                ColumnConstraint::References(key) => (Found::Reference, &mut key.name),
                _ => return true,
            };
            if !is_it(found) {
                return true;
            }
            *name = new_name.map(str::to_owned);
            name.is_some()
        });
        if constraints != before {
            piece.change(|column| column.constraints = constraints)?;
        }
    }
    let mut kept = Vec::with_capacity(definition.constraints.len());
    for mut piece in std::mem::take(&mut definition.constraints) {
        let names: Vec<String>;
        let (found, name) = match &mut piece.tree {
            TableConstraint::PrimaryKey { name, .. } => (Found::Key, name),
            TableConstraint::Unique { name, columns, .. } => {
                names = columns.iter().filter_map(column_name).map(str::to_owned).collect();
                (Found::Unique(&names), name)
            }
            TableConstraint::Check { name, .. } => (Found::Check, name),
            TableConstraint::ForeignKey { references, .. } => (Found::Reference, &mut references.name),
        };
        if is_it(found) {
            let Some(new) = new_name.map(str::to_owned) else { continue };
            let said = name.replace(new.clone()).map(|old| format!("CONSTRAINT {}", quoted(&old)));
            let rest = said.and_then(|said| piece.text.strip_prefix(&said).map(str::to_owned));
            let rest = rest.unwrap_or_else(|| format!(" {}", piece.text));
            piece.text = format!("CONSTRAINT {}{rest}", quoted(&new));
        }
        kept.push(piece);
    }
    definition.constraints = kept;
    Ok(())
}

/// A constraint as it is found in a definition.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    Key,
    Unique(&'a [String]),
    Check,
    Reference,
}

/// What picks a constraint of a kind: by its number, or by its columns.
pub(super) fn picked(kind: ConstraintKind, columns: &[String]) -> impl FnMut(Found<'_>) -> bool {
    let mut passed = 0;
    let mut is_number = move |number: usize| {
        passed += 1;
        passed == number + 1
    };
    move |found| match (kind, found) {
        (ConstraintKind::Key, Found::Key) => true,
        (ConstraintKind::Unique, Found::Unique(names)) => {
            names.len() == columns.len()
                && names.iter().zip(columns).all(|(name, column)| name.eq_ignore_ascii_case(column))
        }
        (ConstraintKind::Check(number), Found::Check)
        | (ConstraintKind::Reference(number), Found::Reference) => is_number(number),
        _ => false,
    }
}

pub(super) fn column_name(column: &IndexedColumn) -> Option<&str> {
    match &column.expression {
        Expression::Column(name) => Some(&name.column),
        _ => None,
    }
}

pub(super) fn expression_mentions(expression: &Expression, name: &str) -> bool {
    let mut found = false;
    expression.for_each_column(|column| found |= column.column.eq_ignore_ascii_case(name));
    found
}

pub(super) fn constraint_mentions(constraint: &TableConstraint, name: &str) -> bool {
    match constraint {
        TableConstraint::PrimaryKey { columns, .. } | TableConstraint::Unique { columns, .. } => {
            columns.iter().any(|column| expression_mentions(&column.expression, name))
        }
        TableConstraint::Check { expression, .. } => expression_mentions(expression, name),
        TableConstraint::ForeignKey { columns, .. } => {
            columns.iter().any(|column| column.text.eq_ignore_ascii_case(name))
        }
    }
}
