//! `helios export`: what a database has goes into another kind of file, all of it or nothing.

#[cfg(feature = "parquet")]
mod parquet;
mod rows;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use helios::sql::{Session, moment_of_value};
use helios::{Access, Value, ValueRef};

use super::FileKind;
use crate::connect::{OpenArguments, open_existing};
use crate::failure::{Failure, Outcome, about};
use crate::fresh::Fresh;
use crate::progress::Progress;
use crate::transfer::{HeliosPeer, Peer, SqlitePeer, copy, quoted, rows as all_rows, text};
use rows::{Csv, write_object};

/// The arguments of `export`.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArguments {
    /// The database.
    database: PathBuf,
    /// The file that is written; `-` is standard output.
    file: PathBuf,
    /// What kind of file it is, where its name does not tell.
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<FileKind>,
    /// The table whose rows are written as CSV, JSON or Parquet.
    #[arg(long, value_name = "NAME", conflicts_with = "query")]
    table: Option<String>,
    /// The query whose rows are written as CSV, JSON or Parquet.
    #[arg(long, value_name = "SQL")]
    query: Option<String>,
    /// What stands between columns of CSV.
    #[arg(long, value_name = "TEXT", default_value = ",")]
    separator: String,
    /// CSV gets no first row with the names of columns.
    #[arg(long)]
    no_header: bool,
    /// What stands for NULL in CSV.
    #[arg(long, value_name = "TEXT", default_value = "")]
    null: String,
    /// The branch that is written.
    #[arg(long, value_name = "NAME", default_value = "main")]
    branch: String,
    /// The moment that is written, of those that history has.
    #[arg(long, value_name = "MOMENT")]
    as_of: Option<String>,
    #[command(flatten)]
    open: OpenArguments,
}

pub(super) fn run(arguments: &ExportArguments) -> Outcome<ExitCode> {
    let file = arguments.file.as_path();
    let kind = arguments.kind.or_else(|| FileKind::of_name(file)).ok_or_else(|| FileKind::untold(file))?;
    kind.check_built_in()?;
    let database = open_existing(&arguments.database, Access::Read, &arguments.open.config()?)?;
    let mut session = database.session(&arguments.branch)?;
    if let Some(moment) = &arguments.as_of {
        session.set_as_of(Some(moment_of_value(Value::text(moment).as_ref())?))?;
    }
    match kind {
        FileKind::Sqlite => export_sqlite(arguments, &mut session)?,
        _ if file == Path::new("-") => {
            let mut out = BufWriter::new(io::stdout());
            write_rows(arguments, kind, &mut session, &mut out)?;
        }
        _ => {
            let fresh = Fresh::beside(file, ".helios-new")?;
            let failed = |error| about(fresh.path().display(), &error);
            let mut out = BufWriter::new(File::create(fresh.path()).map_err(failed)?);
            write_rows(arguments, kind, &mut session, &mut out)?;
            out.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
            fresh.keep()?;
        }
    }
    drop(session);
    database.close()?;
    Ok(ExitCode::SUCCESS)
}

fn export_sqlite(arguments: &ExportArguments, session: &mut Session) -> Outcome {
    if arguments.table.is_some() || arguments.query.is_some() {
        return Err(Failure::new(
            "a file of SQLite has all tables: --table and --query are for CSV, JSON and Parquet",
        ));
    }
    let fresh = Fresh::beside(&arguments.file, ".sqlite-new")?;
    let mut target = SqlitePeer::make(fresh.path())?;
    let mut source = HeliosPeer(session);
    let progress = Progress::new("rows");
    // One moment for all tables.
    source.run("BEGIN")?;
    let copied =
        copy(&mut source, &mut target, true, &mut |table, done, of| progress.is_at(table, done, of))?;
    source.run("COMMIT")?;
    target.check()?;
    target.close()?;
    drop(progress);
    fresh.keep()?;
    Ok(writeln!(io::stdout(), "{} has {copied}", arguments.file.display())?)
}

/// The query of the rows that are written.
fn query_of(arguments: &ExportArguments, peer: &mut HeliosPeer<'_>) -> Outcome<String> {
    if let Some(query) = &arguments.query {
        return Ok(query.clone());
    }
    if let Some(table) = &arguments.table {
        return Ok(format!("SELECT * FROM {}", quoted(table)));
    }
    let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') \
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let tables: Vec<String> = all_rows(peer, sql)?.iter().map(|row| text(&row[0])).collect();
    match &tables[..] {
        [table] => Ok(format!("SELECT * FROM {}", quoted(table))),
        [] => Err(Failure::new("there is no table")),
        tables => Err(Failure::new(format!("--table has to say which it is: {}", tables.join(", ")))),
    }
}

fn write_rows(
    arguments: &ExportArguments,
    kind: FileKind,
    session: &mut Session,
    out: &mut (dyn Write + Send),
) -> Outcome {
    let query = query_of(arguments, &mut HeliosPeer(session))?;
    let columns = match session.prepare(&query)? {
        Some(statement) => statement.columns().to_vec(),
        None => Vec::new(),
    };
    if columns.is_empty() {
        return Err(Failure::new("the query gives no rows"));
    }
    let progress = Progress::spinner("rows are written");
    let mut peer = HeliosPeer(session);
    #[cfg(feature = "parquet")]
    if kind == FileKind::Parquet {
        return parquet::write(&columns, &query, &mut peer, out);
    }
    let columns: Vec<String> = columns.iter().map(|column| column.name.to_string()).collect();
    if kind == FileKind::Jsonl {
        peer.visit(&query, &mut |row| write_object(&columns, row, out))?;
    } else {
        let csv = Csv { separator: &arguments.separator, null: &arguments.null };
        if !arguments.no_header {
            let names: Vec<ValueRef<'_>> =
                columns.iter().map(|name| ValueRef::Text(name.as_bytes())).collect();
            csv.write(&names, out)?;
        }
        peer.visit(&query, &mut |row| csv.write(row, out))?;
    }
    drop(progress);
    Ok(out.flush()?)
}
