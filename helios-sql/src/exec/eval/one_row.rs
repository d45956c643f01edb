//! Expressions over one row of a chunk, without columns in between: what recursions and lookups by key compute.
//!
//! Only what is as cheap as a number is done here; the answer is what the loops over columns would give.

use helios_core::{Value, ValueRef};

use super::arithmetic::combine_values;
use super::compare::compare_values;
use crate::chunk::{Chunk, Column};
use crate::exec::Context;
use crate::plan::Expr;

/// A value, borrowed where it lies in the row or the plan.
pub(in crate::exec) enum Found<'a> {
    Borrowed(ValueRef<'a>),
    Owned(Value),
}

impl Found<'_> {
    pub(in crate::exec) fn get(&self) -> ValueRef<'_> {
        match self {
            Found::Borrowed(value) => *value,
            Found::Owned(value) => value.as_ref(),
        }
    }
}

/// The value of an operator over the one row of `input`, as a column; `None` if it has to be computed otherwise.
pub(super) fn evaluate(expr: &Expr, context: &Context, input: &Chunk) -> Option<Column> {
    if !matches!(expr, Expr::Arithmetic(..) | Expr::Compare(..) | Expr::And(_) | Expr::Or(_)) {
        return None;
    }
    Some(match find(expr, context, input, 0)?.get() {
        ValueRef::Integer(value) => Column::integers(vec![value]),
        ValueRef::Real(value) => Column::reals(vec![value]),
        other => Column::constant(other.to_value(), 1),
    })
}

/// Whether [`find`] has an answer for an expression.
pub(in crate::exec) fn supports(expr: &Expr) -> bool {
    let mut supported = matches!(
        expr,
        Expr::Column(_)
            | Expr::Constant(_)
            | Expr::Outer(_)
            | Expr::Arithmetic(..)
            | Expr::Compare(..)
            | Expr::And(_)
            | Expr::Or(_)
    );
    expr.for_each_operand(|operand| supported = supported && supports(operand));
    supported
}

/// The value of an expression over a row of `input`, if it is one of those that are [supported](supports).
pub(in crate::exec) fn find<'a>(
    expr: &'a Expr,
    context: &'a Context,
    input: &'a Chunk,
    row: usize,
) -> Option<Found<'a>> {
    Some(match expr {
        Expr::Column(position) => Found::Borrowed(input.column(position.0 as usize).get(row)),
        Expr::Constant(value) => Found::Borrowed(value.as_ref()),
        Expr::Outer(slot) => Found::Borrowed(context.outer[*slot].as_ref()),
        Expr::Arithmetic(operator, left, right) => {
            let (left, right) = (find(left, context, input, row)?, find(right, context, input, row)?);
            Found::Owned(combine_values(*operator, left.get(), right.get()))
        }
        Expr::Compare(comparison, collation, left, right) => {
            let (left, right) = (find(left, context, input, row)?, find(right, context, input, row)?);
            truth(compare_values(*comparison, collation, left.get(), right.get()))
        }
        Expr::And(operands) => connect(operands, false, context, input, row)?,
        Expr::Or(operands) => connect(operands, true, context, input, row)?,
        _ => return None,
    })
}

fn truth(truth: Option<bool>) -> Found<'static> {
    Found::Owned(truth.map_or(Value::Null, |truth| Value::Integer(i64::from(truth))))
}

/// AND (`dominant` false) and OR (`dominant` true).
fn connect<'a>(
    operands: &'a [Expr],
    dominant: bool,
    context: &'a Context,
    input: &'a Chunk,
    row: usize,
) -> Option<Found<'a>> {
    let mut answer = Some(!dominant);
    for operand in operands {
        match find(operand, context, input, row)?.get().truth() {
            Some(value) if value == dominant => return Some(truth(Some(dominant))),
            Some(_) => {}
            None => answer = None,
        }
    }
    Some(truth(answer))
}
