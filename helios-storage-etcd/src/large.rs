//! Commits that do not fit into one request.
//!
//! What they are going to write is stored first, in parts that each are the operations of one transaction. Then one transaction
//! decides: it has the conditions of the commit, and notes that it is *pending*. From then on it has happened, and whoever hears
//! of it writes the next part, with the condition that this is the next; so each part is written once, whoever dies. Until the
//! last one is written nobody commits, and nobody reads any revision in between. Parts of a client that has died before it
//! could decide are deleted when its lease is over.

use helios_core::storage::remote::Pauses;
use helios_core::storage::{BatchEntry, Direction, KeyRange, Snapshot};
use helios_core::{Error, Result};
use prost::Message;

use crate::commit::{Attempt, Outcome, check_size};
use crate::link::Failure;
use crate::message::{Compare, RequestOp, TxnRequest};
use crate::operation::{MOST_OPERATIONS, delete, grouped, has_value, put, read};
use crate::options::MOST_REQUEST_BYTES;
use crate::plan::{AROUND, write};
use crate::pool::Use;
use crate::state::{Pending, ask_state};
use crate::store::Shared;

/// Stores parts of a commit.
struct Parts<'a> {
    shared: &'a Shared,
    attempt: &'a Attempt<'a>,
    operations: Vec<RequestOp>,
    bytes: usize,
    count: u32,
}

impl Parts<'_> {
    fn push(&mut self, operation: RequestOp, bytes: usize) -> Result<()> {
        if self.operations.len() == MOST_OPERATIONS || self.bytes + bytes + AROUND > MOST_REQUEST_BYTES {
            self.store()?;
        }
        self.bytes += bytes + AROUND;
        self.operations.push(operation);
        Ok(())
    }

    /// Stores what has come together, as one part.
    fn store(&mut self) -> Result<()> {
        if self.operations.is_empty() {
            return Ok(());
        }
        let part = TxnRequest { success: std::mem::take(&mut self.operations), ..TxnRequest::default() };
        let key = self.shared.names.intent(self.attempt.identity.id, self.attempt.token, self.count);
        let success = vec![put(key, part.encode_to_vec().into(), 0)];
        self.shared.transact(Use::Statement, &TxnRequest { success, ..TxnRequest::default() })?;
        (self.bytes, self.count) = (0, self.count + 1);
        Ok(())
    }
}

impl Shared {
    /// Has a large commit happen, if its conditions hold.
    pub(crate) fn try_large(
        &self,
        attempt: &Attempt<'_>,
        compare: Vec<Compare>,
        cleared: &[KeyRange<'_>],
    ) -> Result<Outcome, Failure> {
        let steps = self.store_parts(attempt, cleared).map_err(Failure::Refused)?;
        let pending = Pending { client: attempt.identity.id, token: attempt.token, step: 0, steps };
        self.try_once(attempt, compare, Vec::new(), Some(pending))
    }

    /// Deletes the parts of a commit that does not happen.
    pub(crate) fn drop_parts(&self, attempt: &Attempt<'_>) {
        let (key, range_end) = self.names.intents_of(attempt.identity.id, attempt.token);
        let success = vec![delete(key, range_end)];
        // If that does not arrive, they are deleted when this client has gone.
        let _ = self.transact(Use::Upkeep, &TxnRequest { success, ..TxnRequest::default() });
    }

    /// Stores the parts of a commit, and answers with their number.
    fn store_parts(&self, attempt: &Attempt<'_>, cleared: &[KeyRange<'_>]) -> Result<u32> {
        let mut parts = Parts { shared: self, attempt, operations: Vec::new(), bytes: 0, count: 0 };
        for range in cleared {
            let (from, end) = (self.names.entry(range.start), self.names.entries_to(range.end));
            let bytes = from.len() + end.len();
            parts.push(delete(from, end), bytes)?;
        }
        // No transaction writes what it clears.
        parts.store()?;
        if let Some(source) = attempt.batch.copied {
            self.store_copied(attempt, source, &mut parts)?;
        }
        for entry in attempt.batch.entries.iter() {
            let value = entry.value.map_or(0, |[head, body]| head.len() + body.len());
            let operation = write(&self.names, &entry);
            parts.push(operation, self.names.entry(entry.key).len() + value)?;
        }
        parts.store()?;
        Ok(parts.count)
    }

    /// Stores what a snapshot shows, but for keys that the batch writes itself.
    fn store_copied(
        &self,
        attempt: &Attempt<'_>,
        source: &dyn Snapshot,
        parts: &mut Parts<'_>,
    ) -> Result<()> {
        let mut cursor = source.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            let (key, value) = cursor.entry();
            if attempt.batch.entries.contains_key(key) {
                continue;
            }
            check_size(key.len(), value.len())?;
            let bytes = self.names.entry(key).len() + value.len();
            parts.push(write(&self.names, &BatchEntry::put(key, value)), bytes)?;
        }
        Ok(())
    }

    /// Writes the parts of a commit that has happened, from the next one on, until nothing is pending. Others may do the same.
    pub(crate) fn finish(&self, mut pending: Pending) -> Result<()> {
        let mut pauses = Pauses::new(self.pool.timeout());
        loop {
            let next = if self.is_read_only {
                pauses.wait(Failure::Again("a large commit is being written".to_owned()))?;
                self.pending()?
            } else if pending.step == pending.steps {
                self.finish_last(pending)?
            } else {
                self.write_part(pending)?
            };
            match next {
                Some(next) if (next.client, next.token) == (pending.client, pending.token) => pending = next,
                _ => return Ok(()),
            }
        }
    }

    /// What is pending now.
    fn pending(&self) -> Result<Option<Pending>> {
        let request = TxnRequest { success: vec![ask_state(&self.names)], ..TxnRequest::default() };
        Ok(self.state_of(self.transact(Use::Statement, &request)?)?.0.pending)
    }

    /// Writes the next part. Answers with what is pending then.
    fn write_part(&self, pending: Pending) -> Result<Option<Pending>> {
        let intent = self.names.intent(pending.client, pending.token, pending.step);
        let wanted =
            TxnRequest { success: vec![read(intent, 0), ask_state(&self.names)], ..TxnRequest::default() };
        let (state, found) = self.state_of(self.transact(Use::Statement, &wanted)?)?;
        if state.pending != Some(pending) {
            return Ok(state.pending);
        }
        let part = found.first().and_then(|found| found.kvs.first());
        let part = part.ok_or_else(|| Error::corrupt("a part of a pending commit is missing"))?;
        let part = TxnRequest::decode(part.value.clone())
            .map_err(|error| Error::corrupt("a part of a pending commit cannot be read").caused_by(error))?;
        let mut success = grouped(part.success);
        success.push(put(
            self.names.pending.clone(),
            Pending { step: pending.step + 1, ..pending }.encode(),
            0,
        ));
        self.step(pending, success)
    }

    /// Nothing is pending any more.
    fn finish_last(&self, pending: Pending) -> Result<Option<Pending>> {
        let (key, range_end) = self.names.intents_of(pending.client, pending.token);
        self.step(
            pending,
            vec![delete(self.names.pending.clone(), Vec::new().into()), delete(key, range_end)],
        )
    }

    /// Does something if this is what is pending. Answers with what is then.
    fn step(&self, pending: Pending, mut success: Vec<RequestOp>) -> Result<Option<Pending>> {
        success.push(ask_state(&self.names));
        let compare = vec![has_value(self.names.pending.clone(), pending.encode())];
        let request = TxnRequest { compare, success, failure: vec![ask_state(&self.names)] };
        Ok(self.state_of(self.transact(Use::Statement, &request)?)?.0.pending)
    }
}

#[cfg(test)]
#[path = "large_tests.rs"]
mod tests;
