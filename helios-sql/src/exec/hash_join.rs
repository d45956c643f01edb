//! A join by equality: the right side goes into a hash table, the left side looks its partners up.
//!
//! Pairs come in the order of the left side, and for one left row in the order of the right side. Where the right side
//! does not fit in memory, both sides are cut into parts by their keys, in temporary files (see [`spilled`]).

mod inner;
mod spilled;
mod table;

use std::sync::Arc;

use helios_core::value::Collation;
use helios_core::{Result, ValueRef};

use super::nested_join::lone_rows;
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::plan::{Expr, JoinKind};
use crate::spill::Account;
use inner::Inner;
use spilled::Spilled;
pub(super) use table::END;

#[derive(Debug)]
pub(super) struct HashJoin {
    conditions: Conditions,
    left: BoxedOperator,
    right: BoxedOperator,
    /// Whether the right side is the same each time that the join is opened, until it is closed: then it stays.
    is_steady: bool,
    state: Option<State>,
}

/// Which pairs a join gives.
#[derive(Debug)]
struct Conditions {
    kind: JoinKind,
    left_keys: Vec<Expr>,
    right_keys: Vec<(Expr, Collation)>,
    /// What pairs have to meet besides.
    residual: Option<Expr>,
    left_width: usize,
    right_width: usize,
}

/// Where the right side is.
#[derive(Debug)]
enum State {
    Here(Box<Here>),
    Spilled(Spilled),
}

/// A join with the right side in memory.
#[derive(Debug)]
struct Here {
    inner: Inner,
    _account: Account,
    outer: Chunk,
    keys: Vec<Arc<Column>>,
    /// The next row of `outer` to look up.
    row: usize,
    /// Pairs that were not given yet: left row and right row, or [`END`] for no partner.
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

impl Conditions {
    fn keeps_left(&self) -> bool {
        matches!(self.kind, JoinKind::Left | JoinKind::Full)
    }

    fn keeps_right(&self) -> bool {
        matches!(self.kind, JoinKind::Right | JoinKind::Full)
    }

    fn left_columns(&self, rows: &Chunk, context: &mut Context) -> Result<Vec<Arc<Column>>> {
        self.left_keys.iter().map(|key| eval::evaluate(key, context, rows)).collect()
    }

    fn right_columns(&self, rows: &Chunk, context: &mut Context) -> Result<Vec<Arc<Column>>> {
        self.right_keys.iter().map(|(key, _)| eval::evaluate(key, context, rows)).collect()
    }
}

impl HashJoin {
    pub(super) fn new(kind: JoinKind, sides: Sides, residual: Option<Expr>, is_steady: bool) -> HashJoin {
        let conditions = Conditions {
            kind,
            left_keys: sides.left_keys,
            right_keys: sides.right_keys,
            residual,
            left_width: sides.widths.0,
            right_width: sides.widths.1,
        };
        HashJoin { conditions, left: sides.left, right: sides.right, is_steady, state: None }
    }

    /// Reads the right side, and the left one too if that does not fit.
    fn read(&mut self, context: &mut Context) -> Result<State> {
        let mut rows = Chunk::default();
        rows.reset(self.conditions.right_width);
        let mut account = context.workspace().account();
        self.right.open(context)?;
        let mut chunk = Chunk::default();
        while self.right.next(context, &mut chunk)? {
            context.interrupt.check_rows(chunk.rows())?;
            let all: Vec<u32> = (0..chunk.rows() as u32).collect();
            rows.append_rows(&chunk, &all);
            if !account.hold(inner::memory(&rows)) {
                drop(account);
                let (left, right) = (&mut *self.left, &mut *self.right);
                return Spilled::new(&self.conditions, rows, left, right, context).map(State::Spilled);
            }
        }
        self.right.close();
        let inner = Inner::new(&self.conditions, rows, context)?;
        self.left.open(context)?;
        Ok(State::Here(Box::new(Here {
            inner,
            _account: account,
            outer: Chunk::default(),
            keys: Vec::new(),
            row: 0,
            pairs: Vec::new(),
            next: 0,
            unmatched: None,
        })))
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
        let value = |&row: &u32| if row == END { ValueRef::Null } else { column.get(row as usize) };
        out.push_column(Arc::new(right.iter().map(value).collect::<Column>()));
    }
    out.set_rows(pairs.len());
}

impl Here {
    /// Forgets the left side.
    fn begin_again(&mut self) {
        self.outer = Chunk::default();
        self.keys.clear();
        self.pairs.clear();
        (self.row, self.next, self.unmatched) = (0, 0, None);
    }

    fn next(
        &mut self,
        conditions: &Conditions,
        left: &mut dyn Operator,
        context: &mut Context,
        out: &mut Chunk,
    ) -> Result<bool> {
        while self.unmatched.is_none() {
            if self.next < self.pairs.len() {
                let end = self.pairs.len().min(self.next + CHUNK_ROWS);
                combine(&self.outer, &self.inner.rows, &self.pairs[self.next..end], out);
                self.next = end;
                return Ok(true);
            }
            context.interrupt.check_rows(self.row.max(1))?;
            if self.row >= self.outer.rows() {
                out.drop_columns();
                self.row = 0;
                if !left.next(context, &mut self.outer)? {
                    self.unmatched = Some(0);
                    break;
                }
                self.keys = conditions.left_columns(&self.outer, context)?;
            }
            self.next = 0;
            let (outer, keys) = (&self.outer, &self.keys);
            self.row = self.inner.probe(conditions, outer, keys, self.row, &mut self.pairs, context)?;
        }
        if !conditions.keeps_right() {
            return Ok(false);
        }
        while let Some(from) = self.unmatched.filter(|&from| from < self.inner.rows.rows()) {
            let end = self.inner.rows.rows().min(from + CHUNK_ROWS);
            self.unmatched = Some(end);
            let rows = self.inner.unmatched(from, end);
            if !rows.is_empty() {
                lone_rows(&self.inner.rows, &rows, conditions.left_width, 0, out);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Operator for HashJoin {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        if let Some(State::Here(here)) = &mut self.state
            && self.is_steady
            && !self.conditions.keeps_right()
        {
            here.begin_again();
            return self.left.open(context);
        }
        self.state = None;
        self.state = Some(self.read(context)?);
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        match &mut self.state {
            Some(State::Here(here)) => here.next(&self.conditions, &mut *self.left, context, out),
            Some(State::Spilled(spilled)) => spilled.next(out),
            None => Ok(false),
        }
    }

    fn close(&mut self) {
        self.state = None;
        self.left.close();
        self.right.close();
    }
}
