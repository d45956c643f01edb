//! What the tests that need the whole of helios share: answers, the engines that give them, and other processes.
//!
//! In: the text of one statement. Out: an [`Answer`](answer::Answer), from SQLite ([`sqlite::Sqlite`], the oracle) or
//! from helios ([`subject::Subject`], on any driver, with the optimiser on or off). Two engines agree if their answers
//! are equal. [`engine`] runs SQL where something stands between helios and its driver, [`child`] in other processes.

pub mod answer;
pub mod child;
pub mod collation;
pub mod engine;
pub mod inputs;
pub mod lockstep;
pub mod modules;
pub mod sqlite;
pub mod stores;
pub mod subject;

/// The Rust of the readme compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
