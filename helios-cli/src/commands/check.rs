//! `helios check`: everything in a database is read, and what is wrong is told.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use helios::sql::Session;
use helios::{Access, Database, ErrorKind, Place, Value};

use super::text_literal;
use crate::connect::{OpenArguments, open_existing, place_of};
use crate::failure::Outcome;
use crate::progress::Progress;
use crate::report::{self, ReportArguments};
use crate::transfer::{HeliosPeer, Peer, quoted, rows, text};

/// The arguments of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArguments {
    /// The database.
    database: PathBuf,
    #[command(flatten)]
    report: ReportArguments,
    #[command(flatten)]
    open: OpenArguments,
}

/// The most problems of a branch that are told.
const MOST_PROBLEMS: usize = 1000;

/// What is wrong, and where.
type Problems = Vec<Vec<Value>>;

pub(super) fn run(arguments: &CheckArguments) -> Outcome<ExitCode> {
    let config = arguments.open.config()?;
    let progress = Progress::spinner("everything is read");
    let mut problems = Vec::new();
    if let Place::File(path, _) = place_of(&arguments.database, false)?
        && let Err(error) = Database::verify(path, &config)
        && error.kind() == ErrorKind::Corrupt
    {
        problems.push(problem("", "", error.message()));
    }
    // Indexes of words look at themselves when a statement says so that is one of those which write.
    let database = match open_existing(&arguments.database, Access::Write, &config) {
        Ok(database) => database,
        Err(_) => open_existing(&arguments.database, Access::Read, &config)?,
    };
    if let Err(error) = database.contents().and_then(|contents| contents.tally()) {
        problems.push(problem("", "", error.message()));
    }
    match database.branches() {
        Err(error) => problems.push(problem("", "", error.message())),
        Ok(branches) => {
            for branch in branches {
                check_branch(&database, &branch.name, &mut problems);
            }
        }
    }
    drop(progress);
    if problems.is_empty() {
        if arguments.report.format == report::Form::Table {
            writeln!(std::io::stdout(), "ok")?;
        } else {
            report::write(arguments.report.format, NAMES, &[])?;
        }
        database.close()?;
        return Ok(ExitCode::SUCCESS);
    }
    report::write(arguments.report.format, NAMES, &problems)?;
    Ok(ExitCode::FAILURE)
}

const NAMES: &[&str] = &["branch", "table", "problem"];

fn problem(branch: &str, table: &str, what: &str) -> Vec<Value> {
    [branch, table, what].map(Value::text).to_vec()
}

/// Looks at all that a branch shows.
fn check_branch(database: &Database, branch: &str, problems: &mut Problems) {
    let mut session = match database.session(branch) {
        Ok(session) => session,
        Err(error) => {
            problems.push(problem(branch, "", error.message()));
            return;
        }
    };
    let mut found = |table: &str, checked: Outcome<Vec<String>>| {
        let lines = checked.unwrap_or_else(|failure| vec![failure.to_string()]);
        problems.extend(lines.iter().map(|line| problem(branch, table, line)));
    };
    found("", integrity(&mut session));
    found("", references(&mut session));
    let tables = match tables(&mut session) {
        Ok(tables) => tables,
        Err(failure) => return found("", Err(failure)),
    };
    for (name, kind, sql) in tables {
        if kind == "virtual" {
            found(&name, virtual_table(&mut session, &name, &sql));
        } else {
            found(&name, history(&mut session, &name));
        }
    }
}

/// What `PRAGMA integrity_check` finds: rows, their constraints, the entries of indexes.
fn integrity(session: &mut Session) -> Outcome<Vec<String>> {
    let found = rows(&mut HeliosPeer(session), &format!("PRAGMA integrity_check({MOST_PROBLEMS})"))?;
    Ok(found.iter().map(|row| text(&row[0])).filter(|line| line != "ok").collect())
}

/// Rows that refer to rows which are not there.
fn references(session: &mut Session) -> Outcome<Vec<String>> {
    let found = rows(&mut HeliosPeer(session), "PRAGMA foreign_key_check")?;
    let line = |row: &Vec<Value>| {
        let [table, rowid, parent] = [0, 1, 2].map(|at| row.get(at).map(text).unwrap_or_default());
        format!("row {rowid} of {table} refers to a row of {parent} that is not there")
    };
    Ok(found.iter().take(MOST_PROBLEMS).map(line).collect())
}

/// The tables with their kinds and definitions.
fn tables(session: &mut Session) -> Outcome<Vec<(String, String, String)>> {
    let sql = "SELECT l.name, l.type, s.sql FROM pragma_table_list AS l JOIN sqlite_schema AS s USING (name) \
               WHERE l.schema = 'main' AND l.type IN ('table', 'virtual') AND s.type = 'table' \
               AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY l.name";
    let found = rows(&mut HeliosPeer(session), sql)?;
    Ok(found.iter().map(|row| (text(&row[0]), text(&row[1]), text(&row[2]))).collect())
}

/// Reads all versions of a table's rows.
fn history(session: &mut Session, name: &str) -> Outcome<Vec<String>> {
    let mut peer = HeliosPeer(session);
    let sql = format!("SELECT * FROM {} FOR SYSTEM_TIME ALL", quoted(name));
    match peer.visit(&sql, &mut |_| Ok(())) {
        // A table that keeps no history has none that could be wrong.
        Err(failure) if failure.to_string().contains("keeps no history") => Ok(Vec::new()),
        read => read.map(|()| Vec::new()),
    }
}

/// What a virtual table finds when it looks at itself.
fn virtual_table(session: &mut Session, name: &str, sql: &str) -> Outcome<Vec<String>> {
    let mut peer = HeliosPeer(session);
    let lower = sql.to_ascii_lowercase();
    let module = lower.split_once("using").map_or("", |(_, module)| module.trim_start());
    if module.starts_with("rtree") {
        let checked = rows(&mut peer, &format!("SELECT rtreecheck({})", text_literal(name)))?;
        return Ok(checked.iter().map(|row| text(&row[0])).filter(|line| line != "ok").collect());
    }
    let name_of_module = module.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if ["fts3", "fts4", "fts5"].contains(&name_of_module) {
        // It is asked by a statement that could write; nothing is written.
        peer.run("BEGIN")?;
        let checked = peer.run(&format!("INSERT INTO {0}({0}) VALUES ('integrity-check')", quoted(name)));
        peer.run("ROLLBACK")?;
        return checked.map(|()| Vec::new());
    }
    Ok(Vec::new())
}
