//! A compiled statement.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use helios_core::clock::Moment;
use helios_core::{Error, ErrorKind, Result};

use super::alike::Alike;
use super::changing_with::{outputs, with_types};
use super::explain::analyze::Report;
use super::past::UsedPast;
use super::reading::OpenQuery;
use super::results::{Recording, Tables};
use super::sources::Slots;
use crate::ast;
use crate::bind::RowChecks;
use crate::chunk::Chunk;
use crate::exec::{Built, Coming, Context, SubqueryState};
use crate::monitor::Execution;
use crate::parse::Parsed;
use crate::plan::ColumnInfo;
use crate::spill::ChunkList;
use crate::types::Inference;
use crate::write::{DeleteProgram, InsertProgram, Programs, UpdateProgram};

/// A compiled statement and, between [`start`](super::Session::start) and its last row, its execution.
pub struct Statement {
    pub(super) text: Arc<str>,
    pub(super) ast: Arc<ast::Statement>,
    tail: usize,
    parameters: Vec<Option<Box<str>>>,
    /// The positions of parameters that are to be vectors.
    pub(super) vector_parameters: BTreeSet<usize>,
    pub(super) columns: Vec<OutputColumn>,
    /// Of a part of WITH that changes rows: what is known of its columns.
    pub(super) returned: Vec<(Arc<str>, ColumnInfo)>,
    /// In PostgreSQL's dialect, the types of columns and parameters.
    pub(super) types: Inference,
    pub(super) program: Program,
    /// The program of other texts that it runs in the place of one of its own.
    pub(super) alike: Option<Box<Alike>>,
    /// Triggers and foreign keys that the program may come upon.
    pub(super) hooks: Arc<Programs>,
    /// Whether it inserts rows and neither it nor its triggers read any or tell virtual tables to do something else.
    pub(super) reads_no_rows: bool,
    /// Whether it, or a trigger of its, calls functions that the program added.
    pub(super) calls_program: bool,
    /// The schema that the program was compiled under; `None` if it has to be compiled for every execution.
    pub(super) compiled_for: Option<SchemaStamp>,
    /// Which schemas besides `main` it works on.
    pub(super) used: Slots,
    /// The moments of the past that it reads.
    pub(super) pasts: Vec<UsedPast>,
    pub(super) running: Option<Running>,
    /// Held while it reads the database.
    pub(super) reading: Option<OpenQuery>,
    /// Where the execution that begins stands in a batch.
    pub(super) coming: Option<Coming>,
    /// What the next step gives, where that is known already: rows, or the end.
    pub(super) early: Option<Option<Chunk>>,
    /// What EXPLAIN ANALYZE tells.
    pub(super) report: Option<Box<Report>>,
    /// What its execution took up to now, where that is measured.
    pub(super) execution: Option<Execution>,
    /// Its text without literals, once that was asked for.
    pub(super) normal_text: OnceCell<Arc<str>>,
    /// The rows that it gives, where they are to be kept.
    pub(super) recording: Option<Box<Recording>>,
    /// Whether the program is asked for what it does; a part of another one has been asked for with that.
    pub(super) is_asked_for: bool,
    /// What is not compiled: how often the program had changed when it was asked, and whether it wants it done.
    pub(super) permission: Option<(u64, bool)>,
}

/// What names mean to a session: the moment of the committed schema, which of its own changes are on top, and which
/// functions the program has added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SchemaStamp {
    pub(super) moment: Moment,
    pub(super) own: Option<u64>,
    /// How often the program had changed its functions.
    pub(super) functions: u64,
    /// How often settings were changed that decide how statements are compiled.
    pub(super) settings: u64,
    /// What tells the schemas besides `main` apart from those that were seen before.
    pub(super) others: u64,
}

/// What a statement runs.
#[derive(Debug)]
pub(super) enum Program {
    /// Nothing was compiled: the syntax tree says it all.
    Direct,
    Query(Box<QueryProgram>),
    Insert(Box<InsertProgram>, usize),
    Update(Box<UpdateProgram>, usize),
    Delete(Box<DeleteProgram>, usize),
}

/// What of the database a statement reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reads {
    /// Nothing.
    Nothing,
    /// Only schemas besides `main`.
    Others,
    /// `main`, and perhaps others.
    Main,
}

impl Program {
    /// The number of the schema whose rows it changes.
    pub(super) fn slot(&self) -> usize {
        match self {
            Program::Insert(program, _) => program.table.slot,
            Program::Update(program, _) => program.table.slot,
            Program::Delete(program, _) => program.table.slot,
            Program::Direct | Program::Query(_) => 0,
        }
    }

    /// The name of the table whose rows it changes.
    pub(super) fn table(&self) -> Option<&str> {
        match self {
            Program::Insert(program, _) => Some(&program.table.name),
            Program::Update(program, _) => Some(&program.table.name),
            Program::Delete(program, _) => Some(&program.table.name),
            Program::Direct | Program::Query(_) => None,
        }
    }

    /// How many slots its query needs.
    pub(super) fn slots(&self) -> usize {
        match self {
            Program::Insert(_, slots) | Program::Update(_, slots) | Program::Delete(_, slots) => *slots,
            Program::Query(program) => program.slots,
            Program::Direct => 0,
        }
    }

    /// What OR says.
    pub(super) fn on_conflict(&self) -> Option<ast::ConflictClause> {
        match self {
            Program::Insert(program, _) => program.on_conflict(),
            Program::Update(program, _) => program.on_conflict(),
            Program::Direct | Program::Query(_) | Program::Delete(..) => None,
        }
    }
}

/// A query, ready to run.
#[derive(Debug)]
pub(super) struct QueryProgram {
    pub(super) built: Built,
    pub(super) slots: usize,
    /// What of the database it reads.
    pub(super) reads: Reads,
    /// The tables that its rows depend on, if they depend on nothing else and are looked for among kept results.
    pub(super) tables: Option<Tables>,
}

/// An execution that has not given all its rows yet.
#[derive(Debug)]
pub(super) enum Running {
    /// A query that has run nothing of its plan.
    Ready(Box<Context>),
    /// A query under way.
    Query(Box<Context>),
    /// Kept rows, and how many chunks of them were given.
    Kept(Arc<[Chunk]>, usize),
    /// Rows that are there already.
    Rows(std::vec::IntoIter<Chunk>),
    /// The rows of RETURNING, and how many chunks of them were given.
    Returned(ChunkList, usize),
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// SELECT and its like: rows, no changes.
    Query,
    /// INSERT, REPLACE, UPDATE, DELETE: what Python's sqlite3 begins a transaction for.
    Write,
    /// CREATE, ALTER, DROP, and what works on a whole database.
    Schema,
    /// BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE.
    Transaction,
    /// PRAGMA.
    Pragma,
}

/// A column of a statement's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputColumn {
    /// Its name.
    pub name: Arc<str>,
    /// The declared type of the table column that it shows, if it shows one as it is.
    pub declared_type: Option<Arc<str>>,
    /// Whether its values are vectors: blobs of little-endian 32-bit floats.
    pub is_vector: bool,
    /// The numbers in PostgreSQL's catalog of the table and of its column that it shows as it is.
    pub origin: Option<(u32, i16)>,
}

impl Statement {
    pub(super) fn new(sql: &str, parsed: Parsed) -> Statement {
        let text = parsed.rewritten.as_deref().or(sql.get(..parsed.end)).unwrap_or(sql);
        Statement {
            tail: parsed.end,
            vector_parameters: parsed.vector_parameters,
            ..Statement::uncompiled(text.into(), Arc::new(parsed.statement), parsed.parameters)
        }
    }

    /// The first statement of `sql`, which ends at `end`: what `other`, which is compiled, does with parameters in the place
    /// of literals.
    pub(super) fn alike(sql: &str, end: usize, other: &Statement, alike: Alike) -> Statement {
        let text = sql.get(..end).unwrap_or(sql);
        Statement {
            tail: end,
            alike: Some(Box::new(alike)),
            compiled_for: other.compiled_for,
            ..Statement::uncompiled(text.into(), other.ast.clone(), Vec::new())
        }
    }

    fn uncompiled(text: Arc<str>, ast: Arc<ast::Statement>, parameters: Vec<Option<Box<str>>>) -> Statement {
        Statement {
            text,
            ast,
            tail: 0,
            parameters,
            vector_parameters: BTreeSet::new(),
            columns: Vec::new(),
            returned: Vec::new(),
            types: Inference::default(),
            program: Program::Direct,
            alike: None,
            hooks: Arc::default(),
            reads_no_rows: false,
            calls_program: false,
            compiled_for: None,
            used: Slots::default(),
            pasts: Vec::new(),
            running: None,
            reading: None,
            early: None,
            report: None,
            execution: None,
            normal_text: OnceCell::new(),
            coming: None,
            recording: None,
            is_asked_for: true,
            permission: None,
        }
    }

    /// Notes what is known of the columns of RETURNING, where it is a part of another statement.
    pub(super) fn note_returned(&mut self, row: &RowChecks) {
        if !self.is_asked_for {
            self.returned = with_types(outputs(row).unwrap_or_default(), &self.types);
        }
    }

    /// What of the database it reads or changes.
    pub(super) fn reads(&self) -> Reads {
        match &self.program {
            Program::Query(program) => program.reads,
            Program::Direct => Reads::Main,
            _ if self.used.has(0) => Reads::Main,
            _ => Reads::Others,
        }
    }

    /// The schemas whose rows it may change. One of a view is there too.
    pub(super) fn written_slots(&self) -> Slots {
        let mut slots = Slots::default();
        self.hooks.slots.iter().for_each(|slot| slots.add(*slot));
        slots.add(self.program.slot());
        slots
    }

    /// Whether its changes set off triggers, or what foreign keys say.
    pub(super) fn has_hooks(&self) -> bool {
        !self.hooks.triggers.is_empty() || !self.hooks.keys.is_empty()
    }

    /// Whether it inserts one row and does nothing else.
    pub(super) fn inserts_one_row(&self) -> bool {
        matches!(&*self.ast, ast::Statement::Insert(insert) if insert.is_one_row()) && !self.has_hooks()
    }

    /// A statement that another one runs as a part of itself.
    pub(super) fn internal(outer: &Statement, ast: ast::Statement) -> Statement {
        let uncompiled = Statement::uncompiled(outer.text.clone(), Arc::new(ast), outer.parameters.clone());
        Statement { is_asked_for: false, ..uncompiled }
    }

    /// The text of the statement alone, without what follows.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many bytes of the text given to [`prepare`](super::Session::prepare) the statement took, `;` included.
    pub fn tail(&self) -> usize {
        self.tail
    }

    /// Whether it is `SELECT *` from one table with a range of time, so that the first column of its rows says when a
    /// version began, and the others are the row.
    pub fn gives_versions(&self) -> bool {
        let ast::Statement::Select(select) = &*self.ast else { return false };
        let (ast::SelectTerm::Select(core), true) = (&select.first, select.rest.is_empty()) else {
            return false;
        };
        let Some(from) = core.from.as_ref().filter(|from| from.joins.is_empty()) else { return false };
        let ast::TableSource::Table { system_time, .. } = &from.first else { return false };
        let time = system_time.as_ref().or(core.system_time.as_ref());
        core.columns[..] == [ast::ResultColumn::Star]
            && matches!(time, Some(ast::SystemTime::Range(..) | ast::SystemTime::All))
    }

    /// What it does.
    pub fn kind(&self) -> StatementKind {
        match &*self.ast {
            ast::Statement::Select(_) | ast::Statement::ExplainQueryPlan(_) | ast::Statement::Explain(_) => {
                StatementKind::Query
            }
            ast::Statement::ExplainAnalyze(run, _) if run.changes_rows() => StatementKind::Write,
            ast::Statement::ExplainAnalyze(..) => StatementKind::Query,
            ast::Statement::Insert(_)
            | ast::Statement::Update(_)
            | ast::Statement::Delete(_)
            | ast::Statement::With(_) => StatementKind::Write,
            ast::Statement::CreateTable(_)
            | ast::Statement::CreateTableLike(_)
            | ast::Statement::CreateIndex(_)
            | ast::Statement::CreateView(_)
            | ast::Statement::CreateTrigger(_)
            | ast::Statement::CreateVirtualTable(_)
            | ast::Statement::AlterTable(_)
            | ast::Statement::DropTable(_)
            | ast::Statement::DropIndex(_)
            | ast::Statement::DropView(_)
            | ast::Statement::DropTrigger(_)
            | ast::Statement::Sequence(_)
            | ast::Statement::Enumeration(_)
            | ast::Statement::Comment(_)
            | ast::Statement::Attach(_)
            | ast::Statement::Detach(_)
            | ast::Statement::Vacuum(_)
            | ast::Statement::Branch(_)
            | ast::Statement::DeleteHistory(_)
            | ast::Statement::Analyze(_)
            | ast::Statement::Reindex(_) => StatementKind::Schema,
            ast::Statement::Begin(_)
            | ast::Statement::Commit
            | ast::Statement::Rollback
            | ast::Statement::Savepoint(_)
            | ast::Statement::Release(_)
            | ast::Statement::RollbackTo(_) => StatementKind::Transaction,
            ast::Statement::Pragma(_) => StatementKind::Pragma,
        }
    }

    /// The positions, from 0 on, of parameters that stand where a vector is wanted: in a vector column, as an argument
    /// of a function of vectors.
    pub fn vector_parameters(&self) -> &BTreeSet<usize> {
        &self.vector_parameters
    }

    /// Whether it defines what stays and can have no parameters: those that it has are an error, whatever they are given.
    pub fn refuses_parameters(&self) -> bool {
        match &*self.ast {
            ast::Statement::CreateTable(create) => create.select.is_none(),
            ast::Statement::CreateIndex(_)
            | ast::Statement::CreateTrigger(_)
            | ast::Statement::CreateView(_) => true,
            _ => false,
        }
    }

    /// Its parameters, by number from 1 on: the name with its prefix, or `None` for `?`.
    pub fn parameters(&self) -> &[Option<Box<str>>] {
        &self.parameters
    }

    /// The columns of its rows; empty if it gives none. May change with [`start`](super::Session::start) if the schema
    /// has changed.
    pub fn columns(&self) -> &[OutputColumn] {
        &self.columns
    }

    /// The types of its columns and parameters, which only statements in PostgreSQL's dialect have. A type that is not
    /// known, or not there, is nobody's.
    pub fn types(&self) -> &Inference {
        &self.types
    }

    /// The syntax tree.
    pub fn tree(&self) -> &ast::Statement {
        &self.ast
    }

    /// Whether [`fetch`](super::Session::fetch) may give more rows.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The next rows of a statement that was started; `false` after the last. It works without the session, which may
    /// run other statements meanwhile, and which has to be told by [`stepped`](super::Session::stepped).
    pub fn step(&mut self, out: &mut Chunk) -> Result<bool> {
        if self.early.is_some() {
            return Ok(self.step_early(out));
        }
        self.open()?;
        match (&mut self.running, &mut self.program) {
            (None, _) => Ok(false),
            (Some(Running::Query(context)), Program::Query(program)) => program.built.root.next(context, out),
            (Some(Running::Returned(rows, next)), _) => {
                *next += 1;
                rows.get(*next - 1, out)
            }
            (Some(Running::Kept(rows, next)), _) => {
                *next += 1;
                let kept = rows.get(*next - 1);
                if let Some(kept) = kept {
                    out.clone_from(kept);
                }
                Ok(kept.is_some())
            }
            (Some(Running::Rows(chunks)), _) => Ok(chunks.next().map(|chunk| *out = chunk).is_some()),
            (Some(Running::Ready(_) | Running::Query(_)), _) => Err(without_a_plan()),
        }
    }

    /// Gives what was read before it was asked for. The end stays the end.
    fn step_early(&mut self, out: &mut Chunk) -> bool {
        match self.early.take() {
            Some(Some(rows)) => {
                *out = rows;
                true
            }
            end => {
                self.early = end;
                false
            }
        }
    }

    /// Begins to run the plan of a query that is ready.
    pub(super) fn open(&mut self) -> Result<()> {
        match self.running.take() {
            Some(Running::Ready(mut context)) => {
                let Program::Query(program) = &mut self.program else { return Err(without_a_plan()) };
                let opened = program.built.root.open(&mut context);
                self.running = Some(Running::Query(context));
                opened
            }
            running => {
                self.running = running;
                Ok(())
            }
        }
    }

    /// Ends the execution and keeps what can be used again.
    pub(super) fn stop(&mut self) {
        if let Some(Running::Ready(context) | Running::Query(context)) = self.running.take()
            && let Program::Query(program) = &mut self.program
        {
            program.built.root.close();
            program.built.subqueries = context.subqueries;
            program.built.subqueries.iter_mut().for_each(SubqueryState::reset);
        }
        self.early = None;
        self.coming = None;
        self.reading = None;
        self.recording = None;
        self.release_pasts();
    }

    /// Lets go of the states of the past that it read.
    pub(super) fn release_pasts(&self) {
        self.pasts.iter().for_each(|past| past.reader.set(None));
    }
}

pub(super) fn without_a_plan() -> Error {
    Error::new(ErrorKind::Internal, "a query without a plan")
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement").field("text", &self.text).finish_non_exhaustive()
    }
}
