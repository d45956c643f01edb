//! `.branch` and `.branches`.

use std::io::Write;

use super::Command;
use crate::failure::{Failure, Outcome};
use crate::shell::statement::StatementFailure;
use crate::shell::{After, Shell};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "branch",
        least: 2,
        arguments: "?NAME?",
        summary: "Go on on another branch, or tell the name of this one",
        details: &[],
        action: branch,
    },
    Command {
        name: "branches",
        least: 7,
        arguments: "",
        summary: "List the branches",
        details: &[],
        action: |shell, words| match words {
            [_] => match shell.execute("SHOW BRANCHES") {
                Ok(()) => Ok(After::GoOn),
                Err(StatementFailure::Output(failure)) => Err(failure),
                Err(error) => Err(Failure::new(error.text())),
            },
            _ => shell.usage(".branches"),
        },
    },
];

fn branch(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    match words {
        [_] => writeln!(shell.output, "{}", shell.opened.session.branch())?,
        [_, name] => {
            if shell.opened.session.in_transaction() {
                return Err(Failure::new("cannot change the branch within a transaction"));
            }
            let database = shell.opened.database.clone();
            database.take_session(&mut shell.opened.session, name)?;
            shell.vocabulary.follow(&shell.opened);
        }
        _ => return shell.usage(".branch ?NAME?"),
    }
    Ok(After::GoOn)
}
