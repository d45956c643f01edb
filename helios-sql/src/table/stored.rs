//! Tables as modules of virtual tables see them.

use std::sync::Arc;

use helios_core::encoding::{key, record};
use helios_core::versioned::{Space, WriteSet};
use helios_core::{Error, Result, ValueRef};

use super::{RowDecoder, RowId};
use crate::catalog::{Catalog, Table};
use crate::module::{Definition, QueriedRows, StoredRows, Tables};

/// A table with what decodes its rows.
#[derive(Debug)]
struct Stored {
    table: Arc<Table>,
    decoder: RowDecoder,
}

impl Stored {
    fn of(table: &Arc<Table>) -> Arc<dyn StoredRows> {
        Arc::new(Stored { table: table.clone(), decoder: RowDecoder::all(table) })
    }
}

impl StoredRows for Stored {
    fn name(&self) -> &str {
        &self.table.name
    }

    fn space(&self) -> Space {
        self.table.space
    }

    fn columns(&self) -> Vec<String> {
        self.table.columns.iter().map(|column| column.name.to_string()).collect()
    }

    fn has_rowid(&self) -> bool {
        self.table.has_rowid()
    }

    fn rowid_column(&self) -> Option<usize> {
        self.table.rowid_column
    }

    fn is_computed(&self, column: usize) -> bool {
        self.table.columns[column].is_virtual()
    }

    fn rowid_key(&self, rowid: i64) -> Vec<u8> {
        RowId::Rowid(rowid).key()
    }

    fn rowid(&self, mut key: &[u8]) -> Result<i64> {
        key::read_rowid(&mut key)
    }

    fn primary_key(&self, values: &[ValueRef<'_>]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(32);
        for (column, value) in self.table.row_columns().iter().zip(values) {
            key::write_value(*value, column.collation.stored(), column.order, &mut bytes);
        }
        bytes
    }

    fn put(&self, writes: &mut WriteSet, key: &[u8], values: &[ValueRef<'_>]) {
        let rowid = self.table.rowid_column;
        let values = values
            .iter()
            .enumerate()
            .map(move |(position, value)| if rowid == Some(position) { ValueRef::Null } else { *value });
        let layout = self.table.layouts.newest();
        writes.put(self.table.space, key, |payload| record::write(layout, values, payload));
    }

    fn decode(&self, key: &[u8], payload: &[u8], visit: &mut dyn FnMut(usize, ValueRef<'_>)) -> Result<()> {
        self.decoder.decode(key, payload, visit)
    }
}

/// One schema alone.
impl Tables for Catalog {
    fn stored(&self, _: Option<&str>, name: &str) -> Option<Arc<dyn StoredRows>> {
        self.table(name).map(Stored::of)
    }

    fn definition(&self, _: Option<&str>, name: &str) -> Option<(Arc<Definition>, usize)> {
        let table = self.relation(name)?;
        table.module.clone().map(|module| (module, table.slot))
    }

    fn columns_of(&self, name: &str) -> Result<Vec<String>> {
        match self.table(name) {
            Some(table) => Ok(table.columns.iter().map(|column| column.name.to_string()).collect()),
            None => Err(Error::sql(format!("no such table: main.{name}"))),
        }
    }

    fn queried(&self, name: &str, _: &str, _: &[String]) -> Result<Arc<dyn QueriedRows>> {
        Err(Error::sql(format!("no such table: main.{name}")))
    }
}

/// The row format of a table.
pub fn stored_rows(table: &Arc<Table>) -> Arc<dyn StoredRows> {
    Stored::of(table)
}
