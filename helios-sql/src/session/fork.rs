//! What a forked child goes on with.
//!
//! In: a session that the parent opened, which the child has as a copy. Out: one of the child's own. The copy keeps
//! locks and snapshots that are the parent's, so it is not used, and whoever holds it must not drop it.

use std::sync::Arc;

use helios_core::Result;

use super::Session;
use super::others::Other;
use super::settings::Settings;
use crate::database::Database;

impl Session {
    /// A session on `database`, which is the same database opened in the child: with the branch, settings, functions
    /// and attached databases of this one, and without its transaction.
    ///
    /// # Errors
    /// A database cannot be opened again; then this session still has what it had.
    pub fn successor(&mut self, database: &Arc<Database>) -> Result<Session> {
        let others = self.opened_anew(false)?;
        let mut next = database.connect(&self.branch_name)?;
        next.timeout = self.timeout;
        next.total_changes = self.total_changes;
        next.last_insert_rowid = self.last_insert_rowid;
        next.interrupt = self.interrupt.clone();
        next.functions = self.functions.clone();
        next.modules = self.modules.clone();
        next.collations = self.collations.clone();
        next.authorizer = self.authorizer.clone();
        next.function_changes = self.function_changes;
        next.is_read_only = self.is_read_only;
        next.is_kept_from_files = self.is_kept_from_files;
        next.places = self.places.clone();
        next.settings = Settings { defer_foreign_keys: false, ..self.settings };
        next.settings_changes = self.settings_changes;
        next.remembered = self.remembered.clone();
        next.zone = self.zone.clone();
        next.watch = self.watch.clone();
        self.others.iter_mut().filter(|other| !other.is_file()).for_each(|other| other.session.abandon());
        next.take_others(&mut self.others, others);
        Ok(next)
    }

    /// Opens attached files anew, for a session whose own database is memory, which a child has as it was.
    ///
    /// # Errors
    /// As [`Session::successor`].
    pub fn reopen_attached(&mut self) -> Result<()> {
        let others = self.opened_anew(self.transaction.is_some())?;
        let mut before = std::mem::take(&mut self.others);
        self.take_others(&mut before, others);
        Ok(())
    }

    /// Of each attached database that is a file, a new session; `None` for those in memory.
    fn opened_anew(&self, in_transaction: bool) -> Result<Vec<Option<Other>>> {
        let open = |other: &Other| self.opened_again(other, in_transaction);
        self.others.iter().map(|other| other.is_file().then(|| open(other)).transpose()).collect()
    }

    /// Takes the attached databases of a session that is not used any more, with new ones in place of its files.
    fn take_others(&mut self, before: &mut Vec<Other>, others: Vec<Option<Other>>) {
        for (old, new) in before.drain(..).zip(others) {
            match new {
                Some(new) => {
                    std::mem::forget(old);
                    self.others.push(new);
                }
                None => self.others.push(old),
            }
        }
    }
}
