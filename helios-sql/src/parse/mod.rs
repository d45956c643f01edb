//! Text to syntax tree.
//!
//! In: a source of one or more statements in SQLite's language (the grammar of version 3.40, with `BEGIN CONCURRENT`
//! and the times of `AS OF`). Out: the first statement as [`Statement`], with the names of its parameters and the
//! place where the next statement begins; or the error that SQLite gives, word for word.
//!
//! A reader of tokens ([`lexer`]) serves a recursive descent ([`parser`] and the files named for what they read) that
//! looks one token ahead. A token is taken only once it is known to continue the statement, so an error always names
//! the first token that does not. Two bounds hold for every source: calls nest at most [`parser::MAX_NESTING`] deep,
//! and no tree is higher than [`MAX_DEPTH`], so that neither reading nor walking nor dropping one overflows a stack.

mod alike;
mod alter;
mod branch;
mod complete;
mod constraint;
mod control;
mod expand;
mod expression;
mod from;
mod function;
mod keyword;
mod lexer;
mod lexer_postgres;
mod literal;
mod maintain;
mod modify;
mod normal;
mod operand;
mod operator;
mod parameter;
mod parser;
mod postgres;
mod postgres_alter;
mod postgres_codes;
mod postgres_comment;
mod postgres_definition;
mod postgres_enumeration;
mod postgres_from;
mod postgres_like;
mod postgres_operator;
mod postgres_quantified;
mod postgres_query;
mod postgres_record;
mod postgres_sequence;
mod postgres_type;
mod postgres_with;
mod postgres_word;
mod select;
mod statement;
mod table;
#[cfg(test)]
mod tests;
mod token;
mod trigger;
mod view;
mod window;

use std::collections::BTreeSet;

use helios_core::Result;

use crate::ast::{Expression, Statement};
pub(crate) use alike::alike;
pub use complete::{has_statement, is_complete, statement_end, tokens};
pub use expand::expand;
pub use keyword::{is_keyword, keywords};
pub use normal::normal;
use parser::Parser;
pub(crate) use postgres_comment::{
    comment_in, constraint_comments_in, without_comment, without_constraint_comments, written_comment,
    written_constraint_comment,
};
pub(crate) use postgres_definition::{stored_type as kept_type, told_of_type, told_type_comment};
pub(crate) use postgres_quantified::ELEMENT;
pub use postgres_sequence::{Identity, IdentityKind, OWN_SEQUENCE, plain_sequence_name, sequence_of_default};
use token::Kind;

/// The height of the highest tree, with SQLite's limit for expressions: a name or a literal has 1, everything else one
/// more than the highest of its parts. Queries count with what stands in them.
pub const MAX_DEPTH: usize = 1000;

/// The word DEFAULT in the place of a value is a call of this name without arguments.
pub const DEFAULT_CALL: &str = "helios_default";

/// The word DEFAULT in the place of a value.
pub(crate) fn default_call() -> Expression {
    postgres::call(DEFAULT_CALL, Vec::new())
}

/// Whose spelling a source has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite's.
    #[default]
    Sqlite,
    /// PostgreSQL's, on top of SQLite's: what both read means what it means to PostgreSQL.
    Postgres,
}

/// A statement and what came with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The statement.
    pub statement: Statement,
    /// One entry for each parameter number from 1 on: the name as written, with its prefix (`:a`, `@a`, `$a`, `?5`);
    /// `None` for `?` and for numbers that are not used.
    pub parameters: Vec<Option<Box<str>>>,
    /// The positions, from 0 on, of parameters that stand where a function or an operator wants a vector.
    pub vector_parameters: BTreeSet<usize>,
    /// The byte after the statement's `;`, or the end of the source: where the next statement begins.
    pub end: usize,
    /// The text of a definition that was written in another spelling than it is kept in; the tree is of this text.
    pub rewritten: Option<String>,
}

/// The first statement of `source`; `None` if there is only white space, comments or semicolons.
///
/// # Errors
/// SQLite's own: `near "x": syntax error`, `incomplete input`, `unrecognized token: "x"`, and what its parser says
/// about limits and meaning before it has looked at the schema.
pub fn parse_statement(source: &str) -> Result<Option<Parsed>> {
    parse_statement_of(source, Dialect::Sqlite)
}

/// [`parse_statement`] of a source in either spelling. Both give the same trees.
///
/// # Errors
/// As [`parse_statement`].
pub fn parse_statement_of(source: &str, dialect: Dialect) -> Result<Option<Parsed>> {
    let mut parser = Parser::new(source, dialect);
    while parser.accept(Kind::Semicolon) {}
    if parser.at(Kind::End) {
        return Ok(None);
    }
    let statement = parser.statement()?;
    let end = match parser.token().kind {
        Kind::Semicolon => parser.token().end,
        Kind::End => source.len(),
        _ => return parser.unexpected(),
    };
    let is_definition = matches!(
        statement,
        Statement::CreateTable(_)
            | Statement::CreateIndex(_)
            | Statement::CreateView(_)
            | Statement::CreateTrigger(_)
    );
    if dialect == Dialect::Postgres && is_definition {
        let text = parser.edited(end);
        parser.finish()?;
        let mut parsed = parse_statement(&text)?;
        if let Statement::CreateView(view) = &statement
            && let Some(Parsed { statement: Statement::CreateView(again), .. }) = &mut parsed
        {
            again.replaces = view.replaces;
        }
        if let Statement::CreateTable(table) = &statement
            && let Some(Parsed { statement: Statement::CreateTable(again), .. }) = &mut parsed
        {
            again.on_commit = table.on_commit;
            again.without_rows = table.without_rows;
            if table.without_rows {
                again.select = again.select.take().map(|select| Box::new(postgres_like::no_rows(*select)));
            }
        }
        return Ok(parsed.map(|parsed| Parsed { end, rewritten: Some(text), ..parsed }));
    }
    let (parameters, vector_parameters) = parser.finish()?;
    Ok(Some(Parsed { statement, parameters, vector_parameters, end, rewritten: None }))
}

/// The expression, in PostgreSQL's spelling, that is the whole of `source`.
///
/// # Errors
/// As [`parse_statement`].
pub fn parse_postgres_expression(source: &str) -> Result<Expression> {
    expression_of(Parser::new(source, Dialect::Postgres))
}

/// The expression that is the whole of `source`, for texts that the catalog keeps.
///
/// # Errors
/// As [`parse_statement`].
pub fn parse_expression(source: &str) -> Result<Expression> {
    expression_of(Parser::new(source, Dialect::Sqlite))
}

fn expression_of(mut parser: Parser<'_>) -> Result<Expression> {
    let expression = parser.expression()?;
    if !parser.at(Kind::End) {
        return parser.unexpected();
    }
    parser.finish()?;
    Ok(expression)
}
