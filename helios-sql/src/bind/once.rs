//! Operands that an expression mentions more than once: they are computed once, as in SQLite, so that what is random or
//! dear is the same and no dearer for it, and nested expressions do not double with each level.

use super::Typed;
use crate::plan::Expr;

/// An expression over `operand`, in which it stands for itself if it is but a name or a value, and else for a value that
/// is computed once.
pub(super) fn with_one(operand: Typed, body: impl FnOnce(&Typed) -> Expr) -> Expr {
    with_all(vec![operand], |operands| body(&operands[0]))
}

/// [`with_one`] for several operands.
pub(super) fn with_all(operands: Vec<Typed>, body: impl FnOnce(&[Typed]) -> Expr) -> Expr {
    let mut values = Vec::new();
    let mut named = Vec::with_capacity(operands.len());
    let computed = operands.iter().filter(|operand| !is_leaf(&operand.expr)).count();
    for operand in operands {
        if is_leaf(&operand.expr) {
            named.push(operand);
        } else {
            // The last value is the innermost.
            let local = Expr::Local(computed - 1 - values.len());
            named.push(Typed { expr: local, ..operand });
            values.push(operand.expr);
        }
    }
    let body = body(&named);
    values.into_iter().rev().fold(body, |body, value| Expr::Let(value.into(), body.into()))
}

fn is_leaf(expr: &Expr) -> bool {
    matches!(expr, Expr::Constant(_) | Expr::Parameter(_) | Expr::Column(_) | Expr::Outer(_))
}
