//! ORDER BY: all rows, or only the first few.
//!
//! Each row's keys become one byte string whose order is the order asked for; a [`Sorter`] does the rest. Where only the
//! first `n` are asked for, it throws the others away now and then; from then on a row that cannot be among them is left
//! out before a key is made of it (see [`cutoff`]). If the rows come in the order of the first keys, it stops reading when it
//! has enough (see [`enough`]), and all rows are sorted run by run (see [`Runs`]).

mod cutoff;
mod enough;

use helios_core::Result;
use helios_core::value::Collation;

use super::key::write_sort_key;
use super::limit::count;
use super::runs::Runs;
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::Chunk;
use crate::plan::Expr;
use crate::spill::{Sorted, Sorter};
use cutoff::Cutoff;
use enough::Enough;

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
    input: Runs,
    keys: Vec<Key>,
    /// How many keys the rows come in the order of.
    ordered: usize,
    /// How many rows are needed, if not all.
    first: Option<Expr>,
    width: usize,
    sorted: Option<Sorted>,
}

impl Sort {
    pub(super) fn new(
        input: BoxedOperator,
        keys: Vec<Key>,
        ordered: usize,
        first: Option<Expr>,
        width: usize,
    ) -> Sort {
        let cut_by = if first.is_some() { &[] } else { &keys[..ordered] };
        let cut_by = cut_by.iter().map(|key| (key.expr.clone(), key.collation.clone())).collect();
        Sort { input: Runs::new(input, cut_by), keys, ordered, first, width, sorted: None }
    }

    /// Sorts the rows of a run.
    fn read(&mut self, context: &mut Context) -> Result<Sorted> {
        let first = self.first.as_ref().map(|first| count(first, context)).transpose()?;
        let first = first.and_then(|first| usize::try_from(first).ok());
        let mut sorter = Sorter::new(&context.workspace(), self.width).with_first(first);
        let mut cutoff: Option<Cutoff> = None;
        let mut enough = first.and_then(|first| Enough::new(first, self.ordered));
        let mut chunk = Chunk::default();
        let mut goes_on = true;
        while goes_on && self.input.next(context, &mut chunk)? {
            if let Some(enough) = &mut enough {
                goes_on = enough.keep(&self.keys, &mut chunk, context)?;
            }
            if let Some(cutoff) = &cutoff {
                let column = eval::evaluate(&self.keys[0].expr, context, &chunk)?;
                chunk.select(&cutoff.candidates(&column));
            }
            let columns = self.keys.iter().map(|key| eval::evaluate(&key.expr, context, &chunk));
            let columns = columns.collect::<Result<Vec<_>>>()?;
            let write_key = |row, out: &mut Vec<u8>| write_sort_key(&self.keys, &columns, row, out);
            sorter.push(std::mem::take(&mut chunk), write_key)?;
            if let (Some(key), Some((kept, last))) = (self.keys.first(), sorter.last_kept()) {
                let value = eval::evaluate(&key.expr, context, kept)?.get(last).to_value();
                cutoff = Some(Cutoff::new(value, key));
            }
        }
        if !goes_on {
            self.input.close();
        }
        sorter.finish()
    }
}

impl Operator for Sort {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.sorted = None;
        self.input.open(context)?;
        self.sorted = Some(self.read(context)?);
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        while let Some(sorted) = &mut self.sorted {
            if sorted.next(out)? {
                return Ok(true);
            }
            self.sorted = None;
            if self.input.go_on() {
                self.sorted = Some(self.read(context)?);
            }
        }
        Ok(false)
    }

    fn close(&mut self) {
        self.sorted = None;
        self.input.close();
    }
}
