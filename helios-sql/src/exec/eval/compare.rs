//! Comparisons.

use helios_core::value::{Collation, compare};
use helios_core::{Value, ValueRef};

use super::zip::{self, Numbers};
use crate::chunk::{Column, Data};
use crate::plan::Comparison;

/// `left comparison right`, row by row: 1, 0 or NULL.
pub(super) fn compare_columns(
    comparison: Comparison,
    collation: &Collation,
    left: &Column,
    right: &Column,
) -> Column {
    if !matches!(comparison, Comparison::Is | Comparison::IsNot) {
        let nulls = || zip::either_null(left, right);
        if let (Some(a), Some(b)) = (zip::integers(left), zip::integers(right)) {
            return Column::integers_or_null(numbers(comparison, a, b, left.len()), nulls());
        }
        if let (Some(a), Some(b)) = (zip::reals(left), zip::reals(right)) {
            return Column::integers_or_null(numbers(comparison, a, b, left.len()), nulls());
        }
        if let (Data::Text(texts), Data::Constant(Value::Text(text), _), Collation::Binary) =
            (left.data(), right.data(), collation)
        {
            let values = texts.iter().map(|other| i64::from(comparison.holds(other.cmp(text))));
            return Column::integers_or_null(values.collect(), nulls());
        }
    }
    let mut out = Column::default();
    for row in 0..left.len() {
        let result = compare_values(comparison, collation, left.get(row), right.get(row));
        out.push(result.map_or(ValueRef::Null, |holds| ValueRef::Integer(i64::from(holds))));
    }
    out
}

fn numbers<T: Copy + PartialOrd>(
    comparison: Comparison,
    a: Numbers<'_, T>,
    b: Numbers<'_, T>,
    rows: usize,
) -> Vec<i64> {
    match comparison {
        Comparison::Equal | Comparison::Is => zip::map(a, b, rows, |a, b| i64::from(a == b)),
        Comparison::NotEqual | Comparison::IsNot => zip::map(a, b, rows, |a, b| i64::from(a != b)),
        Comparison::Less => zip::map(a, b, rows, |a, b| i64::from(a < b)),
        Comparison::LessOrEqual => zip::map(a, b, rows, |a, b| i64::from(a <= b)),
        Comparison::Greater => zip::map(a, b, rows, |a, b| i64::from(a > b)),
        Comparison::GreaterOrEqual => zip::map(a, b, rows, |a, b| i64::from(a >= b)),
    }
}

/// Whether one pair of values meets a comparison; `None` is unknown.
pub(super) fn compare_values(
    comparison: Comparison,
    collation: &Collation,
    left: ValueRef<'_>,
    right: ValueRef<'_>,
) -> Option<bool> {
    let tests_null = matches!(comparison, Comparison::Is | Comparison::IsNot);
    match (left.is_null(), right.is_null()) {
        (false, false) => Some(comparison.holds(compare(left, right, collation))),
        _ if !tests_null => None,
        (a, b) => Some((a && b) == (comparison == Comparison::Is)),
    }
}
