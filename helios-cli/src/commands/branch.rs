//! `helios branch`: what branches there are, new ones, and none any more.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use helios::sql::moment_of_value;
use helios::{Access, Value};

use crate::connect::{OpenArguments, open_existing};
use crate::failure::Outcome;
use crate::report::{self, ReportArguments};
use crate::transfer::{HeliosPeer, rows};

/// What is done with branches.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum BranchCommand {
    /// Lists the branches, main first.
    List(ListArguments),
    /// Makes a branch of what is committed on another.
    Create(CreateArguments),
    /// Deletes a branch. Branches that were made of it live on.
    Drop(DropArguments),
}

/// The arguments of `branch list`.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArguments {
    /// The database.
    database: PathBuf,
    #[command(flatten)]
    report: ReportArguments,
    #[command(flatten)]
    open: OpenArguments,
}

/// The arguments of `branch create`.
#[derive(Debug, clap::Args)]
pub(crate) struct CreateArguments {
    /// The database.
    database: PathBuf,
    /// The name of the new branch.
    name: String,
    /// The branch that it is made of.
    #[arg(long, value_name = "NAME", default_value = "main")]
    from: String,
    /// The moment that it begins with, of those that history has.
    #[arg(long, value_name = "MOMENT")]
    as_of: Option<String>,
    #[command(flatten)]
    open: OpenArguments,
}

/// The arguments of `branch drop`.
#[derive(Debug, clap::Args)]
pub(crate) struct DropArguments {
    /// The database.
    database: PathBuf,
    /// The name of the branch.
    name: String,
    #[command(flatten)]
    open: OpenArguments,
}

pub(super) fn run(command: &BranchCommand) -> Outcome<ExitCode> {
    match command {
        BranchCommand::List(arguments) => list(arguments)?,
        BranchCommand::Create(arguments) => create(arguments)?,
        BranchCommand::Drop(arguments) => {
            let config = arguments.open.config()?;
            let database = open_existing(&arguments.database, Access::Write, &config)?;
            database.delete_branch(&arguments.name)?;
            database.close()?;
            writeln!(std::io::stdout(), "the branch {} is gone", arguments.name)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(arguments: &ListArguments) -> Outcome {
    let database = open_existing(&arguments.database, Access::Read, &arguments.open.config()?)?;
    let mut session = database.session("main")?;
    // Whether somebody is on a branch is known within a process alone.
    let sql = "SELECT name, parent, created_at, divergence_point, commits, size_bytes, merged_at \
               FROM helios_branches ORDER BY created_at, name";
    let found = rows(&mut HeliosPeer(&mut session), sql)?;
    let names = ["name", "parent", "created_at", "divergence_point", "commits", "size_bytes", "merged_at"];
    report::write(arguments.report.format, &names, &found)?;
    drop(session);
    Ok(database.close()?)
}

fn create(arguments: &CreateArguments) -> Outcome {
    let database = open_existing(&arguments.database, Access::Write, &arguments.open.config()?)?;
    let (name, from) = (&arguments.name, &arguments.from);
    match &arguments.as_of {
        None => database.create_branch(name, from)?,
        Some(moment) => {
            let moment = moment_of_value(Value::text(moment).as_ref())?;
            database.create_branch_as_of(name, from, moment.0)?;
        }
    }
    database.close()?;
    Ok(writeln!(std::io::stdout(), "the branch {name} is made of {from}")?)
}
