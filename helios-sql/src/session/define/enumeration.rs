//! CREATE TYPE … AS ENUM, ALTER TYPE and DROP TYPE.
//!
//! A type is a virtual table that lists its values. Columns of it are texts; which type they are of stands in a comment of
//! their definition, so a type that is renamed changes the definitions of its columns.

use helios_core::{Error, ErrorKind, Result};

use super::super::Session;
use super::super::transaction::Failure;
use super::{check_name, quoted_if_needed};
use crate::ast::{CreateTable, ENUM_PREFIX, EnumStatement, TableAction};
use crate::catalog::{Catalog, Enumeration, ObjectKind, SchemaRow};
use crate::module::{ENUMERATION, enum_arguments};
use crate::parse::kept_type;
use crate::types::{SqlType, enum_oid};

/// The most characters of a value's name, in bytes.
const LONGEST: usize = 63;

impl Session {
    /// Does what a statement says of enumerations.
    pub(in crate::session) fn change_enumeration(
        &mut self,
        statement: &EnumStatement,
    ) -> Result<(), Failure> {
        match statement {
            EnumStatement::Create { name, labels } => self.create_enumeration(name, labels)?,
            EnumStatement::SetOwner { name } => {
                self.enumeration_named(name)?;
            }
            EnumStatement::AddValue { name, label, if_not_exists, beside } => {
                let mut known = self.enumeration_named(name)?;
                check_label(label)?;
                if known.labels.contains(label) {
                    return match if_not_exists {
                        true => Ok(()),
                        false => Err(taken(label).into()),
                    };
                }
                let place = match beside {
                    None => known.labels.len(),
                    Some((neighbour, before)) => place_of(&known, neighbour)? + usize::from(!before),
                };
                known.labels.insert(place, label.clone());
                self.about_to_write()?;
                self.replace_definition(&table_name(name), &written(&known))?;
            }
            EnumStatement::RenameValue { name, from, to } => {
                let mut known = self.enumeration_named(name)?;
                let place = place_of(&known, from)?;
                check_label(to)?;
                if known.labels.contains(to) {
                    return Err(taken(to).into());
                }
                known.labels[place].clone_from(to);
                self.about_to_write()?;
                self.replace_definition(&table_name(name), &written(&known))?;
                self.rename_value(name, from, to)?;
            }
            EnumStatement::Rename { name, to } => {
                let known = self.enumeration_named(name)?;
                let catalog = self.current_catalog()?;
                let users = columns_of(&catalog, name);
                check_new_name(&catalog, to)?;
                self.about_to_write()?;
                self.write_enumeration(&Enumeration { name: to.clone(), ..known })?;
                for (table, column, is_array) in users {
                    let to = format!("{to}{}", if is_array { "[]" } else { "" });
                    self.retype(&table, &column, &to, None)?;
                }
                self.remove_enumeration(name)?;
            }
            EnumStatement::Drop { names, if_exists, cascades } => {
                for name in names {
                    self.drop_enumeration(name, *if_exists, *cascades)?;
                }
            }
        }
        Ok(())
    }

    fn create_enumeration(&mut self, name: &str, labels: &[String]) -> Result<()> {
        let catalog = self.current_catalog()?;
        check_new_name(&catalog, name)?;
        for (at, label) in labels.iter().enumerate() {
            check_label(label)?;
            if labels[..at].contains(label) {
                return Err(taken(label));
            }
        }
        self.write_enumeration(&Enumeration { name: name.to_owned(), labels: labels.to_vec() })
    }

    fn write_enumeration(&mut self, known: &Enumeration) -> Result<()> {
        let table = table_name(&known.name);
        let row = self.schema_row(ObjectKind::Table, &table, &table, Some(written(known).into()))?;
        self.write_schema_row(&row)?;
        self.schema_changed();
        Ok(())
    }

    fn enumeration_named(&mut self, name: &str) -> Result<Enumeration> {
        let found = self.current_catalog()?.enumeration(name);
        found.ok_or_else(|| Error::sql(format!("type \"{name}\" does not exist")))
    }

    /// Rows that have a value have its new name.
    fn rename_value(&mut self, name: &str, from: &str, to: &str) -> Result<(), Failure> {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let catalog = self.current_catalog()?;
        for (table, column, is_array) in columns_of(&catalog, name) {
            let place = quoted_if_needed(&column);
            let using = match is_array {
                true => format!("array_replace({place}::text[], {}, {})", quoted(from), quoted(to)),
                false => format!(
                    "CASE WHEN {place}::text = {} THEN {} ELSE {place}::text END",
                    quoted(from),
                    quoted(to)
                ),
            };
            let of = format!("{name}{}", if is_array { "[]" } else { "" });
            self.retype(&table, &column, &of, Some(using))?;
        }
        Ok(())
    }

    fn retype(
        &mut self,
        table: &str,
        column: &str,
        name: &str,
        using: Option<String>,
    ) -> Result<(), Failure> {
        let name = format!("{ENUM_PREFIX}{name}");
        let using = using.or_else(|| Some(format!("{}::text", quoted_if_needed(column))));
        let action =
            TableAction::SetType { column: column.to_owned(), declared_type: kept_type(&name), name, using };
        self.alter_by_actions(table, &[action])
    }

    fn drop_enumeration(&mut self, name: &str, if_exists: bool, cascades: bool) -> Result<(), Failure> {
        let catalog = self.current_catalog()?;
        if catalog.enumeration(name).is_none() && if_exists {
            return Ok(());
        }
        self.enumeration_named(name)?;
        self.about_to_write()?;
        let users = columns_of(&catalog, name);
        if !users.is_empty() && !cascades {
            return Err(
                Error::sql(format!("cannot drop type {name} because other objects depend on it")).into()
            );
        }
        for (table, name, _) in users {
            let action = TableAction::DropColumn { name, if_exists: true, cascades };
            self.alter_by_actions(&table, &[action])?;
        }
        Ok(self.remove_enumeration(name)?)
    }

    fn remove_enumeration(&mut self, name: &str) -> Result<()> {
        let table = table_name(name);
        let space = self.current_catalog()?.relation(&table).map(|table| table.space);
        self.remove_schema_rows(|row: &SchemaRow| row.kind == ObjectKind::Table && row.name == table)?;
        if let Some(space) = space {
            self.drop_spaces(&[space]);
        }
        Ok(())
    }

    /// An error if a column is of an enumeration that is not there.
    pub(super) fn check_enumerations(&mut self, create: &CreateTable) -> Result<()> {
        for told in create.columns.iter().filter_map(|column| column.told_type.as_deref()) {
            self.check_enumeration(told)?;
        }
        Ok(())
    }

    /// An error if a type is an enumeration that is not there.
    pub(super) fn check_enumeration(&mut self, told: &str) -> Result<()> {
        let Some(name) = told.strip_prefix(ENUM_PREFIX) else { return Ok(()) };
        let element = name.strip_suffix("[]").unwrap_or(name);
        match self.current_catalog()?.enumeration(element) {
            Some(_) => Ok(()),
            None => Err(Error::sql(format!("type \"{name}\" does not exist"))),
        }
    }
}

/// The name of the virtual table that lists the values of a type.
fn table_name(name: &str) -> String {
    format!("{ENUM_PREFIX}{name}")
}

/// What `sqlite_schema` has of a type.
fn written(known: &Enumeration) -> String {
    let name = quoted_if_needed(&table_name(&known.name));
    format!("CREATE VIRTUAL TABLE {name} USING {ENUMERATION}({})", enum_arguments(&known.labels))
}

/// The columns of a type, or of its arrays: table, column, and whether it is one of arrays.
fn columns_of(catalog: &Catalog, name: &str) -> Vec<(String, String, bool)> {
    let oid = enum_oid(name);
    let mut found = Vec::new();
    for table in catalog.relations().filter(|table| table.view.is_none() && table.module.is_none()) {
        for column in &table.columns {
            let of = SqlType::declared(column.told_type());
            if (SqlType { is_array: false, ..of }).enumeration() == Some(oid) {
                found.push((table.name.clone(), column.name.to_string(), of.is_array));
            }
        }
    }
    found
}

/// A declared type in which an enumeration has its name, if it was its number.
pub(super) fn with_name(declared: &str, catalog: &Catalog) -> String {
    let of = SqlType::declared(declared);
    let oid = (SqlType { is_array: false, ..of }).enumeration();
    let known = oid.and_then(|oid| catalog.enumerations().find(|known| enum_oid(&known.name) == oid));
    match known {
        Some(known) => format!("{ENUM_PREFIX}{}{}", known.name, if of.is_array { "[]" } else { "" }),
        None => declared.to_owned(),
    }
}

fn check_new_name(catalog: &Catalog, name: &str) -> Result<()> {
    check_name(name)?;
    // What ends a comment cannot stand in one.
    if name.contains("*/") || name.ends_with("[]") || name.starts_with('#') {
        return Err(Error::sql(format!("a type called \"{name}\" is not supported")));
    }
    let is_same = |known: &Enumeration| {
        known.name.eq_ignore_ascii_case(name) || enum_oid(&known.name) == enum_oid(name)
    };
    match catalog.enumerations().any(|known| is_same(&known)) || SqlType::named(name).is_some() {
        true => Err(Error::sql(format!("type \"{name}\" already exists"))),
        false => Ok(()),
    }
}

fn check_label(label: &str) -> Result<()> {
    match label.len() > LONGEST {
        true => Err(Error::sql(format!("invalid enum label \"{label}\""))),
        false => Ok(()),
    }
}

fn place_of(known: &Enumeration, label: &str) -> Result<usize> {
    let place = known.labels.iter().position(|other| other == label);
    place.ok_or_else(|| Error::new(ErrorKind::Data, format!("\"{label}\" is not an existing enum label")))
}

fn taken(label: &str) -> Error {
    Error::sql(format!("enum label \"{label}\" already exists"))
}

/// The name of a type in errors, given what ALTER TABLE calls it.
pub(super) fn shown_type(name: &str, of: SqlType) -> String {
    match name.strip_prefix(ENUM_PREFIX) {
        Some(own) => super::super::postgres::quoted(own),
        None => crate::types::formatted_name(of),
    }
}
