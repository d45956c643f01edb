//! Functions that give rows, in PostgreSQL's dialect: in the columns of a SELECT, and under names of their own in FROM.
//!
//! A call in a column means a row for each of what it gives, so it becomes a source at the end of FROM that the column
//! takes its value from. Several go side by side, as far as the longest of them gives something.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::Binder;
use super::from::Part;
use super::scope::SourceColumn;
use crate::ast::{
    Arguments, ColumnName, Expression, From, FunctionCall, Join, JoinConstraint, JoinKind, ObjectName,
    ResultColumn, Select, SelectCore, SelectTerm, Span, TableSource,
};
use crate::func;
use crate::types::{SqlType, element_of};

/// What the source of such calls is called. No star shows its columns.
const ROWS: &str = "helios_rows";
/// The function that gives the elements of several arrays side by side.
const SIDE_BY_SIDE: &str = "helios_unnest";

impl Binder<'_> {
    /// The SELECT with calls that give rows in FROM; `None` if its columns have none.
    pub(super) fn with_rows_of_columns(&self, core: &SelectCore) -> Option<SelectCore> {
        if !self.is_postgres() || !core.columns.iter().any(has_rows) {
            return None;
        }
        let mut core = core.clone();
        let mut calls = Vec::new();
        for column in &mut core.columns {
            if let ResultColumn::Expression { expression, .. } = column {
                take_calls(expression, &mut calls);
            }
        }
        let (name, arguments) = match &calls[..] {
            [FunctionCall { name, arguments: Arguments::List { values, .. }, .. }] => {
                (name.clone(), values.clone())
            }
            _ => (SIDE_BY_SIDE.to_owned(), calls.into_iter().map(as_array).collect()),
        };
        let name = super::postgres::bare_name(&name).to_owned();
        let is_single = name != SIDE_BY_SIDE;
        let source = TableSource::Function {
            name: ObjectName::bare(&name),
            arguments,
            alias: Some(ROWS.to_owned()),
            columns: if is_single { vec![element(0)] } else { Vec::new() },
            is_numbered: false,
        };
        match &mut core.from {
            Some(from) => from.joins.push(Join {
                kind: JoinKind::Inner,
                natural: false,
                source,
                constraint: JoinConstraint::None,
            }),
            None => core.from = Some(From { first: source, joins: Vec::new() }),
        }
        Some(core)
    }

    /// `unnest` of several arrays, side by side; `None` if it is something else.
    pub(super) fn several_arrays(
        &mut self,
        name: &ObjectName,
        arguments: &[Expression],
        alias: Option<&str>,
    ) -> Result<Option<Part>> {
        if !self.is_postgres() || arguments.len() < 2 || !name.name.text.eq_ignore_ascii_case("unnest") {
            return Ok(None);
        }
        let several = ObjectName::bare(SIDE_BY_SIDE);
        let mut part = self.function_source(&several, arguments, Some(alias.unwrap_or("unnest")))?;
        for source in &mut part.sources {
            for (place, column) in source.columns.iter_mut().enumerate() {
                column.hidden |= place >= arguments.len();
                column.name = "unnest".into();
            }
        }
        Ok(Some(part))
    }

    /// A function in FROM that gives one value, as the query that it is; `None` for all else.
    pub(super) fn single_value(&self, source: &TableSource) -> Result<Option<TableSource>> {
        let TableSource::Function { name, arguments, alias, columns, is_numbered: false } = source else {
            return Ok(None);
        };
        let called = &name.name.text;
        if !self.is_postgres() || func::postgres_table_function(called).is_some() {
            return Ok(None);
        }
        let is_known = func::postgres_scalar(called, arguments.len())?.is_some()
            || super::postgres::is_written_in_sql(called, arguments.len());
        if !is_known || self.eponymous(called).is_some() {
            return Ok(None);
        }
        let alias = alias.as_ref().unwrap_or(called);
        let column = ResultColumn::Expression {
            expression: super::postgres::plain_call(called, arguments.clone()),
            alias: Some(columns.first().unwrap_or(alias).clone()),
            span: Span::default(),
        };
        let select = Box::new(Select::of_columns(vec![column]));
        Ok(Some(TableSource::Subquery { select, alias: Some(alias.clone()), is_lateral: true }))
    }

    /// Gives the columns of a function the names that stand behind its alias, and one that numbers the rows.
    pub(super) fn name_function_columns(
        &mut self,
        part: &mut Part,
        names: &[String],
        is_numbered: bool,
    ) -> Result<()> {
        let Some(source) = part.sources.first_mut() else { return Ok(()) };
        if is_numbered && let Some(id) = source.rowid {
            self.columns[id.0 as usize].declared_type = Some("int8".into());
            let last = source.columns.iter().rposition(|column| !column.hidden).map_or(0, |at| at + 1);
            let column = SourceColumn { name: "ordinality".into(), id, merged: false, hidden: false };
            source.columns.insert(last, column);
        }
        let mut shown = source.columns.iter_mut().filter(|column| !column.hidden);
        for name in names {
            let Some(column) = shown.next() else {
                return Err(Error::sql(format!(
                    "table \"{}\" has fewer columns available than columns specified",
                    source.name
                )));
            };
            column.name = name.as_str().into();
        }
        for column in source.columns.iter().filter(|column| !column.hidden) {
            let name: Arc<str> = column.name.clone();
            self.columns[column.id.0 as usize].name = Some(name);
        }
        Ok(())
    }

    /// The type of what a function gives that takes arrays apart.
    pub(super) fn note_element(&mut self, column: crate::plan::ColumnId, array: &crate::plan::Expr) {
        let array = self.sql_type(array);
        let of = match array.base {
            crate::types::BaseType::Int2Vector => SqlType::of(crate::types::BaseType::SmallInt),
            crate::types::BaseType::OidVector => SqlType::of(crate::types::BaseType::Oid),
            crate::types::BaseType::Date if !array.is_array => {
                SqlType::of(crate::types::BaseType::TimestampTz)
            }
            _ => SqlType::of(element_of(array)),
        };
        self.columns[column.0 as usize].declared_type = Some(of.declared_name().into());
    }
}

/// Has no star show what calls in columns give.
pub(super) fn hide_rows_of_columns(part: &mut Part) {
    let rows = part.sources.iter_mut().filter(|source| source.name == ROWS);
    rows.flat_map(|source| &mut source.columns).for_each(|column| column.hidden = true);
}

fn gives_rows(call: &FunctionCall) -> bool {
    let has_list =
        matches!(&call.arguments, Arguments::List { distinct: false, order_by, .. } if order_by.is_empty());
    has_list && call.over.is_none() && func::gives_rows(super::postgres::bare_name(&call.name))
}

fn has_rows(column: &ResultColumn) -> bool {
    fn within(expression: &Expression) -> bool {
        let mut found = matches!(expression, Expression::Function(call) if gives_rows(call));
        expression.for_each_operand(|operand| found = found || within(operand));
        found
    }
    matches!(column, ResultColumn::Expression { expression, .. } if within(expression))
}

/// Takes the calls that give rows out of an expression and puts columns in their place.
fn take_calls(expression: &mut Expression, calls: &mut Vec<FunctionCall>) {
    if let Expression::Function(call) = expression
        && gives_rows(call)
    {
        let place = calls.iter().position(|known| known == &**call).unwrap_or_else(|| {
            calls.push((**call).clone());
            calls.len() - 1
        });
        *expression = Expression::Column(ColumnName {
            schema: None,
            table: Some(ROWS.to_owned()),
            column: element(place),
            double_quoted: false,
            places: Default::default(),
        });
        return;
    }
    expression.for_each_operand_mut(|operand| take_calls(operand, calls));
}

/// The name of a column of the source.
fn element(place: usize) -> String {
    format!("element{}", place + 1)
}

/// A call that gives rows as an array of them.
fn as_array(call: FunctionCall) -> Expression {
    let Arguments::List { values, .. } = call.arguments else {
        return Expression::Literal(helios_core::Value::Null);
    };
    let name = super::postgres::bare_name(&call.name);
    if name.eq_ignore_ascii_case("unnest")
        && let [array] = &values[..]
    {
        return array.clone();
    }
    let value = Expression::Column(ColumnName {
        schema: None,
        table: None,
        column: element(0),
        double_quoted: false,
        places: Default::default(),
    });
    let collected = FunctionCall {
        name: "array_agg".to_owned(),
        arguments: Arguments::List { distinct: false, values: vec![value], order_by: Vec::new() },
        filter: None,
        over: None,
    };
    let column = ResultColumn::Expression {
        expression: Expression::Function(Box::new(collected)),
        alias: Some("array".to_owned()),
        span: Span::default(),
    };
    let mut select = Select::of_columns(vec![column]);
    if let SelectTerm::Select(core) = &mut select.first {
        let first = TableSource::Function {
            name: ObjectName::bare(name),
            arguments: values,
            alias: Some("helios_part".to_owned()),
            columns: vec![element(0)],
            is_numbered: false,
        };
        core.from = Some(From { first, joins: Vec::new() });
    }
    Expression::Subquery(Box::new(select))
}
