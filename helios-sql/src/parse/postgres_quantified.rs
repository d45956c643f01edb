//! Comparisons with ANY, SOME and ALL of a query or of an array.

use helios_core::{Error, Result, Value};

use super::expression::Node;
use super::operator::level;
use super::parser::Parser;
use super::postgres::call;
use super::postgres_from::with_named_columns;
use super::select::all_rows;
use super::token::Kind;
use crate::ast::{
    Arguments, BinaryOperator, ColumnName, Expression, From, Select, SelectTerm, UnaryOperator,
};

/// What the values of the query are called that something is compared with; no table has a column of this name.
pub(crate) const ELEMENT: &str = "helios_element";

impl Parser<'_> {
    /// Whether ANY, SOME or ALL with its parenthesis stands here.
    pub(super) fn at_quantifier(&self) -> bool {
        let token = self.token();
        let is_word = token.kind == Kind::All || self.is_word(token, "ANY") || self.is_word(token, "SOME");
        self.is_postgres() && is_word && self.after(token).kind == Kind::LeftParen
    }

    /// `left operator ANY (…)`: a query or an array.
    pub(super) fn quantified(&mut self, operator: BinaryOperator, left: Node) -> Result<Node> {
        let all = self.take().kind == Kind::All;
        self.take();
        let operand = Box::new(left.tree);
        let symbol = comparison_symbol(operator)
            .ok_or_else(|| Error::sql("op ANY/ALL (array) requires operator to yield boolean"))?;
        let (tree, height) = if self.at_query() {
            let select = self.select()?;
            let tree = match (operator, all) {
                (BinaryOperator::Equal, false) | (BinaryOperator::NotEqual, true) => {
                    Expression::InSelect { negated: all, operand, select: Box::new(select) }
                }
                _ => compared_with_all(operator, all, &operand, &select),
            };
            (tree, left.height + 6)
        } else {
            let array = self.climb(level::OR)?;
            let height = left.height.max(array.height);
            let tree = match (list_of(&array.tree), operator, all) {
                (Some(list), BinaryOperator::Equal, false) => {
                    Expression::InList { negated: false, operand, list }
                }
                (Some(list), BinaryOperator::NotEqual, true) => {
                    Expression::InList { negated: true, operand, list }
                }
                _ => {
                    let symbol = Expression::Literal(Value::text(symbol));
                    call(if all { "array_all" } else { "array_any" }, vec![symbol, *operand, array.tree])
                }
            };
            (tree, height)
        };
        self.expect(Kind::RightParen)?;
        Node::above(height, tree)
    }
}

/// The value of such a query.
pub(super) fn element() -> Expression {
    Expression::Column(ColumnName {
        schema: None,
        table: None,
        column: ELEMENT.to_owned(),
        double_quoted: false,
        places: Default::default(),
    })
}

/// A comparison with the values of a query: what one of them settles, else NULL if one comparison is NULL.
fn compared_with_all(
    operator: BinaryOperator,
    all: bool,
    operand: &Expression,
    select: &Select,
) -> Expression {
    let compared = Expression::Binary(operator, Box::new(operand.clone()), Box::new(element()));
    let settles = match all {
        true => Expression::Unary(UnaryOperator::Not, Box::new(compared.clone())),
        false => compared.clone(),
    };
    let is_null = Expression::IsNull { negated: false, operand: Box::new(compared) };
    let some = |condition: Expression| {
        let source = with_named_columns(select.clone(), None, vec![ELEMENT.to_owned()]);
        let mut rows = all_rows(From { first: source, joins: Vec::new() });
        if let SelectTerm::Select(core) = &mut rows.first {
            core.filter = Some(condition);
        }
        Expression::Exists(Box::new(rows))
    };
    let truth = |value: bool| {
        Expression::Cast(Box::new(Expression::Literal(Value::boolean(value))), "bool".to_owned())
    };
    let null = Expression::Literal(Value::Null);
    let found = Expression::Case {
        operand: None,
        branches: vec![(some(settles), truth(!all)), (some(is_null), null)],
        otherwise: Some(Box::new(truth(all))),
    };
    // As an operator, it does not name a column.
    let not = |operand| Expression::Unary(UnaryOperator::Not, Box::new(operand));
    not(not(found))
}

/// The elements of `ARRAY[…]`, with or without a cast around it.
fn list_of(expression: &Expression) -> Option<Vec<Expression>> {
    match expression {
        Expression::Cast(operand, _) => list_of(operand),
        Expression::Function(call) if call.name == "array" => match &call.arguments {
            Arguments::List { values, .. } => Some(values.clone()),
            Arguments::Star => None,
        },
        _ => None,
    }
}

fn comparison_symbol(operator: BinaryOperator) -> Option<&'static str> {
    Some(match operator {
        BinaryOperator::Equal => "=",
        BinaryOperator::NotEqual => "<>",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        _ => return None,
    })
}
