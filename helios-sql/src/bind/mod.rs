//! Names to meanings: from the syntax tree to a plan.
//!
//! In: a statement and the catalog. Out: [`Bound`], in which every name is a column of a scan, every conversion that
//! SQLite's rules ask for is written out, and nothing is decided about how rows are found. What does not exist or does
//! not fit is an error here, with SQLite's words.

mod common;
mod dml;
mod expression;
mod from;
mod function;
mod grouping;
mod operator;
mod query;
mod scope;
mod select;
mod subquery;
mod window;

use std::fmt;
use std::sync::Arc;

use helios_core::Result;
use helios_core::clock::Moment;
use helios_core::transaction::Reader;
use helios_core::value::{Affinity, Collation};

use crate::catalog::{Catalog, Table};
use crate::func::ProgramFunctions;
use crate::plan::{ColumnId, ColumnInfo, Expr, Query};
use common::Common;
use scope::Scope;

pub use dml::{BoundDelete, BoundInsert, BoundUpdate, ReturningColumn, RowChecks, UpsertAction, ValueSource};

/// What binding asks of the session.
pub trait Environment: fmt::Debug {
    /// The tables that statements see.
    fn catalog(&self) -> &Arc<Catalog>;

    /// The moment that an expression of AS OF names, and what could be read then.
    fn past(&self, moment: &Expr) -> Result<Past>;

    /// The functions that the program added.
    fn functions(&self) -> &ProgramFunctions;

    /// An error if the history of a table does not reach back to where `past` is.
    fn check_history(&self, table: &Table, past: &Past) -> Result<()>;
}

/// A branch at a moment of the past.
#[derive(Clone, Debug)]
pub struct Past {
    /// The moment.
    pub moment: Moment,
    /// The tables that there were.
    pub catalog: Arc<Catalog>,
    /// What is read from.
    pub reader: Reader,
}

/// A query with all that its plan refers to.
#[derive(Debug)]
pub struct Bound {
    /// The query.
    pub query: Query,
    /// Queries in expressions and shared ones, by number.
    pub subqueries: Vec<Query>,
    /// Number of slots for values of surrounding queries.
    pub slots: usize,
    /// The names of the result's columns and what is known of them.
    pub output: Vec<(Arc<str>, ColumnInfo)>,
    /// What is known of each column, by its number.
    pub columns: Vec<ColumnInfo>,
}

/// Binds one statement.
#[derive(Debug)]
pub struct Binder<'a> {
    environment: &'a dyn Environment,
    source: &'a str,
    columns: Vec<ColumnInfo>,
    subqueries: Vec<Query>,
    /// What is known of each slot's value.
    slots: Vec<Typed>,
    /// The queries around the place that is being bound, the innermost last.
    scopes: Vec<Scope>,
    /// Common tables in sight, the innermost last.
    common: Vec<Common>,
    /// How many recursions there are.
    queues: usize,
    /// What AS OF after a WHERE says for tables that say nothing.
    past: Option<Past>,
    /// Where no subquery may stand: what a message calls the place.
    without_subqueries: Option<&'static str>,
}

/// An expression with what its surroundings have to know of it.
#[derive(Clone, Debug)]
struct Typed {
    expr: Expr,
    affinity: Option<Affinity>,
    collation: Option<Collation>,
    /// Whether COLLATE was written, so that it wins over the other side's.
    explicit: bool,
    /// Whether the value is already one that a column of its affinity holds.
    converted: bool,
}

impl Typed {
    /// An expression without affinity and collation.
    fn plain(expr: Expr) -> Typed {
        Typed { expr, affinity: None, collation: None, explicit: false, converted: false }
    }

    /// `expr` with the COLLATE that was written in one of its operands, the first that has one.
    fn over(expr: Expr, operands: &[&Typed]) -> Typed {
        let explicit = operands.iter().find(|operand| operand.explicit);
        Typed {
            expr,
            affinity: None,
            collation: explicit.and_then(|operand| operand.collation),
            explicit: explicit.is_some(),
            converted: false,
        }
    }

    fn collation(&self) -> Collation {
        self.collation.unwrap_or_default()
    }
}

impl<'a> Binder<'a> {
    /// A binder for a statement with this text.
    pub fn new(environment: &'a dyn Environment, source: &'a str) -> Binder<'a> {
        Binder {
            environment,
            source,
            columns: Vec::new(),
            subqueries: Vec::new(),
            slots: Vec::new(),
            scopes: Vec::new(),
            common: Vec::new(),
            queues: 0,
            past: None,
            without_subqueries: None,
        }
    }

    fn new_column(&mut self, info: ColumnInfo) -> ColumnId {
        self.columns.push(info);
        ColumnId(self.columns.len() as u32 - 1)
    }

    fn info(&self, id: ColumnId) -> &ColumnInfo {
        &self.columns[id.0 as usize]
    }

    /// A column as an expression.
    fn column_expression(&self, id: ColumnId) -> Typed {
        let info = self.info(id);
        Typed {
            expr: Expr::Column(id),
            affinity: info.affinity,
            collation: info.collation,
            explicit: false,
            converted: !info.is_mixed,
        }
    }

    fn finish(self, query: Query, output: Vec<(Arc<str>, ColumnInfo)>) -> Bound {
        Bound { query, subqueries: self.subqueries, slots: self.slots.len(), output, columns: self.columns }
    }
}
