//! Transactions, savepoints and PRAGMA.

use helios_core::Result;

use super::parser::Parser;
use super::token::Kind;
use crate::ast::{BeginKind, Pragma, Statement};

impl Parser<'_> {
    /// Takes BEGIN. The name that TRANSACTION may have says nothing.
    pub(super) fn begin(&mut self) -> Result<Statement> {
        self.take();
        let kind = match self.token().kind {
            Kind::Deferred => Some(BeginKind::Deferred),
            Kind::Immediate => Some(BeginKind::Immediate),
            Kind::Exclusive => Some(BeginKind::Exclusive),
            _ if self.is_word(self.token(), "CONCURRENT") => Some(BeginKind::Concurrent),
            _ => None,
        };
        if kind.is_some() {
            self.take();
        }
        self.transaction_word();
        Ok(Statement::Begin(kind.unwrap_or(BeginKind::Deferred)))
    }

    /// Takes COMMIT or END.
    pub(super) fn commit(&mut self) -> Result<Statement> {
        self.take();
        self.transaction_word();
        Ok(Statement::Commit)
    }

    /// Takes ROLLBACK, maybe to a savepoint.
    pub(super) fn rollback(&mut self) -> Result<Statement> {
        self.take();
        self.transaction_word();
        if !self.accept(Kind::To) {
            return Ok(Statement::Rollback);
        }
        self.accept(Kind::Savepoint);
        Ok(Statement::RollbackTo(self.name()?))
    }

    fn transaction_word(&mut self) {
        if self.accept(Kind::Transaction) && self.token().kind.is_name() {
            self.take();
        }
    }

    /// Takes SAVEPOINT.
    pub(super) fn savepoint(&mut self) -> Result<Statement> {
        self.take();
        Ok(Statement::Savepoint(self.name()?))
    }

    /// Takes RELEASE.
    pub(super) fn release(&mut self) -> Result<Statement> {
        self.take();
        self.accept(Kind::Savepoint);
        Ok(Statement::Release(self.name()?))
    }

    /// Takes PRAGMA.
    pub(super) fn pragma(&mut self) -> Result<Statement> {
        self.take();
        let name = self.object_name()?;
        let mut argument = None;
        if self.accept(Kind::Equal) {
            argument = Some(self.pragma_argument()?);
        } else if self.accept(Kind::LeftParen) {
            argument = Some(self.pragma_argument()?);
            self.expect(Kind::RightParen)?;
        }
        Ok(Statement::Pragma(Pragma { name, argument }))
    }

    /// A number, a name, a text, ON, DELETE or DEFAULT. A plus is left out.
    fn pragma_argument(&mut self) -> Result<String> {
        let minus = self.at(Kind::Minus);
        let signed = minus || self.at(Kind::Plus);
        if signed {
            self.take();
        }
        let token = self.token();
        match token.kind {
            Kind::Integer | Kind::Float => {
                self.take();
                Ok(format!("{}{}", if minus { "-" } else { "" }, self.text(token)))
            }
            Kind::On | Kind::Delete | Kind::Default if !signed => {
                self.take();
                Ok(self.name_of(token))
            }
            _ if signed => self.unexpected(),
            _ => self.name(),
        }
    }
}
