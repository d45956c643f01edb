//! LIKE and GLOB with a fixed beginning, as bounds (<https://sqlite.org/optoverview.html#the_like_optimization>).

use helios_core::Value;
use helios_core::value::Collation;

use crate::plan::{Bounds, Expr, PatternKind};

/// The bounds of the texts that a pattern on `key` can match, in the order of a collation that treats cases as the
/// pattern does.
pub(super) fn prefix_bounds(condition: &Expr, key: &Expr, collation: Option<&Collation>) -> Option<Bounds> {
    let Expr::Pattern { kind, negated: false, operand, pattern, escape: None } = condition else {
        return None;
    };
    let Expr::Constant(Value::Text(pattern)) = &**pattern else { return None };
    let (wildcards, wanted): (&[u8], _) = match kind {
        PatternKind::Like => (b"%_", Collation::NoCase),
        PatternKind::LikeByCase => (b"%_", Collation::Binary),
        PatternKind::Glob => (b"*?[", Collation::Binary),
        PatternKind::Match => return None,
    };
    if **operand != *key || collation != Some(&wanted) {
        return None;
    }
    let length = pattern.iter().position(|byte| wildcards.contains(byte)).unwrap_or(pattern.len());
    let mut low = pattern[..length].to_vec();
    if wanted == Collation::NoCase {
        low.make_ascii_lowercase();
    }
    let mut high = low.clone();
    let last = high.last_mut()?;
    *last = last.checked_add(1)?;
    let text = |bytes: Vec<u8>| Expr::Constant(Value::Text(bytes.into()));
    Some(Bounds {
        low: Some((text(low), true)),
        high: Some((text(high), false)),
        leaves_nulls_out: true,
        takes_blobs: true,
    })
}
