//! The beginning and the end of transactions, as `sqlite3` does them by itself.

use helios::Error;
use helios::sql::Session;
use pyo3::prelude::*;

use super::settings::{Autocommit, Control, Isolation};
use crate::shared::Shared;

/// Runs a statement without parameters and without rows.
fn run_text(session: &mut Session, text: &str) -> Result<(), Error> {
    let Some(mut statement) = session.prepare(text)? else { return Ok(()) };
    session.start(&mut statement, &helios::sql::Chunk::new(Vec::new(), 1))?;
    session.reset(&mut statement);
    Ok(())
}

/// Begins a transaction unless one is open.
pub(crate) fn begin(session: &mut Session, begin: &str) -> Result<(), Error> {
    if session.in_transaction() { Ok(()) } else { run_text(session, begin) }
}

/// Commits if a transaction is open.
pub(crate) fn commit(session: &mut Session) -> Result<(), Error> {
    if session.in_transaction() { run_text(session, "COMMIT") } else { Ok(()) }
}

/// Rolls back if a transaction is open.
pub(crate) fn roll_back(session: &mut Session) -> Result<(), Error> {
    if session.in_transaction() { run_text(session, "ROLLBACK") } else { Ok(()) }
}

impl Shared {
    fn control(&self) -> Control {
        *self.settings.control.lock()
    }

    /// Begins a transaction where one is always open.
    pub(crate) fn begin_if_always_in_transaction(&self, py: Python<'_>) -> PyResult<()> {
        match self.control().autocommit {
            Autocommit::Off => self.run_apart(py, |session| begin(session, "BEGIN")),
            Autocommit::Legacy | Autocommit::On => Ok(()),
        }
    }

    /// `Connection.commit`.
    pub(crate) fn commit(&self, py: Python<'_>) -> PyResult<()> {
        self.check(py)?;
        match self.control().autocommit {
            Autocommit::Legacy => self.run_apart(py, commit),
            Autocommit::On => Ok(()),
            Autocommit::Off => self.run_apart(py, |session| {
                run_text(session, "COMMIT")?;
                run_text(session, "BEGIN")
            }),
        }
    }

    /// `Connection.rollback`.
    pub(crate) fn roll_back(&self, py: Python<'_>) -> PyResult<()> {
        self.check(py)?;
        match self.control().autocommit {
            Autocommit::Legacy => self.run_apart(py, roll_back),
            Autocommit::On => Ok(()),
            Autocommit::Off => self.run_apart(py, |session| {
                run_text(session, "ROLLBACK")?;
                run_text(session, "BEGIN")
            }),
        }
    }

    /// Sets `isolation_level`. To set it to None commits.
    pub(crate) fn set_isolation(&self, py: Python<'_>, level: Option<Isolation>) -> PyResult<()> {
        if level.is_none() && self.control().autocommit == Autocommit::Legacy {
            self.run_apart(py, commit)?;
        }
        self.settings.control.lock().isolation = level;
        Ok(())
    }

    /// Sets `autocommit`: on commits what is open, off opens a transaction.
    pub(crate) fn set_autocommit(&self, py: Python<'_>, autocommit: Autocommit) -> PyResult<()> {
        self.check(py)?;
        match autocommit {
            Autocommit::Legacy => {}
            Autocommit::On => self.run_apart(py, commit)?,
            Autocommit::Off => self.run_apart(py, |session| begin(session, "BEGIN"))?,
        }
        self.settings.control.lock().autocommit = autocommit;
        Ok(())
    }

    /// The end of a `with` block.
    pub(crate) fn leave_block(&self, py: Python<'_>, has_failed: bool) -> PyResult<()> {
        if self.control().autocommit == Autocommit::On {
            return Ok(());
        }
        if has_failed {
            return self.roll_back(py);
        }
        self.commit(py).inspect_err(|_| {
            // The commit's error is the one that counts; CPython chains a second one to it.
            let _ = self.roll_back(py);
        })
    }
}
