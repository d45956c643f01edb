//! Sessions: one user's connection to a database, its transaction and its statements.
//!
//! In: SQL text and parameters. Out: chunks of rows, counts, errors with SQLite's words. A session is used by one thread
//! at a time. [`Session::prepare`] compiles, [`Session::start`] runs, [`Session::fetch`] gives rows.
//!
//! - A statement that fails has changed nothing (with OR FAIL: what it did before stays; with OR ROLLBACK: the whole
//!   transaction is undone).
//! - A lone SELECT holds a view and no transaction; a lone write takes the branch's turn, so that it never conflicts.
//! - A compiled statement is good as long as the schema has the moment that it was compiled under.

mod advise;
mod alike;
mod authorize;
mod batch;
mod branches;
mod changing_with;
mod compile;
mod configuration;
mod dbstat;
mod define;
mod diff;
mod environment;
mod explain;
mod foreign_keys;
mod fork;
mod hooks;
mod key;
mod lagging;
mod lend;
mod maintain;
mod merge;
mod module_tables;
mod moment;
mod numbers;
mod others;
mod past;
mod postgres;
mod pragma;
mod program;
mod reading;
mod results;
mod rowids;
mod rtree_check;
mod run;
mod sequence;
mod settings;
mod sources;
mod statement;
mod statistics;
mod sure;
mod timing;
mod transaction;
mod truncate;
mod vacuum;
mod vectors;
mod versions;
mod watch;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use helios_core::branch::{BranchRecord, DerivedPlace};
use helios_core::clock::Moment;
use helios_core::transaction::{Interrupt, Patience, Transaction};
use helios_core::value::ProgramCollation;
use helios_core::versioned::BranchId;
use helios_core::{Error, ErrorKind, Result, Value};
use parking_lot::Mutex;

use crate::bind::Authorizer;
use crate::catalog::Catalog;
use crate::database::{Database, Places, Visit};
use crate::exec::{Executions, SessionFacts};
use crate::func::ProgramFunctions;
use crate::module::{Modules, Waiting};
use crate::parse::{Dialect, parse_statement_of};
use crate::write::{ConcurrentRowids, Rowids};
use define::Rehearsal;
use numbers::SessionNumbers;
use settings::Settings;
use statistics::Counts;
use timing::Timing;
use transaction::Savepoint;
use watch::Watch;

pub use crate::bind::{Access, Permission};
pub use advise::Suggestion;
pub use branches::merged_at;
pub use configuration::Configuration;
pub use diff::{DiffKind, RowDiff, TableDiff, compare};
pub use lend::Lender;
pub use merge::{Conflict, MergeConflicts, MergeReport, OnConflict, Violation};
pub use moment::{is_time_zone, moment_of_value};
pub use postgres::BrokenConstraint;
pub use results::ResultUses;
pub use statement::{OutputColumn, Statement, StatementKind};
pub use timing::{SlowLog, SlowStatement};
pub use watch::{Limit, Trace, Traced};

/// A connection to one branch of a database.
pub struct Session {
    database: Arc<Database>,
    branch: BranchId,
    branch_name: String,
    visit: Visit,
    transaction: Option<Transaction>,
    /// Where a concurrent transaction has its automatic rowids from.
    concurrent_rowids: Option<Arc<ConcurrentRowids>>,
    savepoints: Vec<Savepoint>,
    /// Whether a definition is only looked at.
    rehearsal: Rehearsal,
    /// How often this session has changed its schema or undone a change; tells its own uncommitted schemas apart.
    schema_changes: u64,
    /// Whether the open transaction has changed the schema.
    has_own_schema: bool,
    /// The catalog with the changes that are not committed yet, by the count of changes.
    own_catalog: Option<(u64, Arc<Catalog>)>,
    rowids: Rowids,
    /// The numbers of rows that the last statement was compiled for.
    counts: Counts,
    /// What virtual tables have yet to write of the statement that runs.
    waiting: Waiting,
    /// Whether it goes on waiting while a statement runs that reads no rows.
    lets_wait: bool,
    timeout: Duration,
    interrupt: Interrupt,
    changes: i64,
    total_changes: i64,
    last_insert_rowid: i64,
    /// Of the batch that ran last: how many rows it has taken before one that is a statement of its own.
    stopped_after: Option<usize>,
    functions: Arc<ProgramFunctions>,
    modules: Arc<Modules>,
    /// How often they, or collations, were changed.
    function_changes: u64,
    /// Collations that the program has added.
    collations: Vec<Arc<ProgramCollation>>,
    /// What the program answers when it is asked what statements may do.
    authorizer: Option<Arc<Authorizer>>,
    /// The catalog that was asked for last, as all sessions share it and with those collations, and the count of
    /// changes to them.
    seen_catalog: Option<(Arc<Catalog>, u64, Arc<Catalog>)>,
    /// Held by every execution that has not ended.
    executions: Arc<Executions>,
    /// Its queries that have not given all their rows, with those of the schemas besides `main`.
    open_queries: reading::OpenQueries,
    is_read_only: bool,
    /// Whether statements must not name files.
    is_kept_from_files: bool,
    /// What moments without a zone mean.
    zone: moment::Zone,
    /// The moment that it shows, if it is one of the past; nothing can be written then.
    as_of: Option<Moment>,
    /// Whether the open transaction ends the history of a table, so that there is something to sweep away.
    drops_history: bool,
    /// Schemas besides `main`, by their number less one.
    others: Vec<others::Other>,
    seen_others: sources::SeenOthers,
    places: Option<Arc<dyn Places>>,
    /// The path of the file of `main`; empty if it has none.
    file: String,
    /// What its own schema is called: `main`, unless another session has this one for one of its schemas.
    schema: String,
    /// In the session of `temp`: the schemas of the tables of its triggers that are of other schemas, by the names of
    /// the triggers.
    trigger_schemas: Arc<HashMap<String, String>>,
    /// The numbers that sequences have given it.
    numbers: Arc<Mutex<SessionNumbers>>,
    settings: Settings,
    /// How often they were changed: a statement is compiled for them.
    settings_changes: u64,
    /// What pragmas set that say nothing to helios.
    remembered: HashMap<&'static str, Value>,
    result_uses: ResultUses,
    /// The statements that were run, if they are remembered.
    seen_statements: Option<advise::SeenStatements>,
    /// What the parts of a statement that runs share.
    parts: changing_with::Parts,
    /// How many commits of this session there were.
    own_commits: u64,
    /// The number of the state that the statement that runs has looked at last, outside of transactions.
    seen: Option<u64>,
    /// Whether a statement runs that sees to it that what it shows is the newest state.
    is_on_newest: bool,
    /// Whether the statement that runs is its own transaction.
    is_alone: bool,
    /// References that are looked at again when the transaction ends.
    deferred: Vec<foreign_keys::Deferred>,
    /// The indexes of vectors that the transaction has made graphs for.
    made_graphs: Vec<DerivedPlace>,
    /// The INSERTs that share their programs.
    kinds: alike::Kinds,
    watch: Watch,
    timing: Timing,
    lending: lend::Lending,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("branch", &self.branch_name)
            .field("in_transaction", &self.in_transaction())
            .finish_non_exhaustive()
    }
}

impl Database {
    /// A session on a branch. An unknown branch is an error.
    pub fn connect(self: &Arc<Self>, branch: &str) -> Result<Session> {
        Ok(Session::new(self.clone(), &self.branch(branch)?))
    }
}

impl Session {
    fn new(database: Arc<Database>, branch: &BranchRecord) -> Session {
        Session::on(database, branch.id, branch.name.as_str().to_owned())
    }

    /// What stands in its place while somebody else has it.
    fn stand_in(&self) -> Session {
        Session::on(self.database.clone(), self.branch, String::new())
    }

    fn on(database: Arc<Database>, branch: BranchId, branch_name: String) -> Session {
        Session {
            visit: Visit::new(database.clone(), branch),
            database,
            branch,
            branch_name,
            transaction: None,
            concurrent_rowids: None,
            savepoints: Vec::new(),
            rehearsal: Rehearsal::Off,
            schema_changes: 0,
            has_own_schema: false,
            own_catalog: None,
            rowids: Rowids::default(),
            counts: Counts::default(),
            waiting: Waiting::default(),
            lets_wait: false,
            timeout: Duration::from_secs(5),
            interrupt: Interrupt::default(),
            changes: 0,
            total_changes: 0,
            last_insert_rowid: 0,
            stopped_after: None,
            is_read_only: false,
            is_kept_from_files: false,
            zone: Default::default(),
            as_of: None,
            drops_history: false,
            watch: Watch::default(),
            functions: Arc::default(),
            modules: Arc::default(),
            function_changes: 0,
            collations: Vec::new(),
            authorizer: None,
            seen_catalog: None,
            executions: Arc::default(),
            open_queries: Default::default(),
            others: Vec::new(),
            seen_others: Default::default(),
            places: None,
            file: String::new(),
            schema: "main".to_owned(),
            trigger_schemas: Arc::default(),
            numbers: Arc::default(),
            settings: Settings::default(),
            settings_changes: 0,
            remembered: HashMap::new(),
            result_uses: ResultUses::default(),
            seen_statements: None,
            parts: Default::default(),
            own_commits: 0,
            seen: None,
            is_on_newest: false,
            is_alone: false,
            deferred: Vec::new(),
            made_graphs: Vec::new(),
            kinds: alike::Kinds::default(),
            timing: Timing::default(),
            lending: lend::Lending::default(),
        }
    }

    /// The database.
    pub fn database(&self) -> &Arc<Database> {
        &self.database
    }

    /// Goes on on a branch of another database, with the same settings and functions. What was under way is undone.
    pub fn move_to(&mut self, database: &Arc<Database>, branch: &str) -> Result<()> {
        let branch = database.branch(branch)?;
        self.abandon();
        self.database = database.clone();
        self.branch = branch.id;
        self.visit = Visit::new(database.clone(), branch.id);
        branch.name.as_str().clone_into(&mut self.branch_name);
        // Compiled statements are those of another schema.
        self.function_changes += 1;
        Ok(())
    }

    /// The name of the branch.
    pub fn branch(&self) -> &str {
        &self.branch_name
    }

    /// Compiles the first statement of `sql`; `None` if there is none. Where the next begins, [`Statement::tail`] says.
    pub fn prepare(&mut self, sql: &str) -> Result<Option<Statement>> {
        self.check_text(sql)?;
        if let Some(statement) = self.prepare_alike(sql) {
            return Ok(Some(statement));
        }
        let Some(parsed) = parse_statement_of(sql, self.settings.dialect)? else {
            return Ok(None);
        };
        let mut statement = Statement::new(sql, parsed);
        match self.is_far() {
            true => self.compile_far(&mut statement)?,
            false => self.compile(&mut statement)?,
        }
        self.check_width(&statement)?;
        Ok(Some(statement))
    }

    /// Whether this is the session of the `temp` of another.
    fn is_temporary(&self) -> bool {
        self.schema == "temp"
    }

    /// Whether a transaction was begun and not ended. That of a lone statement, which functions of the program see while it
    /// runs, is none.
    pub fn in_transaction(&self) -> bool {
        self.transaction.is_some() && !self.lending.is_lone
    }

    /// Rows that the last statement of [`StatementKind::Write`] inserted, changed or deleted.
    pub fn changes(&self) -> i64 {
        self.changes
    }

    /// Rows inserted, changed or deleted since the session began.
    pub fn total_changes(&self) -> i64 {
        self.total_changes
    }

    /// The rowid of the last row inserted.
    pub fn last_insert_rowid(&self) -> i64 {
        self.last_insert_rowid
    }

    /// A handle that stops what runs, from any thread.
    pub fn interrupt_handle(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// How long to wait for a lock.
    pub fn set_busy_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// Makes everything that writes an error, or allows it again.
    pub fn set_read_only(&mut self, read_only: bool) {
        self.is_read_only = read_only;
        self.numbers.lock().is_read_only = read_only;
    }

    /// Whether everything that writes is an error.
    pub fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// Has no statement of this session read, write or name a file besides the database's own: for clients from elsewhere.
    /// ATTACH takes databases in memory alone, VACUUM has no INTO, modules read no files, and keys stay as they are.
    pub fn keep_from_files(&mut self) {
        self.is_kept_from_files = true;
        let mut modules = Modules::clone(&self.modules);
        modules.keep_from_files();
        self.modules = Arc::new(modules);
        self.program_changed();
    }

    fn check_files(&self) -> Result<()> {
        match self.is_kept_from_files {
            true => Err(Error::new(ErrorKind::NotAuthorized, "not authorized")),
            false => Ok(()),
        }
    }

    /// Switches the improvement of plans on or off, for statements compiled from now on. Results are the same.
    pub fn set_optimizer(&mut self, on: bool) {
        self.settings.optimizes = on;
    }

    /// Has statements that are compiled from now on read in a dialect. In PostgreSQL's, LIKE tells the two cases of
    /// letters apart.
    pub fn set_dialect(&mut self, dialect: Dialect) {
        self.settings.dialect = dialect;
        self.settings.like_by_case = (dialect == Dialect::Postgres).then_some(true);
        self.settings_changes += 1;
        if dialect == Dialect::Postgres && !self.collations.iter().any(|known| known.name() == "interval") {
            self.collations.push(Arc::new(crate::bind::interval_order()));
            self.program_changed();
        }
    }

    /// Forgets which numbers sequences have given this session.
    pub fn forget_numbers(&mut self) {
        self.numbers.lock().forget();
    }

    fn patience(&self) -> Patience {
        Patience::new(self.timeout, self.interrupt.clone())
    }

    fn facts(&self) -> SessionFacts {
        SessionFacts {
            now: self.database.engine().clock().now(),
            resources: self.database.resources().clone(),
            vector_effort: self.vector_effort(),
            changes: self.changes,
            total_changes: self.total_changes,
            last_insert_rowid: self.last_insert_rowid,
            is_conflict: false,
            execution: self.executions.clone(),
            begun: None,
        }
    }
}
