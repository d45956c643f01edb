//! What branches and history cost: making, comparing and merging branches of a large table; reading the past; writing
//! with history kept.
//!
//! `cargo bench -p helios-benches --bench history`, with a part of a name to run only some. `HELIOS_ROWS` is the size of the
//! table (a million). What was learnt stands in `benches/NOTES.md`.

mod branches;
mod past;

use criterion::{criterion_group, criterion_main};
use helios_benches::settings;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

criterion_group! {
    name = history;
    config = settings();
    targets = branches::bench, past::bench
}
criterion_main!(history);
