//! From one database to another by SQL: tables with their rows, indexes, views, triggers.
//!
//! In: two [`Peer`]s, of which either may be a file of SQLite. Always: all is copied in one transaction of the target,
//! and each table's rows are read back and compared by their number and a checksum.

mod checksum;
mod helios;
mod sqlite;
mod table;

use std::fmt;

use ::helios::{Value, ValueRef};

use crate::failure::{Failure, Outcome};
use crate::virtual_tables::{Rows, SHADOWS, rows_of};
use checksum::Checksum;
use table::Table;

pub(crate) use helios::HeliosPeer;
pub(crate) use sqlite::{SqlitePeer, is_sqlite_file};

/// How many rows are inserted at once.
const ROWS_AT_ONCE: usize = 1000;

/// What is called with each row of a query.
pub(crate) type Visit<'v> = dyn FnMut(&[ValueRef<'_>]) -> Outcome + 'v;

/// A connection to a database that speaks SQLite's SQL.
pub(crate) trait Peer {
    /// Runs a statement; its rows, if there are any, are passed over.
    fn run(&mut self, sql: &str) -> Outcome;

    /// Runs a query and hands each row to `visit`.
    fn visit(&mut self, sql: &str, visit: &mut Visit<'_>) -> Outcome;

    /// Runs a statement once for each row of values.
    fn insert(&mut self, sql: &str, rows: &[Vec<Value>]) -> Outcome;
}

/// All rows of a query.
pub(crate) fn rows(peer: &mut dyn Peer, sql: &str) -> Outcome<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    peer.visit(sql, &mut |row| {
        rows.push(row.iter().map(|value| value.to_value()).collect());
        Ok(())
    })?;
    Ok(rows)
}

/// A value as a text.
pub(crate) fn text(value: &Value) -> String {
    String::from_utf8_lossy(&value.as_ref().text_bytes().unwrap_or_default()).into_owned()
}

/// A name in double quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) tables: usize,
    pub(crate) rows: u64,
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |is_one| if is_one { "" } else { "s" };
        let (tables, rows) = (self.tables, self.rows);
        write!(f, "{tables} table{} with {rows} row{}", plural(tables == 1), plural(rows == 1))
    }
}

/// Is told of a table, how many rows were copied, and how many there are.
pub(crate) type Told<'t> = dyn FnMut(&str, u64, u64) + 't;

/// A table, an index, a view or a trigger.
struct Definition {
    kind: String,
    name: String,
    sql: String,
}

/// Copies everything that `source` shows. Where the target is new, its counters and version numbers become those of the
/// source; names that a target has already are an error.
pub(crate) fn copy(
    source: &mut dyn Peer,
    target: &mut dyn Peer,
    is_new: bool,
    told: &mut Told<'_>,
) -> Outcome<Copied> {
    target.run("PRAGMA foreign_keys = OFF")?;
    target.run("BEGIN")?;
    let copied = copy_all(source, target, is_new, told);
    match copied {
        Ok(copied) => target.run("COMMIT").map(|()| copied),
        Err(failure) => {
            // The failure tells more than that of the ROLLBACK would.
            let _undone = target.run("ROLLBACK");
            Err(failure)
        }
    }
}

fn copy_all(
    source: &mut dyn Peer,
    target: &mut dyn Peer,
    is_new: bool,
    told: &mut Told<'_>,
) -> Outcome<Copied> {
    let sql = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid";
    let definitions: Vec<Definition> = rows(source, sql)?
        .iter()
        .filter_map(|row| match &row[..] {
            [kind, name, sql] => Some(Definition { kind: text(kind), name: text(name), sql: text(sql) }),
            _ => None,
        })
        .collect();
    let tables = copied_tables(&definitions)?;
    let mut total = 0;
    for definition in &tables {
        let count = rows(source, &format!("SELECT count(*) FROM {}", quoted(&definition.name)))?;
        total += count.first().map_or(0, |row| row[0].as_ref().to_integer()) as u64;
    }
    let mut copied = Copied { tables: tables.len(), rows: 0 };
    let of_kind = |kind: &'static str| definitions.iter().filter(move |definition| definition.kind == kind);
    let mut views = of_kind("view");
    for definition in &tables {
        if rows_of(&definition.sql).is_some() {
            // Their texts may be those of views.
            views.try_for_each(|view| target.run(&view.sql))?;
        }
        target.run(&definition.sql)?;
        let table = Table::of(source, &definition.name)?;
        let before = copied.rows;
        copied.rows +=
            copy_rows(source, target, &table, &mut |done| told(&table.name, before + done, total))?;
    }
    if definitions.iter().any(|definition| definition.name == "sqlite_sequence") {
        copy_sequences(source, target, is_new)?;
    }
    for definition in of_kind("index").chain(views).chain(of_kind("trigger")) {
        target.run(&definition.sql)?;
    }
    for pragma in ["user_version", "application_id"] {
        if let (true, Some(row)) = (is_new, rows(source, &format!("PRAGMA {pragma}"))?.first()) {
            target.run(&format!("PRAGMA {pragma} = {}", row[0].as_ref().to_integer()))?;
        }
    }
    Ok(copied)
}

/// The tables whose rows are copied, the virtual ones last: those index texts of others.
fn copied_tables(definitions: &[Definition]) -> Outcome<Vec<&Definition>> {
    let tables = || definitions.iter().filter(|definition| definition.kind == "table");
    let virtual_tables: Vec<&Definition> = tables().filter(|table| rows_of(&table.sql).is_some()).collect();
    if let Some(table) = virtual_tables.iter().find(|table| rows_of(&table.sql) == Some(Rows::Nowhere)) {
        return Err(Failure::new(format!("{} keeps no texts that could be copied", table.name)));
    }
    // They make their shadow tables themselves.
    let is_shadow = |name: &str| {
        virtual_tables.iter().any(|table| {
            let end = name.strip_prefix(&*table.name).and_then(|rest| rest.strip_prefix('_'));
            end.is_some_and(|end| SHADOWS.contains(&end))
        })
    };
    let plain = tables().filter(|table| {
        rows_of(&table.sql).is_none() && !is_shadow(&table.name) && !table.name.starts_with("sqlite_")
    });
    Ok(plain.chain(virtual_tables.iter().copied()).collect())
}

/// Copies the rows of a table and compares what has arrived; gives their number.
fn copy_rows(
    source: &mut dyn Peer,
    target: &mut dyn Peer,
    table: &Table,
    told: &mut dyn FnMut(u64),
) -> Outcome<u64> {
    let (mut sent, mut arrived) = (Checksum::default(), Checksum::default());
    let insert = table.insert();
    let mut batch: Vec<Vec<Value>> = Vec::new();
    source.visit(&table.select(), &mut |row| {
        sent.add(row);
        batch.push(row.iter().map(|value| value.to_value()).collect());
        if batch.len() == ROWS_AT_ONCE {
            target.insert(&insert, &batch)?;
            batch.clear();
            told(sent.rows());
        }
        Ok(())
    })?;
    if !batch.is_empty() {
        target.insert(&insert, &batch)?;
    }
    told(sent.rows());
    target.visit(&table.select(), &mut |row| {
        arrived.add(row);
        Ok(())
    })?;
    let name = &table.name;
    if arrived.rows() != sent.rows() {
        let (sent, arrived) = (sent.rows(), arrived.rows());
        return Err(Failure::new(format!("of {sent} rows of {name}, {arrived} have arrived")));
    }
    match arrived == sent {
        true => Ok(sent.rows()),
        false => Err(Failure::new(format!("the rows of {name} have not arrived as they were"))),
    }
}

/// The next numbers of AUTOINCREMENT go on where they were.
fn copy_sequences(source: &mut dyn Peer, target: &mut dyn Peer, is_new: bool) -> Outcome {
    let sequences = rows(source, "SELECT name, seq FROM sqlite_sequence")?;
    if is_new {
        target.run("DELETE FROM sqlite_sequence")?;
    } else {
        let names: Vec<Vec<Value>> = sequences.iter().map(|row| vec![row[0].clone()]).collect();
        target.insert("DELETE FROM sqlite_sequence WHERE name = ?", &names)?;
    }
    target.insert("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", &sequences)
}
