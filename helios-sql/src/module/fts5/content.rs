//! The texts of a row: in the table's own shadow table, in another table, or nowhere.

use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Error, Result, Value};
use helios_fts::{Config, Content};

use super::super::{QueriedRows, StoredRows, Tables, WantedRows};
use super::shadow::Shadow;

/// Where texts are.
#[derive(Clone, Debug)]
pub(in super::super) enum Texts {
    /// Nowhere.
    Nowhere,
    /// In a table: for each column its place there, if it has one, and the name of a table that is not the own one.
    In { rows: Arc<dyn StoredRows>, places: Vec<Option<usize>>, other: Option<String> },
    /// In what a query gives, such as a view.
    Queried(Arc<dyn QueriedRows>),
    /// In something that cannot be asked for a row: why not.
    Unreachable(String),
}

impl Texts {
    /// Finds them.
    pub(super) fn find(config: &Config, shadow: Option<&Shadow>, tables: &dyn Tables) -> Texts {
        match &config.content {
            Content::Table(name) => Texts::elsewhere(config, name, tables),
            Content::Nowhere => Texts::Nowhere,
            Content::Own => match shadow.and_then(|shadow| shadow.content.clone()) {
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
        let stored = tables.stored(None, name).and_then(|rows| Texts::in_table(config, name, rows));
        stored.unwrap_or_else(|| {
            let columns: Vec<String> = config.columns.iter().map(|column| column.name.clone()).collect();
            Texts::queried(tables, name, &config.content_rowid, &columns)
        })
    }

    /// In a table of rowids that is asked by them; `None` if it is another one.
    fn in_table(config: &Config, name: &str, rows: Arc<dyn StoredRows>) -> Option<Texts> {
        let names = rows.columns();
        let place = |wanted: &str| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
        let is_rowid = match place(&config.content_rowid) {
            Some(key) => rows.rowid_column() == Some(key),
            None => ["rowid", "oid", "_rowid_"]
                .iter()
                .any(|rowid| config.content_rowid.eq_ignore_ascii_case(rowid)),
        };
        if !rows.has_rowid() || !is_rowid {
            return None;
        }
        let stored = |wanted: &str| place(wanted).filter(|place| !rows.is_computed(*place));
        let places: Vec<Option<usize>> = config.columns.iter().map(|column| stored(&column.name)).collect();
        places.iter().all(Option::is_some).then(|| Texts::In { rows, places, other: Some(name.to_owned()) })
    }

    /// In what a query gives.
    pub(in super::super) fn queried(tables: &dyn Tables, name: &str, key: &str, columns: &[String]) -> Texts {
        match tables.queried(name, key, columns) {
            Ok(rows) => Texts::Queried(rows),
            Err(error) => Texts::Unreachable(error.message().to_owned()),
        }
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
            Texts::Queried(rows) => {
                let found = rows.open(reader, WantedRows::Of(rowid))?.next_row()?;
                Ok(found.map(|(_, values)| values))
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
}
