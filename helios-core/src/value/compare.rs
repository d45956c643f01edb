//! The order of values (<https://sqlite.org/datatype3.html>, section 4.1): NULL, then numbers by value, then text by
//! collation, then blobs byte by byte.

use std::cmp::Ordering;

use super::{Collation, Value, ValueRef};

/// The order of two values in ORDER BY, in indexes, and in comparisons between values that are not NULL.
pub fn compare(a: ValueRef<'_>, b: ValueRef<'_>, collation: &Collation) -> Ordering {
    match (a, b) {
        (ValueRef::Integer(x), ValueRef::Integer(y)) => x.cmp(&y),
        (ValueRef::Real(x), ValueRef::Real(y)) => compare_reals(x, y),
        (ValueRef::Integer(x), ValueRef::Real(y)) => compare_integer_real(x, y),
        (ValueRef::Real(x), ValueRef::Integer(y)) => compare_integer_real(y, x).reverse(),
        (ValueRef::Text(x), ValueRef::Text(y)) => collation.compare(x, y),
        (ValueRef::Blob(x), ValueRef::Blob(y)) => x.cmp(y),
        _ => rank(a).cmp(&rank(b)),
    }
}

/// [`compare`] on owned values.
pub fn compare_values(a: &Value, b: &Value, collation: &Collation) -> Ordering {
    compare(a.as_ref(), b.as_ref(), collation)
}

fn rank(value: ValueRef<'_>) -> u8 {
    match value {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 1,
        ValueRef::Text(_) => 2,
        ValueRef::Blob(_) => 3,
    }
}

/// NaN does not occur in values; if one did, it would sort first rather than break the order.
fn compare_reals(x: f64, y: f64) -> Ordering {
    x.partial_cmp(&y).unwrap_or_else(|| x.is_nan().cmp(&y.is_nan()).reverse())
}

/// The exact order of an integer and a float: no rounding of large integers.
pub fn compare_integer_real(integer: i64, real: f64) -> Ordering {
    if real.is_nan() || real < -9_223_372_036_854_775_808.0 {
        return Ordering::Greater;
    }
    if real >= 9_223_372_036_854_775_808.0 {
        return Ordering::Less;
    }
    let whole = real as i64;
    integer.cmp(&whole).then_with(|| compare_reals(0.0, real - whole as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_reals_compare_exactly() {
        let big = 9_007_199_254_740_993; // 2^53 + 1 has no float of its own
        assert_eq!(compare_integer_real(big, 9_007_199_254_740_992.0), Ordering::Greater);
        assert_eq!(compare_integer_real(5, 5.5), Ordering::Less);
        assert_eq!(compare_integer_real(-5, -5.5), Ordering::Greater);
        assert_eq!(compare_integer_real(i64::MAX, f64::INFINITY), Ordering::Less);
        assert_eq!(compare_integer_real(i64::MIN, -9_223_372_036_854_775_808.0), Ordering::Equal);
        assert_eq!(compare_integer_real(0, -0.0), Ordering::Equal);
    }
}
