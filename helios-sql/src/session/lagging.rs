//! Statements on a store that is reached over a network: they run on the newest state that this process has heard of, and
//! what they show is the newest state all the same.
//!
//! In: the work of a statement. Out: its result on a state that was the newest one at some time since the statement began.
//! Answers to what the statement reads tell whether it was ([`Heard`](helios_core::storage::Heard)); where it has read
//! nothing, the store is asked. If it was not, the statement begins again before anybody has seen anything of it, and with
//! it the transaction, if it was the first to read or write there. A lone statement whose commit comes after another
//! process's begins again too, for as long as the session waits for locks; and so does a query whose state was too old for the
//! store before it was read, which is nobody's lock.
//!
//! - The first rows of a query are there when it has been started.
//! - A transaction stays on the state that its first statement was shown to be right on; what others have committed since is
//!   found when it commits.
//! - Compiling asks nobody, as long as it succeeds: running the statement shows whether the schema was the newest.

use std::time::Duration;

use helios_core::transaction::Patience;
use helios_core::{Error, ErrorKind, Result};

use super::Session;
use super::statement::{Running, Statement, StatementKind};
use crate::chunk::Chunk;

/// For so long at least a query is begun again, whatever the session's patience: one that waits for no lock is not refused.
const LEAST_FOR_QUERIES: Duration = Duration::from_secs(10);

/// How one schema's session stood before a statement.
#[derive(Clone, Copy, Debug)]
struct Stand {
    /// The time, in questions.
    since: u64,
    transaction: Stage,
    own_commits: u64,
}

/// How far a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There is none.
    None,
    /// It has not looked at anything.
    Open,
    /// Statements have shown what it sees.
    Seen,
}

impl Session {
    /// Whether any database that it works on is reached over a network.
    pub(super) fn is_far(&self) -> bool {
        let is_far = |session: &Session| session.database.engine().network().is_some();
        is_far(self) || self.others.iter().any(|other| is_far(&other.session))
    }

    /// Starts a statement, and reads the first rows of a query.
    pub(super) fn start_far(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        self.on_newest(statement, |session, statement| {
            statement.stop();
            session.start_once(statement, parameters)?;
            session.fetch_early(statement)
        })
    }

    /// Does the work of a statement, again and again until it was done on the newest state.
    pub(super) fn on_newest(
        &mut self,
        statement: &mut Statement,
        mut work: impl FnMut(&mut Session, &mut Statement) -> Result<()>,
    ) -> Result<()> {
        if self.is_on_newest {
            // It is a part of a statement that sees to it.
            return work(self, statement);
        }
        self.is_on_newest = true;
        let result = self.try_until_newest(statement, &mut work);
        self.is_on_newest = false;
        result
    }

    fn try_until_newest(
        &mut self,
        statement: &mut Statement,
        work: &mut impl FnMut(&mut Session, &mut Statement) -> Result<()>,
    ) -> Result<()> {
        let stands: Vec<Stand> = self.slots_now().map(|slot| self.at(slot).stand()).collect();
        let counts = (self.changes, self.total_changes, self.last_insert_rowid);
        let is_alone = stands.iter().all(|stand| stand.transaction == Stage::None);
        let timeout = match statement.kind() {
            StatementKind::Query => self.timeout.max(LEAST_FOR_QUERIES),
            _ => self.timeout,
        };
        let patience = Patience::new(timeout, self.interrupt.clone());
        let mut pause = Duration::from_micros(500);
        loop {
            let slots = self.slots_now();
            slots.for_each(|slot| self.at(slot).seen = None);
            let result = work(self, statement);
            let has_committed = self.others.len() + 1 != stands.len() || self.has_committed_since(&stands);
            let is_late = result.as_ref().is_err_and(|error| error.kind() == ErrorKind::BusySnapshot);
            if has_committed || (!(is_late && is_alone) && self.was_newest(&stands, statement, &result)?) {
                return result;
            }
            self.go_back(&stands)?;
            (self.changes, self.total_changes, self.last_insert_rowid) = counts;
            if is_late {
                let wait = patience.next_wait()?;
                std::thread::sleep(pause.mul_f64(self.share_of_pause()).min(wait));
                pause = (pause * 2).min(Duration::from_millis(20));
            }
        }
    }

    fn slots_now(&self) -> std::ops::RangeInclusive<usize> {
        0..=self.others.len()
    }

    /// A part of a pause, by chance, so that those who were late together do not come together again.
    fn share_of_pause(&self) -> f64 {
        0.5 + (self.database.entropy().next_u64() % 1024) as f64 / 1024.0
    }

    fn stand(&mut self) -> Stand {
        let since = self.database.engine().network().map_or(0, |network| network.heard().now());
        let transaction = match &self.transaction {
            None => Stage::None,
            Some(transaction) if transaction.has_begun() => Stage::Seen,
            Some(_) => Stage::Open,
        };
        Stand { since, transaction, own_commits: self.own_commits }
    }

    fn has_committed_since(&mut self, stands: &[Stand]) -> bool {
        stands.iter().enumerate().any(|(slot, stand)| self.at(slot).own_commits != stand.own_commits)
    }

    /// Whether what a statement has seen was the newest state at some time since it began. Asks the store where no answer
    /// has told.
    fn was_newest(&mut self, stands: &[Stand], statement: &Statement, result: &Result<()>) -> Result<bool> {
        let is_control = statement.kind() == StatementKind::Transaction && result.is_ok();
        for (slot, stand) in stands.iter().enumerate() {
            if !self.at(slot).saw_newest(*stand, is_control)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn saw_newest(&mut self, stand: Stand, is_control: bool) -> Result<bool> {
        let engine = self.database.engine();
        let Some(network) = engine.network() else { return Ok(true) };
        let begun = self.transaction.as_ref().filter(|transaction| transaction.has_begun());
        let version = match begun {
            Some(transaction) => transaction.unsure_version(),
            None => self.seen.filter(|_| !is_control),
        };
        let Some(version) = version else { return Ok(true) };
        if !engine.was_newest(version, stand.since) {
            network.ask()?;
            if !engine.was_newest(version, stand.since) {
                return Ok(false);
            }
        }
        if let Some(transaction) = &mut self.transaction {
            transaction.set_newest();
        }
        Ok(true)
    }

    /// Undoes what a statement has done on a state that was not the newest.
    ///
    /// # Errors
    /// The transaction has shown something of that state before.
    fn go_back(&mut self, stands: &[Stand]) -> Result<()> {
        for (slot, stand) in stands.iter().enumerate() {
            let session = self.at(slot);
            match (stand.transaction, &mut session.transaction) {
                (Stage::None, _) => session.abandon(),
                (Stage::Open, Some(transaction)) => {
                    transaction.begin_again();
                    session.forget_written();
                }
                (Stage::Seen, Some(transaction)) if !transaction.has_writes() => {}
                (Stage::Seen | Stage::Open, _) => return Err(Error::busy_snapshot()),
            }
        }
        Ok(())
    }

    /// Reads the first rows of a query that was started.
    fn fetch_early(&mut self, statement: &mut Statement) -> Result<()> {
        if !matches!(statement.running, Some(Running::Ready(_) | Running::Query(_))) {
            return Ok(());
        }
        let mut rows = Chunk::default();
        let started = self.price_clock(statement.recording.as_deref());
        let more = statement.step(&mut rows);
        let more = self.compared(more);
        if let Some(recording) = &mut statement.recording {
            recording.spend(self, started);
        }
        match more {
            Ok(more) => statement.early = Some(more.then_some(rows)),
            Err(_) => statement.stop(),
        }
        more.map(drop)
    }

    /// Compiles a statement, if need be for a newer schema than that which this process has heard of.
    pub(super) fn compile_far(&mut self, statement: &mut Statement) -> Result<()> {
        let stands: Vec<Stand> = self.slots_now().map(|slot| self.at(slot).stand()).collect();
        let result = self.compile(statement);
        if result.is_ok() || self.is_on_newest {
            return result;
        }
        for (slot, stand) in stands.iter().enumerate() {
            if stand.transaction != Stage::Seen && !self.at(slot).saw_newest(*stand, false)? {
                return self.compile(statement);
            }
        }
        result
    }
}
