//! CREATE TRIGGER.

use helios_core::Result;

use super::parser::Parser;
use super::token::Kind;
use crate::ast::{CreateTrigger, Span, Statement, TriggerEvent, TriggerTiming};

impl Parser<'_> {
    /// Takes CREATE TRIGGER from the word TRIGGER on.
    pub(super) fn create_trigger(&mut self, temporary: bool) -> Result<Statement> {
        self.expect(Kind::Trigger)?;
        let if_not_exists = self.if_not_exists()?;
        let (name, start) = self.new_name()?;
        let timing = self.trigger_timing()?;
        let event = self.trigger_event()?;
        self.expect(Kind::On)?;
        let table = self.object_name()?;
        if self.accept(Kind::For) {
            self.expect(Kind::Each)?;
            self.expect(Kind::Row)?;
        }
        self.in_trigger = true;
        let filter = if self.accept(Kind::When) { Some(self.expression()?) } else { None };
        self.expect(Kind::Begin)?;
        let mut body = vec![self.trigger_statement()?];
        while !self.at(Kind::EndWord) {
            body.push(self.trigger_statement()?);
        }
        let end = self.expect(Kind::EndWord)?.end;
        self.in_trigger = false;
        let tail = Span { start, end };
        let trigger =
            CreateTrigger { temporary, if_not_exists, name, tail, timing, event, table, filter, body };
        Ok(Statement::CreateTrigger(Box::new(trigger)))
    }

    fn trigger_timing(&mut self) -> Result<TriggerTiming> {
        if self.accept(Kind::After) {
            return Ok(TriggerTiming::After);
        }
        if self.accept(Kind::Instead) {
            self.expect(Kind::Of)?;
            return Ok(TriggerTiming::InsteadOf);
        }
        self.accept(Kind::Before);
        Ok(TriggerTiming::Before)
    }

    fn trigger_event(&mut self) -> Result<TriggerEvent> {
        if self.accept(Kind::Insert) {
            return Ok(TriggerEvent::Insert);
        }
        if self.accept(Kind::Delete) {
            return Ok(TriggerEvent::Delete);
        }
        self.expect(Kind::Update)?;
        let columns = if self.accept(Kind::Of) { self.comma_list(Parser::placed_name)? } else { Vec::new() };
        Ok(TriggerEvent::Update(columns))
    }

    /// Takes a statement of the body, with its semicolon.
    fn trigger_statement(&mut self) -> Result<Statement> {
        let statement = match self.token().kind {
            // Of statements with common table expressions SQLite takes no other here.
            Kind::Select | Kind::Values | Kind::With => Statement::Select(Box::new(self.select()?)),
            Kind::Insert | Kind::Replace => self.insert(Vec::new())?,
            Kind::Update => self.update(Vec::new())?,
            Kind::Delete => self.delete(Vec::new())?,
            _ => return self.unexpected(),
        };
        self.expect(Kind::Semicolon)?;
        Ok(statement)
    }
}
