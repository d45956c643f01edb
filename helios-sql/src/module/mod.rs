//! Modules: where rows come from that are in no table of the database (<https://sqlite.org/vtab.html>).
//!
//! In: the arguments of CREATE VIRTUAL TABLE, conditions, and rows to be written. Out: columns, rows in batches. A
//! [`Module`] makes [`VirtualTable`]s; a query asks one which conditions it can make use of
//! ([`VirtualTable::best_index`]), and opens a cursor with the values of those.
//!
//! What a table stores, it stores in a space of its own ([`Shelf`]) or in shadow tables: keys and payloads that are
//! versioned, branched and transactional as the rows of other tables are. So it needs no hooks for BEGIN, COMMIT, ROLLBACK
//! and savepoints, and what it keeps besides in memory must follow from what is stored. What it would rather write in bulk
//! waits ([`Waiting`]) until the statement ends.
//!
//! An eponymous table is there without CREATE VIRTUAL TABLE, under the name of its module. A table-valued function is
//! one whose hidden columns are its parameters.

mod absent;
mod csv;
mod enumeration;
mod fts4;
mod fts5;
mod function;
mod rtree;
mod sequence;
mod series;
mod shelf;
mod stored;
mod waiting;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use helios_core::transaction::{Interrupt, Reader};
use helios_core::versioned::Space;
use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

pub use absent::Absent;
pub use enumeration::{ENUMERATION, arguments_of as enum_arguments, labels_of as enum_labels};
pub use function::FunctionTable;
pub use rtree::faults as rtree_faults;
pub use sequence::{SEQUENCE, SEQUENCE_COLUMNS, SequenceDefinition};
pub use shelf::{NewRowids, Shelf};
pub use stored::{QueriedCursor, QueriedRows, RowVisitor, StoredRows, Tables, WantedRows};
pub use waiting::{Buffer, Waiting};

/// Makes virtual tables.
pub trait Module: fmt::Debug + Send + Sync {
    /// What CREATE VIRTUAL TABLE does besides connecting: to write what an empty table stores. Its shadow tables are there.
    fn create(&self, table: &dyn VirtualTable, shelf: &mut Shelf<'_>) -> Result<()> {
        let _ = (table, shelf);
        Ok(())
    }

    /// The table that a definition describes, among the other tables of its schema.
    fn connect(&self, definition: &Definition, tables: &dyn Tables) -> Result<Arc<dyn VirtualTable>>;

    /// The shadow tables of a table: what stands behind its name in theirs, and their columns. A table that has some has
    /// no space of its own.
    ///
    /// # Errors
    /// Where the definition makes no sense.
    fn shadow_tables(&self, definition: &Definition) -> Result<Vec<(&'static str, String)>> {
        let _ = definition;
        Ok(Vec::new())
    }

    /// Whether CREATE VIRTUAL TABLE may name the module.
    fn makes_tables(&self) -> bool {
        true
    }

    /// The table that is there without a definition.
    fn eponymous(&self) -> Option<Arc<dyn VirtualTable>> {
        None
    }
}

/// What CREATE VIRTUAL TABLE says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The name of the module, as it was written.
    pub module: String,
    /// The name of the table.
    pub table: String,
    /// The arguments, as they were written.
    pub arguments: Vec<String>,
    /// Where the table may store something.
    pub space: Space,
}

/// A column of a virtual table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualColumn {
    /// Its name.
    pub name: String,
    /// Its declared type; may be empty.
    pub declared_type: String,
    /// Whether `*` and INSERT without columns pass it over.
    pub is_hidden: bool,
}

impl VirtualColumn {
    /// A column without a type.
    pub fn new(name: &str) -> VirtualColumn {
        VirtualColumn { name: name.to_owned(), declared_type: String::new(), is_hidden: false }
    }

    /// A hidden column without a type.
    pub fn hidden(name: &str) -> VirtualColumn {
        VirtualColumn { is_hidden: true, ..VirtualColumn::new(name) }
    }
}

/// A virtual table.
pub trait VirtualTable: fmt::Debug + Send + Sync {
    /// Its columns.
    fn columns(&self) -> &[VirtualColumn];

    /// Whether a column has JSON marked, as the functions for JSON want it.
    fn marks_json(&self, column: usize) -> bool {
        let _ = column;
        false
    }

    /// The column that has the elements of an array which a hidden column is.
    fn elements_of(&self, hidden: usize) -> Option<usize> {
        let _ = hidden;
        None
    }

    /// Whether it has a function of this name, which is called with the table as its first argument.
    fn has_function(&self, name: &str) -> bool {
        let _ = name;
        false
    }

    /// How to find the rows that meet conditions.
    ///
    /// # Errors
    /// Where it cannot be asked in this way.
    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice>;

    /// Whether it finds its rows by ranges of a column.
    fn finds_ranges(&self, column: usize) -> bool {
        let _ = column;
        false
    }

    /// Whether a column, or the rowid, is different in each row and found at once.
    fn is_key(&self, column: Option<usize>) -> bool {
        column.is_none()
    }

    /// Whether a scan with these conditions reads what may wait to be written ([`Waiting`]).
    fn reads_waiting(&self, constraints: &[Constraint]) -> bool {
        let _ = constraints;
        false
    }

    /// Begins to give rows.
    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>>;

    /// Writes a row; answers with the rowid of a new one.
    ///
    /// # Errors
    /// A table that cannot be written to says so.
    fn change(&self, change: RowChange<'_>, shelf: &mut Shelf<'_>) -> Result<Option<i64>> {
        let _ = (change, shelf);
        Err(Error::new(ErrorKind::ReadOnly, "attempt to write a readonly database"))
    }

    /// Whether [`VirtualTable::change`] does anything.
    fn is_writable(&self) -> bool {
        false
    }

    /// Whether it does what ON CONFLICT clauses say. Where not, all but REPLACE are ABORT.
    fn obeys_clauses(&self) -> bool {
        true
    }

    /// The table is renamed. Its space stays the same.
    fn rename(&self, to: &str, shelf: &mut Shelf<'_>) -> Result<()> {
        let _ = (to, shelf);
        Ok(())
    }

    /// What stands behind its name in the names of its shadow tables.
    fn shadows(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Those of them that follow from the rows of one table: [`VirtualTable::follow`] brings them up to date, and
    /// [`VirtualTable::renew`] makes them anew.
    fn derived_shadows(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// The table of rowids that they follow from.
    fn followed(&self) -> Option<Arc<dyn StoredRows>> {
        None
    }

    /// Takes up rows of the table that they follow from, which others have changed.
    fn follow(&self, changes: Vec<FollowedRow>, shelf: &mut Shelf<'_>) -> Result<()> {
        let _ = (changes, shelf);
        Ok(())
    }

    /// Makes anew what follows from other tables.
    fn renew(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        let _ = shelf;
        Ok(())
    }

    /// Itself, for its module.
    fn as_any(&self) -> &dyn std::any::Any;

    /// The table is dropped. What is in its space and in shadow tables goes without that.
    fn destroy(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        let _ = shelf;
        Ok(())
    }
}

/// How a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// IS
    Is,
    /// LIKE
    Like,
    /// GLOB
    Glob,
    /// MATCH
    Match,
}

/// A condition on a column: it compares it with a value that is known when the scan begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// The column; `None` is the rowid.
    pub column: Option<usize>,
    /// How.
    pub operator: Operator,
}

/// What a query would like of a virtual table.
#[derive(Clone, Debug, Default)]
pub struct IndexRequest {
    /// Conditions, all of which rows have to meet.
    pub constraints: Vec<Constraint>,
    /// The order in which rows are wanted: columns, and whether each goes down. Empty for any.
    pub order: Vec<(Option<usize>, bool)>,
}

/// What a virtual table does about a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// It gets the value and gives only rows that meet the condition.
    Exact,
    /// It gets the value, and the rows are looked at again.
    Inexact,
    /// It does not want the value.
    Unsupported,
}

/// How a virtual table will find rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndexChoice {
    /// Anything that the table wants to be told when the scan is opened.
    pub number: i64,
    /// The same as text.
    pub text: String,
    /// What it does about each condition.
    pub usages: Vec<Usage>,
    /// Whether rows come in the order that was wanted.
    pub is_ordered: bool,
    /// About how many rows it will give.
    pub rows: f64,
}

/// A scan that begins.
#[derive(Debug)]
pub struct VirtualScan<'a> {
    /// What [`VirtualTable::best_index`] said.
    pub choice: &'a IndexChoice,
    /// The conditions whose values it wanted.
    pub constraints: &'a [Constraint],
    /// Those values.
    pub values: &'a [Value],
    /// The columns that are read; after the last comes the rowid, after that the results of calls.
    pub wanted: &'a [usize],
    /// Calls of the table's functions.
    pub calls: &'a [VirtualCall],
    /// What is read from.
    pub reader: &'a Reader,
    /// What is read from in `main`.
    pub main: &'a Reader,
    /// What is read from in the schemas besides `main`, in the order of their numbers.
    pub others: &'a [Reader],
    /// Tells whether to go on.
    pub interrupt: &'a Interrupt,
}

/// A call of a function of a virtual table, for each of its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct VirtualCall {
    /// The name of the function.
    pub name: String,
    /// The arguments behind the table.
    pub arguments: Vec<Value>,
}

/// Rows on their way.
pub trait VirtualCursor: fmt::Debug + Send {
    /// Gives rows until `out` is full or there are no more.
    fn fill(&mut self, reader: &Reader, out: &mut dyn RowSink) -> Result<()>;
}

/// Takes rows.
pub trait RowSink {
    /// A value of the row: for the wanted column at this place.
    fn value(&mut self, place: usize, value: ValueRef<'_>);

    /// The row is complete.
    fn end_row(&mut self);

    /// Whether it takes no more rows for the moment.
    fn is_full(&self) -> bool;
}

/// A change of one row.
#[derive(Clone, Copy, Debug)]
pub enum RowChange<'a> {
    /// A new row: its rowid, if one is given, and its values.
    Insert(Option<i64>, &'a [Value]),
    /// The row with this rowid gets another, perhaps the same, and these values.
    Update(i64, i64, &'a [Value]),
    /// The row with this rowid goes.
    Delete(i64),
}

/// A row of a table that shadow tables follow from, as it was and as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowedRow {
    /// Its rowid.
    pub rowid: i64,
    /// The values of its columns before; `None` if there was no such row.
    pub old: Option<Vec<Value>>,
    /// Those that it has.
    pub new: Option<Vec<Value>>,
}

/// Modules by name.
#[derive(Clone, Debug)]
pub struct Modules(HashMap<String, Arc<dyn Module>>);

impl Default for Modules {
    fn default() -> Modules {
        let mut modules = Modules(HashMap::new());
        modules.add("csv", Arc::new(csv::Csv { reads_files: true }));
        modules.add(ENUMERATION, Arc::new(enumeration::Enumerations));
        modules.add("fts3", Arc::new(fts4::Fts4 { is_fts4: false }));
        modules.add("fts3tokenize", Arc::new(fts4::Tokens));
        modules.add("fts4", Arc::new(fts4::Fts4 { is_fts4: true }));
        modules.add("fts4aux", Arc::new(fts4::Terms));
        modules.add("fts5", Arc::new(fts5::Fts5));
        modules.add("fts5vocab", Arc::new(fts5::Vocabulary));
        modules.add("generate_series", Arc::new(series::Series));
        modules.add("rtree", Arc::new(rtree::Rtree { is_integer: false }));
        modules.add("rtree_i32", Arc::new(rtree::Rtree { is_integer: true }));
        modules.add(SEQUENCE, Arc::new(sequence::Sequences));
        modules
    }
}

impl Modules {
    /// Adds a module, in place of one of the same name.
    pub fn add(&mut self, name: &str, module: Arc<dyn Module>) {
        self.0.insert(name.to_ascii_lowercase(), module);
    }

    /// Has no module of ours read files.
    pub(crate) fn keep_from_files(&mut self) {
        self.add("csv", Arc::new(csv::Csv { reads_files: false }));
    }

    /// The module of this name, whatever its case.
    pub fn find(&self, name: &str) -> Option<&Arc<dyn Module>> {
        self.0.get(&name.to_ascii_lowercase())
    }

    /// The names of all, in the order of the alphabet.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// The table of a definition.
    pub fn connect(&self, definition: &Definition, tables: &dyn Tables) -> Result<Arc<dyn VirtualTable>> {
        self.maker(&definition.module)?.connect(definition, tables)
    }

    /// The module that CREATE VIRTUAL TABLE names.
    pub fn maker(&self, name: &str) -> Result<&Arc<dyn Module>> {
        let found = self.find(name).filter(|module| module.makes_tables());
        found.ok_or_else(|| Error::sql(format!("no such module: {name}")))
    }
}

/// All rows, whatever the conditions.
pub fn no_index(request: &IndexRequest) -> IndexChoice {
    IndexChoice {
        usages: vec![Usage::Unsupported; request.constraints.len()],
        rows: 1000.0,
        ..IndexChoice::default()
    }
}
