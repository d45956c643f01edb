//! Walking over expressions and plans: one place that knows the children of each.

use super::{AggregateCall, ColumnId, Expr, Function, JoinMethod, Plan};
use crate::func::Volatility;
use crate::stack::with_room;

impl Expr {
    /// Calls `visit` with each operand.
    pub fn for_each_operand<'a>(&'a self, visit: impl FnMut(&'a Expr)) {
        if !self.is_leaf() {
            with_room(|| self.visit_operands(visit));
        }
    }

    /// Whether it has no operands.
    pub fn is_leaf(&self) -> bool {
        matches!(
            self,
            Expr::Constant(_) | Expr::Parameter(_) | Expr::Column(_) | Expr::Outer(_) | Expr::Local(_)
        )
    }

    fn visit_operands<'a>(&'a self, mut visit: impl FnMut(&'a Expr)) {
        match self {
            Expr::Constant(_) | Expr::Parameter(_) | Expr::Column(_) | Expr::Outer(_) | Expr::Local(_) => {}
            Expr::Not(operand)
            | Expr::Negate(operand)
            | Expr::BitNot(operand)
            | Expr::IsNull(operand, _)
            | Expr::IsTruth(operand, _)
            | Expr::Convert(_, operand)
            | Expr::Cast(_, operand) => visit(operand),
            Expr::Arithmetic(_, left, right)
            | Expr::Concat(left, right)
            | Expr::Let(left, right)
            | Expr::Compare(_, _, left, right) => {
                visit(left);
                visit(right);
            }
            Expr::And(operands) | Expr::Or(operands) | Expr::FirstNotNull(operands) => {
                operands.iter().for_each(visit);
            }
            Expr::Call { arguments, .. } => arguments.iter().for_each(visit),
            Expr::InSubquery { operands, subquery, .. } => {
                operands.iter().chain(subquery.operands()).for_each(visit);
            }
            Expr::Subquery { subquery, .. } | Expr::Exists(subquery) => {
                subquery.operands().for_each(visit);
            }
            Expr::Pattern { operand, pattern, escape, .. } => {
                visit(operand);
                visit(pattern);
                escape.iter().for_each(|escape| visit(escape));
            }
            Expr::InList { operand, list, .. } => {
                visit(operand);
                list.iter().for_each(visit);
            }
            Expr::Case { branches, otherwise } => {
                for (condition, value) in branches {
                    visit(condition);
                    visit(value);
                }
                otherwise.iter().for_each(|otherwise| visit(otherwise));
            }
            Expr::Raise(_, message) => message.iter().for_each(|message| visit(message)),
        }
    }

    /// Calls `visit` with each operand, to change it.
    pub fn for_each_operand_mut(&mut self, visit: impl FnMut(&mut Expr)) {
        if !self.is_leaf() {
            with_room(|| self.visit_operands_mut(visit));
        }
    }

    fn visit_operands_mut(&mut self, mut visit: impl FnMut(&mut Expr)) {
        match self {
            Expr::Constant(_) | Expr::Parameter(_) | Expr::Column(_) | Expr::Outer(_) | Expr::Local(_) => {}
            Expr::Not(operand)
            | Expr::Negate(operand)
            | Expr::BitNot(operand)
            | Expr::IsNull(operand, _)
            | Expr::IsTruth(operand, _)
            | Expr::Convert(_, operand)
            | Expr::Cast(_, operand) => visit(operand),
            Expr::Arithmetic(_, left, right)
            | Expr::Concat(left, right)
            | Expr::Let(left, right)
            | Expr::Compare(_, _, left, right) => {
                visit(left);
                visit(right);
            }
            Expr::And(operands) | Expr::Or(operands) | Expr::FirstNotNull(operands) => {
                operands.iter_mut().for_each(visit);
            }
            Expr::Call { arguments, .. } => arguments.iter_mut().for_each(visit),
            Expr::InSubquery { operands, subquery, .. } => {
                operands.iter_mut().chain(subquery.operands_mut()).for_each(visit);
            }
            Expr::Subquery { subquery, .. } | Expr::Exists(subquery) => {
                subquery.operands_mut().for_each(visit);
            }
            Expr::Pattern { operand, pattern, escape, .. } => {
                visit(operand);
                visit(pattern);
                escape.iter_mut().for_each(|escape| visit(escape));
            }
            Expr::InList { operand, list, .. } => {
                visit(operand);
                list.iter_mut().for_each(visit);
            }
            Expr::Case { branches, otherwise } => {
                for (condition, value) in branches {
                    visit(condition);
                    visit(value);
                }
                otherwise.iter_mut().for_each(|otherwise| visit(otherwise));
            }
            Expr::Raise(_, message) => message.iter_mut().for_each(|message| visit(message)),
        }
    }

    /// Calls `visit` with each column that the expression mentions, also for its subqueries.
    pub fn for_each_column(&self, visit: &mut impl FnMut(ColumnId)) {
        if let Expr::Column(id) = self {
            visit(*id);
        }
        self.for_each_operand(|operand| operand.for_each_column(visit));
    }

    /// Whether the expression runs a query.
    pub fn has_subquery(&self) -> bool {
        self.any(&mut |expr| {
            matches!(expr, Expr::InSubquery { .. } | Expr::Subquery { .. } | Expr::Exists(_))
        })
    }

    /// Whether a value may be another one for the same rows. What a program's function gives may always be.
    pub fn changes_by_itself(&self) -> bool {
        self.any(&mut |expr| match expr {
            Expr::Call { function: Function::Program(_), .. } => true,
            Expr::Call { function, .. } => function.volatility() != Volatility::Immutable,
            _ => false,
        })
    }

    /// Whether any part of the expression meets `test`.
    pub fn any(&self, test: &mut impl FnMut(&Expr) -> bool) -> bool {
        if test(self) {
            return true;
        }
        let mut found = false;
        self.for_each_operand(|operand| found = found || operand.any(test));
        found
    }
}

impl AggregateCall {
    /// Calls `visit` with each expression over the rows.
    pub fn for_each_expr<'a>(&'a self, mut visit: impl FnMut(&'a Expr)) {
        self.arguments.iter().chain(&self.filter).for_each(&mut visit);
        self.order.iter().for_each(|key| visit(&key.expr));
    }

    /// Calls `visit` with each expression over the rows, to change it.
    pub fn for_each_expr_mut(&mut self, mut visit: impl FnMut(&mut Expr)) {
        self.arguments.iter_mut().chain(&mut self.filter).for_each(&mut visit);
        self.order.iter_mut().for_each(|key| visit(&mut key.expr));
    }
}

impl Plan {
    /// The columns that the plan gives, in order.
    pub fn columns(&self) -> Vec<ColumnId> {
        match self {
            Plan::OneRow | Plan::Empty => Vec::new(),
            Plan::Values { columns, .. } => columns.clone(),
            Plan::Scan(scan) => scan.columns.iter().map(|(_, id)| *id).collect(),
            Plan::Filter { input, .. }
            | Plan::Sort { input, .. }
            | Plan::Limit { input, .. }
            | Plan::Distinct { input, .. } => input.columns(),
            Plan::Nearest(nearest) => nearest.input.columns(),
            Plan::Project { columns, .. } => columns.iter().map(|(id, _)| *id).collect(),
            Plan::Join(join) => [join.left.columns(), join.right.columns()].concat(),
            Plan::Aggregate(aggregation) => {
                let groups = aggregation.groups.iter().map(|(id, ..)| *id);
                groups.chain(aggregation.aggregates.iter().map(|(id, _)| *id)).collect()
            }
            Plan::Compound(compound) => compound.columns.iter().map(|(id, _)| *id).collect(),
            Plan::Shared(shared) => shared.columns.iter().map(|(id, _)| *id).collect(),
            Plan::Queue(queue) => queue.columns.iter().map(|(id, _)| *id).collect(),
            Plan::Function(call) => call.columns.iter().map(|(id, _)| *id).collect(),
            Plan::Recursion(recursion) => recursion.columns.iter().map(|(id, _)| *id).collect(),
            Plan::Window(window) => {
                let mut columns = window.input.columns();
                columns.extend(window.calls.iter().map(|(id, _)| *id));
                columns
            }
        }
    }

    /// Calls `visit` with each plan directly below.
    pub fn for_each_input<'a>(&'a self, visit: impl FnMut(&'a Plan)) {
        with_room(|| self.visit_inputs(visit));
    }

    fn visit_inputs<'a>(&'a self, mut visit: impl FnMut(&'a Plan)) {
        match self {
            Plan::OneRow
            | Plan::Empty
            | Plan::Values { .. }
            | Plan::Scan(_)
            | Plan::Shared(_)
            | Plan::Function(_)
            | Plan::Queue(_) => {}
            Plan::Filter { input, .. }
            | Plan::Project { input, .. }
            | Plan::Sort { input, .. }
            | Plan::Limit { input, .. }
            | Plan::Distinct { input, .. } => visit(input),
            Plan::Join(join) => {
                visit(&join.left);
                visit(&join.right);
            }
            Plan::Nearest(nearest) => visit(&nearest.input),
            Plan::Aggregate(aggregation) => visit(&aggregation.input),
            Plan::Compound(compound) => {
                visit(&compound.left.plan);
                visit(&compound.right.plan);
            }
            Plan::Recursion(recursion) => {
                visit(&recursion.first.plan);
                recursion.steps.iter().for_each(|step| visit(&step.plan));
            }
            Plan::Window(window) => visit(&window.input),
        }
    }

    /// Calls `visit` with this plan and each below it.
    pub fn for_each_plan<'a>(&'a self, visit: &mut impl FnMut(&'a Plan)) {
        visit(self);
        self.for_each_input(|input| input.for_each_plan(visit));
    }

    /// Calls `visit` with each plan directly below.
    pub fn for_each_input_mut(&mut self, visit: impl FnMut(&mut Plan)) {
        with_room(|| self.visit_inputs_mut(visit));
    }

    fn visit_inputs_mut(&mut self, mut visit: impl FnMut(&mut Plan)) {
        match self {
            Plan::OneRow
            | Plan::Empty
            | Plan::Values { .. }
            | Plan::Scan(_)
            | Plan::Shared(_)
            | Plan::Function(_)
            | Plan::Queue(_) => {}
            Plan::Filter { input, .. }
            | Plan::Project { input, .. }
            | Plan::Sort { input, .. }
            | Plan::Limit { input, .. }
            | Plan::Distinct { input, .. } => visit(input),
            Plan::Join(join) => {
                visit(&mut join.left);
                visit(&mut join.right);
            }
            Plan::Nearest(nearest) => visit(&mut nearest.input),
            Plan::Aggregate(aggregation) => visit(&mut aggregation.input),
            Plan::Compound(compound) => {
                visit(&mut compound.left.plan);
                visit(&mut compound.right.plan);
            }
            Plan::Recursion(recursion) => {
                visit(&mut recursion.first.plan);
                recursion.steps.iter_mut().for_each(|step| visit(&mut step.plan));
            }
            Plan::Window(window) => visit(&mut window.input),
        }
    }

    /// Calls `visit` with each expression of this operation alone.
    pub fn for_each_expr<'a>(&'a self, mut visit: impl FnMut(&'a Expr)) {
        match self {
            Plan::OneRow
            | Plan::Empty
            | Plan::Distinct { .. }
            | Plan::Compound(_)
            | Plan::Shared(_)
            | Plan::Queue(_) => {}
            Plan::Recursion(recursion) => {
                recursion.order.iter().for_each(|key| visit(&key.expr));
                recursion.limit.iter().chain(&recursion.offset).for_each(visit);
            }
            Plan::Function(call) => call.arguments.iter().for_each(visit),
            Plan::Window(window) => window.for_each_expr(visit),
            Plan::Values { rows, .. } => rows.iter().flatten().for_each(visit),
            Plan::Scan(scan) => scan.access.for_each_expr(&mut visit),
            Plan::Nearest(nearest) => nearest.exprs().for_each(visit),
            Plan::Filter { condition, .. } => visit(condition),
            Plan::Project { columns, .. } => columns.iter().for_each(|(_, expr)| visit(expr)),
            Plan::Sort { keys, first, .. } => {
                keys.iter().for_each(|key| visit(&key.expr));
                first.iter().for_each(visit);
            }
            Plan::Limit { limit, offset, .. } => limit.iter().chain(offset).for_each(visit),
            Plan::Aggregate(aggregation) => {
                aggregation.groups.iter().for_each(|(_, expr, _)| visit(expr));
                for (_, call) in &aggregation.aggregates {
                    call.for_each_expr(&mut visit);
                }
            }
            Plan::Join(join) => {
                join.conditions.iter().for_each(&mut visit);
                match &join.method {
                    JoinMethod::Nested => {}
                    JoinMethod::Hash { left, right } => {
                        left.iter().chain(right.iter().map(|(expr, _)| expr)).for_each(visit);
                    }
                    JoinMethod::Lookup { outer } => outer.iter().for_each(|(_, expr)| visit(expr)),
                }
            }
        }
    }

    /// Calls `visit` with each expression of this operation alone, to change it.
    pub fn for_each_expr_mut(&mut self, mut visit: impl FnMut(&mut Expr)) {
        match self {
            Plan::OneRow
            | Plan::Empty
            | Plan::Distinct { .. }
            | Plan::Compound(_)
            | Plan::Shared(_)
            | Plan::Queue(_) => {}
            Plan::Recursion(recursion) => {
                recursion.order.iter_mut().for_each(|key| visit(&mut key.expr));
                recursion.limit.iter_mut().chain(&mut recursion.offset).for_each(visit);
            }
            Plan::Function(call) => call.arguments.iter_mut().for_each(visit),
            Plan::Window(window) => window.for_each_expr_mut(visit),
            Plan::Values { rows, .. } => rows.iter_mut().flatten().for_each(visit),
            Plan::Scan(scan) => scan.access.for_each_expr_mut(&mut visit),
            Plan::Nearest(nearest) => nearest.exprs_mut().for_each(visit),
            Plan::Filter { condition, .. } => visit(condition),
            Plan::Project { columns, .. } => columns.iter_mut().for_each(|(_, expr)| visit(expr)),
            Plan::Sort { keys, first, .. } => {
                keys.iter_mut().for_each(|key| visit(&mut key.expr));
                first.iter_mut().for_each(visit);
            }
            Plan::Limit { limit, offset, .. } => limit.iter_mut().chain(offset).for_each(visit),
            Plan::Aggregate(aggregation) => {
                aggregation.groups.iter_mut().for_each(|(_, expr, _)| visit(expr));
                for (_, call) in &mut aggregation.aggregates {
                    call.for_each_expr_mut(&mut visit);
                }
            }
            Plan::Join(join) => {
                join.conditions.iter_mut().for_each(&mut visit);
                match &mut join.method {
                    JoinMethod::Nested => {}
                    JoinMethod::Hash { left, right } => {
                        left.iter_mut().chain(right.iter_mut().map(|(expr, _)| expr)).for_each(visit);
                    }
                    JoinMethod::Lookup { outer } => outer.iter_mut().for_each(|(_, expr)| visit(expr)),
                }
            }
        }
    }
}
