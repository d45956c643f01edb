//! `helios log`: the commits that a database remembers.

use std::path::PathBuf;
use std::process::ExitCode;

use helios::Access;

use super::text_literal;
use crate::connect::{OpenArguments, open_existing};
use crate::failure::Outcome;
use crate::report::{self, ReportArguments};
use crate::transfer::{HeliosPeer, rows};

/// The arguments of `log`.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArguments {
    /// The database.
    database: PathBuf,
    /// Only commits on this branch.
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// The most commits that are told, the newest first.
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: u32,
    #[command(flatten)]
    report: ReportArguments,
    #[command(flatten)]
    open: OpenArguments,
}

pub(super) fn run(arguments: &LogArguments) -> Outcome<ExitCode> {
    let database = open_existing(&arguments.database, Access::Read, &arguments.open.config()?)?;
    let mut session = database.session("main")?;
    let of = arguments.branch.as_deref().map(text_literal).unwrap_or_default();
    let sql = format!(
        "SELECT id, branch, committed_at, changes FROM helios_commits({of}) ORDER BY id DESC LIMIT {}",
        arguments.limit
    );
    let found = rows(&mut HeliosPeer(&mut session), &sql)?;
    report::write(arguments.report.format, &["id", "branch", "committed_at", "changes"], &found)?;
    drop(session);
    database.close()?;
    Ok(ExitCode::SUCCESS)
}
