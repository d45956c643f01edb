//! Which values are vectors, and which parameters are to be.

use super::Binder;
use crate::catalog::Table;
use crate::func::vector::gives_vector;
use crate::plan::{ColumnId, Expr, Function, Plan};

impl Binder<'_> {
    /// Whether the values of an expression are vectors or NULL, by what is known of it without running it.
    pub(super) fn is_vector(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Column(id) => self.info(*id).is_vector,
            Expr::Outer(slot) => self.is_vector(&self.slots[*slot].expr),
            Expr::Call { function: Function::BuiltIn(function), .. } => gives_vector(function.name),
            Expr::Subquery { subquery, column } => {
                let query = &self.subqueries[subquery.number];
                query.columns.get(*column).is_some_and(|id| self.info(*id).is_vector)
            }
            Expr::FirstNotNull(operands) => self.are_vectors(&mut operands.iter()),
            Expr::Case { branches, otherwise } => {
                self.are_vectors(&mut branches.iter().map(|(_, value)| value).chain(otherwise.as_deref()))
            }
            _ => false,
        }
    }

    fn are_vectors(&self, exprs: &mut dyn Iterator<Item = &Expr>) -> bool {
        let mut values = exprs.filter(|expr| **expr != Expr::NULL).peekable();
        values.peek().is_some() && values.all(|value| self.is_vector(value))
    }

    /// Notes that a parameter that is the value of a column of `plan` is to be a vector.
    pub(super) fn note_vectors(&mut self, plan: &Plan, column: ColumnId) {
        match plan {
            Plan::Values { columns, rows } => {
                if let Some(place) = columns.iter().position(|id| *id == column) {
                    rows.iter().for_each(|row| self.note_vector(&row[place]));
                }
            }
            Plan::Project { columns, .. } => {
                if let Some((_, value)) = columns.iter().find(|(id, _)| *id == column) {
                    self.note_vector(value);
                }
            }
            Plan::Limit { input, .. } | Plan::Sort { input, .. } => self.note_vectors(input, column),
            _ => {}
        }
    }

    /// Notes that the new value of a column is to be a vector, if it is one of vectors.
    pub(super) fn note_assigned_vector(&mut self, table: &Table, position: usize, value: &Expr) {
        if table.columns.get(position).is_some_and(|column| column.dimensions.is_some()) {
            self.note_vector(value);
        }
    }

    fn note_vector(&mut self, value: &Expr) {
        if let Expr::Parameter(position) = value {
            self.vector_parameters.insert(*position);
        }
    }
}
