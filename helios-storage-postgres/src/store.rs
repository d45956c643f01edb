//! The driver: the head as this process knows it, and what its snapshots hold.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use helios_core::storage::remote::HeldStates;
use helios_core::storage::{
    Batch, Capabilities, Coordination, Head, Heard, Network, Reach, Snapshot, Stats, Storage,
};
use helios_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use tokio_postgres::Row;

use crate::client::{Identity, keep_alive};
use crate::create::make_ready;
use crate::link::{Failure, Link, Parameters};
use crate::options::Options;
use crate::pool::{Pool, Use};
use crate::snapshot::PostgresSnapshot;
use crate::sql::Sql;

/// A store in tables of a PostgreSQL server.
pub struct PostgresStorage {
    shared: Arc<Shared>,
    keeper: Mutex<Option<JoinHandle<()>>>,
}

/// What a handle and its snapshots share.
pub(crate) struct Shared {
    pub(crate) pool: Pool,
    pub(crate) sql: Sql,
    pub(crate) heard: Heard,
    pub(crate) identity: Mutex<Identity>,
    /// Commits of this handle come one after the other; the token of the last one.
    pub(crate) committing: Mutex<i64>,
    /// Versions that snapshots show.
    held: Mutex<HeldStates<u64>>,
    /// The oldest version that any client read when it was last asked for.
    pub(crate) oldest_anywhere: AtomicU64,
    /// What was replaced up to this version is gone.
    pub(crate) horizon: AtomicU64,
    pub(crate) is_read_only: bool,
    /// Bytes of a row, as it was with the last ones that were read.
    pub(crate) row_bytes: AtomicU64,
}

impl fmt::Debug for PostgresStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStorage").field("head", &self.shared.heard.head()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("head", &self.heard.head()).finish_non_exhaustive()
    }
}

pub(crate) fn no_head() -> Error {
    Error::corrupt("the tables of the store have no head")
}

/// What a store is called where nobody can name a table.
const MOST_NAME_BYTES: usize = 48;

impl PostgresStorage {
    /// Opens the store of a name, or makes one.
    ///
    /// # Errors
    /// The server cannot be reached, or does not let us in; the tables of that name are somebody else's.
    pub fn open(name: &str, options: &Options) -> Result<PostgresStorage> {
        if name.is_empty() || name.len() > MOST_NAME_BYTES || name.contains('\0') {
            let cause = format!("a name of 1 to {MOST_NAME_BYTES} bytes is needed: {name:?}");
            return Err(Error::new(ErrorKind::CannotOpen, "unable to open database file").caused_by(cause));
        }
        let (pool, sql) = (Pool::new(options)?, Sql::new(name));
        make_ready(&pool, &sql, options.create && !options.read_only).map_err(|error| {
            match error.kind() {
                ErrorKind::Io => Error::new(ErrorKind::CannotOpen, "unable to open database file")
                    .caused_by(format!("{error:?}")),
                _ => error,
            }
        })?;
        let shared = Arc::new(Shared {
            pool,
            sql,
            heard: Heard::default(),
            identity: Mutex::new(Identity { id: String::new(), epoch: 0 }),
            committing: Mutex::new(0),
            held: Mutex::default(),
            oldest_anywhere: AtomicU64::new(0),
            horizon: AtomicU64::new(0),
            is_read_only: options.read_only,
            row_bytes: AtomicU64::new(0),
        });
        if !options.read_only {
            *shared.identity.lock() = shared.enter()?;
        }
        shared.ask_head()?;
        let keeper = (!options.read_only).then(|| {
            let weak = Arc::downgrade(&shared);
            std::thread::Builder::new().name("helios-postgres".to_owned()).spawn(move || keep_alive(&weak))
        });
        let keeper = keeper.transpose().map_err(|error| {
            Error::new(ErrorKind::CannotOpen, "unable to open database file").caused_by(error)
        })?;
        Ok(PostgresStorage { shared, keeper: Mutex::new(keeper) })
    }

    /// How many journeys there were since the last call, without those of the thread that keeps the handle alive.
    pub fn take_journeys(&self) -> u64 {
        self.shared.pool.take_journeys()
    }

    fn shut_down(&self) {
        let keeper = self.keeper.lock().take();
        if self.shared.pool.check_open().is_ok() && !self.shared.is_read_only {
            let id = self.shared.identity.lock().id.clone();
            // If it is not told, others find out by themselves.
            let _ = self.shared.pool.once(Use::Read, |link| link.query(&self.shared.sql.leave, &[&id]));
        }
        self.shared.pool.close();
        if let Some(keeper) = keeper {
            keeper.thread().unpark();
            let _ = keeper.join();
        }
    }
}

impl Drop for PostgresStorage {
    fn drop(&mut self) {
        self.shut_down();
    }
}

impl Shared {
    /// Asks for one row, whose first columns tell the head.
    pub(crate) fn ask_row(&self, sql: &str, parameters: Parameters<'_>) -> Result<Row> {
        let (question, rows) = self.ask_for_state(sql, parameters)?;
        let row = rows.into_iter().next().ok_or_else(no_head)?;
        self.note(question, row.get(0), row.get(1), row.get(2));
        Ok(row)
    }

    /// Asks for rows with keys. One that has none tells the head; the others are the answer.
    pub(crate) fn ask_rows(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>> {
        let (question, mut rows) = self.ask_for_state(sql, parameters)?;
        let at = rows.iter().position(|row| row.get::<_, Option<&[u8]>>(0).is_none()).ok_or_else(no_head)?;
        let told = rows.remove(at);
        let words = std::str::from_utf8(told.get(1)).map_err(|_| no_head())?;
        let mut numbers = words.split(' ').map(str::parse::<i64>);
        let mut number = || numbers.next().and_then(std::result::Result::ok).ok_or_else(no_head);
        self.note(question, number()?, number()?, number()?);
        Ok(rows)
    }

    fn ask_for_state(&self, sql: &str, parameters: Parameters<'_>) -> Result<(u64, Vec<Row>)> {
        let ask = |link: &mut Link| -> Result<(u64, Vec<Row>), Failure> {
            let question = self.heard.question();
            Ok((question, link.query(sql, parameters)?))
        };
        self.pool.ask(Use::Read, ask)
    }

    /// Notes what an answer said of the head.
    pub(crate) fn note(&self, question: u64, version: i64, floor: i64, horizon: i64) -> Head {
        let head = Head { version: version.max(0) as u64, floor: floor.max(0) as u64 };
        self.horizon.fetch_max(horizon.max(0) as u64, Ordering::SeqCst);
        self.heard.note(question, head);
        head
    }

    pub(crate) fn ask_head(&self) -> Result<Head> {
        self.ask_row(&self.sql.head, &[])?;
        Ok(self.heard.head())
    }

    /// The oldest version that is read here, or will be.
    pub(crate) fn oldest(&self) -> u64 {
        let held = self.held.lock();
        held.oldest().unwrap_or_else(|| self.heard.head().version)
    }

    pub(crate) fn release(&self, version: u64) {
        self.held.lock().release(version);
    }
}

impl Storage for PostgresStorage {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        self.shared.ask_head()?;
        Ok(Far(self.shared.clone()).snapshot()?.1)
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        self.shared.commit(batch)
    }

    fn version(&self) -> Result<u64> {
        Ok(2 * self.shared.ask_head()?.version)
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        Arc::new(Far(self.shared.clone()))
    }

    fn capabilities(&self) -> Capabilities {
        Options::default().capabilities()
    }

    fn stats(&self) -> Result<Stats> {
        let rows = self.shared.pool.ask(Use::Read, |link| link.query(&self.shared.sql.statistics, &[]))?;
        let row = rows.first().ok_or_else(no_head)?;
        let number = |at: usize| Some(row.get::<_, i64>(at).max(0) as u64);
        Ok(Stats { entries: number(0), stored_bytes: number(1), allocated_bytes: None })
    }

    fn compact(&self) -> Result<()> {
        if !self.shared.is_read_only {
            self.shared.beat()?;
            self.shared.sweep()?;
        }
        self.shared.ask_head().map(drop)
    }

    fn close(&self) -> Result<()> {
        self.shut_down();
        Ok(())
    }
}

/// The store as a network.
#[derive(Debug)]
struct Far(Arc<Shared>);

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
        self.0.ask_head()
    }

    fn lift(&self, floor: u64) -> Result<Head> {
        let head = self.0.heard.head();
        if head.floor >= floor || self.0.is_read_only {
            return Ok(head);
        }
        self.0.ask_row(&self.0.sql.lift, &[&(floor.min(i64::MAX as u64) as i64)])?;
        Ok(self.0.heard.head())
    }

    fn snapshot(&self) -> Result<(u64, Arc<dyn Snapshot>)> {
        self.0.pool.check_open()?;
        // Under the lock, so that it is not left out of the oldest version that is told.
        let mut held = self.0.held.lock();
        let version = self.0.heard.head().version;
        held.hold(version);
        drop(held);
        Ok((version, Arc::new(PostgresSnapshot::new(self.0.clone(), version))))
    }
}
