//! From the rows of `sqlite_schema` to a catalog.
//!
//! In: a reader, and the catalog as it was before, if anybody has it. Out: the catalog of what the reader sees. A table or
//! view whose rows (its own, and those of its indexes and triggers) are as they were is not made again: a schema of many
//! tables would be parsed anew for each that is added.

use std::sync::Arc;

use foldhash::HashMap;
use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::Space;
use helios_core::{Error, ErrorKind, Result};

use super::sealed::Ciphers;
use super::{
    Catalog, Index, Layouts, ObjectKind, SchemaRow, Table, Trigger, define_index, define_table, define_view,
    define_virtual,
};
use crate::ast::Statement;
use crate::parse::parse_statement;

/// A row of `sqlite_schema` as it was read.
#[derive(Debug)]
pub(super) struct StoredRow {
    rowid: i64,
    payload: Box<[u8]>,
    row: SchemaRow,
    /// The name of the table that it belongs to, in lower case; of a table or view its own.
    key: Arc<str>,
}

/// A table or view and what it was made of.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// Its row, then those of its indexes and triggers.
    rows: Vec<Arc<StoredRow>>,
    layouts: Layouts,
    /// As these make it: without what other tables and ANALYZE say of it.
    table: Arc<Table>,
}

impl Catalog {
    /// Reads the catalog. `before` is one of another moment of the same database, of which parts are taken over.
    ///
    /// # Errors
    /// `malformed database schema` if a row makes no sense.
    pub fn load(reader: &Reader, before: Option<&Catalog>, ciphers: &Ciphers) -> Result<Catalog> {
        let mut catalog = Catalog::default();
        let schema = Table::schema();
        catalog.add(schema.name.as_str().into(), Arc::new(schema));
        let layouts = Layouts::load(reader)?;
        catalog.rows = read_rows(reader, before.map_or(&[], |before| &before.rows))?;
        for rows in groups(&catalog.rows)? {
            let (space, name) = (rows[0].row.space, rows[0].key.clone());
            let own = layouts.iter().find(|(of, _)| *of == space);
            let layouts = own.map(|(_, layouts)| layouts.clone()).unwrap_or_default();
            let known = before.and_then(|before| before.made.get(&name));
            let made = match known.filter(|known| known.is_of(&rows, &layouts)) {
                Some(known) => known.clone(),
                None => Made::new(rows, layouts, ciphers)?,
            };
            catalog.add(name.clone(), made.table.clone());
            catalog.made.insert(name, made);
        }
        catalog.add_triggers()?;
        catalog.note_references(before);
        catalog.read_statistics(reader)?;
        catalog.vector_indexes = catalog.find_vector_indexes();
        Ok(catalog)
    }

    fn add(&mut self, key: Arc<str>, table: Arc<Table>) {
        self.order.push(key.clone());
        self.tables.insert(key, table);
    }

    fn find_vector_indexes(&self) -> Vec<(Arc<Table>, Arc<Index>)> {
        let of = |table: &Arc<Table>| {
            let table = table.clone();
            let found = table.indexes.clone().into_iter().filter(|index| index.vector.is_some());
            found.map(move |index| (table.clone(), index))
        };
        self.tables().flat_map(of).collect()
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

    /// Tells tables which others refer to them.
    fn note_references(&mut self, before: Option<&Catalog>) {
        let mut found: HashMap<String, Vec<(String, usize)>> = HashMap::default();
        for table in self.order.iter().filter_map(|name| self.tables.get(name)) {
            for (number, reference) in table.references.iter().enumerate() {
                let child = (table.name.to_ascii_lowercase(), number);
                found.entry(reference.table.to_ascii_lowercase()).or_default().push(child);
            }
        }
        for (parent, children) in found {
            let Some(table) = self.tables.get_mut(&*parent) else { continue };
            let same = before.filter(|before| !before.has_statistics).and_then(|before| {
                let made = before.made.get(&*parent).filter(|made| Arc::ptr_eq(&made.table, table));
                made.and(before.tables.get(&*parent)).filter(|known| known.referenced_by == children)
            });
            match same {
                Some(known) => *table = known.clone(),
                None => Arc::make_mut(table).referenced_by = children,
            }
        }
    }
}

impl Made {
    fn new(rows: Vec<Arc<StoredRow>>, layouts: Layouts, ciphers: &Ciphers) -> Result<Made> {
        let mut made: Option<Table> = None;
        for StoredRow { row, .. } in rows.iter().map(|row| &**row) {
            let added = match (row.kind, &mut made) {
                (ObjectKind::Index, Some(table)) => add_index(table, row),
                (ObjectKind::Trigger, Some(table)) => {
                    trigger_of_row(row).map(|trigger| table.triggers.push(trigger))
                }
                _ => table_of_row(row).map(|table| made = Some(Table { layouts: layouts.clone(), ..table })),
            };
            added.map_err(|error| broken(row, error))?;
        }
        let mut table = made.ok_or_else(|| Error::corrupt("indexes or triggers have no table"))?;
        if table.is_stored() {
            table.sealed = layouts.sealed(&table.columns, ciphers)?;
        }
        Ok(Made { rows, layouts, table: Arc::new(table) })
    }

    /// Whether it was made of these rows: they are shared where they are the same.
    fn is_of(&self, rows: &[Arc<StoredRow>], layouts: &Layouts) -> bool {
        let is_same = |(one, other): (&Arc<StoredRow>, &Arc<StoredRow>)| Arc::ptr_eq(one, other);
        self.rows.len() == rows.len() && self.rows.iter().zip(rows).all(is_same) && self.layouts == *layouts
    }
}

/// The rows of each table and view, in the order of these: its own row first, then those of its indexes and triggers in
/// their order.
fn groups(rows: &[Arc<StoredRow>]) -> Result<Vec<Vec<Arc<StoredRow>>>> {
    let is_table = |stored: &&Arc<StoredRow>| matches!(stored.row.kind, ObjectKind::Table | ObjectKind::View);
    let mut groups: Vec<Vec<Arc<StoredRow>>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::default();
    for stored in rows.iter().filter(is_table) {
        places.insert(&stored.key, groups.len());
        groups.push(vec![stored.clone()]);
    }
    for stored in rows.iter().filter(|stored| !is_table(stored)) {
        match places.get(&*stored.key) {
            Some(&place) => groups[place].push(stored.clone()),
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
    fn read(rowid: i64, payload: &[u8]) -> Result<StoredRow> {
        let row = SchemaRow::from_payload(payload)?;
        let key = match row.kind {
            ObjectKind::Table | ObjectKind::View => row.name.to_ascii_lowercase(),
            ObjectKind::Index | ObjectKind::Trigger => row.table.to_ascii_lowercase(),
        };
        Ok(StoredRow { rowid, payload: payload.into(), row, key: key.into() })
    }
}

fn table_of_row(row: &SchemaRow) -> Result<Table> {
    let sql = row.sql.clone().unwrap_or_default();
    let table = match parse_statement(&sql)?.map(|parsed| parsed.statement) {
        Some(Statement::CreateTable(statement)) => define_table(&statement, sql, row.space)?,
        Some(Statement::CreateView(statement)) => define_view(&statement, sql),
        Some(Statement::CreateVirtualTable(statement)) => define_virtual(&statement, sql, row.space),
        _ => return Err(Error::corrupt(format!("table {} has no definition", row.name))),
    };
    check_name(row, &table.name)?;
    Ok(table)
}

/// An error if an object has another name than its definition says.
fn check_name(row: &SchemaRow, defined: &str) -> Result<()> {
    if row.name == defined {
        return Ok(());
    }
    Err(Error::corrupt(format!("{} {} is defined as {defined}", row.kind.word(), row.name)))
}

fn trigger_of_row(row: &SchemaRow) -> Result<Arc<Trigger>> {
    let sql: Arc<str> = row.sql.clone().unwrap_or_default();
    let Some(Statement::CreateTrigger(definition)) = parse_statement(&sql)?.map(|parsed| parsed.statement)
    else {
        return Err(Error::corrupt(format!("trigger {} has no definition", row.name)));
    };
    Ok(Arc::new(Trigger { name: row.name.clone(), definition: *definition, sql, home: None }))
}

fn add_index(table: &mut Table, row: &SchemaRow) -> Result<()> {
    let Some(sql) = &row.sql else {
        // The indexes of constraints come with the table; here they get their spaces.
        let known = table.indexes.iter_mut().find(|index| index.name.eq_ignore_ascii_case(&row.name));
        let Some(index) = known else {
            return Err(Error::corrupt(format!("index {} has no constraint", row.name)));
        };
        Arc::make_mut(index).space = row.space;
        return Ok(());
    };
    let Some(Statement::CreateIndex(statement)) = parse_statement(sql)?.map(|parsed| parsed.statement) else {
        return Err(Error::corrupt(format!("index {} has no definition", row.name)));
    };
    let index = define_index(&statement, table, row.space, sql.clone())?;
    check_name(row, &index.name)?;
    table.indexes.push(Arc::new(index));
    Ok(())
}

fn broken(row: &SchemaRow, error: Error) -> Error {
    Error::new(ErrorKind::Corrupt, format!("malformed database schema ({})", row.name)).caused_by(error)
}
