//! ORDER BY: sorts that the access makes unnecessary, and sorts of which only the first rows are needed. Groups and equal
//! rows that come one behind the other.

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::Value;
use helios_core::encoding::key::Order;
use helios_core::value::{Affinity, Collation};

use super::access::usable_indexes;
use super::adjacent::{self, Adjacency};
use super::join::{columns_of, is_within};
use super::nearest;
use super::pushdown::substitute;
use super::terms::key_at;
use crate::ast::IndexHint;
use crate::catalog::Index;
use crate::plan::{
    Access, Aggregation, Arithmetic, ColumnId, Comparison, Expr, Join, JoinKind, Plan, Probe, Scan, SortKey,
};

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
        Plan::Sort { mut input, keys, first, .. } => {
            // The longest part of the order in which the rows come already.
            let ordered =
                (1..=keys.len()).rev().find(|length| gives_order(&mut input, &keys[..*length], Effort::Turn));
            match ordered {
                Some(ordered) if ordered == keys.len() => *input,
                ordered => Plan::Sort { input, keys, ordered: ordered.unwrap_or(0), first },
            }
        }
        Plan::Aggregate(mut aggregation) => {
            super::extreme::shorten(&mut aggregation);
            aggregation.in_order = comes_in_groups(&mut aggregation);
            Plan::Aggregate(aggregation)
        }
        Plan::Distinct { input, columns, .. } => {
            let compared = columns.iter().map(|(id, by)| (Expr::Column(*id), by.clone())).collect();
            match adjacent::adjacency(&input, compared) {
                Adjacency::Unique => *input,
                found => Plan::Distinct { input, columns, in_order: found == Adjacency::Together },
            }
        }
        other => other,
    }
}

/// Whether the rows come in the order in which their groups are to be given.
fn comes_in_groups(aggregation: &mut Aggregation) -> bool {
    let key = |(_, expr, collation): &(ColumnId, Expr, Collation)| SortKey {
        expr: expr.clone(),
        collation: collation.clone(),
        descending: false,
        nulls_first: true,
    };
    let keys: Vec<SortKey> = aggregation.groups.iter().map(key).collect();
    !keys.is_empty() && gives_order(&mut aggregation.input, &keys, Effort::Nothing)
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
    let Plan::Sort { input, keys, ordered, first } = sort else { return };
    if gives_order(input, keys, Effort::ForFew) {
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
    let count = Expr::Case { branches, otherwise: Some(needed.into()) };
    if *ordered == 0 {
        nearest::search(input, keys, &count);
    }
    *first = Some(count);
}

/// What may be done for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// Nothing: rows come as they come.
    Nothing,
    /// Scans may go backward.
    Turn,
    /// An index is worth taking just for its order, because only a few rows will be asked for.
    ForFew,
}

/// Whether the plan's rows come in the order of `keys`, or can be made to.
pub(super) fn gives_order(plan: &mut Plan, keys: &[SortKey], effort: Effort) -> bool {
    if has_one_row(plan) {
        return true;
    }
    if keys.iter().any(|key| key.nulls_first == key.descending) {
        return false;
    }
    let exprs = keys.iter().map(|key| key.expr.clone()).collect();
    order_of(plan, keys, exprs, effort)
}

fn order_of(plan: &mut Plan, keys: &[SortKey], mut exprs: Vec<Expr>, effort: Effort) -> bool {
    match plan {
        Plan::Filter { input, .. } | Plan::Distinct { input, .. } => order_of(input, keys, exprs, effort),
        Plan::Project { input, columns } => {
            let below: HashMap<ColumnId, &Expr> = columns.iter().map(|(id, expr)| (*id, expr)).collect();
            exprs.iter_mut().for_each(|expr| substitute(expr, &below));
            order_of(input, keys, exprs, effort)
        }
        Plan::Scan(scan) => scan_order(scan, keys, &exprs, effort),
        // Groups come in the order of their keys.
        Plan::Aggregate(aggregation) => {
            exprs.len() <= aggregation.groups.len()
                && exprs.iter().zip(keys).zip(&aggregation.groups).all(|((expr, key), (id, _, collation))| {
                    *expr == Expr::Column(*id) && !key.descending && key.collation == *collation
                })
        }
        // Rows come in the order of the left side.
        Plan::Join(join) if keeps_left_order(join) => {
            let left = columns_of(&join.left);
            // Rows of an inner join are not as many as those of its left side.
            let effort = match effort {
                Effort::ForFew if join.kind != JoinKind::Left => Effort::Turn,
                effort => effort,
            };
            exprs.iter().all(|expr| is_within(expr, &left)) && order_of(&mut join.left, keys, exprs, effort)
        }
        _ => false,
    }
}

/// Whether a plan gives one row at most.
fn has_one_row(plan: &Plan) -> bool {
    match plan {
        Plan::OneRow | Plan::Empty => true,
        Plan::Filter { input, .. } | Plan::Project { input, .. } => has_one_row(input),
        Plan::Aggregate(aggregation) => aggregation.groups.is_empty(),
        Plan::Scan(scan) => match &scan.access {
            Access::Rowids(probe) => matches!(probe, Probe::Value(_) | Probe::Same(_)),
            Access::Index(access) => {
                access.index.unique
                    && access.probes.len() == access.index.columns.len()
                    && access.probes.iter().all(|probe| matches!(probe, Probe::Value(_)))
            }
            _ => false,
        },
        _ => false,
    }
}

fn keeps_left_order(join: &Join) -> bool {
    matches!(join.kind, JoinKind::Inner { .. } | JoinKind::Left)
}

fn scan_order(scan: &mut Scan, keys: &[SortKey], exprs: &[Expr], effort: Effort) -> bool {
    let Some((first, key)) = exprs.first().zip(keys.first()) else { return false };
    let is_rowid = key_at(scan, None).is_some_and(|rowid| rowid == *first);
    match &scan.access {
        Access::All | Access::RowidRange(_) if is_rowid => turn(scan, key.descending, effort),
        Access::Rowids(_) => is_rowid && !key.descending,
        Access::Index(access) => {
            let index = access.index.clone();
            let fixed = access.probes.iter().take_while(|probe| matches!(probe, Probe::Value(_))).count();
            // What is the same in all rows is no order.
            let is_fixed = |(key, expr): &(&SortKey, &Expr)| {
                index.columns[..fixed].iter().any(|column| {
                    key_at(scan, column.column).as_ref() == Some(*expr) && key.collation == column.collation
                })
            };
            let free = keys.iter().zip(exprs).filter(|key| !is_fixed(key));
            let (keys, exprs): (Vec<SortKey>, Vec<Expr>) =
                free.map(|(key, expr)| (key.clone(), expr.clone())).unzip();
            if keys.is_empty() {
                return true;
            }
            index_order(scan, &index, fixed, &keys, &exprs)
                .is_some_and(|backward| turn(scan, backward, effort))
        }
        Access::All => {
            let indexes = usable_indexes(scan).filter(|index| index.filter.is_none());
            let fitting = indexes.filter(|index| {
                // Rows of a table without rowids are in the order of their primary key anyway.
                effort == Effort::ForFew
                    || index.space == scan.table.space
                    || matches!(scan.hint, IndexHint::By(_))
            });
            let fitting = fitting.filter_map(|index| {
                index_order(scan, index, 0, keys, exprs).map(|backward| (index.clone(), backward))
            });
            // The fewer columns, the less there is to read.
            let found = fitting.min_by_key(|(index, _)| index.columns.len());
            let Some((index, backward)) = found else { return false };
            if !turn(scan, backward, effort) {
                return false;
            }
            scan.access = Access::whole_index(index);
            true
        }
        Access::RowidRange(_) | Access::AnyOf(_) => false,
    }
}

/// Makes a scan go backward or forward, if it may be turned.
fn turn(scan: &mut Scan, backward: bool, effort: Effort) -> bool {
    if effort == Effort::Nothing {
        return scan.backward == backward;
    }
    scan.backward = backward;
    true
}

/// Whether an index read from its column `from` on has the order of the keys, and if so whether backward.
fn index_order(
    scan: &Scan,
    index: &Arc<Index>,
    from: usize,
    keys: &[SortKey],
    exprs: &[Expr],
) -> Option<bool> {
    let mut backward = None;
    for (number, (expr, key)) in exprs.iter().zip(keys).enumerate() {
        let Some(column) = index.columns.get(from + number) else {
            // After its columns an index is in the order of rowids, in the direction of the scan.
            let is_rowid = key_at(scan, None).is_some_and(|rowid| rowid == *expr);
            let matches = is_rowid && backward == Some(key.descending) && !index.unique;
            return if matches { backward } else { None };
        };
        if key_at(scan, column.column)? != *expr
            || !column.collation.is_stored()
            || (column.column.is_some() && key.collation != column.collation)
        {
            return None;
        }
        let reversed = key.descending != (column.order == Order::Descending);
        if *backward.get_or_insert(reversed) != reversed {
            return None;
        }
    }
    backward
}
