//! The shadow tables of a table, and the index's pages in them.

use std::fmt;
use std::sync::Arc;

use helios_core::encoding::key::after_prefix;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::{Space, WriteSet};
use helios_core::{Error, Result, Value, ValueRef};
use helios_fts::index::{Store, StoreMut, clear, read_varint, write_varint};
use parking_lot::RwLock;

use super::super::{Shelf, StoredRows, Tables};

/// The version of the format of FTS5, which programs look for in `_config`.
const VERSION: i64 = 4;

/// The shadow tables.
#[derive(Clone, Debug)]
pub(in super::super) struct Shadow {
    pub(super) data: Arc<dyn StoredRows>,
    index: Arc<dyn StoredRows>,
    /// Settings, where they are kept.
    config: Option<Arc<dyn StoredRows>>,
    pub(super) sizes: Option<Arc<dyn StoredRows>>,
    pub(in super::super) content: Option<Arc<dyn StoredRows>>,
}

impl Shadow {
    /// Finds the shadow tables of a table.
    pub(super) fn find(table: &str, tables: &dyn Tables) -> Option<Shadow> {
        Shadow::find_in(None, table, tables)
    }

    /// The same in another schema, if one is named.
    pub(super) fn find_in(schema: Option<&str>, table: &str, tables: &dyn Tables) -> Option<Shadow> {
        let shadow = |suffix: &str| tables.stored(schema, &format!("{table}_{suffix}"));
        Some(Shadow {
            data: shadow("data").filter(|rows| rows.columns().len() == 2)?,
            index: shadow("idx").filter(|rows| rows.columns().len() == 3)?,
            config: Some(shadow("config").filter(|rows| rows.columns().len() == 2)?),
            sizes: shadow("docsize").filter(|rows| rows.columns().len() == 2),
            content: shadow("content"),
        })
    }

    /// Those of a table of FTS3 or FTS4, which have other names.
    pub(in super::super) fn find_old(
        schema: Option<&str>,
        table: &str,
        tables: &dyn Tables,
    ) -> Option<Shadow> {
        let shadow = |suffix: &str| tables.stored(schema, &format!("{table}_{suffix}"));
        Some(Shadow {
            data: shadow("segments").filter(|rows| rows.columns().len() == 2)?,
            index: shadow("segdir").filter(|rows| rows.columns().len() == 3)?,
            config: None,
            sizes: shadow("docsize").filter(|rows| rows.columns().len() == 2),
            content: shadow("content"),
        })
    }

    /// What names the table among those with something waiting.
    pub(in super::super) fn space(&self) -> Space {
        self.data.space()
    }

    /// Writes what an empty table has.
    pub(in super::super) fn initialize(&self, columns: usize, shelf: &Shelf<'_>) -> Result<()> {
        clear(&self.writable(shelf.reader(), &shelf.shared_writes()), columns)?;
        self.configure("version", &Value::Integer(VERSION), shelf);
        Ok(())
    }

    /// The pages, to be read.
    pub(in super::super) fn store(&self, reader: &Reader) -> Arc<dyn Store> {
        Arc::new(Pages { data: self.data.clone(), index: self.index.clone(), reader: reader.clone() })
    }

    /// The pages, to be read and written.
    pub(super) fn writable(&self, reader: &Reader, writes: &Arc<RwLock<WriteSet>>) -> Arc<dyn StoreMut> {
        let pages = Pages { data: self.data.clone(), index: self.index.clone(), reader: reader.clone() };
        Arc::new(WritablePages { pages, writes: writes.clone() })
    }

    /// A setting.
    pub(super) fn setting(&self, reader: &Reader, name: &str) -> Result<Option<Value>> {
        let Some(config) = &self.config else { return Ok(None) };
        let key = config.primary_key(&[ValueRef::Text(name.as_bytes())]);
        Ok(config.get(reader, &key)?.and_then(|values| values.into_iter().nth(1)))
    }

    /// Writes a setting.
    pub(super) fn configure(&self, name: &str, value: &Value, shelf: &Shelf<'_>) {
        let Some(config) = &self.config else { return };
        let name = ValueRef::Text(name.as_bytes());
        let key = config.primary_key(&[name]);
        config.put(&mut shelf.shared_writes().write(), &key, &[name, value.as_ref()]);
    }

    /// How many tokens each column of a document has; `None` if there is no such document.
    pub(in super::super) fn read_sizes(
        &self,
        reader: &Reader,
        rowid: i64,
        out: &mut Vec<i64>,
    ) -> Result<bool> {
        let Some(rows) = &self.sizes else { return Ok(false) };
        let key = rows.rowid_key(rowid);
        let mut decoded = Ok(());
        let found = reader.get(rows.space(), &key, &mut |version| {
            decoded = decode_sizes(&**rows, &key, version.payload, out);
        })?;
        decoded?;
        Ok(found)
    }

    /// Calls `visit` with up to `count` documents from a rowid on and how many tokens each of their columns has.
    pub(super) fn scan_sizes(
        &self,
        reader: &Reader,
        first: i64,
        count: usize,
        visit: &mut dyn FnMut(i64, &[i64]) -> Result<()>,
    ) -> Result<()> {
        let Some(rows) = &self.sizes else { return Ok(()) };
        let last = first.checked_add(count as i64).map(|end| rows.rowid_key(end));
        let first = rows.rowid_key(first);
        let guard = reader.scan(rows.space());
        let mut cursor = guard.cursor(KeyRange::new(&first, last.as_deref()), Direction::Forward)?;
        let mut sizes = Vec::new();
        cursor.visit(&mut |key, version| {
            decode_sizes(&**rows, key, version.payload, &mut sizes)?;
            visit(rows.rowid(key)?, &sizes)?;
            Ok(true)
        })?;
        Ok(())
    }

    /// Writes how many tokens each column of a document has.
    pub(super) fn write_sizes(&self, rowid: i64, sizes: &[i64], shelf: &mut Shelf<'_>) {
        let Some(rows) = &self.sizes else { return };
        let mut bytes = Vec::with_capacity(sizes.len() + 2);
        for size in sizes {
            write_varint(*size as u64, &mut bytes);
        }
        shelf.put_row(&**rows, rowid, &[ValueRef::Null, ValueRef::Blob(&bytes)]);
    }
}

/// Reads how many tokens each column of a document has from its row.
fn decode_sizes(rows: &dyn StoredRows, key: &[u8], payload: &[u8], out: &mut Vec<i64>) -> Result<()> {
    out.clear();
    rows.decode(key, payload, &mut |column, value| {
        if let (1, ValueRef::Blob(bytes)) = (column, value) {
            let mut at = 0;
            out.extend(std::iter::from_fn(|| read_varint(bytes, &mut at)).map(|size| size as i64));
        }
    })
}

/// The pages of the index as a reader sees them.
struct Pages {
    data: Arc<dyn StoredRows>,
    index: Arc<dyn StoredRows>,
    reader: Reader,
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("data", &self.data.name()).finish_non_exhaustive()
    }
}

impl Store for Pages {
    fn page(&self, id: i64, out: &mut Vec<u8>) -> Result<bool> {
        out.clear();
        let key = self.data.rowid_key(id);
        let mut decoded = Ok(());
        let found = self.reader.get(self.data.space(), &key, &mut |version| {
            decoded = self.data.decode(&key, version.payload, &mut |column, value| {
                if let (1, ValueRef::Blob(bytes)) = (column, value) {
                    out.extend_from_slice(bytes);
                }
            });
        })?;
        decoded?;
        Ok(found)
    }

    fn page_of(&self, segment: u64, term: &[u8]) -> Result<Option<u64>> {
        let id = ValueRef::Integer(segment as i64);
        let first = self.index.primary_key(&[id]);
        let last = after_prefix(&self.index.primary_key(&[id, ValueRef::Blob(term)]));
        let mut page = None;
        let range = KeyRange::new(&first, last.as_deref());
        self.index.scan(&self.reader, range, Direction::Backward, &mut |_, values| {
            page = values.get(2).map(|page| page.as_ref().to_integer() as u64);
            Ok(false)
        })?;
        Ok(page)
    }
}

/// The pages in a transaction.
#[derive(Debug)]
struct WritablePages {
    pages: Pages,
    writes: Arc<RwLock<WriteSet>>,
}

impl Store for WritablePages {
    fn page(&self, id: i64, out: &mut Vec<u8>) -> Result<bool> {
        self.pages.page(id, out)
    }

    fn page_of(&self, segment: u64, term: &[u8]) -> Result<Option<u64>> {
        self.pages.page_of(segment, term)
    }
}

impl StoreMut for WritablePages {
    fn write_page(&self, id: i64, bytes: &[u8]) -> Result<()> {
        let data = &self.pages.data;
        data.put(&mut self.writes.write(), &data.rowid_key(id), &[ValueRef::Null, ValueRef::Blob(bytes)]);
        Ok(())
    }

    fn delete_page(&self, id: i64) -> Result<()> {
        let data = &self.pages.data;
        self.writes.write().delete(data.space(), &data.rowid_key(id));
        Ok(())
    }

    fn write_entry(&self, segment: u64, term: &[u8], page: u64) -> Result<()> {
        let index = &self.pages.index;
        let values =
            [ValueRef::Integer(segment as i64), ValueRef::Blob(term), ValueRef::Integer(page as i64)];
        index.put(&mut self.writes.write(), &index.primary_key(&values[..2]), &values);
        Ok(())
    }

    fn delete_entries(&self, segment: u64) -> Result<()> {
        let index = &self.pages.index;
        let first = index.primary_key(&[ValueRef::Integer(segment as i64)]);
        let last = after_prefix(&first);
        let mut keys = Vec::new();
        let range = KeyRange::new(&first, last.as_deref());
        index.scan(&self.pages.reader, range, Direction::Forward, &mut |key, _| {
            keys.push(key.to_vec());
            Ok(true)
        })?;
        let mut writes = self.writes.write();
        keys.iter().for_each(|key| writes.delete(index.space(), key));
        Ok(())
    }
}

/// The error of rows of shadow tables that are missing.
pub(in super::super) fn damaged() -> Error {
    Error::corrupt_module()
}
