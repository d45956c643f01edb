//! What PostgreSQL's spelling means: casts, and functions that are made of others.
//!
//! In: calls and casts of a statement in its dialect. Out: trees and expressions that SQLite's engine knows. A function
//! about the catalog is a query over its tables, which [`super::postgres_catalog`] has.

use helios_core::{Error, Result, Value};

use super::function::call_of;
use super::postgres_catalog::{NAMES_OF_NUMBERS, NUMBERS_OF_NAMES, VIEWS, WRITTEN_IN_SQL};
use super::postgres_regression::REGRESSIONS;
use super::{Binder, Typed};
use crate::ast::{Arguments, BinaryOperator, Expression, FunctionCall};
use crate::func;
use crate::parse::Dialect;
use crate::plan::{Expr, Function};
use crate::types::{BaseType, SqlType};

impl Binder<'_> {
    /// Whether what is bound is in PostgreSQL's dialect. Definitions are stored in SQLite's.
    pub(super) fn is_postgres(&self) -> bool {
        self.environment.dialect() == Dialect::Postgres && self.restricted.is_none() && self.views.is_empty()
    }

    /// A call that is made of something else.
    pub(super) fn postgres_call(&mut self, call: &FunctionCall) -> Result<Option<Typed>> {
        let Arguments::List { values, order_by, distinct } = &call.arguments else { return Ok(None) };
        if call.name.eq_ignore_ascii_case("array_agg") {
            let [value] = &values[..] else { return Ok(None) };
            let quoted = plain_call("array_quoted", vec![value.clone()]);
            let values = match distinct {
                true => vec![quoted],
                false => vec![quoted, Expression::Literal(Value::text(","))],
            };
            let collected = FunctionCall {
                name: "group_concat".to_owned(),
                arguments: Arguments::List { distinct: *distinct, values, order_by: order_by.clone() },
                ..call.clone()
            };
            let array = plain_call("array_close", vec![Expression::Function(Box::new(collected))]);
            return self.bind(&array).map(Some);
        }
        if let Some(value) = self.typed_call(call, values, *distinct)? {
            return Ok(Some(value));
        }
        let known = WRITTEN_IN_SQL
            .iter()
            .chain(REGRESSIONS)
            .find(|(name, count, _)| name.eq_ignore_ascii_case(&call.name) && *count == values.len());
        let Some((name, _, text)) = known else { return Ok(None) };
        let mut meaning = expression_of(text)?;
        if let Some(filter) = &call.filter {
            filter_aggregates(&mut meaning, filter);
        }
        if *distinct {
            return Err(Error::sql(format!("DISTINCT in {name}: this is not supported")));
        }
        self.bind_with(&meaning, values).map(Some)
    }

    /// Binds an expression of this file with arguments in the places of `$1` and so on.
    fn bind_with(&mut self, meaning: &Expression, arguments: &[Expression]) -> Result<Typed> {
        self.arguments.push(arguments.to_vec());
        let bound = self.bind(meaning);
        self.arguments.pop();
        bound
    }

    /// A parameter: the statement's, or an argument of what is written in SQL.
    pub(super) fn parameter(&mut self, number: u32) -> Result<Typed> {
        let place = number as usize - 1;
        let Some(arguments) = self.arguments.pop() else {
            let affinity = self.parameter_affinities.get(place).copied();
            return Ok(Typed { affinity, ..Typed::plain(Expr::Parameter(place)) });
        };
        let bound = match arguments.get(place) {
            Some(argument) => self.bind(argument),
            None => Err(Error::sql(format!("there is no parameter ${number}"))),
        };
        self.arguments.push(arguments);
        bound
    }

    /// Calls whose meaning goes by the types of their arguments.
    fn typed_call(
        &mut self,
        call: &FunctionCall,
        values: &[Expression],
        distinct: bool,
    ) -> Result<Option<Typed>> {
        let name = call.name.to_ascii_lowercase();
        if let Some(value) = self.call_of_row(&name, values)? {
            return Ok(Some(value));
        }
        match (name.as_str(), values) {
            ("percentile_cont" | "percentile_disc", [_]) | ("mode", []) => {
                self.call_within_group(&name, call)
            }
            // Of different texts in an order, an array is made first.
            ("string_agg", [text, separator]) if distinct => {
                let Arguments::List { order_by, .. } = &call.arguments else { return Ok(None) };
                let collected = FunctionCall {
                    name: "array_agg".to_owned(),
                    arguments: Arguments::List {
                        distinct,
                        values: vec![text.clone()],
                        order_by: order_by.clone(),
                    },
                    ..call.clone()
                };
                let parts = vec![Expression::Function(Box::new(collected)), separator.clone()];
                self.bind(&plain_call("array_to_string", parts)).map(Some)
            }
            ("pg_typeof", [value]) => {
                let bound = self.bind(value)?;
                let of = self.sql_type(&bound.expr);
                let shown = if of.is_known() { self.shown_type(of) } else { "unknown".to_owned() };
                self.shown_as(Typed::plain(Expr::Constant(Value::text(&shown))), "regtype").map(Some)
            }
            ("min" | "max" | "enum_range" | "enum_first" | "enum_last", [_]) | ("greatest" | "least", _) => {
                self.call_of_enumeration(&name, call, values)
            }
            ("json_agg" | "jsonb_agg", [value]) => {
                let inner = vec![self.as_json_part(value)?];
                self.collected("json_group_array", call, inner, (distinct, &name), "[]").map(Some)
            }
            (
                "json_build_object" | "json_build_array" | "jsonb_build_object" | "jsonb_build_array",
                parts,
            ) => {
                let parts = parts.iter().map(|part| self.as_json_part(part)).collect::<Result<Vec<_>>>()?;
                let made =
                    plain_call(if name.ends_with("object") { "json_object" } else { "json_array" }, parts);
                let (kind, _) = name.split_once('_').unwrap_or((&name, ""));
                self.bind(&Expression::Cast(Box::new(made), kind.to_owned())).map(Some)
            }
            ("array_element", [whole, part]) => {
                let of = self.bind_aside(whole)?;
                let of = self.sql_type(&of.expr);
                if of == SqlType::of(BaseType::Jsonb) {
                    let (whole, part) = (Box::new(whole.clone()), Box::new(part.clone()));
                    return self.bind(&Expression::Binary(BinaryOperator::Extract, whole, part)).map(Some);
                }
                let is_text = matches!(of.base, BaseType::Text | BaseType::Varchar | BaseType::Character);
                match of.is_array && is_text {
                    true => self.bind(&plain_call("array_text", values.to_vec())).map(Some),
                    false => Ok(None),
                }
            }
            ("sum" | "avg", [value]) if call.over.is_none() => {
                let bound = self.bind_aside(value)?;
                match self.sql_type(&bound.expr) == SqlType::of(BaseType::Interval) {
                    true => self.sum_of_intervals(name == "avg", call, value).map(Some),
                    false => Ok(None),
                }
            }
            ("to_json" | "to_jsonb", [value]) => {
                let bound = self.bind(value)?;
                let of = self.sql_type(&bound.expr);
                Ok(match of.base == BaseType::Boolean && !of.is_array {
                    true => Some(self.bind(&plain_call("bool_text", vec![value.clone()]))?),
                    false => None,
                })
            }
            ("json_object_agg" | "jsonb_object_agg", [key, value]) => {
                let inner = vec![key.clone(), self.as_json_part(value)?];
                self.collected("json_group_object", call, inner, (distinct, &name), "{}").map(Some)
            }
            _ => Ok(None),
        }
    }

    /// An argument of an aggregate, bound only to see its type: aggregates within are not kept.
    pub(super) fn bind_aside(&mut self, value: &Expression) -> Result<Typed> {
        let level = self.scopes.len().saturating_sub(1);
        let known = self.scopes.get(level).map_or(0, |scope| scope.aggregates.len());
        let bound = self.bind(value);
        if let Some(scope) = self.scopes.get_mut(level) {
            scope.aggregates.truncate(known);
        }
        bound
    }

    /// The sum or the average of lengths of time, part by part.
    fn sum_of_intervals(
        &mut self,
        is_average: bool,
        call: &FunctionCall,
        value: &Expression,
    ) -> Result<Typed> {
        let sum = "interval_of(sum(interval_months($1)), sum(interval_days($1)), sum(interval_micros($1)))";
        let average = format!("interval_over({sum}, count($1))");
        let mut meaning = expression_of(if is_average { &average } else { sum })?;
        if let Some(filter) = &call.filter {
            filter_aggregates(&mut meaning, filter);
        }
        self.bind_with(&meaning, std::slice::from_ref(value))
    }

    /// A value as a part of JSON: what is JSON stays that, and a truth value is a word.
    fn as_json_part(&mut self, value: &Expression) -> Result<Expression> {
        if let Some(object) = self.json_of_row(value)? {
            return Ok(plain_call("json", vec![object]));
        }
        let bound = self.bind(value)?;
        let of = self.sql_type(&bound.expr);
        Ok(match of.base {
            BaseType::Json | BaseType::Jsonb if !of.is_array => plain_call("json", vec![value.clone()]),
            BaseType::Boolean if !of.is_array => {
                plain_call("json", vec![plain_call("bool_text", vec![value.clone()])])
            }
            base if of.is_array => {
                let is_bare = matches!(
                    base,
                    BaseType::SmallInt
                        | BaseType::Integer
                        | BaseType::BigInt
                        | BaseType::Real
                        | BaseType::Double
                        | BaseType::Numeric
                        | BaseType::Boolean
                );
                let is_bare = Expression::Literal(Value::boolean(is_bare));
                plain_call("json", vec![plain_call("array_json", vec![value.clone(), is_bare])])
            }
            BaseType::Timestamp | BaseType::TimestampTz => {
                let literal = |text: &str| Expression::Literal(Value::text(text));
                plain_call("replace", vec![value.clone(), literal(" "), literal("T")])
            }
            _ => value.clone(),
        })
    }

    /// An aggregate that makes JSON, in PostgreSQL's form; NULL for no rows.
    fn collected(
        &mut self,
        name: &str,
        call: &FunctionCall,
        values: Vec<Expression>,
        (distinct, wanted): (bool, &str),
        empty: &str,
    ) -> Result<Typed> {
        let order_by = match &call.arguments {
            Arguments::List { order_by, .. } => order_by.clone(),
            Arguments::Star => Vec::new(),
        };
        let collected = FunctionCall {
            name: name.to_owned(),
            arguments: Arguments::List { distinct, values, order_by },
            ..call.clone()
        };
        let collected = Expression::Function(Box::new(collected));
        let some = plain_call("nullif", vec![collected, Expression::Literal(Value::text(empty))]);
        let written = Expression::Cast(Box::new(some), "jsonb".to_owned());
        self.bind(&match wanted.starts_with("jsonb") {
            true => written,
            false => Expression::Cast(Box::new(written), "json".to_owned()),
        })
    }

    /// The name that belongs to a number of the catalog, where an expression is one.
    fn name_of_number(&mut self, expression: &Expression) -> Result<Option<Typed>> {
        let Some(kind) = kind_of_number(expression) else { return Ok(None) };
        let Some((_, query)) = NAMES_OF_NUMBERS.iter().find(|(known, _)| *known == kind) else {
            return Ok(None);
        };
        let meaning = expression_of(query)?;
        self.bind_with(&meaning, std::slice::from_ref(expression)).map(Some)
    }

    /// A column of a statement's result: a number of the catalog is shown as the name that it belongs to.
    pub(super) fn postgres_output(&mut self, expression: &Expression) -> Result<Option<Typed>> {
        if !self.is_postgres() || self.scopes.len() != 1 {
            return Ok(None);
        }
        // Functions have their numbers in columns of the catalog, too.
        let is_function = match expression {
            Expression::Column(name) if name.column.starts_with("typ") => {
                let bound = self.bind_aside(expression)?;
                self.sql_type(&bound.expr) == SqlType::of(BaseType::RegProc)
            }
            _ => false,
        };
        let cast = Expression::Cast(Box::new(expression.clone()), "regproc".to_owned());
        let number = if is_function { &cast } else { expression };
        let Some(name) = self.name_of_number(number)? else { return Ok(None) };
        match kind_of_number(number) {
            Some(kind @ ("regclass" | "regtype" | "regproc")) => self.shown_as(name, kind).map(Some),
            _ => Ok(Some(name)),
        }
    }

    /// A name of the catalog that is told as the number of this type that it stands for.
    fn shown_as(&self, name: Typed, kind: &str) -> Result<Typed> {
        match func::postgres_scalar(&format!("shown_{kind}"), 1)? {
            Some(function) => Ok(call_of(Function::BuiltIn(function), &[name])),
            None => Ok(name),
        }
    }

    /// A value on its way to a whole number: halves of decimal numbers go away from 0, those of floats to the even one,
    /// as the casts to whole numbers have it.
    pub(super) fn rounded(&self, value: Typed) -> Result<Typed> {
        let is_decimal = self.sql_type(&value.expr) == SqlType::of(BaseType::Numeric);
        match func::postgres_scalar("halves_away", 1)?.filter(|_| is_decimal) {
            Some(function) => Ok(call_of(Function::BuiltIn(function), &[value])),
            None => Ok(value),
        }
    }

    /// `operand::name`.
    pub(super) fn postgres_cast(&mut self, operand: &Expression, name: &str) -> Result<Typed> {
        let wanted = self.type_named(name)?;
        if wanted.enumeration().is_some() {
            let bound = self.bind(operand)?;
            return self.enum_value(bound, wanted);
        }
        let is_number =
            matches!(wanted.base, BaseType::RegClass | BaseType::RegType | BaseType::RegProc | BaseType::Oid);
        let known = NUMBERS_OF_NAMES.iter().find(|(known, _)| {
            is_number && !wanted.is_array && (*known == name || *known == wanted.catalog_name())
        });
        if let Some((_, query)) = known {
            let meaning = expression_of(query)?;
            return self.bind_with(&meaning, std::slice::from_ref(operand));
        }
        if matches!(wanted.base, BaseType::Text | BaseType::Varchar | BaseType::Name)
            && let Some(name) = self.name_of_number(operand)?
        {
            let cast = format!("::{}", wanted.catalog_name());
            return Ok(match func::postgres_scalar(&cast, 1)? {
                Some(function) => call_of(Function::BuiltIn(function), &[name]),
                None => name,
            });
        }
        let mut bound = self.bind(operand)?;
        if matches!(wanted.base, BaseType::Text | BaseType::Varchar)
            && self.sql_type(&bound.expr) == SqlType::of(BaseType::TimestampTz)
            && let Some(function) = func::postgres_scalar("timestamptz_text", 1)?
        {
            bound = call_of(Function::BuiltIn(function), &[bound]);
        }
        if matches!(wanted.base, BaseType::Text | BaseType::Varchar)
            && self.sql_type(&bound.expr) == SqlType::of(BaseType::Boolean)
            && let Some(function) = func::postgres_scalar("bool_text", 1)?
        {
            bound = call_of(Function::BuiltIn(function), &[bound]);
        }
        if matches!(wanted.base, BaseType::SmallInt | BaseType::Integer | BaseType::BigInt)
            && !wanted.is_array
        {
            bound = self.rounded(bound)?;
        }
        if matches!(wanted.base, BaseType::Text | BaseType::Varchar)
            && matches!(self.sql_type(&bound.expr).base, BaseType::Real | BaseType::Double)
            && !self.sql_type(&bound.expr).is_array
        {
            let is_short = self.sql_type(&bound.expr).base == BaseType::Real;
            let name = if is_short { "float4_text" } else { "float8_text" };
            if let Some(function) = func::postgres_scalar(name, 1)? {
                bound = call_of(Function::BuiltIn(function), &[bound]);
            }
        }
        let array = format!("::{}[]", wanted.catalog_name());
        let cast = match wanted.is_array {
            true if func::postgres_scalar(&array, 1)?.is_some() => &array,
            true => "::text",
            false => match wanted.base {
                BaseType::Vector => "vector_from_json",
                BaseType::Int2Vector | BaseType::OidVector => "::text",
                _ => "",
            },
        };
        let cast = if cast.is_empty() { format!("::{}", wanted.catalog_name()) } else { cast.to_owned() };
        let Some(function) = func::postgres_scalar(&cast, 1)? else {
            return Err(Error::sql(format!("cannot cast to type {name}")));
        };
        let value = call_of(Function::BuiltIn(function), &[bound]);
        let value = match (length_of(name).filter(|_| wanted.base != BaseType::Numeric), wanted.base) {
            (Some(length), BaseType::Varchar | BaseType::Character) => {
                let Some(left) = func::postgres_scalar("left", 2)? else { return Ok(value) };
                let shortened = call_of(
                    Function::BuiltIn(left),
                    &[value, Typed::plain(Expr::Constant(Value::Integer(length)))],
                );
                call_of(Function::BuiltIn(function), &[shortened])
            }
            (
                Some(digits),
                BaseType::Timestamp | BaseType::TimestampTz | BaseType::Time | BaseType::Interval,
            ) => {
                let Some(rounded) = func::postgres_scalar("rounded_moment", 2)? else { return Ok(value) };
                let digits = Typed::plain(Expr::Constant(Value::Integer(digits)));
                call_of(Function::BuiltIn(rounded), &[value, digits])
            }
            (None, BaseType::Numeric) if !super::assignment::limits_of(name).is_empty() => {
                let Some(fits) = func::postgres_scalar("numeric_fits", 3)? else { return Ok(value) };
                let limits = super::assignment::limits_of(name);
                let limits =
                    limits.into_iter().map(|limit| Typed::plain(Expr::Constant(Value::Integer(limit))));
                let arguments: Vec<Typed> = std::iter::once(value).chain(limits).collect();
                call_of(Function::BuiltIn(fits), &arguments)
            }
            _ => value,
        };
        Ok(self.in_order_of_type(value))
    }
}

/// Has all aggregates of an expression look only at the rows for which a condition holds.
fn filter_aggregates(expression: &mut Expression, filter: &Expression) {
    if let Expression::Function(call) = expression
        && matches!(call.name.as_str(), "sum" | "count" | "min" | "max" | "array_agg")
    {
        call.filter = Some(filter.clone());
        return;
    }
    expression.for_each_operand_mut(|operand| filter_aggregates(operand, filter));
}

/// Whether a function is an expression over its arguments.
pub(super) fn is_written_in_sql(name: &str, arguments: usize) -> bool {
    WRITTEN_IN_SQL.iter().any(|(known, count, _)| known.eq_ignore_ascii_case(name) && *count == arguments)
}

/// What a column means that all tables of PostgreSQL have: the number of the table, and whether ON CONFLICT has changed the
/// row that RETURNING tells of. There is no `xmin`: the transaction that made a row is not known, and programs find out
/// with it whether somebody else has changed one.
pub(super) fn hidden_column(name: &str, table: Option<&str>) -> Result<Option<Expression>> {
    match (name, table) {
        ("xmax", Some(_)) => expression_of("conflict_mark()::oid").map(Some),
        ("tableoid", Some(table)) => {
            let literal = table.replace('\'', "''");
            expression_of(&format!(
                "(SELECT oid_ FROM (SELECT oid AS oid_, relname AS text_ FROM pg_class) WHERE text_ = '{literal}')"
            ))
            .map(Some)
        }
        _ => Ok(None),
    }
}

/// The number in the parentheses of a type.
fn length_of(name: &str) -> Option<i64> {
    name.split_once('(')?.1.strip_suffix(')')?.parse().ok()
}

pub(super) fn plain_call(name: &str, values: Vec<Expression>) -> Expression {
    let arguments = Arguments::List { distinct: false, values, order_by: Vec::new() };
    Expression::Function(Box::new(FunctionCall {
        name: name.to_owned(),
        arguments,
        filter: None,
        over: None,
    }))
}

/// The expression that a text of this file is.
fn expression_of(text: &str) -> Result<Expression> {
    crate::parse::parse_postgres_expression(text)
}

impl Binder<'_> {
    /// The query that a table of the catalog is.
    pub(super) fn postgres_view(&self, name: &str) -> Result<Option<crate::ast::Select>> {
        let Some((_, text)) = VIEWS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
            return Ok(None);
        };
        match crate::parse::parse_statement_of(text, Dialect::Postgres)?.map(|parsed| parsed.statement) {
            Some(crate::ast::Statement::Select(select)) => Ok(Some(*select)),
            _ => Err(Error::sql(format!("{name} is no query"))),
        }
    }
}

/// A name without the schema that stands in it.
pub(super) fn bare_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The type that an expression is cast to, or that a function has which looks a name up.
fn kind_of_number(expression: &Expression) -> Option<&str> {
    match expression {
        Expression::Cast(_, kind) => Some(kind),
        Expression::Function(call) if call.name.eq_ignore_ascii_case("to_regtype") => Some("regtype"),
        Expression::Function(call) if call.name.eq_ignore_ascii_case("to_regclass") => Some("regclass"),
        _ => None,
    }
}
