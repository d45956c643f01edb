//! Drivers around drivers: faults, a quota, a log.
//!
//! Each takes any [`Storage`](helios_core::storage::Storage) and is one, so that whatever runs on a driver runs on a
//! failing one too.

mod faulty;
mod quota;
mod trace;

pub use faulty::{CommitFault, Faulty};
pub use quota::Quota;
pub use trace::{Operation, Trace};
