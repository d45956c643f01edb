//! The driver among processes: this test binary starts itself again as the others.

mod child;
mod counting;
#[path = "../keys/mod.rs"]
#[expect(dead_code, reason = "the keys of one process are those of others here")]
mod keys;
mod killing;
