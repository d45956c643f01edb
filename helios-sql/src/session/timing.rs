//! What becomes of the times of statements: they are counted for `helios_stat_statements`, and what took too long is told.
//!
//! In: executions as they begin, give rows and end. Out: numbers for [`StatementCounts`], and calls of the program's
//! [`SlowLog`]. An execution ends with its last row, an error, or the next one of its statement; its time is what the
//! engine worked, and not what the program did between the rows. A session for which neither is asked reads no clock.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use helios_core::{Result, Value};

use super::{Session, Statement, StatementKind};
use crate::chunk::Chunk;
use crate::database::Database;
use crate::func::{ReadyRows, TableFunction, TableRows};
use crate::monitor::{Counted, Execution, StatementCounts};
use crate::parse::normal;

/// A statement that took longer than it should.
#[derive(Clone, Copy, Debug)]
pub struct SlowStatement<'a> {
    /// Its text with `?` in the place of literals, which nobody's log has to know.
    pub text: &'a str,
    /// The name of the branch.
    pub branch: &'a str,
    /// How long the engine worked.
    pub took: Duration,
    /// Rows that it gave, or inserted, changed and deleted.
    pub rows: u64,
    /// Whether it ended with an error.
    pub failed: bool,
}

/// Is told slow statements.
pub type SlowLog = dyn Fn(&SlowStatement<'_>) + Send + Sync;

/// What a session does with the times of its statements.
#[derive(Clone, Default)]
pub(super) struct Timing {
    /// Whether they are counted.
    counts: bool,
    /// From how long on a statement is told.
    slow_after: Option<Duration>,
    log: Option<Arc<SlowLog>>,
    /// Whether they are noted for suggestions of indexes.
    analyzes: bool,
}

impl Timing {
    /// Whether anybody wants to know.
    #[inline]
    pub(super) fn is_on(&self) -> bool {
        self.counts || self.analyzes || self.slow_after.is_some()
    }
}

impl fmt::Debug for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Timing");
        shown.field("counts", &self.counts).field("slow_after", &self.slow_after).finish_non_exhaustive()
    }
}

impl Session {
    /// Has the statements of this session counted in `helios_stat_statements`, or not.
    pub fn count_statements(&mut self, on: bool) {
        self.timing.counts = on;
    }

    /// Has the times of statements noted for suggestions of indexes, or not.
    pub(super) fn note_times(&mut self, on: bool) {
        self.timing.analyzes = on;
    }

    /// Whether the statements of this session are counted.
    pub fn counts_statements(&self) -> bool {
        self.timing.counts
    }

    /// Has statements told that take so long or longer; `None` ends that.
    pub fn set_slow_after(&mut self, took: Option<Duration>) {
        self.timing.slow_after = took;
    }

    /// From how long on statements are told.
    pub fn slow_after(&self) -> Option<Duration> {
        self.timing.slow_after
    }

    /// Where slow statements are told; without it, nowhere.
    pub fn set_slow_log(&mut self, log: Option<Arc<SlowLog>>) {
        self.timing.log = log;
    }

    /// Begins `calls` executions, which `work` does or gives rows of later, and measures that.
    pub(super) fn timed(
        &mut self,
        statement: &mut Statement,
        calls: u64,
        work: impl FnOnce(&mut Session, &mut Statement) -> Result<()>,
    ) -> Result<()> {
        let begun = self.database.engine().clock().now();
        let done = work(self, statement);
        let microseconds = self.database.engine().clock().now().0.saturating_sub(begun.0);
        let changed = statement.kind() == StatementKind::Write;
        let rows = if changed { u64::try_from(self.changes).unwrap_or(0) } else { 0 };
        statement.execution = Some(Execution { calls, rows, microseconds, failed: false });
        if done.is_err() || !statement.is_running() {
            self.end_timing(statement, done.is_err());
        }
        done
    }

    /// Fetches rows of an execution that is measured.
    pub(super) fn timed_fetch(&mut self, statement: &mut Statement, out: &mut Chunk) -> Result<bool> {
        let begun = self.database.engine().clock().now();
        let more = self.fetch_now(statement, out);
        let took = self.database.engine().clock().now().0.saturating_sub(begun.0);
        let counts_rows = statement.kind() != StatementKind::Write;
        if let Some(execution) = &mut statement.execution {
            execution.microseconds += took;
            if counts_rows && matches!(more, Ok(true)) {
                execution.rows += out.rows() as u64;
            }
        }
        if !matches!(more, Ok(true)) {
            self.end_timing(statement, more.is_err());
        }
        more
    }

    /// Ends the measured execution of a statement, if there is one.
    #[inline]
    pub(super) fn end_timing(&mut self, statement: &mut Statement, failed: bool) {
        if let Some(execution) = statement.execution.take() {
            self.note_execution(statement, &Execution { failed, ..execution });
        }
    }

    fn note_execution(&mut self, statement: &Statement, execution: &Execution) {
        if let Some(seen) = &mut self.seen_statements {
            seen.note_time(&statement.text, execution.calls, execution.microseconds);
        }
        if !self.timing.counts && self.timing.slow_after.is_none() {
            return;
        }
        let text =
            statement.normal_text.get_or_init(|| normal(&statement.text, self.settings.dialect).into());
        if self.timing.counts {
            self.database.statements().add(text, execution);
        }
        let took = Duration::from_micros(execution.microseconds);
        let is_slow = self.timing.slow_after.is_some_and(|least| took >= least);
        if let Some(log) = self.timing.log.as_ref().filter(|_| is_slow) {
            log(&SlowStatement {
                text,
                branch: &self.branch_name,
                took,
                rows: execution.rows,
                failed: execution.failed,
            });
        }
    }
}

/// The table `helios_stat_statements`, if that is the name.
pub(super) fn statement_table(name: &str, database: &Database) -> Option<Arc<dyn TableFunction>> {
    let is_meant = name.eq_ignore_ascii_case("helios_stat_statements");
    is_meant.then(|| Arc::new(StatementTable(database.statements().clone())) as Arc<dyn TableFunction>)
}

/// What is counted, as a table with the names of PostgreSQL's `pg_stat_statements`; times are milliseconds.
#[derive(Debug)]
struct StatementTable(Arc<StatementCounts>);

impl TableFunction for StatementTable {
    fn columns(&self) -> Vec<(&str, &str)> {
        vec![
            ("query", "TEXT"),
            ("calls", "INTEGER"),
            ("failures", "INTEGER"),
            ("rows", "INTEGER"),
            ("total_exec_time", "REAL"),
            ("mean_exec_time", "REAL"),
            ("min_exec_time", "REAL"),
            ("max_exec_time", "REAL"),
            ("stddev_exec_time", "REAL"),
        ]
    }

    fn parameters(&self) -> &'static [&'static str] {
        &[]
    }

    fn open(&self, _: &[Value], _: &[usize]) -> Result<Box<dyn TableRows>> {
        let row = |(text, counted): (Arc<str>, Counted)| {
            let numbers = [counted.calls, counted.failures, counted.rows];
            let times = [counted.total, counted.mean(), counted.least, counted.most, counted.deviation()];
            let numbers = numbers.map(|number| Value::Integer(number as i64));
            let times = times.map(|microseconds| Value::Real(microseconds / 1000.0));
            [Value::text(&text)].into_iter().chain(numbers).chain(times).collect()
        };
        Ok(ReadyRows::boxed(self.0.all().into_iter().map(row).collect()))
    }
}
