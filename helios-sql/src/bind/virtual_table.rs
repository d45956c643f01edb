//! Virtual tables and table-valued functions in FROM: arguments, hidden columns, and the conditions that a table can
//! make use of.

use std::sync::Arc;

use helios_core::value::Affinity;
use helios_core::{Error, Result};

use super::call_order::FunctionArguments;
use super::from::Part;
use super::scope::{Source, SourceColumn};
use super::{Binder, Past};
use crate::ast::{self, ObjectName};
use crate::catalog::{Table, TableColumn};
use crate::func;
use crate::module::{
    Absent, Constraint, FunctionTable, IndexRequest, Operator, Usage, VirtualColumn, VirtualTable,
};
use crate::plan::{
    ColumnId, ColumnInfo, Comparison, Expr, Function, FunctionPlan, JoinKind, PatternKind, Plan, SortKey,
};

impl Binder<'_> {
    /// A call in FROM. Its arguments are bound by [`Binder::function_arguments`].
    pub(super) fn function_source(
        &mut self,
        name: &ObjectName,
        arguments: &[ast::Expression],
        alias: Option<&str>,
    ) -> Result<Part> {
        let past = self.past.clone();
        let found = self.find_table(name, past.as_ref())?;
        let past = match &found {
            Some(table) => self.past_of(table, past)?,
            None => past,
        };
        let later = if found.is_none() { self.find_table(name, None)? } else { None };
        let later = later.filter(|table| table.module.is_some());
        let absent = later.map(|table| Ok((self.absent(&table)?, table.slot))).transpose()?;
        let (table, slot) = match (absent, found) {
            (Some(absent), _) => absent,
            (None, Some(table)) if table.module.is_some() => {
                (self.environment.connect(&table, past.as_ref())?, table.slot)
            }
            (None, found) => match (self.eponymous(&name.name), found) {
                (Some(function), None) => (function, 0),
                (_, Some(_)) => return Err(Error::sql(format!("'{}' is not a function", name.name))),
                (None, None) => return Err(Error::sql(format!("no such table: {}", name.name))),
            },
        };
        let columns = table.columns().iter().enumerate();
        let parameters: Vec<usize> =
            columns.filter(|(_, column)| column.is_hidden).map(|(position, _)| position).collect();
        if arguments.len() > parameters.len() {
            return Err(match parameters.len() {
                0 => Error::sql(format!("'{}' is not a function", name.name)),
                most => Error::sql(format!("too many arguments on {}() - max {most}", name.name)),
            });
        }
        let mut part = self.virtual_part(table, slot, alias.unwrap_or(&name.name), past);
        if self.is_postgres()
            && let Some(source) = part.sources.first_mut()
            && source.columns.iter().filter(|column| !column.hidden).count() == 1
            && let Some(column) = source.columns.iter_mut().find(|column| !column.hidden)
            && column.name.eq_ignore_ascii_case(&name.name)
        {
            // A function of one column gives it its own name.
            column.name = alias.unwrap_or(&name.name).into();
        }
        self.note_readable(&part.sources[0], &name.name, &self.schema_name(slot));
        let values = parameters.into_iter().zip(arguments.iter().cloned()).collect();
        let rowid = part.sources.first().and_then(|source| source.rowid);
        let arguments = rowid.map(|rowid| FunctionArguments::new(rowid, values));
        let arguments = arguments.into_iter().collect();
        Ok(Part { arguments, ..part })
    }

    /// A virtual table that was not there yet at the moment that is asked for.
    pub(super) fn absent(&self, table: &Table) -> Result<Arc<dyn VirtualTable>> {
        Ok(Arc::new(Absent(self.environment.connect(table, None)?)))
    }

    /// A virtual table in FROM.
    pub(super) fn virtual_part(
        &mut self,
        table: Arc<dyn VirtualTable>,
        slot: usize,
        name: &str,
        past: Option<Past>,
    ) -> Part {
        let name: Arc<str> = name.into();
        let mut columns = Vec::new();
        let mut seen = Vec::new();
        for (position, column) in table.columns().iter().enumerate() {
            let name: Arc<str> = column.name.as_str().into();
            let has_type = !column.declared_type.is_empty();
            let id = self.new_column(ColumnInfo {
                name: Some(name.clone()),
                declared_type: Some(column.declared_type.as_str().into()),
                affinity: has_type.then(|| Affinity::of_declared_type(&column.declared_type)),
                is_mixed: true,
                is_json: table.marks_json(position),
                is_vector: false,
                ..ColumnInfo::default()
            });
            columns.push((id, position));
            if column.is_hidden {
                self.note_table_argument(id, &table);
            }
            seen.push(SourceColumn { name, id, merged: false, hidden: column.is_hidden });
        }
        let rowid = self.new_column(ColumnInfo { name: Some("rowid".into()), ..ColumnInfo::default() });
        columns.push((rowid, seen.len()));
        let source = Source { rowid: Some(rowid), ..Source::unstored(&name, seen) };
        let (arguments, constraints) = (Vec::new(), Vec::new());
        let calls = Vec::new();
        // What is of another schema is of the present.
        let reader = past.filter(|_| slot == 0).map(|past| past.reader);
        let plan =
            FunctionPlan { table, slot, reader, name, arguments, constraints, calls, choice: None, columns };
        Part::single(Plan::Function(Box::new(plan)), source)
    }

    /// The table that is there without a definition.
    pub(super) fn eponymous(&self, name: &str) -> Option<Arc<dyn VirtualTable>> {
        if self.is_postgres()
            && let Some(function) = func::postgres_table_function(name)
        {
            return Some(Arc::new(FunctionTable::new(function)));
        }
        if let Some(function) = func::table_function(name).or_else(|| self.environment.table_function(name)) {
            return Some(Arc::new(FunctionTable::new(function)));
        }
        if let Some(table) = self.environment.system_table(name) {
            return Some(table);
        }
        self.environment.modules().find(name).and_then(|module| module.eponymous())
    }

    /// A virtual table whose columns are known, to be written to.
    pub(super) fn virtual_with_columns(&self, table: &Arc<Table>) -> Result<Arc<Table>> {
        let connected = self.environment.connect(table, None)?;
        if !connected.is_writable() {
            return Err(Error::sql(format!("table {} may not be modified", table.name)));
        }
        Ok(Arc::new(with_columns(table, &connected)))
    }
}

/// The table with the columns that its module declares.
pub(crate) fn with_columns(table: &Table, connected: &Arc<dyn VirtualTable>) -> Table {
    let column = |column: &VirtualColumn| TableColumn {
        declared_type: column.declared_type.as_str().into(),
        is_hidden: column.is_hidden,
        ..TableColumn::untyped(&column.name)
    };
    let columns = connected.columns().iter().map(column).collect();
    Table { columns, connected: Some(connected.clone()), ..table.clone() }
}

/// Lets the virtual tables of a FROM make use of conditions and of an order. What a table makes good itself goes from
/// the conditions, and the order if rows come in it.
pub(super) fn index_virtual_tables(plan: Plan, order: &mut Vec<SortKey>) -> Result<Plan> {
    let mut conditions = Vec::new();
    let plan = below_conditions(plan, &mut [&mut conditions], Some(order))?;
    Ok(match conditions.len() {
        0 => plan,
        _ => Plan::Filter { input: plan.into(), condition: Expr::all(conditions) },
    })
}

/// The same below lists of conditions that hold for all rows of the plan.
fn below_conditions(
    plan: Plan,
    conditions: &mut [&mut Vec<Expr>],
    order: Option<&mut Vec<SortKey>>,
) -> Result<Plan> {
    Ok(match plan {
        Plan::Filter { input, condition } if has_virtual_table(&input) => {
            condition.conjuncts(conditions[0]);
            below_conditions(*input, conditions, order)?
        }
        Plan::Join(mut join) if has_virtual_table(&join.left) || has_virtual_table(&join.right) => {
            match join.kind {
                JoinKind::Inner { .. } => {
                    let lists = conditions.iter_mut().map(|list| &mut **list);
                    let mut lists: Vec<&mut Vec<Expr>> = lists.chain([&mut join.conditions]).collect();
                    join.left = below_conditions(join.left, &mut lists, None)?;
                    join.right = below_conditions(join.right, &mut lists, None)?;
                }
                JoinKind::Left => {
                    join.left = below_conditions(join.left, conditions, None)?;
                    join.right = below_conditions(join.right, &mut [&mut join.conditions], None)?;
                }
                JoinKind::Right | JoinKind::Full => {
                    join.left = index_virtual_tables(join.left, &mut Vec::new())?;
                    join.right = index_virtual_tables(join.right, &mut Vec::new())?;
                }
            }
            Plan::Join(join)
        }
        Plan::Function(mut call) => {
            let unmet = choose(&mut call, conditions, order)?;
            match unmet.len() {
                0 => Plan::Function(call),
                _ => Plan::Filter { input: Plan::Function(call).into(), condition: Expr::all(unmet) },
            }
        }
        other => other,
    })
}

pub(super) fn has_virtual_table(plan: &Plan) -> bool {
    match plan {
        Plan::Function(_) => true,
        Plan::Filter { input, .. } => has_virtual_table(input),
        Plan::Join(join) => has_virtual_table(&join.left) || has_virtual_table(&join.right),
        _ => false,
    }
}

/// Asks a table which conditions it can use. Answers with what has to be looked at of those that came as arguments.
fn choose(
    call: &mut FunctionPlan,
    conditions: &mut [&mut Vec<Expr>],
    order: Option<&mut Vec<SortKey>>,
) -> Result<Vec<Expr>> {
    let given = call.arguments.len();
    let mut request = IndexRequest { constraints: call.constraints.clone(), order: Vec::new() };
    let mut values: Vec<Expr> = call.arguments.clone();
    let mut places = Vec::new();
    for (place, condition) in conditions.iter().flat_map(|list| list.iter()).enumerate() {
        if let Some((constraint, value, is_whole)) = constraint(call, condition) {
            request.constraints.push(constraint);
            values.push(value);
            places.push(Some(place).filter(|_| is_whole));
        }
    }
    if let Some(order) = &order {
        let plain = order.iter().map(|key| match &key.expr {
            Expr::Column(id) if key.nulls_first != key.descending && key.collation == Default::default() => {
                Some((position_of(call, *id)?, key.descending))
            }
            _ => None,
        });
        request.order = plain.collect::<Option<_>>().unwrap_or_default();
    }
    let choice = call.table.best_index(&request)?;
    let usage = |number: usize| choice.usages.get(number).copied().unwrap_or(Usage::Unsupported);
    let mut unmet = Vec::new();
    let mut taken = Vec::new();
    call.arguments.clear();
    call.constraints.clear();
    for (number, (constraint, value)) in request.constraints.iter().zip(values).enumerate() {
        if usage(number) != Usage::Exact && number < given {
            let column = Expr::Column(call.columns[constraint.column.unwrap_or(0)].0);
            unmet.extend(unmet_argument(constraint.operator, column, value.clone()));
        }
        if usage(number) == Usage::Exact && number >= given {
            taken.extend(places[number - given]);
        }
        if usage(number) != Usage::Unsupported {
            call.constraints.push(*constraint);
            call.arguments.push(value);
        }
    }
    let mut place = 0;
    for list in conditions {
        list.retain(|_| {
            place += 1;
            !taken.contains(&(place - 1))
        });
    }
    if let Some(order) = order
        && choice.is_ordered
        && !request.order.is_empty()
    {
        order.clear();
    }
    call.choice = Some(choice);
    Ok(unmet)
}

/// What has to be looked at where a table does not make good an argument. Ranges are conditions besides.
fn unmet_argument(operator: Operator, column: Expr, value: Expr) -> Option<Expr> {
    let (column, value) = (column.into(), value.into());
    match operator {
        Operator::Equal => Some(Expr::Compare(Comparison::Equal, Default::default(), column, value)),
        Operator::Match => Some(Expr::Pattern {
            kind: PatternKind::Match,
            negated: false,
            operand: column,
            pattern: value,
            escape: None,
        }),
        _ => None,
    }
}

/// A column of a table by its id: its position, `None` for the rowid; no answer if it is not of the table.
fn position_of(call: &FunctionPlan, id: ColumnId) -> Option<Option<usize>> {
    let (_, position) = call.columns.iter().find(|(known, _)| *known == id)?;
    Some(Some(*position).filter(|position| *position < call.table.columns().len()))
}

/// A condition as a comparison of a column of the table with a value that is known beforehand; and whether that is all that
/// the condition says.
fn constraint(call: &FunctionPlan, condition: &Expr) -> Option<(Constraint, Expr, bool)> {
    comparison_of(call, condition).filter(|(_, value, _)| {
        let mut is_known = true;
        value.for_each_column(&mut |_| is_known = false);
        is_known
    })
}

/// A condition as a comparison of a column of the table with a value; and whether that is all that the condition says. It is
/// not, where the column is converted, for values need not be what its type says.
pub(super) fn comparison_of(call: &FunctionPlan, condition: &Expr) -> Option<(Constraint, Expr, bool)> {
    let mut is_whole = true;
    let mut column_of = |expr: &Expr| match expr {
        Expr::Column(id) => position_of(call, *id),
        Expr::Convert(_, converted) => match **converted {
            Expr::Column(id) => {
                is_whole = false;
                position_of(call, id)
            }
            _ => None,
        },
        _ => None,
    };
    let (column, operator, value) = match condition {
        Expr::Compare(comparison, _, left, right) => match (column_of(left), column_of(right)) {
            (Some(column), None) => (column, operator_of(*comparison)?, right),
            (None, Some(column)) => (column, operator_of(comparison.flipped())?, left),
            _ => return None,
        },
        Expr::Pattern { kind, negated: false, operand, pattern, escape: None } => {
            let operator = match kind {
                PatternKind::Like => Operator::Like,
                PatternKind::LikeByCase => return None,
                PatternKind::Glob => Operator::Glob,
                PatternKind::Match => Operator::Match,
            };
            (column_of(operand)?, operator, pattern)
        }
        _ => return None,
    };
    // As in SQLite a value is asked for once for each look at the table, and of what a program's function says it is not known
    // whether it changes. Without its table MATCH is an error.
    let changes = |function: &Function| function.is_volatile() && !function.is_of_program();
    let is_volatile = operator != Operator::Match
        && value.any(&mut |part| matches!(part, Expr::Call { function, .. } if changes(function)));
    (!is_volatile).then(|| (Constraint { column, operator }, (**value).clone(), is_whole))
}

fn operator_of(comparison: Comparison) -> Option<Operator> {
    Some(match comparison {
        Comparison::Equal => Operator::Equal,
        Comparison::NotEqual => Operator::NotEqual,
        Comparison::Less => Operator::Less,
        Comparison::LessOrEqual => Operator::LessOrEqual,
        Comparison::Greater => Operator::Greater,
        Comparison::GreaterOrEqual => Operator::GreaterOrEqual,
        Comparison::Is => Operator::Is,
        Comparison::IsNot => return None,
    })
}
