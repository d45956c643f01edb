//! What the tests that need the whole of helios share: answers, and the engines that give them.
//!
//! In: the text of one statement. Out: an [`Answer`](answer::Answer), from SQLite ([`sqlite::Sqlite`], the oracle) or
//! from helios ([`subject::Subject`], on any driver, with the optimiser on or off). Two engines agree if their answers
//! are equal.

pub mod answer;
pub mod lockstep;
pub mod sqlite;
pub mod subject;

/// The Rust of the readme compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
