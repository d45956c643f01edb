//! WITH whose tables are INSERT, UPDATE and DELETE.

use helios_core::{Error, Result};

use super::parser::Parser;
use super::token::Kind;
use crate::ast::{ChangingWith, Select, Statement, WithPart};

impl Parser<'_> {
    /// Takes WITH and the statement behind it.
    pub(super) fn statement_with(&mut self) -> Result<Statement> {
        let mut parts = self.with_parts()?;
        if parts.iter().all(|part| matches!(part, WithPart::Table(_))) {
            let tables = parts.drain(..).filter_map(|part| match part {
                WithPart::Table(table) => Some(*table),
                WithPart::Change { .. } => None,
            });
            let with = tables.collect();
            return self.statement_behind(with);
        }
        let body = self.statement_behind(Vec::new())?;
        if let Statement::Select(select) = &body
            && select.lock.is_some()
        {
            return Err(Error::sql("FOR UPDATE behind WITH that changes rows is not supported"));
        }
        Ok(Statement::With(Box::new(ChangingWith { parts, body })))
    }

    /// Takes a statement with common tables in front that were taken.
    fn statement_behind(&mut self, with: Vec<crate::ast::CommonTable>) -> Result<Statement> {
        match self.token().kind {
            Kind::Insert | Kind::Replace => self.insert(with),
            Kind::Update => self.update(with),
            Kind::Delete => self.delete(with),
            Kind::Select | Kind::Values => self.read_behind(with),
            Kind::LeftParen | Kind::Table if self.at_query() => self.read_behind(with),
            _ => self.unexpected(),
        }
    }

    fn read_behind(&mut self, with: Vec<crate::ast::CommonTable>) -> Result<Statement> {
        let select: Select = self.select_after(with)?;
        Ok(self.asked_to_read(select))
    }

    /// Takes INSERT, UPDATE or DELETE as a table of WITH, if one stands here.
    pub(super) fn change_in_with(&mut self) -> Result<Option<Statement>> {
        if !self.is_postgres() {
            return Ok(None);
        }
        match self.token().kind {
            Kind::Insert => self.insert(Vec::new()).map(Some),
            Kind::Update => self.update(Vec::new()).map(Some),
            Kind::Delete => self.delete(Vec::new()).map(Some),
            _ => Ok(None),
        }
    }
}
