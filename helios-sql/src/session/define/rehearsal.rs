//! Definitions are looked at before they take the turn to write.
//!
//! What is wrong with one, or that there is nothing to do (`CREATE TABLE IF NOT EXISTS`), is told while somebody else is
//! writing: as in SQLite, only what writes has to wait.

use helios_core::transaction::Transaction;
use helios_core::{Error, ErrorKind, Result};

use super::super::Session;
use super::super::transaction::Failure;

/// How far a definition is to go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::session) enum Rehearsal {
    /// To its end.
    #[default]
    Off,
    /// Until it would write.
    Looking,
    /// It would have written.
    WouldWrite,
}

impl Session {
    /// Runs a definition, in the open transaction, or in one of its own.
    pub(in crate::session) fn defining(
        &mut self,
        work: impl Fn(&mut Session) -> Result<(), Failure>,
    ) -> Result<()> {
        let has_turn = self.transaction.as_ref().is_some_and(Transaction::has_turn);
        if !has_turn && let Some(result) = self.rehearse(&work) {
            return result;
        }
        self.writing(work)
    }

    /// What comes of a definition that has nothing to write.
    fn rehearse(&mut self, work: impl Fn(&mut Session) -> Result<(), Failure>) -> Option<Result<()>> {
        // Only one that is in order decides which state a transaction sees.
        let waiting = self.transaction.take_if(|transaction| !transaction.has_begun());
        self.rehearsal = Rehearsal::Looking;
        let result = work(self);
        let rehearsal = std::mem::take(&mut self.rehearsal);
        self.transaction = waiting.or(self.transaction.take());
        if let (Ok(()), Some(transaction)) = (&result, &mut self.transaction)
            && let Err(error) = transaction.reader()
        {
            return Some(Err(error));
        }
        (rehearsal != Rehearsal::WouldWrite).then(|| result.map_err(|failure| failure.error))
    }

    /// Comes before the first change that a definition makes: one that is only looked at ends here.
    pub(in crate::session) fn about_to_write(&mut self) -> Result<()> {
        if self.rehearsal == Rehearsal::Off {
            return Ok(());
        }
        self.rehearsal = Rehearsal::WouldWrite;
        Err(Error::new(ErrorKind::Internal, "a definition that is only looked at would write"))
    }
}
