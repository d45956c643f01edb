//! A table that is copied.

use super::{Peer, quoted, rows, text};
use crate::failure::Outcome;
use crate::virtual_tables::language_column;

/// A table, with the names of what is copied of it: its columns, and its rowid where that is none of them.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    columns: Vec<String>,
}

impl Table {
    /// Asks the one that has it.
    pub(super) fn of(peer: &mut dyn Peer, name: &str) -> Outcome<Table> {
        let infos = rows(peer, &format!("PRAGMA table_xinfo({})", quoted(name)))?;
        let taken: Vec<String> = infos.iter().map(|row| text(&row[1]).to_lowercase()).collect();
        // Generated columns are computed again.
        let is_stored = |row: &&Vec<helios::Value>| row[6].as_ref().to_integer() == 0;
        let mut columns: Vec<String> =
            infos.iter().filter(is_stored).map(|row| quoted(&text(&row[1]))).collect();
        columns.extend(language_column(&infos).map(|name| quoted(&name)));
        let keys: Vec<_> = infos.iter().filter(|row| row[5].as_ref().to_integer() > 0).collect();
        let is_column = matches!(keys[..], [key] if text(&key[2]).eq_ignore_ascii_case("INTEGER"));
        let alias =
            ["rowid", "_rowid_", "oid"].into_iter().find(|alias| !taken.iter().any(|name| name == alias));
        if let (Some(alias), false) = (alias, is_column) {
            // A table WITHOUT ROWID has none.
            if peer.visit(&format!("SELECT {alias} FROM {} LIMIT 0", quoted(name)), &mut |_| Ok(())).is_ok() {
                columns.insert(0, alias.to_owned());
            }
        }
        Ok(Table { name: name.to_owned(), columns })
    }

    /// The query of its rows.
    pub(super) fn select(&self) -> String {
        format!("SELECT {} FROM {}", self.columns.join(", "), quoted(&self.name))
    }

    /// The statement that adds a row.
    pub(super) fn insert(&self) -> String {
        let places = vec!["?"; self.columns.len()].join(", ");
        format!("INSERT INTO {} ({}) VALUES ({places})", quoted(&self.name), self.columns.join(", "))
    }
}
