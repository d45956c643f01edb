//! `helios`: the command line. Without a command it is a shell for SQL, as `sqlite3` is; commands are for whole databases.
//!
//! In: arguments, and what stands on standard input. Out: answers on standard output, errors on standard error, and an
//! exit code: 0, or 1 if something has failed, or 2 if the arguments are wrong.

mod commands;
mod connect;
mod failure;
mod fresh;
mod interrupt;
mod json;
mod progress;
mod render;
mod report;
mod separated;
mod shell;
mod transfer;
mod virtual_tables;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use failure::Outcome;

/// A shell for databases of helios, and commands for whole databases.
#[derive(Debug, Parser)]
#[command(name = "helios", version, about, long_about = None, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<commands::Command>,
    #[command(flatten)]
    shell: shell::ShellArguments,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(failure) => {
            if !failure.is_broken_pipe() {
                // Nobody may be there to read it.
                let _nobody = writeln!(std::io::stderr(), "Error: {failure}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    match &arguments.command {
        Some(command) => commands::run(command),
        None => shell::run(&arguments.shell),
    }
}
