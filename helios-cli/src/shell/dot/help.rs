//! `.help`, `.print`, `.quit` and their like.

use std::io::Write;
use std::process::Command as Program;

use super::{Command, all};
use crate::failure::Outcome;
use crate::shell::{After, Shell};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "cd",
        least: 2,
        arguments: "DIRECTORY",
        summary: "Go to another folder",
        details: &[],
        action: |shell, words| match words {
            [_, folder] => match std::env::set_current_dir(folder) {
                Ok(()) => Ok(After::GoOn),
                Err(_) => shell.refuse(&format!("Cannot change to directory \"{folder}\"")),
            },
            _ => shell.usage(".cd DIRECTORY"),
        },
    },
    Command {
        name: "exit",
        least: 3,
        arguments: "?CODE?",
        summary: "End the program with an exit code",
        details: &[],
        action: |_, words| match words.get(1) {
            None => Ok(After::Quit),
            // As a process has it: the low byte of a number, and what is no number is 0.
            Some(code) => match code.parse::<i64>().unwrap_or(0) as u8 {
                0 => Ok(After::Quit),
                code => Ok(After::Exit(code)),
            },
        },
    },
    Command {
        name: "help",
        least: 1,
        arguments: "?-all? ?COMMAND?",
        summary: "Tell what there is, or of one command",
        details: &[],
        action: help,
    },
    Command {
        name: "print",
        least: 3,
        arguments: "STRING...",
        summary: "Write words as they are",
        details: &[],
        action: |shell, words| {
            writeln!(shell.output, "{}", words[1..].join(" "))?;
            Ok(After::GoOn)
        },
    },
    Command {
        name: "quit",
        least: 1,
        arguments: "",
        summary: "End the program, or the file that is read",
        details: &[],
        action: |_, _| Ok(After::Quit),
    },
    Command {
        name: "shell",
        least: 4,
        arguments: "CMD ARGS...",
        summary: "Run a program",
        details: &[],
        action: run_program,
    },
    Command {
        name: "system",
        least: 4,
        arguments: "CMD ARGS...",
        summary: "Run a program",
        details: &[],
        action: run_program,
    },
    Command {
        name: "version",
        least: 1,
        arguments: "",
        summary: "Tell the versions of helios and of the SQL that it speaks",
        details: &[],
        action: |shell, _| {
            let sqlite = shell.text_of("SELECT sqlite_version()")?;
            writeln!(shell.output, "helios {}, as SQLite {sqlite}", env!("CARGO_PKG_VERSION"))?;
            Ok(After::GoOn)
        },
    },
];

/// The column in which summaries begin.
const INDENT: usize = 25;

fn help(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    match words.get(1).map(String::as_str) {
        None => {
            let mut commands: Vec<&Command> = all().collect();
            commands.sort_by_key(|command| command.name);
            for command in commands {
                line(shell, command)?;
            }
        }
        Some("-all" | "--all") => {
            let mut commands: Vec<&Command> = all().collect();
            commands.sort_by_key(|command| command.name);
            for command in commands {
                tell(shell, command.name)?;
            }
        }
        Some(name) => {
            let name = name.trim_start_matches('.');
            let found: Vec<&Command> = all().filter(|command| command.name.starts_with(name)).collect();
            if found.is_empty() {
                writeln!(shell.output, "Nothing matches '{name}'")?;
            }
            for command in found {
                tell(shell, command.name)?;
            }
        }
    }
    Ok(After::GoOn)
}

fn line(shell: &mut Shell, command: &Command) -> Outcome {
    let usage = format!(".{} {}", command.name, command.arguments);
    Ok(writeln!(shell.output, "{:INDENT$}{}", usage.trim_end(), command.summary)?)
}

/// Tells of one command with all its options.
pub(super) fn tell(shell: &mut Shell, name: &str) -> Outcome {
    let Some(command) = all().find(|command| command.name == name) else { return Ok(()) };
    line(shell, command)?;
    for detail in command.details {
        writeln!(shell.output, "   {detail}")?;
    }
    Ok(())
}

fn run_program(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    if words.len() < 2 {
        return shell.usage(".system COMMAND");
    }
    shell.output.flush()?;
    let status = Program::new("/bin/sh").arg("-c").arg(words[1..].join(" ")).status()?;
    if !status.success() {
        shell.complain(&format!("System command returns {}", status.code().unwrap_or(-1)))?;
    }
    Ok(After::GoOn)
}
