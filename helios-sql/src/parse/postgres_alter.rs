//! ALTER TABLE in PostgreSQL's spelling: one or more changes of a table.
//!
//! Columns and constraints that are added become texts in the spelling that definitions are kept in.

use helios_core::Result;

use super::parser::Parser;
use super::postgres_definition::column_type;
use super::token::Kind;
use crate::ast::{Alteration, ColumnDefinition, CreateTable, ObjectName, Span, TableAction};

impl Parser<'_> {
    /// Takes IF EXISTS and ONLY before the name of a table; answers whether it may be missing.
    pub(super) fn if_exists_only(&mut self) -> Result<bool> {
        let if_exists = self.if_exists()?;
        if self.is_word(self.token(), "ONLY") {
            self.take();
        }
        Ok(if_exists)
    }

    /// Takes what is changed of a table.
    pub(super) fn postgres_alteration(&mut self) -> Result<Alteration> {
        Ok(Alteration::Actions(self.comma_list(Parser::table_action)?))
    }

    fn table_action(&mut self) -> Result<TableAction> {
        self.edits.clear();
        match self.token().kind {
            Kind::Add => {
                self.take();
                if self.at_table_constraint() { self.added_constraint() } else { self.added_column() }
            }
            Kind::Drop => self.dropped(),
            Kind::Alter => {
                self.take();
                self.accept(Kind::ColumnWord);
                let column = self.name()?;
                self.column_action(column)
            }
            _ if self.is_word(self.token(), "OWNER") => {
                self.take();
                self.expect(Kind::To)?;
                self.name()?;
                Ok(TableAction::Nothing)
            }
            _ if self.is_word(self.token(), "VALIDATE") => {
                self.take();
                self.expect(Kind::Constraint)?;
                self.name()?;
                Ok(TableAction::Nothing)
            }
            _ => self.unexpected(),
        }
    }

    fn added_column(&mut self) -> Result<TableAction> {
        self.accept(Kind::ColumnWord);
        let if_not_exists = self.if_not_exists()?;
        let start = self.token().start;
        let definition = self.column_definition(&mut None)?;
        let end = self.previous().end;
        self.settle_types(&table_of(definition, start));
        Ok(TableAction::AddColumn { text: self.edited_between(start, end), if_not_exists })
    }

    fn added_constraint(&mut self) -> Result<TableAction> {
        let start = self.token().start;
        let mut name = None;
        while self.table_constraint(&mut name)?.is_none() {}
        let end = self.previous().end;
        if self.accept(Kind::Not) {
            let valid = self.name()?;
            if valid != "valid" {
                return self.unexpected();
            }
        }
        Ok(TableAction::AddConstraint(self.edited_between(start, end)))
    }

    fn dropped(&mut self) -> Result<TableAction> {
        self.take();
        let is_constraint = self.accept(Kind::Constraint);
        if !is_constraint {
            self.accept(Kind::ColumnWord);
        }
        let if_exists = self.if_exists()?;
        let name = self.name()?;
        let cascades = self.cascades();
        Ok(match is_constraint {
            true => TableAction::DropConstraint { name, if_exists, cascades },
            false => TableAction::DropColumn { name, if_exists, cascades },
        })
    }

    fn column_action(&mut self, column: String) -> Result<TableAction> {
        if self.is_word(self.token(), "TYPE") {
            return self.new_type(column);
        }
        let sets = self.at(Kind::Set);
        if !sets && !self.at(Kind::Drop) {
            return self.unexpected();
        }
        self.take();
        match self.token().kind {
            Kind::Default => {
                let start = self.take().start;
                if !sets {
                    return Ok(TableAction::SetDefault { column, default: None });
                }
                self.postgres_default()?;
                let end = self.previous().end;
                Ok(TableAction::SetDefault { column, default: Some(self.edited_between(start, end)) })
            }
            Kind::Not => {
                self.take();
                self.expect(Kind::Null)?;
                Ok(TableAction::SetNotNull { column, not_null: sets })
            }
            _ if sets && self.is_word(self.token(), "DATA") => {
                self.take();
                self.new_type(column)
            }
            _ if sets
                && (self.is_word(self.token(), "STATISTICS") || self.is_word(self.token(), "STORAGE")) =>
            {
                self.take();
                self.accept(Kind::Minus);
                self.take();
                Ok(TableAction::Nothing)
            }
            _ => self.unexpected(),
        }
    }

    fn new_type(&mut self, column: String) -> Result<TableAction> {
        self.take();
        let (declared_type, name) = column_type(&self.postgres_type()?);
        if self.accept(Kind::Collate) {
            self.identifier_or_text()?;
        }
        let mut using = None;
        if self.accept(Kind::Using) {
            let start = self.token().start;
            self.expression()?;
            using = Some(self.slice(Span { start, end: self.previous().end }).to_owned());
        }
        Ok(TableAction::SetType { column, declared_type, name, using })
    }

    /// Takes IF EXISTS, if it is there.
    pub(super) fn if_exists(&mut self) -> Result<bool> {
        let found = self.accept(Kind::If);
        if found {
            self.expect(Kind::Exists)?;
        }
        Ok(found)
    }

    /// Takes CASCADE or RESTRICT, if it is there; answers whether it is CASCADE.
    pub(super) fn cascades(&mut self) -> bool {
        let cascades = self.accept(Kind::Cascade);
        if !cascades {
            self.accept(Kind::Restrict);
        }
        cascades
    }
}

/// A table of one column.
fn table_of(definition: ColumnDefinition, start: usize) -> CreateTable {
    CreateTable {
        temporary: false,
        if_not_exists: false,
        name: ObjectName::bare(""),
        tail: Span { start, end: start },
        columns: vec![definition],
        columns_end: start,
        without_rows: false,
        on_commit: None,
        constraints: Vec::new(),
        without_rowid: false,
        strict: false,
        select: None,
    }
}
