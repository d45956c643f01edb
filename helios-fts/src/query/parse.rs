//! The query language of FTS5 (<https://sqlite.org/fts5.html#full_text_query_syntax>).
//!
//! NOT binds tighter than AND, AND tighter than OR; phrases side by side are ANDed tighter than all of these. A name of
//! a column holds for one group of phrases or for what is in parentheses.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::token::{Token, next_token, said};
use super::{Expression, Near, Phrase, Term};
use crate::config::{Config, Detail};
use crate::tokenizer::MAX_TOKEN_BYTES;

/// Deeper trees are an error.
const MAX_DEPTH: usize = 256;

/// So many tokens may stand between the phrases of NEAR if nothing is said.
const USUAL_DISTANCE: i64 = 10;

/// Greater distances are the same.
const MAX_DISTANCE: i64 = 2_147_483_647;

/// Reads a query; `column` is the one that it is asked of, if not the whole table.
pub fn parse_query(config: &Config, text: &[u8], column: Option<usize>) -> Result<Expression> {
    let mut parser = Parser { config, rest: text, next: Token::End, depth: 0 };
    parser.advance()?;
    let mut expression = parser.any()?;
    if parser.next != Token::End {
        return Err(parser.unexpected());
    }
    if let Some(column) = column {
        restrict(config, &mut expression, &Arc::new(vec![column]))?;
    }
    Ok(expression)
}

struct Parser<'a> {
    config: &'a Config,
    rest: &'a [u8],
    next: Token<'a>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn advance(&mut self) -> Result<Token<'a>> {
        let next = next_token(&mut self.rest)?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    fn takes(&mut self, sign: u8) -> Result<bool> {
        let is_next = self.next == Token::Sign(sign);
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    fn expect(&mut self, sign: u8) -> Result<()> {
        if self.takes(sign)? { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Error {
        Error::sql(format!("fts5: syntax error near \"{}\"", self.next.text()))
    }

    /// Parts with OR between them.
    fn any(&mut self) -> Result<Expression> {
        let mut left = self.all()?;
        while self.next == Token::Or {
            self.advance()?;
            let right = self.all()?;
            left = joined(left, right, false);
        }
        Ok(left)
    }

    /// Parts with AND between them.
    fn all(&mut self) -> Result<Expression> {
        let mut left = self.without()?;
        while self.next == Token::And {
            self.advance()?;
            let right = self.without()?;
            left = joined(left, right, true);
        }
        Ok(left)
    }

    /// Parts with NOT between them.
    fn without(&mut self) -> Result<Expression> {
        let mut left = self.part()?;
        let mut count = 0;
        while self.next == Token::Not {
            self.advance()?;
            let right = self.part()?;
            left = Expression::Not(Box::new((left, right)));
            count += 1;
            self.check_depth(count)?;
        }
        Ok(left)
    }

    fn check_depth(&self, more: usize) -> Result<()> {
        if self.depth + more <= MAX_DEPTH {
            return Ok(());
        }
        Err(Error::sql(format!("fts5 expression tree is too large (maximum depth {MAX_DEPTH})")))
    }

    /// What is in parentheses, perhaps for some columns only, or groups of phrases.
    fn part(&mut self) -> Result<Expression> {
        if self.next == Token::Sign(b'(') {
            return self.in_parentheses();
        }
        let mut list: Option<Expression> = None;
        loop {
            let columns = self.columns()?;
            if let Some(columns) = &columns
                && list.is_none()
                && self.next == Token::Sign(b'(')
            {
                let mut inner = self.in_parentheses()?;
                restrict(self.config, &mut inner, columns)?;
                return Ok(inner);
            }
            let mut group = Expression::Near(self.group()?);
            if let Some(columns) = &columns {
                restrict(self.config, &mut group, columns)?;
            }
            let all = match list.take() {
                None => group,
                Some(before) => beside(before, group),
            };
            if !matches!(self.next, Token::String(_) | Token::Sign(b'{' | b'-' | b'^')) {
                return Ok(all);
            }
            list = Some(all);
        }
    }

    fn in_parentheses(&mut self) -> Result<Expression> {
        self.expect(b'(')?;
        self.depth += 1;
        self.check_depth(0)?;
        let inner = self.any()?;
        self.depth -= 1;
        self.expect(b')')?;
        Ok(inner)
    }

    /// The columns before a colon, if there are some.
    fn columns(&mut self) -> Result<Option<Arc<Vec<usize>>>> {
        let is_inverted = self.takes(b'-')?;
        let mut columns = Vec::new();
        if self.takes(b'{')? {
            loop {
                match self.advance()? {
                    Token::String(name) => columns.push(self.column(name)?),
                    Token::Sign(b'}') if !columns.is_empty() => break,
                    other => {
                        return Err(Error::sql(format!("fts5: syntax error near \"{}\"", other.text())));
                    }
                }
            }
        } else if let Token::String(name) = self.next {
            let mut ahead = self.rest;
            let is_colon = matches!(next_token(&mut ahead), Ok(Token::Sign(b':')));
            if !is_colon && !is_inverted {
                return Ok(None);
            }
            self.advance()?;
            columns.push(self.column(name)?);
        } else if is_inverted {
            return Err(self.unexpected());
        } else {
            return Ok(None);
        }
        self.expect(b':')?;
        columns.sort_unstable();
        columns.dedup();
        if is_inverted {
            columns = (0..self.config.columns.len()).filter(|column| !columns.contains(column)).collect();
        }
        Ok(Some(Arc::new(columns)))
    }

    fn column(&self, name: &[u8]) -> Result<usize> {
        let name = String::from_utf8_lossy(&said(name)).into_owned();
        self.config.column(&name).ok_or_else(|| Error::sql(format!("no such column: {name}")))
    }

    /// A phrase, or NEAR with phrases.
    fn group(&mut self) -> Result<Near> {
        let mut near = Near { phrases: Vec::new(), distance: USUAL_DISTANCE, columns: None };
        if self.takes(b'^')? {
            let mut phrase = self.phrase()?;
            phrase.is_first = !phrase.terms.is_empty();
            near.phrases.push(phrase);
        } else if let Token::String(word) = self.next {
            let mut ahead = self.rest;
            if !matches!(next_token(&mut ahead), Ok(Token::Sign(b'('))) {
                near.phrases.push(self.phrase()?);
            } else if word == b"NEAR" {
                self.advance()?;
                self.advance()?;
                self.near(&mut near)?;
            } else {
                return Err(self.unexpected());
            }
        } else {
            return Err(self.unexpected());
        }
        self.check_detail(&near)?;
        // Phrases without tokens say nothing beside others.
        if near.phrases.len() > 1 {
            near.phrases.retain(|phrase| !phrase.terms.is_empty());
        }
        if near.phrases.is_empty() {
            near.phrases.push(Phrase::default());
        }
        Ok(near)
    }

    fn near(&mut self, near: &mut Near) -> Result<()> {
        while matches!(self.next, Token::String(_)) {
            near.phrases.push(self.phrase()?);
        }
        if near.phrases.is_empty() {
            return Err(self.unexpected());
        }
        if self.takes(b',')? {
            let Token::String(written) = self.next else { return Err(self.unexpected()) };
            self.advance()?;
            self.expect(b')')?;
            if !written.iter().all(u8::is_ascii_digit) {
                let written = String::from_utf8_lossy(written);
                return Err(Error::sql(format!("expected integer, got \"{written}\"")));
            }
            let digit = |value: i64, byte: &u8| (value * 10 + i64::from(byte - b'0')).min(MAX_DISTANCE);
            near.distance = written.iter().fold(0, digit);
            return Ok(());
        }
        self.expect(b')')
    }

    fn check_detail(&self, near: &Near) -> Result<()> {
        if self.config.detail == Detail::Full {
            return Ok(());
        }
        let first = &near.phrases[0];
        if near.phrases.len() == 1 && first.terms.len() <= 1 && !first.is_first {
            return Ok(());
        }
        let kind = if near.phrases.len() == 1 { "phrase" } else { "NEAR" };
        Err(Error::sql(format!("fts5: {kind} queries are not supported (detail!=full)")))
    }

    /// Words with `+` between them.
    fn phrase(&mut self) -> Result<Phrase> {
        let mut phrase = Phrase::default();
        loop {
            let Token::String(word) = self.next else { return Err(self.unexpected()) };
            self.advance()?;
            let is_prefix = self.takes(b'*')?;
            let terms = &mut phrase.terms;
            self.config.tokenizer.tokenize(&said(word), &mut |token, _| {
                let bytes = token[..token.len().min(MAX_TOKEN_BYTES)].to_vec();
                terms.push(Term { bytes, is_prefix: false });
            });
            if let Some(last) = phrase.terms.last_mut() {
                last.is_prefix = is_prefix;
            }
            if !self.takes(b'+')? {
                return Ok(phrase);
            }
        }
    }
}

/// Two parts with AND or OR between them, in one list with those of the same kind.
fn joined(left: Expression, right: Expression, is_and: bool) -> Expression {
    let parts = |expression| match expression {
        Expression::And(parts) if is_and => parts,
        Expression::Or(parts) if !is_and => parts,
        other => vec![other],
    };
    let mut all = parts(left);
    all.extend(parts(right));
    if is_and { Expression::And(all) } else { Expression::Or(all) }
}

/// Two groups side by side. One without tokens says nothing.
fn beside(left: Expression, right: Expression) -> Expression {
    let is_empty = |expression: &Expression| match expression {
        Expression::Near(near) => near.phrases.iter().any(|phrase| phrase.terms.is_empty()),
        _ => false,
    };
    if is_empty(&right) {
        left
    } else if is_empty(&left) {
        right
    } else {
        joined(left, right, true)
    }
}

/// Holds an expression to some columns.
fn restrict(config: &Config, expression: &mut Expression, columns: &Arc<Vec<usize>>) -> Result<()> {
    if config.detail == Detail::None {
        return Err(Error::sql("fts5: column queries are not supported (detail=none)"));
    }
    match expression {
        Expression::Near(near) => {
            near.columns = Some(match &near.columns {
                None => columns.clone(),
                Some(own) => {
                    Arc::new(own.iter().filter(|column| columns.contains(column)).copied().collect())
                }
            });
        }
        Expression::And(parts) | Expression::Or(parts) => {
            for part in parts {
                restrict(config, part, columns)?;
            }
        }
        Expression::Not(parts) => {
            restrict(config, &mut parts.0, columns)?;
            restrict(config, &mut parts.1, columns)?;
        }
    }
    Ok(())
}
