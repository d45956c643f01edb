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
}

/// A table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    /// The columns of each unique constraint or index.
    pub(crate) unique: Vec<Vec<String>>,
    pub(crate) rows: usize,
    /// What its rows can be told apart and ordered by: the rowid, or the primary key of a table without.
    pub(crate) key: String,
}

/// All tables and the indexes that a statement made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    pub(crate) tables: Vec<Table>,
    pub(crate) indexes: Vec<String>,
    /// Views, with their columns.
    pub(crate) views: Vec<(String, Vec<(String, Kind)>)>,
}

impl Schema {
    /// What SQLite has.
    pub(crate) fn read(lockstep: &mut Lockstep) -> Schema {
        let text = |value: &Value| match value.as_ref() {
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            _ => String::new(),
        };
        let mut schema = Schema::default();
        let objects =
            "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name";
        for row in lockstep.ask_oracle(objects) {
            let name = text(&row[1]);
            if text(&row[0]) == "index" {
                schema.indexes.push(name);
                continue;
            }
            let columns = lockstep.ask_oracle(&format!("PRAGMA table_info({name})"));
            let columns = columns.iter().map(|row| {
                let name = text(&row[1]);
                let is_rowid = text(&row[2]) == "INTEGER" && row[5] == Value::Integer(1);
                let kind = if is_rowid { Kind::Integer } else { Kind::of_name(&name) };
                Column { name, kind, is_rowid }
            });
            let mut columns: Vec<Column> = columns.collect();
            if text(&row[0]) == "view" {
                let columns: Vec<_> = columns.into_iter().map(|column| (column.name, column.kind)).collect();
                // Of a view that is broken, because its tables are gone, nothing is known.
                if columns.is_empty() {
                    continue;
                }
                schema.views.push((name, columns));
                continue;
            }
            let mut unique = Vec::new();
            let mut key = "rowid".to_owned();
            if text(&row[2]).ends_with("WITHOUT ROWID") {
                columns.iter_mut().for_each(|column| column.is_rowid = false);
                key.clone_from(&columns[0].name);
            }
            for index in lockstep.ask_oracle(&format!("PRAGMA index_list({name})")) {
                if index[2] == Value::Integer(1) && index[4] == Value::Integer(0) {
                    let parts = lockstep.ask_oracle(&format!("PRAGMA index_info({})", text(&index[1])));
                    let names: Vec<String> = parts.iter().map(|part| text(&part[2])).collect();
                    // An expression has no name.
                    if names.iter().all(|name| !name.is_empty()) {
                        unique.push(names);
                    }
                }
            }
            if let Some(rowid) = columns.iter().find(|column| column.is_rowid) {
                unique.push(vec![rowid.name.clone()]);
            }
            let count = lockstep.ask_oracle(&format!("SELECT count(*) FROM {name}"));
            let rows = count.first().map_or(0, |row| row[0].as_ref().to_integer() as usize);
            schema.tables.push(Table { name, columns, unique, rows, key });
        }
        schema
    }
}
