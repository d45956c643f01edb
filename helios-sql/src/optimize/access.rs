//! How a table's rows are found: by rowid, by an index, or by reading all of them.

use std::sync::Arc;

use helios_core::value::Collation;

use super::pushdown::is_stable;
use crate::ast::IndexHint;
use crate::catalog::Index;
use crate::plan::{Access, Bounds, ColumnId, Comparison, Expr, Scan};

/// How good an access is: the greater, the fewer rows it is likely to read.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Rank(f64);

/// An access with the conditions that it makes good.
struct Candidate {
    access: Access,
    used: Vec<usize>,
    rank: Rank,
}

/// Gives a scan the access that its conditions allow, and takes away those that it makes good. `is_known` says which
/// columns of others have a value when the scan begins. Returns whether the access is better than reading everything.
pub(super) fn choose_access(
    scan: &mut Scan,
    conditions: &mut Vec<Expr>,
    is_known: &dyn Fn(ColumnId) -> bool,
) -> bool {
    let terms = Terms { scan, conditions, is_known };
    let mut candidates: Vec<Candidate> = Vec::new();
    if !matches!(scan.hint, IndexHint::By(_)) {
        candidates.extend(terms.by_rowid());
    }
    for index in scan.table.all_indexes().filter(|index| index.filter.is_none()) {
        let allowed = match &scan.hint {
            IndexHint::None => true,
            IndexHint::By(name) => index.name.eq_ignore_ascii_case(name),
            IndexHint::NotIndexed => false,
        };
        if allowed {
            candidates.extend(terms.by_index(index));
        }
    }
    // The first of the best, so that plans do not depend on anything but the order of definitions.
    let mut best: Option<Candidate> = None;
    for candidate in candidates {
        if best.as_ref().is_none_or(|best| candidate.rank > best.rank) {
            best = Some(candidate);
        }
    }
    let Some(best) = best else {
        return false;
    };
    scan.access = best.access;
    let mut position = 0;
    conditions.retain(|_| {
        position += 1;
        !best.used.contains(&(position - 1))
    });
    true
}

/// The conditions on a scan, seen as comparisons of a column with a known value.
struct Terms<'a> {
    scan: &'a Scan,
    conditions: &'a [Expr],
    is_known: &'a dyn Fn(ColumnId) -> bool,
}

impl Terms<'_> {
    fn is_value(&self, expr: &Expr) -> bool {
        let mut known = true;
        expr.for_each_column(&mut |id| known &= (self.is_known)(id));
        known && is_stable(expr)
    }

    /// Conditions that compare a column with a value: position, comparison, collation, value.
    fn comparisons(&self, column: ColumnId) -> impl Iterator<Item = (usize, Comparison, &Collation, &Expr)> {
        self.conditions.iter().enumerate().filter_map(move |(position, condition)| {
            let Expr::Compare(comparison, collation, left, right) = condition else { return None };
            if **left == Expr::Column(column) && self.is_value(right) {
                Some((position, *comparison, collation, &**right))
            } else if **right == Expr::Column(column) && self.is_value(left) {
                Some((position, comparison.flipped(), collation, &**left))
            } else {
                None
            }
        })
    }

    fn id_of(&self, position: Option<usize>) -> Option<ColumnId> {
        self.scan.columns.iter().find(|(of_table, _)| *of_table == position).map(|(_, id)| *id)
    }

    /// Bounds that conditions set on a column.
    fn bounds(&self, column: ColumnId, collation: Option<&Collation>, used: &mut Vec<usize>) -> Bounds {
        let mut bounds = Bounds::default();
        for (position, comparison, by, value) in self.comparisons(column) {
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
        bounds
    }

    fn by_rowid(&self) -> Option<Candidate> {
        let rowid = self.id_of(None)?;
        for (position, comparison, _, value) in self.comparisons(rowid) {
            if comparison == Comparison::Equal {
                let access = Access::Rowids(vec![value.clone()]);
                return Some(Candidate { access, used: vec![position], rank: Rank(100.0) });
            }
        }
        for (position, condition) in self.conditions.iter().enumerate() {
            if let Expr::InList { negated: false, operand, list, .. } = condition
                && **operand == Expr::Column(rowid)
                && list.iter().all(|item| self.is_value(item))
            {
                let access = Access::Rowids(list.clone());
                return Some(Candidate { access, used: vec![position], rank: Rank(50.0) });
            }
        }
        let mut used = Vec::new();
        let bounds = self.bounds(rowid, None, &mut used);
        if used.is_empty() {
            return None;
        }
        let rank = Rank(4.0 + used.len() as f64);
        Some(Candidate { access: Access::RowidRange(bounds), used, rank })
    }

    fn by_index(&self, index: &Arc<Index>) -> Option<Candidate> {
        let mut equal = Vec::new();
        let mut used = Vec::new();
        let mut bounds = Bounds::default();
        for column in &index.columns {
            let Some(id) = self.id_of(column.column) else { break };
            // The rowid is a number: it has no collation.
            let collation = column.column.map(|_| &column.collation);
            if collation.is_some_and(|collation| !collation.is_stored()) {
                break;
            }
            let mut comparisons = self.comparisons(id);
            let found = comparisons.find(|(_, comparison, by, _)| {
                *comparison == Comparison::Equal && collation.is_none_or(|collation| collation == *by)
            });
            if let Some((position, _, _, value)) = found {
                equal.push(value.clone());
                used.push(position);
                continue;
            }
            bounds = self.bounds(id, collation, &mut used);
            break;
        }
        if used.is_empty() {
            return None;
        }
        let is_unique = index.unique && equal.len() == index.columns.len();
        let ranges = used.len() - equal.len();
        let rank = if is_unique { 90.0 } else { 10.0 * equal.len() as f64 + ranges as f64 };
        Some(Candidate {
            access: Access::Index { index: index.clone(), equal, bounds },
            used,
            rank: Rank(rank),
        })
    }
}
