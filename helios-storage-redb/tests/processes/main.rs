//! The driver among processes: this test binary starts itself again as the others.

mod child;
mod counting;
mod killing;
