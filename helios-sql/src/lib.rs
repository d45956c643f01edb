//! The SQL engine of helios: from a text to rows, on any store.
//!
//! Each module uses only those before it:
//!
//! ```text
//! stack       room on the stack for what follows a tree down
//! threads     whether there is more than one processor
//! ast         what a statement says
//! parse       text to ast
//! func        scalar and aggregate functions
//! module      virtual tables and what makes them
//! catalog     tables and indexes, read from the rows of sqlite_schema
//! plan        what is to be done: relational operators and expressions with resolved columns
//! bind, types  ast and catalog to plan; the types that PostgreSQL's clients are told of
//! optimize    plans to better plans with the same result
//! table       rows and index entries as keys and records
//! chunk       rows on their way: typed columns
//! monitor     what is measured of operators and statements
//! spill       what statements may keep in memory, and temporary files for the rest
//! cache       columns of tables kept from scan to scan
//! vector      indexes of vectors in memory and in the store
//! exec        plans to chunks
//! write       INSERT, UPDATE, DELETE and their constraints
//! database    the engine of one store and the catalogs of its branches
//! session     connections: transactions, statements, pragmas
//! ```
//!
//! Invariants: a plan refers to columns by position, never by name; an operator gives its rows in the same order
//! whatever the size of its chunks; what the optimiser does changes no result.

pub mod ast;
pub mod bind;
pub mod cache;
pub mod catalog;
pub mod chunk;
pub mod database;
pub mod exec;
pub mod func;
pub mod module;
pub mod monitor;
pub mod optimize;
pub mod parse;
pub mod plan;
pub mod session;
pub mod spill;
mod stack;
pub mod table;
pub mod threads;
pub mod types;
pub mod vector;
pub mod write;
