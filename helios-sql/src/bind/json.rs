//! JSON as an argument of a JSON function: it nests, where a text becomes a string.
//!
//! What makes the argument is told to mark it; see [`func::json_argument`]. As in SQLite that goes through CASE and its
//! like, and not through queries.

use super::Binder;
use crate::func::{self, Aggregate};
use crate::plan::{AggregateCall, ColumnId, Expr, Function};

impl Binder<'_> {
    /// An argument of the function `outer`, which is told so if the argument is JSON and no text.
    pub(super) fn json_marked(&mut self, outer: &str, argument: Expr) -> Expr {
        if !func::takes_json(outer) {
            return argument;
        }
        match argument {
            Expr::Call { function: Function::BuiltIn(function), arguments, collation } => {
                let marked = func::json_argument(outer, function.name, arguments.len());
                Expr::Call { function: Function::BuiltIn(marked.unwrap_or(function)), arguments, collation }
            }
            Expr::Column(id) => self.marked_aggregate(id).unwrap_or(Expr::Column(id)),
            Expr::Case { branches, otherwise } => {
                let branches = branches.into_iter().map(|(when, then)| (when, self.json_marked(outer, then)));
                let branches = branches.collect();
                let otherwise = otherwise.map(|otherwise| self.json_marked(outer, *otherwise).into());
                Expr::Case { branches, otherwise }
            }
            Expr::FirstNotNull(operands) => {
                Expr::FirstNotNull(operands.into_iter().map(|value| self.json_marked(outer, value)).collect())
            }
            Expr::Let(value, body) => {
                let body = match self.json_marked(outer, *body) {
                    // nullif() compares the value as it is and gives it marked.
                    Expr::Case { branches, otherwise: Some(last) } if *last == Expr::Local(0) => {
                        let marked = self.json_marked(outer, (*value).clone());
                        Expr::Case { branches, otherwise: Some(marked.into()) }
                    }
                    body => body,
                };
                Expr::Let(value, body.into())
            }
            other => other,
        }
    }

    /// The same aggregate as a column's, with its value marked.
    fn marked_aggregate(&mut self, id: ColumnId) -> Option<Expr> {
        let scope = self.scopes.last()?;
        let (_, call) = scope.aggregates.iter().find(|(known, _)| *known == id)?;
        let function = marked(&call.function)?;
        let call = AggregateCall { function, ..call.clone() };
        Some(self.aggregate_column(call, Default::default()).expr)
    }
}

fn marked(function: &Aggregate) -> Option<Aggregate> {
    match function {
        Aggregate::JsonArray { .. } => Some(Aggregate::JsonArray { is_marked: true }),
        Aggregate::JsonObject { .. } => Some(Aggregate::JsonObject { is_marked: true }),
        _ => None,
    }
}
