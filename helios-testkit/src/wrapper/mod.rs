//! Drivers around drivers: faults, a quota, a log; and one that is reached over a network.
//!
//! Each of the former takes any [`Storage`](helios_core::storage::Storage) and is one, so that whatever runs on a driver runs on a
//! failing one too.

mod far;
mod faulty;
mod quota;
mod trace;

pub use far::{Far, Server};
pub use faulty::{CommitFault, Faulty};
pub use quota::Quota;
pub use trace::{Operation, Trace};
