//! Which statement it is.

use helios_core::Result;

use super::parser::Parser;
use super::token::Kind;
use crate::ast::{Drop, Statement};

impl Parser<'_> {
    /// Takes a statement, up to its `;` or the end of the source.
    pub(super) fn statement(&mut self) -> Result<Statement> {
        if !self.accept(Kind::Explain) {
            return self.command();
        }
        self.expect(Kind::Query)?;
        self.expect(Kind::Plan)?;
        Ok(Statement::ExplainQueryPlan(Box::new(self.command()?)))
    }

    fn command(&mut self) -> Result<Statement> {
        match self.token().kind {
            Kind::Select | Kind::Values => Ok(Statement::Select(Box::new(self.select()?))),
            Kind::With => self.statement_with(),
            Kind::Insert | Kind::Replace => self.insert(Vec::new()),
            Kind::Update => self.update(Vec::new()),
            Kind::Delete => self.delete(Vec::new()),
            Kind::Create => self.create(),
            Kind::Drop => self.drop_statement(),
            Kind::Begin => self.begin(),
            Kind::Commit | Kind::EndWord => self.commit(),
            Kind::Rollback => self.rollback(),
            Kind::Savepoint => self.savepoint(),
            Kind::Release => self.release(),
            Kind::Pragma => self.pragma(),
            _ => self.unexpected(),
        }
    }

    /// A statement with common tables in front.
    fn statement_with(&mut self) -> Result<Statement> {
        let with = self.with_clause()?;
        match self.token().kind {
            Kind::Select | Kind::Values => Ok(Statement::Select(Box::new(self.select_after(with)?))),
            Kind::Insert | Kind::Replace => self.insert(with),
            Kind::Update => self.update(with),
            Kind::Delete => self.delete(with),
            _ => self.unexpected(),
        }
    }

    fn create(&mut self) -> Result<Statement> {
        self.take();
        match self.token().kind {
            Kind::Temp => {
                self.take();
                self.create_table(true)
            }
            Kind::Table => self.create_table(false),
            Kind::Unique => {
                self.take();
                self.create_index(true)
            }
            Kind::Index => self.create_index(false),
            _ => self.unexpected(),
        }
    }

    fn drop_statement(&mut self) -> Result<Statement> {
        self.take();
        let kind = self.token().kind;
        if !matches!(kind, Kind::Table | Kind::Index) {
            return self.unexpected();
        }
        self.take();
        let if_exists = self.accept(Kind::If);
        if if_exists {
            self.expect(Kind::Exists)?;
        }
        let drop = Drop { if_exists, name: self.object_name()? };
        Ok(if kind == Kind::Table { Statement::DropTable(drop) } else { Statement::DropIndex(drop) })
    }
}
