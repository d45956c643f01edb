//! What the operands of an OR say together: a condition that all of them have in common stands beside the OR, and what
//! each of them says of one relation restricts that relation before it is joined.

use super::pushdown::is_stable;
use crate::plan::Expr;

/// Takes out of each OR what all of its operands have in common: `a AND b OR a AND c` becomes `a AND (b OR c)`. The two
/// are the same in three-valued logic, too.
pub(super) fn take_common(conditions: &mut Vec<Expr>) {
    let taken = std::mem::take(conditions);
    for condition in taken {
        match condition {
            Expr::Or(operands) if operands.iter().all(is_movable) => factor(operands, conditions),
            other => conditions.push(other),
        }
    }
}

fn factor(operands: Vec<Expr>, out: &mut Vec<Expr>) {
    let mut parts: Vec<Vec<Expr>> = operands.into_iter().map(conjuncts).collect();
    let (first, others) = parts.split_at_mut(1);
    let is_common = |part: &Expr| others.iter().all(|other| other.contains(part));
    let common: Vec<Expr> = first[0].iter().filter(|part| is_common(part)).cloned().collect();
    for part in &mut parts {
        part.retain(|condition| !common.contains(condition));
    }
    out.extend(common);
    // Where nothing is left of an operand, it is true if what they have in common is.
    if parts.iter().all(|part| !part.is_empty()) {
        out.push(Expr::Or(parts.into_iter().map(Expr::all).collect()));
    }
}

/// What an OR says of the columns for which `is_own` is true, alone: an OR of what each of its operands says of them.
/// `None` if one of them says nothing.
pub(super) fn implied(condition: &Expr, is_own: &dyn Fn(&Expr) -> bool) -> Option<Expr> {
    let Expr::Or(operands) = condition else { return None };
    let said = operands.iter().map(|operand| {
        let mut own = conjuncts(operand.clone());
        own.retain(|part| is_movable(part) && is_own(part));
        (!own.is_empty()).then(|| Expr::all(own))
    });
    said.collect::<Option<Vec<Expr>>>().map(Expr::Or)
}

fn conjuncts(operand: Expr) -> Vec<Expr> {
    let mut parts = Vec::new();
    operand.conjuncts(&mut parts);
    parts
}

/// Whether a condition may be looked at elsewhere, and for other rows.
fn is_movable(condition: &Expr) -> bool {
    !condition.has_subquery() && is_stable(condition)
}
