//! A store that is reached over a network, without the network: a [`Server`] in memory, and handles on it ([`Far`]) that
//! share nothing else, as processes on several machines would.
//!
//! Every question of a handle to the server is a journey. Journeys are counted, can take time, and the answers to commits
//! can be lost, before or after the commit has happened; a handle then asks by the token of the commit.

mod server;
mod snapshot;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use helios_core::storage::{
    Batch, Capabilities, Coordination, Head, Heard, Limits, Network, Reach, Snapshot, Stats, Storage,
};
use helios_core::{Error, ErrorKind, Result};

use server::Answer;
pub use server::Server;
use snapshot::FarSnapshot;

/// A handle on a [`Server`]: what one process has.
#[derive(Clone)]
pub struct Far(Arc<Handle>);

/// What a handle and its snapshots share.
struct Handle {
    server: Arc<Server>,
    heard: Heard,
    number: u64,
    next_token: AtomicU64,
    is_closed: AtomicBool,
}

impl fmt::Debug for Far {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Far").field("number", &self.0.number).finish_non_exhaustive()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Far {
    /// Another handle on a server.
    pub fn new(server: &Arc<Server>) -> Result<Far> {
        let number = server.enter();
        let handle = Handle {
            server: server.clone(),
            heard: Heard::default(),
            number,
            next_token: AtomicU64::new(1),
            is_closed: AtomicBool::new(false),
        };
        let far = Far(Arc::new(handle));
        far.ask()?;
        Ok(far)
    }
}

impl Handle {
    fn check_open(&self) -> Result<()> {
        match self.is_closed.load(Ordering::SeqCst) {
            true => Err(Error::new(ErrorKind::Misuse, "the store is closed")),
            false => Ok(()),
        }
    }

    /// One journey: a question, and the head with the answer.
    fn travel<T>(&self, question: impl FnOnce(&Server) -> Answer<T>) -> Result<T> {
        self.check_open()?;
        let number = self.heard.question();
        self.server.count_journey();
        let (head, answer) = question(&self.server);
        self.heard.note(number, head);
        answer
    }
}

impl Storage for Far {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        Ok(Arc::new(FarSnapshot::newest(self.0.clone())?))
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        debug_assert!(batch.is_sorted(), "the entries of a batch are sorted");
        let token = self.0.next_token.fetch_add(1, Ordering::SeqCst);
        let copied = batch.copied.map(server::copy).transpose()?.unwrap_or_default();
        let commit = || self.0.travel(|server| server.commit(batch, &copied, (self.0.number, token)));
        let loss = self.0.server.next_loss();
        if loss == Some(false) {
            self.0.check_open()?;
            self.0.server.count_journey();
        } else {
            let result = commit();
            if loss.is_none() {
                return result;
            }
        }
        // The answer was lost: the token tells what has happened, and the commit is sent again if nothing has.
        if self.0.travel(|server| server.has_committed(self.0.number, token))? {
            return Ok(());
        }
        commit()
    }

    fn version(&self) -> Result<u64> {
        Ok(2 * self.ask()?.version)
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        Arc::new(self.clone())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            persistent: true,
            durable: false,
            many_processes: true,
            online_compaction: true,
            page_encryption: false,
            limits: Limits { key_bytes: 1 << 30, value_bytes: 1 << 30, ..Limits::NONE },
        }
    }

    fn stats(&self) -> Result<Stats> {
        self.0.travel(Server::stats)
    }

    fn compact(&self) -> Result<()> {
        self.ask().map(drop)
    }

    fn close(&self) -> Result<()> {
        self.0.is_closed.store(true, Ordering::SeqCst);
        Ok(())
    }
}

impl Coordination for Far {
    fn reach(&self) -> Reach<'_> {
        Reach::Network(self)
    }
}

impl Network for Far {
    fn heard(&self) -> &Heard {
        &self.0.heard
    }

    fn ask(&self) -> Result<Head> {
        self.0.travel(Server::tell)
    }

    fn lift(&self, floor: u64) -> Result<Head> {
        let head = self.0.heard.head();
        if head.floor >= floor { Ok(head) } else { self.0.travel(|server| server.lift(floor)) }
    }

    fn snapshot(&self) -> Result<(u64, Arc<dyn Snapshot>)> {
        let version = self.0.heard.head().version;
        Ok((version, Arc::new(FarSnapshot::new(self.0.clone(), version))))
    }
}
