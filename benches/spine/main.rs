//! The hot paths of the spine beside SQLite: points, commits, loads, scans, groups, sorts, joins, whole results.
//!
//! `cargo bench -p helios-benches --bench spine`, with a part of a name to run only some. Each group has a line for
//! `helios` and one for `sqlite`; what counts is the ratio of one run, because machines differ and drift. `HELIOS_ROWS`
//! is the size of the table (a million). What was learnt stands in `benches/NOTES.md`.

mod collect;
mod commit;
mod load;
mod point;
mod query;

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
    name = spine;
    config = settings();
    targets = point::bench, commit::bench, load::bench, query::bench, collect::bench
}
criterion_main!(spine);
