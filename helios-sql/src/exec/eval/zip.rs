//! Loops over two columns of one class, either of which may be the same value in every row.

use crate::chunk::{Column, Data};
use helios_core::Value;

/// The numbers of a column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Numbers<'a, T> {
    /// One for each row.
    Each(&'a [T]),
    /// The same for all.
    Same(T),
}

/// `f` of each pair.
pub(super) fn map<T: Copy, U>(
    a: Numbers<'_, T>,
    b: Numbers<'_, T>,
    rows: usize,
    f: impl Fn(T, T) -> U,
) -> Vec<U> {
    match (a, b) {
        (Numbers::Each(a), Numbers::Each(b)) => a.iter().zip(b).map(|(&a, &b)| f(a, b)).collect(),
        (Numbers::Each(a), Numbers::Same(b)) => a.iter().map(|&a| f(a, b)).collect(),
        (Numbers::Same(a), Numbers::Each(b)) => b.iter().map(|&b| f(a, b)).collect(),
        (Numbers::Same(a), Numbers::Same(b)) => (0..rows).map(|_| f(a, b)).collect(),
    }
}

/// The integers of a column that has no other values (NULLs aside).
pub(super) fn integers(column: &Column) -> Option<Numbers<'_, i64>> {
    match column.data() {
        Data::Integer(values) => Some(Numbers::Each(values)),
        Data::Constant(Value::Integer(value), _) => Some(Numbers::Same(*value)),
        _ => None,
    }
}

/// The floats of a column that has no other values (NULLs aside).
pub(super) fn reals(column: &Column) -> Option<Numbers<'_, f64>> {
    match column.data() {
        Data::Real(values) => Some(Numbers::Each(values)),
        Data::Constant(Value::Real(value), _) => Some(Numbers::Same(*value)),
        _ => None,
    }
}

/// The rows in which either column is NULL; empty if there are none. For typed columns and constants that are not NULL.
pub(super) fn either_null(a: &Column, b: &Column) -> Vec<bool> {
    match (a.nulls(), b.nulls()) {
        ([], []) => Vec::new(),
        (nulls, []) | ([], nulls) => nulls.to_vec(),
        (a, b) => a.iter().zip(b).map(|(a, b)| a | b).collect(),
    }
}
