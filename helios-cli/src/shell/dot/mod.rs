//! Dot commands: what the shell does besides SQL.
//!
//! In: a line that begins with a dot. Out: what the command writes, and how to go on. A command is found by its name or
//! the beginning of one; what is no command, and an option that a command does not have, is an error.

mod absent;
mod advice;
mod branches;
mod clone;
mod dump;
mod files;
mod fullschema;
mod help;
mod import;
mod indent;
mod limit;
mod lint;
mod parameters;
mod schema;
mod settings;
mod stats;
mod sums;
mod trace;
mod words;

use super::{After, Shell};
use crate::failure::Outcome;

pub(super) use stats::Stats;
pub(super) use trace::Tracer;
use words::words;

/// Does a command with its arguments, its own name among them.
type Action = fn(&mut Shell, &[String]) -> Outcome<After>;

/// A dot command.
struct Command {
    name: &'static str,
    /// How many letters of the name are enough.
    least: usize,
    /// What stands behind the name.
    arguments: &'static str,
    /// What it does.
    summary: &'static str,
    /// Lines about its options.
    details: &'static [&'static str],
    action: Action,
}

/// All commands, in the order in which they are told and looked for.
const COMMANDS: &[&[Command]] = &[
    files::COMMANDS,
    branches::COMMANDS,
    schema::COMMANDS,
    fullschema::COMMANDS,
    dump::COMMANDS,
    clone::COMMANDS,
    import::COMMANDS,
    parameters::COMMANDS,
    settings::COMMANDS,
    limit::COMMANDS,
    lint::COMMANDS,
    advice::COMMANDS,
    sums::COMMANDS,
    stats::COMMANDS,
    trace::COMMANDS,
    help::COMMANDS,
];

fn all() -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().copied().flatten()
}

/// The names of all commands, without the dot.
pub(super) fn command_names() -> impl Iterator<Item = &'static str> {
    all().map(|command| command.name)
}

/// The command of a name, or of the beginning of one.
fn command_of(name: &str) -> Option<&'static Command> {
    let fits = |command: &&Command| command.name.starts_with(name) && name.len() >= command.least;
    all().find(|command| command.name == name).or_else(|| all().find(fits))
}

impl Shell {
    /// Does what a line says that begins with a dot.
    pub(super) fn command(&mut self, line: &str) -> Outcome<After> {
        let words = words(line.strip_prefix('.').unwrap_or(line));
        let Some(name) = words.first() else { return Ok(After::GoOn) };
        let Some(command) = command_of(name) else {
            if let Some(reason) = absent::reason(name) {
                return self.refuse(&format!("Error: there is no .{name} here: {reason}"));
            }
            return self.refuse(&format!(
                "Error: unknown command or invalid arguments:  \"{name}\". Enter \".help\" for help"
            ));
        };
        match (command.action)(self, &words) {
            Ok(after) => Ok(after),
            Err(failure) if failure.is_broken_pipe() => Err(failure),
            Err(failure) => self.refuse(&format!("Error: {failure}")),
        }
    }

    /// Says why a command is not done.
    fn refuse(&mut self, text: &str) -> Outcome<After> {
        self.complain(text)?;
        Ok(After::Failed)
    }

    /// Says how a command is used.
    fn usage(&mut self, text: &str) -> Outcome<After> {
        self.refuse(&format!("Usage: {text}"))
    }
}
