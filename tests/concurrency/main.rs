//! Many who read and write at once: threads on one engine, processes on one file.

mod branches;
mod child;
mod counting;
mod journeys;
mod merges;
mod network;
mod past;
mod processes;
mod rowids;
mod schema;
mod serial;
mod servers;
mod skew;
mod snapshots;
mod stage;
mod transfers;
mod turns;
