//! Processes that are killed, disks that fail, power that goes: what was acknowledged is there, nothing is there in part.

mod branches;
mod child;
mod clock;
mod fixture;
mod killing;
mod operations;
mod power;
mod program;
mod signals;
