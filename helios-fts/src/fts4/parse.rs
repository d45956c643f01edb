//! The query language of FTS3 and FTS4 with its operators (<https://sqlite.org/fts3.html#full_text_index_queries>).
//!
//! NEAR binds tightest, then NOT, AND and OR; words side by side are ANDed. A word is one token: what the tokeniser makes of
//! the text up to the next quote or parenthesis, of which the first token is taken.

use std::sync::Arc;

use helios_core::{Error, Result};

use crate::config::Config;
use crate::query::{Expression, Near, Phrase, Term};

/// How far phrases may be from each other where nothing is said.
const DISTANCE: i64 = 10;
/// How deep parentheses may be nested, and how many NOTs there may be.
const MAX_NESTED: usize = 1000;
/// How deep expressions may be, when those of one operator are put together evenly.
const MAX_DEPTH: usize = 12;

/// A query.
#[derive(Clone, Debug)]
pub struct Query {
    /// What has to hold; `None`, and nothing matches.
    pub root: Option<Node>,
    /// The phrases, in the order in which they stand.
    pub phrases: Vec<QueryPhrase>,
}

/// A phrase of a query.
#[derive(Clone, Debug)]
pub struct QueryPhrase {
    /// Its tokens.
    pub phrase: Phrase,
    /// The column that it has to be in, if it is one.
    pub column: Option<usize>,
}

/// A condition on documents. Phrases are named by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// The phrase is there.
    Phrase(usize),
    /// The phrases are there, each near the one before: with at most so many tokens between them.
    Near(Vec<usize>, Vec<i64>),
    /// All hold.
    All(Vec<Node>),
    /// At least one holds.
    Any(Vec<Node>),
    /// The first holds and the second does not.
    Without(Box<(Node, Node)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Near(i64),
    Not,
    And,
    Or,
}

impl Operator {
    /// The tighter it binds the less.
    fn looseness(self) -> u8 {
        match self {
            Operator::Near(_) => 1,
            Operator::Not => 2,
            Operator::And => 3,
            Operator::Or => 4,
        }
    }
}

/// What stands next in a query.
enum Piece {
    Operand(Node),
    Operator(Operator),
    /// Nothing that counts.
    Blank,
    End,
}

struct Malformed;

/// Reads a query of a table, in one of its columns or all.
///
/// # Errors
/// SQLite's, where it is malformed.
pub fn parse_query(config: &Config, text: &[u8], is_fts4: bool, column: Option<usize>) -> Result<Query> {
    // A query ends with a zero byte.
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let mut parser =
        Parser { config, text, at: 0, is_fts4, column, nested: 0, operators: 0, phrases: Vec::new() };
    let root = parser.expression().ok().filter(|_| parser.nested == 0);
    let malformed = || Error::sql(format!("malformed MATCH expression: [{}]", String::from_utf8_lossy(text)));
    let root = root.ok_or_else(malformed)?;
    match root.as_ref().map_or(Ok(0), |root| height(root, MAX_DEPTH)) {
        Ok(..=MAX_DEPTH) => Ok(Query { root, phrases: parser.phrases }),
        Err(TooDeep::Nested) => Err(malformed()),
        Ok(_) | Err(TooDeep::Wide) => {
            Err(Error::sql(format!("FTS expression tree is too large (maximum depth {MAX_DEPTH})")))
        }
    }
}

/// Why an expression is refused.
enum TooDeep {
    /// Expressions in expressions.
    Nested,
    /// Parts of one expression.
    Wide,
}

/// How high a tree is in which the parts of one operator are put together evenly, if it may be `most` high.
fn height(node: &Node, most: usize) -> std::result::Result<usize, TooDeep> {
    let below = most.checked_sub(1).ok_or(TooDeep::Nested)?;
    match node {
        Node::Phrase(_) => Ok(0),
        Node::Near(phrases, _) => Ok(phrases.len() - 1),
        Node::All(parts) | Node::Any(parts) => {
            let mut highest = 0;
            for part in parts {
                highest = highest.max(height(part, below)?);
            }
            let even = usize::BITS - (parts.len() - 1).leading_zeros();
            if parts.len() >= 1 << most { Err(TooDeep::Wide) } else { Ok(highest + even as usize) }
        }
        Node::Without(parts) => Ok(1 + height(&parts.0, below)?.max(height(&parts.1, below)?)),
    }
}

impl Query {
    /// The documents in which the phrases are that have to be there, wherever they stand: some may not match.
    pub fn candidates(&self, node: &Node) -> Expression {
        let parts = |nodes: &[Node]| nodes.iter().map(|node| self.candidates(node)).collect();
        match node {
            Node::Phrase(number) => self.phrase(*number),
            Node::Near(phrases, _) => {
                Expression::And(phrases.iter().map(|number| self.phrase(*number)).collect())
            }
            Node::All(nodes) => Expression::And(parts(nodes)),
            Node::Any(nodes) => Expression::Or(parts(nodes)),
            Node::Without(nodes) => self.candidates(&nodes.0),
        }
    }

    /// The documents with one phrase.
    pub fn phrase(&self, number: usize) -> Expression {
        let QueryPhrase { phrase, column } = &self.phrases[number];
        let columns = column.map(|column| Arc::new(vec![column]));
        Expression::Near(Near { phrases: vec![phrase.clone()], distance: 0, columns })
    }

    /// The phrases that functions know of: not those that must not be there.
    pub fn known_phrases(&self) -> Vec<usize> {
        fn collect(node: &Node, out: &mut Vec<usize>) {
            match node {
                Node::Phrase(number) => out.push(*number),
                Node::Near(numbers, _) => out.extend(numbers),
                Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| collect(part, out)),
                Node::Without(parts) => collect(&parts.0, out),
            }
        }
        let mut known = Vec::new();
        self.root.iter().for_each(|root| collect(root, &mut known));
        known
    }

    /// Whether candidates may not match.
    pub fn has_tests(&self) -> bool {
        fn has_tests(node: &Node) -> bool {
            match node {
                Node::Phrase(_) => false,
                Node::Near(..) | Node::Without(_) => true,
                Node::All(parts) | Node::Any(parts) => parts.iter().any(has_tests),
            }
        }
        self.root.as_ref().is_some_and(has_tests)
    }
}

struct Parser<'a> {
    config: &'a Config,
    text: &'a [u8],
    at: usize,
    is_fts4: bool,
    column: Option<usize>,
    nested: usize,
    /// How many NOTs there were.
    operators: usize,
    phrases: Vec<QueryPhrase>,
}

impl Parser<'_> {
    /// An expression up to its parenthesis, or the end.
    fn expression(&mut self) -> std::result::Result<Option<Node>, Malformed> {
        let mut waiting: Vec<(Node, Operator)> = Vec::new();
        let mut last: Option<Node> = None;
        let mut wants_operand = true;
        loop {
            match self.piece()? {
                Piece::Blank => {}
                Piece::End if wants_operand && !waiting.is_empty() => return Err(Malformed),
                Piece::End => break,
                Piece::Operator(_) if wants_operand => return Err(Malformed),
                Piece::Operator(operator) => {
                    let before = last.take().ok_or(Malformed)?;
                    // Only a phrase can be near another one.
                    let is_phrase = matches!(before, Node::Phrase(_));
                    if matches!(operator, Operator::Near(_)) && !is_phrase {
                        return Err(Malformed);
                    }
                    self.operators += usize::from(operator == Operator::Not);
                    if self.operators > MAX_NESTED {
                        return Err(Malformed);
                    }
                    push(&mut waiting, before, operator);
                    wants_operand = true;
                }
                Piece::Operand(node) => {
                    if let Some(before) = last.take() {
                        push(&mut waiting, before, Operator::And);
                    }
                    let is_after_near = matches!(waiting.last(), Some((_, Operator::Near(_))));
                    if is_after_near && !matches!(node, Node::Phrase(_)) {
                        return Err(Malformed);
                    }
                    last = Some(node);
                    wants_operand = false;
                }
            }
        }
        let Some(mut node) = last else { return Ok(None) };
        while let Some((left, operator)) = waiting.pop() {
            node = joined(left, operator, node);
        }
        Ok(Some(node))
    }

    fn piece(&mut self) -> std::result::Result<Piece, Malformed> {
        let blanks = self.text[self.at..].iter().take_while(|byte| is_space(**byte)).count();
        let start = self.at;
        self.at += blanks;
        let rest = &self.text[self.at..];
        let Some(&first) = rest.first() else { return Ok(Piece::End) };
        if let Some((operator, length)) = keyword(rest) {
            self.at += length;
            return Ok(Piece::Operator(operator));
        }
        match first {
            b'"' => {
                let length = rest[1..].iter().position(|byte| *byte == b'"').ok_or(Malformed)?;
                let inner = &rest[1..=length];
                self.at += length + 2;
                Ok(self.quoted(inner))
            }
            b'(' => {
                self.nested += 1;
                if self.nested > MAX_NESTED {
                    return Err(Malformed);
                }
                self.at += 1;
                Ok(self.expression()?.map_or(Piece::Blank, Piece::Operand))
            }
            b')' => {
                self.nested = self.nested.checked_sub(1).ok_or(Malformed)?;
                self.at += 1;
                Ok(Piece::End)
            }
            _ => Ok(self.word(start)),
        }
    }

    fn quoted(&mut self, text: &[u8]) -> Piece {
        let mut phrase = Phrase::default();
        let mut is_possible = true;
        self.config.tokenizer.tokenize(text, &mut |token, place| {
            if place.start > 0 && text[place.start - 1] == b'^' {
                // A token in the middle of a phrase is never the first.
                is_possible &= phrase.terms.is_empty();
                phrase.is_first = true;
            }
            let is_prefix = text.get(place.end) == Some(&b'*');
            phrase.terms.push(Term { bytes: token.to_vec(), is_prefix });
        });
        if !is_possible {
            phrase.terms.clear();
        }
        self.operand(phrase, self.column)
    }

    fn operand(&mut self, phrase: Phrase, column: Option<usize>) -> Piece {
        self.phrases.push(QueryPhrase { phrase, column });
        Piece::Operand(Node::Phrase(self.phrases.len() - 1))
    }

    /// A word. Blanks before it, from `start` on, are left to the tokeniser unless a column is named.
    fn word(&mut self, start: usize) -> Piece {
        let rest = &self.text[self.at..];
        let named = self.config.columns.iter().position(|column| {
            let name = column.name.as_bytes();
            rest.get(name.len()) == Some(&b':') && rest[..name.len()].eq_ignore_ascii_case(name)
        });
        let begin = named.map_or(start, |column| self.at + self.config.columns[column].name.len() + 1);
        let rest = &self.text[begin..];
        let length = rest.iter().position(|byte| matches!(byte, b'(' | b')' | b'"')).unwrap_or(rest.len());
        let mut found = None;
        self.config.tokenizer.tokenize(&rest[..length], &mut |token, place| {
            if found.is_none() {
                found = Some((token.to_vec(), place));
            }
        });
        let Some((bytes, place)) = found else {
            self.at = begin + length;
            // Where a column has no word behind it the rest is not read.
            return if length > 0 { Piece::Blank } else { Piece::End };
        };
        let is_prefix = rest.get(place.end) == Some(&b'*');
        let is_first = self.is_fts4 && place.start > 0 && rest[place.start - 1] == b'^';
        self.at = begin + place.end + usize::from(is_prefix);
        let phrase = Phrase { terms: vec![Term { bytes, is_prefix }], is_first };
        self.operand(phrase, named.or(self.column))
    }
}

/// Joins what binds at least as tightly as an operator, and lets the operator wait for its right side.
fn push(waiting: &mut Vec<(Node, Operator)>, before: Node, operator: Operator) {
    let mut left = before;
    while let Some((node, joins)) = waiting.pop_if(|(_, joins)| joins.looseness() <= operator.looseness()) {
        left = joined(node, joins, left);
    }
    waiting.push((left, operator));
}

fn joined(left: Node, operator: Operator, right: Node) -> Node {
    match (operator, left, right) {
        (Operator::Near(distance), Node::Near(mut phrases, mut distances), Node::Phrase(right)) => {
            phrases.push(right);
            distances.push(distance);
            Node::Near(phrases, distances)
        }
        (Operator::Near(distance), Node::Phrase(left), Node::Phrase(right)) => {
            Node::Near(vec![left, right], vec![distance])
        }
        (Operator::Not, left, right) => Node::Without(Box::new((left, right))),
        (Operator::Or, left, right) => {
            let mut parts = match left {
                Node::Any(parts) => parts,
                left => vec![left],
            };
            match right {
                Node::Any(more) => parts.extend(more),
                right => parts.push(right),
            }
            Node::Any(parts)
        }
        (Operator::And | Operator::Near(_), left, right) => {
            let mut parts = match left {
                Node::All(parts) => parts,
                left => vec![left],
            };
            match right {
                Node::All(more) => parts.extend(more),
                right => parts.push(right),
            }
            Node::All(parts)
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// An operator at the beginning, and how many bytes it has.
fn keyword(text: &[u8]) -> Option<(Operator, usize)> {
    let known: [(&[u8], Operator); 4] = [
        (b"OR", Operator::Or),
        (b"AND", Operator::And),
        (b"NOT", Operator::Not),
        (b"NEAR", Operator::Near(DISTANCE)),
    ];
    for (word, operator) in known {
        let Some(rest) = text.strip_prefix(word) else { continue };
        let (mut operator, mut length) = (operator, word.len());
        if let (Operator::Near(_), Some(number)) = (operator, rest.strip_prefix(b"/")) {
            let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits > 0 {
                let distance = std::str::from_utf8(&number[..digits]).ok().and_then(|text| text.parse().ok());
                operator = Operator::Near(distance.unwrap_or(i64::from(i32::MAX)).min(i64::from(i32::MAX)));
                length += 1 + digits;
            }
        }
        let next = text.get(length).copied();
        if next.is_none_or(|next| is_space(next) || matches!(next, b'"' | b'(' | b')' | 0)) {
            return Some((operator, length));
        }
    }
    None
}
