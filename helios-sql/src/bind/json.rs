//! JSON as an argument of a JSON function: it nests, where a text becomes a string.
//!
//! What makes the argument is told to mark it; see [`func::marked_function`]. As in SQLite that goes through CASE and its
//! like, through queries that are values, and through the columns of table-valued functions: those are marked where they
//! are made, and whoever reads them and is no JSON function takes the mark off.

use helios_core::value::Affinity;

use super::window::WindowGroup;
use super::{Binder, JsonMarks};
use crate::func::{self, Aggregate, JsonForm};
use crate::plan::{AggregateCall, ColumnId, Expr, Function, WindowCall, WindowKind};

/// A value that may be marked, without the mark.
pub(super) fn unmarked(expr: Expr) -> Expr {
    Expr::Call {
        function: Function::BuiltIn(&func::UNMARKED),
        arguments: vec![expr],
        collation: Default::default(),
    }
}

/// What [`unmarked`] was given, or else the expression itself.
pub(super) fn without_unmarking(expr: &Expr) -> &Expr {
    match expr {
        Expr::Call { function: Function::BuiltIn(function), arguments, .. }
            if std::ptr::eq(*function, &func::UNMARKED) =>
        {
            &arguments[0]
        }
        other => other,
    }
}

/// Whether an expression is a column that has JSON marked, without the mark.
pub(super) fn is_unmarked_column(expr: &Expr) -> bool {
    matches!(without_unmarking(expr), Expr::Column(_)) && !matches!(expr, Expr::Column(_))
}

impl Binder<'_> {
    /// Binds a query whose columns are to have JSON marked.
    pub(super) fn marking_json<T>(&mut self, marks: JsonMarks, bind: impl FnOnce(&mut Self) -> T) -> T {
        self.marks_json = marks;
        let bound = bind(self);
        self.marks_json = JsonMarks::None;
        bound
    }

    /// An argument of the function `outer`, which is told so if the argument is JSON and no text.
    pub(super) fn json_marked(&mut self, outer: &str, argument: Expr) -> Expr {
        if func::takes_json(outer) { self.marked(argument).0 } else { argument }
    }

    /// An argument of the aggregate or window function `outer`. A column that is sorted or kept for it is a text.
    pub(super) fn json_marked_row(&mut self, outer: &str, is_sorted: bool, argument: Expr) -> Expr {
        if is_sorted && is_unmarked_column(&argument) { argument } else { self.json_marked(outer, argument) }
    }

    /// An expression that marks its value if that is JSON; whether it is another expression.
    pub(super) fn marked(&mut self, expr: Expr) -> (Expr, bool) {
        let mut is_marked = false;
        let mut within = |binder: &mut Self, expr: Expr| {
            let (expr, is_other) = binder.marked(expr);
            is_marked |= is_other;
            expr
        };
        let expr = match expr {
            Expr::Call { function: Function::BuiltIn(function), mut arguments, collation } => {
                if std::ptr::eq(function, &func::UNMARKED)
                    && let Some(marked) = arguments.pop()
                {
                    return (marked, true);
                }
                let marked = func::marked_function(function.name, arguments.len());
                is_marked = marked.is_some();
                let function = Function::BuiltIn(marked.unwrap_or(function));
                Expr::Call { function, arguments, collation }
            }
            Expr::Column(id) => match self.marked_aggregate(id).or_else(|| self.marked_window(id)) {
                Some(marked) => return (marked, true),
                None => Expr::Column(id),
            },
            Expr::Cast(Affinity::Text, operand) => Expr::Cast(Affinity::Text, within(self, *operand).into()),
            Expr::Case { branches, otherwise } => {
                let branches = branches.into_iter().map(|(when, then)| (when, within(self, then))).collect();
                let otherwise = otherwise.map(|otherwise| within(self, *otherwise).into());
                Expr::Case { branches, otherwise }
            }
            Expr::FirstNotNull(operands) => {
                Expr::FirstNotNull(operands.into_iter().map(|value| within(self, value)).collect())
            }
            Expr::Let(value, body) => {
                let body = match within(self, *body) {
                    // nullif() compares the value as it is and gives it marked.
                    Expr::Case { branches, otherwise: Some(last) } if *last == Expr::Local(0) => {
                        let marked = within(self, (*value).clone());
                        Expr::Case { branches, otherwise: Some(marked.into()) }
                    }
                    body => body,
                };
                Expr::Let(value, body.into())
            }
            other => other,
        };
        (expr, is_marked)
    }

    /// The same aggregate as a column's, with its value marked.
    fn marked_aggregate(&mut self, id: ColumnId) -> Option<Expr> {
        let scope = self.scopes.last()?;
        let (_, call) = scope.aggregates.iter().find(|(known, _)| *known == id)?;
        let call = AggregateCall { function: marked_function(&call.function)?, ..call.clone() };
        Some(self.aggregate_column(call, Default::default()).expr)
    }

    /// The same for a window function.
    fn marked_window(&mut self, id: ColumnId) -> Option<Expr> {
        let groups = &self.scopes.last()?.windows;
        let call = |group: &WindowGroup| group.calls.iter().position(|(known, _)| *known == id);
        let (group, call) =
            groups.iter().enumerate().find_map(|(at, group)| call(group).map(|call| (at, call)))?;
        let (_, call) = &groups[group].calls[call];
        let WindowKind::Aggregate(function) = &call.function else { return None };
        let function = WindowKind::Aggregate(marked_function(function)?);
        let call = WindowCall { function, ..call.clone() };
        let marked = self.new_column(Default::default());
        self.scopes.last_mut()?.windows[group].calls.push((marked, call));
        Some(Expr::Column(marked))
    }
}

/// The aggregate that marks the JSON of another.
fn marked_function(function: &Aggregate) -> Option<Aggregate> {
    let form = JsonForm::Marked;
    match function {
        Aggregate::JsonArray { form: JsonForm::Text } => Some(Aggregate::JsonArray { form }),
        Aggregate::JsonObject { form: JsonForm::Text } => Some(Aggregate::JsonObject { form }),
        _ => None,
    }
}
