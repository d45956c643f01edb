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

use criterion::{criterion_group, criterion_main};
use helios_benches::settings;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

criterion_group! {
    name = spine;
    config = settings();
    targets = point::bench, commit::bench, load::bench, query::bench, collect::bench
}
criterion_main!(spine);
