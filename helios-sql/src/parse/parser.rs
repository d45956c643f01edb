//! The parser's place in the source: the token it looks at, how deep it is, what it owes an error for.
//!
//! Always holds: the token that is looked at has not been taken, everything before it has.

use std::collections::BTreeSet;

use helios_core::{Error, Result};

use super::Dialect;
use super::lexer::{is_space, token_at};
use super::literal::unquote;
use super::parameter::{Names, Parameters};
use super::postgres_definition::{Edit, TypePlace};
use super::postgres_word::{is_free, kind_between};
use super::token::{Kind, Token};
use crate::ast::{Expression, Lock, Name, ObjectName, Place, Span};

/// How deep calls may nest. SQLite's parser has a stack of 100 symbols, and each level here takes one of them at least,
/// so whatever SQLite 3.40 takes is taken here; a thread with a stack of 2 MB has room for it.
pub(super) const MAX_NESTING: usize = 250;

/// What a query adds to the nesting: it takes more of the stack than an expression.
pub(super) const QUERY_NESTING: usize = 4;

/// Reads one statement.
pub(super) struct Parser<'a> {
    source: &'a str,
    dialect: Dialect,
    /// Looked at, not yet taken.
    token: Token,
    /// What was taken last.
    previous: Token,
    nesting: usize,
    /// The height of the highest expression that was finished within the one being read.
    pub(super) tallest: usize,
    /// What is wrong though the grammar takes it, and the token that was looked at then.
    complaint: Option<(usize, String)>,
    /// Whether this is the body of a trigger, where statements are not the same.
    pub(super) in_trigger: bool,
    parameters: Parameters<'a>,
    /// The positions of parameters that stand where a vector is wanted.
    vectors: BTreeSet<usize>,
    /// In PostgreSQL's dialect: what a definition has in other places, and the types of its columns.
    pub(super) edits: Vec<Edit>,
    pub(super) type_places: Vec<TypePlace>,
    /// Whether the statement is ALTER, in which ADD and DROP are further changes behind a comma.
    pub(super) is_altering: bool,
    /// In PostgreSQL's dialect: what the statement asks for the rows that it reads.
    pub(super) lock: Option<Lock>,
}

impl<'a> Parser<'a> {
    /// A parser at the beginning of `source`.
    pub(super) fn new(source: &'a str, dialect: Dialect) -> Parser<'a> {
        let nothing = Token { kind: Kind::Semicolon, start: 0, end: 0 };
        Parser {
            source,
            dialect,
            token: token_at(source.as_bytes(), 0, dialect),
            previous: nothing,
            nesting: 0,
            tallest: 0,
            complaint: None,
            in_trigger: false,
            parameters: Parameters::default(),
            vectors: BTreeSet::new(),
            edits: Vec::new(),
            type_places: Vec::new(),
            is_altering: false,
            lock: None,
        }
    }

    /// Notes that a vector is wanted where an expression stands, if that is a parameter.
    pub(super) fn note_vector(&mut self, expression: &Expression) {
        if let Expression::Parameter(number) = expression {
            self.vectors.extend((*number as usize).checked_sub(1));
        }
    }

    /// The names of the parameters, and the positions of those that are to be vectors.
    ///
    /// # Errors
    /// What was [complained](Parser::complain) about.
    pub(super) fn finish(self) -> Result<(Names, BTreeSet<usize>)> {
        match self.complaint {
            Some((_, message)) => Err(Error::sql(message)),
            None => Ok((self.parameters.into_names(), self.vectors)),
        }
    }

    /// Notes what is wrong with what has just been read. As in SQLite, an error of syntax counts more if it is in the
    /// very next token, and less if it comes later.
    pub(super) fn complain(&mut self, message: impl Into<String>) {
        self.complain_at(self.token.start, message.into());
    }

    /// Notes what SQLite finds only after it has read the whole statement.
    pub(super) fn complain_later(&mut self, message: impl Into<String>) {
        self.complain_at(usize::MAX, message.into());
    }

    fn complain_at(&mut self, at: usize, message: String) {
        if self.complaint.as_ref().is_none_or(|&(earlier, _)| at < earlier) {
            self.complaint = Some((at, message));
        }
    }

    /// The token looked at.
    pub(super) fn token(&self) -> Token {
        self.token
    }

    /// The token taken last.
    pub(super) fn previous(&self) -> Token {
        self.previous
    }

    /// Whether the token is of this kind.
    pub(super) fn at(&self, kind: Kind) -> bool {
        self.token.kind == kind
    }

    /// The token after `token`, which is not read yet.
    pub(super) fn after(&self, token: Token) -> Token {
        token_at(self.source.as_bytes(), token.end, self.dialect)
    }

    /// Whether the source is in PostgreSQL's spelling.
    pub(super) fn is_postgres(&self) -> bool {
        self.dialect == Dialect::Postgres
    }

    /// The text of a token.
    pub(super) fn text(&self, token: Token) -> &'a str {
        self.source.get(token.start..token.end).unwrap_or_default()
    }

    /// A piece of the source.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        span.of(self.source)
    }

    /// The piece from `start` up to the token, without white space at its end. Comments are part of it.
    pub(super) fn span_from(&self, start: usize) -> Span {
        let bytes = self.source.as_bytes();
        let mut end = self.token.start;
        while end > start && is_space(bytes[end - 1]) {
            end -= 1;
        }
        Span { start, end }
    }

    /// Takes the token.
    pub(super) fn take(&mut self) -> Token {
        let taken = self.token;
        self.previous = taken;
        self.token = self.after(taken);
        if matches!(self.token.kind, Kind::Over | Kind::Filter | Kind::Window) {
            self.token.kind = self.window_word();
        } else if self.is_postgres() && is_free(self.token.kind) {
            self.free_word();
        }
        taken
    }

    /// A word that only SQLite reserves is a name where it is none of PostgreSQL's keywords; definitions have it in quotes.
    fn free_word(&mut self) {
        let Token { start, end, kind } = self.token;
        let behind = self.after(self.token).kind;
        let found = kind_between(self.previous.kind, kind, behind, self.is_altering);
        if found == Kind::Identifier {
            self.token.kind = found;
            self.replace(start, end, format!("\"{}\"", self.text(self.token).to_lowercase()));
        }
    }

    /// OVER, FILTER and WINDOW are keywords only where what stands around them says so.
    fn window_word(&self) -> Kind {
        let next = self.after(self.token);
        let names = |kind: Kind| kind.is_name() || matches!(kind, Kind::Over | Kind::Window);
        let after_call = self.previous.kind == Kind::RightParen;
        let is_keyword = match self.token.kind {
            Kind::Over => after_call && (next.kind == Kind::LeftParen || names(next.kind)),
            Kind::Filter => after_call && next.kind == Kind::LeftParen,
            _ => names(next.kind) && self.after(next).kind == Kind::As,
        };
        if is_keyword { self.token.kind } else { Kind::Identifier }
    }

    /// Takes the token if it is of this kind.
    pub(super) fn accept(&mut self, kind: Kind) -> bool {
        let found = self.at(kind);
        if found {
            self.take();
        }
        found
    }

    /// Takes the token, which has to be of this kind.
    pub(super) fn expect(&mut self, kind: Kind) -> Result<Token> {
        if self.at(kind) { Ok(self.take()) } else { self.unexpected() }
    }

    /// Whether a token is this word, which is no keyword for SQLite.
    pub(super) fn is_word(&self, token: Token, word: &str) -> bool {
        token.kind == Kind::Identifier && self.text(token).eq_ignore_ascii_case(word)
    }

    /// The error about the token, which cannot stand here.
    #[cold]
    pub(super) fn unexpected<T>(&self) -> Result<T> {
        if let Some((at, message)) = &self.complaint
            && *at < self.token.start
        {
            return Err(Error::sql(message.as_str()));
        }
        let text = self.text(self.token);
        let error = match self.token.kind {
            Kind::End => Error::sql("incomplete input"),
            Kind::Illegal => Error::sql(format!("unrecognized token: \"{text}\"")),
            _ => Error::sql(format!("near \"{text}\": syntax error")),
        };
        Err(error.at(self.token.start))
    }

    /// Takes a name of any sort.
    pub(super) fn name(&mut self) -> Result<String> {
        let token = self.name_token()?;
        Ok(self.name_of(token))
    }

    /// Takes a name of any sort, as a token.
    pub(super) fn name_token(&mut self) -> Result<Token> {
        if self.token.kind.is_name() { Ok(self.take()) } else { self.unexpected() }
    }

    /// The name that a token writes.
    pub(super) fn name_of(&self, token: Token) -> String {
        let text = self.text(token);
        match self.dialect == Dialect::Postgres && !text.starts_with(['"', '\'']) {
            true => text.to_lowercase(),
            false => unquote(text).into_owned(),
        }
    }

    /// Takes a name of any sort, with its place.
    pub(super) fn placed_name(&mut self) -> Result<Name> {
        let token = self.name_token()?;
        Ok(self.placed(token))
    }

    /// The name that a token writes, with its place.
    pub(super) fn placed(&self, token: Token) -> Name {
        Name { text: self.name_of(token), place: place_of(token) }
    }

    /// Takes an identifier or a text: what COLLATE and AS-less aliases take.
    pub(super) fn identifier_or_text(&mut self) -> Result<String> {
        if self.at_identifier_or_text() { self.name() } else { self.unexpected() }
    }

    /// Whether the token is an identifier or a text.
    pub(super) fn at_identifier_or_text(&self) -> bool {
        self.token.kind.is_identifier() || self.at(Kind::String)
    }

    /// Takes `name` or `schema.name`.
    pub(super) fn object_name(&mut self) -> Result<ObjectName> {
        let first = self.placed_name()?;
        if self.accept(Kind::Dot) {
            let name = self.placed_name()?;
            if first.text == "public" {
                self.replace(first.place.0.start, name.place.0.start, "");
            }
            return Ok(match self.dialect {
                Dialect::Sqlite => ObjectName { schema: Some(first.text), name },
                Dialect::Postgres => postgres_object(first, name),
            });
        }
        Ok(ObjectName { schema: None, name: first })
    }

    /// Takes `(name, …)`, at its parenthesis.
    pub(super) fn name_list(&mut self) -> Result<Vec<Name>> {
        self.expect(Kind::LeftParen)?;
        let names = self.comma_list(Parser::placed_name)?;
        self.expect(Kind::RightParen)?;
        Ok(names)
    }

    /// Takes one or more of something, with commas between them.
    pub(super) fn comma_list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.accept(Kind::Comma) {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// The number of the parameter that a token writes.
    pub(super) fn parameter_number(&mut self, token: Token) -> u32 {
        let text = self.text(token);
        let number = match self.dialect {
            Dialect::Sqlite => self.parameters.number(text),
            Dialect::Postgres => self.parameters.number_after_dollar(text),
        };
        number.unwrap_or_else(|message| {
            self.complain(message);
            0
        })
    }

    /// Goes `levels` deeper; [`Parser::leave`] comes back.
    ///
    /// # Errors
    /// SQLite's, where this is too deep.
    pub(super) fn enter(&mut self, levels: usize) -> Result<()> {
        self.nesting += levels;
        if self.nesting > MAX_NESTING {
            return Err(Error::sql("parser stack overflow"));
        }
        Ok(())
    }

    /// Comes back from [`Parser::enter`]; not needed on the way out with an error.
    pub(super) fn leave(&mut self, levels: usize) {
        self.nesting -= levels;
    }
}

/// A name with one of PostgreSQL's schemas in front: `public` is `main`; the tables of the catalog have names of their
/// own, and those of the information schema have its name in theirs.
fn postgres_object(schema: Name, name: Name) -> ObjectName {
    match schema.text.as_str() {
        "public" | "pg_catalog" => ObjectName { schema: None, name },
        "pg_temp" => ObjectName { schema: Some("temp".to_owned()), name },
        "information_schema" => {
            ObjectName { schema: None, name: Name { text: format!("information_schema.{name}"), ..name } }
        }
        _ => ObjectName { schema: Some(schema.text), name },
    }
}

/// Where a token stands.
pub(super) fn place_of(token: Token) -> Place {
    Place(Span { start: token.start, end: token.end })
}
