//! Operands: literals, names, parameters, what stands in parentheses, and operators before an operand.

use helios_core::{Result, Value};

use super::expression::Node;
use super::literal::{self, Whole, unquote};
use super::operator::level;
use super::parser::{Parser, place_of};
use super::token::{Kind, Token};
use crate::ast::{ColumnName, CurrentMoment, Expression, Place, RaiseAction, Select, UnaryOperator};

impl Parser<'_> {
    /// Takes an operand, with the operators before it.
    pub(super) fn operand(&mut self) -> Result<Node> {
        let token = self.token();
        match token.kind {
            Kind::Row if self.is_postgres() && self.after(token).kind == Kind::LeftParen => self.row(),
            Kind::Identifier if self.is_postgres() => self.postgres_name(),
            Kind::Identifier => self.name_or_call(),
            Kind::String if self.is_postgres() => self.postgres_text(),
            Kind::String if self.after(token).kind == Kind::Dot => self.name_or_call(),
            kind if is_term(kind) => self.term(),
            Kind::Variable => self.parameter(),
            Kind::LeftParen => self.parenthesized(),
            Kind::Minus => self.negation(),
            Kind::Plus => self.unary(UnaryOperator::Plus, level::UNARY),
            Kind::Tilde => self.unary(UnaryOperator::BitNot, level::UNARY),
            Kind::Not => self.unary(UnaryOperator::Not, level::NOT),
            Kind::Case => self.case(),
            Kind::Cast => self.cast(),
            Kind::Exists => self.exists(),
            Kind::Raise => self.raise(),
            kind if kind.is_name() => self.name_or_call(),
            _ => self.unexpected(),
        }
    }

    /// Takes a literal or the name of the present moment.
    pub(super) fn term(&mut self) -> Result<Node> {
        match self.token().kind {
            Kind::Integer => self.integer(),
            Kind::Float => self.literal(literal::real_number),
            Kind::String if self.is_postgres() => self.postgres_text(),
            Kind::String => self.literal(|text| Value::Text(unquote(text).as_bytes().into())),
            Kind::Blob => self.literal(literal::blob),
            Kind::Null => self.literal(|_| Value::Null),
            Kind::CurrentDate => self.moment(CurrentMoment::Date),
            Kind::CurrentTime => self.moment(CurrentMoment::Time),
            Kind::CurrentTimestamp => self.moment(CurrentMoment::Timestamp),
            _ => self.unexpected(),
        }
    }

    fn literal(&mut self, value: impl Fn(&str) -> Value) -> Result<Node> {
        let token = self.take();
        Ok(Node::leaf(Expression::Literal(value(self.text(token)))))
    }

    /// A number without fraction and exponent.
    fn integer(&mut self) -> Result<Node> {
        let token = self.take();
        let text = self.text(token);
        Ok(match literal::whole_number(text) {
            Whole::Value(value) => Node::leaf(Expression::Literal(value)),
            Whole::TwoTo63 => {
                let value = literal::real_number(text);
                Node { is_two_to_63: true, ..Node::leaf(Expression::Literal(value)) }
            }
            Whole::TooBig => {
                self.complain_later(format!("hex literal too big: {text}"));
                Node::leaf(Expression::Literal(Value::Null))
            }
        })
    }

    fn moment(&mut self, moment: CurrentMoment) -> Result<Node> {
        self.take();
        if self.is_postgres() && self.at(Kind::LeftParen) && moment != CurrentMoment::Date {
            let name = if moment == CurrentMoment::Time { "time" } else { "timestamptz" };
            return self.rounded(Expression::Current(moment), name);
        }
        Ok(Node::leaf(Expression::Current(moment)))
    }

    fn parameter(&mut self) -> Result<Node> {
        let text = self.text(self.token());
        if text.starts_with('#') && text.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
            return self.unexpected();
        }
        let token = self.take();
        let number = self.parameter_number(token);
        Ok(Node::leaf(Expression::Parameter(number)))
    }

    fn unary(&mut self, operator: UnaryOperator, level: u8) -> Result<Node> {
        self.take();
        let operand = self.climb(level)?;
        Node::above(operand.height, Expression::Unary(operator, Box::new(operand.tree)))
    }

    /// `-`.
    fn negation(&mut self) -> Result<Node> {
        self.take();
        let operand = self.climb(level::UNARY)?;
        Parser::negated(operand)
    }

    /// `-operand`. The smallest integer is the only one that cannot be written without the minus.
    pub(super) fn negated(operand: Node) -> Result<Node> {
        if operand.is_two_to_63 {
            return Ok(Node::leaf(Expression::Literal(Value::Integer(i64::MIN))));
        }
        Node::above(operand.height, Expression::Unary(UnaryOperator::Negate, Box::new(operand.tree)))
    }

    /// `(expression)`, `(a, b)`, `(SELECT …)`.
    #[inline(never)]
    fn parenthesized(&mut self) -> Result<Node> {
        self.take();
        if self.at_query() {
            let node = self.subquery(Expression::Subquery)?;
            self.expect(Kind::RightParen)?;
            return Ok(node);
        }
        let first = self.climb(level::OR)?;
        if self.accept(Kind::RightParen) {
            return Ok(first);
        }
        let mut height = first.height;
        let mut row = vec![first.tree];
        while self.accept(Kind::Comma) {
            let node = self.climb(level::OR)?;
            height = height.max(node.height);
            row.push(node.tree);
        }
        self.expect(Kind::RightParen)?;
        Node::above(height, Expression::Row(row))
    }

    #[inline(never)]
    fn exists(&mut self) -> Result<Node> {
        self.take();
        self.expect(Kind::LeftParen)?;
        if !self.at_query() {
            return self.unexpected();
        }
        let node = self.subquery(Expression::Exists)?;
        self.expect(Kind::RightParen)?;
        Ok(node)
    }

    fn subquery(&mut self, wrap: fn(Box<Select>) -> Expression) -> Result<Node> {
        let (select, height) = self.measured(|parser| Ok(Box::new(parser.select()?)))?;
        Node::above(height, wrap(select))
    }

    #[inline(never)]
    fn case(&mut self) -> Result<Node> {
        self.take();
        let (tree, height) = self.measured(|parser| {
            let operand = if parser.at(Kind::When) { None } else { Some(Box::new(parser.expression()?)) };
            let mut branches = Vec::new();
            while branches.is_empty() || parser.at(Kind::When) {
                parser.expect(Kind::When)?;
                let when = parser.expression()?;
                parser.expect(Kind::Then)?;
                branches.push((when, parser.expression()?));
            }
            let otherwise =
                if parser.accept(Kind::Else) { Some(Box::new(parser.expression()?)) } else { None };
            Ok(Expression::Case { operand, branches, otherwise })
        })?;
        self.expect(Kind::EndWord)?;
        Node::above(height, tree)
    }

    #[inline(never)]
    pub(super) fn cast(&mut self) -> Result<Node> {
        self.take();
        self.expect(Kind::LeftParen)?;
        let operand = self.climb(level::OR)?;
        self.expect(Kind::As)?;
        let type_start = self.token().start;
        let type_name = if self.is_postgres() { self.postgres_type()? } else { self.type_name()? };
        if ["timestamp", "date", "time", "uuid", "json"].iter().any(|name| type_name.starts_with(name)) {
            self.replace(type_start, self.previous().end, "TEXT");
        }
        self.expect(Kind::RightParen)?;
        Node::above(operand.height, Expression::Cast(Box::new(operand.tree), type_name))
    }

    /// RAISE, which the binder refuses outside of a trigger.
    #[inline(never)]
    fn raise(&mut self) -> Result<Node> {
        self.take();
        self.expect(Kind::LeftParen)?;
        let action = match self.token().kind {
            Kind::Ignore => RaiseAction::Ignore,
            Kind::Rollback => RaiseAction::Rollback,
            Kind::Abort => RaiseAction::Abort,
            Kind::Fail => RaiseAction::Fail,
            _ => return self.unexpected(),
        };
        self.take();
        let mut message = None;
        let mut height = 0;
        if action != RaiseAction::Ignore {
            self.expect(Kind::Comma)?;
            let node = self.climb(level::OR)?;
            height = node.height;
            message = Some(Box::new(node.tree));
        }
        self.expect(Kind::RightParen)?;
        Node::above(height, Expression::Raise(action, message))
    }

    /// A name with up to two qualifications, or a function.
    pub(super) fn name_or_call(&mut self) -> Result<Node> {
        let token = self.take();
        match self.token().kind {
            Kind::LeftParen if token.kind.is_identifier() || token.kind == Kind::Indexed => self.call(token),
            Kind::LeftParen if self.is_postgres() && matches!(token.kind, Kind::Left | Kind::Right) => {
                self.call(token)
            }
            Kind::Dot => self.qualified(token),
            _ => Ok(self.column(None, None, token)),
        }
    }

    fn qualified(&mut self, first: Token) -> Result<Node> {
        self.take();
        let second = self.name_token()?;
        if self.is_postgres() && self.at(Kind::LeftParen) {
            // Functions have no schemas of their own.
            return self.call(second);
        }
        if !self.accept(Kind::Dot) {
            return Ok(self.column(None, Some(first), second));
        }
        let third = self.name_token()?;
        Ok(self.column(Some(first), Some(second), third))
    }

    /// Whether this is a schema of PostgreSQL's whose tables have no schema here.
    fn is_own_schema(&self, name: &str) -> bool {
        self.is_postgres() && matches!(name, "public" | "pg_catalog" | "information_schema")
    }

    fn column(&self, schema: Option<Token>, table: Option<Token>, column: Token) -> Node {
        Node::leaf(Expression::Column(ColumnName {
            schema: schema.map(|token| self.name_of(token)).filter(|name| !self.is_own_schema(name)),
            table: table.map(|token| self.name_of(token)),
            column: self.name_of(column),
            double_quoted: !self.is_postgres() && self.text(column).starts_with('"'),
            places: (place_of(column), table.map_or(Place::default(), place_of)),
        }))
    }
}

/// Whether a token is what SQLite's grammar calls a term.
fn is_term(kind: Kind) -> bool {
    use Kind::{Blob, CurrentDate, CurrentTime, CurrentTimestamp, Float, Integer, Null, String};
    matches!(kind, Integer | Float | String | Blob | Null | CurrentDate | CurrentTime | CurrentTimestamp)
}
