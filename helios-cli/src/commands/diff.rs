//! `helios diff`: what two branches, or two moments, differ in.

use std::path::PathBuf;
use std::process::ExitCode;

use helios::sql::DiffKind;
use helios::{Access, Database, Value};

use super::text_literal;
use crate::connect::{OpenArguments, open_existing};
use crate::failure::{Failure, Outcome};
use crate::report::{self, ReportArguments};
use crate::transfer::{HeliosPeer, rows};

/// The arguments of `diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct DiffArguments {
    /// The database.
    database: PathBuf,
    /// A branch.
    a: String,
    /// Another branch, or the same at another moment.
    b: String,
    /// The moment of the first, of those that history has.
    #[arg(long, value_name = "MOMENT")]
    a_as_of: Option<String>,
    /// The moment of the second.
    #[arg(long, value_name = "MOMENT")]
    b_as_of: Option<String>,
    /// Only this table.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Tell how many rows of each table differ, and whether its definition does, in the place of the rows.
    #[arg(long)]
    stat: bool,
    #[command(flatten)]
    report: ReportArguments,
    #[command(flatten)]
    open: OpenArguments,
}

pub(super) fn run(arguments: &DiffArguments) -> Outcome<ExitCode> {
    let database = open_existing(&arguments.database, Access::Read, &arguments.open.config()?)?;
    if arguments.stat {
        stat(arguments, &database)?;
    } else {
        differences(arguments, &database)?;
    }
    database.close()?;
    Ok(ExitCode::SUCCESS)
}

fn stat(arguments: &DiffArguments, database: &Database) -> Outcome {
    if arguments.a_as_of.is_some() || arguments.b_as_of.is_some() {
        return Err(Failure::new("--stat compares branches as they are, not as they were"));
    }
    let found = database.compare_branches(&arguments.a, &arguments.b)?;
    let is_wanted =
        |name: &str| arguments.table.as_ref().is_none_or(|table| table.eq_ignore_ascii_case(name));
    let tables: Vec<Vec<Value>> = found
        .iter()
        .filter(|table| is_wanted(&table.name))
        .map(|table| {
            let count = |kind| Value::Integer(table.count(kind) as i64);
            let schema = if table.schema_changed { "changed" } else { "the same" };
            vec![
                Value::text(&table.name),
                count(DiffKind::Added),
                count(DiffKind::Removed),
                count(DiffKind::Changed),
                Value::text(schema),
            ]
        })
        .collect();
    report::write(arguments.report.format, &["table", "added", "removed", "changed", "definition"], &tables)
}

fn differences(arguments: &DiffArguments, database: &Database) -> Outcome {
    let mut session = database.session("main")?;
    let moment = |moment: &Option<String>| moment.as_deref().map_or("NULL".to_owned(), text_literal);
    let only = match &arguments.table {
        Some(table) => format!("WHERE table_name = {} COLLATE NOCASE", text_literal(table)),
        None => String::new(),
    };
    let sql = format!(
        "SELECT table_name, kind, key, row_a, row_b FROM helios_diff({}, {}, {}, {}) {only}",
        text_literal(&arguments.a),
        text_literal(&arguments.b),
        moment(&arguments.a_as_of),
        moment(&arguments.b_as_of)
    );
    let found = rows(&mut HeliosPeer(&mut session), &sql)?;
    report::write(arguments.report.format, &["table", "kind", "key", "row_a", "row_b"], &found)
}
