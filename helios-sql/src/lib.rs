//! The SQL engine of helios: from a text to rows, on any store.
//!
//! Each module uses only those before it:
//!
//! ```text
//! ast        what a statement says
//! parse      text to ast
//! func       scalar and aggregate functions
//! ```

pub mod ast;
pub mod bind;
pub mod catalog;
pub mod chunk;
pub mod database;
pub mod exec;
pub mod func;
pub mod optimize;
pub mod parse;
pub mod plan;
pub mod session;
pub mod table;
pub mod write;
