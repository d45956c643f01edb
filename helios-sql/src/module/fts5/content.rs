//! The texts of a row: in the table's own shadow table, in another table, or nowhere.

use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Error, ErrorKind, Result, Value};
use helios_fts::{Config, Content};

use super::super::{StoredRows, Tables};
use super::shadow::Shadow;

/// Where texts are.
#[derive(Clone, Debug)]
pub(in super::super) enum Texts {
    /// Nowhere.
    Nowhere,
    /// In a table: for each column its place there, if it has one, and the name of a table that is not the own one.
    In { rows: Arc<dyn StoredRows>, places: Vec<Option<usize>>, other: Option<String> },
    /// In something that cannot be asked for a row: why not.
    Unreachable(String),
}

impl Texts {
    /// Finds them.
    pub(super) fn find(config: &Config, shadow: Option<&Shadow>, tables: &dyn Tables) -> Texts {
        match &config.content {
            Content::Table(name) => Texts::elsewhere(config, name, tables),
            Content::Nowhere if !config.keeps_some() => Texts::Nowhere,
            Content::Own | Content::Nowhere => match shadow.and_then(|shadow| shadow.content.clone()) {
                Some(rows) => {
                    let names = rows.columns();
                    let place = |number| names.iter().position(|name| *name == format!("c{number}"));
                    let places = (0..config.columns.len()).map(place).collect();
                    Texts::In { rows, places, other: None }
                }
                None => Texts::Unreachable(format!("no such table: main.{}", "content")),
            },
        }
    }

    fn elsewhere(config: &Config, name: &str, tables: &dyn Tables) -> Texts {
        let Some(rows) = tables.stored(None, name) else {
            return Texts::Unreachable(match tables.is_view(name) {
                true => format!("content={name} is a view, which is not supported"),
                false => format!("no such table: main.{name}"),
            });
        };
        let names = rows.columns();
        let place = |wanted: &str| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
        let key = place(&config.content_rowid);
        let is_rowid = match key {
            Some(key) => rows.rowid_column() == Some(key),
            None => ["rowid", "oid", "_rowid_"]
                .iter()
                .any(|rowid| config.content_rowid.eq_ignore_ascii_case(rowid)),
        };
        if !rows.has_rowid() || !is_rowid {
            return Texts::Unreachable(match (key, rows.has_rowid()) {
                (None, true) => format!("no such column: T.{}", config.content_rowid),
                _ => format!("content_rowid={} is not the rowid of {name}", config.content_rowid),
            });
        }
        let mut places = Vec::new();
        for column in &config.columns {
            let found = place(&column.name).filter(|place| !rows.is_computed(*place));
            if found.is_none() {
                return Texts::Unreachable(format!("no such column: T.{}", column.name));
            }
            places.push(found);
        }
        Texts::In { rows, places, other: Some(name.to_owned()) }
    }

    /// The values of a row; `None` if it has none.
    pub(in super::super) fn read(&self, reader: &Reader, rowid: i64) -> Result<Option<Vec<Value>>> {
        match self {
            Texts::Nowhere => Ok(None),
            Texts::Unreachable(why) => Err(Error::sql(why.clone())),
            Texts::In { rows, .. } => {
                let stored = rows.get(reader, &rows.rowid_key(rowid))?;
                Ok(stored.map(|stored| self.chosen(stored, rowid)))
            }
        }
    }

    /// The columns among those of a stored row.
    pub(in super::super) fn chosen(&self, stored: Vec<Value>, rowid: i64) -> Vec<Value> {
        let Texts::In { rows, places, .. } = self else { return stored };
        let value = |place: &Option<usize>| match place {
            Some(place) if rows.rowid_column() == Some(*place) => Value::Integer(rowid),
            Some(place) => stored.get(*place).cloned().unwrap_or(Value::Null),
            None => Value::Null,
        };
        places.iter().map(value).collect()
    }

    /// The error of a row that the index has and the table with the texts has not.
    pub(in super::super) fn missing(&self, rowid: i64) -> Error {
        let name = match self {
            Texts::In { rows, other, .. } => other.clone().unwrap_or_else(|| rows.name().to_owned()),
            Texts::Nowhere | Texts::Unreachable(_) => String::new(),
        };
        let message = format!("fts5: missing row {rowid} from content table 'main'.'{name}'");
        Error::new(ErrorKind::Corrupt, message)
    }
}
