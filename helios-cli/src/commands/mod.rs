//! Commands for whole databases.
//!
//! In: arguments. Out: what was done, on standard output. What makes a file makes all of it or leaves nothing.

mod backup;
mod bench;
mod branch;
mod check;
mod copy;
mod diff;
mod export;
mod import;
mod log;
mod merge;
mod stats;

use std::path::Path;
use std::process::ExitCode;

use crate::failure::{Failure, Outcome};

/// What is to be done.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Puts what a file of SQLite, CSV, JSON lines or Parquet has into a database.
    Import(import::ImportArguments),
    /// Writes what a database has to a file of SQLite, CSV, JSON lines or Parquet.
    Export(export::ExportArguments),
    /// Copies a database to a new file, with all branches and all history, while others use it.
    Backup(backup::BackupArguments),
    /// Copies a database to another driver, or under another key, and compares what has arrived.
    Copy(copy::CopyArguments),
    /// Reads everything in a database and tells what is wrong.
    Check(check::CheckArguments),
    /// Tells what is in a database and how large it is.
    Stats(stats::StatsArguments),
    /// Lists, makes and deletes branches.
    #[command(subcommand)]
    Branch(branch::BranchCommand),
    /// Tells which commits a database remembers.
    Log(log::LogArguments),
    /// Tells what two branches differ in.
    Diff(diff::DiffArguments),
    /// Merges the work of a branch into another.
    Merge(merge::MergeArguments),
    /// Measures a small workload.
    Bench(bench::BenchArguments),
}

/// Does it.
pub(crate) fn run(command: &Command) -> Outcome<ExitCode> {
    match command {
        Command::Import(arguments) => import::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Backup(arguments) => backup::run(arguments),
        Command::Copy(arguments) => copy::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Stats(arguments) => stats::run(arguments),
        Command::Branch(command) => branch::run(command),
        Command::Log(arguments) => log::run(arguments),
        Command::Diff(arguments) => diff::run(arguments),
        Command::Merge(arguments) => merge::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
    }
}

/// The kind of a file that is not of helios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FileKind {
    /// A database of SQLite.
    Sqlite,
    /// Comma-separated values; the first row has the names of the columns.
    Csv,
    /// A JSON object a line.
    Jsonl,
    /// Columns of Parquet, in a program that is built with it.
    Parquet,
}

impl FileKind {
    /// The kind that the end of a name tells.
    fn of_name(path: &Path) -> Option<FileKind> {
        let end = path.extension()?.to_str()?.to_ascii_lowercase();
        match end.as_str() {
            "csv" => Some(FileKind::Csv),
            "jsonl" | "ndjson" => Some(FileKind::Jsonl),
            "parquet" => Some(FileKind::Parquet),
            "db" | "db3" | "sqlite" | "sqlite3" => Some(FileKind::Sqlite),
            _ => None,
        }
    }

    /// The error of a file of which nothing tells the kind.
    fn untold(path: &Path) -> Failure {
        let path = path.display();
        Failure::new(format!("{path}: --kind has to say what it is: sqlite, csv, jsonl or parquet"))
    }

    /// Refuses what this program is built without, before anything is made.
    fn check_built_in(self) -> Outcome {
        match self {
            FileKind::Parquet if !cfg!(feature = "parquet") => Err(FileKind::missing()),
            _ => Ok(()),
        }
    }

    /// The error of a program that is built without Parquet.
    fn missing() -> Failure {
        Failure::new(
            "this program is built without Parquet: `cargo install --path helios-cli --features parquet` builds it with it",
        )
    }
}

/// A text as SQL writes it.
pub(crate) fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
