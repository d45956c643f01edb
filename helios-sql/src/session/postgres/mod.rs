//! PostgreSQL's catalog: `pg_class` and its like, as clients ask for them.
//!
//! In: the catalog of the session's branch, as it is when a statement is compiled. Out: tables of rows. What follows from
//! these tables is written as queries over them in [`crate::bind`]. Tables that have nothing here to tell of are there
//! and empty. Numbers of objects are those of their spaces, which are never used twice, from 16384 on.

mod broken;
mod columns;
mod comments;
mod constraints;
mod functions;
mod indexes;
mod named;
mod objects;
mod relations;
mod sequences;
mod types;

use std::sync::Arc;

use helios_core::{Result, Value};

use super::environment::View;
use crate::func::{ReadyRows, TableFunction, TableRows};
use crate::module::{FunctionTable, VirtualTable};
pub use broken::BrokenConstraint;
use columns::TABLES;
pub(super) use named::{ConstraintKind, unique_columns};
use objects::Objects;
pub(super) use objects::{oid, quoted};
pub(super) use sequences::{KnownSequence, is_sequence, sequences_of};

/// The rows of one table of the catalog.
#[derive(Debug)]
struct CatalogTable {
    columns: &'static [(&'static str, &'static str)],
    rows: Vec<Vec<Value>>,
}

impl TableFunction for CatalogTable {
    fn columns(&self) -> Vec<(&str, &str)> {
        self.columns.to_vec()
    }

    fn parameters(&self) -> &'static [&'static str] {
        &[]
    }

    fn open(&self, _: &[Value], _: &[usize]) -> Result<Box<dyn TableRows>> {
        Ok(ReadyRows::boxed(self.rows.clone()))
    }
}

/// The table of this name.
pub(super) fn table(name: &str, view: &View) -> Option<Arc<dyn VirtualTable>> {
    let (name, columns) = TABLES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    let rows = rows(name, columns, &Objects::of(view));
    let table = CatalogTable { columns, rows };
    Some(Arc::new(FunctionTable::new(Arc::new(table))))
}

/// The rows of a table, from what is known of each by the names of columns. Other columns have what means nothing.
fn rows(name: &str, columns: &[(&'static str, &'static str)], objects: &Objects) -> Vec<Vec<Value>> {
    let nothing = |declared: &str| match declared {
        "bool" | "int2" | "int4" | "oid" | "float4" => Value::Integer(0),
        "\"char\"" => Value::text(""),
        _ => Value::Null,
    };
    let row = |known: objects::Row| {
        let value = |(column, declared): &(&str, &str)| {
            let found = known.iter().find(|(name, _)| name == column);
            found.map_or_else(|| nothing(declared), |(_, value)| value.clone())
        };
        columns.iter().map(value).collect()
    };
    objects.rows(name).into_iter().map(row).collect()
}
