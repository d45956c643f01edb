//! What two branches, or two moments, differ in.
//!
//! In: two points. Out: for each table that differs, the rows that only one has or that are others in each. Only keys
//! that were changed since the points went apart are looked at; a table that only one of them has is read as a whole.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use helios_core::branch::ancestry::{changed_keys, stretches_between};
use helios_core::branch::{Branching, Point};
use helios_core::clock::Moment;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::{Space, View};
use helios_core::{Result, Value};

use super::branches::{check_reach, point_of};
use super::merge::{decode, key_of};
use crate::catalog::{Catalog, Ciphers, Table};
use crate::database::Database;
use crate::func::write_json_value;

/// In what a row differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiffKind {
    /// Only the second has it.
    Added,
    /// Only the first has it.
    Removed,
    /// Both have it, with other values.
    Changed,
}

impl DiffKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            DiffKind::Added => "added",
            DiffKind::Removed => "removed",
            DiffKind::Changed => "changed",
        }
    }
}

/// A row that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct RowDiff {
    /// How.
    pub kind: DiffKind,
    /// Its rowid or its primary key.
    pub key: Vec<Value>,
    /// The row in the first, without columns that are not stored.
    pub a: Option<Vec<Value>>,
    /// The row in the second, likewise.
    pub b: Option<Vec<Value>>,
}

/// A table that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct TableDiff {
    /// Its name.
    pub name: String,
    /// Whether it is defined in another way: the table itself, its indexes or its triggers.
    pub schema_changed: bool,
    /// The rows that differ, by their keys.
    pub rows: Vec<RowDiff>,
    /// The names of its stored columns in the first.
    columns_a: Vec<Arc<str>>,
    /// The names of its stored columns in the second.
    columns_b: Vec<Arc<str>>,
}

impl TableDiff {
    /// How many rows differ in this way.
    pub fn count(&self, kind: DiffKind) -> usize {
        self.rows.iter().filter(|row| row.kind == kind).count()
    }

    /// A row of the first as an object of JSON.
    pub(super) fn row_a(&self, row: &RowDiff) -> Option<String> {
        row.a.as_deref().map(|values| json(Some(&self.columns_a), values))
    }

    /// A row of the second as an object of JSON.
    pub(super) fn row_b(&self, row: &RowDiff) -> Option<String> {
        row.b.as_deref().map(|values| json(Some(&self.columns_b), values))
    }
}

/// Values as JSON: an object where they have names, an array where they have none.
pub(super) fn json(names: Option<&[Arc<str>]>, values: &[Value]) -> String {
    let mut out = vec![if names.is_some() { b'{' } else { b'[' }];
    for (position, value) in values.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        if let Some(name) = names.and_then(|names| names.get(position)) {
            write_json(&Value::text(name), &mut out);
            out.push(b':');
        }
        write_json(value, &mut out);
    }
    out.push(if names.is_some() { b'}' } else { b']' });
    String::from_utf8_lossy(&out).into_owned()
}

/// Blobs, which JSON does not have, are written as SQL writes them.
fn write_json(value: &Value, out: &mut Vec<u8>) {
    if let Value::Blob(bytes) = value {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        out.extend_from_slice(format!("\"x'{hex}'\"").as_bytes());
        return;
    }
    // Only blobs can be refused.
    let _ = write_json_value(value.as_ref(), out);
}

/// One of the two.
struct Side {
    view: Arc<dyn View>,
    catalog: Catalog,
}

impl Side {
    fn load(state: &dyn Branching, point: Point, ciphers: &Ciphers) -> Result<Side> {
        let view = state.view(point.branch, point.moment)?;
        let catalog = Catalog::load(&Reader::of_view(view.clone()), None, ciphers)?;
        Ok(Side { view, catalog })
    }

    fn row(&self, table: &Table, key: &[u8]) -> Result<Option<Vec<Value>>> {
        let mut found = None;
        self.view.get(table.space, key, &mut |version| found = Some(version.payload.to_vec()))?;
        found.map(|payload| decode(table, key, &payload)).transpose()
    }

    fn keys(&self, space: Space) -> Result<Vec<Vec<u8>>> {
        let mut keys = Vec::new();
        let mut cursor = self.view.cursor(space, KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            keys.push(cursor.key().to_vec());
        }
        Ok(keys)
    }

    fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.catalog.table(name).filter(|table| !table.is_internal())
    }
}

/// The tables that differ between two branches, each now or at a moment.
pub fn compare(
    database: &Database,
    (a, a_at): (&str, Option<Moment>),
    (b, b_at): (&str, Option<Moment>),
) -> Result<Vec<TableDiff>> {
    let (_, a) = point_of(database, a, a_at)?;
    let (state, b) = point_of(database, b, b_at)?;
    let ciphers = database.ciphers();
    let sides = [Side::load(&*state, a, &ciphers)?, Side::load(&*state, b, &ciphers)?];
    for (side, point) in sides.iter().zip([a, b]).filter(|(_, point)| point.moment != Moment::PRESENT) {
        let mut tables = side.catalog.tables().filter(|table| !table.is_internal());
        tables.try_for_each(|table| check_reach(&*state, point.branch, table, point.moment))?;
    }
    let mut keys: HashMap<Space, Vec<Vec<u8>>> = HashMap::new();
    for (space, key) in changed_keys(&*state, &stretches_between(&*state, a, b))? {
        keys.entry(space).or_default().push(key);
    }
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for side in &sides {
        for table in side.catalog.tables().filter(|table| !table.is_internal()) {
            let place = names.len();
            names.entry(table.name.to_ascii_lowercase()).or_insert(place);
        }
    }
    let mut names: Vec<(usize, String)> = names.into_iter().map(|(name, place)| (place, name)).collect();
    names.sort_unstable();
    let mut found = Vec::new();
    for (_, name) in names {
        if name != "sqlite_stat1" {
            found.extend(compare_table(&sides, &name, &keys)?);
        }
    }
    Ok(found)
}

fn compare_table(
    [a, b]: &[Side; 2],
    name: &str,
    keys: &HashMap<Space, Vec<Vec<u8>>>,
) -> Result<Option<TableDiff>> {
    let (before, after) = (a.table(name), b.table(name));
    let looked_at = match (before, after) {
        (Some(before), Some(after)) if before.space == after.space => {
            keys.get(&before.space).cloned().unwrap_or_default()
        }
        (before, after) => {
            let mut all = before.map_or(Ok(Vec::new()), |table| a.keys(table.space))?;
            all.extend(after.map_or(Ok(Vec::new()), |table| b.keys(table.space))?);
            all.sort_unstable();
            all.dedup();
            all
        }
    };
    let mut rows = Vec::new();
    for key in looked_at {
        let was = before.map_or(Ok(None), |table| a.row(table, &key))?;
        let is = after.map_or(Ok(None), |table| b.row(table, &key))?;
        let kind = match (&was, &is) {
            (None, None) => continue,
            (None, Some(_)) => DiffKind::Added,
            (Some(_), None) => DiffKind::Removed,
            (Some(was), Some(is)) if was == is => continue,
            (Some(_), Some(_)) => DiffKind::Changed,
        };
        let (table, row) = if is.is_some() { (after, &is) } else { (before, &was) };
        let key = table.zip(row.as_ref()).map_or(Vec::new(), |(table, row)| key_of(table, row));
        rows.push(RowDiff { kind, key, a: stored_values(before, was), b: stored_values(after, is) });
    }
    let schema_changed = definition(before) != definition(after);
    let Some(table) = after.or(before).filter(|_| schema_changed || !rows.is_empty()) else {
        return Ok(None);
    };
    let (columns_a, columns_b) = (stored_columns(before), stored_columns(after));
    Ok(Some(TableDiff { name: table.name.clone(), schema_changed, rows, columns_a, columns_b }))
}

/// The names of the columns of a table that are stored.
fn stored_columns(table: Option<&Arc<Table>>) -> Vec<Arc<str>> {
    let columns = table.map_or(&[][..], |table| &table.columns);
    columns.iter().filter(|column| !column.is_virtual()).map(|column| column.name.clone()).collect()
}

/// The values of a row in the columns that are stored, without its rowid.
fn stored_values(table: Option<&Arc<Table>>, row: Option<Vec<Value>>) -> Option<Vec<Value>> {
    let columns = row?.into_iter().zip(&table?.columns);
    Some(columns.filter(|(_, column)| !column.is_virtual()).map(|(value, _)| value).collect())
}

/// All that is said of a table: its own text and those of its indexes and triggers.
fn definition(table: Option<&Arc<Table>>) -> Vec<String> {
    let Some(table) = table else { return Vec::new() };
    let indexes = table
        .indexes
        .iter()
        .map(|index| format!("{} {} {:?} {:?}", index.name, index.unique, index.columns, index.filter));
    let triggers = table.triggers.iter().map(|trigger| trigger.sql.to_string());
    std::iter::once(table.sql.to_string()).chain(indexes).chain(triggers).collect()
}
