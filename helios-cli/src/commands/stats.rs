//! `helios stats`: what is in a database, and how large it is.

use std::path::PathBuf;
use std::process::ExitCode;

use helios::{Access, Value};

use crate::connect::{OpenArguments, open_existing};
use crate::failure::Outcome;
use crate::report::{self, ReportArguments};
use crate::transfer::{HeliosPeer, quoted, rows, text};

/// The arguments of `stats`.
#[derive(Debug, clap::Args)]
pub(crate) struct StatsArguments {
    /// The database.
    database: PathBuf,
    /// Tell of tables: how many rows they and how many entries their indexes have, and how many bytes those take.
    #[arg(long)]
    tables: bool,
    /// The branch whose tables are counted.
    #[arg(long, value_name = "NAME", default_value = "main")]
    branch: String,
    #[command(flatten)]
    report: ReportArguments,
    #[command(flatten)]
    open: OpenArguments,
}

pub(super) fn run(arguments: &StatsArguments) -> Outcome<ExitCode> {
    let config = arguments.open.config()?;
    let database = open_existing(&arguments.database, Access::Read, &config)?;
    let mut session = database.session(&arguments.branch)?;
    let mut peer = HeliosPeer(&mut session);
    let form = arguments.report.format;
    if arguments.tables {
        let found = rows(&mut peer, TABLES)?;
        let mut counted = Vec::with_capacity(found.len());
        for row in found {
            let count = rows(&mut peer, &format!("SELECT count(*) FROM {}", quoted(&text(&row[0]))))?;
            let rows = count.into_iter().flatten().next().unwrap_or_default();
            let mut row = row;
            row.insert(1, rows);
            counted.push(row);
        }
        report::write(form, &["table", "rows", "bytes", "index_bytes"], &counted)?;
    } else {
        let contents = database.contents()?;
        let stats = contents.stats()?;
        let tally = contents.tally()?;
        let branches = database.branches()?;
        let objects = rows(&mut peer, OBJECTS)?.into_iter().next().unwrap_or_default();
        let count = |number: Option<u64>| number.map_or(Value::Null, |number| Value::Integer(number as i64));
        let object = |at: usize| objects.get(at).cloned().unwrap_or_default();
        let told = [
            ("driver", Value::text(&config.storage.backend)),
            ("encrypted", Value::text(if contents.is_encrypted() { "yes" } else { "no" })),
            ("branches", count(Some(branches.len() as u64))),
            ("commits", count(Some(branches.iter().map(|branch| branch.commits).sum()))),
            ("tables", object(0)),
            ("indexes", object(1)),
            ("views", object(2)),
            ("triggers", object(3)),
            ("entries", count(Some(tally.entries))),
            ("bytes of entries", count(Some(tally.bytes))),
            ("bytes in storage", count(stats.allocated_bytes)),
        ];
        let told: Vec<Vec<Value>> =
            told.into_iter().map(|(what, value)| vec![Value::text(what), value]).collect();
        report::write(form, &["what", "value"], &told)?;
    }
    drop(session);
    database.close()?;
    Ok(ExitCode::SUCCESS)
}

/// How many objects of each kind there are.
const OBJECTS: &str = "SELECT sum(type = 'table'), sum(type = 'index'), sum(type = 'view'), sum(type = 'trigger') \
     FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' OR type = 'index'";

/// The tables, with the bytes that their rows and those of their indexes take.
const TABLES: &str = "SELECT t.name, \
       coalesce((SELECT sum(payload) FROM dbstat WHERE name = t.name), 0), \
       coalesce((SELECT sum(d.payload) FROM dbstat AS d JOIN sqlite_schema AS i ON i.name = d.name \
                 WHERE i.type = 'index' AND i.tbl_name = t.name), 0) \
     FROM sqlite_schema AS t WHERE t.type = 'table' ORDER BY t.name";
