//! The catalog: which tables and indexes there are on a branch at a moment.
//!
//! What is stored is the table `sqlite_schema`, with SQLite's five columns, in the space [`Space::SCHEMA`]: so DDL is
//! transactional, versioned and branched like any other change. `rootpage` holds the number of the object's space. A
//! [`Catalog`] is made by reading that table and parsing its `sql`; nothing else about the schema is stored.

mod define;
mod index;
mod schema_row;
mod table;

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::Space;
use helios_core::{Error, Result};

use crate::ast::Statement;
use crate::parse::parse_statement;

pub use define::define_table;
pub use index::{Index, IndexColumn, IndexOrigin, collation_named, define_index, is_rowid_name};
pub use schema_row::{ObjectKind, SchemaRow};
pub use table::{Check, Table, TableColumn};

/// All tables and indexes of a branch at a moment.
#[derive(Debug, Default)]
pub struct Catalog {
    tables: HashMap<String, Arc<Table>>,
    /// Names of tables in the order in which they were made.
    order: Vec<String>,
}

impl Catalog {
    /// Reads the catalog.
    pub fn load(reader: &Reader) -> Result<Catalog> {
        let mut catalog = Catalog::default();
        catalog.add(Table::schema());
        let mut indexes = Vec::new();
        for row in read_rows(reader)? {
            match row.kind {
                ObjectKind::Table => catalog.add(table_of_row(&row).map_err(|error| broken(&row, error))?),
                ObjectKind::Index => indexes.push(row),
            }
        }
        for row in indexes {
            catalog.add_index(&row).map_err(|error| broken(&row, error))?;
        }
        Ok(catalog)
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
            table.indexes.push(Arc::new(define_index(&statement, &table, row.space)?));
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

    /// The table with this name, whatever its case.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        let name = match name.to_ascii_lowercase().as_str() {
            "sqlite_master" => "sqlite_schema".to_owned(),
            _ => name.to_lowercase(),
        };
        self.tables.get(&name)
    }

    /// All tables, in the order in which they were made; `sqlite_schema` comes first.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.order.iter().filter_map(|name| self.tables.get(name))
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
    let parsed = parse_statement(row.sql.as_deref().unwrap_or_default())?.map(|parsed| parsed.statement);
    let Some(Statement::CreateTable(statement)) = parsed else {
        return Err(Error::corrupt(format!("table {} has no definition", row.name)));
    };
    define_table(&statement, row.sql.clone().unwrap_or_default(), row.space)
}

fn broken(row: &SchemaRow, error: Error) -> Error {
    Error::new(helios_core::ErrorKind::Corrupt, format!("malformed database schema ({})", row.name))
        .caused_by(error)
}
