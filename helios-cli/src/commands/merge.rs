//! `helios merge`: the work of a branch goes into another, all of it or nothing.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use helios::sql::{MergeConflicts, OnConflict};
use helios::{Access, Value};

use crate::connect::{OpenArguments, open_existing};
use crate::failure::Outcome;
use crate::report::{self, ReportArguments};
use crate::transfer::text;

/// The arguments of `merge`.
#[derive(Debug, clap::Args)]
pub(crate) struct MergeArguments {
    /// The database.
    database: PathBuf,
    /// The branch whose work is merged.
    source: String,
    /// The branch that it goes into.
    #[arg(long, value_name = "NAME", default_value = "main")]
    into: String,
    /// What is done about what both have changed.
    #[arg(long, value_enum, default_value_t)]
    on_conflict: Decision,
    #[command(flatten)]
    report: ReportArguments,
    #[command(flatten)]
    open: OpenArguments,
}

/// What is done about what both have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Decision {
    /// The conflicts are told, and nothing is merged.
    #[default]
    Abort,
    /// What the branch has that is merged into.
    Ours,
    /// What the branch has whose work is merged.
    Theirs,
}

pub(super) fn run(arguments: &MergeArguments) -> Outcome<ExitCode> {
    let database = open_existing(&arguments.database, Access::Write, &arguments.open.config()?)?;
    let mut session = database.session(&arguments.into)?;
    let on_conflict = match arguments.on_conflict {
        Decision::Abort => OnConflict::Abort,
        Decision::Ours => OnConflict::Ours,
        Decision::Theirs => OnConflict::Theirs,
    };
    let form = arguments.report.format;
    let code = match session.merge_branch(&arguments.source, None, on_conflict) {
        Ok(done) => {
            let counts = [
                ("rows added", done.rows_added),
                ("rows removed", done.rows_removed),
                ("rows changed", done.rows_changed),
                ("definitions changed", done.schema_changes),
            ];
            let counts: Vec<Vec<Value>> = counts
                .into_iter()
                .map(|(what, count)| vec![Value::text(what), Value::Integer(count as i64)])
                .collect();
            report::write(form, &["what", "count"], &counts)?;
            ExitCode::SUCCESS
        }
        Err(error) => {
            let refused = error.source().and_then(|cause| cause.downcast_ref::<MergeConflicts>());
            let Some(refused) = refused else { return Err(error.into()) };
            report::write(form, NAMES, &told(refused))?;
            writeln!(std::io::stderr(), "Error: {}", error.message())?;
            ExitCode::FAILURE
        }
    };
    drop(session);
    database.close()?;
    Ok(code)
}

const NAMES: &[&str] = &["table", "key", "columns", "base", "ours", "theirs", "violation"];

/// What stood against a merge.
fn told(refused: &MergeConflicts) -> Vec<Vec<Value>> {
    let list = |values: &[Value]| Value::text(&values.iter().map(text).collect::<Vec<_>>().join(", "));
    let row = |values: &Option<Vec<Value>>| values.as_deref().map_or(Value::Null, list);
    let conflicts = refused.conflicts.iter().map(|conflict| {
        vec![
            Value::text(&conflict.table),
            list(&conflict.key),
            Value::text(&conflict.columns.join(", ")),
            row(&conflict.base),
            row(&conflict.ours),
            row(&conflict.theirs),
            Value::Null,
        ]
    });
    let violations = refused.violations.iter().map(|violation| {
        let mut told = vec![Value::text(&violation.table), list(&violation.key)];
        told.resize(NAMES.len() - 1, Value::Null);
        told.push(Value::text(&violation.message));
        told
    });
    conflicts.chain(violations).collect()
}
