//! The driver on a simulated disk: power cuts, failing operations, no room.

mod failing;
mod power_cut;
mod simulated;
