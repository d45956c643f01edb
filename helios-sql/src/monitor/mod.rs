//! What is measured while statements run: of each operator ([`Meter`]), and of all executions of a statement together
//! ([`StatementCounts`]).
//!
//! In: times, rows and bytes, from where they arise. Out: numbers. Nothing here decides anything.

mod meter;
mod statements;

pub use meter::Meter;
pub use statements::{Counted, Execution, StatementCounts};
