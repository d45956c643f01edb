//! Inner joins taken apart into relations and conditions, however they are nested.
//!
//! In: a tree of inner joins, with queries in FROM among them that only filter, compute and join. Out: the relations and
//! all conditions, in columns of the relations. LEFT JOINs among them are set aside: what stands to the right of one adds to
//! rows of the others and takes none away, so it can as well come after all inner joins.

use std::collections::{HashMap, HashSet};

use super::join::{MOST_RELATIONS, columns_of};
use super::pushdown::{is_stable, substitute};
use super::sequence::Set;
use crate::plan::{ColumnId, Expr, Join, JoinKind, JoinMethod, Plan};

/// Inner joins taken apart.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) plans: Vec<Plan>,
    pub(super) conditions: Vec<Expr>,
    /// For each of the plans: those that have to come before it.
    pub(super) after: Vec<Set>,
    /// The right sides of LEFT JOINs with their conditions, to be joined after all others, in this order.
    pub(super) optional: Vec<(Plan, Vec<Expr>)>,
    /// Columns that conditions of inner joins mention; `None` if the order of the join is the program's.
    mentioned: Option<HashSet<ColumnId>>,
    /// Whether queries in FROM that only filter, compute and join become a part of the join.
    flattens: bool,
    /// What those queries compute, the outer ones first.
    computed: Vec<(ColumnId, Expr)>,
}

impl Parts {
    /// The parts of a join whose pairs have to meet `conditions` besides its own, and what its columns are that are
    /// computed.
    pub(super) fn of(plan: Plan, conditions: Vec<Expr>) -> (Parts, HashMap<ColumnId, Expr>) {
        let mut mentioned = HashSet::new();
        note(&mut mentioned, &conditions);
        let is_free = note_columns(&plan, &mut mentioned);
        let mentioned = is_free.then_some(mentioned);
        let mut parts = Parts { conditions, flattens: can_flatten(&plan), mentioned, ..Parts::default() };
        parts.take_apart(plan);
        let computed = parts.resolve();
        (parts, computed)
    }

    fn take_apart(&mut self, plan: Plan) {
        match plan {
            Plan::Join(join)
                if matches!(join.kind, JoinKind::Inner { .. })
                    && !matches!(join.method, JoinMethod::Lookup { .. })
                    && self.plans.len() < MOST_RELATIONS - 1 =>
            {
                let join = *join;
                self.take_apart(join.left);
                let before = self.plans.len();
                self.take_apart(join.right);
                if join.kind == (JoinKind::Inner { fixed: true }) {
                    self.after[before..].iter_mut().for_each(|after| *after |= (1 << before) - 1);
                }
                self.conditions.extend(join.conditions);
            }
            Plan::Join(join) if self.may_wait(&join) => {
                let join = *join;
                self.take_apart(join.left);
                self.optional.push((join.right, join.conditions));
            }
            Plan::Project { input, columns } if self.flattens && is_flat(&input, &columns) => {
                self.computed.extend(columns);
                self.take_apart(*input);
            }
            Plan::Filter { input, condition }
                if self.flattens && is_stable(&condition) && is_flat(&input, &[]) =>
            {
                condition.conjuncts(&mut self.conditions);
                self.take_apart(*input);
            }
            other => {
                self.plans.push(other);
                self.after.push(0);
            }
        }
    }

    /// Whether a join is a LEFT JOIN whose right side no inner join asks for.
    fn may_wait(&self, join: &Join) -> bool {
        let Some(mentioned) = &self.mentioned else { return false };
        join.kind == JoinKind::Left
            && matches!(join.method, JoinMethod::Nested)
            && columns_of(&join.right).iter().all(|id| !mentioned.contains(id))
    }

    /// Writes all conditions in columns of the parts alone. Answers with what columns are that were computed, in the same
    /// way.
    fn resolve(&mut self) -> HashMap<ColumnId, Expr> {
        let mut resolved: HashMap<ColumnId, Expr> = HashMap::new();
        for (id, mut expr) in std::mem::take(&mut self.computed).into_iter().rev() {
            substitute(&mut expr, &resolved.iter().map(|(id, expr)| (*id, expr)).collect());
            resolved.insert(id, expr);
        }
        if !resolved.is_empty() {
            let values = resolved.iter().map(|(id, expr)| (*id, expr)).collect();
            let waiting = self.optional.iter_mut().flat_map(|(_, conditions)| conditions);
            self.conditions.iter_mut().chain(waiting).for_each(|condition| substitute(condition, &values));
        }
        resolved
    }
}

/// Notes the columns that conditions mention.
fn note(mentioned: &mut HashSet<ColumnId>, conditions: &[Expr]) {
    for condition in conditions {
        condition.for_each_column(&mut |id| {
            mentioned.insert(id);
        });
    }
}

/// Notes the columns that conditions of inner joins mention. Answers whether the order of these joins is free.
fn note_columns(plan: &Plan, mentioned: &mut HashSet<ColumnId>) -> bool {
    match plan {
        Plan::Join(join) if join.kind == JoinKind::Left => note_columns(&join.left, mentioned),
        Plan::Join(join) if matches!(join.kind, JoinKind::Inner { .. }) => {
            note(mentioned, &join.conditions);
            note_columns(&join.left, mentioned)
                && note_columns(&join.right, mentioned)
                && join.kind == (JoinKind::Inner { fixed: false })
        }
        _ => true,
    }
}

/// Whether a query in FROM can become a part of the join around it: it computes what it may be computed anywhere, from
/// rows of tables or of joins whose order is free.
fn is_flat(input: &Plan, columns: &[(ColumnId, Expr)]) -> bool {
    let is_plain = |(_, expr): &(ColumnId, Expr)| !expr.has_subquery() && is_stable(expr);
    columns.iter().all(is_plain)
        && match input {
            Plan::Scan(_) => true,
            Plan::Project { input, columns } => is_flat(input, columns),
            Plan::Filter { input, condition } => is_stable(condition) && is_flat(input, &[]),
            Plan::Join(join) => {
                join.kind == JoinKind::Inner { fixed: false }
                    && !matches!(join.method, JoinMethod::Lookup { .. })
            }
            _ => false,
        }
}

/// Whether a join stays within the limit if the queries in it become a part of it.
fn can_flatten(plan: &Plan) -> bool {
    fn count(plan: &Plan) -> usize {
        match plan {
            Plan::Join(join) => count(&join.left) + count(&join.right),
            Plan::Project { input, .. } | Plan::Filter { input, .. } => count(input),
            _ => 1,
        }
    }
    count(plan) < MOST_RELATIONS
}
