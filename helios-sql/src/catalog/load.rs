//! From the rows of `sqlite_schema` to a catalog.
//!
//! In: a reader, and the catalog as it was before, if anybody has it. Out: the catalog of what the reader sees. A table or
//! view whose rows (its own, and those of its indexes and triggers) are as they were is taken over: a definition costs
//! what it changes, and a look at every row.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::Space;
use helios_core::{Error, Result};

use super::made::{Made, broken, trigger_of_row};
use super::sealed::Ciphers;
use super::{Catalog, Index, Layouts, ObjectKind, SchemaRow, Table};

/// The table that is always there.
const SCHEMA: &str = "sqlite_schema";

/// A row of `sqlite_schema` as it was read.
#[derive(Debug)]
pub(super) struct StoredRow {
    rowid: i64,
    payload: Box<[u8]>,
    pub(super) row: SchemaRow,
    /// The name of the table that it belongs to, in lower case; of a table or view its own.
    key: Arc<str>,
}

impl Catalog {
    /// Reads the catalog. `before` is one of another moment of the same database, of which parts are taken over.
    ///
    /// # Errors
    /// `malformed database schema` if a row makes no sense.
    pub fn load(reader: &Reader, before: Option<&Catalog>, ciphers: &Ciphers) -> Result<Catalog> {
        let rows = read_rows(reader, before.map_or(&[], |before| &before.rows))?;
        let layouts = Layouts::load(reader)?;
        // What ANALYZE found is in the tables: those are put together anew.
        let base = before.filter(|before| !before.has_statistics);
        let mut catalog = match base {
            Some(base) => {
                Catalog { tables: base.tables.clone(), made: base.made.clone(), ..Catalog::default() }
            }
            None => Catalog::default(),
        };
        catalog.tables.entry(SCHEMA.into()).or_insert_with(|| Arc::new(Table::schema()));
        let changed = catalog.changed(base, &rows, &layouts);
        (catalog.rows, catalog.layouts) = (rows, layouts);
        catalog.put_in_order();
        let parents = catalog.remake(&changed, before, ciphers)?;
        catalog.add_triggers()?;
        catalog.note_references(&parents);
        catalog.read_statistics(reader)?;
        catalog.vector_indexes = catalog.find_vector_indexes();
        Ok(catalog)
    }

    /// The names of the tables and views that are not as they were.
    fn changed(
        &self,
        base: Option<&Catalog>,
        rows: &[Arc<StoredRow>],
        layouts: &[(Space, Layouts)],
    ) -> HashSet<Arc<str>> {
        let Some(base) = base else { return rows.iter().map(|row| row.key.clone()).collect() };
        let mut changed = HashSet::default();
        // Both are in the order of their rowids.
        let mut old = base.rows.iter().peekable();
        for row in rows {
            while let Some(gone) = old.next_if(|old| old.rowid < row.rowid) {
                changed.insert(gone.key.clone());
            }
            match old.next_if(|old| old.rowid == row.rowid) {
                Some(same) if Arc::ptr_eq(same, row) => {}
                other => {
                    changed.extend(other.map(|other| other.key.clone()));
                    changed.insert(row.key.clone());
                }
            }
        }
        changed.extend(old.map(|gone| gone.key.clone()));
        if base.layouts != layouts {
            let is_other = |row: &&Arc<StoredRow>| {
                layouts_of(&base.layouts, row.row.space) != layouts_of(layouts, row.row.space)
            };
            changed.extend(rows.iter().filter(is_other).map(|row| row.key.clone()));
        }
        changed
    }

    /// Names of tables and views in the order of their rows.
    fn put_in_order(&mut self) {
        let names = self.rows.iter().filter(|stored| stored.is_relation()).map(|stored| stored.key.clone());
        self.order = std::iter::once(SCHEMA.into()).chain(names).collect();
    }

    /// Makes the tables and views with these names, of what `before` has where that is the same. Answers with the names
    /// of those that others may refer to otherwise than before.
    fn remake(
        &mut self,
        changed: &HashSet<Arc<str>>,
        before: Option<&Catalog>,
        ciphers: &Ciphers,
    ) -> Result<HashSet<Arc<str>>> {
        let mut parents: HashSet<Arc<str>> = changed.clone();
        for name in changed {
            self.made.remove(name);
            if let Some(table) = self.tables.remove(name) {
                parents.extend(table.references.iter().map(|reference| reference.key.clone()));
            }
        }
        for rows in groups(&self.rows, changed)? {
            let name = rows[0].key.clone();
            let layouts = layouts_of(&self.layouts, rows[0].row.space).cloned().unwrap_or_default();
            let known = before.and_then(|before| before.made.get(&name));
            let made = match known.filter(|known| known.is_of(&rows, &layouts)) {
                Some(known) => known.clone(),
                None => Arc::new(Made::new(rows, layouts, ciphers)?),
            };
            parents.extend(made.table.references.iter().map(|reference| reference.key.clone()));
            self.tables.insert(name.clone(), made.table.clone());
            self.made.insert(name, made);
        }
        Ok(parents)
    }

    fn find_vector_indexes(&self) -> Vec<(Arc<Table>, Arc<Index>)> {
        let mut found = Vec::new();
        for table in self.tables() {
            let own = table.indexes.iter().filter(|index| index.vector.is_some());
            found.extend(own.map(|index| (table.clone(), index.clone())));
        }
        found
    }

    /// Puts the triggers in their order. One of `temp` may be of a table of another schema.
    fn add_triggers(&mut self) -> Result<()> {
        for stored in self.rows.iter().filter(|stored| stored.row.kind == ObjectKind::Trigger) {
            let table = self.tables.get(&stored.key);
            let known =
                table.and_then(|table| table.triggers.iter().find(|trigger| trigger.name == stored.row.name));
            let trigger = match known {
                Some(known) => known.clone(),
                None => trigger_of_row(&stored.row).map_err(|error| broken(&stored.row, error))?,
            };
            self.triggers.push(trigger);
        }
        Ok(())
    }

    /// Tells the tables with these names which others refer to them.
    fn note_references(&mut self, parents: &HashSet<Arc<str>>) {
        let mut found: HashMap<Arc<str>, Vec<(String, usize)>> = HashMap::default();
        for name in &self.order {
            let Some(table) = self.tables.get(name) else { continue };
            for (number, reference) in table.references.iter().enumerate() {
                if parents.contains(&reference.key) {
                    found.entry(reference.key.clone()).or_default().push((name.to_string(), number));
                }
            }
        }
        for parent in parents {
            let Some(table) = self.tables.get_mut(parent) else { continue };
            let children = found.remove(parent).unwrap_or_default();
            if table.referenced_by != children {
                Arc::make_mut(table).referenced_by = children;
            }
        }
    }
}

fn layouts_of(layouts: &[(Space, Layouts)], space: Space) -> Option<&Layouts> {
    layouts.iter().find(|(of, _)| *of == space).map(|(_, layouts)| layouts)
}

/// The rows of each table and view with one of these names: its own row first, then those of its indexes and triggers in
/// their order.
fn groups(rows: &[Arc<StoredRow>], names: &HashSet<Arc<str>>) -> Result<Vec<Vec<Arc<StoredRow>>>> {
    let rows: Vec<&Arc<StoredRow>> = rows.iter().filter(|stored| names.contains(&stored.key)).collect();
    let mut groups: Vec<Vec<Arc<StoredRow>>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::default();
    for stored in rows.iter().filter(|stored| stored.is_relation()) {
        places.insert(&stored.key, groups.len());
        groups.push(vec![(*stored).clone()]);
    }
    for stored in rows.iter().filter(|stored| !stored.is_relation()) {
        match places.get(&*stored.key) {
            Some(&place) => groups[place].push((*stored).clone()),
            None if stored.row.kind == ObjectKind::Trigger => {}
            None => {
                let error = Error::corrupt(format!("index {} has no table", stored.row.name));
                return Err(broken(&stored.row, error));
            }
        }
    }
    Ok(groups)
}

/// The rows of `sqlite_schema`. Of those `before` the ones that are the same are taken over.
fn read_rows(reader: &Reader, before: &[Arc<StoredRow>]) -> Result<Vec<Arc<StoredRow>>> {
    let mut before = before.iter().peekable();
    let mut rows = Vec::with_capacity(before.len() + 1);
    let guard = reader.scan(Space::SCHEMA);
    let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
    while cursor.advance()? {
        let rowid = key::read_rowid(&mut cursor.key())?;
        let payload = cursor.version().payload;
        while before.next_if(|known| known.rowid < rowid).is_some() {}
        let known = before.next_if(|known| known.rowid == rowid);
        rows.push(match known.filter(|known| *known.payload == *payload) {
            Some(known) => known.clone(),
            None => Arc::new(StoredRow::read(rowid, payload)?),
        });
    }
    Ok(rows)
}

impl StoredRow {
    fn is_relation(&self) -> bool {
        matches!(self.row.kind, ObjectKind::Table | ObjectKind::View)
    }

    fn read(rowid: i64, payload: &[u8]) -> Result<StoredRow> {
        let row = SchemaRow::from_payload(payload)?;
        let key = match row.kind {
            ObjectKind::Table | ObjectKind::View => row.name.to_ascii_lowercase(),
            ObjectKind::Index | ObjectKind::Trigger => row.table.to_ascii_lowercase(),
        };
        Ok(StoredRow { rowid, payload: payload.into(), row, key: key.into() })
    }
}
