//! Which type each column and each parameter of a bound statement has.
//!
//! Columns take their types from what the tables declare and from what computes them; a parameter takes that of what it
//! is compared with, assigned to or given to. What says nothing of itself follows what stands beside it, as literals do.

use std::cell::RefCell;
use std::collections::HashMap;

use helios_core::Value;

use super::expression::{Known, of_aggregate, of_expression};
use super::resolution::common;
use super::scale::modifier_of;
use super::{BaseType, ENUM_VALUE, SqlType, function};
use crate::bind::{Bound, BoundDelete, BoundInsert, BoundUpdate, RowChecks, ValueSource};
use crate::catalog::Table;
use crate::plan::{
    AggregateCall, ColumnId, Expr, Function, Plan, Query, SubqueryCall, WindowCall, WindowKind,
};

/// A statement that is bound.
#[derive(Clone, Copy, Debug)]
pub enum Statement<'a> {
    /// SELECT.
    Query(&'a Bound),
    /// INSERT.
    Insert(&'a BoundInsert),
    /// UPDATE.
    Update(&'a BoundUpdate),
    /// DELETE.
    Delete(&'a BoundDelete),
}

/// The types of a statement.
#[derive(Clone, Debug, Default)]
pub struct Inference {
    /// Of the columns of its rows.
    pub columns: Vec<SqlType>,
    /// Of its parameters.
    pub parameters: Vec<SqlType>,
    /// What the types of the columns say in parentheses, as PostgreSQL's clients are told it; -1 for nothing.
    pub modifiers: Vec<i32>,
    /// How many digits behind the point all decimal numbers of a column have, where that is known.
    pub scales: Vec<Option<u8>>,
}

/// How far what makes a column is followed for its scale.
const DEPTH: usize = 100;

/// What makes a column.
#[derive(Clone, Copy)]
pub(super) enum Maker<'a> {
    Expr(&'a Expr),
    Values(&'a [Vec<Expr>], usize),
    Aggregate(&'a AggregateCall),
    Window(&'a WindowCall),
    /// One of two queries.
    Either(ColumnId, ColumnId),
    Same(ColumnId),
}

/// The types of the columns and of `parameters` parameters.
pub fn infer(statement: Statement<'_>, parameters: usize) -> Inference {
    let (bound, row) = match statement {
        Statement::Query(bound) => (bound, None),
        Statement::Insert(insert) => (&insert.bound, Some(&insert.row)),
        Statement::Update(update) => (&update.bound, Some(&update.row)),
        Statement::Delete(delete) => (&delete.bound, Some(&delete.row)),
    };
    let mut finder = Finder::new(bound, parameters);
    finder.note_makers();
    finder.note_parameters();
    match statement {
        Statement::Insert(insert) => finder.inserted(insert),
        Statement::Update(update) => finder.updated(update),
        Statement::Query(_) | Statement::Delete(_) => {}
    }
    let (columns, modifiers, scales) = match row {
        None => {
            let ids = &bound.query.columns;
            (
                ids.iter().map(|id| finder.column_type(*id)).collect(),
                ids.iter().map(|id| finder.modifier(*id)).collect(),
                ids.iter().map(|id| finder.scale(*id, DEPTH)).collect(),
            )
        }
        Some(row) => {
            let exprs = || row.returning.iter().map(|column| &column.expr);
            (
                finder.returned(row),
                finder.returned_modifiers(row),
                exprs().map(|expr| finder.scale_of_expr(expr, DEPTH)).collect(),
            )
        }
    };
    Inference { columns, parameters: finder.parameters.into_inner(), modifiers, scales }
}

pub(super) struct Finder<'a> {
    pub(super) bound: &'a Bound,
    pub(super) makers: HashMap<ColumnId, Maker<'a>>,
    known: RefCell<HashMap<ColumnId, SqlType>>,
    parameters: RefCell<Vec<SqlType>>,
}

impl Known for Finder<'_> {
    fn column(&self, id: ColumnId) -> SqlType {
        self.column_type(id)
    }

    fn parameter(&self, number: usize) -> SqlType {
        self.parameters.borrow().get(number).copied().unwrap_or_default()
    }

    fn outer(&self, _: usize) -> SqlType {
        SqlType::UNKNOWN
    }

    fn subquery(&self, call: &SubqueryCall, column: usize) -> SqlType {
        let query = self.bound.subqueries.get(call.number);
        let id = query.and_then(|query| query.columns.get(call.by.len() + column));
        id.map(|id| self.column_type(*id)).unwrap_or_default()
    }
}

impl<'a> Finder<'a> {
    fn new(bound: &'a Bound, parameters: usize) -> Finder<'a> {
        Finder {
            bound,
            makers: HashMap::new(),
            known: RefCell::default(),
            parameters: RefCell::new(vec![SqlType::UNKNOWN; parameters]),
        }
    }

    fn queries(&self) -> impl Iterator<Item = &'a Query> + use<'a> {
        std::iter::once(&self.bound.query).chain(&self.bound.subqueries)
    }

    fn note_makers(&mut self) {
        let mut makers = HashMap::new();
        for query in self.queries() {
            query.plan.for_each_plan(&mut |plan| self.makers_of(plan, &mut makers));
        }
        self.makers = makers;
    }

    fn makers_of(&self, plan: &'a Plan, makers: &mut HashMap<ColumnId, Maker<'a>>) {
        match plan {
            Plan::Project { columns, .. } => {
                makers.extend(columns.iter().map(|(id, expr)| (*id, Maker::Expr(expr))));
            }
            Plan::Values { columns, rows } => {
                let columns = columns.iter().enumerate();
                makers.extend(columns.map(|(position, id)| (*id, Maker::Values(rows, position))));
            }
            Plan::Aggregate(aggregation) => {
                let groups = &aggregation.groups;
                makers.extend(groups.iter().map(|(id, expr, _)| (*id, Maker::Expr(expr))));
                let calls = &aggregation.aggregates;
                makers.extend(calls.iter().map(|(id, call)| (*id, Maker::Aggregate(call))));
            }
            Plan::Window(window) => {
                makers.extend(window.calls.iter().map(|(id, call)| (*id, Maker::Window(call))));
            }
            Plan::Compound(compound) => {
                let sides = compound.left.columns.iter().zip(&compound.right.columns);
                let columns = compound.columns.iter().zip(sides);
                makers.extend(columns.map(|((id, _), (left, right))| (*id, Maker::Either(*left, *right))));
            }
            Plan::Recursion(recursion) => {
                let columns = recursion.columns.iter().zip(&recursion.first.columns);
                makers.extend(columns.map(|((id, _), first)| (*id, Maker::Same(*first))));
                for step in &recursion.steps {
                    step.plan.for_each_plan(&mut |plan| {
                        if let Plan::Queue(queue) = plan
                            && queue.number == recursion.number
                        {
                            let columns = queue.columns.iter();
                            makers.extend(columns.filter_map(|(id, position)| {
                                Some((*id, Maker::Same(*recursion.first.columns.get(*position)?)))
                            }));
                        }
                    });
                }
            }
            Plan::Shared(shared) => {
                if let Some(query) = self.bound.subqueries.get(shared.number) {
                    makers.extend(shared.columns.iter().filter_map(|(id, position)| {
                        Some((*id, Maker::Same(*query.columns.get(*position)?)))
                    }));
                }
            }
            _ => {}
        }
    }

    /// What a column is declared with.
    pub(super) fn declared(&self, id: ColumnId) -> Option<&str> {
        let info = self.bound.columns.get(id.0 as usize);
        info.and_then(|info| info.declared_type.as_deref()).filter(|name| !name.is_empty())
    }

    /// The type of a column.
    fn column_type(&self, id: ColumnId) -> SqlType {
        if let Some(known) = self.known.borrow().get(&id) {
            return *known;
        }
        // What depends on itself tells nothing.
        self.known.borrow_mut().insert(id, SqlType::UNKNOWN);
        let info = self.bound.columns.get(id.0 as usize);
        let declared = self.declared(id);
        let found = match (declared, self.makers.get(&id)) {
            (Some(declared), _) => SqlType::declared(declared),
            (None, Some(maker)) => self.made(*maker),
            (None, None) if info.is_some_and(|info| info.is_vector) => SqlType::of(BaseType::Vector),
            (None, None) if info.is_some_and(|info| info.name.as_deref() == Some("rowid")) => {
                SqlType::of(BaseType::BigInt)
            }
            (None, None) => SqlType::UNKNOWN,
        };
        self.known.borrow_mut().insert(id, found);
        found
    }

    fn made(&self, maker: Maker<'_>) -> SqlType {
        match maker {
            Maker::Expr(expr) => self.expr(expr),
            Maker::Values(rows, position) => {
                common(rows.iter().filter_map(|row| row.get(position)).map(|expr| self.expr(expr)))
            }
            Maker::Aggregate(call) => of_aggregate(call, self),
            Maker::Window(call) => match &call.function {
                WindowKind::Aggregate(aggregate) => {
                    function::aggregate(aggregate, self.first(&call.arguments))
                }
                WindowKind::Window(window) => self.window(&format!("{window:?}"), &call.arguments),
            },
            Maker::Either(left, right) => {
                common([self.column_type(left), self.column_type(right)].into_iter())
            }
            Maker::Same(id) => self.column_type(id),
        }
    }

    fn window(&self, name: &str, arguments: &[Expr]) -> SqlType {
        match name {
            "PercentRank" | "CumulativeDistribution" => SqlType::of(BaseType::Double),
            "RowNumber" | "Rank" | "DenseRank" => SqlType::of(BaseType::BigInt),
            "Ntile" => SqlType::of(BaseType::Integer),
            _ => self.first(arguments),
        }
    }

    fn first(&self, arguments: &[Expr]) -> SqlType {
        arguments.first().map(|argument| self.expr(argument)).unwrap_or_default()
    }

    /// The type of an expression.
    fn expr(&self, expr: &Expr) -> SqlType {
        of_expression(expr, self)
    }

    /// Looks at all expressions for parameters, until no more of them is known. What one is known by may be another.
    fn note_parameters(&self) {
        if self.parameters.borrow().is_empty() {
            return;
        }
        for _ in 0..2 {
            for query in self.queries() {
                query.plan.for_each_plan(&mut |plan| {
                    if let Plan::Limit { limit, offset, .. } = plan {
                        limit.iter().chain(offset).for_each(|expr| {
                            self.meant(expr, SqlType::of(BaseType::BigInt));
                        });
                    }
                    if let Plan::Function(call) = plan {
                        let series = SqlType::of(BaseType::BigInt);
                        call.arguments.iter().filter(|_| &*call.name == "generate_series").for_each(
                            |argument| {
                                self.meant(argument, series);
                            },
                        );
                    }
                    plan.for_each_expr(|expr| self.look(expr));
                });
            }
        }
    }

    fn look(&self, expr: &Expr) {
        let pair = |left: &Expr, right: &Expr| {
            self.meant(left, self.expr(right));
            self.meant(right, self.expr(left));
        };
        let text = SqlType::of(BaseType::Text);
        match expr {
            Expr::Compare(_, _, left, right) | Expr::Arithmetic(_, left, right) => pair(left, right),
            Expr::Pattern { operand, pattern, .. } => {
                self.meant(operand, text);
                self.meant(pattern, text);
            }
            Expr::Concat(left, right) => {
                self.meant(left, text);
                self.meant(right, text);
            }
            Expr::InList { operand, list, .. } => list.iter().for_each(|item| pair(operand, item)),
            Expr::InSubquery { operands, subquery, .. } => {
                if let Some(query) = self.bound.subqueries.get(subquery.number) {
                    let columns = query.columns.iter().skip(subquery.by.len());
                    operands
                        .iter()
                        .zip(columns)
                        .for_each(|(operand, id)| self.meant(operand, self.column_type(*id)));
                }
            }
            Expr::FirstNotNull(operands) => {
                let common = common(operands.iter().map(|operand| self.expr(operand)));
                operands.iter().for_each(|operand| self.meant(operand, common));
            }
            Expr::Not(operand) => self.meant(operand, SqlType::of(BaseType::Boolean)),
            Expr::Call { function, arguments, .. } => self.look_at_call(function, arguments),
            _ => {}
        }
        expr.for_each_operand(|operand| self.look(operand));
    }

    fn look_at_call(&self, function: &Function, arguments: &[Expr]) {
        let name = format!("{function:?}");
        if let Some(cast) = name.strip_prefix("::") {
            arguments.iter().for_each(|argument| self.meant(argument, SqlType::declared(cast)));
            return;
        }
        if let ("array_any" | "array_all", [_, operand, array]) = (name.as_str(), arguments) {
            self.meant(array, SqlType::array_of(self.expr(operand).base));
            self.meant(operand, SqlType::of(self.expr(array).base));
            return;
        }
        if let (ENUM_VALUE, [value, Expr::Constant(Value::Integer(oid)), ..]) = (name.as_str(), arguments) {
            let of = u32::try_from(*oid).map(|oid| SqlType::of(BaseType::Enum(oid)));
            return self.meant(value, of.unwrap_or_default());
        }
        for (position, argument) in arguments.iter().enumerate() {
            self.meant(argument, function::parameter(&name, position));
        }
    }

    /// Takes note that an expression is to be of a type, if it is a parameter.
    fn meant(&self, expr: &Expr, meant: SqlType) {
        match expr {
            Expr::Convert(_, operand) | Expr::Negate(operand) => self.meant(operand, meant),
            Expr::Parameter(number) if meant.is_known() => {
                if let Some(known) = self.parameters.borrow_mut().get_mut(*number)
                    && !known.is_known()
                {
                    *known = meant;
                }
            }
            Expr::Case { branches, otherwise } => {
                branches.iter().map(|(_, value)| value).chain(otherwise.as_deref()).for_each(|value| {
                    self.meant(value, meant);
                });
            }
            Expr::FirstNotNull(operands) => operands.iter().for_each(|operand| self.meant(operand, meant)),
            Expr::Call { function, arguments, .. }
                if function::keeps_type(&format!("{function:?}"), meant) =>
            {
                arguments.iter().take(1).for_each(|argument| self.meant(argument, meant));
            }
            _ => {}
        }
    }

    /// Parameters that become columns of new rows.
    fn inserted(&self, insert: &BoundInsert) {
        let columns = &insert.bound.query.columns;
        for (position, value) in insert.values.iter().enumerate() {
            if let ValueSource::Source(place) = value
                && let Some(id) = columns.get(*place)
            {
                self.becomes(*id, declared_type(&insert.table, position));
            }
        }
        if let Some(id) = insert.rowid.and_then(|place| columns.get(place)) {
            let position = insert.table.rowid_column;
            let meant = position.map_or(SqlType::of(BaseType::BigInt), |at| declared_type(&insert.table, at));
            self.becomes(*id, meant);
        }
        for upsert in &insert.upserts {
            for (position, value) in upsert.assignments.iter().flatten() {
                self.meant(value, declared_type(&insert.table, *position));
                self.look(value);
            }
            upsert.filter.iter().for_each(|filter| self.look(filter));
        }
    }

    /// Parameters that become columns of changed rows: they come last in the source.
    fn updated(&self, update: &BoundUpdate) {
        let rowid = SqlType::of(BaseType::BigInt);
        let types = update.assigned.iter().map(|position| declared_type(&update.table, *position));
        let types: Vec<SqlType> = types.chain(update.assigns_rowid.then_some(rowid)).collect();
        if let Some(late) = &update.late {
            for (value, meant) in late.values.iter().zip(&types) {
                self.meant(value, *meant);
                self.look(value);
            }
            return;
        }
        let columns = &update.bound.query.columns;
        let first = columns.len().saturating_sub(types.len());
        columns.iter().skip(first).zip(types).for_each(|(id, meant)| self.becomes(*id, meant));
    }

    /// Takes note of what a column of the source goes into.
    fn becomes(&self, id: ColumnId, meant: SqlType) {
        match self.makers.get(&id) {
            Some(Maker::Expr(expr)) => self.meant(expr, meant),
            Some(Maker::Values(rows, position)) => {
                rows.iter().filter_map(|row| row.get(*position)).for_each(|expr| self.meant(expr, meant));
            }
            Some(Maker::Same(same)) => self.becomes(*same, meant),
            Some(Maker::Either(left, right)) => {
                self.becomes(*left, meant);
                self.becomes(*right, meant);
            }
            _ => {}
        }
    }

    fn returned_modifiers(&self, row: &RowChecks) -> Vec<i32> {
        let of = |column: &crate::bind::ReturningColumn| match column.info.declared_type.as_deref() {
            Some(declared) => modifier_of(declared),
            None => self.modifier_of_expr(&column.expr),
        };
        row.returning.iter().map(of).collect()
    }

    fn returned(&self, row: &RowChecks) -> Vec<SqlType> {
        let of = |declared: &Option<std::sync::Arc<str>>| declared.as_deref().map(SqlType::declared);
        row.returning
            .iter()
            .map(|column| of(&column.info.declared_type).unwrap_or_else(|| self.expr(&column.expr)))
            .collect()
    }
}

fn declared_type(table: &Table, position: usize) -> SqlType {
    table.columns.get(position).map(|column| SqlType::declared(column.told_type())).unwrap_or_default()
}
