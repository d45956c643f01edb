//! Expressions over chunks: a whole column at a time.
//!
//! In: an expression whose columns are positions in the chunk. Out: a column with a value for each row. Numbers and
//! comparisons of one class run in loops over slices; everything else goes value by value through the same functions
//! that the loops are tested against.

mod arithmetic;
mod compare;
mod convert;
mod logic;
mod member;
pub(super) mod one_row;
mod pattern;
mod vector;
mod zip;

use std::sync::Arc;

use helios_core::value::Affinity;
use helios_core::{Constraint, Error, ErrorKind, Result, Value, ValueRef};

use super::Context;
use crate::ast::RaiseAction;
use crate::chunk::{Chunk, Column};
use crate::plan::{Expr, Function};
use crate::stack::with_room;

pub use convert::convert_column;
pub use logic::{evaluate_taken, true_rows};
pub(super) use vector::{distance, distance_by};

/// The values of `expr` for the rows of `input`.
pub fn evaluate(expr: &Expr, context: &mut Context, input: &Chunk) -> Result<Arc<Column>> {
    if expr.is_leaf() {
        return evaluate_here(expr, context, input);
    }
    with_room(|| evaluate_here(expr, context, input))
}

fn evaluate_here(expr: &Expr, context: &mut Context, input: &Chunk) -> Result<Arc<Column>> {
    let rows = input.rows();
    if rows == 1
        && let Some(column) = one_row::evaluate(expr, context, input)
    {
        return Ok(Arc::new(column));
    }
    Ok(match expr {
        Expr::Column(position) => input.column(position.0 as usize).clone(),
        // Each value stands behind those of the input and of the expressions around it.
        Expr::Local(distance) => input.column(input.width() - 1 - distance).clone(),
        Expr::Let(value, body) => {
            let value = evaluate(value, context, input)?;
            let mut with_value = input.clone();
            with_value.push_column(value);
            evaluate(body, context, &with_value)?
        }
        Expr::Constant(_) | Expr::Parameter(_) | Expr::Outer(_) => {
            Arc::new(Column::constant(constant(expr, context)?, rows))
        }
        Expr::Not(operand) => Arc::new(logic::not(&*evaluate(operand, context, input)?)),
        Expr::Negate(operand) => Arc::new(arithmetic::negate(&*evaluate(operand, context, input)?)),
        Expr::BitNot(operand) => Arc::new(arithmetic::bit_not(&*evaluate(operand, context, input)?)),
        Expr::Arithmetic(operator, left, right) => {
            let (left, right) = (evaluate(left, context, input)?, evaluate(right, context, input)?);
            Arc::new(arithmetic::combine(*operator, &left, &right))
        }
        Expr::Concat(left, right) => {
            let (left, right) = (evaluate(left, context, input)?, evaluate(right, context, input)?);
            Arc::new(convert::concatenate(&left, &right)?)
        }
        Expr::Compare(comparison, collation, left, right) => {
            let (left, right) = (evaluate(left, context, input)?, evaluate(right, context, input)?);
            Arc::new(compare::compare_columns(*comparison, collation, &left, &right))
        }
        Expr::And(operands) => Arc::new(logic::connect(operands, false, context, input)?),
        Expr::Or(operands) => Arc::new(logic::connect(operands, true, context, input)?),
        Expr::FirstNotNull(operands) => Arc::new(logic::first_not_null(operands, context, input)?),
        Expr::IsNull(operand, negated) => {
            Arc::new(logic::is_null(&*evaluate(operand, context, input)?, *negated))
        }
        Expr::IsTruth(operand, truth) => {
            Arc::new(logic::is_truth(&*evaluate(operand, context, input)?, *truth))
        }
        Expr::Convert(affinity, operand) => convert_column(*affinity, &evaluate(operand, context, input)?),
        Expr::Cast(affinity, operand) => {
            Arc::new(convert::cast(*affinity, &*evaluate(operand, context, input)?))
        }
        Expr::Pattern { .. } => Arc::new(pattern::matches(expr, context, input)?),
        Expr::InList { negated, operand, list, collation } => {
            Arc::new(member::in_list(*negated, operand, list, collation, context, input)?)
        }
        Expr::InSubquery { negated, operands, comparisons, subquery } => {
            Arc::new(member::in_subquery(*negated, operands, comparisons, subquery, context, input)?)
        }
        Expr::Subquery { subquery, column } => {
            Arc::new(super::subquery::scalar_column(subquery, *column, context, input)?)
        }
        Expr::Exists(subquery) => Arc::new(super::subquery::exists_column(subquery, context, input)?),
        Expr::Case { branches, otherwise } => {
            Arc::new(logic::case(branches, otherwise.as_deref(), context, input)?)
        }
        Expr::Raise(action, message) => {
            if rows > 0 {
                return Err(raise(*action, message.as_deref(), context)?);
            }
            Arc::new(Column::default())
        }
        Expr::Call { function, arguments, collation } => {
            let columns = arguments
                .iter()
                .map(|argument| evaluate(argument, context, input))
                .collect::<Result<Vec<_>>>()?;
            Arc::new(call(function, &columns, collation, context, rows)?)
        }
    })
}

/// Ends the statement as RAISE says.
fn raise(action: RaiseAction, message: Option<&Expr>, context: &mut Context) -> Result<Error> {
    let text = match message {
        Some(message) => constant(message, context)?,
        None => Value::Null,
    };
    context.raised = Some(action);
    let text = match Affinity::Text.apply(text) {
        Value::Text(text) | Value::Blob(text) => String::from_utf8_lossy(&text).into_owned(),
        _ => String::new(),
    };
    Ok(Error::new(ErrorKind::Constraint(Constraint::Trigger), text))
}

fn call(
    function: &Function,
    columns: &[Arc<Column>],
    collation: &helios_core::value::Collation,
    context: &Context,
    rows: usize,
) -> Result<Column> {
    let call = context.facts.call(collation);
    if rows > 1 && !function.is_volatile() && columns.iter().all(|column| column.is_constant()) {
        let arguments: Vec<ValueRef<'_>> = columns.iter().map(|column| column.get(0)).collect();
        return Ok(Column::constant(function.call(&call, &arguments)?, rows));
    }
    if let Some(distances) = vector::distances(function, columns, rows)? {
        return Ok(distances);
    }
    let mut arguments: Vec<ValueRef<'_>> = Vec::with_capacity(columns.len());
    let mut out = Column::default();
    for row in 0..rows {
        arguments.clear();
        arguments.extend(columns.iter().map(|column| column.get(row)));
        out.push(function.call(&call, &arguments)?.as_ref());
        if function.is_of_program() {
            // What a call has rolled back ends there, and no other row is looked at.
            if context.facts.is_rolled_back() {
                return Err(Error::new(ErrorKind::AbortRollback, "abort due to ROLLBACK"));
            }
            // It may have taken long.
            context.interrupt.check_rows(1)?;
        }
    }
    Ok(out)
}

/// The value of an expression that mentions no columns.
pub fn constant(expr: &Expr, context: &mut Context) -> Result<Value> {
    match expr {
        Expr::Constant(value) => Ok(value.clone()),
        Expr::Parameter(position)
            if *position < context.parameters.width() && context.parameters.rows() > 0 =>
        {
            Ok(context.parameters.value(0, *position).to_value())
        }
        // What nobody bound is NULL.
        Expr::Parameter(_) => Ok(Value::Null),
        Expr::Outer(slot) => Ok(context.outer[*slot].clone()),
        Expr::Convert(affinity, operand) => Ok(affinity.apply(constant(operand, context)?)),
        _ => {
            let one_row = Chunk::new(Vec::new(), 1);
            Ok(evaluate(expr, context, &one_row)?.get(0).to_value())
        }
    }
}
