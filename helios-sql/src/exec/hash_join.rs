//! A join by equality: the right side goes into a hash table, the left side looks its partners up.

mod table;

use helios_core::Result;
use helios_core::value::Collation;

use super::nested_join::lone_rows;
use super::{BoxedOperator, Context, Operator, drain, eval};
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::plan::{Expr, JoinKind};
use table::{END, Table};

#[derive(Debug)]
pub(super) struct HashJoin {
    kind: JoinKind,
    left: BoxedOperator,
    right: BoxedOperator,
    left_keys: Vec<Expr>,
    right_keys: Vec<(Expr, Collation)>,
    /// What pairs have to meet besides.
    residual: Option<Expr>,
    left_width: usize,
    right_width: usize,
    rows: Chunk,
    table: Table,
    /// Rows of the right side that had a partner.
    matched: Vec<bool>,
    outer: Chunk,
    /// Pairs of `outer` that were not given yet: left row and right row, or [`END`] for no partner.
    pairs: Vec<(u32, u32)>,
    next: usize,
    /// The next right row to give without a partner, once the left side is at its end.
    unmatched: Option<usize>,
}

/// The two sides of a join and what they are compared by.
#[derive(Debug)]
pub(super) struct Sides {
    pub(super) left: BoxedOperator,
    pub(super) right: BoxedOperator,
    pub(super) left_keys: Vec<Expr>,
    pub(super) right_keys: Vec<(Expr, Collation)>,
    pub(super) widths: (usize, usize),
}

impl HashJoin {
    pub(super) fn new(kind: JoinKind, sides: Sides, residual: Option<Expr>) -> HashJoin {
        HashJoin {
            kind,
            left: sides.left,
            right: sides.right,
            left_keys: sides.left_keys,
            right_keys: sides.right_keys,
            residual,
            left_width: sides.widths.0,
            right_width: sides.widths.1,
            rows: Chunk::default(),
            table: Table::default(),
            matched: Vec::new(),
            outer: Chunk::default(),
            pairs: Vec::new(),
            next: 0,
            unmatched: None,
        }
    }

    fn keeps_left(&self) -> bool {
        matches!(self.kind, JoinKind::Left | JoinKind::Full)
    }

    /// Looks up the rows of `outer`.
    fn probe(&mut self, context: &mut Context) -> Result<()> {
        let columns = self.left_keys.iter().map(|key| eval::evaluate(key, context, &self.outer));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        self.pairs.clear();
        self.next = 0;
        let keeps_left = self.keeps_left() && self.residual.is_none();
        let rows = self.outer.rows();
        self.table.probe(&columns, &self.right_keys, rows, keeps_left, &mut self.pairs);
        if self.residual.is_some() {
            self.check_residual(context)?;
        }
        if matches!(self.kind, JoinKind::Right | JoinKind::Full) {
            for &(_, right) in self.pairs.iter().filter(|(_, right)| *right != END) {
                self.matched[right as usize] = true;
            }
        }
        Ok(())
    }

    /// Keeps the pairs that meet the other conditions, and puts back left rows that have lost all.
    fn check_residual(&mut self, context: &mut Context) -> Result<()> {
        let Some(residual) = &self.residual else { return Ok(()) };
        let mut kept = Vec::new();
        let mut chunk = Chunk::default();
        for pairs in self.pairs.chunks(CHUNK_ROWS) {
            combine(&self.outer, &self.rows, pairs, &mut chunk);
            let taken = eval::true_rows(&*eval::evaluate(residual, context, &chunk)?);
            kept.extend(taken.into_iter().map(|place| pairs[place as usize]));
        }
        if self.keeps_left() {
            let mut all = Vec::with_capacity(kept.len());
            let mut kept = kept.into_iter().peekable();
            for row in 0..self.outer.rows() as u32 {
                let before = all.len();
                while let Some(pair) = kept.next_if(|pair| pair.0 == row) {
                    all.push(pair);
                }
                if all.len() == before {
                    all.push((row, END));
                }
            }
            self.pairs = all;
        } else {
            self.pairs = kept;
        }
        Ok(())
    }
}

/// Fills `out` with pairs of rows.
pub(super) fn combine(outer: &Chunk, inner: &Chunk, pairs: &[(u32, u32)], out: &mut Chunk) {
    let left: Vec<u32> = pairs.iter().map(|(left, _)| *left).collect();
    out.drop_columns();
    for column in outer.columns() {
        out.push_gathered(column, &left);
    }
    let lonely = pairs.iter().any(|(_, right)| *right == END);
    let right: Vec<u32> = pairs.iter().map(|(_, right)| *right).collect();
    for column in inner.columns() {
        if !lonely {
            out.push_gathered(column, &right);
            continue;
        }
        let value =
            |&row: &u32| if row == END { helios_core::ValueRef::Null } else { column.get(row as usize) };
        out.push_column(std::sync::Arc::new(right.iter().map(value).collect::<Column>()));
    }
    out.set_rows(pairs.len());
}

impl Operator for HashJoin {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.rows = Chunk::default();
        self.rows.reset(self.right_width);
        let rows = &mut self.rows;
        drain(&mut *self.right, context, |chunk| {
            let all: Vec<u32> = (0..chunk.rows() as u32).collect();
            rows.append_rows(chunk, &all);
            Ok(())
        })?;
        let keys = self.right_keys.iter().map(|(key, _)| eval::evaluate(key, context, &self.rows));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        self.table = Table::build(&keys, &self.right_keys, self.rows.rows());
        self.matched = vec![false; self.rows.rows()];
        self.pairs.clear();
        self.next = 0;
        self.unmatched = None;
        self.left.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        while self.unmatched.is_none() {
            if self.next < self.pairs.len() {
                let end = self.pairs.len().min(self.next + CHUNK_ROWS);
                combine(&self.outer, &self.rows, &self.pairs[self.next..end], out);
                self.next = end;
                return Ok(true);
            }
            context.interrupt.check()?;
            out.drop_columns();
            if !self.left.next(context, &mut self.outer)? {
                self.unmatched = Some(0);
                break;
            }
            self.probe(context)?;
        }
        if !matches!(self.kind, JoinKind::Right | JoinKind::Full) {
            return Ok(false);
        }
        while let Some(from) = self.unmatched.filter(|&from| from < self.matched.len()) {
            let end = self.matched.len().min(from + CHUNK_ROWS);
            let rows: Vec<u32> =
                (from as u32..end as u32).filter(|&row| !self.matched[row as usize]).collect();
            self.unmatched = Some(end);
            if !rows.is_empty() {
                lone_rows(&self.rows, &rows, self.left_width, 0, out);
                return Ok(true);
            }
        }
        Ok(false)
    }
}
