//! What is known of a column is known of every column that is equal to it
//! (<https://sqlite.org/optoverview.html#constant_propagation>).

use helios_core::value::Collation;

use super::pushdown::is_stable;
use crate::plan::{Comparison, Expr};

/// Adds to conditions that two columns are equal, and one of them equal to a value, that the other is equal to it. Only
/// equalities that compare values as they are and texts byte by byte are of that kind.
pub(super) fn spread(conditions: &mut Vec<Expr>) {
    let mut values: Vec<(Expr, Expr)> = conditions.iter().filter_map(column_and_value).collect();
    if values.is_empty() {
        return;
    }
    let pairs: Vec<(Expr, Expr)> = conditions.iter().filter_map(two_columns).collect();
    let mut place = 0;
    while place < values.len() {
        let (column, value) = values[place].clone();
        for (one, other) in &pairs {
            let next = match () {
                () if *one == column => other,
                () if *other == column => one,
                () => continue,
            };
            if !values.iter().any(|(known, _)| known == next) {
                values.push((next.clone(), value.clone()));
                conditions.push(Expr::Compare(
                    Comparison::Equal,
                    Collation::Binary,
                    next.clone().into(),
                    value.clone().into(),
                ));
            }
        }
        place += 1;
    }
}

fn two_columns(condition: &Expr) -> Option<(Expr, Expr)> {
    match condition {
        Expr::Compare(Comparison::Equal, Collation::Binary, left, right) => match (&**left, &**right) {
            (Expr::Column(_), Expr::Column(_)) => Some(((**left).clone(), (**right).clone())),
            _ => None,
        },
        _ => None,
    }
}

fn column_and_value(condition: &Expr) -> Option<(Expr, Expr)> {
    let Expr::Compare(Comparison::Equal, Collation::Binary, left, right) = condition else { return None };
    let is_value = |expr: &Expr| {
        let mut mentions = false;
        expr.for_each_column(&mut |_| mentions = true);
        !mentions && !expr.has_subquery() && is_stable(expr)
    };
    match (&**left, &**right) {
        (Expr::Column(_), value) if is_value(value) => Some(((**left).clone(), value.clone())),
        (value, Expr::Column(_)) if is_value(value) => Some(((**right).clone(), value.clone())),
        _ => None,
    }
}
