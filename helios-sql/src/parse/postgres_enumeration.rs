//! CREATE TYPE … AS ENUM, ALTER TYPE and DROP TYPE, and what a definition says of a column of such a type.

use helios_core::{Error, Result};

use super::parser::Parser;
use super::postgres_definition::told_type_comment;
use super::token::Kind;
use crate::ast::{ENUM_PREFIX, EnumStatement, Statement};

impl Parser<'_> {
    /// Takes CREATE TYPE from the word TYPE on.
    pub(super) fn create_type(&mut self) -> Result<Statement> {
        self.take();
        let name = self.qualified_type_name()?;
        if !self.accept(Kind::As) || !self.accept_word("ENUM") {
            return Err(Error::sql("CREATE TYPE of this kind is not supported"));
        }
        self.expect(Kind::LeftParen)?;
        let labels = match self.at(Kind::RightParen) {
            true => Vec::new(),
            false => self.comma_list(Parser::label)?,
        };
        self.expect(Kind::RightParen)?;
        Ok(enumeration(EnumStatement::Create { name, labels }))
    }

    /// Takes ALTER TYPE from the word TYPE on.
    pub(super) fn alter_type(&mut self) -> Result<Statement> {
        self.take();
        let name = self.qualified_type_name()?;
        if self.accept(Kind::Add) {
            if !self.accept_word("VALUE") {
                return self.unexpected();
            }
            let if_not_exists = self.if_not_exists()?;
            let label = self.label()?;
            let beside = match (self.accept(Kind::Before), self.accept(Kind::After)) {
                (false, false) => None,
                (before, _) => Some((self.label()?, before)),
            };
            return Ok(enumeration(EnumStatement::AddValue { name, label, if_not_exists, beside }));
        }
        if self.accept_word("OWNER") {
            self.expect(Kind::To)?;
            self.name()?;
            return Ok(enumeration(EnumStatement::SetOwner { name }));
        }
        self.expect(Kind::Rename)?;
        if self.accept_word("VALUE") {
            let from = self.label()?;
            self.expect(Kind::To)?;
            return Ok(enumeration(EnumStatement::RenameValue { name, from, to: self.label()? }));
        }
        self.expect(Kind::To)?;
        Ok(enumeration(EnumStatement::Rename { name, to: self.name()? }))
    }

    /// Takes DROP TYPE from the word TYPE on.
    pub(super) fn drop_type(&mut self) -> Result<Statement> {
        self.take();
        let if_exists = self.if_exists()?;
        let names = self.comma_list(Parser::qualified_type_name)?;
        let cascades = self.cascades();
        Ok(enumeration(EnumStatement::Drop { names, if_exists, cascades }))
    }

    fn qualified_type_name(&mut self) -> Result<String> {
        let name = self.name()?;
        if self.accept(Kind::Dot) { self.name() } else { Ok(name) }
    }

    fn label(&mut self) -> Result<String> {
        let token = self.expect(Kind::String)?;
        self.text_of(token)
    }
}

fn enumeration(statement: EnumStatement) -> Statement {
    Statement::Enumeration(Box::new(statement))
}

/// How a column of an enumeration is kept: as a text, with the type in a comment. `name` may end with `[]`.
pub(super) fn stored_enumeration(name: &str) -> String {
    format!("TEXT {}", told_type_comment(&format!("{ENUM_PREFIX}{name}")))
}

/// The enumeration that a comment behind a type tells.
pub(super) fn told_enumeration(behind: &str) -> Option<String> {
    let start = behind.find("/* ")? + 3;
    let told = behind.get(start..start + behind.get(start..)?.find(" */")?)?;
    told.starts_with(ENUM_PREFIX).then(|| told.to_owned())
}
