//! Queries that are answered from what is kept of earlier ones (see [`ResultCache`](crate::cache::ResultCache)).
//!
//! In: a query with its parameters, and what it would read. Out: its rows, if they are kept; otherwise they are
//! collected while the query gives them, and kept when it has given all.
//!
//! - A query is looked up only if its rows depend on nothing but the tables of its own database that it names: no
//!   functions of the program, none that tell of time, chance or the session, no virtual tables.
//! - What it reads of the past it reads at moments that are the same the next time: not what `datetime('now')` names, nor
//!   one that is still to come. These moments are a part of what it is looked up by.
//! - It reads the committed present of its branch there: where a transaction has changed one of the tables, or is
//!   validated by what it has read, the query is run.

use std::sync::Arc;

use helios_core::ValueRef;
use helios_core::clock::Moment;
use helios_core::versioned::{BranchState, Space};

use super::Session;
use super::sources::Sources;
use super::statement::{Program, Statement};
use crate::bind::Bound;
use crate::cache::{ResultKey, ResultSource};
use crate::chunk::Chunk;
use crate::func::Aggregate;
use crate::plan::{PastReader, Plan, WindowKind};

/// How often a session has asked for results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResultUses {
    /// Queries that were answered with what was kept.
    pub hits: u64,
    /// Queries that could have been, and had to be run.
    pub misses: u64,
}

/// What a query that runs has given up to now.
#[derive(Debug)]
pub(super) struct Recording {
    key: ResultKey,
    source: ResultSource,
    rows: Vec<Chunk>,
    bytes: usize,
    most_bytes: usize,
    microseconds: u64,
}

/// What a query's rows depend on.
#[derive(Debug)]
pub(super) struct Tables {
    /// The tables that it reads as they are now.
    spaces: Arc<[Space]>,
    /// The places of the moments of the past that it reads others at, in the order of its plan.
    pasts: Vec<PastReader>,
}

/// The tables that a query's rows depend on, if they depend on nothing else.
pub(super) fn tables_of(bound: &Bound) -> Option<Tables> {
    let (mut spaces, mut pasts) = (Vec::new(), Vec::new());
    let mut depends_on_more = false;
    for query in bound.subqueries.iter().chain([&bound.query]) {
        query.plan.for_each_plan(&mut |plan| {
            match plan {
                Plan::Scan(scan) if scan.table.slot > 0 => depends_on_more = true,
                Plan::Scan(scan) => {
                    match &scan.reader {
                        // How far back the schema's history reaches, nobody checks.
                        Some(_) if scan.table.is_internal() => depends_on_more = true,
                        Some(past) => pasts.push(past.clone()),
                        None => spaces.push(scan.table.space),
                    }
                    depends_on_more |= scan.expressions.iter().any(|(_, expr)| expr.changes_by_itself());
                }
                Plan::Function(_) => depends_on_more = true,
                Plan::Aggregate(aggregation) => {
                    depends_on_more |=
                        aggregation.aggregates.iter().any(|(_, call)| is_program(&call.function));
                }
                Plan::Window(window) => {
                    let calls = window.calls.iter().map(|(_, call)| &call.function);
                    let is_own =
                        |kind: &WindowKind| matches!(kind, WindowKind::Aggregate(one) if is_program(one));
                    depends_on_more |= calls.into_iter().any(is_own);
                }
                _ => {}
            }
            plan.for_each_expr(|expr| depends_on_more |= expr.changes_by_itself());
        });
    }
    spaces.sort_unstable();
    spaces.dedup();
    let has_tables = !spaces.is_empty() || !pasts.is_empty();
    (!depends_on_more && has_tables).then(|| Tables { spaces: spaces.into(), pasts })
}

fn is_program(function: &Aggregate) -> bool {
    matches!(function, Aggregate::Program(_))
}

impl Session {
    /// Has queries answered from what is kept, or not; then the database keeps up to so many bytes at least.
    pub fn keep_results(&mut self, bytes: Option<usize>) {
        if let Some(bytes) = bytes {
            self.database.results().allow(bytes);
        }
        self.settings.keeps_results = bytes.is_some();
        self.settings_changes += 1;
    }

    /// How often this session has asked for kept results.
    pub fn result_uses(&self) -> ResultUses {
        self.result_uses
    }

    /// How a query is asked for, if it may be answered from what is kept.
    pub(super) fn result_key(
        &self,
        statement: &Statement,
        sources: &Sources,
        parameters: &Chunk,
    ) -> Option<(ResultKey, ResultSource)> {
        if !self.settings.keeps_results || self.authorizer.is_some() || !self.collations.is_empty() {
            return None;
        }
        let Program::Query(program) = &statement.program else { return None };
        let tables = program.tables.as_ref()?;
        let reader = &sources.reader;
        if sources.stamp.own.is_some() || reader.is_recorded() {
            return None;
        }
        let mut state: Option<BranchState> = None;
        for space in tables.spaces.iter() {
            state = Some(reader.committed_state(*space)?);
        }
        let mut circumstances = self.circumstances(sources.stamp.moment, parameters);
        for past in &tables.pasts {
            let used = statement.pasts.iter().find(|used| used.reader == *past)?;
            circumstances.extend(used.fixed.get()?.0.to_le_bytes());
        }
        let circumstances = circumstances.into();
        let key = ResultKey { branch: reader.branch(), text: statement.text.clone(), circumstances };
        Some((key, ResultSource { spaces: tables.spaces.clone(), state }))
    }

    /// Kept rows; otherwise what is to be collected.
    pub(super) fn kept_rows(
        &mut self,
        (key, source): (ResultKey, ResultSource),
    ) -> Result<Arc<[Chunk]>, Box<Recording>> {
        let results = self.database.results();
        if let Some(rows) = results.get(&key, &source) {
            self.result_uses.hits += 1;
            return Ok(rows);
        }
        self.result_uses.misses += 1;
        let most_bytes = results.largest();
        Err(Box::new(Recording { key, source, rows: Vec::new(), bytes: 0, most_bytes, microseconds: 0 }))
    }

    /// The time, for the price of a result that is collected.
    pub(super) fn price_clock(&self, recording: Option<&Recording>) -> Option<Moment> {
        recording.map(|_| self.database.engine().clock().now())
    }
}

impl Recording {
    /// Adds the time since `started`.
    pub(super) fn spend(&mut self, session: &Session, started: Option<Moment>) {
        let now = session.database.engine().clock().now();
        self.microseconds += started.map_or(0, |started| now.0.saturating_sub(started.0));
    }

    /// Adds rows; false if they are too many to be kept.
    pub(super) fn add(&mut self, rows: &Chunk) -> bool {
        self.bytes += rows.memory();
        if self.bytes > self.most_bytes {
            return false;
        }
        self.rows.push(rows.clone());
        true
    }

    /// Keeps what was collected, which is all.
    pub(super) fn keep(self, session: &Session) {
        session.database.results().keep(self.key, self.source, self.rows.into(), self.microseconds);
    }
}

impl Session {
    /// Parameters with their types, the settings and the schema that a query is compiled for.
    fn circumstances(&self, schema: Moment, parameters: &Chunk) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend(self.settings.bytes());
        bytes.extend((self.vector_effort().unwrap_or_default() as u64).to_le_bytes());
        bytes.extend(schema.0.to_le_bytes());
        write_parameters(parameters, &mut bytes);
        bytes
    }
}

fn write_parameters(parameters: &Chunk, bytes: &mut Vec<u8>) {
    if parameters.rows() == 0 {
        return;
    }
    for number in 0..parameters.width() {
        let (class, value): (u8, &[u8]) = match parameters.column(number).get(0) {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(value) => (1, &value.to_le_bytes()),
            ValueRef::Real(value) => (2, &value.to_bits().to_le_bytes()),
            ValueRef::Text(text) => (3, text),
            ValueRef::Blob(blob) => (4, blob),
        };
        bytes.push(class);
        bytes.extend((value.len() as u64).to_le_bytes());
        bytes.extend(value);
    }
}
