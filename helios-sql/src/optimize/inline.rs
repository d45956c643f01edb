//! A shared query with one use stands in the place of that use, so that conditions and orders reach into it.

use crate::plan::{Expr, Plan, Query, dependence};

/// Puts shared queries in the places of their uses, where that is no more work.
pub(super) fn inline(query: &mut Query, subqueries: &mut [Query]) {
    let mut uses = Uses { counts: vec![0; subqueries.len()], may_inline: vec![true; subqueries.len()] };
    uses.count(&query.plan, false);
    for subquery in &*subqueries {
        // What runs for each row would run all of the shared query each time.
        let is_repeated = !dependence(subquery, subqueries).slots.is_empty();
        uses.count(&subquery.plan, is_repeated);
    }
    let chosen: Vec<bool> = uses
        .counts
        .iter()
        .zip(&uses.may_inline)
        .map(|(&count, &may_inline)| count == 1 && may_inline)
        .collect();
    if !chosen.contains(&true) {
        return;
    }
    let originals = subqueries.to_vec();
    replace(&mut query.plan, &chosen, &originals);
    subqueries.iter_mut().for_each(|subquery| replace(&mut subquery.plan, &chosen, &originals));
    // Nobody uses them where they were. What stays there would change the queries in their expressions, which belong to
    // the new place.
    for (subquery, _) in subqueries.iter_mut().zip(chosen).filter(|(_, is_chosen)| *is_chosen) {
        *subquery = Query { plan: Plan::Empty, columns: Vec::new() };
    }
}

struct Uses {
    counts: Vec<usize>,
    may_inline: Vec<bool>,
}

impl Uses {
    fn count(&mut self, plan: &Plan, is_repeated: bool) {
        if let Plan::Shared(shared) = plan {
            self.counts[shared.number] += 1;
            self.may_inline[shared.number] &= shared.may_inline && !is_repeated;
        }
        if let Plan::Recursion(recursion) = plan {
            self.count(&recursion.first.plan, is_repeated);
            recursion.steps.iter().for_each(|step| self.count(&step.plan, true));
            return;
        }
        plan.for_each_input(|input| self.count(input, is_repeated));
    }
}

fn replace(plan: &mut Plan, chosen: &[bool], originals: &[Query]) {
    if let Plan::Shared(shared) = plan
        && chosen[shared.number]
    {
        let Query { plan: input, columns } = originals[shared.number].clone();
        let columns =
            shared.columns.iter().map(|(id, position)| (*id, Expr::Column(columns[*position]))).collect();
        *plan = Plan::Project { input: input.into(), columns };
    }
    plan.for_each_input_mut(|input| replace(input, chosen, originals));
}
