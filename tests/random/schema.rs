//! The tables that there are: asked of SQLite, so that rollbacks need no model.
//!
//! The first letter of a column's name says what kind of values it holds, so that the generator knows it again.

use helios_core::{Value, ValueRef};
use helios_tests::lockstep::Lockstep;

/// What a column holds, and with that how it may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// INTEGER, small numbers.
    Integer,
    /// REAL, numbers that are exact in binary.
    Real,
    /// TEXT.
    Text,
    /// TEXT COLLATE NOCASE.
    NoCase,
    /// NUMERIC.
    Numeric,
    /// BLOB.
    Blob,
    /// No type: values of all classes, edges included.
    Wild,
}

impl Kind {
    /// All kinds, the frequent ones more often.
    pub(crate) const ALL: [Kind; 10] = [
        Kind::Integer,
        Kind::Integer,
        Kind::Integer,
        Kind::Text,
        Kind::Text,
        Kind::Real,
        Kind::NoCase,
        Kind::Numeric,
        Kind::Blob,
        Kind::Wild,
    ];

    pub(crate) fn letter(self) -> char {
        match self {
            Kind::Integer => 'i',
            Kind::Real => 'r',
            Kind::Text => 't',
            Kind::NoCase => 'n',
            Kind::Numeric => 'm',
            Kind::Blob => 'b',
            Kind::Wild => 'w',
        }
    }

    pub(crate) fn declared(self) -> &'static str {
        match self {
            Kind::Integer => "INTEGER",
            Kind::Real => "REAL",
            Kind::Text => "TEXT",
            Kind::NoCase => "TEXT COLLATE NOCASE",
            Kind::Numeric => "NUMERIC",
            Kind::Blob => "BLOB",
            Kind::Wild => "",
        }
    }

    /// The type in a strict table.
    pub(crate) fn strict(self) -> &'static str {
        match self {
            Kind::Numeric | Kind::Wild => "ANY",
            other => other.declared(),
        }
    }

    pub(crate) fn of_name(name: &str) -> Kind {
        let kinds = Kind::ALL.into_iter();
        kinds.into_iter().find(|kind| name.starts_with(kind.letter())).unwrap_or(Kind::Wild)
    }

    /// Whether values of a column of this kind that are equal are the same.
    pub(crate) fn is_plain(self) -> bool {
        matches!(self, Kind::Integer | Kind::Real | Kind::Text | Kind::Blob)
    }

    pub(crate) fn is_text(self) -> bool {
        matches!(self, Kind::Text | Kind::NoCase)
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self, Kind::Integer | Kind::Real | Kind::Numeric)
    }
}

/// A column of a table or of a query.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Whether it is the rowid.
    pub(crate) is_rowid: bool,
    /// Whether it is calculated.
    pub(crate) is_generated: bool,
}

/// A table.
///
/// Its name says the database, if that is not the first.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    /// The columns of each unique constraint or index.
    pub(crate) unique: Vec<Vec<String>>,
    pub(crate) rows: usize,
    /// What its rows can be told apart and ordered by: the rowid, or the columns of the primary key of a table without.
    pub(crate) key: String,
}

impl Table {
    /// The columns that a row is given with.
    pub(crate) fn given(&self) -> Vec<usize> {
        (0..self.columns.len()).filter(|&position| !self.columns[position].is_generated).collect()
    }
}

/// All tables and the indexes that a statement made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    pub(crate) tables: Vec<Table>,
    pub(crate) indexes: Vec<String>,
    /// Views, with their columns.
    pub(crate) views: Vec<(String, Vec<(String, Kind)>)>,
    /// Whether there is a second database, which is called `other`.
    pub(crate) has_second: bool,
    /// Whether a foreign key fits no key: which statements that stops, depends on what SQLite plans to do.
    pub(crate) is_mismatched: bool,
}

impl Schema {
    /// What is in the first database: what its views and triggers may name.
    pub(crate) fn near(&self) -> Schema {
        let mut near = self.clone();
        near.tables.retain(|table| !table.name.contains('.'));
        near.views.retain(|(name, _)| !name.contains('.'));
        near
    }

    /// What SQLite has.
    pub(crate) fn read(lockstep: &mut Lockstep) -> Schema {
        let is_mismatched = lockstep.oracle_refuses("PRAGMA foreign_key_check");
        let mut schema = Schema { is_mismatched, ..Schema::default() };
        for row in lockstep.ask_oracle("PRAGMA database_list") {
            let database = text(&row[1]);
            schema.has_second |= database == "other";
            schema.read_database(lockstep, &database);
        }
        schema
    }

    fn read_database(&mut self, lockstep: &mut Lockstep, database: &str) {
        let place = if database == "main" { String::new() } else { format!("{database}.") };
        let objects = format!(
            "SELECT type, name, sql FROM {place}sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
        );
        for row in lockstep.ask_oracle(&objects) {
            let (kind, near) = (text(&row[0]), text(&row[1]));
            let name = format!("{place}{near}");
            if kind == "index" {
                self.indexes.push(name);
                continue;
            }
            let columns = lockstep.ask_oracle(&format!("PRAGMA {place}table_xinfo({near})"));
            let columns: Vec<Column> = columns.iter().map(|row| column(row)).collect();
            if kind == "view" {
                let columns: Vec<_> = columns.into_iter().map(|column| (column.name, column.kind)).collect();
                // Of a view that is broken, because its tables are gone, nothing is known.
                if !columns.is_empty() {
                    self.views.push((name, columns));
                }
            } else if kind == "table" {
                self.tables.push(table(lockstep, &place, &near, columns, &text(&row[2])));
            }
        }
    }
}

fn text(value: &Value) -> String {
    match value.as_ref() {
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        _ => String::new(),
    }
}

/// A column, of a row of `PRAGMA table_xinfo`.
fn column(row: &[Value]) -> Column {
    let name = text(&row[1]);
    let is_rowid = text(&row[2]) == "INTEGER" && row[5] == Value::Integer(1);
    let kind = if is_rowid { Kind::Integer } else { Kind::of_name(&name) };
    Column { name, kind, is_rowid, is_generated: row[6] != Value::Integer(0) }
}

fn table(lockstep: &mut Lockstep, place: &str, near: &str, mut columns: Vec<Column>, sql: &str) -> Table {
    let mut unique = Vec::new();
    let mut key = "rowid".to_owned();
    let has_rowid = !sql.contains("WITHOUT ROWID");
    if !has_rowid {
        columns.iter_mut().for_each(|column| column.is_rowid = false);
    }
    for index in lockstep.ask_oracle(&format!("PRAGMA {place}index_list({near})")) {
        if index[2] == Value::Integer(1) && index[4] == Value::Integer(0) {
            let parts = lockstep.ask_oracle(&format!("PRAGMA {place}index_info({})", text(&index[1])));
            let names: Vec<String> = parts.iter().map(|part| text(&part[2])).collect();
            if !has_rowid && text(&index[3]) == "pk" {
                key = names.join(", ");
            }
            // An expression has no name.
            if names.iter().all(|name| !name.is_empty()) {
                unique.push(names);
            }
        }
    }
    if !has_rowid && key == "rowid" {
        key.clone_from(&columns[0].name);
    }
    if let Some(rowid) = columns.iter().find(|column| column.is_rowid) {
        unique.push(vec![rowid.name.clone()]);
    }
    let name = format!("{place}{near}");
    let count = lockstep.ask_oracle(&format!("SELECT count(*) FROM {name}"));
    let rows = count.first().map_or(0, |row| row[0].as_ref().to_integer() as usize);
    Table { name, columns, unique, rows, key }
}
