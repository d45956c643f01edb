//! Which statement it is.

use helios_core::{Error, Result};

use super::parser::Parser;
use super::token::Kind;
use crate::ast::{Drop, ReportForm, Select, Statement};

impl Parser<'_> {
    /// Takes a statement, up to its `;` or the end of the source.
    pub(super) fn statement(&mut self) -> Result<Statement> {
        if !self.accept(Kind::Explain) {
            return self.command();
        }
        if self.at(Kind::Analyze) && self.begins_query_after() {
            self.take();
            return analyzed(self.command()?, ReportForm::Rows);
        }
        if self.accept(Kind::LeftParen) {
            return self.explain_with_options();
        }
        if !self.accept(Kind::Query) {
            return Ok(Statement::Explain(Box::new(self.command()?)));
        }
        self.expect(Kind::Plan)?;
        Ok(Statement::ExplainQueryPlan(Box::new(self.command()?)))
    }

    /// The rest of `EXPLAIN (ANALYZE, FORMAT JSON) SELECT …`, with PostgreSQL's options in parentheses.
    fn explain_with_options(&mut self) -> Result<Statement> {
        let (mut analyzes, mut form) = (false, ReportForm::Rows);
        loop {
            if self.accept(Kind::Analyze) {
                analyzes = true;
            } else if self.accept_word("FORMAT") {
                form = if self.accept_word("JSON") {
                    ReportForm::Json
                } else if self.accept_word("TEXT") {
                    ReportForm::Rows
                } else {
                    return self.unexpected();
                };
            } else {
                return self.unexpected();
            }
            if !self.accept(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::RightParen)?;
        let explained = self.command()?;
        match (analyzes, form) {
            (true, _) => analyzed(explained, form),
            (false, ReportForm::Rows) => Ok(Statement::Explain(Box::new(explained))),
            (false, ReportForm::Json) => Err(Error::sql("FORMAT JSON is of EXPLAIN ANALYZE")),
        }
    }

    /// Whether what follows the token reads or changes rows: otherwise ANALYZE is the statement.
    fn begins_query_after(&self) -> bool {
        let next = self.after(self.token()).kind;
        let reads = matches!(next, Kind::Select | Kind::Values | Kind::With);
        reads || matches!(next, Kind::Insert | Kind::Replace | Kind::Update | Kind::Delete)
    }

    fn command(&mut self) -> Result<Statement> {
        match self.token().kind {
            Kind::Select | Kind::Values => {
                let select = self.select()?;
                Ok(self.asked_to_read(select))
            }
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
            Kind::Alter => {
                self.is_altering = true;
                self.alter_table()
            }
            Kind::LeftParen | Kind::Table if self.at_query() => {
                let select = self.select()?;
                Ok(self.asked_to_read(select))
            }
            Kind::Identifier if self.is_postgres() && self.is_word(self.token(), "COMMENT") => self.comment(),
            Kind::Attach => self.attach(),
            Kind::Detach => self.detach(),
            Kind::Vacuum => self.vacuum(),
            Kind::Analyze => self.analyze(),
            Kind::Reindex => self.reindex(),
            Kind::Identifier => self.branch_command(),
            _ => self.unexpected(),
        }
    }

    /// A query as a statement, with what was found in it for the rows that are read.
    pub(super) fn asked_to_read(&mut self, select: Select) -> Statement {
        Statement::Select(Box::new(Select { lock: self.lock.take(), ..select }))
    }

    fn create(&mut self) -> Result<Statement> {
        self.take();
        match self.token().kind {
            Kind::Temp => {
                self.take();
                match self.token().kind {
                    Kind::View => self.create_view(true, false),
                    Kind::Trigger => self.create_trigger(true),
                    _ => self.create_table(true),
                }
            }
            Kind::Table => self.create_table(false),
            Kind::Unique => {
                self.take();
                self.create_index(true)
            }
            Kind::Index => self.create_index(false),
            Kind::View => self.create_view(false, false),
            Kind::Or if self.is_postgres() => {
                let start = self.take().start;
                self.expect(Kind::Replace)?;
                self.replace(start, self.previous().end, "");
                let temporary = self.accept(Kind::Temp);
                self.create_view(temporary, true)
            }
            Kind::Trigger => self.create_trigger(false),
            Kind::Virtual => self.create_virtual_table(),
            _ if self.is_postgres() && self.is_word(self.token(), "SEQUENCE") => self.create_sequence(),
            _ if self.is_postgres() && self.is_word(self.token(), "TYPE") => self.create_type(),
            _ if self.is_postgres() && self.is_word(self.token(), "UNLOGGED") => {
                let token = self.take();
                self.replace(token.start, token.end, "");
                self.create_table(false)
            }
            _ if self.is_word(self.token(), "BRANCH") => self.create_branch(),
            _ => self.unexpected(),
        }
    }

    fn drop_statement(&mut self) -> Result<Statement> {
        self.take();
        let kind = self.token().kind;
        let wrap = match kind {
            Kind::Table => Statement::DropTable,
            Kind::Index => Statement::DropIndex,
            Kind::View => Statement::DropView,
            Kind::Trigger => Statement::DropTrigger,
            _ if self.is_postgres() && self.is_word(self.token(), "SEQUENCE") => return self.drop_sequence(),
            _ if self.is_postgres() && self.is_word(self.token(), "TYPE") => return self.drop_type(),
            _ if self.is_word(self.token(), "BRANCH") => return self.drop_branch(),
            _ => return self.unexpected(),
        };
        self.take();
        if self.is_postgres() && self.is_word(self.token(), "CONCURRENTLY") {
            self.take();
        }
        let if_exists = self.if_exists()?;
        let name = self.object_name()?;
        let cascades = self.is_postgres() && self.cascades();
        Ok(wrap(Drop { if_exists, name, cascades }))
    }
}

/// EXPLAIN ANALYZE of a statement.
fn analyzed(statement: Statement, form: ReportForm) -> Result<Statement> {
    match is_run_for_rows(&statement) {
        true => Ok(Statement::ExplainAnalyze(Box::new(statement), form)),
        false => Err(Error::sql("EXPLAIN ANALYZE is of statements that read or change rows")),
    }
}

/// Whether a statement reads or changes rows, and does not only explain how.
fn is_run_for_rows(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::Select(_) | Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_)
    )
}
