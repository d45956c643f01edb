//! Reading all rows of a table, or a range of rowids, through the cache of columns.
//!
//! What the cache has is handed on as it is, column by column, without a copy. What it does not have is read from the
//! view, chunk by chunk, and given to the cache. A reader whose own changes lie over the table is served by the plain
//! [`Scan`], which sees them.
//!
//! Where the statement changes the rows, nothing is given to the cache, for what is read is about to be old. Then the
//! scan applies the condition on its rows itself, and decodes no more than it has to ([`Selective`]). Where the cache has
//! what the condition needs, and few rows meet it, these are looked up one by one.

use std::sync::Arc;

use helios_core::Result;
use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::{Reader, ScanGuard};

use super::limits::{Limits, ReadyLimits};
use super::place::bound_values;
use super::scan::{FIRST_ROWS, RowLayout, STORED_BYTES, Scan};
use super::selective::{PushRow, Selective};
use super::{Context, Operator, eval};
use crate::cache::{END, FIRST, KeptRows, Piece, Position, TableState, place_of};
use crate::catalog::Table;
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::monitor::Meter;
use crate::plan::{self, Access, Expr, PastReader};
use crate::table::rowid_range;

/// To look a row up costs about as much as to read so many on the way.
const LOOK_UP: usize = 6;

#[derive(Debug)]
pub(super) struct KeptScan {
    table: Arc<Table>,
    access: Access,
    /// The columns by position in the table; the last one is the rowid, which the cache needs.
    columns: Vec<Option<usize>>,
    /// Whether the rowid was asked for and is handed on.
    shows_rowid: bool,
    layout: RowLayout,
    /// Where it reads the past: what is put there before the plan runs, and the reader itself while it is open.
    past_place: Option<PastReader>,
    past: Option<Reader>,
    /// Reads where the cache must not be asked.
    plain: Scan,
    /// Whether what is read is given to the cache.
    keeps: bool,
    /// What rows have to meet, as far as it can be told of whole chunks.
    limits: Limits,
    ready_limits: ReadyLimits,
    /// What rows have to meet, if the scan sees to that.
    condition: Option<(Expr, Selective)>,
    /// What the cache is asked for; `None` while the plain scan reads.
    state: Option<TableState>,
    at: Position,
    end: Position,
    /// Rows of the first chunk that is read, and of the next.
    first_rows: usize,
    rows: usize,
}

impl KeptScan {
    /// Whether a scan can be served by the cache.
    pub(super) fn suits(scan: &plan::Scan) -> bool {
        let is_range = matches!(scan.access, Access::All | Access::RowidRange(_));
        is_range
            && !scan.backward
            // What is kept is of the session's own database.
            && scan.table.slot == 0
            && scan.table.row_key.is_none()
            // What is kept is known by positions, which change when a column is dropped.
            && scan.table.layouts.newest() == 0
            && !scan.table.is_internal()
    }

    /// Whether a scan sees to a condition on its rows itself.
    pub(super) fn takes_condition(scan: &plan::Scan) -> bool {
        KeptScan::suits(scan) && scan.for_change
    }

    /// A scan that `plain` does without the cache. `condition` is in terms of the places of the scan's columns.
    pub(super) fn new(scan: &plan::Scan, plain: Scan, condition: Option<Expr>) -> KeptScan {
        let mut columns: Vec<Option<usize>> = scan.columns.iter().map(|(position, _)| *position).collect();
        let shows_rowid = columns.last().is_some_and(Option::is_none);
        if !shows_rowid {
            columns.push(None);
        }
        let condition = condition.map(|condition| {
            let selective = Selective::new(&scan.table, &columns, &condition);
            (condition, selective)
        });
        KeptScan {
            table: scan.table.clone(),
            access: scan.access.clone(),
            layout: RowLayout::new(&scan.table, &columns),
            columns,
            shows_rowid,
            past_place: scan.reader.clone(),
            past: None,
            plain,
            keeps: !scan.for_change && matches!(scan.access, Access::All),
            condition,
            limits: Limits::default(),
            ready_limits: ReadyLimits::default(),
            state: None,
            at: FIRST,
            end: END,
            first_rows: scan.first_rows.unwrap_or(FIRST_ROWS).min(CHUNK_ROWS),
            rows: FIRST_ROWS,
        }
    }

    /// Leaves out kept chunks of which no row meets the conditions, which somebody else looks at for each row.
    pub(super) fn within(self, limits: Limits) -> KeptScan {
        KeptScan { limits, ..self }
    }

    /// The range of rowids that is asked for; empty if it is none.
    fn range(&self, context: &mut Context) -> Result<(Position, Position)> {
        let Access::RowidRange(bounds) = &self.access else {
            return Ok((FIRST, END));
        };
        let Some((start, end)) = rowid_range(&bound_values(bounds, context)?) else {
            return Ok((FIRST, FIRST));
        };
        let position = |key: &[u8]| key::read_rowid(&mut &key[..]).map(Position::from);
        let start = if start.is_empty() { FIRST } else { position(&start)? };
        Ok((start, end.map_or(Ok(END), |end| position(&end))?))
    }

    /// Leaves rows out that do not meet the condition.
    fn select(&self, context: &mut Context, out: &mut Chunk) -> Result<()> {
        if let Some((condition, _)) = &self.condition {
            let condition = eval::evaluate(condition, context, out)?;
            out.select(&eval::true_rows(&condition));
        }
        Ok(())
    }

    /// Hands on what the cache has, and says where it ends.
    fn show(&self, kept: &KeptRows, out: &mut Chunk) -> Position {
        let end = kept.end.min(self.end);
        let (first, after) = (place_of(&kept.rowids, self.at), place_of(&kept.rowids, end));
        out.drop_columns();
        kept.columns.iter().for_each(|kept| out.push_column(kept.column().clone()));
        out.set_rows(kept.rowids.len());
        out.slice(first, after);
        end
    }

    /// Reads the next rows where the cache has only what the condition needs, and few rows meet it. Says whether it did.
    fn look_up(&mut self, state: &TableState, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        let Some((_, selective)) = &self.condition else { return Ok(false) };
        let piece = context.facts.resources.columns.piece(state, self.at, selective.early_columns());
        let Piece::Kept(kept) = piece else { return Ok(false) };
        let mut rows = Chunk::default();
        let mut end = self.show(&kept, &mut rows);
        let found = selective.find(&rows, context)?;
        if found.len() * LOOK_UP > rows.rows() {
            return Ok(false);
        }
        context.note(Meter::add_kept_chunk);
        out.reset(self.columns.len());
        let mut columns: Vec<&mut Column> = out.columns_mut().collect();
        let rowids = rows.column(rows.width() - 1);
        let (mut read, mut bytes, mut row_key) = (0, 0, Vec::with_capacity(9));
        for row in found {
            let rowid = rowids.get(row as usize).to_integer();
            row_key.clear();
            key::write_rowid(rowid, &mut row_key);
            let mut pushed = Ok(());
            let reader = self.past.as_ref().unwrap_or(&context.reader);
            let exists = reader.get(self.table.space, &row_key, &mut |version| {
                bytes += version.payload.len();
                pushed = self.layout.push(&row_key, version.payload, &mut columns);
            })?;
            pushed?;
            read += usize::from(exists);
            if bytes >= STORED_BYTES {
                end = Position::from(rowid) + 1;
                break;
            }
        }
        out.set_rows(read);
        self.at = end;
        Ok(true)
    }

    /// Reads the next rows before `end` from the view.
    fn read(&mut self, end: Position, context: &mut Context, out: &mut Chunk) -> Result<()> {
        let (start_key, end_key) = (key_of(self.at), key_of(end));
        let range = KeyRange::new(start_key.as_deref().unwrap_or_default(), end_key.as_deref());
        let last = if let Some((_, selective)) = &mut self.condition {
            let reader = self.past.as_ref().unwrap_or(&context.reader);
            let guard = reader.scan(self.table.space);
            let last = selective.read(|push| visit_rows(&guard, range, self.rows, push))?;
            drop(guard);
            selective.select(context, out)?;
            last
        } else {
            out.reset(self.columns.len());
            let mut columns: Vec<&mut Column> = out.columns_mut().collect();
            let reader = self.past.as_ref().unwrap_or(&context.reader);
            let guard = reader.scan(self.table.space);
            let mut rows = 0;
            let last = visit_rows(&guard, range, self.rows, &mut |key, payload| {
                rows += 1;
                self.layout.push(key, payload, &mut columns)
            })?;
            out.set_rows(rows);
            last
        };
        self.at = last.map_or(end, |rowid| Position::from(rowid) + 1);
        Ok(())
    }

    /// Gives what was read of a range to the cache.
    fn keep(&self, state: &TableState, range: (Position, Position), context: &Context, out: &Chunk) {
        let columns = self.columns.iter().zip(out.columns());
        let columns = columns.filter_map(|(position, column)| Some(((*position)?, column.clone())));
        context.facts.resources.columns.keep(
            state,
            range,
            out.column(self.columns.len() - 1).clone(),
            columns,
        );
    }
}

/// Calls `push` with the first rows of a range, at most `most`. If there are more: the rowid of the last of them.
fn visit_rows(
    guard: &ScanGuard<'_>,
    range: KeyRange<'_>,
    most: usize,
    push: &mut PushRow<'_>,
) -> Result<Option<i64>> {
    let mut cursor = guard.cursor(range, Direction::Forward)?;
    let (mut rows, mut bytes, mut last) = (0, 0, 0);
    let more = cursor.visit(&mut |key, version| {
        push(key, version.payload)?;
        rows += 1;
        bytes += version.payload.len();
        let is_full = rows == most || bytes >= STORED_BYTES;
        if is_full {
            last = key::read_rowid(&mut &key[..])?;
        }
        Ok(!is_full)
    })?;
    Ok(more.then_some(last))
}

/// The key of the row at a position; `None` for the positions before and behind all rows.
fn key_of(at: Position) -> Option<Vec<u8>> {
    let rowid = i64::try_from(at).ok().filter(|_| at != FIRST)?;
    let mut bytes = Vec::with_capacity(9);
    key::write_rowid(rowid, &mut bytes);
    Some(bytes)
}

impl Operator for KeptScan {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.rows = self.first_rows;
        self.past = self.past_place.as_ref().map(PastReader::get).transpose()?;
        self.state = TableState::of(self.past.as_ref().unwrap_or(&context.reader), self.table.space);
        if self.state.is_none() {
            return self.plain.open(context);
        }
        self.ready_limits = self.limits.ready(context);
        (self.at, self.end) = self.range(context)?;
        let (start, end) = (key_of(self.at), key_of(self.end));
        let range = KeyRange::new(start.as_deref().unwrap_or_default(), end.as_deref());
        if self.past.is_none() {
            context.reader.note_range(self.table.space, range);
        }
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        let Some(state) = self.state else {
            while self.plain.next(context, out)? {
                self.select(context, out)?;
                if out.rows() > 0 {
                    return Ok(true);
                }
            }
            return Ok(false);
        };
        while self.at < self.end {
            match context.facts.resources.columns.piece(&state, self.at, &self.columns) {
                Piece::Kept(kept) if !self.ready_limits.may_hold(|place| kept.columns[place].bounds()) => {
                    context.note(Meter::add_skipped_chunk);
                    self.at = kept.end.min(self.end);
                    continue;
                }
                Piece::Kept(kept) => {
                    context.note(Meter::add_kept_chunk);
                    self.at = self.show(&kept, out);
                    self.select(context, out)?;
                }
                Piece::Gap { .. } if self.look_up(&state, context, out)? => {}
                Piece::Gap { end, keeps } => {
                    context.note(Meter::add_read_chunk);
                    let start = self.at;
                    self.read(end.min(self.end), context, out)?;
                    if keeps && self.keeps {
                        self.keep(&state, (start, self.at), context, out);
                    }
                }
            }
            context.interrupt.check_rows(out.rows() + 1)?;
            self.rows = (self.rows * 4).min(CHUNK_ROWS);
            if out.rows() > 0 {
                if !self.shows_rowid {
                    out.pop_column();
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn close(&mut self) {
        self.past = None;
    }
}
