//! Better plans: the same rows, sooner.
//!
//! In: a plan as it was bound. Out: one in which conditions stand where their columns come from, scans use rowids and
//! indexes, joins have an order and a method, sorts that change nothing are gone, and no column is read for nothing.
//! Every rewrite keeps the result, also its order where programs may rely on it; the tests run all scripts with this
//! module switched off, too.

mod access;
mod adjacent;
mod constants;
mod decorrelate;
mod estimate;
mod extreme;
mod factor;
mod few;
mod flatten;
mod implication;
mod inline;
mod join;
mod nearest;
mod order;
mod outer;
mod pattern_range;
mod price;
mod prune;
mod pushdown;
mod sequence;
mod terms;
mod wishes;

use crate::ast::IndexHint;
use crate::catalog::{Index, Table};
use crate::plan::{Access, Plan, Query, Scan};

pub use nearest::worth_looking_at;
pub use price::{Measures, price};
pub use wishes::{Wish, wishes};

/// What is known about the data.
pub trait Statistics: std::fmt::Debug {
    /// About how many rows a table has.
    fn rows(&self, table: &Table) -> f64;

    /// The lowest and the highest rowid of a table; `None` if it has no rows, or rows without rowids.
    fn rowids(&self, table: &Table) -> Option<(i64, i64)>;

    /// About how many entries of an index agree in the first so many columns, one or more; `None` if nobody knows.
    fn agreeing(&self, table: &Table, index: &Index, columns: usize) -> Option<f64>;
}

/// Improves a query and the queries in its expressions. `slots` is the number of slots in use, and grows.
pub fn optimize(query: &mut Query, subqueries: &mut [Query], slots: &mut usize, statistics: &dyn Statistics) {
    optimize_all(query, subqueries, slots, statistics);
    few::expect_few(query, subqueries);
}

fn optimize_all(query: &mut Query, subqueries: &mut [Query], slots: &mut usize, statistics: &dyn Statistics) {
    if subqueries.is_empty() {
        let mut optimizer = Optimizer { slots, statistics, shared_rows: Vec::new(), next_column: 0 };
        optimizer.improve(query);
        return;
    }
    inline::inline(query, subqueries);
    let mut originals = subqueries.to_vec();
    let next_column = decorrelate::next_column(query, subqueries);
    let mut optimizer = Optimizer { slots, statistics, shared_rows: Vec::new(), next_column };
    // A query has a greater number than those inside it.
    for number in 0..subqueries.len() {
        let mut query = originals[number].clone();
        optimizer.decorrelate(&mut query.plan, &mut originals, subqueries);
        originals[number].clone_from(&query);
        optimizer.improve(&mut query);
        let (rows, _) = optimizer.estimate(&query.plan);
        optimizer.shared_rows.push(rows);
        subqueries[number] = query;
    }
    optimizer.decorrelate(&mut query.plan, &mut originals, subqueries);
    optimizer.improve(query);
}

/// Whether a query says by which index a table is to be read.
pub fn has_hint(query: &Query) -> bool {
    any_scan(query, &|scan| matches!(scan.hint, IndexHint::By(_)))
}

/// Whether a query reads a table otherwise than by the index that it says.
pub fn misses_hint(query: &Query) -> bool {
    any_scan(query, &|scan| match (&scan.hint, &scan.access) {
        (IndexHint::By(name), Access::Index(access)) => !access.index.name.eq_ignore_ascii_case(name),
        (IndexHint::By(_), _) => true,
        _ => false,
    })
}

fn any_scan(query: &Query, test: &dyn Fn(&Scan) -> bool) -> bool {
    let mut found = false;
    query.plan.for_each_plan(&mut |plan| {
        if let Plan::Scan(scan) = plan {
            found |= test(scan);
        }
    });
    found
}

/// Whether a plan is values without a table, of which there is nothing to improve.
fn is_one_row(plan: &Plan) -> bool {
    matches!(plan, Plan::Project { input, .. } if matches!(**input, Plan::OneRow))
}

struct Optimizer<'a> {
    slots: &'a mut usize,
    statistics: &'a dyn Statistics,
    /// About how many rows the queries have that were improved so far, by number.
    shared_rows: Vec<f64>,
    /// The number of the next new column.
    next_column: u32,
}

impl Optimizer<'_> {
    /// Improves a query whose inner queries have been improved.
    fn improve(&mut self, query: &mut Query) {
        if is_one_row(&query.plan) {
            return;
        }
        outer::reduce(&mut query.plan);
        let plan = std::mem::replace(&mut query.plan, Plan::Empty);
        query.plan = self.plan(plan);
        self.choose_vector_indexes(&mut query.plan);
        prune::prune(&mut query.plan, &query.columns);
    }

    fn plan(&mut self, plan: Plan) -> Plan {
        let plan = self.push_down(plan, Vec::new());
        order::improve(plan)
    }

    fn new_slot(&mut self) -> usize {
        *self.slots += 1;
        *self.slots - 1
    }
}
