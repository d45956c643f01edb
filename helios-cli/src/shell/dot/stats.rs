//! `.stats`: what the process takes.

use std::fs;
use std::io::Write;

use helios::sql::Statement;

use super::Command;
use crate::failure::Outcome;
use crate::shell::{After, Shell};

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "stats",
    least: 3,
    arguments: "?on|off|stmt?",
    summary: "Show what the process takes, now or behind each statement",
    details: &["stmt    With the columns of the statement"],
    action: stats,
}];

/// What is shown behind each statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shell) enum Stats {
    Off,
    On,
    Statement,
}

/// What the system tells of a process, and what that is called.
const INPUT_AND_OUTPUT: [(&str, &str); 7] = [
    ("rchar: ", "Bytes received by read():"),
    ("wchar: ", "Bytes sent to write():"),
    ("syscr: ", "Read() system calls:"),
    ("syscw: ", "Write() system calls:"),
    ("read_bytes: ", "Bytes read from storage:"),
    ("write_bytes: ", "Bytes written to storage:"),
    ("cancelled_write_bytes: ", "Cancelled write bytes:"),
];

/// The column in which figures begin.
const INDENT: usize = 37;

fn stats(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    match words {
        [_] => shell.show_stats()?,
        [_, word] if word == "stmt" => shell.switches.stats = Stats::Statement,
        [_, word] if word == "vmstep" => {
            return shell.refuse("Error: there is no virtual machine whose steps could be counted");
        }
        [_, word] => shell.switches.stats = if shell.switched(word)? { Stats::On } else { Stats::Off },
        _ => return shell.usage(".stats ?on|off|stmt?"),
    }
    Ok(After::GoOn)
}

impl Shell {
    /// Shows what is asked for behind a statement.
    pub(in crate::shell) fn show_stats_of(&mut self, statement: &Statement) -> Outcome {
        if self.switches.stats == Stats::Statement {
            let columns = statement.columns();
            writeln!(self.output, "{:INDENT$}{}", "Number of output columns:", columns.len())?;
            for (at, column) in columns.iter().enumerate() {
                let declared = column.declared_type.as_deref().unwrap_or("(null)");
                writeln!(self.output, "{:INDENT$}{}", format!("Column {at} name:"), column.name)?;
                writeln!(self.output, "{:INDENT$}{declared}", format!("Column {at} declared type:"))?;
            }
        }
        if self.switches.stats != Stats::Off {
            self.show_stats()?;
        }
        Ok(())
    }

    fn show_stats(&mut self) -> Outcome {
        // Not every system has these files.
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let kilobytes = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().trim_end_matches(" kB").parse().ok()
        };
        if let (Some(now), Some(most)) = (kilobytes("VmRSS:"), kilobytes("VmHWM:")) {
            let (now, most) = (now * 1024, most * 1024);
            writeln!(self.output, "{:INDENT$}{now} (max {most}) bytes", "Memory Used:")?;
        }
        let told = fs::read_to_string("/proc/self/io").unwrap_or_default();
        for (begin, name) in INPUT_AND_OUTPUT {
            if let Some(number) = told.lines().find_map(|line| line.strip_prefix(begin)) {
                writeln!(self.output, "{name:INDENT$}{number}")?;
            }
        }
        Ok(())
    }
}
