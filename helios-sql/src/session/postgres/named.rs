//! Constraints of a table by the names that PostgreSQL gives them.

use super::objects::{Objects, names_of};
use crate::catalog::Table;
use crate::session::Session;
use crate::session::environment::View;
use helios_core::Result;

/// A constraint, as it is found in the definition of its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct NamedConstraint {
    pub(in crate::session) name: String,
    pub(in crate::session) kind: ConstraintKind,
    /// Its columns.
    pub(in crate::session) columns: Vec<String>,
}

/// What a constraint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum ConstraintKind {
    Key,
    Unique,
    /// Its number among those of the table.
    Check(usize),
    /// Its number among those of the table.
    Reference(usize),
}

impl Session {
    /// The constraints of a table with their names.
    pub(in crate::session) fn named_constraints(&mut self, table: &Table) -> Result<Vec<NamedConstraint>> {
        let view = self.current_view()?;
        let (mut checks, mut references) = (0, 0);
        let mut found = Vec::new();
        for constraint in Objects::of(&view).constraints_of(table) {
            let next = |count: &mut usize| {
                *count += 1;
                *count - 1
            };
            let kind = match constraint.kind {
                "p" => ConstraintKind::Key,
                "u" => ConstraintKind::Unique,
                "c" => ConstraintKind::Check(next(&mut checks)),
                _ => ConstraintKind::Reference(next(&mut references)),
            };
            let columns = names_of(table, &constraint.columns);
            found.push(NamedConstraint { name: constraint.name, kind, columns });
        }
        Ok(found)
    }
}

/// The columns of a constraint with this name that keeps them unique.
pub(in crate::session) fn unique_columns(view: &View, table: &Table, name: &str) -> Option<Vec<String>> {
    let constraints = Objects::of(view).constraints_of(table);
    let found = constraints.iter().find(|known| known.name == name && matches!(known.kind, "p" | "u"))?;
    Some(names_of(table, &found.columns))
}
