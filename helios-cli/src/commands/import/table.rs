//! Rows of a file on their way into one table.

use helios::Value;
use helios::sql::Session;

use crate::failure::{Failure, Outcome};
use crate::progress::Progress;
use crate::transfer::{HeliosPeer, Peer, quoted, rows, text};

/// How many rows are inserted at once.
const ROWS_AT_ONCE: usize = 1000;

/// A column that rows bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name; none where the file has no names.
    pub(super) name: Option<String>,
    /// The type that a new table gives it; empty for none.
    pub(super) declared: &'static str,
}

/// Takes a row, and how much of the file was read.
pub(super) type Take<'t> = dyn FnMut(Vec<Value>, u64) -> Outcome + 't;

/// A file of rows.
pub(super) trait Incoming {
    /// Reads all of it to find its columns.
    fn columns(&mut self) -> Outcome<Vec<Column>>;

    /// Reads all of it, and hands on each row, with a value for each of the columns.
    fn rows(&mut self, take: &mut Take<'_>) -> Outcome;

    /// How many bytes there are.
    fn bytes(&self) -> u64;
}

/// Inserts all rows in one transaction and gives their number. The table is made if it is not there.
pub(super) fn import(
    table: &str,
    incoming: &mut dyn Incoming,
    session: &mut Session,
    progress: &Progress,
) -> Outcome<u64> {
    let mut peer = HeliosPeer(session);
    peer.run("BEGIN IMMEDIATE")?;
    let imported = import_all(table, incoming, &mut peer, progress);
    match imported {
        Ok(rows) => peer.run("COMMIT").map(|()| rows),
        Err(failure) => {
            // The failure tells more than that of the ROLLBACK would.
            let _undone = peer.run("ROLLBACK");
            Err(failure)
        }
    }
}

fn import_all(
    table: &str,
    incoming: &mut dyn Incoming,
    peer: &mut HeliosPeer<'_>,
    progress: &Progress,
) -> Outcome<u64> {
    let columns = incoming.columns()?;
    let existing: Vec<String> = rows(peer, &format!("PRAGMA table_info({})", quoted(table)))?
        .iter()
        .map(|row| text(&row[1]))
        .collect();
    let is_new = existing.is_empty();
    let mut names = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        names.push(match (&column.name, existing.get(at)) {
            (Some(name), _) | (None, Some(name)) => name.clone(),
            (None, None) if is_new => format!("c{}", at + 1),
            (None, None) => {
                let (given, taken) = (columns.len(), existing.len());
                return Err(Failure::new(format!(
                    "table {table} has {taken} columns but {given} values come"
                )));
            }
        });
    }
    if is_new {
        let definitions: Vec<String> = names
            .iter()
            .zip(&columns)
            .map(|(name, column)| format!("{} {}", quoted(name), column.declared).trim_end().to_owned())
            .collect();
        if definitions.is_empty() {
            return Err(Failure::new("the file is empty"));
        }
        peer.run(&format!("CREATE TABLE {} ({})", quoted(table), definitions.join(", ")))?;
    }
    if names.is_empty() {
        return Ok(0);
    }
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let places = vec!["?"; names.len()].join(", ");
    let insert = format!("INSERT INTO {} ({}) VALUES ({places})", quoted(table), names.join(", "));
    let (mut batch, mut count) = (Vec::new(), 0);
    let all = incoming.bytes();
    incoming.rows(&mut |row, read| {
        batch.push(row);
        count += 1;
        if batch.len() == ROWS_AT_ONCE {
            peer.insert(&insert, &batch)?;
            batch.clear();
            progress.is_at(table, count, (all * count).checked_div(read).unwrap_or(count).max(count));
        }
        Ok(())
    })?;
    peer.insert(&insert, &batch)?;
    Ok(count)
}
