//! Whether conditions say that the condition of a partial index holds
//! (<https://sqlite.org/partialindex.html#queries_using_partial_indexes>).

use crate::plan::{Comparison, Expr};

/// Whether a row that meets all of `conditions` is sure to meet `wanted`.
pub(super) fn implies(conditions: &[Expr], wanted: &Expr) -> bool {
    match wanted {
        Expr::And(parts) => parts.iter().all(|part| implies(conditions, part)),
        Expr::Or(parts) if parts.iter().any(|part| implies(conditions, part)) => true,
        wanted => conditions.iter().any(|condition| condition_implies(condition, wanted)),
    }
}

fn condition_implies(condition: &Expr, wanted: &Expr) -> bool {
    if is_same(condition, wanted) {
        return true;
    }
    match condition {
        Expr::And(parts) => parts.iter().any(|part| condition_implies(part, wanted)),
        Expr::Or(parts) => parts.iter().all(|part| condition_implies(part, wanted)),
        condition => matches!(wanted, Expr::IsNull(operand, true) if needs_value(condition, operand)),
    }
}

/// The same condition, with its sides exchanged or not.
fn is_same(one: &Expr, other: &Expr) -> bool {
    if one == other {
        return true;
    }
    match (one, other) {
        (Expr::Compare(a, by, left, right), Expr::Compare(b, other_by, other_left, other_right)) => {
            *a == b.flipped() && by == other_by && left == other_right && right == other_left
        }
        _ => false,
    }
}

/// Whether a condition is true only where `operand` is not NULL.
fn needs_value(condition: &Expr, operand: &Expr) -> bool {
    match condition {
        Expr::Compare(comparison, _, left, right) => {
            !matches!(comparison, Comparison::Is | Comparison::IsNot)
                && (**left == *operand || **right == *operand)
        }
        Expr::InSubquery { negated: false, operands, .. } => operands.contains(operand),
        Expr::InList { negated: false, operand: known, .. }
        | Expr::Pattern { negated: false, operand: known, .. }
        | Expr::IsNull(known, true) => **known == *operand,
        _ => false,
    }
}
