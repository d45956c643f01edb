//! What a query takes from the queries around it.

use std::collections::HashSet;

use helios_core::versioned::Space;

use super::{Expr, JoinMethod, Plan, Query, SubqueryCall};

/// What the rows of a query depend on besides the data.
#[derive(Debug, Default)]
pub struct Dependence {
    /// The slots that it takes values from, ascending.
    pub slots: Vec<usize>,
    /// Whether it calls a function that gives other values each time.
    pub is_volatile: bool,
    /// The tables that it reads: the numbers of their schemas, and their spaces.
    pub tables: HashSet<(usize, Space)>,
}

/// What a query depends on, with the queries in its expressions and those that it shares.
pub fn dependence(query: &Query, subqueries: &[Query]) -> Dependence {
    let mut walk = Walk { subqueries, ..Walk::default() };
    walk.plan(&query.plan);
    let mut slots: Vec<usize> = walk.used.difference(&walk.filled).copied().collect();
    slots.sort_unstable();
    Dependence { slots, is_volatile: walk.is_volatile, tables: walk.tables }
}

#[derive(Default)]
struct Walk<'a> {
    subqueries: &'a [Query],
    visited: HashSet<usize>,
    used: HashSet<usize>,
    /// Slots that the query fills itself: each is filled in one place of a statement.
    filled: HashSet<usize>,
    is_volatile: bool,
    tables: HashSet<(usize, Space)>,
}

impl Walk<'_> {
    fn plan(&mut self, plan: &Plan) {
        let mut plans = Vec::new();
        plan.for_each_plan(&mut |plan| plans.push(plan));
        for plan in plans {
            match plan {
                Plan::Shared(shared) => self.query(shared.number),
                Plan::Scan(scan) => {
                    self.tables.insert((scan.table.slot, scan.table.space));
                }
                Plan::Join(join) => {
                    if let JoinMethod::Lookup { outer } = &join.method {
                        self.filled.extend(outer.iter().map(|(slot, _)| *slot));
                    }
                }
                _ => {}
            }
            plan.for_each_expr(|expr| self.expr(expr));
        }
    }

    fn query(&mut self, number: usize) {
        if self.visited.insert(number)
            && let Some(query) = self.subqueries.get(number)
        {
            self.plan(&query.plan);
        }
    }

    fn call(&mut self, call: &SubqueryCall) {
        self.filled.extend(call.outer.iter().map(|(slot, _)| *slot));
        self.query(call.number);
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Outer(slot) => {
                self.used.insert(*slot);
            }
            Expr::Call { function, .. } => self.is_volatile |= function.is_volatile(),
            Expr::Exists(call)
            | Expr::Subquery { subquery: call, .. }
            | Expr::InSubquery { subquery: call, .. } => self.call(call),
            _ => {}
        }
        expr.for_each_operand(|operand| self.expr(operand));
    }
}
