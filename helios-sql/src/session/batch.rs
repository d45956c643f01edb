//! A statement once for each of many parameter sets.
//!
//! In: a statement that gives no rows, and the sets as the rows of a chunk. Out: what it does for each in turn, those before
//! an error included. An INSERT of lone rows runs for all of them together; where a row is more than itself, as one whose
//! reference is not met yet, it is a statement of its own between two that run together.

use helios_core::Result;

use super::Session;
use super::statement::{Program, Statement};
use crate::chunk::Chunk;

/// Where fewer rows than this came before one that runs alone, it is not alone.
const FEW_TOGETHER: usize = 8;

/// So many rows then run one by one before it is tried again.
const MOST_ALONE: usize = 64;

impl Session {
    /// Runs a statement that gives no rows once for each row of `parameters`, as if started for each in turn. What
    /// rows before an error did, stays done.
    pub fn run_batch(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        self.reset(statement);
        if self.timing.is_on() && statement.is_asked_for {
            let rows = parameters.rows() as u64;
            return self.timed(statement, rows, |session, statement| session.run_rows(statement, parameters));
        }
        self.run_rows(statement, parameters)
    }

    fn run_rows(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        if let Program::Insert(program, _) = &statement.program
            && program.batch.is_some()
            // Nobody is told of an execution before it is known to be one.
            && !(program.may_stop() && (self.is_traced() || self.seen_statements.is_some()))
            && statement.columns.is_empty()
            && !self.lends_to(statement)
        {
            return self.run_together(statement, parameters);
        }
        self.run_one_by_one(statement, parameters).map(|changes| self.changes = changes)
    }

    /// Runs an INSERT for many rows at once, and by itself for each that has to be a statement of its own.
    fn run_together(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        let (mut begin, mut changes) = (0, 0);
        loop {
            let mut rest = parameters.clone();
            rest.slice(begin, parameters.rows());
            self.begin_running(statement, &rest)?;
            self.stopped_after = None;
            let changed = match self.is_far() {
                true => self
                    .on_newest(statement, |session, statement| session.change_rows(statement, &rest, true)),
                false => self.change_rows(statement, &rest, true),
            };
            self.changes += changes;
            changed?;
            let Some(taken) = self.stopped_after.take() else { return Ok(()) };
            changes = self.changes;
            statement.stop();
            // Where rows came to it soon, the next ones may as well.
            let alone = if taken < FEW_TOGETHER { MOST_ALONE } else { 1 };
            begin += taken;
            let mut next = parameters.clone();
            next.slice(begin, parameters.rows().min(begin + alone));
            begin += next.rows();
            changes += self.run_one_by_one(statement, &next)?;
            self.changes = changes;
            if begin == parameters.rows() {
                return Ok(());
            }
        }
    }

    /// Runs a statement for each row of the parameters, and says how many rows all have changed.
    fn run_one_by_one(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<i64> {
        let mut changes = 0;
        for row in 0..parameters.rows() {
            let mut one = parameters.clone();
            one.select(&[row as u32]);
            self.start_now(statement, &one)?;
            changes += self.changes;
            statement.stop();
        }
        Ok(changes)
    }
}
