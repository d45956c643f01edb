//! Clients of our own (`helios.dialect = sqlite`): what they say is SQLite's language, and each statement does what it does
//! on a local connection.
//!
//! So there is no transaction around a pipeline, none that has failed, and of the server's own statements only those about
//! its users, which no local connection has. A statement's
//! tag tells what a local connection would: a word, the rowid of the last insert, how many rows were changed (-1 where
//! nothing is), and how many in all. Values go in format 2, with their storage classes.

use std::rc::Rc;

use helios::sql::Dialect;
use helios::sql::ast::Statement as Tree;

use super::Client;
use super::portal::Prepared;
use super::simple::is_empty;
use crate::command::{self, Command};
use crate::failure::Failure;
use crate::sqlstate;

impl Client<'_> {
    /// Prepares the one statement of a text.
    pub(super) fn prepare_own(&mut self, text: &str) -> Result<Rc<Prepared>, Failure> {
        let (prepared, end) = match about_users(text) {
            Some((command, end)) => (Prepared::of_command(command), end),
            None => {
                let Some(statement) = self.session.prepare(text)? else {
                    return Ok(Rc::new(Prepared::of_command(Command::Empty)));
                };
                let end = statement.tail();
                (Prepared::of_statement(statement), end)
            }
        };
        if !is_empty(text.get(end..).unwrap_or_default(), Dialect::Sqlite) {
            let message = "You can only execute one statement at a time.";
            return Err(Failure::new(sqlstate::SYNTAX_ERROR, message));
        }
        Ok(Rc::new(prepared))
    }

    /// Runs all statements of a text, up to the first that fails; nobody sees their rows.
    pub(super) fn own_script(&mut self, text: &str) {
        self.begin_statement();
        let done = self.run_script(text);
        self.end_statement();
        match done {
            Ok(()) => {
                let tag = self.own_tag(&Tree::Commit);
                self.reply.complete(&tag);
            }
            Err(failure) => self.fail(&failure),
        }
    }

    fn run_script(&mut self, text: &str) -> Result<(), Failure> {
        let mut rest = text;
        loop {
            if let Some((command, end)) = about_users(rest) {
                rest = rest.get(end..).unwrap_or_default();
                self.run_quietly(&command, true)?;
                continue;
            }
            let Some(mut statement) = self.session.prepare(rest)? else { return Ok(()) };
            rest = rest.get(statement.tail()..).unwrap_or_default();
            self.session.start(&mut statement, &Default::default())?;
            let mut rows = Default::default();
            while self.session.fetch(&mut statement, &mut rows)? {}
        }
    }

    /// What is said at the end of a statement.
    pub(super) fn own_tag(&self, tree: &Tree) -> String {
        let session = &self.session;
        let (word, changes) = match tree {
            Tree::Insert(_) => ("INSERT", session.changes()),
            Tree::Update(_) => ("UPDATE", session.changes()),
            Tree::Delete(_) => ("DELETE", session.changes()),
            _ => ("DONE", -1),
        };
        format!("{word} {} {changes} {}", session.last_insert_rowid(), session.total_changes())
    }
}

/// The first statement of a text and its end, if it is about the server's users.
fn about_users(text: &str) -> Option<(Command, usize)> {
    // What the server cannot read is the engine's, whose errors a local connection has, too.
    match command::first(text).ok()? {
        (Some(command @ (Command::SetUser { .. } | Command::DropUser { .. })), end) => Some((command, end)),
        _ => None,
    }
}
