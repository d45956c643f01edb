//! How many digits stand behind the point of decimal numbers, and what a type says in parentheses.
//!
//! In: what makes the columns of a statement. Out: the scale of each that PostgreSQL would show all its numbers with, where
//! that follows from declared types, casts and operators alone; and its type modifier.

use helios_core::Value;

use super::infer::{Finder, Maker};
use super::{BaseType, SqlType};
use crate::func::Aggregate;
use crate::plan::{AggregateCall, Arithmetic, ColumnId, Expr};

/// What a length or a precision is in the catalog and on the wire; -1 for none.
pub fn modifier_of(declared: &str) -> i32 {
    let inside =
        declared.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    let Some(inside) = inside else { return -1 };
    let mut numbers = inside.split(',').map(|number| number.trim().parse::<i32>().unwrap_or(0));
    let (first, second) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    match SqlType::declared(declared).base {
        BaseType::Varchar | BaseType::Character => first.saturating_add(4),
        BaseType::Numeric => (first << 16 | second & 0xffff).saturating_add(4),
        BaseType::Vector | BaseType::Timestamp | BaseType::TimestampTz | BaseType::Time => first,
        _ => -1,
    }
}

/// The modifier of a decimal number with so many digits, so many of them behind the point.
fn numeric_modifier(precision: i64, scale: i64) -> i32 {
    ((precision as i32) << 16 | (scale as i32) & 0xffff).saturating_add(4)
}

/// The scale that a modifier of a decimal number says.
fn scale_of_modifier(modifier: i32) -> Option<u8> {
    u8::try_from((modifier - 4) & 0xffff).ok().filter(|_| modifier >= 4)
}

impl Finder<'_> {
    /// The type modifier of a column, -1 for none.
    pub(super) fn modifier(&self, id: ColumnId) -> i32 {
        if let Some(declared) = self.declared(id).filter(|declared| declared.contains('(')) {
            return modifier_of(declared);
        }
        match self.makers.get(&id) {
            Some(Maker::Expr(expr)) => self.modifier_of_expr(expr),
            Some(Maker::Same(same)) if *same != id => self.modifier(*same),
            _ => -1,
        }
    }

    /// The type modifier of an expression, -1 for none.
    pub(super) fn modifier_of_expr(&self, expr: &Expr) -> i32 {
        match expr {
            Expr::Column(id) => self.declared(*id).map_or(-1, modifier_of),
            Expr::Convert(_, operand) => self.modifier_of_expr(operand),
            Expr::Call { function, arguments, .. } if format!("{function:?}") == "numeric_fits" => {
                limits(arguments).map_or(-1, |(precision, scale)| numeric_modifier(precision, scale))
            }
            Expr::Call { function, arguments, .. } if format!("{function:?}") == "::bpchar" => {
                length_of_cut(arguments).map_or(-1, |length| length.saturating_add(4))
            }
            _ => -1,
        }
    }

    /// The scale of the numbers of a column. `depth` bounds how far makers are followed.
    pub(super) fn scale(&self, id: ColumnId, depth: usize) -> Option<u8> {
        let declared = self.declared(id);
        if let Some(scale) = declared.and_then(scale_of_declared) {
            return Some(scale);
        }
        let depth = depth.checked_sub(1)?;
        match *self.makers.get(&id)? {
            Maker::Expr(expr) => self.scale_of_expr(expr, depth),
            Maker::Values(rows, position) => {
                let values = rows.iter().filter_map(|row| row.get(position));
                same(values.map(|value| self.scale_of_expr(value, depth)))
            }
            Maker::Aggregate(call) => self.scale_of_aggregate(call, depth),
            Maker::Window(_) => None,
            Maker::Either(left, right) => same([left, right].into_iter().map(|side| self.scale(side, depth))),
            Maker::Same(same) => self.scale(same, depth),
        }
    }

    fn scale_of_aggregate(&self, call: &AggregateCall, depth: usize) -> Option<u8> {
        match call.function {
            Aggregate::Sum | Aggregate::Minimum | Aggregate::Maximum => {
                self.scale_of_expr(call.arguments.first()?, depth)
            }
            _ => None,
        }
    }

    /// The scale of the numbers that an expression gives.
    pub(super) fn scale_of_expr(&self, expr: &Expr, depth: usize) -> Option<u8> {
        let depth = depth.checked_sub(1)?;
        let of = |expr: &Expr| self.scale_of_expr(expr, depth);
        match expr {
            Expr::Constant(value) => scale_of_constant(value),
            Expr::Column(id) => self.scale(*id, depth),
            Expr::Negate(operand) | Expr::Convert(_, operand) => of(operand),
            Expr::Arithmetic(operator, left, right) => {
                let (left, right) = (of(left)?, of(right)?);
                match operator {
                    Arithmetic::Add | Arithmetic::Subtract => Some(left.max(right)),
                    Arithmetic::Multiply => Some(left + right).filter(|scale| *scale < 16),
                    _ => None,
                }
            }
            Expr::FirstNotNull(operands) => same(operands.iter().filter(|it| !is_null(it)).map(of)),
            Expr::Case { branches, otherwise } => {
                let values = branches.iter().map(|(_, value)| value).chain(otherwise.as_deref());
                same(values.filter(|value| !is_null(value)).map(of))
            }
            Expr::Subquery { subquery, column } => {
                let query = self.bound.subqueries.get(subquery.number)?;
                self.scale(*query.columns.get(subquery.by.len() + column)?, depth)
            }
            Expr::Call { function, arguments, .. } => {
                match (format!("{function:?}").to_ascii_lowercase().as_str(), &arguments[..]) {
                    ("numeric_fits", _) => u8::try_from(limits(arguments)?.1).ok(),
                    ("round", [value]) if of(value).is_some() => Some(0),
                    ("round", [_, Expr::Constant(Value::Integer(digits))]) => u8::try_from(*digits).ok(),
                    ("::numeric" | "abs", [value]) => of(value),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn is_null(expr: &Expr) -> bool {
    *expr == Expr::NULL
}

/// The scale that all have; `None` where they differ.
fn same(mut scales: impl Iterator<Item = Option<u8>>) -> Option<u8> {
    let first = scales.next()??;
    scales.all(|scale| scale == Some(first)).then_some(first)
}

/// The precision and the scale that a number has to fit.
fn limits(arguments: &[Expr]) -> Option<(i64, i64)> {
    match arguments {
        [_, Expr::Constant(Value::Integer(precision)), Expr::Constant(Value::Integer(scale))] => {
            Some((*precision, *scale))
        }
        _ => None,
    }
}

fn scale_of_declared(declared: &str) -> Option<u8> {
    match SqlType::declared(declared).base {
        BaseType::SmallInt | BaseType::Integer | BaseType::BigInt => Some(0),
        BaseType::Numeric => scale_of_modifier(modifier_of(declared)),
        _ => None,
    }
}

fn scale_of_constant(value: &Value) -> Option<u8> {
    match value {
        Value::Integer(_) => Some(0),
        Value::Real(number) => {
            let text = format!("{number}");
            let digits = text.split_once('.').map_or(0, |(_, digits)| digits.len());
            u8::try_from(digits).ok().filter(|digits| *digits < 16)
        }
        _ => None,
    }
}

/// How long a cast to `character(n)` has cut its operand.
fn length_of_cut(arguments: &[Expr]) -> Option<i32> {
    let [Expr::Call { function, arguments, .. }] = arguments else { return None };
    match arguments.get(1) {
        Some(Expr::Constant(Value::Integer(length))) if format!("{function:?}") == "left" => {
            i32::try_from(*length).ok()
        }
        _ => None,
    }
}
