//! The order of calls in FROM.
//!
//! An argument of a table-valued function is the same as a condition that a hidden column of the function equals it. So
//! arguments may mention all tables of FROM, and conditions may give arguments; a function is called for each row of what
//! its arguments mention, and behind that. So it is with what is searched for in a table (MATCH), and with ranges that a
//! table finds its rows by.

use std::collections::HashSet;

use helios_core::{Error, Result};

use super::virtual_table::{comparison_of, has_virtual_table};
use super::{Binder, Typed};
use crate::ast;
use crate::module::{Constraint, Operator};
use crate::plan::{ColumnId, Comparison, Expr, FunctionPlan, Join, JoinKind, JoinMethod, Plan};

/// The arguments of one function, as they are written.
#[derive(Debug)]
pub(super) struct FunctionArguments {
    /// The rowid of the function's rows, which tells functions apart.
    function: ColumnId,
    /// The positions of hidden columns, and what they equal.
    values: Vec<(usize, ast::Expression)>,
}

impl FunctionArguments {
    pub(super) fn new(function: ColumnId, values: Vec<(usize, ast::Expression)>) -> FunctionArguments {
        FunctionArguments { function, values }
    }
}

impl Binder<'_> {
    /// Binds the arguments of the functions in a FROM, which see all of it.
    pub(super) fn function_arguments(
        &mut self,
        plan: &mut Plan,
        arguments: Vec<FunctionArguments>,
    ) -> Result<()> {
        for FunctionArguments { function, values } in arguments {
            for (position, value) in values {
                let value = self.bind_expr(&value)?;
                if let Some(call) = call_of(plan, function) {
                    let elements = call.table.elements_of(position);
                    let column = elements.and_then(|at| call.columns.iter().find(|(_, own)| *own == at));
                    let column = column.map(|(id, _)| *id);
                    if let Some(column) = column {
                        self.note_element(column, &value);
                    }
                    add_argument(call, position, value);
                }
            }
        }
        Ok(())
    }

    /// The rows of a FROM for which a condition holds, with its functions where their arguments are known.
    pub(super) fn filtered(&mut self, mut plan: Plan, condition: Option<Expr>) -> Result<Plan> {
        let mut conditions = Vec::new();
        if has_virtual_table(&plan) {
            if let Some(condition) = condition {
                condition.conjuncts(&mut conditions);
            }
            let mut calls = Calls::default();
            columns_of_calls(&plan, &mut calls.later);
            take_arguments(&mut plan, &mut vec![&mut conditions], &mut calls);
            let mut moved = Moved::default();
            plan = self.placed(plan, &mut moved, &mut conditions);
            plan = self.joined(plan, moved, &mut conditions)?;
        } else {
            conditions.extend(condition);
        }
        Ok(match conditions.len() {
            0 => plan,
            _ => Plan::Filter { input: plan.into(), condition: Expr::all(conditions) },
        })
    }

    /// A tree of joins without the functions whose arguments are not on their left. What of the conditions is about the
    /// rows that a function is called for, is asked before it is called: it may refuse others.
    fn placed(&mut self, plan: Plan, moved: &mut Moved, conditions: &mut Vec<Expr>) -> Plan {
        let Plan::Join(join) = plan else { return plan };
        let mut join = *join;
        let is_inner = matches!(join.kind, JoinKind::Inner { .. });
        let keeps_left = is_inner || join.kind == JoinKind::Left;
        if keeps_left {
            join.left = self.placed(join.left, moved, conditions);
        }
        if is_inner && needs(&join.left).is_some_and(|needed| !needed.is_empty()) {
            moved.take(join.left, join.conditions);
            return self.placed(join.right, moved, conditions);
        }
        let needed = needs(&join.right).unwrap_or_default();
        let known: HashSet<ColumnId> = join.left.columns().into_iter().collect();
        if is_inner && !needed.is_subset(&known) {
            moved.take(join.right, join.conditions);
            return join.left;
        }
        if is_inner {
            join.right = self.placed(join.right, moved, conditions);
        }
        match needed.is_empty() {
            true => Plan::Join(Box::new(join)),
            false if keeps_left => self.called_for_each(join, conditions),
            false => self.called_for_each(join, &mut Vec::new()),
        }
    }

    /// A join that calls the function on its right for each row of its left.
    fn called_for_each(&mut self, mut join: Join, conditions: &mut Vec<Expr>) -> Plan {
        let known: HashSet<ColumnId> = join.left.columns().into_iter().collect();
        let is_about_left = |condition: &mut Expr| {
            let (mut is_within, mut mentions) = (true, false);
            condition.for_each_column(&mut |id| {
                is_within &= known.contains(&id);
                mentions = true;
            });
            is_within && mentions
        };
        let about_left: Vec<Expr> = conditions.extract_if(.., is_about_left).collect();
        if !about_left.is_empty() {
            join.left = Plan::Filter { input: join.left.into(), condition: Expr::all(about_left) };
        }
        join.method = self.method_for(&mut join.right);
        Plan::Join(Box::new(join))
    }

    /// Puts functions behind what their arguments mention.
    fn joined(&mut self, mut plan: Plan, mut moved: Moved, conditions: &mut Vec<Expr>) -> Result<Plan> {
        while !moved.calls.is_empty() {
            let known: HashSet<ColumnId> = plan.columns().into_iter().collect();
            let is_ready = |call: &Plan| needs(call).is_none_or(|needed| needed.is_subset(&known));
            let Some(next) = moved.calls.iter().position(is_ready) else {
                return Err(Error::sql("no query solution"));
            };
            let right = moved.calls.remove(next);
            let own = if moved.calls.is_empty() { std::mem::take(&mut moved.conditions) } else { Vec::new() };
            let (kind, method) = (JoinKind::Inner { fixed: true }, JoinMethod::Nested);
            plan =
                self.called_for_each(Join { kind, left: plan, right, conditions: own, method }, conditions);
        }
        Ok(plan)
    }

    /// How a join finds the rows of a function on its right side: it is called for each row of the left side, if its
    /// arguments mention columns.
    fn method_for(&mut self, right: &mut Plan) -> JoinMethod {
        let Plan::Function(call) = right else { return JoinMethod::Nested };
        let mut outer = Vec::new();
        for argument in &mut call.arguments {
            let mut mentions_columns = false;
            argument.for_each_column(&mut |_| mentions_columns = true);
            if mentions_columns {
                self.slots.push(Typed::plain(Expr::NULL));
                let slot = self.slots.len() - 1;
                outer.push((slot, std::mem::replace(argument, Expr::Outer(slot))));
            }
        }
        if outer.is_empty() { JoinMethod::Nested } else { JoinMethod::Lookup { outer } }
    }
}

/// Functions on their way to another place, with the conditions of the joins that they were in.
#[derive(Debug, Default)]
struct Moved {
    calls: Vec<Plan>,
    conditions: Vec<Expr>,
}

impl Moved {
    fn take(&mut self, call: Plan, conditions: Vec<Expr>) {
        self.calls.push(call);
        self.conditions.extend(conditions);
    }
}

fn add_argument(call: &mut FunctionPlan, position: usize, value: Expr) {
    call.constraints.push(Constraint { column: Some(position), operator: Operator::Equal });
    call.arguments.push(value);
}

/// The call whose rows have this rowid.
fn call_of(plan: &mut Plan, rowid: ColumnId) -> Option<&mut FunctionPlan> {
    match plan {
        Plan::Function(call) => call.columns.iter().any(|(id, _)| *id == rowid).then_some(call),
        Plan::Join(join) => {
            let Join { left, right, .. } = &mut **join;
            call_of(left, rowid).or_else(|| call_of(right, rowid))
        }
        _ => None,
    }
}

/// The columns that the arguments of a call mention; `None` if the plan is none.
fn needs(plan: &Plan) -> Option<HashSet<ColumnId>> {
    let Plan::Function(call) = plan else { return None };
    Some(needs_of(call))
}

fn needs_of(call: &FunctionPlan) -> HashSet<ColumnId> {
    let mut columns = HashSet::new();
    for argument in &call.arguments {
        argument.for_each_column(&mut |id| {
            columns.insert(id);
        });
    }
    columns
}

/// The functions of a FROM while they take arguments, one after the other.
#[derive(Debug, Default)]
struct Calls {
    /// The columns of those whose turn is still to come.
    later: HashSet<ColumnId>,
    /// The columns of the others, and what their arguments mention.
    earlier: Vec<(HashSet<ColumnId>, HashSet<ColumnId>)>,
}

impl Calls {
    /// Whether a function with these columns can be called for each row of what has a column: it is not called before.
    fn may_mention(&self, id: ColumnId, own: &HashSet<ColumnId>) -> bool {
        let needs = self.earlier.iter().find(|(columns, _)| columns.contains(&id)).map(|(_, needs)| needs);
        !self.later.contains(&id)
            && needs.is_none_or(|needs| {
                needs.is_disjoint(own) && needs.iter().all(|needed| self.may_mention(*needed, own))
            })
    }

    /// Notes that a function has its arguments.
    fn pass(&mut self, own: HashSet<ColumnId>, needs: HashSet<ColumnId>) {
        self.later.retain(|id| !own.contains(id));
        self.earlier.push((own, needs));
    }
}

/// The columns that functions give.
fn columns_of_calls(plan: &Plan, out: &mut HashSet<ColumnId>) {
    match plan {
        Plan::Function(call) => out.extend(call.columns.iter().map(|(id, _)| *id)),
        Plan::Join(join) => {
            columns_of_calls(&join.left, out);
            columns_of_calls(&join.right, out);
        }
        _ => {}
    }
}

/// Makes arguments of conditions that a hidden column equals something of other tables, where they hold for every row of
/// a function. `conditions` are the lists of those that hold. What mentions no table is left to
/// [`super::virtual_table::index_virtual_tables`].
fn take_arguments<'p>(plan: &'p mut Plan, conditions: &mut Vec<&'p mut Vec<Expr>>, calls: &mut Calls) {
    match plan {
        Plan::Function(call) => {
            let own: HashSet<ColumnId> = call.columns.iter().map(|(id, _)| *id).collect();
            let columns = call.table.columns().iter().enumerate();
            let hidden: Vec<usize> =
                columns.filter(|(_, column)| column.is_hidden).map(|(at, _)| at).collect();
            for position in hidden {
                let id = call.columns.iter().find(|(_, at)| *at == position).map(|(id, _)| *id);
                let is_given = call.constraints.iter().any(|constraint| constraint.column == Some(position));
                let Some(id) = id.filter(|_| !is_given) else { continue };
                if let Some(value) = conditions.iter_mut().find_map(|list| take_value(list, id, &own)) {
                    add_argument(call, position, value);
                }
            }
            let is_keyed = conditions.iter().flat_map(|list| list.iter()).any(|one| is_on_key(call, one));
            for list in conditions {
                take_searches(call, &own, list, calls, !is_keyed);
            }
            let needs = needs_of(call);
            calls.pass(own, needs);
        }
        Plan::Join(join) => {
            let Join { kind, left, right, conditions: own, .. } = &mut **join;
            match kind {
                JoinKind::Inner { .. } => {
                    conditions.push(own);
                    take_arguments(left, conditions, calls);
                    take_arguments(right, conditions, calls);
                    conditions.pop();
                }
                JoinKind::Left => {
                    take_arguments(left, conditions, calls);
                    take_arguments(right, &mut vec![own], calls);
                }
                JoinKind::Right | JoinKind::Full => {}
            }
        }
        _ => {}
    }
}

/// Whether a condition says which one row of a table it wants for a row of others: those are joined by their keys.
fn is_on_key(call: &FunctionPlan, condition: &Expr) -> bool {
    comparison_of(call, condition).is_some_and(|(constraint, value, _)| {
        let mut is_of_others = false;
        value.for_each_column(&mut |_| is_of_others = true);
        is_of_others && constraint.operator == Operator::Equal && call.table.is_key(constraint.column)
    })
}

/// Makes arguments of what other tables say is searched for in a table, and of ranges between their values that it finds
/// its rows by, if it `takes_ranges`. Those are looked at again.
fn take_searches(
    call: &mut FunctionPlan,
    own: &HashSet<ColumnId>,
    conditions: &mut Vec<Expr>,
    calls: &Calls,
    takes_ranges: bool,
) {
    conditions.retain(|condition| {
        let Some((constraint, value, _)) = comparison_of(call, condition) else { return true };
        let is_search = constraint.operator == Operator::Match;
        let (mut is_of_others, mut is_fit) = (false, true);
        value.for_each_column(&mut |id| {
            is_of_others = true;
            is_fit &= !own.contains(&id) && (is_search || calls.may_mention(id, own));
        });
        let finds = takes_ranges && constraint.column.is_some_and(|column| call.table.finds_ranges(column));
        let is_range = matches!(
            constraint.operator,
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual
        );
        if is_of_others && is_fit && (is_search || finds && is_range) {
            call.constraints.push(constraint);
            call.arguments.push(value);
            return !is_search;
        }
        true
    });
}

/// Takes the first condition out of a list that says what a hidden column equals, and gives that.
fn take_value(conditions: &mut Vec<Expr>, hidden: ColumnId, own: &HashSet<ColumnId>) -> Option<Expr> {
    let found = |condition: &Expr| value_of(condition, hidden, own);
    let (at, value) = conditions.iter().enumerate().find_map(|(at, one)| Some((at, found(one)?)))?;
    conditions.remove(at);
    Some(value)
}

/// What of other tables a condition says that a hidden column equals.
fn value_of(condition: &Expr, hidden: ColumnId, own: &HashSet<ColumnId>) -> Option<Expr> {
    let Expr::Compare(Comparison::Equal, _, left, right) = condition else { return None };
    let is_hidden = |side: &Expr| match side {
        Expr::Convert(_, operand) => **operand == Expr::Column(hidden),
        side => *side == Expr::Column(hidden),
    };
    let value = match (&**left, &**right) {
        (side, value) | (value, side) if is_hidden(side) => value,
        _ => return None,
    };
    let (mut is_own, mut is_of_others) = (false, false);
    value.for_each_column(&mut |id| {
        is_own |= own.contains(&id);
        is_of_others = true;
    });
    (is_of_others && !is_own).then(|| value.clone())
}
