//! The driver: the head as this process knows it, and what its snapshots hold.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;

use helios_core::storage::remote::HeldStates;
use helios_core::storage::{
    Batch, Capabilities, Coordination, Head, Heard, Network, Reach, Snapshot, Stats, Storage,
};
use helios_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

use crate::client::{Identity, keep_alive};
use crate::courtesy::Courtesy;
use crate::create::make_ready;
use crate::link::Failure;
use crate::message::{
    Nothing, RangeRequest, RangeResponse, RequestOp, StatusResponse, TxnRequest, TxnResponse,
};
use crate::name::Names;
use crate::operation::{inner, is_less, put, range, ranges};
use crate::options::Options;
use crate::piece::Places;
use crate::pool::{Pool, Use};
use crate::snapshot::EtcdSnapshot;
use crate::state::{State, ask_state, no_head, number};

/// A store in a cluster of etcd.
pub struct EtcdStorage {
    shared: Arc<Shared>,
    keeper: Mutex<Option<JoinHandle<()>>>,
}

/// What a handle and its snapshots share.
pub(crate) struct Shared {
    pub(crate) pool: Pool,
    pub(crate) names: Names,
    pub(crate) heard: Heard,
    pub(crate) identity: Mutex<Identity>,
    /// Commits of this handle come one after the other; the token of the last one that was tried.
    pub(crate) committing: Mutex<u64>,
    /// The newest version that is known, with the newest revision at which it was the newest.
    newest: Mutex<(u64, i64)>,
    /// Revisions that snapshots show.
    held: Mutex<HeldStates<i64>>,
    pub(crate) courtesy: Courtesy,
    /// Up to where this handle has had the cluster compacted.
    pub(crate) compacted: Mutex<i64>,
    pub(crate) compacts: bool,
    pub(crate) is_read_only: bool,
    /// Bytes of a row, as it was with the last ones that were read.
    pub(crate) row_bytes: AtomicU64,
    /// Where rows are.
    pub(crate) places: Mutex<Places>,
}

impl fmt::Debug for EtcdStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EtcdStorage").field("head", &self.shared.heard.head()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("head", &self.heard.head()).finish_non_exhaustive()
    }
}

/// What a store is called at most.
const MOST_NAME_BYTES: usize = 128;

impl EtcdStorage {
    /// Opens the store of a name, or makes one.
    ///
    /// # Errors
    /// The cluster cannot be reached, or does not let us in; what stands under that name is somebody else's.
    pub fn open(name: &str, options: &Options) -> Result<EtcdStorage> {
        let cannot_open = |cause: String| {
            Error::new(ErrorKind::CannotOpen, "unable to open database file").caused_by(cause)
        };
        if name.is_empty() || name.len() > MOST_NAME_BYTES || name.contains(['\0', '/']) {
            return Err(cannot_open(format!("a name of 1 to {MOST_NAME_BYTES} bytes is needed: {name:?}")));
        }
        let shared = Arc::new(Shared {
            pool: Pool::new(options)?,
            names: Names::new(&options.prefix, name),
            heard: Heard::default(),
            identity: Mutex::default(),
            committing: Mutex::new(0),
            newest: Mutex::default(),
            held: Mutex::default(),
            courtesy: Courtesy::default(),
            compacted: Mutex::new(0),
            compacts: options.compact,
            is_read_only: options.read_only,
            row_bytes: AtomicU64::new(0),
            places: Mutex::default(),
        });
        make_ready(&shared, options.create && !options.read_only).map_err(|error| match error.kind() {
            ErrorKind::Io => cannot_open(format!("{error:?}")),
            _ => error,
        })?;
        if !options.read_only {
            *shared.identity.lock() = shared.enter()?;
        }
        shared.ask_head()?;
        let keeper = (!options.read_only).then(|| {
            let weak = Arc::downgrade(&shared);
            std::thread::Builder::new().name("helios-etcd".to_owned()).spawn(move || keep_alive(&weak))
        });
        let keeper = keeper.transpose().map_err(|error| cannot_open(error.to_string()))?;
        Ok(EtcdStorage { shared, keeper: Mutex::new(keeper) })
    }

    /// How many journeys there were since the last call, without those of the thread that keeps the handle alive.
    pub fn take_journeys(&self) -> u64 {
        self.shared.pool.take_journeys()
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    fn shut_down(&self) {
        let keeper = self.keeper.lock().take();
        if self.shared.pool.check_open().is_ok() && !self.shared.is_read_only {
            self.shared.leave();
        }
        self.shared.pool.close();
        if let Some(keeper) = keeper {
            keeper.thread().unpark();
            let _ = keeper.join();
        }
    }
}

impl Drop for EtcdStorage {
    fn drop(&mut self) {
        self.shut_down();
    }
}

impl crate::link::Link {
    /// Asks for a transaction.
    pub(crate) fn transact(&mut self, request: &TxnRequest) -> Result<TxnResponse, Failure> {
        self.ask("etcdserverpb.KV/Txn", request)
    }
}

impl Shared {
    /// Asks for a transaction that does no harm when it is done twice.
    pub(crate) fn transact(&self, purpose: Use, request: &TxnRequest) -> Result<TxnResponse> {
        self.pool.ask(purpose, |link| link.transact(request))
    }

    /// What operations read, none of which writes: one journey, which tells the head too.
    pub(crate) fn read(&self, mut operations: Vec<RequestOp>) -> Result<Vec<RangeResponse>> {
        operations.push(ask_state(&self.names));
        let request = TxnRequest { success: operations, ..TxnRequest::default() };
        let (question, told) = self.pool.ask(Use::Statement, |link| {
            let question = self.heard.question();
            Ok((question, link.transact(&request)?))
        })?;
        let (state, found) = self.state_of(told)?;
        self.note(question, &state);
        if let Some(pending) = state.pending {
            self.finish(pending)?;
            self.ask_head()?;
        }
        Ok(found)
    }

    /// The state that the last operation of an answer has read, and what the others have.
    pub(crate) fn state_of(&self, told: TxnResponse) -> Result<(State, Vec<RangeResponse>)> {
        let revision = told.header.map_or(0, |header| header.revision);
        let mut found = ranges(told.responses);
        let state = found.pop().ok_or_else(no_head)?;
        Ok((State::read(&self.names, &state, revision)?, found))
    }

    /// Notes what an answer said of the head. As long as a commit is being written, nobody reads what it has made.
    pub(crate) fn note(&self, question: u64, state: &State) {
        if state.pending.is_some() {
            return;
        }
        let mut newest = self.newest.lock();
        *newest = (*newest).max((state.head.version, state.revision));
        drop(newest);
        self.heard.note(question, state.head);
    }

    /// Asks for the state of the store.
    pub(crate) fn hear(&self, purpose: Use) -> Result<State> {
        let request = TxnRequest { success: vec![ask_state(&self.names)], ..TxnRequest::default() };
        let question = self.heard.question();
        let (state, _) = self.state_of(self.transact(purpose, &request)?)?;
        self.note(question, &state);
        Ok(state)
    }

    /// Asks until there is a head that can be read.
    pub(crate) fn ask_head(&self) -> Result<Head> {
        loop {
            let state = self.hear(Use::Statement)?;
            match state.pending {
                None => return Ok(state.head),
                Some(pending) => self.finish(pending)?,
            }
        }
    }

    /// The oldest revision that is read here, or will be.
    pub(crate) fn oldest(&self) -> i64 {
        let held = self.held.lock();
        let newest = self.newest.lock().1;
        held.oldest().map_or(newest, |oldest| newest.min(oldest))
    }

    pub(crate) fn release(&self, revision: i64) {
        self.held.lock().release(revision);
    }
}

impl Storage for EtcdStorage {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        self.shared.ask_head()?;
        Ok(Cluster(self.shared.clone()).snapshot()?.1)
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        self.shared.commit(batch)
    }

    fn version(&self) -> Result<u64> {
        Ok(2 * self.shared.ask_head()?.version)
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        Arc::new(Cluster(self.shared.clone()))
    }

    fn capabilities(&self) -> Capabilities {
        Options::default().capabilities()
    }

    fn stats(&self) -> Result<Stats> {
        let (key, range_end) = (self.shared.names.entry(&[]), self.shared.names.entries_to(None));
        let all = RangeRequest { key, range_end, count_only: true, ..RangeRequest::default() };
        let count = self.shared.read(vec![range(all)])?.pop().map(|found| found.count.max(0) as u64);
        let ask = "etcdserverpb.Maintenance/Status";
        let status: StatusResponse =
            self.shared.pool.ask(Use::Statement, |link| link.ask(ask, &Nothing {}))?;
        // Of the whole cluster, which may have other stores.
        let allocated_bytes = Some(status.database_bytes.max(0) as u64);
        Ok(Stats { entries: count, stored_bytes: None, allocated_bytes })
    }

    fn compact(&self) -> Result<()> {
        self.shared.ask_head()?;
        if self.shared.is_read_only {
            return Ok(());
        }
        self.shared.beat()?;
        self.shared.sweep()?;
        if self.shared.compacts { self.shared.compact_behind(1, true) } else { Ok(()) }
    }

    fn close(&self) -> Result<()> {
        self.shut_down();
        Ok(())
    }
}

/// The store as a network.
#[derive(Debug)]
struct Cluster(Arc<Shared>);

impl Coordination for Cluster {
    fn reach(&self) -> Reach<'_> {
        Reach::Network(self)
    }
}

impl Network for Cluster {
    fn heard(&self) -> &Heard {
        &self.0.heard
    }

    fn ask(&self) -> Result<Head> {
        self.0.ask_head()
    }

    fn came_late(&self) {
        self.0.came_late();
    }

    fn lift(&self, floor: u64) -> Result<Head> {
        let head = self.0.heard.head();
        if head.floor >= floor || self.0.is_read_only {
            return Ok(head);
        }
        let name = self.0.names.floor.clone();
        let lift = TxnRequest {
            compare: vec![is_less(name.clone(), number(floor))],
            success: vec![put(name, number(floor), 0)],
            failure: Vec::new(),
        };
        self.0.read(vec![inner(lift)])?;
        if self.0.heard.head().floor < floor { self.0.ask_head() } else { Ok(self.0.heard.head()) }
    }

    fn snapshot(&self) -> Result<(u64, Arc<dyn Snapshot>)> {
        self.0.pool.check_open()?;
        // Under the lock, so that it is not left out of the oldest revision that is told.
        let mut held = self.0.held.lock();
        let (version, revision) = *self.0.newest.lock();
        held.hold(revision);
        drop(held);
        Ok((version, Arc::new(EtcdSnapshot::new(self.0.clone(), revision))))
    }
}
