//! What only PostgreSQL writes in the place of SELECT: queries in brackets with an order and a limit of their own, TABLE,
//! and sets of expressions to group by.
//!
//! In: tokens of a source in its spelling. Out: the trees that other spellings have too. A query in brackets that says
//! more than one SELECT becomes one of all rows of it.

use helios_core::Result;

use super::expression::Node;
use super::parser::Parser;
use super::select::all_rows;
use super::token::{Kind, Token};
use crate::ast::{Expression, From, IndexHint, Select, SelectTerm, TableSource};

/// The most sets that one GROUP BY stands for, as there.
const MAX_GROUPING_SETS: usize = 4096;

/// What GROUP BY says.
#[derive(Debug, Default)]
pub(super) struct Grouping {
    /// The expressions, each once.
    pub(super) expressions: Vec<Expression>,
    /// The sets of them, as places in that list, where more was said than a list.
    pub(super) sets: Option<Vec<Vec<usize>>>,
}

/// A query and its brackets.
#[derive(Debug)]
pub(super) struct Bracketed {
    open: Token,
    select: Select,
    close: Token,
}

impl Parser<'_> {
    /// Whether a query in brackets begins here, and not an expression in brackets that begins with one.
    pub(super) fn at_bracketed_query(&self) -> bool {
        if !self.is_postgres() || !self.at(Kind::LeftParen) {
            return false;
        }
        let mut first = self.token();
        while first.kind == Kind::LeftParen {
            first = self.after(first);
        }
        let begins = matches!(first.kind, Kind::Select | Kind::With)
            || first.kind == Kind::Values
            || self.is_table(first);
        begins && {
            let behind = self.after(self.closing(self.token()));
            let is_word = |word: &str| self.is_word(behind, word);
            matches!(
                behind.kind,
                Kind::Union
                    | Kind::Intersect
                    | Kind::Except
                    | Kind::Order
                    | Kind::Limit
                    | Kind::Offset
                    | Kind::For
                    | Kind::On
                    | Kind::Returning
                    | Kind::RightParen
                    | Kind::Semicolon
                    | Kind::End
            ) || is_word("FETCH")
        }
    }

    /// The bracket that closes the one at `open`, or the end.
    fn closing(&self, open: Token) -> Token {
        let (mut token, mut depth) = (open, 0);
        loop {
            match token.kind {
                Kind::LeftParen => depth += 1,
                Kind::RightParen => depth -= 1,
                Kind::End | Kind::Illegal => return token,
                _ => {}
            }
            if depth == 0 {
                return token;
            }
            token = self.after(token);
        }
    }

    /// Whether `TABLE name` stands at a token.
    pub(super) fn is_table(&self, token: Token) -> bool {
        self.is_postgres() && token.kind == Kind::Table && self.after(token).kind.is_name()
    }

    /// Takes a query in its brackets.
    pub(super) fn bracketed_query(&mut self) -> Result<Bracketed> {
        let open = self.expect(Kind::LeftParen)?;
        let select = self.select()?;
        let close = self.expect(Kind::RightParen)?;
        Ok(Bracketed { open, select, close })
    }

    /// A query in brackets that nothing follows; a definition has it without them.
    pub(super) fn without_brackets(&mut self, query: Bracketed) -> Select {
        self.replace(query.open.start, query.open.end, "");
        self.replace(query.close.start, query.close.end, "");
        query.select
    }

    /// A query in brackets as a term of another one.
    pub(super) fn bracketed_term(&mut self, query: Bracketed) -> SelectTerm {
        let select = &query.select;
        let is_one_term = select.with.is_empty() && select.rest.is_empty();
        if is_one_term && select.order_by.is_empty() && select.limit.is_none() && select.offset.is_none() {
            return self.without_brackets(query).first;
        }
        self.replace(query.open.start, query.open.end, "SELECT * FROM (");
        let source = TableSource::Subquery { select: Box::new(query.select), alias: None, is_lateral: false };
        all_rows(From { first: source, joins: Vec::new() }).first
    }

    /// Takes `ROW(…)`.
    pub(super) fn row(&mut self) -> Result<Node> {
        self.take();
        self.expect(Kind::LeftParen)?;
        let (values, height) = self.measured(Parser::expression_list)?;
        self.expect(Kind::RightParen)?;
        Node::above(height, Expression::Row(values))
    }

    /// Takes `TABLE name`, which is all of its rows.
    pub(super) fn whole_table(&mut self) -> Result<SelectTerm> {
        let word = self.expect(Kind::Table)?;
        self.replace(word.start, word.end, "SELECT * FROM");
        let name = self.object_name()?;
        let first = TableSource::Table { name, alias: None, system_time: None, index: IndexHint::None };
        Ok(all_rows(From { first, joins: Vec::new() }).first)
    }

    /// Takes what stands behind GROUP BY.
    pub(super) fn grouping(&mut self) -> Result<Grouping> {
        if !self.is_postgres() {
            return Ok(Grouping { expressions: self.comma_list(Parser::expression)?, sets: None });
        }
        let is_distinct = self.accept(Kind::Distinct);
        if !is_distinct {
            self.accept(Kind::All);
        }
        let mut grouping = Grouping::default();
        let mut sets = vec![Vec::new()];
        let mut has_sets = false;
        loop {
            let (of_item, is_special) = self.grouping_item(&mut grouping.expressions)?;
            has_sets |= is_special;
            let pairs = sets.iter().flat_map(|set: &Vec<usize>| {
                of_item.iter().map(move |more| set.iter().chain(more).copied().collect::<Vec<_>>())
            });
            sets = pairs.collect();
            if sets.len() > MAX_GROUPING_SETS {
                return Err(helios_core::Error::sql("too many grouping sets present (maximum 4096)"));
            }
            if !self.accept(Kind::Comma) {
                break;
            }
        }
        for set in &mut sets {
            set.sort_unstable();
            set.dedup();
        }
        if is_distinct {
            let mut seen: Vec<Vec<usize>> = Vec::new();
            sets.retain(|set| {
                let is_new = !seen.contains(set);
                seen.push(set.clone());
                is_new
            });
        }
        grouping.sets = has_sets.then_some(sets);
        Ok(grouping)
    }

    /// Takes one item of GROUP BY: the sets that it stands for, and whether it is more than an expression.
    fn grouping_item(&mut self, known: &mut Vec<Expression>) -> Result<(Vec<Vec<usize>>, bool)> {
        let token = self.token();
        let opens = self.after(token).kind == Kind::LeftParen;
        if opens && (self.is_word(token, "ROLLUP") || self.is_word(token, "CUBE")) {
            let is_rollup = self.is_word(token, "ROLLUP");
            self.take();
            self.take();
            let mut parts = vec![self.grouping_part(known)?];
            while self.accept(Kind::Comma) {
                parts.push(self.grouping_part(known)?);
            }
            self.expect(Kind::RightParen)?;
            let sets = if is_rollup { rolled_up(&parts) } else { cubed(&parts)? };
            return Ok((sets, true));
        }
        if self.is_word(token, "GROUPING") && self.is_word(self.after(token), "SETS") {
            self.take();
            self.take();
            self.expect(Kind::LeftParen)?;
            let mut sets = self.grouping_item(known)?.0;
            while self.accept(Kind::Comma) {
                sets.extend(self.grouping_item(known)?.0);
            }
            self.expect(Kind::RightParen)?;
            return Ok((sets, true));
        }
        let is_empty = token.kind == Kind::LeftParen && self.after(token).kind == Kind::RightParen;
        Ok((vec![self.grouping_part(known)?], is_empty))
    }

    /// Takes an expression, several in brackets, or the empty set.
    fn grouping_part(&mut self, known: &mut Vec<Expression>) -> Result<Vec<usize>> {
        if self.at(Kind::LeftParen) && self.after(self.token()).kind == Kind::RightParen {
            self.take();
            self.take();
            return Ok(Vec::new());
        }
        let expressions = match self.expression()? {
            Expression::Row(parts) => parts,
            expression => vec![expression],
        };
        let mut place_of = |expression: Expression| {
            known.iter().position(|other| *other == expression).unwrap_or_else(|| {
                known.push(expression);
                known.len() - 1
            })
        };
        Ok(expressions.into_iter().map(&mut place_of).collect())
    }
}

/// All beginnings of a list, the longest first.
fn rolled_up(parts: &[Vec<usize>]) -> Vec<Vec<usize>> {
    (0..=parts.len()).rev().map(|count| parts[..count].concat()).collect()
}

/// All subsets of a list, the whole first.
fn cubed(parts: &[Vec<usize>]) -> Result<Vec<Vec<usize>>> {
    if parts.len() > 12 {
        return Err(helios_core::Error::sql("CUBE is limited to 12 elements"));
    }
    let subset = |bits: usize| {
        let chosen = parts.iter().enumerate().filter(|(place, _)| bits >> (parts.len() - 1 - place) & 1 == 1);
        chosen.flat_map(|(_, part)| part.iter().copied()).collect()
    };
    Ok((0..1 << parts.len()).rev().map(subset).collect())
}
