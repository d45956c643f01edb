//! The syntax tree: what a statement says, before anybody knows which tables there are.
//!
//! Made by [`crate::parse`] alone; read by [`crate::bind`] and [`crate::catalog`]. One tree for every way of writing:
//! whatever dialect comes in, nothing above this module sees its spelling. Names keep the case they were written in.
//! Where SQLite shows a piece of the source again (names of result columns, `sqlite_schema.sql`, messages about
//! constraints), the tree holds the [`Span`] of that piece or a copy of its text.

mod alter;
mod branch;
mod changing_with;
mod comment;
mod definition;
mod enumeration;
mod expression;
mod name;
mod query;
mod sequence;
mod sources;
mod table_like;
mod trigger;
mod window;

pub use alter::{AlterTable, Alteration, TableAction};
pub use branch::{BranchStatement, DeleteHistory};
pub use changing_with::{ChangingWith, WithPart};
pub use comment::{Comment, Commented};
pub use definition::{
    ColumnConstraint, ColumnDefinition, ConflictClause, CreateIndex, CreateTable, CreateView,
    CreateVirtualTable, ForeignKey, IndexMethod, IndexedColumn, OnCommit, ReferenceAction, TableConstraint,
};
pub use enumeration::{ENUM_PREFIX, EnumStatement};
pub use expression::{
    Arguments, BinaryOperator, ColumnName, CurrentMoment, Expression, FunctionCall, PatternOperator,
    RaiseAction, UnaryOperator,
};
pub use name::{Name, ObjectName, Place};
pub use query::{
    CommonTable, Compound, CompoundOperator, From, IndexHint, Join, JoinConstraint, JoinKind, Lock, Nulls,
    OrderingTerm, ResultColumn, Select, SelectCore, SelectTerm, SystemTime, TableSource, TimeRange,
};
pub use sequence::{SequenceOptions, SequenceStatement};
pub use sources::{for_each_source, for_each_source_in, for_each_source_of};
pub use table_like::{CreateTableLike, Included, LikeElement};
pub use window::{FrameBound, FrameExclude, FrameUnit, Over, WindowDefinition, WindowFrame};

pub use trigger::{CreateTrigger, TriggerEvent, TriggerTiming};

/// A piece of the source, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The piece itself.
    pub fn of(self, source: &str) -> &str {
        source.get(self.start..self.end).unwrap_or_default()
    }
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// SELECT, VALUES, or WITH in front of them.
    Select(Box<Select>),
    /// INSERT or REPLACE.
    Insert(Box<Insert>),
    /// UPDATE.
    Update(Box<Update>),
    /// DELETE.
    Delete(Box<Delete>),
    /// One of these with common tables of which some change rows.
    With(Box<ChangingWith>),
    /// CREATE TABLE.
    CreateTable(Box<CreateTable>),
    /// CREATE TABLE with LIKE.
    CreateTableLike(Box<CreateTableLike>),
    /// CREATE INDEX.
    CreateIndex(Box<CreateIndex>),
    /// CREATE VIEW.
    CreateView(Box<CreateView>),
    /// CREATE TRIGGER.
    CreateTrigger(Box<CreateTrigger>),
    /// CREATE VIRTUAL TABLE.
    CreateVirtualTable(Box<CreateVirtualTable>),
    /// ALTER TABLE.
    AlterTable(Box<AlterTable>),
    /// DROP TABLE.
    DropTable(Drop),
    /// DROP INDEX.
    DropIndex(Drop),
    /// DROP VIEW.
    DropView(Drop),
    /// DROP TRIGGER.
    DropTrigger(Drop),
    /// CREATE, ALTER and DROP SEQUENCE.
    Sequence(Box<SequenceStatement>),
    /// CREATE, ALTER and DROP TYPE.
    Enumeration(Box<EnumStatement>),
    /// COMMENT ON.
    Comment(Box<Comment>),
    /// ATTACH.
    Attach(Box<Attach>),
    /// DETACH, with the name of the schema.
    Detach(Box<Expression>),
    /// VACUUM.
    Vacuum(Vacuum),
    /// ANALYZE, of one table, index or schema or of everything.
    Analyze(Option<ObjectName>),
    /// REINDEX, of one table, index or collation or of everything.
    Reindex(Option<ObjectName>),
    /// BEGIN.
    Begin(BeginKind),
    /// COMMIT or END.
    Commit,
    /// ROLLBACK without TO.
    Rollback,
    /// SAVEPOINT.
    Savepoint(String),
    /// RELEASE.
    Release(String),
    /// ROLLBACK TO.
    RollbackTo(String),
    /// PRAGMA.
    Pragma(Pragma),
    /// CREATE, DROP and MERGE BRANCH.
    Branch(Box<BranchStatement>),
    /// DELETE HISTORY.
    DeleteHistory(Box<DeleteHistory>),
    /// EXPLAIN QUERY PLAN.
    ExplainQueryPlan(Box<Statement>),
    /// EXPLAIN.
    Explain(Box<Statement>),
    /// EXPLAIN ANALYZE of what reads or changes rows.
    ExplainAnalyze(Box<Statement>, ReportForm),
}

impl Statement {
    /// Whether it reads or changes rows, so that it names its tables in a query, of any schemas.
    pub fn works_on_rows(&self) -> bool {
        let reads =
            matches!(self, Statement::Select(_) | Statement::Explain(_) | Statement::ExplainQueryPlan(_))
                || matches!(self, Statement::ExplainAnalyze(..));
        reads || self.changes_rows()
    }

    /// Whether what is in `temp` may need to follow it: a renaming, or the end of a table or view.
    pub fn needs_temporary(&self) -> bool {
        matches!(self, Statement::AlterTable(_) | Statement::DropTable(_) | Statement::DropView(_))
    }

    /// Whether it changes rows, and counts them.
    pub fn changes_rows(&self) -> bool {
        match self {
            Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) | Statement::With(_) => true,
            Statement::ExplainAnalyze(analyzed, _) => analyzed.changes_rows(),
            _ => false,
        }
    }
}

/// How EXPLAIN ANALYZE tells what it saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportForm {
    /// A row for each operation.
    Rows,
    /// One text of JSON.
    Json,
}

/// ATTACH.
#[derive(Clone, Debug, PartialEq)]
pub struct Attach {
    /// The file.
    pub file: Expression,
    /// The name of the schema.
    pub schema: Expression,
    /// KEY.
    pub key: Option<Expression>,
}

/// VACUUM.
#[derive(Clone, Debug, PartialEq)]
pub struct Vacuum {
    /// The schema.
    pub schema: Option<String>,
    /// INTO: the file for the copy.
    pub into: Option<Expression>,
}

/// INSERT or REPLACE.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// Common table expressions in front.
    pub with: Vec<CommonTable>,
    /// What happens where a constraint does not hold: `OR …`, and REPLACE.
    pub on_conflict: Option<ConflictClause>,
    /// The table.
    pub table: ObjectName,
    /// `AS alias`.
    pub alias: Option<String>,
    /// The columns named; empty if none are.
    pub columns: Vec<Name>,
    /// OVERRIDING SYSTEM VALUE (true) or USER VALUE: whether values for an identity column count.
    pub overriding: Option<bool>,
    /// The rows; `None` for DEFAULT VALUES.
    pub source: Option<Box<Select>>,
    /// ON CONFLICT clauses.
    pub upserts: Vec<Upsert>,
    /// RETURNING.
    pub returning: Vec<ResultColumn>,
}

impl Insert {
    /// Whether it inserts one row that is written out.
    pub fn is_one_row(&self) -> bool {
        self.source.as_ref().is_none_or(|source| {
            source.with.is_empty()
                && source.rest.is_empty()
                && matches!(&source.first, SelectTerm::Values(rows) if rows.len() == 1)
        })
    }
}

/// One ON CONFLICT clause of INSERT.
#[derive(Clone, Debug, PartialEq)]
pub struct Upsert {
    /// The columns of the constraint meant; empty for any.
    pub target: Vec<IndexedColumn>,
    /// ON CONSTRAINT, in PostgreSQL's dialect: the name of the constraint meant.
    pub constraint: Option<String>,
    /// WHERE after the target.
    pub target_filter: Option<Expression>,
    /// DO UPDATE SET; `None` for DO NOTHING.
    pub action: Option<UpsertAction>,
}

/// DO UPDATE SET … WHERE ….
#[derive(Clone, Debug, PartialEq)]
pub struct UpsertAction {
    /// The assignments.
    pub assignments: Vec<Assignment>,
    /// WHERE.
    pub filter: Option<Expression>,
}

/// `column = expression`, or `(column, …) = expression`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The columns; more than one takes a row value.
    pub columns: Vec<Name>,
    /// The new value.
    pub value: Expression,
}

/// UPDATE.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// Common table expressions in front.
    pub with: Vec<CommonTable>,
    /// `OR …`.
    pub on_conflict: Option<ConflictClause>,
    /// The table.
    pub table: ObjectName,
    /// `AS alias`.
    pub alias: Option<String>,
    /// INDEXED BY or NOT INDEXED.
    pub index: IndexHint,
    /// SET.
    pub assignments: Vec<Assignment>,
    /// FROM: what the values come from besides the table.
    pub from: Option<From>,
    /// WHERE.
    pub filter: Option<Expression>,
    /// ORDER BY.
    pub order_by: Vec<OrderingTerm>,
    /// LIMIT.
    pub limit: Option<Expression>,
    /// OFFSET.
    pub offset: Option<Expression>,
    /// RETURNING.
    pub returning: Vec<ResultColumn>,
}

/// DELETE.
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    /// Common table expressions in front.
    pub with: Vec<CommonTable>,
    /// The table.
    pub table: ObjectName,
    /// `AS alias`.
    pub alias: Option<String>,
    /// INDEXED BY or NOT INDEXED.
    pub index: IndexHint,
    /// WHERE.
    pub filter: Option<Expression>,
    /// ORDER BY.
    pub order_by: Vec<OrderingTerm>,
    /// LIMIT.
    pub limit: Option<Expression>,
    /// OFFSET.
    pub offset: Option<Expression>,
    /// RETURNING.
    pub returning: Vec<ResultColumn>,
}

/// DROP TABLE, INDEX, VIEW or TRIGGER.
#[derive(Clone, Debug, PartialEq)]
pub struct Drop {
    /// IF EXISTS.
    pub if_exists: bool,
    /// What to drop.
    pub name: ObjectName,
    /// CASCADE, in PostgreSQL's dialect: what depends on it goes, too.
    pub cascades: bool,
}

/// The word after BEGIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeginKind {
    /// None, or DEFERRED.
    Deferred,
    /// IMMEDIATE.
    Immediate,
    /// EXCLUSIVE.
    Exclusive,
    /// CONCURRENT: several writers side by side, as in SQLite's `begin-concurrent` branch.
    Concurrent,
}

/// `PRAGMA schema.name = argument` or `PRAGMA name(argument)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pragma {
    /// The name.
    pub name: ObjectName,
    /// The argument, as written, without quotes.
    pub argument: Option<String>,
}
