//! helios, a database framework: one SQL engine, exchangeable storage drivers.
//!
//! This crate is what programs link: settings ([`config`]), drivers by name ([`driver_names`]), open databases
//! ([`Database`]) and connections ([`Connection`]). It brings in what the other crates leave out: the time, random
//! numbers, files, and what a process shares.
//!
//! ```
//! use helios::{Connection, params};
//!
//! let mut connection = Connection::open_in_memory()?;
//! connection.execute_batch("CREATE TABLE account (name TEXT PRIMARY KEY, balance INTEGER)")?;
//! let transaction = connection.transaction()?;
//! for (name, balance) in [("Ada", 70), ("Grace", 30)] {
//!     transaction.execute("INSERT INTO account VALUES (?, ?)", params![name, balance])?;
//! }
//! transaction.commit()?;
//! let rich: Vec<String> =
//!     connection.query("SELECT name FROM account WHERE balance > ?", params![50], |row| row.get(0))?;
//! assert_eq!(rich, ["Ada"]);
//! # Ok::<(), helios::Error>(())
//! ```
//!
//! [`sql`] gives what stands behind connections, for those who build interfaces of their own: sessions, compiled
//! statements, chunks of typed columns.

mod clock;
pub mod config;
mod connection;
mod contents;
mod database;
mod drivers;
mod encryption;
mod open_databases;
mod place;
mod places;
mod retention;
mod temporary;
mod vault;
mod vector_kinds;

pub use clock::{SystemClock, SystemEntropy};
pub use config::Config;
pub use connection::{
    Connection, FromSql, Params, Row, RowIndex, Rows, Statement, ToSql, Transaction, TransactionBehavior,
};
pub use contents::Contents;
pub use database::{Branch, Database};
pub use drivers::{driver_names, keeps_files};
pub use encryption::cipher_names;
pub use helios_core::branch::User;
pub use helios_core::branch::copy::Tally;
pub use helios_core::storage::Stats;
pub use helios_core::transaction::Interrupt;
pub use helios_core::{Broken, BrokenRule, Constraint, Error, ErrorKind, Result, Value, ValueRef};
pub use place::{Access, Place};

/// Modules of virtual tables, for those who write some.
pub mod module {
    pub use helios_core::storage::{Direction, KeyRange};
    pub use helios_core::transaction::Reader;
    pub use helios_core::versioned::Space;
    pub use helios_sql::module::{
        Buffer, Constraint, Definition, IndexChoice, IndexRequest, Module, NewRowids, Operator, RowChange,
        RowSink, Shelf, StoredRows, Tables, Usage, VirtualCall, VirtualColumn, VirtualCursor, VirtualScan,
        VirtualTable, Waiting, no_index,
    };
}

/// The SQL engine behind connections.
pub mod sql {
    pub use helios_core::clock::Moment;
    pub use helios_core::value::{ProgramCollation, format_real, write_real};
    pub use helios_sql::ast;
    pub use helios_sql::chunk::{CHUNK_ROWS, Chunk, Column, Data, Strings};
    pub use helios_sql::exec::Coming;
    pub use helios_sql::func::postgres::{array, interval, moment, parse_bytea, write_float4, write_float8};
    pub use helios_sql::func::{AggregateState, ProgramAggregate, ProgramFunction, ProgramScalar};
    pub use helios_sql::parse::{
        Dialect, has_statement, is_complete, is_keyword, keywords, statement_end, tokens,
    };
    pub use helios_sql::session::{
        Access, BrokenConstraint, Configuration, Conflict, DiffKind, Lender, Limit, MergeConflicts,
        MergeReport, OnConflict, OutputColumn, Permission, ResultUses, RowDiff, Session, SlowLog,
        SlowStatement, Statement, StatementKind, Suggestion, TableDiff, Traced, Violation, is_time_zone,
        moment_of_value,
    };
    pub use helios_sql::threads::has_two_processors;
    pub use helios_sql::types::{BaseType, SqlType, length_of, of_oid, oid_of};
    pub use helios_sql::write::Sure;
}
