//! ORDER BY: sorts that the access makes unnecessary, and sorts of which only the first rows are needed.

use std::sync::Arc;

use helios_core::Value;
use helios_core::encoding::key::Order;
use helios_core::value::{Affinity, Collation};

use crate::ast::IndexHint;
use crate::catalog::Index;
use crate::plan::{Access, Arithmetic, Bounds, ColumnId, Comparison, Expr, Plan, Scan, SortKey};

/// Improves every sort in a plan.
pub(super) fn improve(plan: Plan) -> Plan {
    let mut plan = plan;
    plan.for_each_input_mut(|input| {
        let taken = std::mem::replace(input, Plan::Empty);
        *input = improve(taken);
    });
    match plan {
        Plan::Limit { mut input, limit, offset } => {
            if let (Some(limit), Some(sort)) = (&limit, sort_below(&mut input)) {
                shorten(sort, limit, offset.as_ref());
            }
            Plan::Limit { input, limit, offset }
        }
        Plan::Sort { mut input, keys, first } => {
            if gives_order(&mut input, &keys, false) {
                return *input;
            }
            Plan::Sort { input, keys, first }
        }
        other => other,
    }
}

/// The sort whose first rows are the rows of this plan.
fn sort_below(plan: &mut Plan) -> Option<&mut Plan> {
    match plan {
        Plan::Sort { .. } => Some(plan),
        Plan::Project { input, .. } => sort_below(input),
        _ => None,
    }
}

/// Only LIMIT + OFFSET rows of a sort are needed; maybe an index gives just those.
fn shorten(sort: &mut Plan, limit: &Expr, offset: Option<&Expr>) {
    let Plan::Sort { input, keys, first } = sort else { return };
    if gives_order(input, keys, true) {
        *sort = std::mem::replace(&mut **input, Plan::Empty);
        return;
    }
    let integer = |expr: &Expr| Expr::Convert(Affinity::Integer, expr.clone().into());
    let is_negative = |expr: Expr| {
        Expr::Compare(
            Comparison::Less,
            Collation::Binary,
            expr.into(),
            Expr::Constant(Value::Integer(0)).into(),
        )
    };
    let all = Expr::Constant(Value::Integer(-1));
    let mut needed = integer(limit);
    let mut branches = vec![(is_negative(needed.clone()), all.clone())];
    if let Some(offset) = offset {
        let none = (is_negative(integer(offset)), Expr::Constant(Value::Integer(0)));
        let skipped = Expr::Case { branches: vec![none], otherwise: Some(integer(offset).into()) };
        needed = Expr::Arithmetic(Arithmetic::Add, needed.into(), skipped.into());
        // A sum that is no integer any more is more than there can be.
        let most = Expr::Constant(Value::Integer(i64::MAX));
        let is_more =
            Expr::Compare(Comparison::Greater, Collation::Binary, needed.clone().into(), most.into());
        branches.push((is_more, all));
    }
    *first = Some(Expr::Case { branches, otherwise: Some(needed.into()) });
}

/// Whether the plan's rows come in the order of `keys`, or can be made to. With `for_few` an index is worth taking just
/// for its order, because only a few rows will be asked for.
fn gives_order(plan: &mut Plan, keys: &[SortKey], for_few: bool) -> bool {
    let columns: Option<Vec<ColumnId>> = keys
        .iter()
        .map(|key| match key.expr {
            Expr::Column(id) if key.nulls_first != key.descending => Some(id),
            _ => None,
        })
        .collect();
    match columns {
        Some(columns) => order_of(plan, keys, columns, for_few),
        None => false,
    }
}

fn order_of(plan: &mut Plan, keys: &[SortKey], columns: Vec<ColumnId>, for_few: bool) -> bool {
    match plan {
        Plan::Filter { input, .. } => order_of(input, keys, columns, for_few),
        Plan::Project { input, columns: projected } => {
            let below: Option<Vec<ColumnId>> = columns
                .iter()
                .map(|id| match projected.iter().find(|(known, _)| known == id) {
                    Some((_, Expr::Column(below))) => Some(*below),
                    _ => None,
                })
                .collect();
            below.is_some_and(|below| order_of(input, keys, below, for_few))
        }
        Plan::Scan(scan) => scan_order(scan, keys, &columns, for_few),
        _ => false,
    }
}

fn scan_order(scan: &mut Scan, keys: &[SortKey], columns: &[ColumnId], for_few: bool) -> bool {
    let Some((first, key)) = columns.first().zip(keys.first()) else { return false };
    let is_rowid = scan.columns.iter().any(|(position, id)| position.is_none() && id == first);
    match &scan.access {
        Access::All | Access::RowidRange(_) if is_rowid => {
            scan.backward = key.descending;
            true
        }
        Access::Rowids(_) => is_rowid && !key.descending,
        Access::Index { index, equal, .. } => {
            let index = index.clone();
            match index_order(scan, &index, equal.len(), keys, columns) {
                Some(backward) => {
                    scan.backward = backward;
                    true
                }
                None => false,
            }
        }
        Access::All if for_few => {
            for index in scan.table.clone().all_indexes().filter(|index| index.filter.is_none()) {
                let allowed = match &scan.hint {
                    IndexHint::None => true,
                    IndexHint::By(name) => index.name.eq_ignore_ascii_case(name),
                    IndexHint::NotIndexed => false,
                };
                if let (true, Some(backward)) = (allowed, index_order(scan, index, 0, keys, columns)) {
                    scan.backward = backward;
                    scan.access =
                        Access::Index { index: index.clone(), equal: Vec::new(), bounds: Bounds::default() };
                    return true;
                }
            }
            false
        }
        Access::All | Access::RowidRange(_) => false,
    }
}

/// Whether an index read from its column `from` on has the order of the keys, and if so whether backward.
fn index_order(
    scan: &Scan,
    index: &Arc<Index>,
    from: usize,
    keys: &[SortKey],
    columns: &[ColumnId],
) -> Option<bool> {
    let mut backward = None;
    for (number, (id, key)) in columns.iter().zip(keys).enumerate() {
        let Some(column) = index.columns.get(from + number) else {
            // After its columns an index is in the order of rowids, in the direction of the scan.
            let is_rowid = scan.columns.iter().any(|(position, known)| position.is_none() && known == id);
            let matches = is_rowid && backward == Some(key.descending) && !index.unique;
            return if matches { backward } else { None };
        };
        let known = scan.columns.iter().find(|(_, known)| known == id)?;
        let is_ordered = column.collation.is_stored() && key.collation == column.collation;
        if known.0 != column.column || (column.column.is_some() && !is_ordered) {
            return None;
        }
        let reversed = key.descending != (column.order == Order::Descending);
        if *backward.get_or_insert(reversed) != reversed {
            return None;
        }
    }
    backward
}
