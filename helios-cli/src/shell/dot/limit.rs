//! `.limits`: what a session limits.

use std::io::Write;

use helios::sql::Limit;

use super::Command;
use crate::failure::Outcome;
use crate::shell::{After, Shell};

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "limits",
    least: 5,
    arguments: "?LIMIT? ?VAL?",
    summary: "Show limits, or lower one; the beginning of its name is enough",
    details: &[],
    action: limit,
}];

/// Their names, in the order of SQLite's numbers.
const NAMES: [&str; 12] = [
    "length",
    "sql_length",
    "column",
    "expr_depth",
    "compound_select",
    "vdbe_op",
    "function_arg",
    "attached",
    "like_pattern_length",
    "variable_number",
    "trigger_depth",
    "worker_threads",
];

fn limit(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let (wanted, value) = match words {
        [_] => {
            for at in 0..NAMES.len() {
                tell(shell, at)?;
            }
            return Ok(After::GoOn);
        }
        [_, name] => (name, None),
        [_, name, value] => (name, Some(value)),
        _ => return shell.refuse("Usage: .limit NAME ?NEW-VALUE?"),
    };
    let begin = wanted.to_ascii_lowercase();
    let mut found = (0..NAMES.len()).filter(|at| NAMES[*at].starts_with(&begin));
    let at = match (found.next(), found.next()) {
        (Some(at), None) => at,
        (Some(_), Some(_)) => return shell.refuse(&format!("ambiguous limit: \"{wanted}\"")),
        (None, _) => {
            return shell.refuse(&format!(
                "unknown limit: \"{wanted}\"\nenter \".limits\" with no arguments for a list."
            ));
        }
    };
    if let (Some(limit), Some(value)) = (limit_of(at), value) {
        // What is no number is none, as everywhere in SQL.
        shell.opened.session.set_limit(limit, value.parse().unwrap_or(0));
    }
    tell(shell, at)?;
    Ok(After::GoOn)
}

fn limit_of(at: usize) -> Option<Limit> {
    Limit::by_number(i32::try_from(at).ok()?)
}

fn tell(shell: &mut Shell, at: usize) -> Outcome {
    let Some(limit) = limit_of(at) else { return Ok(()) };
    Ok(writeln!(shell.output, "{:>20} {}", NAMES[at], shell.opened.session.limit(limit))?)
}
