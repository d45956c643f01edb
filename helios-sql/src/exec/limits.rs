//! Which chunks a scan need not look at, because no row of theirs meets a condition.
//!
//! In: the conditions on the rows of a table, and between which values those of a kept chunk lie. Out: whether a row may
//! meet all of them. Only comparisons of a column with a value count, and only as long as nothing stands before them:
//! a condition that comes first may be an error, and then has to be looked at.

use helios_core::Value;
use helios_core::value::{Collation, compare};

use super::{Context, eval};
use crate::chunk::Bounds;
use crate::plan::{Comparison, Expr};

/// The conditions of a scan.
#[derive(Debug, Default)]
pub(super) struct Limits(Vec<Limit>);

/// `column comparison value`.
#[derive(Debug)]
struct Limit {
    /// The place of the column among those of the scan.
    place: usize,
    comparison: Comparison,
    value: Expr,
}

/// The conditions with the values that they have in one execution.
#[derive(Debug, Default)]
pub(super) struct ReadyLimits(Vec<(usize, Comparison, Value)>);

impl Limits {
    /// The limits that conditions set, which are in terms of the places of the scan's columns.
    pub(super) fn of(conditions: &[Expr]) -> Limits {
        Limits(conditions.iter().map_while(Limit::of).collect())
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The limits of an execution.
    pub(super) fn ready(&self, context: &mut Context) -> ReadyLimits {
        // Where a value cannot be told, neither can the conditions behind it.
        let ready = self.0.iter().map_while(|limit| {
            let value = eval::constant(&limit.value, context).ok()?;
            Some((limit.place, limit.comparison, value))
        });
        ReadyLimits(ready.collect())
    }
}

impl Limit {
    fn of(condition: &Expr) -> Option<Limit> {
        let Expr::Compare(comparison, Collation::Binary, left, right) = condition else { return None };
        let limit = |column: &Expr, comparison, value: &Expr| match column {
            Expr::Column(id) if is_given(value) => {
                Some(Limit { place: id.0 as usize, comparison, value: value.clone() })
            }
            _ => None,
        };
        limit(left, *comparison, right).or_else(|| limit(right, comparison.flipped(), left))
    }
}

/// Whether a value is the same for all rows of an execution, and known without running anything.
fn is_given(value: &Expr) -> bool {
    match value {
        Expr::Constant(_) | Expr::Parameter(_) | Expr::Outer(_) => true,
        Expr::Convert(_, value) => is_given(value),
        _ => false,
    }
}

impl ReadyLimits {
    /// Whether rows may meet all conditions. `bounds` gives those of the column at a place.
    pub(super) fn may_hold<'b>(&self, bounds: impl Fn(usize) -> &'b Bounds) -> bool {
        self.0.iter().all(|(place, comparison, value)| may_hold(bounds(*place), *comparison, value))
    }
}

fn may_hold(bounds: &Bounds, comparison: Comparison, value: &Value) -> bool {
    if matches!(comparison, Comparison::Is | Comparison::IsNot) {
        return true;
    }
    if matches!(value, Value::Null) {
        return false;
    }
    let (least, greatest) = match bounds {
        Bounds::Unknown => return true,
        Bounds::Nothing => return false,
        Bounds::Between(least, greatest) => (least.as_ref(), greatest.as_ref()),
    };
    let least = compare(least, value.as_ref(), &Collation::Binary);
    let greatest = compare(greatest, value.as_ref(), &Collation::Binary);
    match comparison {
        Comparison::Equal => least.is_le() && greatest.is_ge(),
        Comparison::NotEqual => !(least.is_eq() && greatest.is_eq()),
        // The one that is most likely to meet it.
        Comparison::Less | Comparison::LessOrEqual => comparison.holds(least),
        _ => comparison.holds(greatest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every comparison with every value agrees with looking at each value of the chunk.
    #[test]
    fn a_chunk_that_is_left_out_has_no_such_row() {
        let chunks: [&[Value]; 5] = [
            &[2.into(), 5.into(), 3.into()],
            &[1.5.into(), 4.0.into()],
            &["b".into(), "d".into()],
            &[4.into(), 4.into()],
            &[],
        ];
        let values: [Value; 9] = [
            1.into(),
            2.into(),
            3.into(),
            4.into(),
            5.5.into(),
            "a".into(),
            "c".into(),
            "e".into(),
            Value::Null,
        ];
        let comparisons = [
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ];
        let mut left_out = 0;
        for chunk in chunks {
            let bounds = Bounds::of(&chunk.iter().map(Value::as_ref).collect());
            for value in &values {
                for comparison in comparisons {
                    let meets = |row: &Value| {
                        let order = compare(row.as_ref(), value.as_ref(), &Collation::Binary);
                        !matches!(value, Value::Null) && comparison.holds(order)
                    };
                    let may = may_hold(&bounds, comparison, value);
                    assert!(may || !chunk.iter().any(meets), "{chunk:?} {comparison:?} {value:?}");
                    left_out += usize::from(!may);
                }
            }
        }
        assert!(left_out > 100, "{left_out}");
    }
}
