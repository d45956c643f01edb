//! Query: a text of statements, one transaction unless they say otherwise, answers in text form.

use std::io;

use helios::sql::{Dialect, tokens};

use super::Client;
use super::portal::{Outcome, Portal};
use crate::failure::Failure;

impl Client<'_> {
    /// Runs all statements of a text. After an error the rest is passed over.
    pub(super) fn query(&mut self, text: &str) -> io::Result<()> {
        // Statements of other messages are over.
        self.portals.remove("");
        let mut rest = text;
        let mut is_first = true;
        loop {
            match self.query_first(rest, is_first)? {
                Ok(Some(end)) => rest = rest.get(end..).unwrap_or_default(),
                Ok(None) => {
                    if is_first {
                        self.reply.message(b'I', |_| {});
                    }
                    break;
                }
                Err(failure) => {
                    self.fail(&failure.placed_in(text, text.len() - rest.len()));
                    break;
                }
            }
            is_first = false;
        }
        self.sync();
        Ok(())
    }

    /// Runs the first statement; answers with where the rest begins, or `None` if there is none.
    fn query_first(&mut self, text: &str, is_first: bool) -> io::Result<Result<Option<usize>, Failure>> {
        let (prepared, end) = match self.parse_first(text, &[]) {
            Ok(Some(parsed)) => parsed,
            Ok(None) => return Ok(Ok(None)),
            Err(failure) => return Ok(Err(self.block_failure().unwrap_or(failure))),
        };
        if !prepared.parameters.is_empty() {
            return Ok(Err(Failure::new("42P02", "there is no parameter $1")));
        }
        let is_alone = is_first && is_empty(text.get(end..).unwrap_or_default(), Dialect::Postgres);
        let mut portal = Portal::new(prepared);
        // Rows are described before the first of them, and only if the statement can be run.
        if portal.prepared.command.is_none() {
            if let Err(failure) = self.start_portal(&mut portal, is_alone) {
                return Ok(Err(failure));
            }
        } else if let Err(failure) = self.check_command(&portal) {
            return Ok(Err(failure));
        }
        if !portal.prepared.columns.is_empty() {
            self.reply.fields(&portal.prepared.fields(&[]));
        }
        match self.run_portal(&mut portal, 0, is_alone)? {
            Ok(Outcome::Complete(tag)) => self.reply.complete(&tag),
            Ok(Outcome::Suspended | Outcome::Empty) => {}
            Err(failure) => return Ok(Err(failure)),
        }
        Ok(Ok(Some(end)))
    }

    /// The error about a transaction that has failed goes before those about a statement.
    fn block_failure(&self) -> Option<Failure> {
        self.check_block().err()
    }
}

/// Whether there is no statement in a text.
pub(super) fn is_empty(text: &str, dialect: Dialect) -> bool {
    let mut rest = text;
    loop {
        if !tokens(rest, dialect).is_empty() {
            return false;
        }
        let end = helios::sql::statement_end(rest, dialect);
        if end >= rest.len() {
            return true;
        }
        rest = &rest[end..];
    }
}
