//! What PostgreSQL does to two operands before they meet: a literal becomes one of the other side's type, a day becomes a
//! moment beside moments, and types that have no operator in common are refused.

use std::sync::Arc;

use helios_core::value::{Collation, ProgramCollation};
use helios_core::{Error, Result, Value};

use super::function::call_of;
use super::{Binder, Typed};
use crate::ast::BinaryOperator;
use crate::func;
use crate::plan::{Comparison, Expr, Function};
use crate::types::{BaseType, SqlType};

/// The collation that lengths of time compare under.
const INTERVAL_ORDER: &str = "interval";

/// The collation of lengths of time: a month has 30 days, and a day 24 hours.
pub(crate) fn interval_order() -> ProgramCollation {
    let compare = |left: &[u8], right: &[u8]| Ok(func::compare_lengths(left, right));
    ProgramCollation::new(INTERVAL_ORDER, Box::new(compare))
}

/// Types that compare with one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Truth,
    Number,
    Text,
    Moment,
    Time,
    Interval,
    Uuid,
    Enum(u32),
    /// Of these nothing is refused.
    Other,
}

fn family(of: SqlType) -> Family {
    use BaseType as B;
    match of.base {
        _ if of.is_array => Family::Other,
        B::Boolean => Family::Truth,
        B::SmallInt | B::Integer | B::BigInt | B::Real | B::Double | B::Numeric => Family::Number,
        B::Text | B::Varchar | B::Character => Family::Text,
        B::Date | B::Timestamp | B::TimestampTz => Family::Moment,
        B::Time => Family::Time,
        B::Interval => Family::Interval,
        B::Uuid => Family::Uuid,
        B::Enum(oid) => Family::Enum(oid),
        _ => Family::Other,
    }
}

impl Binder<'_> {
    /// Both sides of a comparison as they are compared. What is wrong with them is told by [`Binder::check_orders`].
    pub(super) fn postgres_sides(&self, comparison: Comparison, left: Typed, right: Typed) -> (Typed, Typed) {
        let symbol = match comparison {
            Comparison::Equal | Comparison::Is => "=",
            Comparison::NotEqual | Comparison::IsNot => "<>",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        };
        let sides =
            self.sides(symbol, &left, &right).map(|sides| sides.unwrap_or((left.clone(), right.clone())));
        match sides.and_then(|sides| self.sides_in_order(comparison, sides)) {
            Ok(sides) => sides,
            Err(error) => {
                *self.refused.borrow_mut() = Some(error);
                (left, right)
            }
        }
    }

    /// An error if two values have no such operator in common.
    pub(super) fn check_comparable(&self, symbol: &str, left: &Typed, right: &Typed) -> Result<()> {
        self.sides(symbol, left, right).map(drop)
    }

    fn sides(&self, symbol: &str, left: &Typed, right: &Typed) -> Result<Option<(Typed, Typed)>> {
        if matches!(left.expr, Expr::Parameter(_)) || matches!(right.expr, Expr::Parameter(_)) {
            return Ok(None);
        }
        let types = (self.sql_type(&left.expr), self.sql_type(&right.expr));
        let wanted = match (self.as_literal(left, types.1)?, self.as_literal(right, types.0)?) {
            (Some(left), _) => return Ok(Some((left, right.clone()))),
            (None, Some(right)) => return Ok(Some((left.clone(), right))),
            (None, None) => (family(types.0), family(types.1)),
        };
        if !types.0.is_known() || !types.1.is_known() {
            return Ok(None);
        }
        match wanted {
            (Family::Moment, Family::Moment) if types.0 != types.1 => {
                let zoned = types.0.base == BaseType::TimestampTz || types.1.base == BaseType::TimestampTz;
                let cast = if zoned { "::timestamptz" } else { "::timestamp" };
                let side =
                    |typed: &Typed, of: SqlType| match cast.strip_prefix("::") == Some(of.catalog_name()) {
                        true => Ok(typed.clone()),
                        false => cast_to(cast, typed),
                    };
                Ok(Some((side(left, types.0)?, side(right, types.1)?)))
            }
            (Family::Time, Family::Interval) | (Family::Interval, Family::Time) => Ok(None),
            (one, other) if one == other || one == Family::Other || other == Family::Other => Ok(None),
            _ => Err(self.no_operator(symbol, types)),
        }
    }

    /// A condition, which has to be a truth value.
    pub(super) fn condition(&self, clause: &str, condition: Typed) -> Result<Typed> {
        if !self.is_postgres() {
            return Ok(condition);
        }
        let truth = SqlType::of(BaseType::Boolean);
        if let Some(literal) = self.as_literal(&condition, truth)? {
            return Ok(literal);
        }
        let of = self.sql_type(&condition.expr);
        match of.is_known() && of != truth {
            true => Err(Error::sql(format!(
                "argument of {clause} must be type boolean, not type {}",
                self.shown_type(of)
            ))),
            false => Ok(condition),
        }
    }

    /// There is no such function for arguments of these types.
    pub(super) fn no_function(&self, name: &str, arguments: &[Typed]) -> Error {
        if !self.is_postgres() {
            return Error::sql(format!("no such function: {name}"));
        }
        let types: Vec<String> = arguments
            .iter()
            .map(|argument| match self.sql_type(&argument.expr) {
                of if of.is_known() => self.shown_type(of),
                _ => "unknown".to_owned(),
            })
            .collect();
        Error::sql(format!("function {}({}) does not exist", name.to_lowercase(), types.join(", ")))
    }

    /// A text that is written out, as one of the type of what it meets; `None` if it is none, or nothing is to be done.
    pub(super) fn as_literal(&self, typed: &Typed, other: SqlType) -> Result<Option<Typed>> {
        let Expr::Constant(Value::Text(text)) = &typed.expr else { return Ok(None) };
        // Spaces at the end say nothing beside `character(n)`.
        let is_padded = other == SqlType::of(BaseType::Character) && text.ends_with(b" ");
        if !is_padded && matches!(family(other), Family::Text | Family::Other) {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(text).into_owned();
        if let Some(known) = self.enumeration_of(other) {
            self.enum_literal(&text, &known)?;
            return Ok(Some(typed.clone()));
        }
        Ok(func::postgres_literal(other.catalog_name(), &text)?
            .map(|value| Typed { expr: Expr::Constant(value), ..typed.clone() }))
    }

    /// Operands of `+` and its like, with literals as what stands beside them; types that have no such operator are
    /// refused.
    pub(super) fn operands(
        &self,
        operator: BinaryOperator,
        left: &Typed,
        right: &Typed,
    ) -> Result<Option<(Typed, Typed)>> {
        let symbol = match operator {
            BinaryOperator::Add => "+",
            BinaryOperator::Subtract => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::Remainder => "%",
            _ => return Ok(None),
        };
        let types = (self.sql_type(&left.expr), self.sql_type(&right.expr));
        let number = |typed: &Typed, other: SqlType| match family(other) {
            Family::Number => self.as_literal(typed, other),
            _ => Ok(None),
        };
        if let Some(left) = number(left, types.1)? {
            return Ok(Some((left, right.clone())));
        }
        if let Some(right) = number(right, types.0)? {
            return Ok(Some((left.clone(), right)));
        }
        let is_refused = |of: SqlType| matches!(family(of), Family::Text | Family::Truth | Family::Uuid);
        match (is_refused(types.0) && types.1.is_known()) || (is_refused(types.1) && types.0.is_known()) {
            true => Err(self.no_operator(symbol, types)),
            false => Ok(None),
        }
    }

    /// An error if an aggregate has no meaning for values of a type.
    pub(super) fn check_aggregate(&self, name: &str, argument: &Expr) -> Result<()> {
        let of = self.sql_type(argument);
        let is_refused = match family(of) {
            Family::Text | Family::Truth | Family::Moment | Family::Uuid => true,
            _ => matches!(of.base, BaseType::Bytea | BaseType::Json | BaseType::Jsonb) && !of.is_array,
        };
        match is_refused && ["sum", "avg"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
            true => Err(Error::sql(format!(
                "function {}({}) does not exist",
                name.to_ascii_lowercase(),
                self.shown_type(of)
            ))),
            false => Ok(()),
        }
    }

    /// A value with the order of its type, if that is not the one of texts.
    pub(super) fn in_order_of_type(&self, typed: Typed) -> Typed {
        if typed.explicit
            || !self.is_postgres()
            || self.sql_type(&typed.expr) != SqlType::of(BaseType::Interval)
        {
            return typed;
        }
        Typed { collation: Some(self.interval_collation()), ..typed }
    }

    fn no_operator(&self, symbol: &str, (left, right): (SqlType, SqlType)) -> Error {
        let (left, right) = (self.shown_type(left), self.shown_type(right));
        Error::sql(format!("operator does not exist: {left} {symbol} {right}"))
    }

    fn interval_collation(&self) -> Collation {
        self.environment.catalog().collation(INTERVAL_ORDER)
    }

    /// The collation of a column, if its type has an order of its own.
    pub(super) fn collation_of_type(&self, declared: Option<&Arc<str>>) -> Option<Collation> {
        let is_interval = declared.is_some_and(|declared| declared.eq_ignore_ascii_case("interval"));
        (is_interval && self.is_postgres()).then(|| self.interval_collation())
    }
}

fn cast_to(cast: &str, typed: &Typed) -> Result<Typed> {
    Ok(match func::postgres_scalar(cast, 1)? {
        Some(function) => call_of(Function::BuiltIn(function), std::slice::from_ref(typed)),
        None => typed.clone(),
    })
}
