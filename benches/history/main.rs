//! What branches and history cost: making, comparing and merging branches of a large table; reading the past; writing
//! with history kept.
//!
//! `cargo bench -p helios-benches --bench history`, with a part of a name to run only some. `HELIOS_ROWS` is the size of the
//! table (a million). What was learnt stands in `benches/NOTES.md`.

mod branches;
mod past;

use criterion::{Criterion, criterion_group, criterion_main};
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn rows() -> usize {
    std::env::var("HELIOS_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000)
}

fn settings() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
}

criterion_group! {
    name = history;
    config = settings();
    targets = branches::bench, past::bench
}
criterion_main!(history);
