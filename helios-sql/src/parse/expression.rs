//! Expressions: precedence climbing over the table in [`super::operator`].

use std::mem;

use helios_core::{Error, Result, Value};

use super::MAX_DEPTH;
use super::operator::{Infix, infix, level};
use super::parser::Parser;
use super::select::all_rows;
use super::token::Kind;
use crate::ast::{BinaryOperator, Expression, From, IndexHint, PatternOperator, TableSource};
use crate::stack::with_room;

/// A finished part of an expression.
pub(super) struct Node {
    /// What it says.
    pub(super) tree: Expression,
    /// Its height, as [`MAX_DEPTH`] counts.
    pub(super) height: usize,
    /// It is the number 2^63, which a minus makes an integer.
    pub(super) is_two_to_63: bool,
}

impl Node {
    /// A tree with nothing below it.
    pub(super) fn leaf(tree: Expression) -> Node {
        Node { tree, height: 1, is_two_to_63: false }
    }

    /// A tree whose highest part has the height `below`.
    ///
    /// # Errors
    /// SQLite's, where the tree gets too high.
    pub(super) fn above(below: usize, tree: Expression) -> Result<Node> {
        if below >= MAX_DEPTH {
            // Dropped here, the tree is still low enough for that.
            return Err(Error::sql(format!("Expression tree is too large (maximum depth {MAX_DEPTH})")));
        }
        Ok(Node { tree, height: below + 1, is_two_to_63: false })
    }
}

impl Parser<'_> {
    /// Takes an expression.
    pub(super) fn expression(&mut self) -> Result<Expression> {
        self.expression_above(level::OR)
    }

    /// Takes an expression of operators that bind as tightly as `least`, or tighter.
    pub(super) fn expression_above(&mut self, least: u8) -> Result<Expression> {
        let node = self.climb(least)?;
        self.tallest = self.tallest.max(node.height);
        Ok(node.tree)
    }

    /// Takes the parts of something, and answers with the height of the highest of them.
    pub(super) fn measured<T>(&mut self, parts: impl FnOnce(&mut Self) -> Result<T>) -> Result<(T, usize)> {
        let outside = mem::take(&mut self.tallest);
        let result = parts(self)?;
        let height = mem::replace(&mut self.tallest, outside);
        Ok((result, height))
    }

    /// As [`Parser::expression_above`], with the height.
    pub(super) fn climb(&mut self, least: u8) -> Result<Node> {
        self.enter(1)?;
        let node = with_room(|| self.climb_here(least))?;
        self.leave(1);
        Ok(node)
    }

    fn climb_here(&mut self, least: u8) -> Result<Node> {
        let start = self.token().start;
        let mut left = self.operand()?;
        if self.is_postgres() {
            left = self.suffixes(left, start)?;
        }
        loop {
            if self.is_postgres() {
                match self.postgres_operator(left, least)? {
                    (after, true) => {
                        left = after;
                        continue;
                    }
                    (same, false) => left = same,
                }
            }
            let Some((level, operator)) = infix(self.token().kind) else { break };
            if level < least {
                break;
            }
            left = match operator {
                Infix::Binary(operator) => {
                    self.take();
                    if self.at_quantifier() {
                        left = self.quantified(operator, left)?;
                        continue;
                    }
                    let right = self.climb(level + 1)?;
                    if let BinaryOperator::Distance(_) = operator {
                        self.note_vector(&left.tree);
                        self.note_vector(&right.tree);
                    }
                    binary(operator, left, right)?
                }
                Infix::Collate => {
                    self.take();
                    let collation = self.identifier_or_text()?;
                    if self.is_postgres() {
                        left = self.postgres_collation(left, collation)?;
                        continue;
                    }
                    Node::above(left.height, Expression::Collate(Box::new(left.tree), collation))?
                }
                Infix::Word => self.comparison(left)?,
            };
        }
        Ok(left)
    }

    /// What begins with a word after `left`: IS, IN, LIKE, BETWEEN, ISNULL, and NOT in front of some of them.
    #[inline(never)]
    fn comparison(&mut self, left: Node) -> Result<Node> {
        let negated = self.accept(Kind::Not);
        let operator = match self.token().kind {
            Kind::Like => PatternOperator::Like,
            Kind::Glob => PatternOperator::Glob,
            Kind::Regexp => PatternOperator::Regexp,
            Kind::Match => PatternOperator::Match,
            Kind::Between => return self.between(left, negated),
            Kind::In => return self.membership(left, negated),
            Kind::Null if negated => return self.null_test(left, true),
            Kind::IsNull if !negated => return self.null_test(left, false),
            Kind::NotNull if !negated => return self.null_test(left, true),
            Kind::Is if !negated => return self.identity(left),
            _ => return self.unexpected(),
        };
        self.take();
        let pattern = self.climb(level::COMPARISON)?;
        let escape = if self.accept(Kind::Escape) { Some(self.climb(level::COMPARISON)?) } else { None };
        let below = left.height.max(pattern.height).max(escape.as_ref().map_or(0, |node| node.height));
        let tree = Expression::Pattern {
            operator,
            negated,
            operand: Box::new(left.tree),
            pattern: Box::new(pattern.tree),
            escape: escape.map(|node| Box::new(node.tree)),
        };
        Node::above(below, tree)
    }

    fn null_test(&mut self, left: Node, negated: bool) -> Result<Node> {
        self.take();
        if let (Expression::Row(_), true) = (&left.tree, self.is_postgres()) {
            return super::postgres_operator::row_null_test(left, negated);
        }
        Node::above(left.height, Expression::IsNull { negated, operand: Box::new(left.tree) })
    }

    /// IS, IS NOT, IS `[NOT]` DISTINCT FROM. With NULL itself behind it, it is the test for NULL.
    fn identity(&mut self, left: Node) -> Result<Node> {
        self.take();
        let not = self.accept(Kind::Not);
        let distinct = self.accept(Kind::Distinct);
        if distinct {
            self.expect(Kind::From)?;
        }
        let negated = not != distinct;
        if self.is_postgres() && !distinct && self.is_word(self.token(), "UNKNOWN") {
            return self.null_test(left, negated);
        }
        let right = self.climb(level::COMPARISON)?;
        if matches!(right.tree, Expression::Literal(Value::Null)) {
            if let (Expression::Row(_), true) = (&left.tree, self.is_postgres() && !distinct) {
                return super::postgres_operator::row_null_test(left, negated);
            }
            return Node::above(left.height, Expression::IsNull { negated, operand: Box::new(left.tree) });
        }
        binary(if negated { BinaryOperator::IsNot } else { BinaryOperator::Is }, left, right)
    }

    /// BETWEEN. The first AND belongs to it, unless an OR stands before that.
    fn between(&mut self, left: Node, negated: bool) -> Result<Node> {
        self.take();
        let is_symmetric = self.is_postgres() && self.is_word(self.token(), "SYMMETRIC");
        if is_symmetric {
            self.take();
        }
        let mut low = self.climb(level::NOT)?;
        while self.accept(Kind::Or) {
            let right = self.climb(level::AND)?;
            low = binary(BinaryOperator::Or, low, right)?;
        }
        self.expect(Kind::And)?;
        let high = self.climb(level::COMPARISON)?;
        let below = left.height.max(low.height).max(high.height);
        if is_symmetric {
            let bound = |name: &str| super::postgres::call(name, vec![low.tree.clone(), high.tree.clone()]);
            let (low, high) = (Box::new(bound("least")), Box::new(bound("greatest")));
            return Node::above(
                below + 1,
                Expression::Between { negated, operand: Box::new(left.tree), low, high },
            );
        }
        let tree = Expression::Between {
            negated,
            operand: Box::new(left.tree),
            low: Box::new(low.tree),
            high: Box::new(high.tree),
        };
        Node::above(below, tree)
    }

    /// IN with a list, a query or a table.
    fn membership(&mut self, left: Node, negated: bool) -> Result<Node> {
        self.take();
        let operand = Box::new(left.tree);
        if !self.at(Kind::LeftParen) {
            let name = self.object_name()?;
            let arguments = self.table_arguments()?;
            let table = match arguments.is_empty() {
                true => TableSource::Table { name, alias: None, system_time: None, index: IndexHint::None },
                false => {
                    let (alias, columns) = (None, Vec::new());
                    TableSource::Function { name, arguments, alias, columns, is_numbered: false }
                }
            };
            let select = Box::new(all_rows(From { first: table, joins: Vec::new() }));
            return Node::above(left.height, Expression::InSelect { negated, operand, select });
        }
        self.take();
        let (tree, height) = self.measured(|parser| {
            if parser.at_query() {
                let select = Box::new(parser.select()?);
                return Ok(Expression::InSelect { negated, operand, select });
            }
            let list = parser.expression_list()?;
            Ok(Expression::InList { negated, operand, list })
        })?;
        self.expect(Kind::RightParen)?;
        Node::above(left.height.max(height), tree)
    }

    /// Takes the arguments of a table-valued function if they are there; `t()` is the table.
    fn table_arguments(&mut self) -> Result<Vec<Expression>> {
        if !self.accept(Kind::LeftParen) {
            return Ok(Vec::new());
        }
        let arguments = self.expression_list()?;
        self.expect(Kind::RightParen)?;
        Ok(arguments)
    }

    /// Takes expressions up to a closing parenthesis, maybe none.
    pub(super) fn expression_list(&mut self) -> Result<Vec<Expression>> {
        if self.at(Kind::RightParen) {
            return Ok(Vec::new());
        }
        self.comma_list(Parser::expression)
    }
}

/// `left operator right`.
fn binary(operator: BinaryOperator, left: Node, right: Node) -> Result<Node> {
    let below = left.height.max(right.height);
    Node::above(below, Expression::Binary(operator, Box::new(left.tree), Box::new(right.tree)))
}
