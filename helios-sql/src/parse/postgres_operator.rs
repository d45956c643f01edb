//! Operators that only PostgreSQL writes: patterns, regular expressions, ANY and ALL, containment, powers.
//!
//! In: an operand, and the tokens behind it. Out: the trees that SQLite's spelling has too: patterns, lists, calls.

use helios_core::{Error, Result, Value};

use super::expression::Node;
use super::operator::level;
use super::parser::Parser;
use super::postgres::call;
use super::token::Kind;
use crate::ast::{BinaryOperator, Expression, PatternOperator};

impl Parser<'_> {
    /// Takes an operator of PostgreSQL's after `left`, if one stands there that binds as tightly as `least`; answers
    /// whether it did.
    #[inline(never)]
    pub(super) fn postgres_operator(&mut self, left: Node, least: u8) -> Result<(Node, bool)> {
        let token = self.token();
        let negated = token.kind == Kind::Not;
        let word = if negated { self.after(token) } else { token };
        if level::EQUALITY >= least && self.is_word(word, "ILIKE") {
            if negated {
                self.take();
            }
            self.take();
            return self.pattern_match(left, negated, true).map(|node| (node, true));
        }
        if level::EQUALITY >= least && word.kind == Kind::Like {
            if negated {
                self.take();
            }
            self.take();
            return self.pattern_match(left, negated, false).map(|node| (node, true));
        }
        if negated || level::BITS < least && self.token().kind != Kind::Caret {
            return Ok((left, false));
        }
        let (name, is_negated) = match token.kind {
            Kind::Tilde => ("regexp_like", false),
            Kind::MatchesAnyCase => ("regexp_like_any_case", false),
            Kind::MatchesNot => ("regexp_like", true),
            Kind::MatchesNotAnyCase => ("regexp_like_any_case", true),
            Kind::Contains => ("contains", false),
            Kind::ContainedBy => ("contained_by", false),
            Kind::Overlaps => ("overlaps", false),
            Kind::HasKey => ("jsonb_exists", false),
            Kind::HasAnyKey => ("jsonb_exists_any", false),
            Kind::HasAllKeys => ("jsonb_exists_all", false),
            Kind::PathExists => ("jsonb_path_exists_opr", false),
            Kind::PathMatches => ("jsonb_path_match_opr", false),
            Kind::PathDelete => ("jsonb_delete_path", false),
            Kind::PathText => ("jsonb_path_text", false),
            Kind::PathJson => ("jsonb_path_json", false),
            Kind::Sharp => ("bit_xor", false),
            Kind::Caret => return self.power(left, least),
            Kind::Identifier if self.is_word(token, "SIMILAR") && self.after(token).kind == Kind::To => {
                self.take();
                ("similar_to", false)
            }
            Kind::Identifier
                if self.is_word(token, "OPERATOR") && self.after(token).kind == Kind::LeftParen =>
            {
                return self.named_operator(left).map(|node| (node, true));
            }
            Kind::Identifier if self.is_word(token, "OVERLAPS") => {
                self.take();
                let right = self.climb(level::SUM)?;
                let height = left.height.max(right.height);
                let (Expression::Row(mut periods), Expression::Row(others)) = (left.tree, right.tree) else {
                    return self.unexpected();
                };
                periods.extend(others);
                return Node::above(height, call("overlaps_in_time", periods)).map(|node| (node, true));
            }
            Kind::Identifier if self.is_word(token, "AT") && self.is_word(self.after(token), "TIME") => {
                self.take();
                self.take();
                self.take();
                let zone = self.climb(level::SUM)?;
                let height = left.height.max(zone.height);
                return Node::above(height, call("timezone", vec![zone.tree, left.tree]))
                    .map(|node| (node, true));
            }
            _ => return Ok((left, false)),
        };
        self.take();
        let right = self.climb(level::SUM)?;
        let height = left.height.max(right.height);
        let matches = Node::above(height, call(name, vec![left.tree, right.tree]))?;
        Ok((if is_negated { not(matches)? } else { matches }, true))
    }

    /// `left ^ right`, which binds tighter than a product.
    fn power(&mut self, left: Node, least: u8) -> Result<(Node, bool)> {
        if level::COLLATE < least {
            return Ok((left, false));
        }
        self.take();
        let right = self.climb(level::UNARY)?;
        let height = left.height.max(right.height);
        Node::above(height, call("pow", vec![left.tree, right.tree])).map(|node| (node, true))
    }

    /// LIKE and ILIKE, with a backslash as the escape where nothing else is said.
    fn pattern_match(&mut self, left: Node, negated: bool, any_case: bool) -> Result<Node> {
        if self.at_quantifier() {
            let all = self.take().kind == Kind::All;
            self.take();
            let patterns = self.climb(level::OR)?;
            self.expect(Kind::RightParen)?;
            let name = format!(
                "{}{}_{}",
                if negated { "not_" } else { "" },
                if any_case { "ilike" } else { "like" },
                if all { "all" } else { "any" }
            );
            let height = left.height.max(patterns.height);
            return Node::above(height, call(&name, vec![left.tree, patterns.tree]));
        }
        let pattern = self.climb(level::COMPARISON)?;
        let mut escape = None;
        if self.accept(Kind::Escape) {
            let character = self.climb(level::COMPARISON)?.tree;
            // An empty text means that there is none.
            let is_empty = matches!(&character, Expression::Literal(Value::Text(text)) if text.is_empty());
            escape = (!is_empty).then_some(character);
        } else if !matches!(&pattern.tree, Expression::Literal(Value::Text(text)) if !text.contains(&b'\\')) {
            escape = Some(Expression::Literal(Value::text("\\")));
        }
        let height = left.height.max(pattern.height);
        let folded = |tree| if any_case { call("lower", vec![tree]) } else { tree };
        let tree = Expression::Pattern {
            operator: PatternOperator::Like,
            negated,
            operand: Box::new(folded(left.tree)),
            pattern: Box::new(folded(pattern.tree)),
            escape: escape.map(Box::new),
        };
        Node::above(height + 1, tree)
    }

    /// `OPERATOR(pg_catalog.~)` and its like.
    fn named_operator(&mut self, left: Node) -> Result<Node> {
        self.take();
        self.take();
        if self.token().kind.is_name() {
            self.take();
            self.expect(Kind::Dot)?;
        }
        let operator = self.take();
        self.expect(Kind::RightParen)?;
        let right = self.climb(level::SUM)?;
        let height = left.height.max(right.height);
        let binary = |operator| {
            Expression::Binary(operator, Box::new(left.tree.clone()), Box::new(right.tree.clone()))
        };
        let tree = match operator.kind {
            Kind::Tilde => call("regexp_like", vec![left.tree, right.tree]),
            Kind::MatchesAnyCase => call("regexp_like_any_case", vec![left.tree, right.tree]),
            Kind::Equal => binary(BinaryOperator::Equal),
            Kind::NotEqual => binary(BinaryOperator::NotEqual),
            Kind::Less => binary(BinaryOperator::Less),
            Kind::Greater => binary(BinaryOperator::Greater),
            Kind::MatchesNot => {
                return not(Node::above(height, call("regexp_like", vec![left.tree, right.tree]))?);
            }
            _ => return Err(Error::sql(format!("operator does not exist: {}", self.text(operator)))),
        };
        Node::above(height, tree)
    }
}

fn not(node: Node) -> Result<Node> {
    Node::above(node.height, Expression::Unary(crate::ast::UnaryOperator::Not, Box::new(node.tree)))
}

/// IS NULL of a row: each of its values is. IS NOT NULL: none is.
pub(super) fn row_null_test(row: Node, negated: bool) -> Result<Node> {
    let Expression::Row(values) = row.tree else { return Err(Error::sql("row value misused")) };
    let is_null = |value| Expression::IsNull { negated, operand: Box::new(value) };
    let tests = values.into_iter().map(is_null);
    let both = |one, other| Expression::Binary(BinaryOperator::And, Box::new(one), Box::new(other));
    let all = tests.reduce(both).unwrap_or(Expression::Literal(Value::boolean(!negated)));
    Node::above(row.height + 1, all)
}
