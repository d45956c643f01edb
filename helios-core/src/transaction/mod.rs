//! Transactions: who may write when, and how commits reach the disk.
//!
//! A [`Transaction`] is a view and a write set over it. The [`Engine`] runs all transactions of one store:
//!
//! ```text
//! begin ── reads ──────────── view of the newest durable state, taken at the first read
//!          first write ────── the branch's turn (plain), or nothing yet (concurrent)
//! commit ─ turn ───────────── plain: held already; concurrent: taken now, then validated
//!          queue ──────────── the write set is handed over, the turn passes on
//!          leader ─────────── the first waiter writes everything queued as one batch, with one sync
//!          acknowledged ───── when the batch is durable
//! ```
//!
//! - **Plain** transactions keep SQLite's promise: the first write takes the branch's turn, and from then on the commit
//!   cannot conflict. If something was read before and another commit came between, the first write fails at once with
//!   `SQLITE_BUSY_SNAPSHOT`.
//! - **Concurrent** transactions (and lone statements) write without a turn and remember what they read. At commit that
//!   is compared with what was committed since: serializable, or `SQLITE_BUSY_SNAPSHOT`.
//! - The turn passes when a commit is queued, not when it is on the disk. The next writer sees the queued write sets
//!   over its view; everybody else sees durable commits only. If the disk fails, everything queued fails, and with it
//!   every transaction that has seen it.
//! - Other processes take part through leases on lanes ([`crate::storage::Coordination`]): one lane a branch for the
//!   turn, one for committing.

mod as_of;
mod branches;
mod engine;
mod lane;
mod numbers;
mod observer;
mod open;
mod queue;
mod read_set;
mod reader;
mod wait;

pub use engine::{Engine, Present};
pub use numbers::Progression;
pub use observer::CommitObserver;
pub use open::{Mode, Transaction};
pub use queue::AloneWork;
pub use reader::{Reader, ScanGuard};
pub use wait::{Interrupt, Patience, Watcher};
