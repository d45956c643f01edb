//! Who this process is to the others that work on the store, and what is forgotten.
//!
//! Each handle that may write is a *client*: a lease, which a thread keeps alive, and two keys that go with it. One says which
//! commit was its last, the other which is the oldest revision that it reads. The cluster is compacted behind the oldest
//! revision that any client of any store reads; what clients that died were going to write is deleted.

use std::collections::BTreeSet;
use std::sync::Weak;
use std::time::{Duration, Instant};

use bytes::Bytes;
use helios_core::Result;

use crate::link::Failure;
use crate::message::{
    CompactionRequest, LeaseGrantRequest, LeaseRequest, LeaseResponse, Nothing, RangeRequest, TxnRequest,
};
use crate::operation::{delete, is_missing, put, range};
use crate::pool::Use;
use crate::state::number;
use crate::store::Shared;

/// Who a handle is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The number of its lease.
    pub(crate) id: i64,
    /// Raised when a commit is in doubt: one that is still on its way under the old one does not happen any more.
    pub(crate) epoch: u64,
    /// The token of its last commit.
    pub(crate) last: u64,
}

impl Identity {
    /// The value of its key.
    pub(crate) fn encode(self) -> Bytes {
        Bytes::from([self.epoch.to_be_bytes(), self.last.to_be_bytes()].concat())
    }
}

/// How often the thread looks whether there is something to be told.
const TICK: Duration = Duration::from_millis(500);
/// A client says so often that it is there, whether there is news or not.
const BEAT: Duration = Duration::from_secs(10);
/// A client that was not heard of for so many seconds has no say in what is kept.
const LEASE_SECONDS: i64 = 60;
/// The cluster is compacted when there is so much to forget.
const REVISIONS: i64 = 1000;

impl Shared {
    /// Registers with the cluster as somebody new.
    pub(crate) fn enter(&self) -> Result<Identity> {
        let grant = LeaseGrantRequest { ttl: LEASE_SECONDS };
        let lease: LeaseResponse =
            self.pool.ask(Use::Upkeep, |link| link.ask("etcdserverpb.Lease/LeaseGrant", &grant))?;
        let identity = Identity { id: lease.id, epoch: 1, last: 0 };
        // Nothing is forgotten before it is told what is read.
        let success = vec![
            put(self.names.client(identity.id), identity.encode(), identity.id),
            put(self.names.reader(identity.id), number(0), identity.id),
        ];
        self.transact(Use::Upkeep, &TxnRequest { success, ..TxnRequest::default() })?;
        Ok(identity)
    }

    /// Says that we are there and which is the oldest revision that is read here.
    pub(crate) fn beat(&self) -> Result<()> {
        let identity = *self.identity.lock();
        let alive: Result<LeaseResponse, Failure> = self.pool.once(Use::Upkeep, |link| {
            link.ask("etcdserverpb.Lease/LeaseKeepAlive", &LeaseRequest { id: identity.id })
        });
        let is_known = match alive {
            Ok(alive) if alive.ttl > 0 => {
                let oldest =
                    put(self.names.reader(identity.id), number(self.oldest().max(0) as u64), identity.id);
                let told = TxnRequest { success: vec![oldest], ..TxnRequest::default() };
                match self.pool.once(Use::Upkeep, |link| link.transact(&told)) {
                    Ok(_) => true,
                    Err(Failure::Missing(_)) => false,
                    Err(failure) => return Err(failure.into()),
                }
            }
            Ok(_) | Err(Failure::Missing(_)) => false,
            Err(failure) => return Err(failure.into()),
        };
        if !is_known {
            // Nobody has heard of this client for so long that it was forgotten.
            let mut current = self.identity.lock();
            if current.id == identity.id {
                *current = self.enter()?;
            }
        }
        // Who only reads hears of others' commits, and lets go of what is older. A large commit that is on its way is left to
        // those who wait for it.
        self.hear(Use::Upkeep).map(drop)
    }

    /// The keys of a range, and what stands there.
    fn list(
        &self,
        (key, range_end): (Bytes, Bytes),
        keys_only: bool,
    ) -> Result<Vec<crate::message::KeyValue>> {
        let wanted = range(RangeRequest { key, range_end, keys_only, ..RangeRequest::default() });
        let told =
            self.transact(Use::Upkeep, &TxnRequest { success: vec![wanted], ..TxnRequest::default() })?;
        Ok(crate::operation::ranges(told.responses).pop().unwrap_or_default().kvs)
    }

    /// Has the cluster forget what nobody reads, if that is at least so many revisions. The client that has come first does it
    /// for all, unless it is asked for.
    pub(crate) fn compact_behind(&self, least: i64, is_asked_for: bool) -> Result<()> {
        let readers = self.list(self.names.readers(), false)?;
        let own = self.names.reader(self.identity.lock().id);
        if !is_asked_for && readers.first().is_none_or(|first| first.key != own) {
            return Ok(());
        }
        let revision =
            |value: &Bytes| value[..].try_into().map_or(0, |bytes| u64::from_be_bytes(bytes) as i64);
        let oldest = readers.iter().map(|reader| revision(&reader.value)).min().unwrap_or(0);
        let mut compacted = self.compacted.lock();
        if oldest < *compacted + least {
            return Ok(());
        }
        let request = CompactionRequest { revision: oldest };
        let done: Result<Nothing, Failure> =
            self.pool.once(Use::Upkeep, |link| link.ask("etcdserverpb.KV/Compact", &request));
        match done {
            // Somebody else was faster.
            Ok(_) | Err(Failure::Compacted) => *compacted = oldest,
            Err(failure) => return Err(failure.into()),
        }
        Ok(())
    }

    /// Deletes what clients that are gone were going to write.
    pub(crate) fn sweep(&self) -> Result<()> {
        let client = |key: &Bytes| self.names.client_of(key);
        let writing: BTreeSet<i64> =
            self.list(self.names.intents(), true)?.iter().filter_map(|found| client(&found.key)).collect();
        if writing.is_empty() {
            return Ok(());
        }
        let clients: BTreeSet<i64> =
            self.list(self.names.clients(), true)?.iter().filter_map(|found| client(&found.key)).collect();
        for gone in writing.difference(&clients) {
            let (key, range_end) = self.names.intents_of_client(*gone);
            // A client that is gone makes no commit happen any more; one that has happened is written first.
            let compare = vec![is_missing(self.names.client(*gone)), is_missing(self.names.pending.clone())];
            let success = vec![delete(key, range_end)];
            self.transact(Use::Upkeep, &TxnRequest { compare, success, ..TxnRequest::default() })?;
        }
        Ok(())
    }

    /// Gives the lease back, and with it what it holds. If that does not arrive, the cluster finds out by itself.
    pub(crate) fn leave(&self) {
        let id = self.identity.lock().id;
        let _ = self.pool.once(Use::Upkeep, |link| {
            link.ask::<Nothing>("etcdserverpb.Lease/LeaseRevoke", &LeaseRequest { id })
        });
    }
}

/// What the thread does as long as the handle is open.
pub(crate) fn keep_alive(shared: &Weak<Shared>) {
    let mut told: Option<(i64, Instant)> = None;
    let mut swept = Instant::now();
    loop {
        std::thread::park_timeout(TICK);
        let Some(shared) = shared.upgrade() else { return };
        if shared.pool.check_open().is_err() {
            return;
        }
        let oldest = shared.oldest();
        let is_news =
            told.is_none_or(|(revision, at)| oldest - revision > REVISIONS / 10 || at.elapsed() > BEAT);
        // A cluster that is away for now is asked again with the next tick.
        if !is_news || shared.beat().is_err() {
            continue;
        }
        told = Some((oldest, Instant::now()));
        if shared.compacts {
            let _ = shared.compact_behind(REVISIONS, false);
        }
        if swept.elapsed() > BEAT {
            let _ = shared.sweep();
            swept = Instant::now();
        }
    }
}
