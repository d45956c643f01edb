//! A join whose right side does not fit in memory.
//!
//! Both sides are cut into parts by their keys, so that partners are in the same part. A part is joined with as many of
//! its right rows at a time as fit. What that gives is written with the number of the left row and merged by that
//! number in the end: pairs come in the same order as if all had been in memory.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use helios_core::Result;
use helios_core::value::Collation;

use super::inner::{self, Inner};
use super::table::END;
use super::{Conditions, combine};
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::exec::key::write_key;
use crate::exec::nested_join::lone_rows;
use crate::exec::{Context, Operator};
use crate::spill::{Account, Merge, Stream, StreamFile, StreamReader, StreamWriter, Workspace};

/// So many parts are made.
const PARTS: usize = 16;

/// The result on its way out: right rows without a partner, behind what has a left row.
#[derive(Debug)]
pub(super) struct Spilled {
    results: Vec<Merge>,
}

impl Spilled {
    /// Joins `rows` and the rest of `right` with all of `left`.
    pub(super) fn new(
        conditions: &Conditions,
        rows: Chunk,
        left: &mut dyn Operator,
        right: &mut dyn Operator,
        context: &mut Context,
    ) -> Result<Spilled> {
        let mut parts = Parts::new(conditions.right_width, conditions.keeps_right(), context)?;
        let collations: Vec<Collation> = conditions.right_keys.iter().map(|(_, by)| by.clone()).collect();
        let mut chunk = rows;
        loop {
            let keys = conditions.right_columns(&chunk, context)?;
            parts.add(&chunk, &keys, &collations)?;
            context.interrupt.check()?;
            if !right.next(context, &mut chunk)? {
                break;
            }
        }
        right.close();
        let right_parts = parts.finish()?;
        let mut parts = Parts::new(conditions.left_width, conditions.keeps_left(), context)?;
        left.open(context)?;
        while left.next(context, &mut chunk)? {
            context.interrupt.check()?;
            let keys = conditions.left_columns(&chunk, context)?;
            parts.add(&chunk, &keys, &collations)?;
        }
        left.close();
        let mut output = Output {
            file: StreamFile::new(&context.workspace())?,
            pairs: Vec::new(),
            lone_right: Vec::new(),
        };
        for (left, right) in parts.finish()?.into_iter().zip(right_parts) {
            join_part(conditions, left.read(), right.read(), &mut output, context)?;
        }
        let width = conditions.left_width + conditions.right_width;
        let workspace = context.workspace();
        // The last one is given first.
        let results = [output.lone_right, output.pairs];
        let results = results.map(|streams| Merge::new(&workspace, streams, width, false));
        Ok(Spilled { results: results.into_iter().collect::<Result<_>>()? })
    }

    /// Fills `out` with the next rows; `false` at the end.
    pub(super) fn next(&mut self, out: &mut Chunk) -> Result<bool> {
        while let Some(merge) = self.results.last_mut() {
            if merge.next(out)? {
                return Ok(true);
            }
            self.results.pop();
        }
        Ok(false)
    }
}

/// One side on its way into parts. Each row gets its number as one more column.
struct Parts {
    writers: Vec<StreamWriter>,
    /// Whether rows are kept that have no partners because a key is NULL.
    keeps_all: bool,
    hasher: FixedState,
    count: i64,
}

impl Parts {
    fn new(width: usize, keeps_all: bool, context: &Context) -> Result<Parts> {
        let file = StreamFile::new(&context.workspace())?;
        let writers = (0..PARTS).map(|_| StreamWriter::new(&file, width + 1)).collect();
        Ok(Parts { writers, keeps_all, hasher: FixedState::default(), count: 0 })
    }

    fn add(&mut self, rows: &Chunk, keys: &[Arc<Column>], collations: &[Collation]) -> Result<()> {
        let mut numbered = rows.clone();
        let numbers = self.count..self.count + rows.rows() as i64;
        self.count = numbers.end;
        numbered.push_column(Arc::new(Column::integers(numbers.collect())));
        let mut key = Vec::new();
        for row in 0..rows.rows() {
            let has_null = keys.iter().any(|column| column.is_null(row));
            if has_null && !self.keeps_all {
                continue;
            }
            key.clear();
            write_key(keys.iter().zip(collations).map(|(column, by)| (column.get(row), by)), &mut key);
            // Other bits than those that a hash table uses first.
            let part = (self.hasher.hash_one(&key[..]) >> 32) as usize % PARTS;
            self.writers[part].push_rows(&numbered, &[row as u32])?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<Stream>> {
        self.writers.into_iter().map(StreamWriter::finish).collect()
    }
}

/// Streams of the result, each in the order of the numbers that are its keys.
struct Output {
    file: StreamFile,
    pairs: Vec<Stream>,
    lone_right: Vec<Stream>,
}

impl Output {
    fn writer(&self, conditions: &Conditions) -> StreamWriter {
        StreamWriter::new(&self.file, conditions.left_width + conditions.right_width + 1)
    }
}

/// Rows without their numbers, and those.
fn without_numbers(chunk: &Chunk) -> (Chunk, Arc<Column>) {
    let (mut rows, width) = (chunk.clone(), chunk.width());
    rows.pop_column();
    (rows, chunk.column(width - 1).clone())
}

/// A number as a key.
fn number_key(numbers: &Column, row: usize) -> [u8; 8] {
    numbers.get(row).to_integer().to_be_bytes()
}

fn join_part(
    conditions: &Conditions,
    mut left: StreamReader,
    mut right: StreamReader,
    output: &mut Output,
    context: &mut Context,
) -> Result<()> {
    let workspace = context.workspace();
    // Left rows of the part that had a partner.
    let mut matched: Vec<bool> = Vec::new();
    let mut is_first = true;
    loop {
        let (block, _account) = read_block(conditions, &mut right, &workspace)?;
        if block.rows() == 0 && !is_first {
            break;
        }
        is_first = false;
        let (rows, numbers) = without_numbers(&block);
        let mut inner = Inner::new(conditions, rows, context)?;
        left.rewind();
        let writer = output.writer(conditions);
        let pairs = join_block(conditions, &mut left, &mut inner, &mut matched, writer, context)?;
        output.pairs.push(pairs);
        if conditions.keeps_right() {
            let writer = output.writer(conditions);
            output.lone_right.push(lone_right(conditions, &inner, &numbers, writer, &workspace)?);
        }
    }
    if conditions.keeps_left() {
        left.rewind();
        let writer = output.writer(conditions);
        output.pairs.push(lone_left(conditions, &mut left, &matched, writer, &workspace)?);
    }
    Ok(())
}

/// As many right rows as fit, with their numbers.
fn read_block(
    conditions: &Conditions,
    right: &mut StreamReader,
    workspace: &Workspace,
) -> Result<(Chunk, Account)> {
    let mut account = workspace.account();
    let mut block = Chunk::default();
    block.reset(conditions.right_width + 1);
    let mut chunk = Chunk::default();
    while right.next(&mut chunk)? {
        workspace.interrupt.check()?;
        block.append(&chunk);
        if !account.hold(inner::memory(&block)) {
            break;
        }
    }
    Ok((block, account))
}

/// All pairs of left rows with those of a block.
fn join_block(
    conditions: &Conditions,
    left: &mut StreamReader,
    inner: &mut Inner,
    matched: &mut Vec<bool>,
    mut writer: StreamWriter,
    context: &mut Context,
) -> Result<Stream> {
    let (mut chunk, mut out, mut pairs) = (Chunk::default(), Chunk::default(), Vec::new());
    let mut first = 0;
    while left.next(&mut chunk)? {
        let (outer, numbers) = without_numbers(&chunk);
        let keys = conditions.left_columns(&outer, context)?;
        matched.resize(matched.len().max(first + outer.rows()), false);
        let mut row = 0;
        while row < outer.rows() {
            context.interrupt.check()?;
            row = inner.probe(conditions, &outer, &keys, row, &mut pairs, context)?;
            pairs.retain(|(_, right)| *right != END);
            pairs.iter().for_each(|(left, _)| matched[first + *left as usize] = true);
            for pairs in pairs.chunks(CHUNK_ROWS) {
                combine(&outer, &inner.rows, pairs, &mut out);
                for (place, (left, _)) in pairs.iter().enumerate() {
                    writer.push_keyed(&out, place, &number_key(&numbers, *left as usize))?;
                }
            }
        }
        first += outer.rows();
    }
    writer.finish()
}

/// The right rows of a block that have no partner.
fn lone_right(
    conditions: &Conditions,
    inner: &Inner,
    numbers: &Column,
    mut writer: StreamWriter,
    workspace: &Workspace,
) -> Result<Stream> {
    let mut out = Chunk::default();
    for rows in inner.unmatched(0, inner.rows.rows()).chunks(CHUNK_ROWS) {
        workspace.interrupt.check()?;
        lone_rows(&inner.rows, rows, conditions.left_width, 0, &mut out);
        for (place, row) in rows.iter().enumerate() {
            writer.push_keyed(&out, place, &number_key(numbers, *row as usize))?;
        }
    }
    writer.finish()
}

/// The left rows of a part that have no partner.
fn lone_left(
    conditions: &Conditions,
    left: &mut StreamReader,
    matched: &[bool],
    mut writer: StreamWriter,
    workspace: &Workspace,
) -> Result<Stream> {
    let (mut chunk, mut out) = (Chunk::default(), Chunk::default());
    let mut first = 0;
    while left.next(&mut chunk)? {
        workspace.interrupt.check()?;
        let (outer, numbers) = without_numbers(&chunk);
        let is_alone = |row: &u32| !matched[first + *row as usize];
        let rows: Vec<u32> = (0..outer.rows() as u32).filter(is_alone).collect();
        lone_rows(&outer, &rows, 0, conditions.right_width, &mut out);
        for (place, row) in rows.iter().enumerate() {
            writer.push_keyed(&out, place, &number_key(&numbers, *row as usize))?;
        }
        first += outer.rows();
    }
    writer.finish()
}
