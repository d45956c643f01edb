//! Names to meanings: from the syntax tree to a plan.
//!
//! In: a statement and the catalog. Out: [`Bound`], in which every name is a column of a scan, every conversion that
//! SQLite's rules ask for is written out, and nothing is decided about how rows are found. What does not exist or does
//! not fit is an error here, with SQLite's words.

mod assignment;
mod authorize;
mod call_order;
mod common;
mod distinct_names;
mod expression;
mod from;
mod function;
mod given;
mod grouping;
mod grouping_sets;
mod insert;
mod json;
mod lateral;
mod limit;
mod once;
mod operator;
mod order;
mod postgres;
mod postgres_catalog;
mod postgres_comparison;
mod postgres_enumeration;
mod postgres_operator;
mod postgres_regression;
mod postgres_resolution;
mod postgres_row;
mod query;
mod row;
mod scope;
mod select;
mod set_returning;
mod source_names;
mod sql_type;
mod subquery;
mod trigger;
mod update;
mod upsert;
mod vector;
mod versions;
mod view;
mod virtual_call;
mod virtual_table;
mod watch;
mod window;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use helios_core::clock::Moment;
use helios_core::value::{Affinity, Collation};
use helios_core::{Error, Result};

use crate::ast::{ConflictClause, Expression};
use crate::catalog::{Catalog, Table};
use crate::func::{ProgramFunctions, ProgramScalar, TableFunction};
use crate::module::{Modules, VirtualTable};
use crate::parse::Dialect;
use crate::plan::{ColumnId, ColumnInfo, Expr, PastReader, Period, Plan, Query};
use authorize::Asking;
use common::Common;
use scope::Scope;
use virtual_call::{TableArgument, WaitingCall};

pub use authorize::{Access, Action, Authorizer, Permission, is_allowed};
pub(crate) use distinct_names::distinct_names;
pub use given::GivenRows;
pub use insert::{BoundInsert, ValueSource};
pub(crate) use postgres_comparison::interval_order;
pub use row::{Event, ReturningColumn, RowChecks};
pub use trigger::TriggerRows;
pub use update::{BoundDelete, BoundUpdate, LateValues};
pub use upsert::UpsertAction;
pub(crate) use virtual_table::with_columns;
use watch::Watch;

/// What binding asks of the session.
pub trait Environment: fmt::Debug {
    /// The tables of `main`.
    fn catalog(&self) -> &Arc<Catalog>;

    /// The table or view of this name in a schema, or in the first that has it; `None` too if there is no such schema.
    fn relation(&self, schema: Option<&str>, name: &str) -> Option<Arc<Table>>;

    /// The table or view of this name in the schema of this number.
    fn relation_at(&self, slot: usize, name: &str) -> Option<Arc<Table>>;

    /// What the schema of this number is called.
    fn schema_name(&self, slot: usize) -> &str;

    /// Whether there are schemas besides `main`.
    fn has_others(&self) -> bool;

    /// The moment that an expression names.
    fn moment(&self, moment: &Expr) -> Result<Moment>;

    /// What could be read at a moment.
    fn past(&self, named: NamedMoment) -> Result<Past>;

    /// What statements are about that name no moment; `None` for the present.
    fn default_past(&self) -> Option<Past>;

    /// Whether a table keeps its history.
    fn keeps_history(&self, table: &Table) -> bool;

    /// The versions of a table's rows in a period: its columns and the two times.
    fn versions(&self, table: &Arc<Table>, period: Period) -> Result<Arc<dyn VirtualTable>>;

    /// The most arguments that a function may be called with.
    fn most_arguments(&self) -> usize;

    /// The functions that the program added.
    fn functions(&self) -> &ProgramFunctions;

    /// Notes that the statement calls one of them.
    fn note_program_call(&self);

    /// Whose spelling the statement has.
    fn dialect(&self) -> Dialect;

    /// The columns of the constraint of a table that keeps them unique and that PostgreSQL calls by this name.
    fn unique_columns(&self, table: &Table, name: &str) -> Option<Vec<String>>;

    /// What `PRAGMA case_sensitive_like` said, if it said anything.
    fn like_by_case(&self) -> Option<bool>;

    /// Whether a name in double quotes that is no column is a text; `in_schema` is where the schema's expressions stand.
    fn quotes_texts(&self, in_schema: bool) -> bool;

    /// Whether the views of a schema may be read.
    fn reads_views(&self, slot: usize) -> bool;

    /// A table-valued function that knows of the session or its schema.
    fn table_function(&self, name: &str) -> Option<Arc<dyn TableFunction>>;

    /// A virtual table that is there without a definition and tells of the database.
    fn system_table(&self, name: &str) -> Option<Arc<dyn VirtualTable>>;

    /// A function of this name, for so many arguments, that gives or sets numbers of sequences.
    fn sequence_function(&self, name: &str, count: usize) -> Option<Arc<ProgramScalar>>;

    /// What an earlier part of the statement with this name gave.
    fn given_rows(&self, name: &str) -> Option<Arc<GivenRows>>;

    /// The modules of virtual tables.
    fn modules(&self) -> &Modules;

    /// What a table of the schema that a module makes is, at a moment of the past if there is one.
    fn connect(&self, table: &Table, past: Option<&Past>) -> Result<Arc<dyn VirtualTable>>;

    /// What is wrong with the foreign keys that a change of rows of a table looks at.
    fn reference_error(
        &self,
        table: &Arc<Table>,
        event: Event<'_>,
        clause: Option<ConflictClause>,
    ) -> Option<Error>;

    /// Whether the program wants to be asked what a statement may do.
    fn has_authorizer(&self) -> bool;

    /// What the program says to an access.
    fn authorize(&self, access: Access<'_>) -> Permission;

    /// An error if the history of a table does not reach back to where `past` is.
    fn check_history(&self, table: &Table, past: &Past) -> Result<()>;
}

/// What names a moment of the past.
#[derive(Clone, Debug)]
pub enum NamedMoment {
    /// A timestamp.
    Time(Expr),
    /// The number of a commit.
    Commit(Expr),
    /// Itself.
    Known(Moment),
}

/// A branch at a moment of the past.
#[derive(Clone, Debug)]
pub struct Past {
    /// The moment.
    pub moment: Moment,
    /// The tables that there were.
    pub catalog: Arc<Catalog>,
    /// What is read from.
    pub reader: PastReader,
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
    /// Columns of queries in FROM, with what those are called.
    pub names: Vec<(ColumnId, Arc<str>)>,
    /// The positions of parameters that go into vector columns.
    pub vector_parameters: BTreeSet<usize>,
}

impl Bound {
    /// A query whose subqueries and slots are still the binder's.
    fn unfinished(query: Query) -> Bound {
        Bound {
            query,
            subqueries: Vec::new(),
            slots: 0,
            output: Vec::new(),
            columns: Vec::new(),
            names: Vec::new(),
            vector_parameters: BTreeSet::new(),
        }
    }

    /// Takes the query out; what else was bound stays.
    #[must_use]
    pub fn take(&mut self) -> Bound {
        let empty = Query { plan: Plan::Empty, columns: Vec::new() };
        Bound {
            query: std::mem::replace(&mut self.query, empty),
            subqueries: std::mem::take(&mut self.subqueries),
            slots: self.slots,
            output: Vec::new(),
            columns: Vec::new(),
            names: std::mem::take(&mut self.names),
            vector_parameters: std::mem::take(&mut self.vector_parameters),
        }
    }
}

/// Binds one statement.
#[derive(Debug)]
pub struct Binder<'a> {
    environment: &'a dyn Environment,
    source: Arc<str>,
    columns: Vec<ColumnInfo>,
    subqueries: Vec<Query>,
    /// An encrypted column whose order was asked for, until somebody tells of it.
    ordered_encrypted: Cell<Option<ColumnId>>,
    /// What PostgreSQL would refuse of a comparison.
    refused: RefCell<Option<Error>>,
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
    /// What a range of time after a WHERE says for tables that say nothing.
    range: Option<Period>,
    /// The views around the place that is being bound, the innermost last.
    views: Vec<String>,
    /// Whether what is bound is a part of the schema, though no view is around it.
    in_schema: bool,
    /// Whether a statement is bound only to see what its names mean: it is never run like this.
    only_looks: bool,
    /// The schema that names without one are looked for in; `None` for all.
    home: Option<usize>,
    /// What OLD and NEW mean.
    trigger_rows: Option<TriggerRows>,
    /// A name whose places are noted.
    watch: Option<Watch>,
    /// What is known for asking the program; `None` if it is not asked.
    asking: Option<Box<Asking>>,
    /// The view, common table or trigger that is being bound, the innermost.
    within: Option<Arc<str>>,
    /// What kind of expression is being bound that may hold no queries and no parameters.
    restricted: Option<&'static str>,
    /// Whether it is the default of a column.
    is_default: bool,
    /// Whether RAISE stands where no trigger runs.
    misplaced_raise: bool,
    /// Which JSON the SELECT that is bound next is to mark in its columns.
    marks_json: JsonMarks,
    /// Columns of queries in FROM, with what those are called.
    names: Vec<(ColumnId, Arc<str>)>,
    /// The positions of parameters that go into vector columns.
    vector_parameters: BTreeSet<usize>,
    /// The affinities of the columns that the parameters stand for; without those, parameters have none.
    parameter_affinities: Vec<Affinity>,
    /// How many queries stand around the place that is being bound, and how many there have been.
    query_nesting: usize,
    queries: usize,
    /// The arguments of what is written in SQL and is being bound, the innermost last.
    arguments: Vec<Vec<Expression>>,
    /// Columns that stand for their virtual tables in calls.
    table_arguments: Vec<TableArgument>,
    /// Calls of functions of virtual tables that no scan computes yet.
    waiting_calls: Vec<WaitingCall>,
}

/// Which JSON a SELECT marks in its columns, for others to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum JsonMarks {
    /// None.
    #[default]
    None,
    /// What comes marked from a table-valued function: all that SQLite keeps through a query in FROM.
    Columns,
    /// All that functions make.
    All,
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
            collation: explicit.and_then(|operand| operand.collation.clone()),
            explicit: explicit.is_some(),
            converted: false,
        }
    }

    fn collation(&self) -> Collation {
        self.collation.clone().unwrap_or_default()
    }
}

impl<'a> Binder<'a> {
    /// A binder for a statement with this text.
    pub fn new(environment: &'a dyn Environment, source: Arc<str>) -> Binder<'a> {
        Binder {
            environment,
            source,
            columns: Vec::new(),
            subqueries: Vec::new(),
            ordered_encrypted: Cell::default(),
            refused: RefCell::default(),
            slots: Vec::new(),
            scopes: Vec::new(),
            common: Vec::new(),
            queues: 0,
            past: environment.default_past(),
            range: None,
            views: Vec::new(),
            in_schema: false,
            only_looks: false,
            home: None,
            trigger_rows: None,
            watch: None,
            asking: None,
            within: None,
            restricted: None,
            is_default: false,
            misplaced_raise: false,
            marks_json: JsonMarks::None,
            names: Vec::new(),
            vector_parameters: BTreeSet::new(),
            parameter_affinities: Vec::new(),
            query_nesting: 0,
            queries: 0,
            table_arguments: Vec::new(),
            waiting_calls: Vec::new(),
            arguments: Vec::new(),
        }
    }

    /// The binder of a statement whose parameters compare as columns of these affinities do.
    pub fn with_parameters_of(self, parameter_affinities: Vec<Affinity>) -> Binder<'a> {
        Binder { parameter_affinities, ..self }
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
        let expr = Expr::Column(id);
        Typed {
            expr: if info.is_json { json::unmarked(expr) } else { expr },
            affinity: info.affinity,
            collation: self.collation_of_type(info.declared_type.as_ref()).or_else(|| info.collation.clone()),
            explicit: false,
            converted: !info.is_mixed,
        }
    }

    fn finish(self, query: Query, output: Vec<(Arc<str>, ColumnInfo)>) -> Result<Bound> {
        self.check_raise()?;
        Ok(Bound {
            query,
            subqueries: self.subqueries,
            slots: self.slots.len(),
            output,
            columns: self.columns,
            names: self.names,
            vector_parameters: self.vector_parameters,
        })
    }
}
