//! CREATE TABLE and CREATE INDEX; the names of types.

use helios_core::Result;

use super::Dialect;
use super::lexer::{is_space, token_at};
use super::literal::unquote;
use super::parser::Parser;
use super::token::Kind;
use crate::ast::{
    ColumnDefinition, CreateIndex, CreateTable, IndexMethod, IndexedColumn, Name, ObjectName, Select, Span,
    Statement,
};

/// What SQLite keeps in capitals, however it was written.
const STANDARD_TYPES: [&str; 6] = ["ANY", "BLOB", "INT", "INTEGER", "REAL", "TEXT"];

impl Parser<'_> {
    /// Takes CREATE TABLE from the word TABLE on.
    pub(super) fn create_table(&mut self, temporary: bool) -> Result<Statement> {
        self.expect(Kind::Table)?;
        let if_not_exists = self.if_not_exists()?;
        let (name, start) = self.new_name()?;
        let mut table = CreateTable {
            temporary,
            if_not_exists,
            name,
            tail: Span { start, end: start },
            columns: Vec::new(),
            constraints: Vec::new(),
            columns_end: start,
            without_rowid: false,
            strict: false,
            select: None,
            without_rows: false,
            on_commit: None,
        };
        if self.has_like() {
            return self.create_like(table);
        }
        table.on_commit = self.on_commit()?;
        if self.accept(Kind::As) {
            table.select = Some(Box::new(self.rows_of_new_table(&mut table.without_rows)?));
            table.tail = self.span_from(start);
        } else {
            self.expect(Kind::LeftParen)?;
            self.columns_and_constraints(&mut table)?;
            table.tail.end = self.expect(Kind::RightParen)?.end;
            if self.is_postgres() {
                self.settle_types(&table);
                self.storage_clauses()?;
                table.on_commit = self.on_commit()?;
            }
            if self.table_options(&mut table)? {
                table.tail.end = self.token().start;
            }
        }
        if table.on_commit.is_some() && !table.temporary {
            self.complain("ON COMMIT can only be used on temporary tables");
        }
        Ok(Statement::CreateTable(Box::new(table)))
    }

    /// Takes the query behind AS, and WITH NO DATA behind that, which the flag tells.
    fn rows_of_new_table(&mut self, without_rows: &mut bool) -> Result<Select> {
        let select = self.select()?;
        if self.at_no_data() {
            let start = self.take().start;
            *without_rows = self.accept(Kind::No);
            let end = self.take().end;
            self.replace(start, end, "");
        }
        Ok(select)
    }

    fn columns_and_constraints(&mut self, table: &mut CreateTable) -> Result<()> {
        loop {
            let mut constraint_name = None;
            table.columns.push(self.column_definition(&mut constraint_name)?);
            table.columns_end = self.token().start;
            if !self.accept(Kind::Comma) {
                return Ok(());
            }
            if self.at_table_constraint() {
                return self.table_constraints(table, constraint_name);
            }
        }
    }

    pub(super) fn column_definition(
        &mut self,
        constraint_name: &mut Option<String>,
    ) -> Result<ColumnDefinition> {
        let name = self.placed_name()?;
        if self.is_postgres() {
            self.keep_folded(&name);
        }
        let declared_type =
            if self.is_postgres() { self.column_type_of_postgres()? } else { self.column_type()? };
        let told_type = self.told_type();
        let mut constraints = Vec::new();
        while self.at_column_constraint() {
            self.column_constraint(&name, constraint_name, &mut constraints)?;
        }
        let span = Span { start: name.place.0.start, end: self.previous().end };
        Ok(ColumnDefinition { name, span, declared_type, told_type, constraints })
    }

    /// Takes options after the columns; answers whether there are any.
    fn table_options(&mut self, table: &mut CreateTable) -> Result<bool> {
        if !self.token().kind.is_name() && !self.at(Kind::Comma) {
            return Ok(false);
        }
        if !self.accept(Kind::Comma) {
            self.table_option(table)?;
        }
        while self.previous().kind == Kind::Comma || self.accept(Kind::Comma) {
            self.table_option(table)?;
        }
        Ok(true)
    }

    fn table_option(&mut self, table: &mut CreateTable) -> Result<()> {
        let without = self.accept(Kind::Without);
        let token = self.name_token()?;
        let text = self.text(token);
        match without {
            true if text.eq_ignore_ascii_case("rowid") => table.without_rowid = true,
            false if text.eq_ignore_ascii_case("strict") => table.strict = true,
            _ => self.complain(format!("unknown table option: {text}")),
        }
        Ok(())
    }

    /// Takes CREATE INDEX from the word INDEX on.
    pub(super) fn create_index(&mut self, unique: bool) -> Result<Statement> {
        self.expect(Kind::Index)?;
        let if_not_exists = self.if_not_exists()?;
        if self.is_postgres() {
            return self.postgres_index(unique, if_not_exists);
        }
        let (name, start) = self.new_name()?;
        self.expect(Kind::On)?;
        let table = self.placed_name()?;
        let kind = if self.accept(Kind::Using) { Some(self.placed_name()?) } else { None };
        self.expect(Kind::LeftParen)?;
        let columns = self.indexed_columns()?;
        self.expect(Kind::RightParen)?;
        let method = match kind {
            Some(kind) => Some(IndexMethod { kind, options: self.index_options()? }),
            None => None,
        };
        let filter = self.where_clause()?;
        let tail = self.span_from(start);
        let index = CreateIndex { unique, if_not_exists, name, tail, table, method, columns, filter };
        Ok(Statement::CreateIndex(Box::new(index)))
    }

    /// Takes `WITH (name = value, …)`, if it is there.
    pub(super) fn index_options(&mut self) -> Result<Vec<(String, String)>> {
        if !self.accept(Kind::With) {
            return Ok(Vec::new());
        }
        self.expect(Kind::LeftParen)?;
        let options = self.comma_list(|parser| {
            let name = parser.name()?;
            parser.expect(Kind::Equal)?;
            let is_negative = parser.accept(Kind::Minus);
            let value = match parser.token().kind {
                Kind::Integer | Kind::Float => {
                    let token = parser.take();
                    parser.text(token).to_owned()
                }
                _ => parser.name()?,
            };
            Ok((name, if is_negative { format!("-{value}") } else { value }))
        })?;
        self.expect(Kind::RightParen)?;
        Ok(options)
    }

    pub(super) fn if_not_exists(&mut self) -> Result<bool> {
        let found = self.accept(Kind::If);
        if found {
            self.expect(Kind::Not)?;
            self.expect(Kind::Exists)?;
        }
        Ok(found)
    }

    /// Takes the name of what is created; answers also where the name without its schema begins.
    pub(super) fn new_name(&mut self) -> Result<(ObjectName, usize)> {
        let name = self.object_name()?;
        if self.is_postgres() {
            self.keep_folded(&name.name);
        }
        Ok((name, self.previous().start))
    }

    /// Takes the columns of an index or of a key.
    pub(super) fn indexed_columns(&mut self) -> Result<Vec<IndexedColumn>> {
        self.comma_list(|parser| {
            let start = parser.token().start;
            let (term, end) = parser.placed_ordering_term()?;
            if term.nulls.is_some() {
                let word = parser.text(parser.previous()).to_ascii_uppercase();
                parser.complain(format!("unsupported use of NULLS {word}"));
            }
            let span = Span { start, end };
            Ok(IndexedColumn { expression: term.expression, descending: term.descending, span })
        })
    }

    /// Takes `(name, …)` if it is there. SQLite reads COLLATE and an order behind the names, only to refuse them.
    pub(super) fn bare_columns(&mut self) -> Result<Vec<Name>> {
        if !self.accept(Kind::LeftParen) {
            return Ok(Vec::new());
        }
        let names = self.comma_list(|parser| {
            let token = parser.name_token()?;
            let more = matches!(parser.token().kind, Kind::Collate | Kind::Asc | Kind::Desc);
            if parser.accept(Kind::Collate) {
                parser.identifier_or_text()?;
            }
            parser.descending();
            if more {
                let text = parser.text(token);
                parser.complain(format!("syntax error after column name \"{text}\""));
            }
            Ok(parser.placed(token))
        })?;
        self.expect(Kind::RightParen)?;
        Ok(names)
    }

    /// Takes the type of a column. GENERATED ALWAYS is read as part of it, as names that they can be.
    fn column_type(&mut self) -> Result<String> {
        let mut text = self.type_text()?;
        if let Some(rest) = without_suffix(text, "always").filter(|_| text.len() >= 16) {
            text = rest;
            text = without_suffix(text, "generated").unwrap_or(text);
        }
        let standard = STANDARD_TYPES.iter().find(|name| name.eq_ignore_ascii_case(text));
        Ok(standard.map_or_else(|| type_of(text), ToString::to_string))
    }

    /// Takes the name of a type, which may be empty.
    pub(super) fn type_name(&mut self) -> Result<String> {
        Ok(type_of(self.type_text()?))
    }

    fn type_text(&mut self) -> Result<&str> {
        let start = self.token().start;
        if !self.at_identifier_or_text() {
            return Ok("");
        }
        while self.at_identifier_or_text() {
            self.take();
        }
        if self.accept(Kind::LeftParen) {
            self.signed_number()?;
            if self.accept(Kind::Comma) {
                self.signed_number()?;
            }
            self.expect(Kind::RightParen)?;
        }
        Ok(self.slice(Span { start, end: self.previous().end }))
    }

    fn signed_number(&mut self) -> Result<()> {
        if !self.accept(Kind::Plus) {
            self.accept(Kind::Minus);
        }
        if !matches!(self.token().kind, Kind::Integer | Kind::Float) {
            return self.unexpected();
        }
        self.take();
        Ok(())
    }
}

/// A type as SQLite keeps it: as written, but if it begins with a quote, only what is inside.
fn type_of(text: &str) -> String {
    let is_quoted = text.starts_with(['\'', '"', '`', '[']);
    let first = token_at(text.as_bytes(), 0, Dialect::Sqlite);
    unquote(text.get(..first.end).filter(|_| is_quoted).unwrap_or(text)).into_owned()
}

/// `text` without the word at its end, and without white space before that.
fn without_suffix<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (rest, end) = text.split_at_checked(text.len().checked_sub(word.len())?)?;
    end.eq_ignore_ascii_case(word).then(|| rest.trim_end_matches(|c: char| c.is_ascii() && is_space(c as u8)))
}
