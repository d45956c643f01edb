//! Parse, Bind, Describe, Execute, Close: a statement in steps.

use std::io;
use std::rc::Rc;

use helios::Value;
use helios::sql::SqlType;

use super::Client;
use super::portal::{Outcome, Portal, Prepared, State, format_at};
use crate::command::Command;
use crate::failure::Failure;
use crate::sqlstate;
use crate::types::{Format, of_oid, oid_of, read};
use crate::wire::{Bind, Describe, Execute, Message, Parse, Target};

/// A Sync that has come already.
const SYNC: [u8; 5] = [b'S', 0, 0, 0, 4];

impl Client<'_> {
    /// Does what a message says.
    pub(super) fn extended(&mut self, message: Message) -> io::Result<Result<(), Failure>> {
        Ok(match message {
            Message::Parse(parse) => self.parse(&parse),
            Message::Bind(bind) => self.bind(bind),
            Message::Describe(describe) => self.describe(&describe),
            Message::Execute(execute) => return self.execute(&execute),
            Message::Close(close) => {
                match close.target {
                    Target::Statement => drop(self.statements.remove(&close.name)),
                    Target::Portal => drop(self.portals.remove(&close.name)),
                }
                self.reply.message(b'3', |_| {});
                Ok(())
            }
            _ => Err(Failure::unsupported("function calls of the protocol are not supported")),
        })
    }

    fn parse(&mut self, parse: &Parse) -> Result<(), Failure> {
        if !parse.name.is_empty() && self.statements.contains_key(&parse.name) {
            let message = format!("prepared statement \"{}\" already exists", parse.name);
            return Err(Failure::new(sqlstate::DUPLICATE_STATEMENT, message));
        }
        let prepared = self.prepare_one(&parse.text, &parse.types)?;
        self.statements.insert(parse.name.clone(), prepared);
        self.reply.message(b'1', |_| {});
        Ok(())
    }

    /// Prepares a text of one statement.
    pub(super) fn prepare_one(&mut self, text: &str, oids: &[u32]) -> Result<Rc<Prepared>, Failure> {
        if self.is_own {
            return self.prepare_own(text);
        }
        let given: Vec<Option<SqlType>> = oids.iter().map(|oid| of_oid(*oid)).collect();
        self.prepare_typed(text, &given)
    }

    /// Prepares a text of one statement whose parameters have these types, as far as they are known.
    pub(super) fn prepare_typed(
        &mut self,
        text: &str,
        given: &[Option<SqlType>],
    ) -> Result<Rc<Prepared>, Failure> {
        if let Err(failure) = self.check_block() {
            let ends = matches!(
                crate::command::first(text),
                Ok((Some(Command::Rollback { .. } | Command::RollbackTo(_) | Command::Commit { .. }), _))
            );
            if !ends {
                return Err(failure);
            }
        }
        let parsed = self.parse_first(text, given).map_err(|failure| failure.placed_in(text, 0))?;
        let Some((prepared, end)) = parsed else {
            return Ok(Rc::new(Prepared::of_command(Command::Empty)));
        };
        if self.parse_first(text.get(end..).unwrap_or_default(), &[])?.is_some() {
            let message = "cannot insert multiple commands into a prepared statement";
            return Err(Failure::new(sqlstate::SYNTAX_ERROR, message));
        }
        Ok(prepared)
    }

    pub(super) fn statement(&self, name: &str) -> Result<Rc<Prepared>, Failure> {
        self.statements.get(name).cloned().ok_or_else(|| {
            Failure::new(sqlstate::NO_STATEMENT, format!("prepared statement \"{name}\" does not exist"))
        })
    }

    fn bind(&mut self, bind: Bind) -> Result<(), Failure> {
        let prepared = self.statement(&bind.statement)?;
        if !self.is_own && bind.formats.iter().chain(&bind.result_formats).any(|format| *format == 2) {
            return Err(Failure::protocol_error("unsupported format code: 2"));
        }
        if bind.values.len() != prepared.parameters.len() {
            return Err(Failure::protocol_error(format!(
                "bind message supplies {} parameters, but prepared statement \"{}\" requires {}",
                bind.values.len(),
                bind.statement,
                prepared.parameters.len()
            )));
        }
        if bind.result_formats.len() > 1 && bind.result_formats.len() != prepared.columns.len() {
            return Err(Failure::protocol_error(format!(
                "bind message has {} result formats but query has {} columns",
                bind.result_formats.len(),
                prepared.columns.len()
            )));
        }
        if !bind.portal.is_empty() && self.portals.contains_key(&bind.portal) {
            let message = format!("cursor \"{}\" already exists", bind.portal);
            return Err(Failure::new(sqlstate::DUPLICATE_CURSOR, message));
        }
        let values = bind
            .values
            .iter()
            .zip(&prepared.parameters)
            .enumerate()
            .map(|(position, (value, sql_type))| match value {
                None => Ok(Value::Null),
                Some(bytes) => read(bytes, *sql_type, Format::of(format_at(&bind.formats, position))),
            })
            .collect::<Result<_, _>>()?;
        let portal =
            Portal { values, formats: bind.result_formats, is_held: false, state: State::Fresh, prepared };
        self.portals.insert(bind.portal, portal);
        self.reply.message(b'2', |_| {});
        Ok(())
    }

    fn describe(&mut self, describe: &Describe) -> Result<(), Failure> {
        let (prepared, formats) = match describe.target {
            Target::Statement => {
                let prepared = self.statement(&describe.name)?;
                let oids: Vec<u32> = prepared.parameters.iter().map(|sql_type| oid_of(*sql_type)).collect();
                self.reply.parameters(&oids);
                (prepared, Vec::new())
            }
            Target::Portal => {
                let portal = self.portals.get(&describe.name).ok_or_else(|| no_portal(&describe.name))?;
                (portal.prepared.clone(), portal.formats.clone())
            }
        };
        match prepared.columns.is_empty() {
            true => self.reply.message(b'n', |_| {}),
            false => self.reply.fields(&prepared.fields(&formats)),
        }
        Ok(())
    }

    fn execute(&mut self, execute: &Execute) -> io::Result<Result<(), Failure>> {
        let Some(mut portal) = self.portals.remove(&execute.portal) else {
            return Ok(Err(no_portal(&execute.portal)));
        };
        if let Err(failure) = self.check_command(&portal) {
            return Ok(Err(failure));
        }
        if let State::Done = portal.state {
            self.portals.insert(execute.portal.clone(), portal);
            let message = format!("portal \"{}\" cannot be run", execute.portal);
            return Ok(Err(Failure::new("55000", message)));
        }
        // What nothing follows but the end is a transaction by itself.
        let is_alone = self.channel.buffered().starts_with(&SYNC);
        let most = usize::try_from(execute.most).unwrap_or(0);
        let outcome = self.run_portal(&mut portal, most, is_alone)?;
        match outcome {
            Ok(Outcome::Complete(tag)) => self.reply.complete(&tag),
            Ok(Outcome::Suspended) => self.reply.message(b's', |_| {}),
            Ok(Outcome::Empty) => self.reply.message(b'I', |_| {}),
            Err(failure) => return Ok(Err(failure)),
        }
        // Commands may have closed it, or put another in its place.
        if portal.prepared.command.is_none() {
            self.portals.insert(execute.portal.clone(), portal);
        }
        Ok(Ok(()))
    }
}

/// There is no such portal.
pub(super) fn no_portal(name: &str) -> Failure {
    Failure::new(sqlstate::NO_CURSOR, format!("portal \"{name}\" does not exist"))
}
