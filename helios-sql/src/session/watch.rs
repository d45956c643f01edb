//! What a program is told by its session, and where it may stop it: each statement that begins, progress, limits.

use std::fmt;
use std::sync::Arc;

use helios_core::transaction::Watcher;
use helios_core::{Error, ErrorKind, Result, ValueRef};

use super::{Session, Statement};
use crate::chunk::Chunk;
use crate::parse::expand;

/// A statement that begins.
#[derive(Clone, Copy, Debug)]
pub enum Traced<'a> {
    /// Its text with the values of its parameters.
    Expanded(&'a str),
    /// Its text as it was written, because with the values it would be longer than [`Limit::Length`].
    TooLong(&'a str),
}

/// Is told each statement.
pub type Trace = dyn Fn(Traced<'_>) + Send + Sync;

/// What the program has hung in.
#[derive(Clone, Default)]
pub(super) struct Watch {
    trace: Option<Arc<Trace>>,
    limits: Limits,
    /// How often something was hung in, or taken out.
    changes: u64,
}

/// What is hung in and limited, to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Watched {
    limits: Limits,
    changes: u64,
}

impl Watch {
    pub(super) fn watched(&self) -> Watched {
        Watched { limits: self.limits.clone(), changes: self.changes }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// What a session limits, with SQLite's numbers (<https://sqlite.org/c3ref/c_limit_attached.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Bytes of a text or a blob that is a parameter; what functions make has a fixed limit.
    Length,
    /// Bytes of a statement.
    SqlLength,
    /// Columns of a table or a result.
    Column,
    /// The height of an expression.
    ExpressionDepth,
    /// The parts of a compound SELECT.
    CompoundSelect,
    /// The instructions of SQLite's machine; there is none.
    VdbeOperations,
    /// Arguments of a function.
    FunctionArguments,
    /// Attached databases.
    Attached,
    /// Bytes of a pattern of LIKE or GLOB.
    PatternLength,
    /// The highest number of a parameter.
    VariableNumber,
    /// How deep triggers call triggers.
    TriggerDepth,
    /// Threads of one statement.
    WorkerThreads,
}

impl Limit {
    const ALL: [(Limit, i32); 12] = [
        (Limit::Length, 1_000_000_000),
        (Limit::SqlLength, 1_000_000_000),
        (Limit::Column, 2000),
        (Limit::ExpressionDepth, 1000),
        (Limit::CompoundSelect, 500),
        (Limit::VdbeOperations, 250_000_000),
        (Limit::FunctionArguments, 127),
        (Limit::Attached, 10),
        (Limit::PatternLength, 50_000),
        (Limit::VariableNumber, 250_000),
        (Limit::TriggerDepth, 1000),
        (Limit::WorkerThreads, 0),
    ];

    /// The limit of SQLite's number.
    pub fn by_number(number: i32) -> Option<Limit> {
        let position = usize::try_from(number).ok()?;
        Limit::ALL.get(position).map(|(limit, _)| *limit)
    }

    /// Whether a session can have another limit than the default. The others are fixed, as if the library were built
    /// so.
    fn is_adjustable(self) -> bool {
        matches!(
            self,
            Limit::Length
                | Limit::SqlLength
                | Limit::Column
                | Limit::FunctionArguments
                | Limit::VariableNumber
        )
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Limits([i32; 12]);

impl Default for Limits {
    fn default() -> Limits {
        Limits(Limit::ALL.map(|(_, most)| most))
    }
}

impl Session {
    /// Has each statement told as it begins; `None` ends that.
    pub fn set_trace(&mut self, trace: Option<Arc<Trace>>) {
        self.watch.trace = trace;
        self.watch.changes += 1;
    }

    /// Has `watcher` asked again and again while statements run, whether they may go on; `None` ends that.
    pub fn set_watcher(&mut self, watcher: Option<Arc<Watcher>>) {
        self.interrupt.set_watcher(watcher);
        self.watch.changes += 1;
    }

    /// A limit.
    pub fn limit(&self, limit: Limit) -> i32 {
        self.watch.limits.0[limit as usize]
    }

    /// Lowers a limit, or raises it up to its default; what is fixed stays. A negative value changes nothing. Statements
    /// that are compiled already keep the old limits.
    pub fn set_limit(&mut self, limit: Limit, value: i32) {
        if value >= 0 && limit.is_adjustable() {
            self.watch.limits.0[limit as usize] = value.min(Limit::ALL[limit as usize].1);
        }
    }

    /// An error if a text has more bytes than a statement may.
    pub(super) fn check_text(&self, sql: &str) -> Result<()> {
        if sql.len() > self.most(Limit::SqlLength) {
            return Err(Error::new(ErrorKind::TooBig, "statement too long"));
        }
        Ok(())
    }

    /// An error if a statement has more parameters or columns than it may.
    pub(super) fn check_width(&self, statement: &Statement) -> Result<()> {
        let most = self.most(Limit::VariableNumber);
        if let Some(beyond) = statement.parameters().get(most..).filter(|beyond| !beyond.is_empty()) {
            let is_numbered =
                |name: &Option<Box<str>>| name.as_ref().is_some_and(|name| name.starts_with('?'));
            return Err(Error::sql(match beyond.iter().any(is_numbered) {
                true => format!("variable number must be between ?1 and ?{most}"),
                false => "too many SQL variables".to_owned(),
            }));
        }
        if statement.columns().len() > self.most(Limit::Column) {
            return Err(Error::sql("too many columns in result set"));
        }
        Ok(())
    }

    pub(super) fn most(&self, limit: Limit) -> usize {
        usize::try_from(self.limit(limit)).unwrap_or(usize::MAX)
    }

    /// An error if a parameter is longer than a value may be.
    #[inline]
    pub(super) fn check_parameters(&self, parameters: &Chunk) -> Result<()> {
        let most = self.most(Limit::Length);
        if most >= Limit::ALL[Limit::Length as usize].1 as usize {
            return Ok(());
        }
        let is_longer = |value: ValueRef<'_>| match value {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len() > most,
            _ => false,
        };
        let too_long =
            |column: &Arc<crate::chunk::Column>| (0..parameters.rows()).any(|row| is_longer(column.get(row)));
        match parameters.columns().iter().any(too_long) {
            true => Err(Error::new(ErrorKind::TooBig, "string or blob too big")),
            false => Ok(()),
        }
    }

    /// Tells of a statement that begins, once for each row of parameters.
    #[inline]
    pub(super) fn tell(&mut self, statement: &Statement, parameters: &Chunk) -> Result<()> {
        match self.watch.trace.clone() {
            Some(trace) => {
                let most = self.most(Limit::Length);
                self.lent(|| tell_rows(&*trace, statement, parameters, most))
            }
            None => Ok(()),
        }
    }

    /// Whether anything was ever hung in.
    pub(super) fn is_watched(&self) -> bool {
        self.watch.changes > 0
    }

    /// Whether statements are told as they begin.
    pub(super) fn is_traced(&self) -> bool {
        self.watch.trace.is_some()
    }
}

fn tell_rows(trace: &Trace, statement: &Statement, parameters: &Chunk, most: usize) {
    let text = statement.text();
    for row in 0..parameters.rows().max(1) {
        let value = |number: usize| match number < parameters.width() && parameters.rows() > 0 {
            true => parameters.column(number).get(row),
            false => ValueRef::Null,
        };
        match expand(text, most, value) {
            Some(expanded) => trace(Traced::Expanded(&expanded)),
            None => trace(Traced::TooLong(text)),
        }
    }
}
