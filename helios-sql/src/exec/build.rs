//! From a plan to operators: column numbers become positions.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use helios_core::clock::Clock;
use helios_core::value::Collation;
use helios_core::{Error, ErrorKind, Result};

use super::aggregate::HashAggregate;
use super::compound::UnionAll;
use super::distinct::Distinct;
use super::eval::one_row::supports;
use super::filter::Filter;
use super::gate::Gate;
use super::hash_join::{HashJoin, Sides};
use super::kept_scan::KeptScan;
use super::limit::Limit;
use super::limits::Limits;
use super::lookup_join::LookupJoin;
use super::metered::Meters;
use super::nearest::{Nearest, can_be_early};
use super::nearest_index::IndexSearch;
use super::nearest_pass::SeenRows;
use super::nested_join::NestedJoin;
use super::project::Project;
use super::recursion::{Parts, Recursion};
use super::row_recursion::RowRecursion;
use super::scan::{RowLayout, Scan};
use super::set_operation::SetOperation;
use super::shared::{Cell, Queue, Shared};
use super::sort::{Key, Sort};
use super::source::{Empty, OneRow, ParameterRows, Values};
use super::split::calls_program;
use super::virtual_table::VirtualTableScan;
use super::window::{Call, Window};
use super::{BoxedOperator, SubqueryState};
use crate::ast::CompoundOperator;
use crate::catalog::check_collations;
use crate::func::Aggregate;
use crate::plan::{
    self, AggregateCall, ColumnId, Expr, Join, JoinKind, JoinMethod, NearestIndex, NearestPlan, Plan, Query,
    SortKey,
};
use crate::stack::with_room;

/// A statement ready to run.
#[derive(Debug)]
pub struct Built {
    /// The root of the operators.
    pub root: BoxedOperator,
    /// The queries in expressions, by number.
    pub subqueries: Vec<SubqueryState>,
}

/// Builds a query and the queries in its expressions.
pub fn build(query: &Query, subqueries: &[Query]) -> Result<Built> {
    build_with(&Builder::default(), query, subqueries)
}

/// Builds a query and the queries in its expressions, with a meter for each operator.
pub fn build_metered(query: &Query, subqueries: &[Query], clock: Arc<dyn Clock>) -> Result<(Built, Meters)> {
    let builder = Builder { meters: Some(RefCell::new(Meters::new(clock))), ..Builder::default() };
    let built = build_with(&builder, query, subqueries)?;
    match builder.meters {
        Some(meters) => Ok((built, meters.into_inner())),
        None => Err(Error::new(ErrorKind::Internal, "a builder without its meters")),
    }
}

fn build_with(builder: &Builder, query: &Query, subqueries: &[Query]) -> Result<Built> {
    let state = |query| {
        let dependence = plan::dependence(query, subqueries);
        Ok(SubqueryState::new(builder.query(query)?, dependence))
    };
    let states = subqueries.iter().map(state).collect::<Result<_>>()?;
    Ok(Built { root: builder.query(query)?, subqueries: states })
}

/// Whether a query can run for many parameter sets at once.
pub fn runs_in_batches(query: &Query) -> bool {
    let Plan::Project { input, columns } = &query.plan else { return false };
    matches!(**input, Plan::OneRow) && !columns.iter().any(|(_, expr)| expr.has_subquery())
}

/// Builds such a query: its parameters become columns of its one row.
pub fn build_batch(query: &Query, parameters: usize) -> Result<Built> {
    debug_assert!(runs_in_batches(query), "the query runs in batches");
    let builder = Builder { parameters: Some(parameters), ..Builder::default() };
    Ok(Built { root: builder.query(query)?, subqueries: Vec::new() })
}

/// `expr` with positions in `layout` in place of column numbers.
pub fn resolve(expr: &Expr, layout: &[ColumnId]) -> Result<Expr> {
    let mut resolved = expr.clone();
    let mut missing = false;
    check_compared(expr)?;
    resolve_in(&mut resolved, layout, &mut missing);
    if missing {
        return Err(Error::new(ErrorKind::Internal, "a plan mentions a column that its input does not have"));
    }
    Ok(resolved)
}

/// An error if values are compared by a collation that the program has not added.
fn check_compared(expr: &Expr) -> Result<()> {
    let mut checked = Ok(());
    expr.any(&mut |part| {
        checked = match part {
            Expr::Compare(_, collation, ..) | Expr::InList { collation, .. } => {
                check_collations([collation].into_iter())
            }
            Expr::InSubquery { comparisons, .. } => {
                check_collations(comparisons.iter().map(|(_, collation)| collation))
            }
            _ => Ok(()),
        };
        checked.is_err()
    });
    checked
}

/// A collation that values are compared by, if the program has added it.
fn known(collation: &Collation) -> Result<Collation> {
    check_collations([collation].into_iter())?;
    Ok(collation.clone())
}

fn resolve_in(expr: &mut Expr, layout: &[ColumnId], missing: &mut bool) {
    if let Expr::Column(id) = expr {
        match layout.iter().position(|known| known == id) {
            Some(position) => *id = ColumnId(position as u32),
            None => *missing = true,
        }
    }
    expr.for_each_operand_mut(|operand| resolve_in(operand, layout, missing));
}

#[derive(Default)]
struct Builder {
    /// In a batch: how many parameters there are, which are the columns of [`Plan::OneRow`].
    parameters: Option<usize>,
    /// The queues of recursions, by number.
    queues: RefCell<HashMap<usize, Cell>>,
    /// Whether it is the step of a recursion that is built, which is opened again and again.
    in_step: std::cell::Cell<bool>,
    /// Where operators are to be watched: their meters.
    meters: Option<RefCell<Meters>>,
}

impl Builder {
    /// A query whose rows have its columns in its order.
    fn query(&self, query: &Query) -> Result<BoxedOperator> {
        let layout = query.plan.columns();
        let root = self.plan(&query.plan)?;
        if layout == query.columns {
            return Ok(root);
        }
        let exprs =
            query.columns.iter().map(|id| resolve(&Expr::Column(*id), &layout)).collect::<Result<_>>()?;
        Ok(Box::new(Project::new(root, exprs)))
    }

    fn expr(&self, expr: &Expr, layout: &[ColumnId]) -> Result<Expr> {
        let mut resolved = resolve(expr, layout)?;
        if self.parameters.is_some() {
            parameters_to_columns(&mut resolved);
        }
        Ok(resolved)
    }

    fn exprs<'e>(&self, exprs: impl Iterator<Item = &'e Expr>, layout: &[ColumnId]) -> Result<Vec<Expr>> {
        exprs.map(|expr| self.expr(expr, layout)).collect()
    }

    fn plan(&self, plan: &Plan) -> Result<BoxedOperator> {
        Ok(self.watched(plan, with_room(|| self.plan_here(plan))?))
    }

    /// The operator of a plan, with its meter if there are any.
    fn watched(&self, plan: &Plan, operator: BoxedOperator) -> BoxedOperator {
        match &self.meters {
            Some(meters) => meters.borrow_mut().watch(plan, operator),
            None => operator,
        }
    }

    fn plan_here(&self, plan: &Plan) -> Result<BoxedOperator> {
        Ok(match plan {
            Plan::OneRow if self.parameters.is_some() => Box::new(ParameterRows::default()),
            Plan::OneRow => Box::new(OneRow::default()),
            Plan::Empty => Box::new(Empty),
            Plan::Values { columns, rows } => Box::new(Values::new(rows.clone(), columns.len())),
            Plan::Scan(scan) => {
                let plain = Scan::new(scan);
                if KeptScan::suits(scan) {
                    Box::new(KeptScan::new(scan, plain, None))
                } else {
                    Box::new(plain)
                }
            }
            Plan::Nearest(nearest) => self.nearest(nearest)?,
            Plan::Filter { input, condition } => self.filter(input, condition)?,
            Plan::Project { input, columns } => {
                let exprs = self.exprs(columns.iter().map(|(_, expr)| expr), &input.columns())?;
                Box::new(Project::new(self.plan(input)?, exprs))
            }
            Plan::Join(join) => self.join(join)?,
            Plan::Aggregate(aggregation) => {
                let layout = aggregation.input.columns();
                let mut keys = Vec::with_capacity(aggregation.groups.len());
                for (_, expr, collation) in &aggregation.groups {
                    keys.push((self.expr(expr, &layout)?, known(collation)?));
                }
                let mut calls = Vec::with_capacity(aggregation.aggregates.len());
                for (_, call) in &aggregation.aggregates {
                    let mut call = call.clone();
                    if call.distinct || matches!(call.function, Aggregate::Minimum | Aggregate::Maximum) {
                        check_collations([&call.collation].into_iter())?;
                    }
                    call.arguments = self.exprs(call.arguments.iter(), &layout)?;
                    call.filter =
                        call.filter.as_ref().map(|filter| self.expr(filter, &layout)).transpose()?;
                    for key in &mut call.order {
                        key.expr = self.expr(&key.expr, &layout)?;
                    }
                    calls.push(call);
                }
                let is_bare = |call: &AggregateCall| call.function == Aggregate::Bare;
                let leading = aggregation.leading.filter(|_| calls.iter().any(is_bare));
                let leading = aggregation.aggregates.iter().position(|(id, _)| Some(*id) == leading);
                Box::new(HashAggregate::new(
                    self.plan(&aggregation.input)?,
                    keys,
                    calls,
                    leading,
                    aggregation.in_order,
                ))
            }
            Plan::Sort { input, keys, ordered, first } => {
                let layout = input.columns();
                let keys = self.keys(keys, &layout)?;
                Box::new(Sort::new(self.plan(input)?, keys, *ordered, first.clone(), layout.len()))
            }
            Plan::Limit { input, limit, offset } => {
                Box::new(Limit::new(self.plan(input)?, limit.clone(), offset.clone()))
            }
            Plan::Distinct { input, columns, in_order } => {
                let layout = input.columns();
                let place = |id: &ColumnId| layout.iter().position(|known| known == id);
                let columns =
                    columns.iter().filter_map(|(id, by)| place(id).map(|place| Ok((place, known(by)?))));
                let columns = columns.collect::<Result<_>>()?;
                Box::new(Distinct::new(self.plan(input)?, columns, *in_order))
            }
            Plan::Compound(compound) => {
                let (left, right) = (self.query(&compound.left)?, self.query(&compound.right)?);
                match compound.operator {
                    CompoundOperator::UnionAll => Box::new(UnionAll::new(left, right)),
                    operator => {
                        let collations = compound.columns.iter().map(|(_, by)| known(by));
                        let collations = collations.collect::<Result<_>>()?;
                        Box::new(SetOperation::new(operator, left, right, collations))
                    }
                }
            }
            Plan::Shared(shared) => {
                let columns = shared.columns.iter().map(|(_, position)| *position).collect();
                Box::new(Shared::new(shared.number, columns))
            }
            Plan::Queue(queue) => {
                let columns = queue.columns.iter().map(|(_, position)| *position).collect();
                Box::new(Queue::new(self.queue(queue.number), columns))
            }
            Plan::Function(call) => Box::new(VirtualTableScan::new(call)),
            Plan::Recursion(recursion) => self.recursion(recursion)?,
            Plan::Window(window) => self.window(window)?,
        })
    }

    /// The keys of an order.
    fn keys(&self, keys: &[SortKey], layout: &[ColumnId]) -> Result<Vec<Key>> {
        let key = |key: &SortKey| {
            Ok(Key {
                expr: self.expr(&key.expr, layout)?,
                collation: known(&key.collation)?,
                descending: key.descending,
                nulls_first: key.nulls_first,
            })
        };
        keys.iter().map(key).collect()
    }

    /// The queue of a recursion.
    fn queue(&self, number: usize) -> Cell {
        self.queues.borrow_mut().entry(number).or_default().clone()
    }

    fn recursion(&self, recursion: &plan::Recursion) -> Result<BoxedOperator> {
        if let Some((conditions, values)) = row_step(recursion)? {
            return Ok(Box::new(RowRecursion::new(self.query(&recursion.first)?, conditions, values)));
        }
        let layout: Vec<ColumnId> = recursion.columns.iter().map(|(id, _)| *id).collect();
        let by_rows = match &recursion.steps[..] {
            [step] => !keeps_order(&step.plan),
            _ => true,
        };
        let outside = self.in_step.replace(true);
        let steps = recursion.steps.iter().map(|step| self.query(step)).collect::<Result<_>>();
        self.in_step.set(outside);
        let steps = steps?;
        let compare = |by: &Collation| if recursion.is_distinct { known(by) } else { Ok(by.clone()) };
        let collations = recursion.columns.iter().map(|(_, by)| compare(by));
        Ok(Box::new(Recursion::new(Parts {
            first: self.query(&recursion.first)?,
            steps,
            cell: self.queue(recursion.number),
            collations: collations.collect::<Result<_>>()?,
            is_distinct: recursion.is_distinct,
            order: self.keys(&recursion.order, &layout)?,
            limit: recursion.limit.clone(),
            offset: recursion.offset.clone(),
            by_rows,
        })))
    }

    fn window(&self, window: &plan::WindowPlan) -> Result<BoxedOperator> {
        let layout = window.input.columns();
        let partition = window
            .partition
            .iter()
            .map(|(expr, collation)| Ok((self.expr(expr, &layout)?, known(collation)?)));
        let partition = partition.collect::<Result<_>>()?;
        let order = self.keys(&window.order, &layout)?;
        let mut calls = Vec::with_capacity(window.calls.len());
        for (_, call) in &window.calls {
            let arguments = self.exprs(call.arguments.iter(), &layout)?;
            let filter = call.filter.as_ref().map(|filter| self.expr(filter, &layout)).transpose()?;
            calls.push(Call { call: plan::WindowCall { arguments, filter, ..call.clone() } });
        }
        Ok(Box::new(Window::new(self.plan(&window.input)?, partition, order, calls)))
    }

    fn filter(&self, input: &Plan, condition: &Expr) -> Result<BoxedOperator> {
        let mut conditions = Vec::new();
        self.expr(condition, &input.columns())?.conjuncts(&mut conditions);
        let (once, each): (Vec<Expr>, Vec<Expr>) = conditions.into_iter().partition(Gate::suits);
        let rows: BoxedOperator = match input {
            Plan::Scan(scan)
                if !each.is_empty() && KeptScan::takes_condition(scan) && !each.iter().any(calls_program) =>
            {
                let limits = Limits::of(&each);
                Box::new(KeptScan::new(scan, Scan::new(scan), Some(Expr::all(each))).within(limits))
            }
            Plan::Scan(scan) if KeptScan::suits(scan) && !Limits::of(&each).is_empty() => {
                let rows = KeptScan::new(scan, Scan::new(scan), None).within(Limits::of(&each));
                Box::new(Filter::new(self.watched(input, Box::new(rows)), Expr::all(each)))
            }
            input if each.is_empty() => self.plan(input)?,
            input => Box::new(Filter::new(self.plan(input)?, Expr::all(each))),
        };
        Ok(if once.is_empty() { rows } else { Box::new(Gate::new(rows, Expr::all(once))) })
    }

    fn nearest(&self, plan: &NearestPlan) -> Result<BoxedOperator> {
        let Plan::Scan(scan) = &plan.input else {
            return Err(Error::new(ErrorKind::Internal, "a search among vectors is over one table"));
        };
        let given: Vec<Option<usize>> = scan.columns.iter().map(|(position, _)| *position).collect();
        let mut read = plan::Scan::clone(scan);
        let mut wanted = Vec::new();
        plan.exprs().for_each(|expr| expr.for_each_column(&mut |id| wanted.push(id)));
        read.columns.retain(|(position, id)| position.is_some() && wanted.contains(id));
        let rowid = scan.columns.iter().find(|(position, _)| position.is_none()).map(|(_, id)| *id);
        // A rowid that nobody else asks for gets a number that nothing has.
        read.columns.push((None, rowid.unwrap_or(ColumnId(u32::MAX))));
        let layout: Vec<ColumnId> = read.columns.iter().map(|(_, id)| *id).collect();
        let condition = plan.condition.as_ref().map(|condition| self.expr(condition, &layout)).transpose()?;
        let Expr::Column(vector) = self.expr(&plan.vector, &layout)? else {
            return Err(Error::new(ErrorKind::Internal, "a search among vectors is over a column"));
        };
        Ok(Box::new(Nearest {
            index: self.index_search(plan, &read)?,
            can_be_early: can_be_early(plan, scan),
            input: self.plan(&Plan::Scan(Box::new(read)))?,
            table: scan.table.clone(),
            reader: scan.reader.clone(),
            condition,
            vector: vector.0 as usize,
            query: plan.query.clone(),
            metric: plan.metric.clone(),
            count: plan.count.clone(),
            nulls_first: plan.nulls_first,
            layout: RowLayout::new(&scan.table, &given),
            found: Vec::new(),
            seen: SeenRows::default(),
            early: None,
        }))
    }

    /// The search by the index of a plan; `read` is what is read where all rows are looked at.
    fn index_search(&self, plan: &NearestPlan, read: &plan::Scan) -> Result<Option<IndexSearch>> {
        let Some(NearestIndex { index, is_forced }) = &plan.index else { return Ok(None) };
        let (Some(vector), Some((conditions, excludes_null))) =
            (&index.vector, plan.conditions_without_vectors())
        else {
            return Ok(None);
        };
        let mut search = IndexSearch::new(&read.table, index, vector);
        (search.is_forced, search.excludes_null) = (*is_forced, excludes_null);
        search.nulls_first = plan.nulls_first;
        if !conditions.is_empty() || !matches!(read.access, plan::Access::All) {
            let mut rows = read.clone();
            rows.columns.retain(|(position, _)| *position != Some(vector.column));
            let layout: Vec<ColumnId> = rows.columns.iter().map(|(_, id)| *id).collect();
            let condition = self.expr(&Expr::all(conditions), &layout)?;
            search.passing = Some((self.plan(&Plan::Scan(Box::new(rows)))?, condition));
        }
        Ok(Some(search))
    }

    fn join(&self, join: &Join) -> Result<BoxedOperator> {
        let (left_layout, right_layout) = (join.left.columns(), join.right.columns());
        let widths = (left_layout.len(), right_layout.len());
        let layout = [&left_layout[..], &right_layout[..]].concat();
        let residual = match join.conditions.is_empty() {
            true => None,
            false => Some(self.expr(&Expr::all(join.conditions.clone()), &layout)?),
        };
        let (left, right) = (self.plan(&join.left)?, self.plan(&join.right)?);
        Ok(match &join.method {
            JoinMethod::Nested => Box::new(NestedJoin::new(join.kind, left, right, residual, widths)),
            JoinMethod::Hash { left: left_keys, right: right_keys } => {
                let is_steady = self.in_step.get()
                    && is_steady(&join.right)
                    && right_keys.iter().all(|(key, _)| is_steady_expr(key));
                let left_keys = self.exprs(left_keys.iter(), &left_layout)?;
                let right_keys = right_keys
                    .iter()
                    .map(|(expr, collation)| Ok((self.expr(expr, &right_layout)?, known(collation)?)))
                    .collect::<Result<_>>()?;
                Box::new(HashJoin::new(
                    join.kind,
                    Sides { left, right, left_keys, right_keys, widths },
                    residual,
                    is_steady,
                ))
            }
            JoinMethod::Lookup { outer } => {
                let outer = outer
                    .iter()
                    .map(|(slot, expr)| Ok((*slot, self.expr(expr, &left_layout)?)))
                    .collect::<Result<_>>()?;
                Box::new(LookupJoin::new(join.kind, left, right, outer, residual, widths.1))
            }
        })
    }
}

/// Whether a plan gives the same rows whenever it is run in one execution: it takes nothing from a queue or from queries
/// around it.
fn is_steady(plan: &Plan) -> bool {
    let mut is_steady = true;
    plan.for_each_plan(&mut |part| {
        is_steady &= !matches!(part, Plan::Queue(_) | Plan::Recursion(_) | Plan::Function(_));
        part.for_each_expr(|expr| is_steady &= is_steady_expr(expr));
    });
    is_steady
}

fn is_steady_expr(expr: &Expr) -> bool {
    let changes = |part: &Expr| match part {
        Expr::Outer(_) => true,
        Expr::Call { function, .. } => function.is_volatile(),
        _ => false,
    };
    !expr.has_subquery() && !expr.any(&mut |part| changes(part))
}

/// The conditions and the values of a recursion's step, if it makes each row of one row alone and in a cheap way.
fn row_step(recursion: &plan::Recursion) -> Result<Option<(Vec<Expr>, Vec<Expr>)>> {
    let is_plain = !recursion.is_distinct && recursion.order.is_empty();
    let has_limit = recursion.limit.is_some() || recursion.offset.is_some();
    let [Query { plan: Plan::Project { input, columns }, columns: wanted }] = &recursion.steps[..] else {
        return Ok(None);
    };
    let mut conditions = Vec::new();
    let mut below = &**input;
    while let Plan::Filter { input, condition } = below {
        condition.clone().conjuncts(&mut conditions);
        below = input;
    }
    let Plan::Queue(queue) = below else { return Ok(None) };
    if !is_plain || has_limit {
        return Ok(None);
    }
    let place = |position: usize| queue.columns.iter().find(|(_, of)| *of == position);
    // A column that nobody reads has no number; it gets one that nothing has.
    let unknown = ColumnId(u32::MAX);
    let layout: Vec<ColumnId> =
        (0..recursion.columns.len()).map(|position| place(position).map_or(unknown, |(id, _)| *id)).collect();
    let mut values = Vec::with_capacity(wanted.len());
    for id in wanted {
        let Some((_, expr)) = columns.iter().find(|(known, _)| known == id) else { return Ok(None) };
        values.push(resolve(expr, &layout)?);
    }
    let conditions =
        conditions.iter().map(|condition| resolve(condition, &layout)).collect::<Result<Vec<_>>>()?;
    let is_cheap = conditions.iter().chain(&values).all(supports);
    Ok(is_cheap.then_some((conditions, values)))
}

/// Whether the rows of a step come in the order of the queue's rows that they are made of, each by itself.
fn keeps_order(plan: &Plan) -> bool {
    match plan {
        Plan::Queue(_) => true,
        Plan::Filter { input, .. } | Plan::Project { input, .. } => keeps_order(input),
        Plan::Join(join) => {
            matches!(join.kind, JoinKind::Inner { .. } | JoinKind::Left) && keeps_order(&join.left)
        }
        _ => false,
    }
}

fn parameters_to_columns(expr: &mut Expr) {
    if let Expr::Parameter(position) = expr {
        *expr = Expr::Column(ColumnId(*position as u32));
        return;
    }
    expr.for_each_operand_mut(parameters_to_columns);
}
