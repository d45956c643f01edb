//! The storage driver `etcd`: keys of a cluster, for small databases that survive the loss of machines.
//!
//! In: batches. Out: snapshots. What an entry is now and what it was is etcd's own business: a snapshot is a revision, so reading
//! needs nothing that stays open, as long as the cluster is not compacted beyond it. A commit is one transaction, whose
//! conditions are that of the batch; what does not fit into one is written in parts, and decided by one.
//!
//! - [`message`]: etcd's protocol. [`operation`]: parts of transactions. [`name`](mod@name): where things stand.
//! - [`options`]: where the cluster is, and how it is reached.
//! - [`link`](mod@link): one connection, with a runtime of its own on which its caller waits. [`tls`]: what it is sealed with.
//! - [`pool`]: connections that wait for work; what is done again when one is lost.
//! - [`state`](mod@state): what every answer tells of the store. [`create`]: making one, and recognising it.
//! - [`client`]: who this process is to the others; what is forgotten.
//! - [`plan`]: batches as operations. [`commit`]: having them happen; what has become of one whose answer was lost.
//!   [`large`]: those that do not fit into a request. [`courtesy`]: letting those in who come late.
//! - [`snapshot`]: reading a revision. [`piece`]: a part of a range.
//! - [`store`]: the driver.

mod client;
mod commit;
mod courtesy;
mod create;
mod large;
mod link;
mod message;
mod name;
mod operation;
mod options;
mod piece;
mod plan;
mod pool;
mod snapshot;
mod state;
mod store;
mod tls;

pub use options::Options;
pub use store::EtcdStorage;
