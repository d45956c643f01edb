//! Who this process is to the others that work on the store, and what is swept away.
//!
//! Each handle is a *client*: a row that says which is the oldest version that it reads. A thread writes that now and then, so
//! that the row is not taken for one of a client that has died. What was replaced up to the oldest version that any client reads
//! is deleted: commits note it as the horizon, and reading an older version is an error from then on.

use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use helios_core::Result;

use crate::pool::Use;
use crate::store::Shared;

/// Who a handle is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) id: String,
    /// Raised when a commit is in doubt: one that is still on its way under the old one does not happen any more.
    pub(crate) epoch: i64,
}

/// How often the thread looks whether there is something to be told.
const TICK: Duration = Duration::from_millis(500);
/// A client says so often that it is there, whether there is news or not.
const BEAT: Duration = Duration::from_secs(10);

impl Shared {
    /// Registers with the store as somebody new.
    pub(crate) fn enter(&self) -> Result<Identity> {
        let rows = self.pool.ask(Use::Upkeep, |link| link.query(&self.sql.enter, &[]))?;
        let row = rows.first().ok_or_else(crate::store::no_head)?;
        Ok(Identity { id: row.get(0), epoch: 1 })
    }

    /// Says which is the oldest version that is read here, and learns which is the oldest anywhere.
    pub(crate) fn beat(&self) -> Result<()> {
        let oldest = self.oldest();
        let id = self.identity.lock().id.clone();
        let rows = self.pool.ask(Use::Upkeep, |link| link.query(&self.sql.beat, &[&id, &(oldest as i64)]))?;
        let Some(row) = rows.first() else { return Ok(()) };
        if row.get::<_, i64>(0) == 0 {
            // Nobody has heard of this client for so long that it was forgotten.
            *self.identity.lock() = self.enter()?;
            return Ok(());
        }
        self.oldest_anywhere.fetch_max(row.get::<_, i64>(1).max(0) as u64, Ordering::SeqCst);
        Ok(())
    }

    /// Deletes what nobody may ask for any more.
    pub(crate) fn sweep(&self) -> Result<()> {
        loop {
            let rows = self.pool.ask(Use::Upkeep, |link| link.query(&self.sql.sweep, &[]))?;
            if rows.first().is_none_or(|row| row.get::<_, i64>(0) < 5000) {
                break;
            }
        }
        self.pool.ask(Use::Upkeep, |link| link.query(&self.sql.forget_clients, &[])).map(drop)
    }
}

/// What the thread does as long as the handle is open.
pub(crate) fn keep_alive(shared: &Weak<Shared>) {
    let mut told: Option<(u64, Instant)> = None;
    let mut swept = 0;
    loop {
        std::thread::park_timeout(TICK);
        let Some(shared) = shared.upgrade() else { return };
        if shared.pool.check_open().is_err() {
            return;
        }
        let oldest = shared.oldest();
        let is_news = told.is_none_or(|(version, at)| version != oldest || at.elapsed() > BEAT);
        // A server that is away for now is asked again with the next tick.
        if is_news && shared.beat().is_ok() {
            told = Some((oldest, Instant::now()));
        }
        let horizon = shared.horizon.load(Ordering::SeqCst);
        if horizon > swept && shared.sweep().is_ok() {
            swept = horizon;
        }
    }
}
