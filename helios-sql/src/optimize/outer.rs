//! Outer joins that are none (<https://sqlite.org/optoverview.html#outer_join_strength_reduction>).
//!
//! A row that stands for a partner that is not there has NULL in all columns. Where a condition above the join is not true
//! of such rows, the join gives the same without them: a LEFT JOIN becomes an inner one, which takes part in the choice of
//! the order, and conditions go to both sides.

use std::collections::HashMap;

use helios_core::Value;

use super::join::columns_of;
use super::pushdown::{is_stable, substitute};
use crate::plan::{ColumnId, Comparison, Expr, Join, JoinKind, JoinMethod, PatternKind, Plan};

/// Makes inner joins of outer ones where that changes nothing.
pub(super) fn reduce(plan: &mut Plan) {
    let mut has_outer_join = false;
    plan.for_each_plan(&mut |plan| {
        has_outer_join |= matches!(plan, Plan::Join(join) if !matches!(join.kind, JoinKind::Inner { .. }));
    });
    if has_outer_join {
        below(plan, Vec::new());
    }
}

/// The same, where only those rows count for which conditions are true.
fn below(plan: &mut Plan, mut conditions: Vec<Expr>) {
    match plan {
        Plan::Filter { input, condition } => {
            condition.clone().conjuncts(&mut conditions);
            below(input, conditions);
        }
        Plan::Project { input, columns } => {
            if !conditions.is_empty() {
                let known: HashMap<ColumnId, &Expr> =
                    columns.iter().filter(|(_, expr)| is_plain(expr)).map(|(id, expr)| (*id, expr)).collect();
                conditions.iter_mut().for_each(|condition| substitute(condition, &known));
            }
            below(input, conditions);
        }
        Plan::Sort { input, first: None, .. } => below(input, conditions),
        Plan::Join(join) if !matches!(join.method, JoinMethod::Lookup { .. }) => below_join(join, conditions),
        other => other.for_each_input_mut(|input| below(input, Vec::new())),
    }
}

fn below_join(join: &mut Join, mut conditions: Vec<Expr>) {
    if matches!(join.kind, JoinKind::Right | JoinKind::Full) && rejects(&conditions, &columns_of(&join.left))
    {
        // Only pairs and rows of the left side are left.
        join.kind =
            if join.kind == JoinKind::Full { JoinKind::Left } else { JoinKind::Inner { fixed: false } };
    }
    if matches!(join.kind, JoinKind::Left | JoinKind::Full) && rejects(&conditions, &columns_of(&join.right))
    {
        join.kind =
            if join.kind == JoinKind::Full { JoinKind::Right } else { JoinKind::Inner { fixed: false } };
    }
    let own = join.conditions.clone();
    match join.kind {
        JoinKind::Inner { .. } => {
            conditions.extend(own);
            below(&mut join.left, conditions.clone());
            below(&mut join.right, conditions);
        }
        JoinKind::Left => {
            below(&mut join.left, conditions);
            below(&mut join.right, own);
        }
        JoinKind::Right => {
            below(&mut join.left, own);
            below(&mut join.right, conditions);
        }
        JoinKind::Full => {
            below(&mut join.left, Vec::new());
            below(&mut join.right, Vec::new());
        }
    }
}

/// Whether an expression may stand in the place of a column.
fn is_plain(expr: &Expr) -> bool {
    !expr.has_subquery() && is_stable(expr)
}

/// Whether any of some conditions is not true where all `columns` are NULL.
fn rejects(conditions: &[Expr], columns: &[ColumnId]) -> bool {
    conditions.iter().any(|condition| is_untrue(condition, columns))
}

/// Whether a condition is certainly not true where all `columns` are NULL.
fn is_untrue(condition: &Expr, columns: &[ColumnId]) -> bool {
    match condition {
        Expr::And(parts) => parts.iter().any(|part| is_untrue(part, columns)),
        Expr::Or(parts) => parts.iter().all(|part| is_untrue(part, columns)),
        Expr::IsNull(operand, true) | Expr::IsTruth(operand, false) => is_null(operand, columns),
        Expr::IsTruth(operand, true) => is_untrue(operand, columns),
        Expr::Compare(Comparison::Is, _, left, right) => {
            let is_value = |expr: &Expr| matches!(expr, Expr::Constant(value) if !value.is_null());
            (is_null(left, columns) && is_value(right)) || (is_null(right, columns) && is_value(left))
        }
        Expr::InSubquery { negated: false, operands, .. } => {
            operands.iter().any(|operand| is_null(operand, columns))
        }
        other => is_null(other, columns),
    }
}

/// Whether an expression is certainly NULL where all `columns` are.
fn is_null(expr: &Expr, columns: &[ColumnId]) -> bool {
    let null = |expr: &Expr| is_null(expr, columns);
    match expr {
        Expr::Constant(value) => matches!(value, Value::Null),
        Expr::Column(id) => columns.contains(id),
        Expr::Not(operand)
        | Expr::Negate(operand)
        | Expr::BitNot(operand)
        | Expr::Convert(_, operand)
        | Expr::Cast(_, operand) => null(operand),
        Expr::Arithmetic(_, left, right) | Expr::Concat(left, right) => null(left) || null(right),
        Expr::Compare(comparison, _, left, right) => {
            !matches!(comparison, Comparison::Is | Comparison::IsNot) && (null(left) || null(right))
        }
        Expr::And(parts) | Expr::Or(parts) | Expr::FirstNotNull(parts) => {
            !parts.is_empty() && parts.iter().all(null)
        }
        Expr::Pattern {
            kind: PatternKind::Like | PatternKind::LikeByCase | PatternKind::Glob,
            operand,
            pattern,
            ..
        } => null(operand) || null(pattern),
        Expr::InList { operand, list, .. } => !list.is_empty() && null(operand),
        _ => false,
    }
}
