//! CREATE, ALTER and DROP SEQUENCE, and the sequences that columns have.
//!
//! A definition is transactional and belongs to a branch, as all are; the number that was given last is not.

use helios_core::versioned::Space;
use helios_core::{Error, Result};

use super::super::Session;
use super::super::postgres::{KnownSequence, is_sequence, sequences_of};
use super::super::transaction::Failure;
use super::definition::Definition;
use super::{check_name, check_schema, is_there, quoted_if_needed};
use crate::ast::{
    ColumnConstraint, CreateTable, Name, ObjectName, SequenceOptions, SequenceStatement, TableAction,
};
use crate::catalog::{Catalog, ObjectKind, SchemaRow, Table};
use crate::module::{SEQUENCE, SequenceDefinition};
use crate::parse::{Dialect, Identity, OWN_SEQUENCE, sequence_of_default};

impl Session {
    /// Does what a statement says of sequences.
    pub(in crate::session) fn change_sequence(
        &mut self,
        statement: &SequenceStatement,
    ) -> Result<(), Failure> {
        match statement {
            SequenceStatement::Create { if_not_exists, name, options } => {
                check_schema(name)?;
                let catalog = self.current_catalog()?;
                check_name(&name.name)?;
                if is_there(&catalog, &name.name, &name.name, *if_not_exists)? {
                    return Ok(());
                }
                let definition = SequenceDefinition::created(options)?;
                self.check_owner(&catalog, &definition)?;
                self.make_sequence(&name.name, &definition)?;
            }
            SequenceStatement::Alter { if_exists, name, options } => {
                if let Some(sequence) = self.sequence_named(name, *if_exists, "relation")? {
                    self.alter_sequence(&sequence, options)?;
                }
            }
            SequenceStatement::Rename { if_exists, name, to } => {
                if let Some(sequence) = self.sequence_named(name, *if_exists, "relation")? {
                    self.rename_defined_sequence(&sequence, to)?;
                }
            }
            SequenceStatement::Drop { if_exists, names, cascades } => {
                for name in names {
                    if let Some(sequence) = self.sequence_named(name, *if_exists, "sequence")? {
                        self.drop_sequence(&sequence, *cascades)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn sequence_named(
        &mut self,
        name: &ObjectName,
        if_exists: bool,
        kind: &str,
    ) -> Result<Option<KnownSequence>> {
        let catalog = self.current_catalog()?;
        let mut known = sequences_of(catalog.relations());
        if let Some(at) = known.iter().position(|sequence| sequence.name.eq_ignore_ascii_case(&name.name)) {
            return Ok(Some(known.swap_remove(at)));
        }
        if catalog.relation(&name.name).is_some() {
            return Err(Error::sql(format!("\"{}\" is not a sequence", name.name)));
        }
        if if_exists { Ok(None) } else { Err(Error::sql(format!("{kind} \"{}\" does not exist", name.name))) }
    }

    fn check_owner(&self, catalog: &Catalog, definition: &SequenceDefinition) -> Result<()> {
        let Some((table, column)) = &definition.owner else { return Ok(()) };
        match catalog.relation(table) {
            Some(found) if found.column(column).is_some() => Ok(()),
            Some(_) => Err(Error::sql(format!("table {table} has no column named {column}"))),
            None => Err(Error::sql(format!("no such table: {table}"))),
        }
    }

    /// Writes a new sequence.
    fn make_sequence(&mut self, name: &str, definition: &SequenceDefinition) -> Result<()> {
        let row = self.schema_row(ObjectKind::Table, name, name, Some(written(name, definition).into()))?;
        self.write_schema_row(&row)?;
        self.schema_changed();
        Ok(())
    }

    fn alter_sequence(&mut self, sequence: &KnownSequence, options: &SequenceOptions) -> Result<()> {
        self.about_to_write()?;
        let new = sequence.definition.changed(options)?;
        if let Some(restart) = options.restart {
            new.check("RESTART", restart.unwrap_or(new.progression.start))?;
        }
        let definition = SequenceDefinition { cache: sequence.definition.cache, ..new.clone() };
        if sequence.is_of_key && definition != sequence.definition {
            return Err(Error::sql(format!(
                "changing the options of sequence {}, which counts a primary key, is not supported",
                sequence.name
            )));
        }
        let catalog = self.current_catalog()?;
        self.check_owner(&catalog, &new)?;
        let engine = self.database.engine().clone();
        let before = |next: i64| new.progression.before(next);
        match (options.restart, engine.last_number(sequence.space)?) {
            (Some(restart), _) => {
                engine.set_number(sequence.space, before(restart.unwrap_or(new.progression.start)))?;
            }
            // What this process has not given of its numbers yet is given in the new way.
            (None, Some(last)) if new.progression != sequence.definition.progression => {
                let old = sequence.definition.progression;
                let is_called = last >= old.least && last <= old.greatest;
                let last = if is_called { last } else { before(last.wrapping_add(old.increment)) };
                engine.set_number(sequence.space, last)?;
            }
            (None, None) if new.progression != sequence.definition.progression => {
                engine.set_number(sequence.space, before(sequence.definition.progression.start))?;
            }
            _ => {}
        }
        match sequence.is_of_key {
            true => Ok(()),
            false => self.replace_definition(&sequence.name, &written(&sequence.name, &new)),
        }
    }

    fn rename_defined_sequence(&mut self, sequence: &KnownSequence, to: &str) -> Result<(), Failure> {
        let catalog = self.current_catalog()?;
        if sequence.is_of_key || catalog.relations().any(|table| uses(table, &sequence.name)) {
            let name = &sequence.name;
            return Err(Error::sql(format!(
                "renaming sequence {name}, which a column has its numbers from, is not supported"
            ))
            .into());
        }
        is_there(&catalog, to, to, false)?;
        check_name(to)?;
        self.about_to_write()?;
        let rows = self.schema_rows()?;
        let is_it = |row: &SchemaRow| row.kind == ObjectKind::Table && row.name == sequence.name;
        let mut changed: Vec<_> = rows.into_iter().filter(|(_, row)| is_it(row)).collect();
        for (_, row) in &mut changed {
            to.clone_into(&mut row.name);
            to.clone_into(&mut row.table);
            row.sql = Some(written(to, &sequence.definition).into());
        }
        self.replace_schema_rows(&changed);
        Ok(())
    }

    fn drop_sequence(&mut self, sequence: &KnownSequence, cascades: bool) -> Result<(), Failure> {
        let name = &sequence.name;
        if let (true, Some((table, column))) = (sequence.is_of_key, &sequence.definition.owner) {
            return Err(Error::sql(format!(
                "cannot drop sequence {name} because column {column} of table {table} requires it"
            ))
            .into());
        }
        self.about_to_write()?;
        let catalog = self.current_catalog()?;
        let users: Vec<_> = catalog.relations().filter(|table| uses(table, name)).cloned().collect();
        if !users.is_empty() && !cascades {
            return Err(Error::sql(format!(
                "cannot drop sequence {name} because other objects depend on it"
            ))
            .into());
        }
        for table in users {
            let columns = Definition::of(&table.sql)?.columns;
            for piece in columns.iter().filter(|piece| has_default_of(&piece.tree.constraints, name)) {
                let column = piece.tree.name.text.clone();
                self.alter_by_actions(&table.name, &[TableAction::SetDefault { column, default: None }])?;
            }
        }
        self.drop_defined_sequence(name, sequence.space)?;
        Ok(())
    }

    fn drop_defined_sequence(&mut self, name: &str, space: Space) -> Result<()> {
        self.remove_schema_rows(|row| row.kind == ObjectKind::Table && row.name == name)?;
        self.drop_spaces(&[space]);
        Ok(())
    }

    /// Without a table, or one of its columns, the sequences go that belong to it.
    pub(super) fn drop_sequences_of(&mut self, table: &str, column: Option<&str>) -> Result<()> {
        for sequence in self.sequences_owned_by(table, column)? {
            self.drop_defined_sequence(&sequence.name, sequence.space)?;
        }
        Ok(())
    }

    /// The sequences of a table, or of one of its columns, go with its new name.
    pub(super) fn rename_owner(&mut self, table: &str, column: Option<&str>, to: &str) -> Result<()> {
        for sequence in self.sequences_owned_by(table, column)? {
            let mut definition = sequence.definition;
            definition.owner = definition.owner.map(|(table, named)| match column {
                Some(_) => (table, to.to_owned()),
                None => (to.to_owned(), named),
            });
            self.replace_definition(&sequence.name, &written(&sequence.name, &definition))?;
        }
        Ok(())
    }

    fn sequences_owned_by(&mut self, table: &str, column: Option<&str>) -> Result<Vec<KnownSequence>> {
        let catalog = self.current_catalog()?;
        if !catalog.relations().any(|table| is_sequence(table)) {
            return Ok(Vec::new());
        }
        let mut known = sequences_of(catalog.relations());
        known.retain(|sequence| {
            let owner = sequence.definition.owner.as_ref().filter(|_| !sequence.is_of_key);
            owner.is_some_and(|(of, named)| {
                of.eq_ignore_ascii_case(table)
                    && column.is_none_or(|column| named.eq_ignore_ascii_case(column))
            })
        });
        Ok(known)
    }

    /// What a new table has to do with sequences: those of its own are made, others have to be there, and its key counts
    /// if its definition says so.
    pub(super) fn begin_counting(
        &mut self,
        create: &CreateTable,
        name: &str,
        space: Space,
        sql: &str,
    ) -> Result<()> {
        if self.settings.dialect != Dialect::Postgres {
            return Ok(());
        }
        self.check_enumerations(create)?;
        for column in &create.columns {
            for constraint in &column.constraints {
                if let ColumnConstraint::Default { text, .. } = constraint {
                    self.meet_sequence(name, &column.name, &column.declared_type, text)?;
                }
            }
        }
        if let Some(identity) = Identity::of(sql) {
            self.database.engine().set_number(space, identity.start.wrapping_sub(1))?;
        }
        Ok(())
    }

    /// Makes the sequence that a default has its numbers from, if it is a column's own.
    pub(super) fn meet_sequence(
        &mut self,
        table: &str,
        column: &Name,
        declared_type: &str,
        default: &str,
    ) -> Result<()> {
        let Some(sequence) = sequence_of_default(default) else { return Ok(()) };
        let catalog = self.current_catalog()?;
        if sequences_of(catalog.relations()).iter().any(|known| known.name == sequence) {
            return Ok(());
        }
        if !default.contains(OWN_SEQUENCE.trim()) {
            return Err(Error::sql(format!("relation \"{sequence}\" does not exist")));
        }
        let options = SequenceOptions {
            declared_type: Some(crate::types::SqlType::declared(declared_type).catalog_name().to_owned()),
            owner: Some(Some((table.to_owned(), column.to_string()))),
            ..SequenceOptions::default()
        };
        self.make_sequence(&sequence, &SequenceDefinition::created(&options)?)
    }

    /// Goes on counting in another space where a table's rows lie from now on.
    pub(super) fn count_on(&mut self, from: Space, to: Space) -> Result<()> {
        let engine = self.database.engine();
        match engine.last_number(from)? {
            Some(last) => engine.set_number(to, last),
            None => Ok(()),
        }
    }

    /// An error of DROP TABLE where the table is what a sequence is kept as.
    pub(super) fn check_no_sequence(&self, table: &Table) -> Result<()> {
        match self.settings.dialect == Dialect::Postgres && is_sequence(table) {
            true => Err(Error::sql(format!("\"{}\" is not a table", table.name))),
            false => Ok(()),
        }
    }
}

/// What `sqlite_schema` has of a sequence.
fn written(name: &str, definition: &SequenceDefinition) -> String {
    format!("CREATE VIRTUAL TABLE {} USING {SEQUENCE}({})", quoted_if_needed(name), definition.arguments())
}

/// Whether a column of a table has its numbers from a sequence.
fn uses(table: &Table, sequence: &str) -> bool {
    table.columns.iter().any(|column| {
        let default = column.default.as_ref().map(|(_, written)| &**written);
        default.and_then(sequence_of_default).as_deref() == Some(sequence)
    })
}

fn has_default_of(constraints: &[ColumnConstraint], sequence: &str) -> bool {
    constraints.iter().any(|constraint| match constraint {
        ColumnConstraint::Default { text, .. } => sequence_of_default(text).as_deref() == Some(sequence),
        _ => false,
    })
}
