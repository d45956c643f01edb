//! The versions of a table's rows, as a virtual table.
//!
//! In: a table, a period and, perhaps, the rowid that is asked for. Out: for each version its columns, its rowid, and
//! when it was true. Rows are read some hundred keys at a time; no cursor stays open between.

use std::sync::Arc;

use helios_core::branch::Branching;
use helios_core::clock::Moment;
use helios_core::encoding::key::{self, after_components};
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::{BranchId, Lifetime};
use helios_core::{Result, Value, ValueRef};

use super::merge::decode;
use super::moment::write_moment;
use crate::catalog::Table;
use crate::module::{
    Constraint, IndexChoice, IndexRequest, Operator, RowSink, Usage, VirtualColumn, VirtualCursor,
    VirtualScan, VirtualTable,
};
use crate::plan::Period;
use crate::table::rowid_of_value;

/// So many versions are read at once, and what is left of their last key.
const BATCH: usize = 512;

/// Where versions are read from.
#[derive(Clone, Debug)]
pub(super) enum Versions {
    /// What is committed, with its history.
    Committed(Arc<dyn Branching>, BranchId),
    /// The present that a statement sees, with what its transaction has not committed.
    Present(Reader),
}

/// Versions of the rows of a table: its columns, and when each was true.
#[derive(Clone, Debug)]
pub(super) struct VersionTable {
    table: Arc<Table>,
    period: Period,
    versions: Versions,
    /// Since when all versions are there; what ended before is not shown, for some of it is gone.
    since: Moment,
    columns: Arc<[VirtualColumn]>,
}

impl VersionTable {
    pub(super) fn new(table: &Arc<Table>, period: Period, versions: Versions, since: Moment) -> VersionTable {
        let names =
            table.columns.iter().map(|column| &*column.name).chain(["system_time", "system_time_end"]);
        let columns = names.map(VirtualColumn::new).collect();
        VersionTable { table: table.clone(), period, versions, since, columns }
    }
}

impl VirtualTable for VersionTable {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn columns(&self) -> &[VirtualColumn] {
        &self.columns
    }

    /// A rowid that is known is looked up.
    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        let is_rowid = |constraint: &Constraint| {
            self.table.has_rowid() && constraint.column.is_none() && constraint.operator == Operator::Equal
        };
        let chosen = request.constraints.iter().position(is_rowid);
        let usage = |number| if chosen == Some(number) { Usage::Inexact } else { Usage::Unsupported };
        let usages = (0..request.constraints.len()).map(usage).collect();
        Ok(IndexChoice {
            usages,
            rows: if chosen.is_some() { 10.0 } else { 10_000.0 },
            ..IndexChoice::default()
        })
    }

    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        let mut rows = VersionRows {
            of: self.clone(),
            wanted: scan.wanted.to_vec(),
            start: Some(Vec::new()),
            end: None,
            ready: Vec::new().into_iter(),
        };
        if let [rowid] = scan.values {
            match rowid_of_value(rowid.as_ref()) {
                Some(rowid) => {
                    let mut start = Vec::new();
                    key::write_rowid(rowid, &mut start);
                    rows.end = Some(after_components(&start));
                    rows.start = Some(start);
                }
                None => rows.start = None,
            }
        }
        Ok(Box::new(rows))
    }
}

#[derive(Debug)]
struct VersionRows {
    of: VersionTable,
    wanted: Vec<usize>,
    /// The first key that was not read; `None` at the end.
    start: Option<Vec<u8>>,
    end: Option<Vec<u8>>,
    ready: std::vec::IntoIter<Vec<Value>>,
}

impl VersionRows {
    fn read(&mut self) -> Result<()> {
        let Some(start) = self.start.take() else { return Ok(()) };
        let VersionTable { table, period, versions, since, .. } = &self.of;
        let range = KeyRange::new(&start, self.end.as_deref());
        let mut rows = Vec::new();
        let mut last: Vec<u8> = Vec::new();
        let mut next = None;
        let mut seen = 0;
        let mut take = |key: &[u8], lifetime: Lifetime, payload: &[u8]| {
            if seen >= BATCH && last != key {
                next = Some(key.to_vec());
                return Ok(false);
            }
            seen += 1;
            last.clear();
            last.extend_from_slice(key);
            if lifetime.end > *since && period.holds(lifetime.begin, lifetime.end) {
                let mut row = decode(table, key, payload)?;
                let time = |moment: Moment| match moment {
                    Moment::PRESENT => Value::Null,
                    moment => Value::text(&write_moment(moment)),
                };
                let rowid = row.pop().unwrap_or(Value::Null);
                row.extend([time(lifetime.begin), time(lifetime.end), rowid]);
                rows.push(row);
            }
            Ok(true)
        };
        match versions {
            Versions::Committed(state, branch) => state.versions(*branch, table.space, range, &mut take)?,
            Versions::Present(reader) => {
                let guard = reader.scan(table.space);
                let mut cursor = guard.cursor(range, Direction::Forward)?;
                cursor.visit(&mut |key, version| {
                    take(key, Lifetime { begin: version.begin, end: Moment::PRESENT }, version.payload)
                })?;
            }
        }
        self.start = next;
        self.ready = rows.into_iter();
        Ok(())
    }
}

impl VirtualCursor for VersionRows {
    fn fill(&mut self, _: &Reader, out: &mut dyn RowSink) -> Result<()> {
        while !out.is_full() {
            let Some(row) = self.ready.next() else {
                if self.start.is_none() {
                    return Ok(());
                }
                self.read()?;
                continue;
            };
            for (place, column) in self.wanted.iter().enumerate() {
                out.value(place, row.get(*column).map_or(ValueRef::Null, Value::as_ref));
            }
            out.end_row();
        }
        Ok(())
    }
}
