//! The catalog: which tables, indexes, views and triggers there are on a branch at a moment.
//!
//! What is stored is the table `sqlite_schema`, with SQLite's five columns, in the space [`Space::SCHEMA`]: so DDL is
//! transactional, versioned and branched like any other change. `rootpage` holds the number of the object's space. A
//! [`Catalog`] is made by reading that table and parsing its `sql`; besides, only [layouts](Layouts) are stored.

mod collation;
mod define;
mod index;
mod layout;
mod reference;
mod schema_row;
mod statistic;
mod table;
mod trigger;

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::value::ProgramCollation;
use helios_core::versioned::Space;
use helios_core::{Error, Result};

use crate::ast::Statement;
use crate::parse::parse_statement;

pub use collation::{WrittenCollation, check as check_collations};
pub use define::{constant_value, define_table, define_view, define_virtual, generated_order};
pub use index::{Index, IndexColumn, IndexOrigin, define_index, is_rowid_name};
pub use layout::Layouts;
pub use reference::Reference;
pub use schema_row::{ObjectKind, SchemaRow};
pub use table::{Check, Generated, Table, TableColumn, ViewDefinition};
pub use trigger::Trigger;

/// The most columns of a table, an index or a result, SQLite's default.
pub const MAX_COLUMNS: usize = 2000;

/// All tables, views, indexes and triggers of a branch at a moment.
#[derive(Debug, Default)]
pub struct Catalog {
    tables: HashMap<String, Arc<Table>>,
    /// Names of tables and views in the order in which they were made.
    order: Vec<String>,
    /// Triggers, in the order in which they were made.
    triggers: Vec<Arc<Trigger>>,
    /// What the program of the session that sees this has added.
    collations: Vec<Arc<ProgramCollation>>,
}

impl Catalog {
    /// Reads the catalog.
    pub fn load(reader: &Reader) -> Result<Catalog> {
        let mut catalog = Catalog::default();
        catalog.add(Table::schema());
        let layouts = Layouts::load(reader)?;
        let mut later = Vec::new();
        for row in read_rows(reader)? {
            match row.kind {
                ObjectKind::Table | ObjectKind::View => {
                    let mut table = table_of_row(&row).map_err(|error| broken(&row, error))?;
                    if let Some((_, layouts)) = layouts.iter().find(|(space, _)| *space == table.space) {
                        table.layouts = layouts.clone();
                    }
                    catalog.add(table);
                }
                ObjectKind::Index | ObjectKind::Trigger => later.push(row),
            }
        }
        for row in later {
            let added = match row.kind {
                ObjectKind::Index => catalog.add_index(&row),
                _ => catalog.add_trigger(&row),
            };
            added.map_err(|error| broken(&row, error))?;
        }
        catalog.note_references();
        catalog.read_statistics(reader)?;
        Ok(catalog)
    }

    /// Tells tables which others refer to them.
    fn note_references(&mut self) {
        let mut found = Vec::new();
        for table in self.order.iter().filter_map(|name| self.tables.get(name)) {
            for (number, reference) in table.references.iter().enumerate() {
                found.push((reference.table.to_lowercase(), (table.name.to_lowercase(), number)));
            }
        }
        for (parent, child) in found {
            if let Some(parent) = self.tables.get_mut(&parent) {
                Arc::make_mut(parent).referenced_by.push(child);
            }
        }
    }

    fn add_trigger(&mut self, row: &SchemaRow) -> Result<()> {
        let sql: Arc<str> = row.sql.clone().unwrap_or_default();
        let Some(Statement::CreateTrigger(definition)) =
            parse_statement(&sql)?.map(|parsed| parsed.statement)
        else {
            return Err(Error::corrupt(format!("trigger {} has no definition", row.name)));
        };
        let trigger = Arc::new(Trigger { name: row.name.clone(), definition: *definition, sql, home: None });
        // One of `temp` may be of a table of another schema.
        if let Some(table) = self.tables.get_mut(&row.table.to_lowercase()) {
            Arc::make_mut(table).triggers.push(trigger.clone());
        }
        self.triggers.push(trigger);
        Ok(())
    }

    fn add(&mut self, table: Table) {
        let key = table.name.to_lowercase();
        self.order.push(key.clone());
        self.tables.insert(key, Arc::new(table));
    }

    fn add_index(&mut self, row: &SchemaRow) -> Result<()> {
        let Some(shared) = self.tables.get_mut(&row.table.to_lowercase()) else {
            return Err(Error::corrupt(format!("index {} has no table", row.name)));
        };
        let mut table = (**shared).clone();
        if let Some(sql) = &row.sql {
            let Some(Statement::CreateIndex(statement)) =
                parse_statement(sql)?.map(|parsed| parsed.statement)
            else {
                return Err(Error::corrupt(format!("index {} has no definition", row.name)));
            };
            let index = define_index(&statement, &mut table, row.space)?;
            table.indexes.push(Arc::new(index));
        } else {
            // The indexes of constraints come with the table; here they get their spaces.
            let Some(index) =
                table.indexes.iter_mut().find(|index| index.name.eq_ignore_ascii_case(&row.name))
            else {
                return Err(Error::corrupt(format!("index {} has no constraint", row.name)));
            };
            Arc::make_mut(index).space = row.space;
        }
        *shared = Arc::new(table);
        Ok(())
    }

    /// The table with this name, whatever its case; neither a view nor a virtual table.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.relation(name).filter(|table| table.is_stored())
    }

    /// The table or view with this name, whatever its case.
    pub fn relation(&self, name: &str) -> Option<&Arc<Table>> {
        let name = match name.to_ascii_lowercase().as_str() {
            "sqlite_master" => "sqlite_schema".to_owned(),
            _ => name.to_lowercase(),
        };
        self.tables.get(&name)
    }

    /// All tables that are stored, in the order in which they were made; `sqlite_schema` comes first.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.relations().filter(|table| table.is_stored())
    }

    /// All tables and views, in the order in which they were made; `sqlite_schema` comes first.
    pub fn relations(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.order.iter().filter_map(|name| self.tables.get(name))
    }

    /// The trigger with this name, whatever its case.
    pub fn trigger(&self, name: &str) -> Option<&Arc<Trigger>> {
        self.triggers.iter().find(|trigger| trigger.name.eq_ignore_ascii_case(name))
    }

    /// All triggers, in the order in which they were made. Those of `temp` may be of tables of other schemas.
    pub fn triggers(&self) -> &[Arc<Trigger>] {
        &self.triggers
    }

    /// The index with this name, whatever its case, with its table.
    pub fn index(&self, name: &str) -> Option<(&Arc<Table>, &Arc<Index>)> {
        self.tables().find_map(|table| {
            let index = table.indexes.iter().find(|index| index.name.eq_ignore_ascii_case(name))?;
            Some((table, index))
        })
    }
}

/// The rows of `sqlite_schema`.
fn read_rows(reader: &Reader) -> Result<Vec<SchemaRow>> {
    let mut rows = Vec::new();
    let guard = reader.scan(Space::SCHEMA);
    let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
    while cursor.advance()? {
        rows.push(SchemaRow::from_payload(cursor.version().payload)?);
    }
    Ok(rows)
}

fn table_of_row(row: &SchemaRow) -> Result<Table> {
    let sql = row.sql.clone().unwrap_or_default();
    match parse_statement(&sql)?.map(|parsed| parsed.statement) {
        Some(Statement::CreateTable(statement)) => define_table(&statement, sql, row.space),
        Some(Statement::CreateView(statement)) => Ok(define_view(&statement, sql)),
        Some(Statement::CreateVirtualTable(statement)) => Ok(define_virtual(&statement, sql, row.space)),
        _ => Err(Error::corrupt(format!("table {} has no definition", row.name))),
    }
}

fn broken(row: &SchemaRow, error: Error) -> Error {
    Error::new(helios_core::ErrorKind::Corrupt, format!("malformed database schema ({})", row.name))
        .caused_by(error)
}
