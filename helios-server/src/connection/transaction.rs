//! Transactions: those that clients begin, and those around what stands between two Syncs.

use super::Client;
use super::settings::Settings;
use crate::command::{Isolation, Modes};
use crate::failure::Failure;
use crate::sqlstate;
use crate::wire::Severity;

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// Nothing: each statement is a transaction.
    None,
    /// What ends by itself, at the next Sync or at the end of the query.
    Implicit,
    /// What the client has begun.
    Explicit,
    /// What the client has begun and what has failed.
    Failed,
}

/// Settings that go back.
#[derive(Debug, Default)]
pub(super) struct KeptSettings {
    /// As they were when the transaction began.
    at_begin: Option<Settings>,
    /// What SET LOCAL has changed, and what it was.
    local: Vec<(String, Option<String>)>,
}

impl Client<'_> {
    /// The letter that says it.
    pub(super) fn status(&self) -> u8 {
        match self.block {
            Block::None if self.is_own && self.session.in_transaction() => b'T',
            Block::None | Block::Implicit => b'I',
            Block::Explicit => b'T',
            Block::Failed => b'E',
        }
    }

    /// An error in a transaction that has failed.
    pub(super) fn check_block(&self) -> Result<(), Failure> {
        match self.block {
            Block::Failed => Err(Failure::new(
                sqlstate::FAILED_TRANSACTION,
                "current transaction is aborted, commands ignored until end of transaction block",
            )),
            _ => Ok(()),
        }
    }

    /// Before a statement of the engine: begins what ends by itself, unless the statement is alone.
    pub(super) fn before_statement(&mut self, is_alone: bool) -> Result<(), Failure> {
        self.check_block()?;
        self.has_run = true;
        if self.block == Block::None && !is_alone && !self.is_own {
            self.do_now("BEGIN")?;
            self.block = Block::Implicit;
        }
        Ok(())
    }

    /// Runs a statement of the server's own.
    pub(super) fn do_now(&mut self, text: &str) -> Result<(), Failure> {
        let Some(mut statement) = self.session.prepare(text)? else { return Ok(()) };
        self.session.start(&mut statement, &Default::default())?;
        let mut rows = Default::default();
        while self.session.fetch(&mut statement, &mut rows)? {}
        Ok(())
    }

    pub(super) fn begin(&mut self, modes: Modes) -> Result<(), Failure> {
        match self.block {
            Block::Failed => return self.check_block(),
            Block::Explicit => {
                self.warn(sqlstate::ACTIVE_TRANSACTION, "there is already a transaction in progress");
                return Ok(());
            }
            Block::None | Block::Implicit => {}
        }
        let isolation = modes
            .isolation
            .unwrap_or_else(|| self.settings.lock().isolation("default_transaction_isolation"));
        let read_only =
            modes.read_only.unwrap_or_else(|| self.settings.lock().is_on("default_transaction_read_only"));
        if self.block == Block::None {
            self.begin_as(isolation)?;
        }
        self.block = Block::Explicit;
        self.has_run = false;
        self.kept_settings.at_begin = Some(self.settings.lock().clone());
        self.note_modes(isolation, read_only)
    }

    fn begin_as(&mut self, isolation: Isolation) -> Result<(), Failure> {
        self.do_now(if isolation.is_optimistic() { "BEGIN CONCURRENT" } else { "BEGIN" })
    }

    fn note_modes(&mut self, isolation: Isolation, read_only: bool) -> Result<(), Failure> {
        let mut settings = self.settings.lock();
        settings.set("transaction_isolation", Some(isolation.name()))?;
        settings.set("transaction_read_only", Some(if read_only { "on" } else { "off" }))?;
        drop(settings);
        self.apply_rights();
        Ok(())
    }

    /// SET TRANSACTION, before anything was done; and for all transactions that come.
    pub(super) fn set_transaction(&mut self, modes: Modes, for_all: bool) -> Result<(), Failure> {
        if for_all {
            let mut settings = self.settings.lock();
            if let Some(isolation) = modes.isolation {
                settings.set("default_transaction_isolation", Some(isolation.name()))?;
            }
            if let Some(read_only) = modes.read_only {
                settings.set("default_transaction_read_only", Some(if read_only { "on" } else { "off" }))?;
            }
            return Ok(());
        }
        if self.block != Block::Explicit {
            self.check_block()?;
            self.warn(sqlstate::NO_TRANSACTION, "SET TRANSACTION can only be used in transaction blocks");
            return Ok(());
        }
        let (current, is_read_only) = {
            let settings = self.settings.lock();
            (settings.isolation("transaction_isolation"), settings.is_on("transaction_read_only"))
        };
        self.check_read_only_setting(modes.read_only.unwrap_or(is_read_only))?;
        let isolation = modes.isolation.unwrap_or(current);
        if isolation.is_optimistic() != current.is_optimistic() {
            // Nothing may have been done yet; then beginning again changes nothing else.
            self.do_now("ROLLBACK")?;
            self.begin_as(isolation)?;
        }
        self.note_modes(isolation, modes.read_only.unwrap_or(is_read_only))
    }

    /// Ends the transaction; answers with the tag.
    pub(super) fn commit(&mut self) -> Result<&'static str, Failure> {
        match self.block {
            Block::Failed => return self.roll_back(),
            Block::None => {
                self.warn(sqlstate::NO_TRANSACTION, "there is no transaction in progress");
                return Ok("COMMIT");
            }
            Block::Implicit | Block::Explicit => {}
        }
        let ended = self.session.end_temporary_tables().map_err(Failure::from);
        let committed = ended.and_then(|()| self.do_now("COMMIT"));
        self.end_block(committed.is_ok());
        committed.map(|()| "COMMIT")
    }

    /// Undoes the transaction; answers with the tag.
    pub(super) fn roll_back(&mut self) -> Result<&'static str, Failure> {
        if self.block == Block::None {
            self.warn(sqlstate::NO_TRANSACTION, "there is no transaction in progress");
        }
        self.end_block(false);
        Ok("ROLLBACK")
    }

    /// Ends the transaction and begins one with the same modes; answers with the tag.
    pub(super) fn chained(
        &mut self,
        what: &str,
        end: impl FnOnce(&mut Self) -> Result<&'static str, Failure>,
    ) -> Result<&'static str, Failure> {
        self.need_block(&format!("{what} AND CHAIN"))?;
        let modes = {
            let settings = self.settings.lock();
            let isolation = Some(settings.isolation("transaction_isolation"));
            Modes { isolation, read_only: Some(settings.is_on("transaction_read_only")) }
        };
        let tag = end(self)?;
        self.begin(modes)?;
        Ok(tag)
    }

    /// What every end of a transaction brings with it. What is still open in the engine is undone.
    fn end_block(&mut self, is_committed: bool) {
        self.portals.retain(|_, portal| portal.is_held);
        self.shared.advisory.end_transaction(self.number);
        if self.session.in_transaction() {
            // The engine undoes it at the latest when the session ends.
            let _undone = self.do_now("ROLLBACK");
        }
        self.block = Block::None;
        self.has_run = false;
        let kept = std::mem::take(&mut self.kept_settings);
        let mut settings = self.settings.lock();
        match kept.at_begin {
            Some(before) if !is_committed => settings.restore(before),
            _ => {
                for (name, value) in kept.local.into_iter().rev() {
                    // It was a value of the setting before.
                    let _valid = settings.set(&name, value.as_deref());
                }
            }
        }
        let isolation = settings.isolation("default_transaction_isolation").name();
        let _valid = settings.set("transaction_isolation", Some(isolation));
        let _valid = settings.set("transaction_read_only", Some("off"));
        drop(settings);
        self.apply_rights();
    }

    /// Keeps in mind what a setting was before SET LOCAL.
    pub(super) fn keep_local(&mut self, name: &str) {
        let before = self.settings.lock().get(name).map(str::to_owned);
        self.kept_settings.local.push((name.to_owned(), before));
    }

    pub(super) fn roll_back_to(&mut self, name: &str) -> Result<(), Failure> {
        self.need_block("ROLLBACK TO SAVEPOINT")?;
        let quoted = format!("ROLLBACK TO \"{}\"", name.replace('"', "\"\""));
        self.do_now(&quoted)?;
        self.block = Block::Explicit;
        Ok(())
    }

    /// An error outside of a transaction that the client has begun.
    pub(super) fn need_block(&self, what: &str) -> Result<(), Failure> {
        match self.block {
            Block::None if self.is_own => Ok(()),
            Block::Explicit | Block::Failed => Ok(()),
            Block::None | Block::Implicit => Err(Failure::new(
                sqlstate::NO_TRANSACTION,
                format!("{what} can only be used in transaction blocks"),
            )),
        }
    }

    /// What an error does to the transaction.
    pub(super) fn note_failure(&mut self) {
        match self.block {
            Block::None => {}
            Block::Implicit => self.end_block(false),
            Block::Explicit | Block::Failed => self.block = Block::Failed,
        }
    }

    /// The end of what ends by itself.
    pub(super) fn sync(&mut self) {
        if self.block == Block::Implicit
            && let Err(failure) = self.commit()
        {
            self.fail(&failure);
        }
        if self.block == Block::None {
            self.portals.retain(|_, portal| portal.is_held);
            self.shared.advisory.end_transaction(self.number);
        }
    }

    pub(super) fn warn(&mut self, code: &'static str, message: &str) {
        let warning = Failure { severity: Severity::Warning, ..Failure::new(code, message) };
        self.reply.failure(&warning);
    }
}
