//! Conditions go down to where their columns come from.

use std::collections::HashMap;

use super::Optimizer;
use super::join::{columns_of, is_within};
use crate::plan::{ColumnId, Expr, Join, JoinKind, JoinMethod, Plan};

impl Optimizer<'_> {
    /// The plan with `conditions` applied to its rows, as deep down as they can go.
    pub(super) fn push_down(&mut self, plan: Plan, mut conditions: Vec<Expr>) -> Plan {
        match plan {
            Plan::Filter { input, condition } => {
                let mut all = Vec::new();
                condition.conjuncts(&mut all);
                all.append(&mut conditions);
                self.push_down(*input, all)
            }
            Plan::Scan(mut scan) => {
                self.choose_access(&mut scan, &mut conditions, &|_| false);
                filtered(Plan::Scan(scan), conditions)
            }
            Plan::Join(join) => self.push_into_join(*join, conditions),
            Plan::Project { input, columns } => {
                let (inside, above) = through_project(&columns, conditions);
                let input = self.push_down(*input, inside);
                filtered(Plan::Project { input: input.into(), columns }, above)
            }
            Plan::Distinct { input, columns, in_order } => {
                // Rows that are equal in the compared columns meet the same conditions on those.
                let compared: Vec<ColumnId> = columns.iter().map(|(id, _)| *id).collect();
                let (inside, above) = conditions.into_iter().partition(|condition| {
                    is_within(condition, &compared) && !condition.has_subquery() && is_stable(condition)
                });
                let input = self.push_down(*input, inside);
                filtered(Plan::Distinct { input: input.into(), columns, in_order }, above)
            }
            Plan::Sort { input, keys, ordered, first: None } => {
                let input = self.push_down(*input, conditions);
                Plan::Sort { input: input.into(), keys, ordered, first: None }
            }
            other => filtered(self.inputs(other), conditions),
        }
    }

    /// Plans below an operation that no condition passes.
    fn inputs(&mut self, mut plan: Plan) -> Plan {
        plan.for_each_input_mut(|input| {
            let taken = std::mem::replace(input, Plan::Empty);
            *input = self.push_down(taken, Vec::new());
        });
        plan
    }

    fn push_into_join(&mut self, mut join: Join, conditions: Vec<Expr>) -> Plan {
        if matches!(join.method, JoinMethod::Lookup { .. }) {
            // The right side takes values from the left one: it stays where it is.
            let left_columns = columns_of(&join.left);
            let (inside, above) =
                conditions.into_iter().partition(|condition| is_within(condition, &left_columns));
            join.left = self.push_down(join.left, inside);
            join.right = self.push_down(join.right, Vec::new());
            return filtered(Plan::Join(Box::new(join)), above);
        }
        match join.kind {
            JoinKind::Inner { .. } => self.inner_joins(join, conditions),
            JoinKind::Left => {
                let left_columns = columns_of(&join.left);
                let (inside, above) =
                    conditions.into_iter().partition(|condition| is_within(condition, &left_columns));
                let left = self.push_down(join.left, inside);
                filtered(self.left_join(left, join.right, join.conditions), above)
            }
            JoinKind::Right | JoinKind::Full => {
                let left = self.push_down(join.left, Vec::new());
                let right = self.push_down(join.right, Vec::new());
                let join = self.with_method(Join { left, right, ..join });
                filtered(Plan::Join(Box::new(join)), conditions)
            }
        }
    }
}

/// Whether a condition mentions any of some columns.
pub(super) fn mentions_any(condition: &Expr, columns: &[ColumnId]) -> bool {
    let mut found = false;
    condition.for_each_column(&mut |id| found |= columns.contains(&id));
    found
}

/// Whether evaluating the expression more or less often, or elsewhere, makes no difference.
pub(super) fn is_stable(expr: &Expr) -> bool {
    !expr.any(&mut |part| matches!(part, Expr::Call { function, .. } if function.is_volatile()))
}

/// `plan` with a filter over it, if there is anything to filter by.
pub(super) fn filtered(plan: Plan, conditions: Vec<Expr>) -> Plan {
    if conditions.is_empty() {
        return plan;
    }
    Plan::Filter { input: plan.into(), condition: Expr::all(conditions) }
}

/// Splits conditions over a projection into those that can be said of its input, in the input's columns, and the rest.
fn through_project(columns: &[(ColumnId, Expr)], conditions: Vec<Expr>) -> (Vec<Expr>, Vec<Expr>) {
    if conditions.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let plain: HashMap<ColumnId, &Expr> = columns
        .iter()
        .filter(|(_, expr)| !expr.has_subquery() && is_stable(expr))
        .map(|(id, expr)| (*id, expr))
        .collect();
    let (mut inside, mut above) = (Vec::new(), Vec::new());
    for mut condition in conditions {
        let mut all_plain = true;
        condition.for_each_column(&mut |id| all_plain &= plain.contains_key(&id));
        if all_plain && is_stable(&condition) {
            substitute(&mut condition, &plain);
            inside.push(condition);
        } else {
            above.push(condition);
        }
    }
    (inside, above)
}

/// Puts values in the places of columns.
pub(super) fn substitute(expr: &mut Expr, values: &HashMap<ColumnId, &Expr>) {
    if let Expr::Column(id) = expr
        && let Some(value) = values.get(id)
    {
        *expr = (*value).clone();
        return;
    }
    expr.for_each_operand_mut(|operand| substitute(operand, values));
}
