//! What a client may do: what its user may, and what its transaction was begun for.
//!
//! In: the rights of the user, the settings of transactions. Out: whether the session of the engine refuses everything that
//! writes, and errors for what the engine does not see. Always: rights hold for every statement that begins after they were
//! changed, by whichever process, and no setting of a client lifts them.

use super::Client;
use super::transaction::Block;
use crate::command::Command;
use crate::failure::Failure;
use crate::security::UserChange;
use crate::sqlstate;

/// What is known of a client's rights.
#[derive(Clone, Debug)]
pub(super) struct Rights {
    /// The name that it was let in by.
    pub(super) user: String,
    pub(super) may_write: bool,
    /// Whether the database itself may be written.
    pub(super) has_writable_database: bool,
    /// The number of the state of the database that this was found in.
    pub(super) found_in: Option<u64>,
}

impl Client<'_> {
    /// Looks at the rights again if they may have changed; an error is what the connection ends with.
    pub(super) fn renew_rights(&mut self) -> Result<(), Failure> {
        let fatal = |message: String| Failure::fatal(sqlstate::SHUTDOWN, message);
        let database = self.shared.database()?;
        let Rights { user, found_in, .. } = &mut self.rights;
        match self.shared.security.may_write_since(&database, user, found_in)? {
            None => Ok(()),
            Some(None) => Err(fatal(format!("terminating connection: role \"{user}\" was dropped"))),
            Some(Some(may_write)) if may_write == self.rights.may_write => Ok(()),
            Some(Some(may_write)) => {
                self.rights.may_write = may_write;
                self.apply_rights();
                Ok(())
            }
        }
    }

    /// Has the engine refuse what may not be done.
    pub(super) fn apply_rights(&mut self) {
        let may_write =
            self.rights.may_write && self.rights.has_writable_database && !self.reads_only_by_settings();
        self.session.set_read_only(!may_write);
    }

    /// Whether the transaction, or the one that a statement would be, was begun to read alone.
    fn reads_only_by_settings(&self) -> bool {
        let settings = self.settings.lock();
        settings.reads_only()
            || matches!(self.block, Block::None | Block::Implicit) && settings.reads_only_by_default()
    }

    /// An error for the setting `transaction_read_only`: what reads alone and has begun to does so to its end.
    pub(super) fn check_read_only_setting(&self, is_on: bool) -> Result<(), Failure> {
        if is_on || !self.has_run || !self.settings.lock().reads_only() {
            return Ok(());
        }
        let message = "transaction read-write mode must be set before any query";
        Err(Failure::new(sqlstate::ACTIVE_TRANSACTION, message))
    }

    /// An error for a command that writes where that is not allowed: before anything else is said of it.
    pub(super) fn check_writing(&self, command: &Command) -> Result<(), Failure> {
        let what = match command {
            Command::Truncate { .. } => "TRUNCATE TABLE",
            Command::Copy(copy) if copy.is_in => "COPY FROM",
            Command::DropAll { tag, .. } => tag,
            Command::Rewritten { tag, .. } => tag,
            _ => return Ok(()),
        };
        match self.session.is_read_only() {
            true => Err(in_read_only_transaction(what)),
            false => Ok(()),
        }
    }

    /// An error of the engine as one of rights, where it is one.
    pub(super) fn as_missing_right(&self, failure: &Failure) -> Option<Failure> {
        let is_meant = failure.code == sqlstate::READ_ONLY_TRANSACTION
            && !self.rights.may_write
            && !self.reads_only_by_settings();
        is_meant.then(|| Failure {
            code: sqlstate::NO_PRIVILEGE,
            message: format!("permission denied: user \"{}\" may only read", self.rights.user),
            ..failure.clone()
        })
    }

    /// Who may not write may have another password, and that is all.
    pub(super) fn check_set_user(
        &self,
        name: &str,
        change: &UserChange,
        creates: bool,
    ) -> Result<(), Failure> {
        self.check_changes_users(if creates { "CREATE ROLE" } else { "ALTER ROLE" })?;
        let is_own_password = !creates && name == self.rights.user && change.may_write.is_none();
        match (self.rights.may_write || is_own_password, creates) {
            (true, _) => Ok(()),
            (false, true) => Err(denied("permission denied to create role")),
            (false, false) => Err(denied("permission denied")),
        }
    }

    /// Who may not write may not remove users either.
    pub(super) fn check_drop_user(&self) -> Result<(), Failure> {
        self.check_changes_users("DROP ROLE")?;
        match self.rights.may_write {
            true => Ok(()),
            false => Err(denied("permission denied to drop role")),
        }
    }

    fn check_changes_users(&self, what: &str) -> Result<(), Failure> {
        match self.reads_only_by_settings() {
            true => Err(in_read_only_transaction(what)),
            false => Ok(()),
        }
    }
}

fn denied(message: &str) -> Failure {
    Failure::new(sqlstate::NO_PRIVILEGE, message)
}

/// What a transaction that reads alone does not do, by its tag.
pub(super) fn in_read_only_transaction(what: &str) -> Failure {
    let message = format!("cannot execute {what} in a read-only transaction");
    Failure::new(sqlstate::READ_ONLY_TRANSACTION, message)
}
