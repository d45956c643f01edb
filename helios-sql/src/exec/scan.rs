//! Reading a table: all rows, rows by rowid, rows by indexes.
//!
//! Where to read is worked out when the scan begins ([`super::place`]): ranges of keys, or the keys of rows. A scan reads a chunk at a time: it opens a cursor where it stopped, decodes the columns that are asked for straight
//! from the driver's bytes, and closes it. Chunks grow from a few rows, so that a query that wants one row pays for one.

use std::sync::Arc;

use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::{Result, ValueRef};

use super::covering::Covering;
use super::kept_lookup::KeptLookup;
use super::place::{self, Place, RowKeys};
use super::{Context, Operator};
use crate::catalog::{Index, Table};
use crate::chunk::{CHUNK_BYTES, CHUNK_ROWS, Chunk, Column};
use crate::plan::{self, Access, PastReader};
use crate::table::{Keys, RowDecoder, entry_row_key};

/// The first chunk of a scan has so many rows; each further one four times as many.
pub(super) const FIRST_ROWS: usize = 16;

/// A chunk ends when so many bytes were read for it: where rows are large, it has fewer of them.
pub(super) const STORED_BYTES: usize = 4 * CHUNK_BYTES;

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
    pub(super) fn push(&self, row_key: &[u8], payload: &[u8], columns: &mut [&mut Column]) -> Result<()> {
        if !self.rowids.is_empty() {
            let rowid = key::read_rowid(&mut &*row_key)?;
            for &target in &self.rowids {
                columns[target].push(ValueRef::Integer(rowid));
            }
        }
        self.decoder.decode(row_key, payload, |place, value| columns[self.targets[place]].push(value))
    }
}

/// A scan by any access.
#[derive(Debug)]
pub(super) struct Scan {
    table: Arc<Table>,
    reader: Option<PastReader>,
    layout: RowLayout,
    access: Access,
    direction: Direction,
    /// How to do without the rows themselves, where an index has all that is asked for.
    covering: Option<Covering>,
    /// How to take rows that an index finds out of the cache.
    kept: Option<KeptLookup>,
    /// What is still to be read; nothing once it is at its end.
    place: Option<Place>,
    /// Rows of the first chunk, and of the next.
    first_rows: usize,
    rows: usize,
}

impl Scan {
    pub(super) fn new(scan: &plan::Scan) -> Scan {
        let columns: Vec<Option<usize>> = scan.columns.iter().map(|(position, _)| *position).collect();
        let layout = RowLayout::new(&scan.table, &columns);
        let covering = match &scan.access {
            Access::Index(access) => Covering::new(&access.index, &scan.table, layout.columns()),
            Access::All | Access::Rowids(_) | Access::RowidRange(_) | Access::AnyOf(_) => None,
        };
        let first_rows = scan.first_rows.unwrap_or(FIRST_ROWS).min(CHUNK_ROWS);
        let kept = if covering.is_none() { KeptLookup::new(scan) } else { None };
        Scan {
            table: scan.table.clone(),
            reader: scan.reader.clone(),
            layout,
            access: scan.access.clone(),
            direction: if scan.backward { Direction::Backward } else { Direction::Forward },
            covering,
            kept,
            place: None,
            first_rows,
            rows: first_rows,
        }
    }

    /// The reader of the past, if this is where it reads.
    fn past(&self) -> Result<Option<Reader>> {
        self.reader.as_ref().map(PastReader::get).transpose()
    }

    /// Appends the rows with these keys, out of the cache or one by one.
    fn lookup(
        &mut self,
        keys: &mut RowKeys,
        most: usize,
        context: &mut Context,
        out: &mut Chunk,
    ) -> Result<()> {
        if let Some(kept) = &mut self.kept {
            let rowids =
                keys.peek(most).map(|mut key| key::read_rowid(&mut key)).collect::<Result<Vec<_>>>()?;
            if kept.read(&rowids, context, out)? {
                keys.skip(most);
                return Ok(());
            }
        }
        let past = self.past()?;
        let reader = past.as_ref().unwrap_or(context.reader_at(self.table.slot));
        if reader.may_expect() {
            let expected: Vec<&[u8]> = keys.peek(most).collect();
            if expected.len() > 1 {
                reader.expect(self.table.space, &expected)?;
            }
        }
        let mut columns: Vec<&mut Column> = out.columns_mut().collect();
        let mut rows = 0;
        for key in keys.take(most) {
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

    /// Reads rows of a range up to `self.rows` in all and says whether there are more.
    fn read_range(
        &self,
        (start, end): (&mut Vec<u8>, &mut Option<Vec<u8>>),
        reader: &Reader,
        out: &mut Chunk,
    ) -> Result<bool> {
        let (mut rows, mut bytes) = (out.rows(), 0);
        let mut columns: Vec<&mut Column> = out.columns_mut().collect();
        let guard = reader.scan(self.table.space);
        let mut cursor = guard.cursor(KeyRange::new(start, end.as_deref()), self.direction)?;
        let mut last = Vec::new();
        let more = cursor.visit(&mut |key, version| {
            rows += 1;
            bytes += version.payload.len();
            let is_full = rows == self.rows || bytes >= STORED_BYTES;
            if is_full {
                last.extend_from_slice(key);
            }
            self.layout.push(key, version.payload, &mut columns)?;
            Ok(!is_full)
        })?;
        drop(cursor);
        out.set_rows(rows);
        if more {
            place::continue_after(last, self.direction, start, end);
        }
        Ok(more)
    }

    /// Reads entries of a range out of an index that covers them, up to `self.rows` rows in all. `None`, with nothing
    /// read, if a value is in doubt.
    fn read_covered(
        &self,
        covering: &Covering,
        index: &Index,
        (start, end): (&mut Vec<u8>, &mut Option<Vec<u8>>),
        reader: &Reader,
        out: &mut Chunk,
    ) -> Result<Option<bool>> {
        let before = out.rows();
        let mut rows = before;
        let mut columns: Vec<&mut Column> = out.columns_mut().collect();
        let guard = reader.scan(index.space);
        let mut cursor = guard.cursor(KeyRange::new(start, end.as_deref()), self.direction)?;
        let mut in_doubt = false;
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
            out.cut(before);
            return Ok(None);
        }
        out.set_rows(rows);
        if more {
            place::continue_after(last, self.direction, start, end);
        }
        Ok(Some(more))
    }

    /// Adds the keys of the rows of the entries of a range, up to `self.rows` keys in all, and says whether there are
    /// more.
    fn read_index(
        &self,
        index: &Index,
        (start, end): (&mut Vec<u8>, &mut Option<Vec<u8>>),
        reader: &Reader,
        keys: &mut RowKeys,
    ) -> Result<bool> {
        let guard = reader.scan(index.space);
        let mut cursor = guard.cursor(KeyRange::new(start, end.as_deref()), self.direction)?;
        let mut last = Vec::new();
        let more = cursor.visit(&mut |key, version| {
            keys.push(entry_row_key(index, key, version.payload)?);
            if keys.len() == self.rows {
                last.extend_from_slice(key);
            }
            Ok(keys.len() < self.rows)
        })?;
        drop(cursor);
        if more {
            place::continue_after(last, self.direction, start, end);
        }
        Ok(more)
    }

    /// Fills `out` from a place, and says whether there may be more.
    fn read(&mut self, place: &mut Place, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        let mut keys = RowKeys::default();
        let more = match place {
            Place::Rows(keys) => {
                self.lookup(keys, CHUNK_ROWS, context, out)?;
                return Ok(!keys.is_empty());
            }
            Place::Table(ranges) => self.read_ranges(ranges, context, out)?,
            Place::Index(ranges, index) => self.read_entries(ranges, index, &mut keys, context, out)?,
        };
        if !keys.is_empty() {
            self.lookup(&mut keys, usize::MAX, context, out)?;
        }
        Ok(more)
    }

    /// Reads ranges of the table until there is a chunk of rows, and says whether there may be more.
    fn read_ranges(&self, ranges: &mut Vec<Keys>, context: &Context, out: &mut Chunk) -> Result<bool> {
        let past = self.past()?;
        let reader = past.as_ref().unwrap_or(context.reader_at(self.table.slot));
        while let Some((start, end)) = ranges.last_mut() {
            if self.read_range((start, end), reader, out)? {
                return Ok(true);
            }
            ranges.pop();
        }
        Ok(false)
    }

    /// Reads ranges of an index, and says whether there may be more: rows of those that cover what is asked for, else
    /// the keys of rows.
    fn read_entries(
        &self,
        ranges: &mut Vec<Keys>,
        index: &Index,
        keys: &mut RowKeys,
        context: &Context,
        out: &mut Chunk,
    ) -> Result<bool> {
        let past = self.past()?;
        let reader = past.as_ref().unwrap_or(context.reader_at(self.table.slot));
        while let Some((start, end)) = ranges.last_mut() {
            if keys.is_empty()
                && let Some(covering) = &self.covering
                && let Some(more) = self.read_covered(covering, index, (start, end), reader, out)?
            {
                if more {
                    return Ok(true);
                }
            } else if out.rows() > 0 {
                // The entry in doubt comes with the next chunk.
                return Ok(true);
            } else if self.read_index(index, (start, end), reader, keys)? {
                return Ok(true);
            }
            ranges.pop();
        }
        Ok(false)
    }
}

impl Operator for Scan {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.rows = self.first_rows;
        let past = self.past()?;
        let place = place::of_access(&self.access, &self.table, self.direction, past.as_ref(), context)?;
        self.place = Some(place);
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        while let Some(mut place) = self.place.take() {
            out.reset(self.layout.width());
            if self.read(&mut place, context, out)? {
                self.place = Some(place);
            }
            context.interrupt.check_rows(out.rows() + 1)?;
            self.rows = (self.rows * 4).min(CHUNK_ROWS);
            if out.rows() > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn close(&mut self) {}
}
