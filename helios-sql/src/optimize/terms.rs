//! The conditions on a scan, seen as what they say of a column or of an expression that an index holds.

use helios_core::Value;
use helios_core::value::{Affinity, Collation};

use super::pattern_range::prefix_bounds;
use super::pushdown::is_stable;
use crate::plan::{Bounds, ColumnId, Comparison, Expr, Probe, Scan};

/// The conditions on a scan.
pub(super) struct Terms<'a> {
    pub(super) scan: &'a Scan,
    pub(super) conditions: &'a [Expr],
    /// Which columns of others have a value when the scan begins.
    pub(super) is_known: &'a dyn Fn(ColumnId) -> bool,
}

impl<'a> Terms<'a> {
    /// What stands at a position of a row of the table, as an expression over the scan; `None` is the rowid.
    pub(super) fn key_at(&self, position: Option<usize>) -> Option<Expr> {
        key_at(self.scan, position)
    }

    fn is_value(&self, expr: &Expr) -> bool {
        let mut known = true;
        expr.for_each_column(&mut |id| known &= (self.is_known)(id));
        known && is_stable(expr)
    }

    /// What a condition compares the key with, if it is a comparison of the key with a value.
    fn comparison(&self, condition: &'a Expr, key: &Expr) -> Option<(Comparison, &'a Collation, &'a Expr)> {
        let Expr::Compare(comparison, collation, left, right) = condition else { return None };
        if **left == *key && self.is_value(right) {
            Some((*comparison, collation, &**right))
        } else if **right == *key && self.is_value(left) {
            Some((comparison.flipped(), collation, &**left))
        } else {
            None
        }
    }

    /// A condition that says what the key is, and what that is. With a collation, only one that compares by it.
    pub(super) fn probe(&self, key: &Expr, collation: Option<&Collation>) -> Option<(usize, Probe)> {
        let probes = self.conditions.iter().enumerate().filter_map(|(position, condition)| {
            self.probe_of(condition, key, collation).map(|probe| (position, probe))
        });
        // One value is better than several.
        probes.min_by_key(|(_, probe)| match probe {
            Probe::Value(_) => 0,
            Probe::Same(_) => 1,
            Probe::List(list) => 1 + list.len(),
            Probe::Query(_) | Probe::Any => usize::MAX,
        })
    }

    fn probe_of(&self, condition: &'a Expr, key: &Expr, collation: Option<&Collation>) -> Option<Probe> {
        let fits = |by: &Collation| collation.is_none_or(|collation| collation == by);
        match condition {
            Expr::Compare(..) => match self.comparison(condition, key)? {
                (Comparison::Equal, by, value) if fits(by) => Some(Probe::Value(value.clone())),
                (Comparison::Is, by, value) if fits(by) => Some(Probe::Same(value.clone())),
                _ => None,
            },
            Expr::IsNull(operand, false) if **operand == *key => Some(Probe::Same(Expr::NULL)),
            Expr::InList { negated: false, operand, list, collation: by } => {
                let is_meant = **operand == *key && fits(by) && list.iter().all(|item| self.is_value(item));
                is_meant.then(|| Probe::List(list.clone()))
            }
            Expr::InSubquery { negated: false, operands, comparisons, subquery } => {
                let ([operand], [(_, by)]) = (&operands[..], &comparisons[..]) else { return None };
                if operand != key || !fits(by) || !subquery.outer.is_empty() || !subquery.by.is_empty() {
                    return None;
                }
                Some(Probe::Query(Expr::InSubquery {
                    negated: false,
                    operands: vec![Expr::NULL],
                    comparisons: comparisons.clone(),
                    subquery: subquery.clone(),
                }))
            }
            Expr::Or(operands) => {
                let value = |operand: &'a Expr| match self.comparison(operand, key)? {
                    (Comparison::Equal, by, value) if fits(by) => Some(value.clone()),
                    _ => None,
                };
                operands.iter().map(value).collect::<Option<Vec<_>>>().map(Probe::List)
            }
            _ => None,
        }
    }

    /// Bounds that conditions set on the key.
    pub(super) fn bounds(&self, key: &Expr, collation: Option<&Collation>, used: &mut Vec<usize>) -> Bounds {
        let mut bounds = Bounds::default();
        for (position, condition) in self.conditions.iter().enumerate() {
            if matches!(condition, Expr::IsNull(operand, true) if **operand == *key) {
                bounds.leaves_nulls_out = true;
                used.push(position);
                continue;
            }
            let Some((comparison, by, value)) = self.comparison(condition, key) else { continue };
            if collation.is_some_and(|collation| collation != by) {
                continue;
            }
            let (bound, inclusive) = match comparison {
                Comparison::Greater => (&mut bounds.low, false),
                Comparison::GreaterOrEqual => (&mut bounds.low, true),
                Comparison::Less => (&mut bounds.high, false),
                Comparison::LessOrEqual => (&mut bounds.high, true),
                _ => continue,
            };
            if bound.is_none() {
                *bound = Some((value.clone(), inclusive));
                used.push(position);
            }
        }
        if bounds.low.is_none() && bounds.high.is_none() && collation.is_some() && self.is_text(key) {
            let found = self.conditions.iter().find_map(|condition| prefix_bounds(condition, key, collation));
            if let Some(found) = found {
                // The pattern is looked at again for each row: it stays a condition, and so no position is used.
                used.push(usize::MAX);
                return found;
            }
        }
        bounds
    }

    /// Whether the key is a column that holds texts and blobs alone.
    fn is_text(&self, key: &Expr) -> bool {
        let Expr::Column(key) = key else { return false };
        let position = self.scan.columns.iter().find(|(_, id)| id == key).and_then(|(position, _)| *position);
        position
            .and_then(|position| self.scan.table.columns.get(position))
            .is_some_and(|column| column.affinity == Affinity::Text)
    }
}

/// What stands at a position of a row of a table, as an expression over a scan of it; `None` is the rowid.
pub(super) fn key_at(scan: &Scan, position: Option<usize>) -> Option<Expr> {
    let position = position.filter(|position| scan.table.rowid_column != Some(*position));
    let column = scan.columns.iter().find(|(known, _)| *known == position);
    if let Some((_, id)) = column {
        return Some(Expr::Column(*id));
    }
    let position = position?;
    scan.expressions
        .iter()
        .find(|(known, expr)| *known == position && !matches!(expr, Expr::Constant(Value::Null)))
        .map(|(_, expr)| expr.clone())
}
