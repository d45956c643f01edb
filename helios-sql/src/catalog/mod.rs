//! The catalog: which tables, indexes, views and triggers there are on a branch at a moment.
//!
//! What is stored is the table `sqlite_schema`, with SQLite's five columns, in the space `Space::SCHEMA`: so DDL is
//! transactional, versioned and branched like any other change. `rootpage` holds the number of the object's space. A
//! [`Catalog`] is [made](load) by reading that table and parsing its `sql`; besides, only [layouts](Layouts) are stored.

mod collation;
mod define;
mod enumeration;
mod index;
mod layout;
mod load;
mod made;
mod reference;
mod schema_row;
mod sealed;
mod statistic;
mod table;
mod trigger;
mod vector_index;

use std::sync::Arc;

pub use collation::{WrittenCollation, check as check_collations};
pub use define::{constant_value, define_table, define_view, define_virtual, generated_order};
pub use enumeration::Enumeration;
use foldhash::HashMap;
use helios_core::value::ProgramCollation;
use helios_core::versioned::Space;
pub use index::{Index, IndexColumn, IndexOrigin, define_index, is_rowid_name};
pub use layout::Layouts;
pub use reference::Reference;
pub use schema_row::{ObjectKind, SchemaRow};
pub use sealed::{Ciphers, ColumnKey, SealedColumn};
pub use table::{Check, Generated, Table, TableColumn, ViewDefinition};
pub use trigger::Trigger;
pub use vector_index::VectorDefinition;

/// The most columns of a table, an index or a result, SQLite's default.
pub const MAX_COLUMNS: usize = 2000;

/// All tables, views, indexes and triggers of a branch at a moment.
#[derive(Debug, Default)]
pub struct Catalog {
    /// By name in lower case.
    tables: HashMap<Arc<str>, Arc<Table>>,
    /// Names of tables and views in the order in which they were made.
    order: Vec<Arc<str>>,
    /// Triggers, in the order in which they were made.
    triggers: Vec<Arc<Trigger>>,
    /// What the program of the session that sees this has added.
    collations: Vec<Arc<ProgramCollation>>,
    /// What the tables and views were made of, by name: what the next catalog need not make again.
    made: HashMap<Arc<str>, Arc<made::Made>>,
    /// The rows that all of it was made of.
    rows: Vec<Arc<load::StoredRow>>,
    /// The layouts of the tables that have some, by space.
    layouts: Vec<(Space, Layouts)>,
    /// Whether tables and indexes know what ANALYZE found.
    has_statistics: bool,
    /// Indexes of vectors, with their tables.
    vector_indexes: Vec<(Arc<Table>, Arc<Index>)>,
}

impl Catalog {
    /// The table with this name, whatever its case; neither a view nor a virtual table.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.relation(name).filter(|table| table.is_stored())
    }

    /// The table or view with this name, whatever its case.
    pub fn relation(&self, name: &str) -> Option<&Arc<Table>> {
        let name = match name.to_ascii_lowercase().as_str() {
            "sqlite_master" => "sqlite_schema".to_owned(),
            _ => name.to_ascii_lowercase(),
        };
        self.tables.get(&*name)
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

    /// All indexes of vectors, with their tables.
    pub fn vector_indexes(&self) -> &[(Arc<Table>, Arc<Index>)] {
        &self.vector_indexes
    }

    /// The index with this name, whatever its case, with its table.
    pub fn index(&self, name: &str) -> Option<(&Arc<Table>, &Arc<Index>)> {
        self.tables().find_map(|table| {
            let index = table.indexes.iter().find(|index| index.name.eq_ignore_ascii_case(name))?;
            Some((table, index))
        })
    }
}
