//! `.expert`: which indexes would help the next statement, which is not run.

use std::io::Write;

use helios::sql::Statement;

use super::Command;
use crate::shell::statement::StatementFailure;
use crate::shell::{After, Shell};

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "expert",
    least: 3,
    arguments: "",
    summary: "Suggest indexes for the next statement, in the place of running it",
    details: &[],
    action: |shell, words| {
        if let Some(word) = words.get(1) {
            return shell.refuse(&format!("unknown option: {word}"));
        }
        shell.switches.advises = true;
        Ok(After::GoOn)
    },
}];

impl Shell {
    /// Shows indexes that would help a statement, and the plan that it has without them.
    pub(in crate::shell) fn advise(&mut self, statement: &Statement) -> Result<(), StatementFailure> {
        let suggestions = self.opened.session.suggestions_for(statement.text());
        let suggestions = suggestions.map_err(StatementFailure::Running)?;
        if suggestions.is_empty() {
            writeln!(self.output, "(no new indexes)")?;
        }
        for suggestion in suggestions {
            writeln!(self.output, "{}; -- {:.1} times as fast", suggestion.index, suggestion.speedup)?;
        }
        writeln!(self.output)?;
        self.show_plan(statement)?;
        Ok(writeln!(self.output)?)
    }
}
