//! CREATE, DROP, MERGE and SHOW for branches, and DELETE HISTORY.

use helios_core::Result;

use super::operator::level;
use super::parse_statement;
use super::parser::Parser;
use super::token::Kind;
use crate::ast::{BranchStatement, DeleteHistory, Expression, Statement};

impl Parser<'_> {
    /// Takes a word that is a keyword only here, if it is there.
    pub(super) fn accept_word(&mut self, word: &str) -> bool {
        let is_here = self.is_word(self.token(), word);
        if is_here {
            self.take();
        }
        is_here
    }

    /// Takes BRANCH and what follows CREATE BRANCH.
    pub(super) fn create_branch(&mut self) -> Result<Statement> {
        self.take();
        let name = self.name()?;
        let parent = if self.accept(Kind::From) { Some(self.name()?) } else { None };
        let mut at = None;
        if self.accept(Kind::As) {
            self.expect(Kind::Of)?;
            self.accept_word("TIMESTAMP");
            at = Some(self.constant_moment()?);
        }
        Ok(Statement::Branch(Box::new(BranchStatement::Create { name, parent, at })))
    }

    /// Takes BRANCH and what follows DROP BRANCH.
    pub(super) fn drop_branch(&mut self) -> Result<Statement> {
        self.take();
        Ok(Statement::Branch(Box::new(BranchStatement::Drop(self.name()?))))
    }

    /// Takes MERGE BRANCH or SHOW BRANCHES.
    pub(super) fn branch_command(&mut self) -> Result<Statement> {
        let next = self.after(self.token());
        if self.is_word(self.token(), "MERGE") && self.is_word(next, "BRANCH") {
            self.take();
            self.take();
            let name = self.name()?;
            let into = if self.accept(Kind::Into) { Some(self.name()?) } else { None };
            return Ok(Statement::Branch(Box::new(BranchStatement::Merge { name, into })));
        }
        if self.is_word(self.token(), "SHOW") && self.is_word(next, "BRANCHES") {
            self.take();
            self.take();
            if let Some(parsed) = parse_statement("SELECT * FROM helios_branches")? {
                return Ok(parsed.statement);
            }
        }
        self.unexpected()
    }

    /// Takes what follows DELETE in DELETE HISTORY.
    pub(super) fn delete_history(&mut self) -> Result<Statement> {
        self.take();
        self.expect(Kind::From)?;
        let table = self.object_name()?;
        let mut before = None;
        if self.accept(Kind::Before) {
            if !self.accept_word("SYSTEM_TIME") {
                return self.unexpected();
            }
            self.accept_word("TIMESTAMP");
            before = Some(self.constant_moment()?);
        }
        Ok(Statement::DeleteHistory(Box::new(DeleteHistory { table, before })))
    }

    /// Takes a moment: what can be an operand of a comparison, so that AND after it does not become part of it.
    pub(super) fn constant_moment(&mut self) -> Result<Expression> {
        self.expression_above(level::BITS)
    }
}
