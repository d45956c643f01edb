//! Window functions: which window each is over, and the plan that computes them
//! (<https://sqlite.org/windowfunctions.html>).

use helios_core::value::Collation;
use helios_core::{Error, Result};

use super::{Binder, Typed};
use crate::ast::{
    Arguments, Expression, FrameBound, FrameExclude, FrameUnit, FunctionCall, Over, WindowDefinition,
    WindowFrame,
};
use crate::plan::{
    Bound, ColumnId, ColumnInfo, Expr, Frame, Plan, SortKey, WindowCall, WindowKind, WindowPlan,
};

/// The functions over one window.
#[derive(Debug)]
pub(super) struct WindowGroup {
    partition: Vec<(Expr, Collation)>,
    order: Vec<SortKey>,
    pub(super) calls: Vec<(ColumnId, WindowCall)>,
}

impl Binder<'_> {
    /// A call of a window function.
    pub(super) fn window_function(
        &mut self,
        call: &FunctionCall,
        kind: WindowKind,
        over: &Over,
    ) -> Result<Typed> {
        let misuse = || Error::sql(format!("misuse of window function {}()", call.name));
        let level = self.scopes.len().checked_sub(1).ok_or_else(misuse)?;
        if !self.scopes[level].allows_windows {
            return Err(misuse());
        }
        let values: &[Expression] = match &call.arguments {
            Arguments::Star => &[],
            Arguments::List { distinct: true, .. } => {
                return Err(Error::sql("DISTINCT is not supported for window functions"));
            }
            Arguments::List { values, .. } => values,
        };
        let window = self.window_of(over)?;
        let frame = window.frame.unwrap_or(WindowFrame {
            unit: FrameUnit::Range,
            start: FrameBound::UnboundedPreceding,
            end: FrameBound::CurrentRow,
            exclude: FrameExclude::Nothing,
        });
        let has_offset = [&frame.start, &frame.end]
            .iter()
            .any(|bound| matches!(bound, FrameBound::Preceding(_) | FrameBound::Following(_)));
        if frame.unit == FrameUnit::Range && has_offset && window.order_by.len() != 1 {
            return Err(Error::sql("RANGE with offset PRECEDING/FOLLOWING requires one ORDER BY expression"));
        }
        if call.filter.is_some() && matches!(kind, WindowKind::Window(_)) {
            return Err(Error::sql("FILTER clause may only be used with aggregate window functions"));
        }
        self.scopes[level].allows_windows = false;
        let bound = self.window_parts(call, values, &window.partition, &window.order_by, frame, kind);
        self.scopes[level].allows_windows = true;
        let (group, window_call, info) = bound?;
        Ok(self.window_column(level, group, window_call, info))
    }

    /// Binds what a call of a window function says.
    fn window_parts(
        &mut self,
        call: &FunctionCall,
        values: &[Expression],
        partition: &[Expression],
        order_by: &[crate::ast::OrderingTerm],
        frame: WindowFrame,
        kind: WindowKind,
    ) -> Result<(WindowGroup, WindowCall, ColumnInfo)> {
        let arguments = values.iter().map(|value| self.bind(value)).collect::<Result<Vec<_>>>()?;
        let filter = call.filter.as_ref().map(|filter| self.bind_expr(filter)).transpose()?;
        let mut keys = Vec::with_capacity(partition.len());
        for expression in partition {
            let key = self.bind(expression)?;
            let collation = key.collation();
            keys.push((key.expr, collation));
        }
        let mut order = Vec::with_capacity(order_by.len());
        for term in order_by {
            let key = self.bind(&term.expression)?;
            let collation = key.collation();
            let of = self.sql_type(&key.expr);
            let expr = self.sorted_by(key.expr, of)?;
            order.push(self.sort_key(term, expr, collation)?);
        }
        let frame = Frame {
            unit: frame.unit,
            start: self.bound(frame.start)?,
            end: self.bound(frame.end)?,
            exclude: frame.exclude,
        };
        let collation = arguments.first().map(Typed::collation).unwrap_or_default();
        let info = ColumnInfo::default();
        let arguments = arguments
            .into_iter()
            .map(|argument| self.json_marked_row(&call.name, true, argument.expr))
            .collect();
        let call = WindowCall { function: kind, arguments, filter, collation, frame };
        Ok((WindowGroup { partition: keys, order, calls: Vec::new() }, call, info))
    }

    /// The offset of a bound sees no columns: one that is not constant counts as NULL.
    fn bound(&mut self, bound: FrameBound) -> Result<Bound> {
        let mut offset = |expression: Expression| -> Result<Expr> {
            let expr = self.bind_expr(&expression)?;
            let mut is_constant = !expr.has_subquery();
            expr.for_each_column(&mut |_| is_constant = false);
            Ok(if is_constant { expr } else { Expr::NULL })
        };
        Ok(match bound {
            FrameBound::UnboundedPreceding | FrameBound::UnboundedFollowing => Bound::Unbounded,
            FrameBound::CurrentRow => Bound::CurrentRow,
            FrameBound::Preceding(expression) => Bound::Preceding(offset(expression)?),
            FrameBound::Following(expression) => Bound::Following(offset(expression)?),
        })
    }

    /// The column of a call; the same for calls that are the same.
    fn window_column(
        &mut self,
        level: usize,
        group: WindowGroup,
        call: WindowCall,
        info: ColumnInfo,
    ) -> Typed {
        let windows = &self.scopes[level].windows;
        let same = |known: &WindowGroup| known.partition == group.partition && known.order == group.order;
        let place = windows.iter().position(same).unwrap_or(windows.len());
        let known = windows
            .get(place)
            .and_then(|known| known.calls.iter().find(|(_, other)| *other == call).map(|(id, _)| *id));
        if let Some(id) = known {
            return self.column_expression(id);
        }
        let id = self.new_column(info);
        let windows = &mut self.scopes[level].windows;
        if place == windows.len() {
            windows.push(group);
        }
        windows[place].calls.push((id, call));
        self.column_expression(id)
    }

    /// The window that OVER means, with what it takes from others.
    fn window_of(&self, over: &Over) -> Result<WindowDefinition> {
        let named = self.scopes.last().map_or(&[][..], |scope| &scope.named_windows[..]);
        match over {
            Over::Name(name) => find_window(named, named.len(), name),
            Over::Window(definition) => chained(named, named.len(), definition),
        }
    }

    /// The windows that have names, each with what it takes from those before it.
    pub(super) fn named_windows(
        &self,
        windows: &[(String, WindowDefinition)],
    ) -> Result<Vec<(String, WindowDefinition)>> {
        let mut named: Vec<(String, WindowDefinition)> = Vec::with_capacity(windows.len());
        for (name, definition) in windows {
            let definition = chained(&named, named.len(), definition)?;
            named.push((name.clone(), definition));
        }
        Ok(named)
    }

    /// `plan` with a step for each window. The window that was mentioned first comes last, so that its order is the
    /// order of the rows.
    pub(super) fn over_windows(&mut self, level: usize, mut plan: Plan) -> Plan {
        let groups = std::mem::take(&mut self.scopes[level].windows);
        for group in groups.into_iter().rev() {
            let ascending = |(expr, collation): &(Expr, Collation)| SortKey {
                expr: expr.clone(),
                collation: collation.clone(),
                descending: false,
                nulls_first: true,
            };
            let keys: Vec<SortKey> =
                group.partition.iter().map(ascending).chain(group.order.iter().cloned()).collect();
            if !keys.is_empty() {
                plan = Plan::Sort { input: plan.into(), keys, ordered: 0, first: None };
            }
            let WindowGroup { partition, order, calls } = group;
            plan = Plan::Window(Box::new(WindowPlan { input: plan, partition, order, calls }));
        }
        plan
    }

    /// Calls `visit` with each expression in the windows of a scope.
    pub(super) fn for_each_window_expr(groups: &mut [WindowGroup], mut visit: impl FnMut(&mut Expr)) {
        for group in groups {
            group.partition.iter_mut().for_each(|(expr, _)| visit(expr));
            group.order.iter_mut().for_each(|key| visit(&mut key.expr));
            for (_, call) in &mut group.calls {
                call.arguments.iter_mut().chain(&mut call.filter).for_each(&mut visit);
            }
        }
    }
}

impl WindowGroup {
    /// The columns that the functions over the window give.
    pub(super) fn columns(&self) -> impl Iterator<Item = ColumnId> {
        self.calls.iter().map(|(id, _)| *id)
    }
}

/// One of the first `count` named windows: of several of one name the last, as in SQLite.
fn find_window(named: &[(String, WindowDefinition)], count: usize, name: &str) -> Result<WindowDefinition> {
    let mut windows = named[..count].iter().rev();
    match windows.find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        Some((_, definition)) => Ok(definition.clone()),
        None => Err(Error::sql(format!("no such window: {name}"))),
    }
}

/// A window with what it takes from the one that it is based on.
fn chained(
    named: &[(String, WindowDefinition)],
    count: usize,
    definition: &WindowDefinition,
) -> Result<WindowDefinition> {
    let Some(name) = &definition.base else {
        return Ok(definition.clone());
    };
    let base = find_window(named, count, name)?;
    let overrides = if !definition.partition.is_empty() {
        Some("PARTITION clause")
    } else if !base.order_by.is_empty() && !definition.order_by.is_empty() {
        Some("ORDER BY clause")
    } else if base.frame.is_some() {
        Some("frame specification")
    } else {
        None
    };
    if let Some(what) = overrides {
        return Err(Error::sql(format!("cannot override {what} of window: {name}")));
    }
    Ok(WindowDefinition {
        base: None,
        partition: base.partition,
        order_by: if base.order_by.is_empty() { definition.order_by.clone() } else { base.order_by },
        frame: definition.frame.clone(),
    })
}
