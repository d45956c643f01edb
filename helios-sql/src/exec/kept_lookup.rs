//! Rows by their keys, out of the cache of columns.
//!
//! In: the keys of rows that an index has found, chunk by chunk. Out: their columns, in the order of the keys, from what
//! [`KeptScan`] keeps of the table. A row costs a driver about a microsecond and a kept one a twentieth of that, so an
//! index that finds a large part of a table is worth reading the table once: that is done when the scan has looked up
//! as many rows one by one as reading all of them costs.
//!
//! A transaction whose reads are remembered looks rows up one by one: it is to conflict with changes of those only.

use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::versioned::BranchState;
use helios_core::{Result, ValueRef};

use super::kept_scan::KeptScan;
use super::scan::Scan;
use super::{Context, Operator};
use crate::cache::{END, FIRST, KeptRows, Piece, Position, TableMoment, TableState, place_of};
use crate::chunk::Chunk;
use crate::monitor::Meter;
use crate::plan::{self, Access, Probe};

/// From so many rows at once on it is worth a look whether the whole table is kept.
const MANY: usize = 256;

/// Reading so many rows in the order of the table costs as much as looking one up.
const READ_PER_LOOKUP: u64 = 14;

/// The rows of a table, as far as they are kept.
#[derive(Debug)]
pub(super) struct KeptLookup {
    /// All rows of the table.
    whole: plan::Scan,
    /// The columns by position in the table, and the rowid.
    columns: Vec<Option<usize>>,
    /// All that is kept of the table at a state, if that is all of it.
    kept: Option<(BranchState, Vec<KeptRows>)>,
    /// How many rows were looked up one by one.
    looked_up: u64,
    /// About how many rows the table has, once it was asked.
    rows: Option<u64>,
    /// Whether the table was looked for in the cache, and whether it was read for that.
    was_asked: bool,
    was_read: bool,
}

impl KeptLookup {
    /// The lookup for the rows that a scan finds by an index; `None` where they cannot come out of the cache, or are few.
    pub(super) fn new(scan: &plan::Scan) -> Option<KeptLookup> {
        let is_past = scan.reader.is_some();
        if is_past || scan.for_change || matches!(scan.access, Access::All | Access::RowidRange(_)) {
            return None;
        }
        if let Access::Rowids(Probe::Value(_) | Probe::Same(_)) = scan.access {
            return None;
        }
        let whole = plan::Scan { access: Access::All, backward: false, first_rows: None, ..scan.clone() };
        let columns = scan.columns.iter().map(|(position, _)| *position).chain([None]).collect();
        KeptScan::suits(&whole).then(|| KeptLookup {
            whole,
            columns,
            kept: None,
            looked_up: 0,
            rows: None,
            was_asked: false,
            was_read: false,
        })
    }

    /// Appends the rows with these keys, those that exist, and says whether it could.
    pub(super) fn read(&mut self, rowids: &[i64], context: &mut Context, out: &mut Chunk) -> Result<bool> {
        if !self.is_ready(rowids.len(), context)? {
            return Ok(false);
        }
        let Some((_, pieces)) = &self.kept else { return Ok(false) };
        let mut found: Vec<(u32, u32)> = Vec::with_capacity(rowids.len());
        for &rowid in rowids {
            let at = Position::from(rowid);
            let piece = pieces.partition_point(|piece| piece.end <= at);
            let Some(rows) = pieces.get(piece) else { continue };
            let row = place_of(&rows.rowids, at);
            if row < rows.rowids.len()
                && matches!(rows.rowids.get(row), ValueRef::Integer(found) if found == rowid)
            {
                found.push((piece as u32, row as u32));
            }
        }
        for (place, column) in out.columns_mut().enumerate() {
            for &(piece, row) in &found {
                column.push(pieces[piece as usize].columns[place].column().get(row as usize));
            }
        }
        out.set_rows(out.rows() + found.len());
        Ok(true)
    }

    /// Whether the whole table is there, at the state that is read now.
    fn is_ready(&mut self, rows: usize, context: &mut Context) -> Result<bool> {
        if context.reader.is_recorded() {
            return Ok(false);
        }
        let space = self.whole.table.space;
        let Some(state) = context.reader.committed_state(space) else { return Ok(false) };
        if self.kept.as_ref().is_some_and(|(of, _)| *of == state) {
            return Ok(true);
        }
        self.kept = None;
        self.looked_up += rows as u64;
        let at = TableMoment::Present(state);
        let table = TableState { branch: context.reader.branch(), space, at };
        if !self.was_asked && rows >= MANY {
            self.was_asked = true;
            self.take_kept(state, &table, context);
        }
        if self.kept.is_none()
            && !self.was_read
            && self.looked_up >= MANY as u64
            && self.is_worth_reading(&table, context)?
        {
            self.was_read = true;
            self.read_all(context)?;
            self.take_kept(state, &table, context);
        }
        Ok(self.kept.is_some())
    }

    /// Takes what the cache has of the table, if it has all of it.
    fn take_kept(&mut self, state: BranchState, table: &TableState, context: &Context) {
        let (mut at, mut pieces) = (FIRST, Vec::new());
        while at < END {
            let Piece::Kept(rows) = context.facts.resources.columns.piece(table, at, &self.columns) else {
                return;
            };
            at = rows.end;
            pieces.push(rows);
        }
        pieces.iter().for_each(|_| context.note(Meter::add_kept_chunk));
        self.kept = Some((state, pieces));
    }

    /// Whether as many rows were looked up as reading the whole table costs, and the cache would keep it.
    fn is_worth_reading(&mut self, table: &TableState, context: &Context) -> Result<bool> {
        let rows = match self.rows {
            Some(rows) => rows,
            None => *self.rows.insert(most_rows(table, context)?),
        };
        if self.looked_up.saturating_mul(READ_PER_LOOKUP) < rows {
            return Ok(false);
        }
        let piece = context.facts.resources.columns.piece(table, FIRST, &self.columns);
        Ok(!matches!(piece, Piece::Gap { keeps: false, .. }))
    }

    /// Reads the whole table, so that the cache has it.
    fn read_all(&self, context: &mut Context) -> Result<()> {
        let mut scan = KeptScan::new(&self.whole, Scan::new(&self.whole), None);
        let mut rows = Chunk::default();
        scan.open(context)?;
        while scan.next(context, &mut rows)? {}
        scan.close();
        Ok(())
    }
}

/// How many rows a table can have: one for each rowid from the first to the last.
fn most_rows(table: &TableState, context: &Context) -> Result<u64> {
    let end = |direction| {
        let guard = context.reader.scan(table.space);
        let mut cursor = guard.cursor(KeyRange::ALL, direction)?;
        if !cursor.advance()? {
            return Ok(None);
        }
        key::read_rowid(&mut cursor.key()).map(Some)
    };
    let (first, last) = (end(Direction::Forward)?, end(Direction::Backward)?);
    Ok(first.zip(last).map_or(0, |(first, last)| last.abs_diff(first).saturating_add(1)))
}
