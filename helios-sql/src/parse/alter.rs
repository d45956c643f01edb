//! ALTER TABLE.

use helios_core::Result;

use super::parser::Parser;
use super::token::Kind;
use crate::ast::{AlterTable, Alteration, Place, Statement, TableAction};

impl Parser<'_> {
    /// Takes ALTER TABLE.
    pub(super) fn alter_table(&mut self) -> Result<Statement> {
        self.take();
        if self.is_postgres() && self.accept(Kind::Index) {
            let if_exists = self.if_exists()?;
            let table = self.object_name()?;
            self.expect(Kind::Rename)?;
            self.expect(Kind::To)?;
            let alteration = Alteration::RenameIndex(self.placed_name()?);
            return Ok(Statement::AlterTable(Box::new(AlterTable { if_exists, table, alteration })));
        }
        if self.is_postgres() && self.is_word(self.token(), "SEQUENCE") {
            return self.alter_sequence();
        }
        if self.is_postgres() && self.is_word(self.token(), "TYPE") {
            return self.alter_type();
        }
        self.expect(Kind::Table)?;
        let if_exists = self.is_postgres() && self.if_exists_only()?;
        let table = self.object_name()?;
        let alteration = match self.token().kind {
            Kind::Rename if self.is_postgres() && self.after(self.token()).kind == Kind::Constraint => {
                (0..2).for_each(|_| {
                    self.take();
                });
                let from = self.name()?;
                self.expect(Kind::To)?;
                Alteration::Actions(vec![TableAction::RenameConstraint { from, to: self.name()? }])
            }
            Kind::Rename => self.rename()?,
            Kind::Add | Kind::Drop if self.is_versioning() => {
                let adds = self.at(Kind::Add);
                (0..3).for_each(|_| {
                    self.take();
                });
                Alteration::Versioning(adds)
            }
            _ if self.is_postgres() => self.postgres_alteration()?,
            Kind::Add => self.add_column()?,
            Kind::Drop => {
                self.take();
                self.accept(Kind::ColumnWord);
                Alteration::DropColumn(self.placed_name()?)
            }
            _ => return self.unexpected(),
        };
        Ok(Statement::AlterTable(Box::new(AlterTable { if_exists, table, alteration })))
    }

    /// Whether ADD or DROP is followed by SYSTEM VERSIONING and nothing else.
    fn is_versioning(&self) -> bool {
        let system = self.after(self.token());
        let versioning = self.after(system);
        self.is_word(system, "SYSTEM")
            && self.is_word(versioning, "VERSIONING")
            && matches!(self.after(versioning).kind, Kind::Semicolon | Kind::End)
    }

    fn rename(&mut self) -> Result<Alteration> {
        self.take();
        if self.accept(Kind::To) {
            return Ok(Alteration::Rename(self.placed_name()?));
        }
        self.accept(Kind::ColumnWord);
        let from = self.placed_name()?;
        self.expect(Kind::To)?;
        let token = self.name_token()?;
        let quoted = self.text(token).starts_with(['"', '[', '`', '\'']);
        Ok(Alteration::RenameColumn { from, to: self.placed(token), quoted })
    }

    fn add_column(&mut self) -> Result<Alteration> {
        self.take();
        self.accept(Kind::ColumnWord);
        let start = self.token().start;
        let definition = self.column_definition(&mut None)?;
        let place = Place(self.span_from(start));
        Ok(Alteration::AddColumn(Box::new(definition), place))
    }
}
