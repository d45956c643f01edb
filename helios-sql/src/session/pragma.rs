//! PRAGMA: what programs ask about the schema and the database (<https://sqlite.org/pragma.html>).
//!
//! An unknown pragma does nothing, as in SQLite.

mod integrity;

use std::sync::Arc;

use helios_core::encoding::key::{self, Order};
use helios_core::encoding::record;
use helios_core::versioned::Space;
use helios_core::{Result, Value, ValueRef};

use super::{OutputColumn, Session};
use crate::ast::Pragma;
use crate::catalog::{Catalog, Index, IndexOrigin, Table};
use crate::chunk::{Chunk, Column};

/// The pragmas that give rows, with their columns.
const COLUMNS: &[(&str, &[&str])] = &[
    ("table_info", &["cid", "name", "type", "notnull", "dflt_value", "pk"]),
    ("table_xinfo", &["cid", "name", "type", "notnull", "dflt_value", "pk", "hidden"]),
    ("table_list", &["schema", "name", "type", "ncol", "wr", "strict"]),
    ("index_list", &["seq", "name", "unique", "origin", "partial"]),
    ("index_info", &["seqno", "cid", "name"]),
    ("index_xinfo", &["seqno", "cid", "name", "desc", "coll", "key"]),
    ("database_list", &["seq", "name", "file"]),
    ("collation_list", &["seq", "name"]),
    ("user_version", &["user_version"]),
    ("application_id", &["application_id"]),
    ("schema_version", &["schema_version"]),
    ("encoding", &["encoding"]),
    ("foreign_keys", &["foreign_keys"]),
    ("foreign_key_list", &["id", "seq", "table", "from", "to", "on_update", "on_delete", "match"]),
    ("foreign_key_check", &["table", "rowid", "parent", "fkid"]),
    ("journal_mode", &["journal_mode"]),
    ("synchronous", &["synchronous"]),
    ("integrity_check", &["integrity_check"]),
    ("quick_check", &["quick_check"]),
    ("busy_timeout", &["timeout"]),
    ("page_size", &["page_size"]),
    ("read_uncommitted", &["read_uncommitted"]),
];

/// The columns of a pragma's rows. One that sets a number gives none.
pub(super) fn columns(pragma: &Pragma) -> Vec<OutputColumn> {
    let name = pragma.name.name.to_ascii_lowercase();
    if pragma.argument.is_some() && SETTINGS.iter().any(|(setting, _)| *setting == name) {
        return Vec::new();
    }
    let known = COLUMNS.iter().find(|(known, _)| *known == name);
    let column = |name: &&str| OutputColumn { name: (*name).into(), declared_type: None };
    known.map_or(Vec::new(), |(_, columns)| columns.iter().map(column).collect())
}

/// Numbers that are stored with a branch, and their keys in [`Space::SETTINGS`].
const SETTINGS: &[(&str, i64)] = &[("user_version", 1), ("application_id", 2)];

/// Rows on their way.
struct Rows(Vec<Vec<Value>>);

impl Rows {
    fn one(value: impl Into<Value>) -> Rows {
        Rows(vec![vec![value.into()]])
    }

    fn chunks(self) -> Vec<Chunk> {
        let Some(width) = self.0.first().map(Vec::len) else {
            return Vec::new();
        };
        let column =
            |position: usize| Arc::new(self.0.iter().map(|row| row[position].as_ref()).collect::<Column>());
        vec![Chunk::new((0..width).map(column).collect(), self.0.len())]
    }
}

impl Session {
    /// Runs a pragma and gives its rows.
    pub(super) fn pragma(&mut self, pragma: &Pragma) -> Result<Vec<Chunk>> {
        let name = pragma.name.name.to_ascii_lowercase();
        let argument = pragma.argument.as_deref();
        if let Some((_, number)) = SETTINGS.iter().find(|(setting, _)| *setting == name) {
            return match argument {
                None => Ok(Rows::one(self.setting(*number)?).chunks()),
                Some(value) => self.set_setting(*number, value).map(|()| Vec::new()),
            };
        }
        let (reader, stamp) = self.current_reader()?;
        let catalog = self.catalog_for(&reader, stamp)?;
        let rows = match (name.as_str(), argument) {
            ("table_info" | "table_xinfo", Some(table)) => table_info(&catalog, table, name == "table_xinfo"),
            ("table_list", _) => table_list(&catalog, argument),
            ("index_list", Some(table)) => index_list(&catalog, table),
            ("index_info" | "index_xinfo", Some(index)) => index_info(&catalog, index, name == "index_xinfo"),
            ("database_list", _) => Rows(vec![vec![Value::Integer(0), "main".into(), "".into()]]),
            ("collation_list", _) => {
                let names = ["RTRIM", "NOCASE", "BINARY"];
                Rows(
                    (0..)
                        .zip(names)
                        .map(|(number, name)| vec![Value::Integer(number), name.into()])
                        .collect(),
                )
            }
            ("schema_version", None) => Rows::one((stamp.moment.0 & 0x7fff_ffff) as i64),
            ("encoding", None) => Rows::one("UTF-8"),
            ("foreign_keys" | "read_uncommitted", None) => Rows::one(0),
            ("page_size", None) => Rows::one(4096),
            ("synchronous", None) => Rows::one(2),
            ("journal_mode", _) => Rows::one("delete"),
            ("integrity_check" | "quick_check", _) => Rows(
                integrity::check(&reader, &catalog)?
                    .into_iter()
                    .map(|line| vec![line.as_str().into()])
                    .collect(),
            ),
            ("busy_timeout", None) => Rows::one(self.timeout.as_millis() as i64),
            ("busy_timeout", Some(value)) => {
                let milliseconds = ValueRef::Text(value.as_bytes()).to_integer();
                self.timeout = std::time::Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0));
                Rows::one(milliseconds.max(0))
            }
            _ => Rows(Vec::new()),
        };
        Ok(rows.chunks())
    }

    fn setting(&mut self, number: i64) -> Result<Value> {
        let (reader, _) = self.current_reader()?;
        let mut row_key = Vec::new();
        key::write_rowid(number, &mut row_key);
        let mut value = Ok(Value::Integer(0));
        reader.get(Space::SETTINGS, &row_key, &mut |version| {
            value = record::Record::open(version.payload)
                .and_then(|mut record| record.next_value())
                .map(|value| value.unwrap_or(ValueRef::Integer(0)).to_value());
        })?;
        value
    }

    fn set_setting(&mut self, number: i64, value: &str) -> Result<()> {
        let value = i64::from(ValueRef::Text(value.as_bytes()).to_integer() as i32);
        let mut row_key = Vec::new();
        key::write_rowid(number, &mut row_key);
        self.writing(|session| {
            if let Some(transaction) = &session.transaction {
                let values = [ValueRef::Integer(value)];
                transaction.writes().put(Space::SETTINGS, &row_key, |payload| {
                    record::write(0, values.into_iter(), payload);
                });
            }
            Ok(())
        })
    }
}

fn table_info(catalog: &Catalog, name: &str, extended: bool) -> Rows {
    let Some(table) = catalog.table(name) else {
        return Rows(Vec::new());
    };
    let row = |(position, column): (usize, &crate::catalog::TableColumn)| {
        let key = table.primary_key.iter().position(|key| *key == position);
        let key =
            key.or((table.rowid_column == Some(position)).then_some(0)).map_or(0, |place| place as i64 + 1);
        let default = column.default.as_ref().map_or(Value::Null, |(_, text)| text.as_str().into());
        let mut row = vec![
            Value::Integer(position as i64),
            (&*column.name).into(),
            (&*column.declared_type).into(),
            Value::boolean(column.declared_not_null),
            default,
            Value::Integer(key),
        ];
        if extended {
            row.push(Value::Integer(0));
        }
        row
    };
    Rows(table.columns.iter().enumerate().map(row).collect())
}

fn table_list(catalog: &Catalog, name: Option<&str>) -> Rows {
    let wanted = |table: &&Arc<Table>| name.is_none_or(|name| table.name.eq_ignore_ascii_case(name));
    let row = |table: &Arc<Table>| {
        let columns = Value::Integer(table.columns.len() as i64);
        let (zero, kind) = (Value::Integer(0), Value::text("table"));
        vec!["main".into(), table.name.as_str().into(), kind, columns, zero.clone(), zero]
    };
    Rows(catalog.tables().filter(wanted).map(row).collect())
}

fn index_list(catalog: &Catalog, name: &str) -> Rows {
    let Some(table) = catalog.table(name) else {
        return Rows(Vec::new());
    };
    // The newest comes first, as in SQLite.
    let row = |(number, index): (usize, &Arc<Index>)| {
        let origin = match index.origin {
            IndexOrigin::Statement => "c",
            IndexOrigin::Unique => "u",
            IndexOrigin::PrimaryKey => "pk",
        };
        let number = Value::Integer(number as i64);
        vec![
            number,
            index.name.as_str().into(),
            Value::boolean(index.unique),
            origin.into(),
            Value::Integer(0),
        ]
    };
    Rows(table.indexes.iter().rev().enumerate().map(row).collect())
}

fn index_info(catalog: &Catalog, name: &str, extended: bool) -> Rows {
    let Some((table, index)) = catalog.index(name) else {
        return Rows(Vec::new());
    };
    let mut rows = Vec::with_capacity(index.columns.len() + 1);
    for (number, column) in index.columns.iter().enumerate() {
        let position = column.column.or(table.rowid_column);
        let name = position.map_or(Value::Null, |position| (&*table.columns[position].name).into());
        let mut row = vec![
            Value::Integer(number as i64),
            Value::Integer(position.map_or(-1, |position| position as i64)),
            name,
        ];
        if extended {
            row.push(Value::boolean(column.order == Order::Descending));
            row.push(column.collation.name().into());
            row.push(Value::Integer(1));
        }
        rows.push(row);
    }
    if extended {
        let (number, zero) = (Value::Integer(index.columns.len() as i64), Value::Integer(0));
        rows.push(vec![number, Value::Integer(-1), Value::Null, zero.clone(), "BINARY".into(), zero]);
    }
    Rows(rows)
}
