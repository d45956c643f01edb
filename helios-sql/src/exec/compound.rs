//! UNION ALL, UNION, INTERSECT, EXCEPT.
//!
//! UNION ALL gives the left rows and then the right ones. The others give each row once, in order of their values, as
//! SQLite does.

use std::collections::BTreeMap;

use helios_core::Result;
use helios_core::value::Collation;

use super::key::write_key;
use super::{BoxedOperator, Context, Operator, drain};
use crate::ast::CompoundOperator;
use crate::chunk::{CHUNK_ROWS, Chunk};
use crate::stack::with_room;

/// UNION ALL.
#[derive(Debug)]
pub(super) struct UnionAll {
    left: BoxedOperator,
    right: BoxedOperator,
    on_right: bool,
}

impl UnionAll {
    pub(super) fn new(left: BoxedOperator, right: BoxedOperator) -> UnionAll {
        UnionAll { left, right, on_right: false }
    }
}

impl Operator for UnionAll {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.on_right = false;
        // The terms of a compound stand in each other, up to five hundred deep.
        with_room(|| self.left.open(context))
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        if !self.on_right {
            if with_room(|| self.left.next(context, out))? {
                return Ok(true);
            }
            self.on_right = true;
            self.right.open(context)?;
        }
        self.right.next(context, out)
    }
}

/// UNION, INTERSECT and EXCEPT.
#[derive(Debug)]
pub(super) struct SetOperation {
    operator: CompoundOperator,
    left: BoxedOperator,
    right: BoxedOperator,
    collations: Vec<Collation>,
    /// The rows of the result, and the chunk and row where each is found.
    order: Vec<(u32, u32)>,
    chunks: Vec<Chunk>,
    next: usize,
}

impl SetOperation {
    pub(super) fn new(
        operator: CompoundOperator,
        left: BoxedOperator,
        right: BoxedOperator,
        collations: Vec<Collation>,
    ) -> SetOperation {
        SetOperation { operator, left, right, collations, order: Vec::new(), chunks: Vec::new(), next: 0 }
    }
}

fn keys<'a>(chunk: &'a Chunk, collations: &'a [Collation]) -> impl Iterator<Item = Vec<u8>> + 'a {
    (0..chunk.rows()).map(move |row| {
        let mut key = Vec::new();
        write_key(collations.iter().enumerate().map(|(column, by)| (chunk.value(row, column), by)), &mut key);
        key
    })
}

impl Operator for SetOperation {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.chunks.clear();
        self.next = 0;
        let mut rows: BTreeMap<Vec<u8>, (u32, u32)> = BTreeMap::new();
        let (chunks, collations) = (&mut self.chunks, &self.collations);
        let mut keep = |chunk: &mut Chunk, rows: &mut BTreeMap<Vec<u8>, (u32, u32)>| {
            for (row, key) in keys(chunk, collations).enumerate() {
                // Of rows that are equal but not the same SQLite keeps the last.
                rows.insert(key, (chunks.len() as u32, row as u32));
            }
            chunks.push(std::mem::take(chunk));
        };
        with_room(|| {
            drain(&mut *self.left, context, |chunk| {
                keep(chunk, &mut rows);
                Ok(())
            })
        })?;
        match self.operator {
            CompoundOperator::Union | CompoundOperator::UnionAll => {
                drain(&mut *self.right, context, |chunk| {
                    keep(chunk, &mut rows);
                    Ok(())
                })?;
            }
            CompoundOperator::Except => drain(&mut *self.right, context, |chunk| {
                for key in keys(chunk, collations) {
                    rows.remove(&key);
                }
                Ok(())
            })?,
            CompoundOperator::Intersect => {
                let mut both = BTreeMap::new();
                drain(&mut *self.right, context, |chunk| {
                    both.extend(keys(chunk, collations).filter_map(|key| rows.remove_entry(&key)));
                    Ok(())
                })?;
                rows = both;
            }
        }
        self.order = rows.into_values().collect();
        Ok(())
    }

    fn next(&mut self, _: &mut Context, out: &mut Chunk) -> Result<bool> {
        let end = self.order.len().min(self.next + CHUNK_ROWS);
        out.reset(self.collations.len());
        for &(chunk, row) in &self.order[self.next..end] {
            out.append_rows(&self.chunks[chunk as usize], &[row]);
        }
        self.next = end;
        Ok(out.rows() > 0)
    }
}
