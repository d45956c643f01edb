//! The engine: all transactions of one store in one process.

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock, Weak};

use parking_lot::{Condvar, Mutex, RwLock};

use super::branches::GoneBranches;
use super::numbers::Lots;
use super::observer::CommitObserver;
use super::queue::{Alone, AloneWork, Queue, Work};
use super::wait::{Interrupt, Patience};
use crate::branch::{BranchRecord, Branching, VersionedStore, no_such_branch};
use crate::clock::{Clock, CommitClock, Moment};
use crate::error::{ErrorKind, Result};
use crate::storage::{Coordination, Lane, Network, Reach, Words};
use crate::versioned::{BranchId, Space, View};

/// Everything that transactions on one store share.
#[derive(Debug)]
pub struct Engine {
    pub(super) store: Arc<dyn VersionedStore>,
    pub(super) coordination: Arc<dyn Coordination>,
    /// Whether the store is reached over a network.
    pub(super) is_far: bool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) stamps: CommitClock,
    /// Everything up to this moment is decided, and shown by every state that is present from now on.
    pub(super) decided: AtomicU64,
    present: RwLock<Option<Arc<Present>>>,
    /// The same where the store is reached over a network: it is kept as long as somebody reads it, so that a process with
    /// nothing to do keeps no old state on the server.
    read_present: RwLock<Weak<Present>>,
    pub(super) observer: OnceLock<Arc<dyn CommitObserver>>,
    pub(super) queue: Mutex<Queue>,
    pub(super) changed: Condvar,
    /// Numbers for spaces that this process may give away.
    spaces: Mutex<std::ops::Range<u32>>,
    pub(super) numbers: Mutex<Lots>,
    pub(super) gone: GoneBranches,
}

/// The newest durable state, shared by all who read it.
#[derive(Debug)]
pub struct Present {
    version: u64,
    state: Arc<dyn Branching>,
    /// Views of the present that somebody has asked for.
    views: RwLock<Vec<Arc<dyn View>>>,
    /// Views of the past that were asked for last.
    pasts: RwLock<VecDeque<Arc<dyn View>>>,
}

/// So many views of the past are kept: a statement reads one moment, rarely two.
const KEPT_PASTS: usize = 4;

impl Present {
    fn new(version: u64, state: Arc<dyn Branching>) -> Present {
        Present { version, state, views: RwLock::default(), pasts: RwLock::default() }
    }

    /// The number that the store had ([`VersionedStore::version`]), or an older one.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// All branches.
    pub fn state(&self) -> &Arc<dyn Branching> {
        &self.state
    }

    /// The record of a branch.
    pub fn branch(&self, id: BranchId) -> Result<&BranchRecord> {
        self.state.branch(id).ok_or_else(|| no_such_branch(id.0))
    }

    /// The present of a branch.
    pub fn view(&self, branch: BranchId) -> Result<Arc<dyn View>> {
        if let Some(view) = self.views.read().iter().find(|view| view.branch() == branch) {
            return Ok(view.clone());
        }
        let view = self.state.view(branch, Moment::PRESENT)?;
        self.views.write().push(view.clone());
        Ok(view)
    }

    /// A branch at a moment of the past.
    pub fn view_at(&self, branch: BranchId, moment: Moment) -> Result<Arc<dyn View>> {
        let is_wanted = |view: &&Arc<dyn View>| view.branch() == branch && view.moment() == moment;
        if let Some(view) = self.pasts.read().iter().find(is_wanted) {
            return Ok(view.clone());
        }
        let view = self.state.view(branch, moment)?;
        let mut pasts = self.pasts.write();
        if pasts.len() == KEPT_PASTS {
            pasts.pop_front();
        }
        pasts.push_back(view.clone());
        Ok(view)
    }
}

/// Numbers for spaces are fetched from the store this many at a time.
const SPACES_AT_ONCE: u32 = 64;

impl Engine {
    /// An engine on a store.
    pub fn new(store: Arc<dyn VersionedStore>, clock: Arc<dyn Clock>) -> Result<Arc<Engine>> {
        let state = store.state()?;
        let last = state.branches().into_iter().map(|branch| branch.last_commit).max().unwrap_or_default();
        let coordination = store.coordination();
        let network = coordination.reach().network();
        let (is_far, floor) = (network.is_some(), network.map_or(0, |network| network.heard().head().floor));
        Ok(Arc::new(Engine {
            coordination,
            is_far,
            store,
            clock,
            stamps: CommitClock::above(last.max(Moment(floor))),
            decided: AtomicU64::new(0),
            present: RwLock::new(None),
            read_present: RwLock::default(),
            observer: OnceLock::new(),
            queue: Mutex::default(),
            changed: Condvar::new(),
            spaces: Mutex::new(0..0),
            numbers: Mutex::default(),
            gone: GoneBranches::default(),
        }))
    }

    /// Tells `observer` of every commit from now on. There is one; a second is not told of anything.
    pub fn set_observer(&self, observer: Arc<dyn CommitObserver>) {
        let _ = self.observer.set(observer);
    }

    /// Where the time comes from.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The newest durable state.
    pub fn present(&self) -> Result<Arc<Present>> {
        let version = self.store.version()?;
        if let Some(present) = &*self.present.read()
            && present.shows(version)
        {
            return Ok(present.clone());
        }
        if self.is_far { self.refresh_read() } else { self.refresh() }
    }

    fn refresh_read(&self) -> Result<Arc<Present>> {
        let known = |version| self.read_present.read().upgrade().filter(|present| present.shows(version));
        if let Some(present) = known(self.store.version()?) {
            return Ok(present);
        }
        // One after the other, so that states are looked at in their order.
        let mut newest = self.read_present.write();
        let version = self.store.version()?;
        if let Some(present) = newest.upgrade().filter(|present| present.shows(version)) {
            return Ok(present);
        }
        let state = self.store.state()?;
        self.gone.look_at(&*state);
        let present = Arc::new(Present::new(version, state));
        *newest = Arc::downgrade(&present);
        Ok(present)
    }

    fn refresh(&self) -> Result<Arc<Present>> {
        let mut newest = self.present.write();
        let version = self.store.version()?;
        if let Some(present) = &*newest
            && present.shows(version)
        {
            return Ok(present.clone());
        }
        // The old snapshot goes before the new one is taken: a driver may keep space for it.
        *newest = None;
        let state = self.store.state()?;
        if self.has_others() {
            self.gone.look_at(&*state);
        }
        let present = Arc::new(Present::new(version, state));
        *newest = Some(present.clone());
        Ok(present)
    }

    /// The newest state of all processes: where the store is reached over a network, it is asked for.
    pub fn newest(&self) -> Result<Arc<Present>> {
        if let Some(network) = self.network() {
            network.ask()?;
        }
        self.present()
    }

    /// The network that the store is reached over, if it is. What is present is the newest state that this process has
    /// heard of then.
    #[inline]
    pub fn network(&self) -> Option<&dyn Network> {
        if self.is_far { self.coordination.reach().network() } else { None }
    }

    /// Whether the state that is present was the newest of all processes at some time after `since`, in the questions of
    /// [`Heard::now`](crate::storage::Heard::now).
    pub fn was_newest(&self, present: u64, since: u64) -> bool {
        self.network().is_none_or(|network| network.heard().was_newest(present / 2, since))
    }

    /// What processes of one machine share.
    pub(super) fn words(&self) -> Option<&dyn Words> {
        match self.coordination.reach() {
            Reach::Memory(words) => Some(words),
            Reach::Network(_) => None,
        }
    }

    /// Whether there may be other processes.
    pub(super) fn has_others(&self) -> bool {
        self.words().is_none_or(Words::is_shared)
    }

    /// Lets the shared state go if nobody reads it: an open snapshot makes a driver's commit dearer.
    pub(super) fn drop_unused_present(&self) {
        let mut present = self.present.write();
        if present.as_ref().is_some_and(|present| Arc::strong_count(present) == 1 && present.is_unused()) {
            *present = None;
        }
    }

    /// From now on all tables keep their history. Does nothing where they do already.
    pub fn keep_history(&self) -> Result<()> {
        if !self.keeps_history()? {
            self.run(Work::KeepHistory)?;
        }
        Ok(())
    }

    /// From now on there is a user of this name with this verifier of a password, or none.
    pub fn set_user(&self, name: &str, verifier: Option<&str>) -> Result<()> {
        self.run(Work::SetUser(name.to_owned(), verifier.map(str::to_owned))).map(drop)
    }

    /// Whether tables keep their history.
    pub fn keeps_history(&self) -> Result<bool> {
        Ok(self.present()?.state.history_since(BranchId::MAIN, Space::FIRST_USER).is_some())
    }

    /// Does `work` while nobody else commits or is about to, in any process. It is given a moment as a commit's is, above
    /// `above` and all commits before.
    pub fn exclusively(
        self: &Arc<Engine>,
        above: Moment,
        patience: &Patience,
        work: Box<AloneWork>,
    ) -> Result<Moment> {
        let branches: Vec<BranchId> =
            self.present()?.state.branches().into_iter().map(|branch| branch.id).collect();
        let _turns = branches
            .into_iter()
            .map(|branch| self.take_turn(branch, patience))
            .collect::<Result<Vec<_>>>()?;
        self.stamps.lift(above);
        self.run(Work::Alone(Alone::new(work, true)))
    }

    /// A number for a new space, never given before by any process.
    pub fn reserve_space(&self) -> Result<Space> {
        let mut spaces = self.spaces.lock();
        if spaces.is_empty() {
            let patience = Patience::new(std::time::Duration::from_secs(60), Interrupt::default());
            let _lease = self.lease(Lane::IDENTIFIERS, &patience)?;
            *spaces = loop {
                let start = self.store.state()?.next_space();
                let end = Space(start.0 + SPACES_AT_ONCE);
                match self.run(Work::ReserveSpaces(start, end)) {
                    Ok(_) => break start.0..end.0,
                    Err(error) if self.is_far && error.kind() == ErrorKind::BusySnapshot => {}
                    Err(error) => return Err(error),
                }
            };
        }
        let space = Space(spaces.start);
        spaces.start += 1;
        Ok(space)
    }
}

impl Present {
    /// Whether this is what the store shows at `version`. A commit that is on its way (an odd number) is not
    /// acknowledged: until it is, the state before it is as true as the state after it.
    fn shows(&self, version: u64) -> bool {
        self.version == version || (self.version.is_multiple_of(2) && self.version + 1 == version)
    }

    fn is_unused(&self) -> bool {
        let is_unused = |view: &Arc<dyn View>| Arc::strong_count(view) == 1;
        self.views.read().iter().all(is_unused) && self.pasts.read().iter().all(is_unused)
    }
}
