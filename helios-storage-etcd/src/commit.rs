//! Batches as transactions, and what has become of a commit whose answer was lost.
//!
//! A commit has a token, which it notes in the key of its client. If the connection is lost before the answer comes, the client
//! raises its epoch: a commit under the old one that is still on its way does not happen any more, and the key tells whether it
//! has happened already.

use std::time::Duration;

use bytes::Bytes;
use helios_core::storage::Batch;
use helios_core::storage::remote::Pauses;
use helios_core::{Error, ErrorKind, Result};

use crate::client::Identity;
use crate::link::Failure;
use crate::message::{Compare, RequestOp, TxnRequest};
use crate::operation::{
    MOST_OPERATIONS, grouped, has_value, inner, is_less, is_missing, put, ranges, read, was_written,
};
use crate::options::{MOST_KEY_BYTES, MOST_REQUEST_BYTES, MOST_VALUE_BYTES};
use crate::plan::{Plan, plan};
use crate::pool::Use;
use crate::state::{Pending, State, ask_state, number};
use crate::store::Shared;

/// So many keys with their values are compared by the commit itself; more are read before.
const MOST_COMPARED: usize = 40;
const MOST_COMPARED_BYTES: usize = 128 << 10;

/// What a commit is, when it is tried.
pub(crate) struct Attempt<'a> {
    pub(crate) batch: &'a Batch<'a>,
    pub(crate) identity: Identity,
    pub(crate) token: u64,
}

/// What has become of it.
pub(crate) enum Outcome {
    /// It has happened.
    Done(State),
    /// It has not, because the store was in this state and something is not as expected.
    Refused(State, Option<Bytes>),
}

impl Shared {
    /// Applies a batch.
    pub(crate) fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        debug_assert!(batch.is_sorted(), "the entries of a batch are sorted");
        self.pool.check_open()?;
        if self.is_read_only {
            return Err(Error::new(ErrorKind::ReadOnly, "attempt to write a readonly database"));
        }
        check_sizes(batch)?;
        let plan = plan(&self.names, batch);
        let mut committing = self.committing.lock();
        let mut pauses = Pauses::new(self.pool.timeout());
        loop {
            *committing += 1;
            let attempt = Attempt { batch, identity: *self.identity.lock(), token: *committing };
            let compare = self.conditions(&attempt)?;
            let question = self.heard.question();
            let outcome = match &plan {
                Plan::Small(operations) => self.try_small(&attempt, compare, operations),
                Plan::Large(cleared) => self.try_large(&attempt, compare, cleared),
            };
            let outcome = match outcome {
                Err(failure @ (Failure::Lost(_) | Failure::Again(_))) => {
                    match self.settle(&attempt, &failure.into())? {
                        Some(state) => Ok(Outcome::Done(state)),
                        None => Err(Failure::Again("a commit was lost on its way".to_owned())),
                    }
                }
                other => other,
            };
            if matches!(plan, Plan::Large(_)) && !matches!(outcome, Ok(Outcome::Done(_))) {
                self.drop_parts(&attempt);
            }
            match outcome {
                Ok(Outcome::Done(state)) => return self.done(&attempt, question, &state),
                Ok(Outcome::Refused(state, client)) => {
                    self.explain(&attempt, question, &state, client.as_ref())?;
                }
                Err(failure @ Failure::Again(_)) => pauses.wait(failure)?,
                // Nobody has heard of us for so long that the lease is gone.
                Err(Failure::Missing(_)) => self.enter_again(&attempt)?,
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// What has to hold for a commit to happen.
    pub(crate) fn conditions(&self, attempt: &Attempt<'_>) -> Result<Vec<Compare>> {
        let (names, batch) = (&self.names, attempt.batch);
        let mut compare = vec![
            has_value(names.client(attempt.identity.id), attempt.identity.encode()),
            is_missing(names.pending.clone()),
        ];
        if let Some(head) = batch.head {
            compare.push(was_written(names.head.clone(), head.version.min(i64::MAX as u64) as i64));
            compare.push(is_less(names.floor.clone(), number(head.above)));
        }
        if is_compared_by_commit(batch) {
            compare.extend(batch.expected.iter().map(|expected| match expected.value {
                Some(value) => has_value(names.entry(expected.key), Bytes::copy_from_slice(value)),
                None => is_missing(names.entry(expected.key)),
            }));
        } else {
            compare.push(was_written(names.head.clone(), self.check_expected(batch)? as i64));
        }
        Ok(compare)
    }

    /// Looks at keys and values that are too many for a commit's conditions. Answers with the version that they had them in.
    fn check_expected(&self, batch: &Batch<'_>) -> Result<u64> {
        let mut version = None;
        for expected in batch.expected.chunks(MOST_OPERATIONS) {
            let mut success =
                grouped(expected.iter().map(|one| read(self.names.entry(one.key), 0)).collect());
            success.push(ask_state(&self.names));
            let request = TxnRequest { success, ..TxnRequest::default() };
            let (state, found) = self.state_of(self.transact(Use::Statement, &request)?)?;
            let found = found.iter().map(|found| found.kvs.first().map(|found| &found.value[..]));
            let is_same = found.eq(expected.iter().map(|one| one.value));
            if !is_same || *version.get_or_insert(state.head.version) != state.head.version {
                return Err(conflict());
            }
        }
        version.ok_or_else(conflict)
    }

    fn try_small(
        &self,
        attempt: &Attempt<'_>,
        compare: Vec<Compare>,
        operations: &[RequestOp],
    ) -> Result<Outcome, Failure> {
        self.try_once(attempt, compare, grouped(operations.to_vec()), None)
    }

    /// Has a commit happen, if its conditions hold: with these operations, or with what is pending from then on.
    pub(crate) fn try_once(
        &self,
        attempt: &Attempt<'_>,
        compare: Vec<Compare>,
        mut success: Vec<RequestOp>,
        pending: Option<Pending>,
    ) -> Result<Outcome, Failure> {
        let names = &self.names;
        let client = names.client(attempt.identity.id);
        let next = Identity { last: attempt.token, ..attempt.identity };
        success.push(put(client.clone(), next.encode(), attempt.identity.id));
        success.push(put(names.head.clone(), Bytes::new(), 0));
        match attempt.batch.head {
            Some(head) if head.floor >= head.above => {
                success.push(put(names.floor.clone(), number(head.floor), 0));
            }
            Some(head) if head.floor > 0 => success.push(inner(TxnRequest {
                compare: vec![is_less(names.floor.clone(), number(head.floor))],
                success: vec![put(names.floor.clone(), number(head.floor), 0)],
                failure: Vec::new(),
            })),
            _ => {}
        }
        success.extend(self.give_turn_back(attempt.identity.id));
        if let Some(pending) = pending {
            success.push(put(names.pending.clone(), pending.encode(), 0));
        }
        success.push(ask_state(names));
        let failure = vec![read(client, 0), ask_state(names)];
        let request = TxnRequest { compare, success, failure };
        let told = self.pool.once(Use::Statement, |link| link.transact(&request))?;
        let has_happened = told.succeeded;
        let (state, found) = self.state_of(told).map_err(Failure::Refused)?;
        Ok(match has_happened {
            true => Outcome::Done(state),
            false => {
                let client =
                    found.first().and_then(|found| found.kvs.first()).map(|found| found.value.clone());
                Outcome::Refused(state, client)
            }
        })
    }

    /// Notes a commit that has happened, and writes what is left of it.
    fn done(&self, attempt: &Attempt<'_>, question: u64, state: &State) -> Result<()> {
        let mut identity = self.identity.lock();
        if identity.id == attempt.identity.id {
            identity.last = attempt.token;
        }
        drop(identity);
        self.note(question, state);
        if let Some(pending) = state.pending {
            self.finish(pending)?;
            self.ask_head()?;
        }
        self.let_others_in(state, attempt.identity.id);
        Ok(())
    }

    /// Why a commit has not happened: an error, unless it may be tried again.
    fn explain(
        &self,
        attempt: &Attempt<'_>,
        question: u64,
        state: &State,
        client: Option<&Bytes>,
    ) -> Result<()> {
        self.note(question, state);
        if let Some(pending) = state.pending {
            return self.finish(pending);
        }
        if client != Some(&attempt.identity.encode()) {
            return self.enter_again(attempt);
        }
        match attempt.batch.head {
            // What was read before is read again.
            None if !is_compared_by_commit(attempt.batch) => Ok(()),
            _ => {
                self.came_late();
                Err(conflict())
            }
        }
    }

    fn enter_again(&self, attempt: &Attempt<'_>) -> Result<()> {
        let mut identity = self.identity.lock();
        if identity.id == attempt.identity.id {
            *identity = self.enter()?;
        }
        Ok(())
    }

    /// Whether a commit has happened whose answer was lost. If not, it will not any more.
    fn settle(&self, attempt: &Attempt<'_>, lost: &Error) -> Result<Option<State>> {
        let doubt = |cause: String| {
            let cause = format!("it is not known whether a commit has happened: {cause}");
            Error::new(ErrorKind::Io, "disk I/O error").caused_by(cause)
        };
        let before = attempt.identity;
        let client = self.names.client(before.id);
        let mut raised = before;
        let mut pauses = Pauses::new(self.pool.timeout().max(Duration::from_secs(1)));
        loop {
            raised.epoch += 1;
            // One that comes late raises nothing any more.
            let raise = TxnRequest {
                compare: vec![is_less(client.clone(), raised.encode())],
                success: vec![put(client.clone(), raised.encode(), before.id)],
                failure: Vec::new(),
            };
            let request = TxnRequest {
                compare: vec![has_value(client.clone(), Identity { last: attempt.token, ..before }.encode())],
                success: vec![ask_state(&self.names)],
                failure: vec![read(client.clone(), 0), inner(raise), ask_state(&self.names)],
            };
            match self.pool.once(Use::Statement, |link| link.transact(&request)) {
                Ok(told) if told.succeeded => return Ok(Some(self.state_of(told)?.0)),
                Ok(told) => {
                    let found = ranges(told.responses);
                    let found = found.first().and_then(|found| found.kvs.first());
                    let Some(found) = found.filter(|found| found.value.ends_with(&before.last.to_be_bytes()))
                    else {
                        return Err(doubt(format!("the client was forgotten; {lost:?}")));
                    };
                    debug_assert!(found.version > 0, "a key that is there was written");
                    let mut identity = self.identity.lock();
                    if identity.id == before.id {
                        *identity = raised;
                    }
                    return Ok(None);
                }
                Err(failure @ (Failure::Lost(_) | Failure::Again(_))) => {
                    pauses.wait(failure).map_err(|failure| doubt(format!("{:?}", Error::from(failure))))?;
                }
                Err(failure) => return Err(doubt(format!("{:?}; {lost:?}", Error::from(failure)))),
            }
        }
    }
}

/// Whether a commit has all expectations among its conditions.
fn is_compared_by_commit(batch: &Batch<'_>) -> bool {
    let value = |value: Option<&[u8]>| value.map_or(0, <[u8]>::len);
    let bytes: usize = batch.expected.iter().map(|one| one.key.len() + value(one.value)).sum();
    batch.expected.len() <= MOST_COMPARED && bytes <= MOST_COMPARED_BYTES
}

pub(crate) fn conflict() -> Error {
    Error::new(ErrorKind::Conflict, "another commit came first")
}

fn check_sizes(batch: &Batch<'_>) -> Result<()> {
    for entry in batch.entries.iter() {
        let value: usize = entry.value.map_or(0, |parts| parts.iter().map(|part| part.len()).sum());
        check_size(entry.key.len(), value)?;
    }
    Ok(())
}

/// An error if an entry is larger than the cluster takes.
pub(crate) fn check_size(key: usize, value: usize) -> Result<()> {
    const { assert!(MOST_KEY_BYTES + MOST_VALUE_BYTES < MOST_REQUEST_BYTES) };
    if key > MOST_KEY_BYTES || value > MOST_VALUE_BYTES {
        let cause = format!("keys have up to {MOST_KEY_BYTES} bytes, values up to {MOST_VALUE_BYTES}");
        return Err(Error::new(ErrorKind::TooBig, "string or blob too big").caused_by(cause));
    }
    Ok(())
}
