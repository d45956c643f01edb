//! What the optimiser asks of tables: how many rows they have, and what their indexes look like.
//!
//! In: a table of a view. Out: numbers that are about right, at the cost of a look at a few entries. The numbers of rows are
//! kept from one statement to the next as long as nothing is committed, and within a transaction as long as it has changed
//! few rows.

use helios_core::Result;
use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::versioned::{BranchId, BranchState};

use super::environment::{Place, View};
use crate::bind::Environment;
use crate::catalog::{Index, Table};
use crate::optimize::Statistics;
use crate::table::{Agreeing, agreeing};

/// Of a table with fewer rows the indexes are not looked at.
const SAMPLED_ROWS: f64 = 1000.0;
/// So many rows of a table are counted.
const COUNTED_ROWS: usize = 32;
/// The number of rows where nothing tells it.
const UNKNOWN_ROWS: f64 = 1000.0;
/// A number of rows is about right until the transaction has changed one in so many of them.
const CHANGED_SHARE: f64 = 8.0;
/// So many numbers of rows are kept.
const MOST_COUNTS: usize = 64;

/// The numbers of rows that were asked for.
#[derive(Debug, Default)]
pub(super) struct Counts {
    counts: Vec<Count>,
    /// The branch and the committed state that they were taken from.
    taken_from: Option<(BranchId, BranchState)>,
}

#[derive(Debug)]
struct Count {
    place: Place,
    rows: f64,
    kind: CountKind,
}

/// How long a number of rows is about right.
#[derive(Clone, Copy, Debug, PartialEq)]
enum CountKind {
    /// It is that of `main` as it is committed: until somebody commits.
    Committed,
    /// Nobody else changes what the session sees: until it has changed many rows more than it had then.
    Own(i64),
    /// For one statement.
    Passing,
}

impl Counts {
    /// What of them is as true of another view, by a session that has changed so many rows up to now.
    pub(super) fn seen_from(
        mut self,
        branch: BranchId,
        state: Option<BranchState>,
        total_changes: i64,
    ) -> Counts {
        let now = state.map(|state| (branch, state));
        let is_same = now.is_some() && now == self.taken_from;
        self.counts.retain(|count| match count.kind {
            CountKind::Committed => is_same,
            CountKind::Own(before) => (total_changes - before) as f64 * CHANGED_SHARE <= count.rows,
            CountKind::Passing => false,
        });
        if self.counts.len() > MOST_COUNTS {
            self.counts.clear();
        }
        Counts { taken_from: now, ..self }
    }

    /// Forgets what was counted in a transaction that has ended, or a part of which was undone.
    pub(super) fn forget_uncommitted(&mut self) {
        self.counts.retain(|count| count.kind == CountKind::Committed);
    }

    fn get(&self, place: Place, kind: CountKind) -> Option<f64> {
        let is_committed = |kind| kind == CountKind::Committed;
        let is_it = |count: &&Count| count.place == place && is_committed(count.kind) == is_committed(kind);
        self.counts.iter().find(is_it).map(|count| count.rows)
    }

    fn add(&mut self, count: Count) {
        self.counts.push(count);
    }
}

impl Statistics for View {
    /// Of small tables the number of rows; of others what the distance between rowids says, or what ANALYZE found.
    fn rows(&self, table: &Table) -> f64 {
        let place = (table.slot, table.space);
        let kind = match table.slot {
            0 if self.reader.committed_state(table.space).is_some() => CountKind::Committed,
            slot if slot == 0 || self.schema_name(slot) == "temp" => CountKind::Own(self.facts.total_changes),
            _ => CountKind::Passing,
        };
        if let Some(rows) = self.counts.borrow().get(place, kind) {
            return rows;
        }
        // An error here comes back when the table is read.
        let rows = self.count_rows(table).unwrap_or(UNKNOWN_ROWS);
        self.counts.borrow_mut().add(Count { place, rows, kind });
        rows
    }

    fn rowids(&self, table: &Table) -> Option<(i64, i64)> {
        if !table.has_rowid() || table.view.is_some() || table.module.is_some() {
            return None;
        }
        // An error here comes back when the table is read.
        self.end_of(table, Direction::Forward).ok()?.zip(self.end_of(table, Direction::Backward).ok()?)
    }

    fn agreeing(&self, table: &Table, index: &Index, columns: usize) -> Option<f64> {
        self.agreeing_entries(table, index)?.get(columns.checked_sub(1)?).copied().flatten()
    }
}

impl View {
    /// Of a small table nothing is said: what it looks like today is no reason to plan for that.
    fn agreeing_entries(&self, table: &Table, index: &Index) -> Option<Agreeing> {
        let place = (table.slot, index.space);
        if let Some((_, known)) = self.sampled.borrow().iter().find(|(known, _)| *known == place) {
            return known.clone();
        }
        // An error here comes back when the index is read.
        let found = self.sample(table, index).unwrap_or_default();
        self.sampled.borrow_mut().push((place, found.clone()));
        found
    }

    fn sample(&self, table: &Table, index: &Index) -> Result<Option<Agreeing>> {
        let rows = self.rows(table);
        if rows < SAMPLED_ROWS {
            return Ok(None);
        }
        let reader = self.reader_of(table).unrecorded();
        match table.slot {
            0 => self.database.samples().agreeing(&reader, index, rows).map(Some),
            _ => agreeing(&reader, index).map(Some),
        }
    }

    /// The first rowid of a table from one of its ends.
    fn end_of(&self, table: &Table, direction: Direction) -> Result<Option<i64>> {
        let reader = self.reader_of(table).unrecorded();
        let guard = reader.scan(table.space);
        let mut cursor = guard.cursor(KeyRange::ALL, direction)?;
        if !cursor.advance()? {
            return Ok(None);
        }
        key::read_rowid(&mut cursor.key()).map(Some)
    }

    fn count_rows(&self, table: &Table) -> Result<f64> {
        // How fast a plan is is nothing that another transaction could make wrong.
        let reader = self.reader_of(table).unrecorded();
        let guard = reader.scan(table.space);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
        let (mut counted, mut first, mut last) = (0_usize, Vec::new(), Vec::new());
        let more = cursor.visit(&mut |key, _| {
            counted += 1;
            if counted == 1 {
                first = key.to_vec();
            } else if counted == COUNTED_ROWS {
                last = key.to_vec();
            }
            Ok(counted < COUNTED_ROWS)
        })?;
        drop(cursor);
        if !more {
            return Ok(counted as f64);
        }
        if !table.has_rowid() {
            return Ok(table.analyzed_rows.unwrap_or(UNKNOWN_ROWS).max(counted as f64));
        }
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Backward)?;
        cursor.advance()?;
        let end = key::read_rowid(&mut cursor.key())? as f64;
        let (first, last) =
            (key::read_rowid(&mut &first[..])? as f64, key::read_rowid(&mut &last[..])? as f64);
        let distance = end - first + 1.0;
        // Where rowids are far apart, they are about as far apart everywhere.
        let dense = distance * counted as f64 / (last - first + 1.0);
        Ok(table.analyzed_rows.filter(|_| dense < distance / 2.0).unwrap_or(dense).max(counted as f64))
    }
}
