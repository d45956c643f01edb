//! Reading a table: all rows, rows by rowid, rows by an index.
//!
//! A scan reads a chunk at a time: it opens a cursor where it stopped, decodes the columns that are asked for straight
//! from the driver's bytes, and closes it. Chunks grow from a few rows, so that a query that wants one row pays for one.

use std::sync::Arc;

use helios_core::encoding::key::{self, after_components};
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::{Result, ValueRef};

use super::covering::Covering;
use super::{Context, Operator, eval};
use crate::catalog::{Index, Table};
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::plan::{Access, Bounds, Expr};
use crate::table::{IndexRange, RowDecoder, entry_row_key, index_range, rowid_of_value, rowid_range};

/// The first chunk of a scan has so many rows; each further one four times as many.
pub(super) const FIRST_ROWS: usize = 16;

/// Which columns of a row go where.
#[derive(Clone, Debug)]
pub(super) struct RowLayout {
    decoder: RowDecoder,
    /// Where each of the columns goes in the chunk.
    targets: Vec<usize>,
    /// Where the rowid goes.
    rowids: Vec<usize>,
    columns: Vec<Option<usize>>,
}

impl RowLayout {
    /// The layout for columns by their positions in the table; `None` is the rowid.
    pub(super) fn new(table: &Table, columns: &[Option<usize>]) -> RowLayout {
        let mut pairs: Vec<(usize, usize)> = columns
            .iter()
            .enumerate()
            .filter_map(|(target, position)| Some(((*position)?, target)))
            .collect();
        pairs.sort_unstable();
        let rowids = columns.iter().enumerate().filter(|(_, position)| position.is_none());
        RowLayout {
            decoder: RowDecoder::new(table, pairs.iter().map(|(position, _)| *position).collect()),
            targets: pairs.iter().map(|(_, target)| *target).collect(),
            rowids: rowids.map(|(target, _)| target).collect(),
            columns: columns.to_vec(),
        }
    }

    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// The columns by position in the table; `None` is the rowid.
    pub(super) fn columns(&self) -> &[Option<usize>] {
        &self.columns
    }

    /// Appends a row. `columns` are all columns of the chunk.
    #[inline]
    pub(super) fn push(&self, mut row_key: &[u8], payload: &[u8], columns: &mut [&mut Column]) -> Result<()> {
        if !self.rowids.is_empty() {
            let rowid = key::read_rowid(&mut row_key)?;
            for &target in &self.rowids {
                columns[target].push(ValueRef::Integer(rowid));
            }
        }
        self.decoder.decode(payload, |place, value| columns[self.targets[place]].push(value))
    }
}

/// A scan by any access.
#[derive(Debug)]
pub(super) struct Scan {
    table: Arc<Table>,
    reader: Option<Reader>,
    layout: RowLayout,
    access: Access,
    direction: Direction,
    /// How to do without the rows themselves, where an index has all that is asked for.
    covering: Option<Covering>,
    state: State,
    /// Rows of the next chunk.
    rows: usize,
}

/// How far a scan is.
#[derive(Debug)]
enum State {
    Done,
    /// Rowids that are still to be looked up.
    Rowids(std::vec::IntoIter<i64>),
    /// Keys from `start` to before `end` are still to be read; of a backward scan, those before `end`.
    Range {
        start: Vec<u8>,
        end: Option<Vec<u8>>,
    },
    /// Entries of an index are still to be read.
    Index {
        start: Vec<u8>,
        end: Option<Vec<u8>>,
        index: Arc<Index>,
    },
}

impl Scan {
    pub(super) fn new(
        table: Arc<Table>,
        reader: Option<Reader>,
        layout: RowLayout,
        access: Access,
        backward: bool,
    ) -> Scan {
        let direction = if backward { Direction::Backward } else { Direction::Forward };
        let covering = match &access {
            Access::Index { index, .. } => Covering::new(index, &table, layout.columns()),
            Access::All | Access::Rowids(_) | Access::RowidRange(_) => None,
        };
        Scan { table, reader, layout, access, direction, covering, state: State::Done, rows: FIRST_ROWS }
    }

    fn begin(&self, context: &mut Context) -> Result<State> {
        Ok(match &self.access {
            Access::All => State::Range { start: Vec::new(), end: None },
            Access::Rowids(exprs) => {
                let mut rowids = Vec::with_capacity(exprs.len());
                for expr in exprs {
                    rowids.extend(rowid_of_value(eval::constant(expr, context)?.as_ref()));
                }
                if rowids.len() > 1 {
                    rowids.sort_unstable();
                    rowids.dedup();
                }
                State::Rowids(rowids.into_iter())
            }
            Access::RowidRange(bounds) => match rowid_range(&bound_values(bounds, context)?) {
                Some((start, end)) => State::Range { start, end },
                None => State::Done,
            },
            Access::Index { index, equal, bounds } => {
                let mut values = Vec::with_capacity(equal.len());
                for expr in equal {
                    values.push(eval::constant(expr, context)?);
                }
                match index_range(&index.columns, &values, &bound_values(bounds, context)?) {
                    IndexRange::Nothing => State::Done,
                    // The rows of a table without rowids are the entries of its primary key.
                    IndexRange::Keys { start, end } if index.space == self.table.space => {
                        State::Range { start, end }
                    }
                    IndexRange::Keys { start, end } => State::Index { start, end, index: index.clone() },
                }
            }
        })
    }

    fn lookup<'k>(
        &self,
        keys: impl Iterator<Item = &'k [u8]>,
        reader: &Reader,
        out: &mut Chunk,
    ) -> Result<()> {
        let mut columns: Vec<&mut Column> = out.columns_mut().collect();
        let mut rows = 0;
        for key in keys {
            let mut pushed = Ok(());
            if reader.get(self.table.space, key, &mut |version| {
                pushed = self.layout.push(key, version.payload, &mut columns);
            })? {
                rows += 1;
            }
            pushed?;
        }
        out.set_rows(rows);
        Ok(())
    }

    /// Reads up to `self.rows` rows of a range and says where the rest begins.
    fn read_range(
        &self,
        start: &mut Vec<u8>,
        end: &mut Option<Vec<u8>>,
        reader: &Reader,
        out: &mut Chunk,
    ) -> Result<bool> {
        let mut columns: Vec<&mut Column> = out.columns_mut().collect();
        let guard = reader.scan(self.table.space);
        let mut cursor = guard.cursor(KeyRange::new(start, end.as_deref()), self.direction)?;
        let mut rows = 0;
        let mut last = Vec::new();
        let more = cursor.visit(&mut |key, version| {
            rows += 1;
            if rows == self.rows {
                last.extend_from_slice(key);
            }
            self.layout.push(key, version.payload, &mut columns)?;
            Ok(rows < self.rows)
        })?;
        drop(cursor);
        out.set_rows(rows);
        if more {
            continue_after(last, self.direction, start, end);
        }
        Ok(more)
    }

    /// Reads the next rows out of an index that covers them. `None`, with nothing read, if a value is in doubt.
    fn read_covered(
        &self,
        covering: &Covering,
        index: &Index,
        (start, end): (&mut Vec<u8>, &mut Option<Vec<u8>>),
        reader: &Reader,
        out: &mut Chunk,
    ) -> Result<Option<bool>> {
        let mut columns: Vec<&mut Column> = out.columns_mut().collect();
        let guard = reader.scan(index.space);
        let mut cursor = guard.cursor(KeyRange::new(start, end.as_deref()), self.direction)?;
        let (mut rows, mut in_doubt) = (0, false);
        let mut last = Vec::new();
        let more = cursor.visit(&mut |key, version| {
            in_doubt = !covering.push(index, key, version.payload, &mut columns)?;
            rows += 1;
            if rows == self.rows {
                last.extend_from_slice(key);
            }
            Ok(rows < self.rows && !in_doubt)
        })?;
        drop(cursor);
        if in_doubt {
            out.reset(self.layout.width());
            return Ok(None);
        }
        out.set_rows(rows);
        if more {
            continue_after(last, self.direction, start, end);
        }
        Ok(Some(more))
    }

    /// Reads the next rows by the entries of an index.
    fn read_by_index(
        &self,
        index: &Index,
        start: &mut Vec<u8>,
        end: &mut Option<Vec<u8>>,
        reader: &Reader,
        out: &mut Chunk,
    ) -> Result<bool> {
        if let Some(covering) = &self.covering
            && let Some(more) = self.read_covered(covering, index, (start, end), reader, out)?
        {
            return Ok(more);
        }
        let (keys, more) = self.read_index(index, start, end, reader)?;
        self.lookup(keys.iter(), reader, out)?;
        Ok(more)
    }

    /// The keys of the rows of the next entries of an index.
    fn read_index(
        &self,
        index: &Index,
        start: &mut Vec<u8>,
        end: &mut Option<Vec<u8>>,
        reader: &Reader,
    ) -> Result<(RowKeys, bool)> {
        let guard = reader.scan(index.space);
        let mut cursor = guard.cursor(KeyRange::new(start, end.as_deref()), self.direction)?;
        let mut keys = RowKeys::default();
        let mut last = Vec::new();
        let more = cursor.visit(&mut |key, version| {
            keys.push(entry_row_key(index, key, version.payload)?);
            if keys.ends.len() == self.rows {
                last.extend_from_slice(key);
            }
            Ok(keys.ends.len() < self.rows)
        })?;
        drop(cursor);
        if more {
            continue_after(last, self.direction, start, end);
        }
        Ok((keys, more))
    }
}

/// Keys of rows, one behind the other.
#[derive(Debug, Default)]
struct RowKeys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl RowKeys {
    fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }
}

/// Narrows a range to what comes after `last`. No key is the beginning of another, so what comes after a key comes after
/// all that begins with it.
fn continue_after(last: Vec<u8>, direction: Direction, start: &mut Vec<u8>, end: &mut Option<Vec<u8>>) {
    match direction {
        Direction::Forward => *start = after_components(&last),
        Direction::Backward => *end = Some(last),
    }
}

/// Bounds with their values.
pub(super) fn bound_values(bounds: &Bounds, context: &mut Context) -> Result<crate::table::BoundValues> {
    let mut value = |bound: &Option<(Expr, bool)>| {
        bound.as_ref().map(|(expr, inclusive)| Ok((eval::constant(expr, context)?, *inclusive))).transpose()
    };
    Ok(crate::table::BoundValues { low: value(&bounds.low)?, high: value(&bounds.high)? })
}

impl Operator for Scan {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.rows = FIRST_ROWS;
        self.state = self.begin(context)?;
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        loop {
            context.interrupt.check()?;
            out.reset(self.layout.width());
            let reader = self.reader.as_ref().unwrap_or(&context.reader);
            let mut state = std::mem::replace(&mut self.state, State::Done);
            let more = match &mut state {
                State::Done => return Ok(false),
                State::Rowids(rowids) => {
                    let mut keys = RowKeys::default();
                    for rowid in rowids.take(CHUNK_ROWS) {
                        key::write_rowid(rowid, &mut keys.bytes);
                        keys.ends.push(keys.bytes.len());
                    }
                    self.lookup(keys.iter(), reader, out)?;
                    !rowids.as_slice().is_empty()
                }
                State::Range { start, end } => self.read_range(start, end, reader, out)?,
                State::Index { start, end, index } => self.read_by_index(index, start, end, reader, out)?,
            };
            if more {
                self.state = state;
            }
            self.rows = (self.rows * 4).min(CHUNK_ROWS);
            if out.rows() > 0 {
                return Ok(true);
            }
        }
    }

    fn close(&mut self) {}
}
