//! CREATE VIEW and CREATE VIRTUAL TABLE.

use helios_core::Result;

use super::parser::Parser;
use super::token::Kind;
use crate::ast::{CreateView, CreateVirtualTable, Span, Statement};

impl Parser<'_> {
    /// Takes CREATE VIEW from the word VIEW on.
    pub(super) fn create_view(&mut self, temporary: bool, replaces: bool) -> Result<Statement> {
        self.expect(Kind::View)?;
        let if_not_exists = self.if_not_exists()?;
        let (name, start) = self.new_name()?;
        let columns = self.bare_columns()?.into_iter().map(|name| name.text).collect();
        self.expect(Kind::As)?;
        let select = self.select()?;
        let tail = self.span_from(start);
        let view = CreateView { temporary, if_not_exists, name, tail, replaces, columns, select };
        Ok(Statement::CreateView(Box::new(view)))
    }

    /// Takes CREATE VIRTUAL TABLE from the word VIRTUAL on.
    pub(super) fn create_virtual_table(&mut self) -> Result<Statement> {
        self.expect(Kind::Virtual)?;
        self.expect(Kind::Table)?;
        let if_not_exists = self.if_not_exists()?;
        let (name, start) = self.new_name()?;
        self.expect(Kind::Using)?;
        let module = self.name()?;
        let arguments = if self.at(Kind::LeftParen) { self.module_arguments()? } else { Vec::new() };
        let tail = self.span_from(start);
        let table = CreateVirtualTable { if_not_exists, name, tail, module, arguments };
        Ok(Statement::CreateVirtualTable(Box::new(table)))
    }

    /// Takes `(…)`: texts of any tokens between commas, with parentheses in pairs. Each goes from its first token to its
    /// last, so that comments around it are no part of it.
    fn module_arguments(&mut self) -> Result<Vec<String>> {
        self.expect(Kind::LeftParen)?;
        let mut words: Option<Span> = None;
        let mut arguments = Vec::new();
        let mut depth = 0;
        loop {
            let token = self.token();
            let ends = depth == 0 && matches!(token.kind, Kind::Comma | Kind::RightParen);
            match token.kind {
                Kind::End | Kind::Illegal => return self.unexpected(),
                Kind::LeftParen => depth += 1,
                Kind::RightParen if depth > 0 => depth -= 1,
                _ => {}
            }
            if ends {
                let text = words.take().map_or("", |words| self.slice(words));
                if !text.is_empty() || token.kind == Kind::Comma || !arguments.is_empty() {
                    arguments.push(text.to_owned());
                }
            } else {
                words = Some(Span { start: words.map_or(token.start, |words| words.start), end: token.end });
            }
            self.take();
            if ends && token.kind == Kind::RightParen {
                return Ok(arguments);
            }
        }
    }
}
