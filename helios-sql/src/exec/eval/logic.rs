//! Three-valued logic and CASE.

use std::sync::Arc;

use helios_core::{Result, Value, ValueRef};

use super::{Context, evaluate};
use crate::chunk::{Chunk, Column, Data};
use crate::plan::Expr;

/// The rows in which a condition is true.
pub fn true_rows(condition: &Column) -> Vec<u32> {
    let mut rows = Vec::with_capacity(condition.len());
    match condition.data() {
        Data::Integer(values) if condition.nulls().is_empty() => {
            rows.extend((0..values.len() as u32).filter(|&row| values[row as usize] != 0));
        }
        _ => {
            let is_true = |row: &u32| condition.get(*row as usize).truth() == Some(true);
            rows.extend((0..condition.len() as u32).filter(is_true));
        }
    }
    rows
}

fn truth_value(truth: Option<bool>) -> ValueRef<'static> {
    truth.map_or(ValueRef::Null, |truth| ValueRef::Integer(i64::from(truth)))
}

pub(super) fn not(operand: &Column) -> Column {
    (0..operand.len()).map(|row| truth_value(operand.get(row).truth().map(|truth| !truth))).collect()
}

pub(super) fn is_null(operand: &Column, negated: bool) -> Column {
    let value = |row| i64::from(operand.is_null(row) != negated);
    Column::integers((0..operand.len()).map(value).collect())
}

pub(super) fn is_truth(operand: &Column, wanted: bool) -> Column {
    let value = |row| i64::from(operand.get(row).truth() == Some(wanted));
    Column::integers((0..operand.len()).map(value).collect())
}

/// The values of `expr` for the rows `taken`, all if there is none; NULL in the others. What is not taken cannot fail.
pub fn evaluate_taken(
    expr: &Expr,
    context: &mut Context,
    input: &Chunk,
    taken: Option<&[u32]>,
) -> Result<Arc<Column>> {
    match taken {
        Some(taken) if taken.len() < input.rows() && !matches!(expr, Expr::Column(_) | Expr::Constant(_)) => {
            let mut chosen = input.clone();
            chosen.select(taken);
            let values = evaluate(expr, context, &chosen)?;
            Ok(Arc::new(gather(&[(values, taken.to_vec())], input.rows())))
        }
        _ => evaluate(expr, context, input),
    }
}

/// AND (`dominant` false) and OR (`dominant` true): the dominant truth wins, else NULL, else the other truth. Operands
/// are evaluated from the left, only for rows that are still undecided.
pub(super) fn connect(
    operands: &[Expr],
    dominant: bool,
    context: &mut Context,
    input: &Chunk,
) -> Result<Column> {
    let mut truth: Vec<Option<bool>> = vec![Some(!dominant); input.rows()];
    let mut open: Vec<u32> = (0..input.rows() as u32).collect();
    let mut narrowed = input.clone();
    for (number, operand) in operands.iter().enumerate() {
        if open.is_empty() {
            break;
        }
        let values = evaluate(operand, context, &narrowed)?;
        let mut kept = Vec::with_capacity(open.len());
        let mut places = Vec::with_capacity(open.len());
        for (place, &row) in open.iter().enumerate() {
            match values.get(place).truth() {
                Some(value) if value == dominant => {
                    truth[row as usize] = Some(dominant);
                    continue;
                }
                Some(_) => {}
                None => truth[row as usize] = None,
            }
            kept.push(row);
            places.push(place as u32);
        }
        if kept.len() < open.len() {
            select_for(&operands[number + 1..], &places, &mut narrowed);
            open = kept;
        }
    }
    if truth.iter().all(Option::is_some) {
        return Ok(Column::integers(truth.into_iter().map(|truth| i64::from(truth == Some(true))).collect()));
    }
    Ok(truth.into_iter().map(truth_value).collect())
}

/// Keeps the rows at `rows`, as far as expressions look at them: columns that they do not mention become NULL.
fn select_for(expressions: &[Expr], rows: &[u32], chunk: &mut Chunk) {
    let mut mentioned = vec![false; chunk.width()];
    for expr in expressions {
        expr.for_each_column(&mut |id| mentioned[id.0 as usize] = true);
        if expr.any(&mut |part| matches!(part, Expr::Local(_))) {
            mentioned.fill(true);
        }
    }
    for position in (0..chunk.width()).filter(|&position| !mentioned[position]) {
        let unseen = Column::constant(Value::Null, chunk.rows());
        chunk.set_column(position, Arc::new(unseen));
    }
    chunk.select(rows);
}

/// CASE: each branch is evaluated only for the rows that come to it.
pub(super) fn case(
    branches: &[(Expr, Expr)],
    otherwise: Option<&Expr>,
    context: &mut Context,
    input: &Chunk,
) -> Result<Column> {
    let mut results: Vec<Part> = Vec::new();
    let mut open: Vec<u32> = (0..input.rows() as u32).collect();
    let mut narrowed = input.clone();
    for (condition, value) in branches {
        if open.is_empty() {
            break;
        }
        let condition = evaluate(condition, context, &narrowed)?;
        let taken = true_rows(&condition);
        if taken.is_empty() {
            continue;
        }
        let mut chosen = narrowed.clone();
        chosen.select(&taken);
        let values = evaluate(value, context, &chosen)?;
        results.push((values, taken.iter().map(|&place| open[place as usize]).collect()));
        let left: Vec<u32> =
            (0..open.len() as u32).filter(|place| taken.binary_search(place).is_err()).collect();
        narrowed.select(&left);
        open = left.iter().map(|&place| open[place as usize]).collect();
    }
    if let (Some(otherwise), false) = (otherwise, open.is_empty()) {
        results.push((evaluate(otherwise, context, &narrowed)?, open));
    }
    Ok(gather(&results, input.rows()))
}

/// The first value of each row that is not NULL. Operands are evaluated from the left, only for rows without one.
pub(super) fn first_not_null(operands: &[Expr], context: &mut Context, input: &Chunk) -> Result<Column> {
    let mut results: Vec<Part> = Vec::new();
    let mut open: Vec<u32> = (0..input.rows() as u32).collect();
    let mut narrowed = input.clone();
    for operand in operands {
        if open.is_empty() {
            break;
        }
        let values = evaluate(operand, context, &narrowed)?;
        let left: Vec<u32> = (0..open.len() as u32).filter(|&place| values.is_null(place as usize)).collect();
        let still_open = left.iter().map(|&place| open[place as usize]).collect();
        // NULLs among them are overwritten by what comes later, or stay.
        results.push((values, std::mem::replace(&mut open, still_open)));
        narrowed.select(&left);
    }
    Ok(gather(&results, input.rows()))
}

/// Values for some rows.
type Part = (Arc<Column>, Vec<u32>);

/// One column of parts; the last that has a row counts, and a row in none is NULL.
fn gather(parts: &[Part], rows: usize) -> Column {
    let mut place: Vec<Option<(usize, usize)>> = vec![None; rows];
    for (part, (_, rows)) in parts.iter().enumerate() {
        for (position, &row) in rows.iter().enumerate() {
            place[row as usize] = Some((part, position));
        }
    }
    let value = |place: Option<(usize, usize)>| match place {
        Some((part, position)) => parts[part].0.get(position),
        None => ValueRef::Null,
    };
    place.into_iter().map(value).collect()
}
