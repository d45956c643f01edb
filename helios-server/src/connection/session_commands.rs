//! Statements that the server does itself, but for cursors and COPY.

use std::io;

use helios::sql::{BaseType, SqlType};

use super::Client;
use super::portal::{Outcome, OutputColumn, Portal};
use super::settings::REPORTED;
use super::transaction::Block;
use crate::command::Command;
use crate::failure::Failure;
use crate::sqlstate;

/// What SHOW ALL gives.
const ALL_COLUMNS: [&str; 3] = ["name", "setting", "description"];

fn text_column(name: &str) -> OutputColumn {
    OutputColumn::of(name, SqlType::of(BaseType::Text))
}

fn complete(tag: &str) -> Result<Outcome, Failure> {
    Ok(Outcome::Complete(tag.to_owned()))
}

impl Client<'_> {
    /// The columns of a command's rows.
    pub(super) fn columns_of_command(&mut self, command: &Command) -> Result<Vec<OutputColumn>, Failure> {
        Ok(match command {
            Command::Show(name) if name == "all" => ALL_COLUMNS.map(text_column).to_vec(),
            Command::Show(name) => vec![text_column(self.shown(name)?.0.as_str())],
            Command::Fetch { name, moves: false, .. } => self.cursor_columns(name),
            Command::Execute { name, .. } => self.statement(name)?.columns.clone(),
            _ => Vec::new(),
        })
    }

    /// An error of a command that is known before it runs.
    pub(super) fn check_command(&self, portal: &Portal) -> Result<(), Failure> {
        match &portal.prepared.command {
            None | Some(Command::Commit { .. } | Command::Rollback { .. } | Command::RollbackTo(_)) => Ok(()),
            Some(Command::Fetch { name, .. }) => self.check_block().and_then(|()| self.check_cursor(name)),
            Some(_) => self.check_block(),
        }
    }

    /// Runs a command.
    pub(super) fn run_command(
        &mut self,
        command: &Command,
        portal: &Portal,
        is_alone: bool,
    ) -> io::Result<Result<Outcome, Failure>> {
        let formats = &portal.formats;
        self.begin_statement();
        if let Err(failure) = self.check_writing(command) {
            self.end_statement();
            return Ok(Err(failure));
        }
        let outcome = match command {
            Command::Fetch { count, name, moves } => self.fetch_cursor(name, *count, *moves, formats)?,
            Command::Copy(copy) if copy.is_in => self.copy_in(copy, is_alone)?,
            Command::Copy(copy) => self.copy_out(copy, is_alone)?,
            Command::Execute { name, arguments } => {
                self.execute_prepared(name, arguments, formats, is_alone)?
            }
            Command::Declare { name, text, hold } => {
                let types = &portal.prepared.parameters;
                self.declare(name, (text, types), portal.values.clone(), *hold)
            }
            other => self.run_quietly(other, is_alone),
        };
        self.end_statement();
        Ok(outcome)
    }

    /// Runs a command that sends nothing but its answer.
    pub(super) fn run_quietly(&mut self, command: &Command, is_alone: bool) -> Result<Outcome, Failure> {
        match command {
            Command::Empty => Ok(Outcome::Empty),
            Command::Begin(modes, tag) => self.begin(*modes).and_then(|()| complete(tag)),
            Command::Commit { chains: false } => self.commit().and_then(complete),
            Command::Rollback { chains: false } => self.roll_back().and_then(complete),
            Command::Commit { chains: true } => self.chained("COMMIT", Client::commit).and_then(complete),
            Command::Rollback { chains: true } => {
                self.chained("ROLLBACK", Client::roll_back).and_then(complete)
            }
            Command::RollbackTo(name) => self.roll_back_to(name).and_then(|()| complete("ROLLBACK")),
            Command::SetTransaction(modes, for_all) => {
                self.set_transaction(*modes, *for_all).and_then(|()| complete("SET"))
            }
            Command::Set { name, value, local } => {
                self.set(name, value.as_deref(), *local).and_then(|()| complete("SET"))
            }
            Command::Show(name) => self.show(name),
            Command::Reset(name) => match name {
                Some(name) => self.set(name, None, false).and_then(|()| complete("RESET")),
                None => {
                    self.settings.lock().reset_all();
                    self.apply_settings();
                    complete("RESET")
                }
            },
            Command::Discard(what) => self.discard(what),
            Command::Prepare { name, text } => {
                if self.statements.contains_key(name) {
                    let message = format!("prepared statement \"{name}\" already exists");
                    return Err(Failure::new(sqlstate::DUPLICATE_STATEMENT, message));
                }
                let prepared = self.prepare_one(text, &[])?;
                self.statements.insert(name.clone(), prepared);
                complete("PREPARE")
            }
            Command::Deallocate(None) => {
                self.statements.clear();
                complete("DEALLOCATE ALL")
            }
            Command::Deallocate(Some(name)) => {
                self.statement(name)?;
                self.statements.remove(name);
                complete("DEALLOCATE")
            }
            Command::Close(name) => self.close_cursor(name.as_deref()),
            Command::Nothing(tag) => complete(tag),
            Command::Truncate { tables, restarts, cascades } => {
                self.before_statement(is_alone && tables.len() == 1 && !cascades)?;
                self.session.truncate(tables, *restarts, *cascades)?;
                complete("TRUNCATE TABLE")
            }
            Command::SetConstraints { deferred } => {
                self.check_block()?;
                self.session.set_constraints(*deferred)?;
                complete("SET CONSTRAINTS")
            }
            Command::DropAll { statements, tag } => {
                self.before_statement(false)?;
                for statement in statements {
                    self.do_now(statement)?;
                }
                complete(tag)
            }
            Command::Rewritten { text, tag } => {
                self.before_statement(is_alone)?;
                self.do_now(text)?;
                complete(tag)
            }
            Command::SetUser { name, change, creates } => {
                self.check_set_user(name, change, *creates)?;
                self.shared.security.set_user(&self.shared.database()?, name, change, *creates)?;
                complete(if *creates { "CREATE ROLE" } else { "ALTER ROLE" })
            }
            Command::DropUser { name, if_exists } => {
                self.check_drop_user()?;
                self.shared.security.drop_user(&self.shared.database()?, name, *if_exists)?;
                complete("DROP ROLE")
            }
            Command::Fetch { .. } | Command::Copy(_) | Command::Execute { .. } | Command::Declare { .. } => {
                Err(Failure::new(sqlstate::INTERNAL, "a command without an answer"))
            }
        }
    }

    /// SET; a branch is another database for the session.
    fn set(&mut self, name: &str, value: Option<&str>, local: bool) -> Result<(), Failure> {
        if local && self.block == Block::None {
            self.warn(sqlstate::NO_TRANSACTION, "SET LOCAL can only be used in transaction blocks");
            return Ok(());
        }
        if name == "role" {
            let own = self.settings.lock().get("session_authorization").map(str::to_owned);
            return match value {
                None | Some("none") => Ok(()),
                Some(role) if own.as_deref() == Some(role) => Ok(()),
                Some(_) => {
                    Err(Failure::unsupported("SET ROLE and SET SESSION AUTHORIZATION are not supported"))
                }
            };
        }
        if name == "helios.branch" {
            let branch = value.unwrap_or("main");
            if self.block != Block::None {
                return Err(Failure::new(
                    sqlstate::ACTIVE_TRANSACTION,
                    "cannot change the branch within a transaction",
                ));
            }
            self.portals.clear();
            self.shared.database()?.take_session(&mut self.session, branch)?;
            self.apply_rights();
            return self.settings.lock().set(name, Some(branch));
        }
        if name == "transaction_read_only" && self.block != Block::None {
            let mut wanted = self.settings.lock().clone();
            wanted.set(name, value)?;
            self.check_read_only_setting(wanted.is_on(name))?;
        }
        if local {
            self.keep_local(name);
        }
        self.settings.lock().set(name, value)?;
        self.apply_settings();
        Ok(())
    }

    /// Has the engine know of settings.
    pub(super) fn apply_settings(&mut self) {
        let timeout = self.settings.lock().lock_timeout();
        self.session.set_busy_timeout(timeout);
    }

    /// Tells the client of settings that have changed.
    pub(super) fn report_settings(&mut self) {
        let mut settings = self.settings.lock();
        let mut changed = std::mem::take(&mut settings.changed);
        changed.dedup();
        for name in REPORTED.iter().filter(|name| changed.contains(name)) {
            self.reply.parameter_status(name, settings.get(name).unwrap_or_default());
        }
    }

    /// The name and the value of a setting.
    fn shown(&self, name: &str) -> Result<(String, String), Failure> {
        let settings = self.settings.lock();
        // A statement that is no part of a transaction begins one, which is as the session's are.
        let held = match name {
            "transaction_isolation" if self.block != Block::Explicit => "default_transaction_isolation",
            "transaction_read_only" if self.block != Block::Explicit => "default_transaction_read_only",
            name => name,
        };
        let value = settings.get(held).map(str::to_owned).ok_or_else(|| {
            Failure::new(
                sqlstate::UNDEFINED_OBJECT,
                format!("unrecognized configuration parameter \"{name}\""),
            )
        })?;
        let written = settings.all().find(|(known, _)| known.eq_ignore_ascii_case(name));
        Ok((written.map_or(name, |(written, _)| written).to_owned(), value))
    }

    fn show(&mut self, name: &str) -> Result<Outcome, Failure> {
        let rows: Vec<Vec<String>> = match name {
            "all" => {
                let settings = self.settings.lock();
                settings
                    .all()
                    .map(|(name, value)| vec![name.to_owned(), value.to_owned(), String::new()])
                    .collect()
            }
            name => vec![vec![self.shown(name)?.1]],
        };
        for row in &rows {
            self.reply.message(b'D', |out| {
                out.extend_from_slice(&(row.len() as i16).to_be_bytes());
                for value in row {
                    out.extend_from_slice(&(value.len() as i32).to_be_bytes());
                    out.extend_from_slice(value.as_bytes());
                }
            });
        }
        complete("SHOW")
    }

    fn discard(&mut self, what: &str) -> Result<Outcome, Failure> {
        match what {
            "all" => {
                if self.block != Block::None {
                    let message = "DISCARD ALL cannot run inside a transaction block";
                    return Err(Failure::new(sqlstate::ACTIVE_TRANSACTION, message));
                }
                self.portals.clear();
                self.statements.clear();
                self.session.forget_numbers();
                self.shared.advisory.unlock_all(self.number);
                self.settings.lock().reset_all();
                self.apply_settings();
                complete("DISCARD ALL")
            }
            "plans" => complete("DISCARD PLANS"),
            "sequences" => {
                self.session.forget_numbers();
                complete("DISCARD SEQUENCES")
            }
            other => {
                Err(Failure::unsupported(format!("DISCARD {} is not supported", other.to_ascii_uppercase())))
            }
        }
    }

    /// EXECUTE: the arguments are expressions, which the engine computes.
    fn execute_prepared(
        &mut self,
        name: &str,
        arguments: &[String],
        formats: &[i16],
        is_alone: bool,
    ) -> io::Result<Result<Outcome, Failure>> {
        let portal = self.statement(name).and_then(|prepared| {
            if prepared.parameters.len() != arguments.len() {
                return Err(Failure::new(
                    sqlstate::SYNTAX_ERROR,
                    format!("wrong number of parameters for prepared statement \"{name}\""),
                ));
            }
            let mut portal = Portal::new(prepared);
            portal.formats = formats.to_vec();
            for argument in arguments {
                portal.values.push(self.value_of(argument)?);
            }
            Ok(portal)
        });
        match portal {
            Ok(mut portal) => self.run_portal(&mut portal, 0, is_alone),
            Err(failure) => Ok(Err(failure)),
        }
    }

    fn value_of(&mut self, expression: &str) -> Result<helios::Value, Failure> {
        let text = format!("SELECT {expression}");
        let Some(mut statement) = self.session.prepare(&text)? else { return Ok(helios::Value::Null) };
        self.session.start(&mut statement, &Default::default())?;
        let mut rows = helios::sql::Chunk::default();
        let value = match self.session.fetch(&mut statement, &mut rows)? {
            true => rows.value(0, 0).to_value(),
            false => helios::Value::Null,
        };
        self.session.reset(&mut statement);
        Ok(value)
    }
}
