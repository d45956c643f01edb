//! Enumerations: casts to them, literals beside their values, and their order, which is the one of their definition.
//!
//! In: expressions of such a type, or that become of one. Out: calls that carry the values along, so that plans need no
//! catalog; a changed type is another schema, for which statements are bound anew.

use helios_core::{Error, Result, Value};

use super::function::call_of;
use super::postgres::plain_call;
use super::{Binder, Typed};
use crate::ast::{Expression, FunctionCall};
use crate::catalog::Enumeration;
use crate::func;
use crate::plan::{Comparison, Expr, Function};
use crate::types::{ENUM_POSITION, ENUM_VALUE, SqlType, enum_oid, formatted_name};

impl Binder<'_> {
    /// The type that a name of a cast means.
    pub(super) fn type_named(&self, name: &str) -> Result<SqlType> {
        if let Some(known) = SqlType::named(name) {
            return Ok(known);
        }
        let element = name.strip_suffix("[]").unwrap_or(name);
        match self.environment.catalog().enumeration(element) {
            Some(_) => Ok(SqlType::declared(&format!("{}{name}", crate::ast::ENUM_PREFIX))),
            None => Err(Error::sql(format!("type \"{name}\" does not exist"))),
        }
    }

    /// The enumeration that a type is.
    pub(super) fn enumeration_of(&self, of: SqlType) -> Option<Enumeration> {
        let oid = of.enumeration()?;
        self.environment.catalog().enumerations().find(|known| enum_oid(&known.name) == oid)
    }

    /// The name of a type in errors.
    pub(super) fn shown_type(&self, of: SqlType) -> String {
        let element = SqlType { is_array: false, ..of };
        match self.enumeration_of(element) {
            Some(known) => format!("{}{}", shown(&known.name), if of.is_array { "[]" } else { "" }),
            None => formatted_name(of),
        }
    }

    /// A value as one of an enumeration.
    pub(super) fn enum_value(&self, value: Typed, wanted: SqlType) -> Result<Typed> {
        if self.sql_type(&value.expr) == wanted {
            return Ok(value);
        }
        let Some((known, function)) = self.enumeration_of(wanted).zip(func::postgres_scalar(ENUM_VALUE, 3)?)
        else {
            return Ok(value);
        };
        let constant = |value: Value| Typed::plain(Expr::Constant(value));
        let mut arguments = vec![
            value,
            constant(Value::Integer(i64::from(enum_oid(&known.name)))),
            constant(Value::text(&shown(&known.name))),
        ];
        arguments.extend(known.labels.iter().map(|label| constant(Value::text(label))));
        Ok(call_of(Function::BuiltIn(function), &arguments))
    }

    /// A text that is written out as one of an enumeration's values.
    pub(super) fn enum_literal(&self, text: &str, known: &Enumeration) -> Result<()> {
        match known.labels.iter().any(|label| label == text) {
            true => Ok(()),
            false => Err(func::postgres::no_such_enum_value(&shown(&known.name), text)),
        }
    }

    /// The position of a value among those of its enumeration; other values as they are.
    fn enum_position(&self, value: Expr, of: SqlType) -> Result<Expr> {
        let Some((known, function)) = self.enumeration_of(of).zip(func::postgres_scalar(ENUM_POSITION, 1)?)
        else {
            return Ok(value);
        };
        let mut arguments = vec![self.enum_value(Typed::plain(value), of)?];
        arguments.extend(known.labels.iter().map(|label| Typed::plain(Expr::Constant(Value::text(label)))));
        Ok(call_of(Function::BuiltIn(function), &arguments).expr)
    }

    /// What rows are sorted by for a value of a type, where its order is not the one of texts.
    pub(super) fn sorted_by(&self, value: Expr, of: SqlType) -> Result<Expr> {
        if self.is_postgres() { self.enum_position(value, of) } else { Ok(value) }
    }

    /// Both sides of a comparison that asks for an order.
    pub(super) fn sides_in_order(
        &self,
        comparison: Comparison,
        (left, right): (Typed, Typed),
    ) -> Result<(Typed, Typed)> {
        use Comparison::{Greater, GreaterOrEqual, Less, LessOrEqual};
        let types = [self.sql_type(&left.expr), self.sql_type(&right.expr)];
        let of = types.into_iter().find(|of| of.enumeration().is_some());
        match of {
            Some(of) if matches!(comparison, Less | LessOrEqual | Greater | GreaterOrEqual) => Ok((
                Typed::plain(self.enum_position(left.expr, of)?),
                Typed::plain(self.enum_position(right.expr, of)?),
            )),
            _ => Ok((left, right)),
        }
    }

    /// The greatest and the least of an enumeration, and the functions that list its values; `None` for another type.
    pub(super) fn call_of_enumeration(
        &mut self,
        name: &str,
        call: &FunctionCall,
        values: &[Expression],
    ) -> Result<Option<Typed>> {
        let Some(value) = values.first() else { return Ok(None) };
        let bound = self.bind_aside(value)?;
        let Some(known) = self.enumeration_of(self.sql_type(&bound.expr)) else { return Ok(None) };
        let literal = |label: &String| Expression::Literal(Value::text(label));
        let typed = |label: &String| Expression::Cast(Box::new(literal(label)), known.name.clone());
        let meaning = match name {
            "enum_range" => plain_call("array", known.labels.iter().map(typed).collect()),
            "enum_first" | "enum_last" => {
                let label = if name == "enum_first" { known.labels.first() } else { known.labels.last() };
                label.map_or(Expression::Literal(Value::Null), typed)
            }
            _ => {
                let position = |value: &Expression| {
                    let mut parts = vec![Expression::Cast(Box::new(value.clone()), known.name.clone())];
                    parts.extend(known.labels.iter().map(literal));
                    plain_call(ENUM_POSITION, parts)
                };
                let mut found = call.clone();
                found.arguments = crate::ast::Arguments::List {
                    distinct: false,
                    values: values.iter().map(position).collect(),
                    order_by: Vec::new(),
                };
                let mut parts = vec![
                    Expression::Function(Box::new(found)),
                    Expression::Literal(Value::Integer(i64::from(enum_oid(&known.name)))),
                    Expression::Literal(Value::text(&shown(&known.name))),
                ];
                parts.extend(known.labels.iter().map(literal));
                plain_call(ENUM_VALUE, parts)
            }
        };
        self.bind(&meaning).map(Some)
    }
}

/// A name as PostgreSQL shows it.
fn shown(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}
