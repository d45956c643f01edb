//! Whole rows: the name of a table or of a query in FROM, where a value is asked for.
//!
//! In: such a name. Out: its columns as JSON, as the text of a row, or one of them.

use std::sync::Arc;

use helios_core::{Result, Value};

use super::postgres::plain_call;
use super::{Binder, Typed};
use crate::ast::{BinaryOperator, ColumnName, Expression, FunctionCall};
use crate::types::{BaseType, SqlType};

/// A column of a row: its name, and what it is.
type Field = (Arc<str>, Expression);

impl Binder<'_> {
    /// The columns of the row that a name means; `None` if it means a column, or nothing.
    fn whole_row(&mut self, expression: &Expression) -> Result<Option<Vec<Field>>> {
        let Expression::Column(name) = expression else { return Ok(None) };
        if name.table.is_some() || !self.is_postgres() {
            return Ok(None);
        }
        for level in (0..self.scopes.len()).rev() {
            if self.resolve_here(level, name)?.is_some() {
                return Ok(None);
            }
            let mut sources = self.scopes[level].sources.iter();
            if let Some(source) = sources.find(|source| source.name.eq_ignore_ascii_case(&name.column)) {
                let of_source = |column: &Arc<str>| {
                    let table = Some(source.name.clone());
                    Expression::Column(ColumnName { table, column: column.to_string(), ..name.clone() })
                };
                let shown = source.columns.iter().filter(|column| !column.hidden);
                return Ok(Some(
                    shown.map(|column| (column.name.clone(), of_source(&column.name))).collect(),
                ));
            }
        }
        Ok(None)
    }

    /// A whole row as JSON. What an outer join did not find is NULL.
    pub(super) fn json_of_row(&mut self, expression: &Expression) -> Result<Option<Expression>> {
        let Some(columns) = self.whole_row(expression)? else { return Ok(None) };
        let pairs =
            columns.iter().flat_map(|(name, value)| [Expression::Literal(Value::text(name)), value.clone()]);
        let object = plain_call("json_build_object", pairs.collect());
        let values = columns.iter().map(|(_, value)| value.clone()).collect();
        let count = Box::new(plain_call("num_nonnulls", values));
        let is_there = Expression::Binary(
            BinaryOperator::Greater,
            count,
            Box::new(Expression::Literal(Value::Integer(0))),
        );
        let joins = self.scopes.iter().any(|scope| scope.sources.len() > 1);
        Ok(Some(match joins {
            true => Expression::Case { operand: None, branches: vec![(is_there, object)], otherwise: None },
            false => object,
        }))
    }

    /// A whole row as a text.
    pub(super) fn text_of_row(&mut self, name: &ColumnName) -> Result<Option<Typed>> {
        let columns = self.whole_row(&Expression::Column(name.clone()))?;
        let Some(columns) = columns else { return Ok(None) };
        let values = columns.into_iter().map(|(_, value)| self.as_field(value));
        let values = values.collect::<Result<Vec<_>>>()?;
        self.bind(&plain_call("record_text", values)).map(Some)
    }

    /// A row that is written out, as a text.
    pub(super) fn row_as_text(&mut self, values: &[Expression]) -> Result<Typed> {
        let values = values.iter().map(|value| self.as_field(value.clone())).collect::<Result<Vec<_>>>()?;
        self.bind(&plain_call("record_text", values))
    }

    /// A value as it is written in a row.
    fn as_field(&mut self, value: Expression) -> Result<Expression> {
        let bound = self.bind(&value)?;
        Ok(match self.sql_type(&bound.expr).base {
            BaseType::Boolean => plain_call(
                "left",
                vec![plain_call("bool_text", vec![value]), Expression::Literal(Value::Integer(1))],
            ),
            BaseType::TimestampTz | BaseType::Real | BaseType::Double => {
                Expression::Cast(Box::new(value), "text".to_owned())
            }
            _ => value,
        })
    }

    /// Calls whose argument is a whole row, or a part of one.
    pub(super) fn call_of_row(&mut self, name: &str, values: &[Expression]) -> Result<Option<Typed>> {
        match (name, values) {
            ("row_to_json" | "to_json" | "to_jsonb", [row, ..]) => {
                let Some(object) = self.json_of_row(row)? else { return Ok(None) };
                let kind = if name == "to_jsonb" { "jsonb" } else { "json" };
                self.bind(&Expression::Cast(Box::new(object), kind.to_owned())).map(Some)
            }
            ("record_field", [row, Expression::Literal(Value::Text(field))]) => {
                let Some(columns) = self.whole_row(row)? else { return Ok(None) };
                let field = String::from_utf8_lossy(field);
                match columns.into_iter().find(|(name, _)| **name == *field) {
                    Some((_, column)) => self.bind(&column).map(Some),
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    /// Aggregates over values in an order: `percentile_cont(…) WITHIN GROUP (ORDER BY …)` and its like.
    pub(super) fn call_within_group(&mut self, name: &str, call: &FunctionCall) -> Result<Option<Typed>> {
        use crate::ast::Arguments;
        let Arguments::List { values, order_by, .. } = &call.arguments else { return Ok(None) };
        let function = match (name, &values[..]) {
            ("percentile_cont", [_]) => "array_percentile_cont",
            ("percentile_disc", [_]) => "array_percentile_disc",
            ("mode", []) => "array_mode",
            _ => return Ok(None),
        };
        let [term] = &order_by[..] else { return Ok(None) };
        let of = self.bind_aside(&term.expression)?;
        let of = self.sql_type(&of.expr);
        let is_there = Expression::IsNull { operand: Box::new(term.expression.clone()), negated: true };
        let filter = match &call.filter {
            Some(filter) => {
                Expression::Binary(BinaryOperator::And, Box::new(filter.clone()), Box::new(is_there))
            }
            None => is_there,
        };
        let collected = FunctionCall {
            name: "array_agg".to_owned(),
            arguments: Arguments::List {
                distinct: false,
                values: vec![term.expression.clone()],
                order_by: order_by.clone(),
            },
            filter: Some(filter),
            over: call.over.clone(),
        };
        let mut parts = vec![Expression::Function(Box::new(collected))];
        parts.extend(values.iter().cloned());
        let found = plain_call(function, parts);
        let fractions = values.first().map(|fraction| self.bind_aside(fraction)).transpose()?;
        let is_list = fractions.is_some_and(|fractions| self.sql_type(&fractions.expr).is_array);
        let wanted = match function {
            "array_percentile_cont" => SqlType::of(BaseType::Double),
            _ => of,
        };
        let wanted = SqlType { is_array: is_list, ..wanted };
        match wanted.is_known() {
            true => self
                .bind(&Expression::Cast(
                    Box::new(found),
                    wanted.catalog_name().to_owned() + if is_list { "[]" } else { "" },
                ))
                .map(Some),
            false => self.bind(&found).map(Some),
        }
    }
}
