//! The type of an expression, given those of what it mentions.

use helios_core::Value;

use super::enumeration::ENUM_VALUE;
use super::resolution::{common, wider};
use super::{BaseType, SqlType, function};
use crate::plan::{AggregateCall, Arithmetic, ColumnId, Expr, SubqueryCall};

/// What is known of what expressions mention.
pub trait Known {
    /// The type of a column.
    fn column(&self, id: ColumnId) -> SqlType;

    /// The type of a parameter, by its number from 0 on.
    fn parameter(&self, number: usize) -> SqlType;

    /// The type of a value from outside, by its slot.
    fn outer(&self, slot: usize) -> SqlType;

    /// The type of a column of a query.
    fn subquery(&self, call: &SubqueryCall, column: usize) -> SqlType;
}

/// The type of what an aggregate gives.
pub fn of_aggregate(call: &AggregateCall, known: &dyn Known) -> SqlType {
    let of_first = |arguments: &[Expr]| {
        arguments.first().map(|argument| of_expression(argument, known)).unwrap_or_default()
    };
    match call.arguments.first() {
        // What is collected into an array.
        Some(Expr::Call { function, arguments, .. }) if format!("{function:?}") == "array_quoted" => {
            SqlType::array_of(function::element(of_first(arguments)))
        }
        _ => function::aggregate(&call.function, of_first(&call.arguments)),
    }
}

/// The type of an expression.
pub fn of_expression(expr: &Expr, known: &dyn Known) -> SqlType {
    let of = |expr: &Expr| of_expression(expr, known);
    match expr {
        Expr::Constant(value) => constant(value),
        Expr::Parameter(number) => known.parameter(*number),
        Expr::Column(id) => known.column(*id),
        Expr::Outer(slot) => known.outer(*slot),
        Expr::Local(_) | Expr::Raise(..) => SqlType::UNKNOWN,
        Expr::Not(_)
        | Expr::Compare(..)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::IsNull(..)
        | Expr::IsTruth(..)
        | Expr::Pattern { .. }
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Exists(_) => SqlType::of(BaseType::Boolean),
        Expr::Negate(operand) | Expr::BitNot(operand) | Expr::Convert(_, operand) => of(operand),
        Expr::Arithmetic(operator, left, right) => arithmetic(*operator, of(left), of(right)),
        Expr::Concat(left, right) => match (of(left), of(right)) {
            (array, _) | (_, array) if array.is_array => array,
            _ => SqlType::of(BaseType::Text),
        },
        Expr::Cast(affinity, _) => SqlType::of(match affinity {
            helios_core::value::Affinity::Integer => BaseType::BigInt,
            helios_core::value::Affinity::Real => BaseType::Double,
            helios_core::value::Affinity::Numeric => BaseType::Numeric,
            helios_core::value::Affinity::Text => BaseType::Text,
            helios_core::value::Affinity::Blob => BaseType::Bytea,
        }),
        Expr::Subquery { subquery, column } => known.subquery(subquery, *column),
        Expr::FirstNotNull(operands) => common(operands.iter().map(&of)),
        Expr::Let(value, inside) => match of(inside) {
            known if known.is_known() => known,
            // It is the value, or something else.
            _ if gives_local(inside) => of(value),
            _ => SqlType::UNKNOWN,
        },
        Expr::Case { branches, otherwise } => {
            let values = branches.iter().map(|(_, value)| value).chain(otherwise.as_deref());
            common(values.map(&of))
        }
        Expr::Call { function, arguments, .. } => {
            if let (ENUM_VALUE, [_, Expr::Constant(Value::Integer(oid)), ..]) =
                (&*format!("{function:?}"), &arguments[..])
            {
                return u32::try_from(*oid).map(|oid| SqlType::of(BaseType::Enum(oid))).unwrap_or_default();
            }
            let types: Vec<SqlType> = arguments.iter().map(of).collect();
            function::result(&format!("{function:?}"), &types)
        }
    }
}

/// Whether an expression may be the value that is computed once around it.
fn gives_local(expr: &Expr) -> bool {
    match expr {
        Expr::Local(_) => true,
        Expr::Case { branches, otherwise } => {
            branches.iter().map(|(_, value)| value).chain(otherwise.as_deref()).any(gives_local)
        }
        Expr::FirstNotNull(operands) => operands.iter().any(gives_local),
        Expr::Let(_, inside) => gives_local(inside),
        _ => false,
    }
}

fn constant(value: &Value) -> SqlType {
    match value {
        Value::Integer(value) if i32::try_from(*value).is_ok() => SqlType::of(BaseType::Integer),
        Value::Integer(_) => SqlType::of(BaseType::BigInt),
        Value::Real(_) => SqlType::of(BaseType::Numeric),
        Value::Blob(_) => SqlType::of(BaseType::Bytea),
        Value::Text(_) | Value::Null => SqlType::UNKNOWN,
    }
}

fn arithmetic(operator: Arithmetic, left: SqlType, right: SqlType) -> SqlType {
    use BaseType::{BigInt, Date, Integer, Interval, Time, Timestamp, TimestampTz};
    let is_sum = matches!(operator, Arithmetic::Add | Arithmetic::Subtract);
    match (left.base, right.base) {
        (Timestamp | TimestampTz, Timestamp | TimestampTz) if is_sum => SqlType::of(Interval),
        (Date, Date) if is_sum => SqlType::of(Integer),
        (Date, Interval) => SqlType::of(Timestamp),
        (Date | Time | Timestamp | TimestampTz | Interval, _) => left,
        (_, Date | Time | Timestamp | TimestampTz | Interval) => right,
        _ => match (left.is_known(), right.is_known()) {
            (true, true) => wider(left, right),
            (true, false) => left,
            (false, true) => right,
            (false, false) => SqlType::of(BigInt),
        },
    }
}
