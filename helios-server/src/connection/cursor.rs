//! Cursors: portals that SQL makes, reads and closes.

use std::io;

use helios::Value;
use helios::sql::SqlType;

use super::Client;
use super::portal::{Outcome, OutputColumn, Portal, State};
use super::transaction::Block;
use crate::failure::Failure;
use crate::sqlstate;

fn no_cursor(name: &str) -> Failure {
    Failure::new(sqlstate::NO_CURSOR, format!("cursor \"{name}\" does not exist"))
}

impl Client<'_> {
    /// DECLARE, of a query with parameters of these types and with these values.
    pub(super) fn declare(
        &mut self,
        name: &str,
        (text, types): (&str, &[SqlType]),
        values: Vec<Value>,
        hold: bool,
    ) -> Result<Outcome, Failure> {
        if self.block == Block::None && !hold {
            let message = "DECLARE CURSOR can only be used in transaction blocks";
            return Err(Failure::new(sqlstate::NO_TRANSACTION, message));
        }
        if self.portals.contains_key(name) {
            return Err(Failure::new(
                sqlstate::DUPLICATE_CURSOR,
                format!("cursor \"{name}\" already exists"),
            ));
        }
        let types: Vec<Option<SqlType>> = types.iter().copied().map(Some).collect();
        let prepared = self.prepare_typed(text, &types)?;
        if prepared.columns.is_empty() || prepared.command.is_some() {
            return Err(Failure::new(sqlstate::SYNTAX_ERROR, "a cursor is of a query that gives rows"));
        }
        if prepared.parameters.len() != values.len() {
            return Err(Failure::new("42P02", "there is no parameter $1"));
        }
        let mut portal = Portal::new(prepared);
        portal.values = values;
        portal.is_held = hold;
        // It shows what is there now.
        self.start_portal(&mut portal, true)?;
        self.portals.insert(name.to_owned(), portal);
        Ok(Outcome::Complete("DECLARE CURSOR".to_owned()))
    }

    /// The columns of a cursor's rows; none if there is no such cursor yet.
    pub(super) fn cursor_columns(&self, name: &str) -> Vec<OutputColumn> {
        self.portals.get(name).map(|portal| portal.prepared.columns.clone()).unwrap_or_default()
    }

    pub(super) fn check_cursor(&self, name: &str) -> Result<(), Failure> {
        if self.portals.contains_key(name) { Ok(()) } else { Err(no_cursor(name)) }
    }

    /// FETCH and MOVE, forward by so many rows, or to the end.
    pub(super) fn fetch_cursor(
        &mut self,
        name: &str,
        count: Option<i64>,
        moves: bool,
        formats: &[i16],
    ) -> io::Result<Result<Outcome, Failure>> {
        let Some(mut portal) = self.portals.remove(name) else { return Ok(Err(no_cursor(name))) };
        let tag = |rows: u64| Outcome::Complete(format!("{} {rows}", if moves { "MOVE" } else { "FETCH" }));
        if count == Some(0) || matches!(portal.state, State::Done) {
            self.portals.insert(name.to_owned(), portal);
            return Ok(Ok(tag(0)));
        }
        let most = count.map_or(0, |count| usize::try_from(count).unwrap_or(usize::MAX));
        if moves {
            let moved = self.skip_rows(&mut portal, most);
            self.portals.insert(name.to_owned(), portal);
            return Ok(moved.map(tag));
        }
        let own = std::mem::replace(&mut portal.formats, formats.to_vec());
        let before = self.rows_written;
        let outcome = self.run_portal(&mut portal, most, true)?;
        portal.formats = own;
        let rows = self.rows_written - before;
        self.portals.insert(name.to_owned(), portal);
        Ok(outcome.map(|_| tag(rows)))
    }

    fn skip_rows(&mut self, portal: &mut Portal, most: usize) -> Result<u64, Failure> {
        let mut moved = 0;
        // The protocol's portals do nothing before somebody wants their rows.
        if matches!(portal.state, State::Fresh) && !portal.prepared.columns.is_empty() {
            self.start_portal(portal, true)?;
        }
        let State::Rows(rows) = &mut portal.state else { return Ok(0) };
        while most == 0 || moved < most as u64 {
            if !rows.fill(self)? {
                break;
            }
            rows.take();
            moved += 1;
        }
        Ok(moved)
    }

    /// CLOSE.
    pub(super) fn close_cursor(&mut self, name: Option<&str>) -> Result<Outcome, Failure> {
        let tag = match name {
            None => {
                self.portals.clear();
                "CLOSE CURSOR ALL"
            }
            Some(name) => {
                self.check_cursor(name)?;
                self.portals.remove(name);
                "CLOSE CURSOR"
            }
        };
        Ok(Outcome::Complete(tag.to_owned()))
    }
}
