//! A server for PostgreSQL's clients on a database of helios.
//!
//! In: an open [`Database`](helios::Database) and [`Options`]. Out: a [`Server`] that listens until it is stopped. Each
//! connection is a session of the engine on a thread of its own that waits for its client: the engine is synchronous,
//! and so is the server. Nothing that a client sends is believed before it is checked.
//!
//! ```text
//! sqlstate     which code each error has
//! failure      what clients are told that went wrong
//! admission    who may connect
//! options      settings of a server
//! status       counters, and the connections there are
//! advisory     locks that clients agree on
//! types        values as clients write and read them
//! wire         messages as bytes
//! security     passwords and TLS
//! command      statements that the server does itself
//! connection   one client: how it begins, and what it asks
//! http         metrics and health
//! server       listening, accepting, stopping
//! ```

mod admission;
mod advisory;
mod command;
mod connection;
mod failure;
mod http;
mod options;
mod place;
mod security;
mod server;
mod sqlstate;
mod status;
mod types;
mod wire;
mod wording;

pub use admission::Network;
pub use options::{Authentication, Options, TlsFiles};
pub use server::Server;
pub use status::Status;
