//! One row of `sqlite_schema`.

use std::sync::Arc;

use helios_core::encoding::record::{self, Record};
use helios_core::versioned::Space;
use helios_core::{Error, Result, ValueRef};

/// What a row of `sqlite_schema` describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A table.
    Table,
    /// An index.
    Index,
    /// A view.
    View,
    /// A trigger.
    Trigger,
}

impl ObjectKind {
    /// What the column `type` says.
    pub fn word(self) -> &'static str {
        match self {
            ObjectKind::Table => "table",
            ObjectKind::Index => "index",
            ObjectKind::View => "view",
            ObjectKind::Trigger => "trigger",
        }
    }
}

/// A row of `sqlite_schema`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaRow {
    /// What it describes.
    pub kind: ObjectKind,
    /// The name.
    pub name: String,
    /// The table that it belongs to.
    pub table: String,
    /// Where it is stored; 0 for what has no rows of its own.
    pub space: Space,
    /// The statement that made it; `None` for an index that a constraint made.
    pub sql: Option<Arc<str>>,
}

impl SchemaRow {
    /// Appends the row as it is stored.
    pub fn write(&self, out: &mut Vec<u8>) {
        let values = [
            ValueRef::Text(self.kind.word().as_bytes()),
            ValueRef::Text(self.name.as_bytes()),
            ValueRef::Text(self.table.as_bytes()),
            ValueRef::Integer(i64::from(self.space.0)),
            self.sql.as_ref().map_or(ValueRef::Null, |sql| ValueRef::Text(sql.as_bytes())),
        ];
        record::write(0, values.into_iter(), out);
    }

    /// Reads what [`SchemaRow::write`] wrote.
    pub fn from_payload(payload: &[u8]) -> Result<SchemaRow> {
        let mut record = Record::open(payload)?;
        let mut next = || record.next_value().map(|value| value.unwrap_or(ValueRef::Null));
        let (kind, name, table, space, sql) = (next()?, next()?, next()?, next()?, next()?);
        let kind = match kind {
            ValueRef::Text(b"table") => ObjectKind::Table,
            ValueRef::Text(b"index") => ObjectKind::Index,
            ValueRef::Text(b"view") => ObjectKind::View,
            ValueRef::Text(b"trigger") => ObjectKind::Trigger,
            _ => return Err(Error::corrupt("sqlite_schema has a row of an unknown type")),
        };
        let ValueRef::Integer(space) = space else {
            return Err(Error::corrupt("sqlite_schema has a row without a space"));
        };
        let space =
            u32::try_from(space).map_err(|_| Error::corrupt("sqlite_schema has an impossible space"))?;
        Ok(SchemaRow {
            kind,
            name: text(name)?.unwrap_or_default().to_owned(),
            table: text(table)?.unwrap_or_default().to_owned(),
            space: Space(space),
            sql: text(sql)?.map(Arc::from),
        })
    }
}

fn text(value: ValueRef<'_>) -> Result<Option<&str>> {
    match value {
        ValueRef::Null => Ok(None),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Error::corrupt("sqlite_schema has text that is not UTF-8")),
        },
        _ => Err(Error::corrupt("sqlite_schema has a value of the wrong type")),
    }
}
