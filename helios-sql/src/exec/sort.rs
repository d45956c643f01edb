//! ORDER BY: all rows, or only the first few.
//!
//! Each row's keys become one byte string whose order is the order asked for; rows are sorted by it, equal ones in the
//! order in which they came. Rows themselves stay in the chunks that they came in until they are handed out. Where only
//! the first `n` are asked for, the rest is thrown away whenever it has grown to several times `n`; from then on a row
//! that cannot be among them is left out before a key is made of it (see [`cutoff`]).

mod cutoff;

use std::cmp::Ordering;

use helios_core::Result;
use helios_core::encoding::key::{Order, write_value};
use helios_core::value::Collation;

use super::limit::count;
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::{CHUNK_ROWS, Chunk, Strings};
use crate::plan::Expr;
use cutoff::Cutoff;

/// One key of the order, over the input's columns.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) expr: Expr,
    pub(super) collation: Collation,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
}

#[derive(Debug)]
pub(super) struct Sort {
    input: BoxedOperator,
    keys: Vec<Key>,
    first: Option<Expr>,
    chunks: Vec<Chunk>,
    order: Vec<Entry>,
    cutoff: Option<Cutoff>,
    next: usize,
    width: usize,
}

/// A row: the beginning of its key, the place of the whole key, and where the row is.
#[derive(Clone, Copy, Debug)]
struct Entry {
    prefix: u128,
    key: u32,
    chunk: u32,
    row: u32,
}

impl Sort {
    pub(super) fn new(input: BoxedOperator, keys: Vec<Key>, first: Option<Expr>, width: usize) -> Sort {
        let (chunks, order) = (Vec::new(), Vec::new());
        Sort { input, keys, first, chunks, order, cutoff: None, next: 0, width }
    }

    fn read(&mut self, context: &mut Context) -> Result<()> {
        let first = self.first.as_ref().map(|first| count(first, context)).transpose()?;
        let first = first.and_then(|first| usize::try_from(first).ok());
        self.input.open(context)?;
        let mut keys = Strings::default();
        let mut chunk = Chunk::default();
        while self.input.next(context, &mut chunk)? {
            context.interrupt.check()?;
            if let Some(cutoff) = &self.cutoff {
                let column = eval::evaluate(&self.keys[0].expr, context, &chunk)?;
                chunk.select(&cutoff.candidates(&column));
            }
            if chunk.rows() == 0 {
                continue;
            }
            self.add_keys(context, &chunk, &mut keys)?;
            self.chunks.push(std::mem::take(&mut chunk));
            if let Some(first) = first
                && self.order.len() / 2 > first.saturating_add(CHUNK_ROWS / 2)
            {
                self.keep_first(first, &mut keys, context)?;
            }
        }
        sort(&mut self.order, &keys);
        if let Some(first) = first {
            self.order.truncate(first);
        }
        Ok(())
    }

    fn add_keys(&mut self, context: &mut Context, chunk: &Chunk, keys: &mut Strings) -> Result<()> {
        let columns = self.keys.iter().map(|key| eval::evaluate(&key.expr, context, chunk));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        for row in 0..chunk.rows() {
            let place = keys.len();
            keys.push_with(|out| {
                for (key, column) in self.keys.iter().zip(&columns) {
                    let value = column.get(row);
                    // NULL sorts before everything by itself; elsewhere a byte in front moves it.
                    if key.nulls_first == key.descending {
                        out.push(u8::from(value.is_null() != key.nulls_first));
                    }
                    let order = if key.descending { Order::Descending } else { Order::Ascending };
                    write_value(value, &key.collation, order, out);
                }
            });
            let entry = Entry {
                prefix: prefix(keys.get(place)),
                key: place as u32,
                chunk: self.chunks.len() as u32,
                row: row as u32,
            };
            self.order.push(entry);
        }
        Ok(())
    }

    /// Throws away all rows but the first `first`, and the memory of those.
    fn keep_first(&mut self, first: usize, keys: &mut Strings, context: &mut Context) -> Result<()> {
        sort(&mut self.order, keys);
        self.order.truncate(first);
        // By arrival again, so that rows with equal keys keep their order.
        let mut kept_keys = Strings::default();
        let mut kept = Chunk::default();
        kept.reset(self.width);
        for (row, entry) in self.order.iter_mut().enumerate() {
            kept.append_rows(&self.chunks[entry.chunk as usize], &[entry.row]);
            kept_keys.push(keys.get(entry.key as usize));
            *entry = Entry { key: row as u32, chunk: 0, row: row as u32, ..*entry };
        }
        if let (Some(key), Some(last)) = (self.keys.first(), self.order.len().checked_sub(1)) {
            let value = eval::evaluate(&key.expr, context, &kept)?.get(last).to_value();
            self.cutoff = Some(Cutoff::new(value, key));
        }
        self.chunks.clear();
        self.chunks.push(kept);
        *keys = kept_keys;
        Ok(())
    }
}

fn prefix(key: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    let length = key.len().min(16);
    bytes[..length].copy_from_slice(&key[..length]);
    u128::from_be_bytes(bytes)
}

/// From so many rows on, half of them are sorted by a second thread.
const SORT_APART: usize = 50_000;

/// Sorts rows by their keys, equal ones by arrival. No two compare as equal, so the order is the same however the work
/// is divided.
fn sort(order: &mut Vec<Entry>, keys: &Strings) {
    if order.len() < SORT_APART || std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        order.sort_unstable_by(|a, b| compare(a, b, keys));
        return;
    }
    let middle = order.len() / 2;
    let (left, right) = order.split_at_mut(middle);
    std::thread::scope(|scope| {
        scope.spawn(|| left.sort_unstable_by(|a, b| compare(a, b, keys)));
        right.sort_unstable_by(|a, b| compare(a, b, keys));
    });
    *order = merge(left, right, keys);
}

fn compare(a: &Entry, b: &Entry, keys: &Strings) -> Ordering {
    (a.prefix.cmp(&b.prefix))
        .then_with(|| keys.get(a.key as usize).cmp(keys.get(b.key as usize)))
        .then_with(|| a.key.cmp(&b.key))
}

fn merge(mut left: &[Entry], mut right: &[Entry], keys: &Strings) -> Vec<Entry> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
        if compare(a, b, keys).is_lt() {
            merged.push(*a);
            left = left_rest;
        } else {
            merged.push(*b);
            right = right_rest;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    merged
}

impl Operator for Sort {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.chunks.clear();
        self.order.clear();
        self.cutoff = None;
        self.next = 0;
        self.read(context)
    }

    fn next(&mut self, _: &mut Context, out: &mut Chunk) -> Result<bool> {
        let end = self.order.len().min(self.next + CHUNK_ROWS);
        let rows = &self.order[self.next..end];
        out.reset(self.width);
        for position in 0..self.width {
            let column = out.column_mut(position);
            for entry in rows {
                column.push(self.chunks[entry.chunk as usize].value(entry.row as usize, position));
            }
        }
        out.set_rows(rows.len());
        self.next = end;
        Ok(out.rows() > 0)
    }
}
