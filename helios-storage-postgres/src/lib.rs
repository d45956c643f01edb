//! The storage driver `postgres`: four tables of a PostgreSQL server, for any number of processes on any machines.
//!
//! In: batches. Out: snapshots. Every key has a row for what it is now and rows for what it was, as long as a client may ask:
//!
//! ```text
//! NAME_entry    key, since, value            true since a version. No value: it was deleted then
//! NAME_past     until, key, since, value     was true from the version `since` to before the version `until`
//! NAME_head     version, floor, horizon      how many commits there were, and what helios_core::storage::Head says;
//!                                            nobody asks for what was replaced up to the horizon
//! NAME_client   id, epoch, last, oldest      who works on it: its last commit, the oldest version that it reads
//! ```
//!
//! No column that commits change is in an index of `NAME_entry`, so that PostgreSQL changes rows in their place.
//!
//! A snapshot is a number, so reading needs no transaction that stays open. A commit is one statement with arrays for
//! parameters, in a transaction of its own that is serializable.
//!
//! - [`options`]: where the server is, and how it is reached.
//! - [`link`](mod@link): one connection, with a runtime of its own on which its caller waits. [`tls`]: what it is sealed with.
//! - [`pool`]: connections that wait for work; what is done again when one is lost.
//! - [`sql`]: all statements. [`create`]: making the tables, and recognising them.
//! - [`client`]: who this process is to the others; what is swept away.
//! - [`commit`]: batches as parameters; what has become of a commit whose answer was lost.
//! - [`snapshot`]: reading a version.
//! - [`store`]: the driver.

mod client;
mod commit;
mod create;
mod link;
mod options;
mod pool;
mod snapshot;
mod sql;
mod store;
mod tls;

pub use options::Options;
pub use store::PostgresStorage;
