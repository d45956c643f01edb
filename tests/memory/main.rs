//! Memory for statements: it is kept, given back, and what does not fit goes to files that nobody misses.
//!
//! That answers are the same in little memory is tested wherever statements are compared with SQLite: two of the four
//! databases beside it have next to none (`helios_tests::lockstep`).

mod bounded;
mod child;
mod collections;
mod faults;
mod interrupt;
mod statements;
