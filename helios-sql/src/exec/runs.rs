//! Rows that come in an order, in runs: what is ordered by has no value that stands in two of them.
//!
//! In: rows among which those that are equal in some keys come one behind the other. Out: the same rows, cut between
//! unequal ones, so that what sorts or groups by these keys can be done with one run before it reads the next. Runs are
//! short at first, for whoever wants a few rows, and have some thousands of rows later. Without keys there is one run.

use helios_core::Result;
use helios_core::value::Collation;

use super::key::write_key;
use super::{BoxedOperator, Context, eval};
use crate::chunk::{CHUNK_ROWS, Chunk};
use crate::plan::Expr;

#[derive(Debug)]
pub(super) struct Runs {
    input: BoxedOperator,
    keys: Vec<(Expr, Collation)>,
    /// Rows of the next run that have been read.
    rest: Option<Chunk>,
    /// The keys of the last row that was given.
    last: Option<Vec<u8>>,
    /// How many rows of this run were given, and how many make it long enough to be cut.
    rows: usize,
    enough: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    InRun,
    BetweenRuns,
    AtEnd,
}

impl Runs {
    pub(super) fn new(input: BoxedOperator, keys: Vec<(Expr, Collation)>) -> Runs {
        Runs { input, keys, rest: None, last: None, rows: 0, enough: 1, state: State::AtEnd }
    }

    /// Begins with the first run.
    pub(super) fn open(&mut self, context: &mut Context) -> Result<()> {
        (self.rest, self.last, self.rows, self.enough) = (None, None, 0, 1);
        self.state = State::InRun;
        self.input.open(context)
    }

    /// Goes on to the next run; `false` if there is none.
    pub(super) fn go_on(&mut self) -> bool {
        if self.state != State::BetweenRuns {
            return false;
        }
        self.rows = 0;
        self.enough = (self.enough * 4).min(CHUNK_ROWS);
        self.state = State::InRun;
        true
    }

    /// Fills `out` with the next rows of this run; `false` at its end.
    pub(super) fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        if self.state != State::InRun {
            return Ok(false);
        }
        match self.rest.take() {
            Some(rest) => *out = rest,
            None if self.input.next(context, out)? => {}
            None => {
                self.close();
                return Ok(false);
            }
        }
        if !self.keys.is_empty() && out.rows() > 0 {
            return self.cut(context, out);
        }
        self.rows += out.rows();
        Ok(true)
    }

    /// Leaves for the next run what can begin one, if this one is long enough. `false` if nothing is left for this one.
    fn cut(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        let columns = self.keys.iter().map(|(key, _)| eval::evaluate(key, context, out));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let key = |row: usize| {
            let mut key = Vec::new();
            let values = columns.iter().zip(&self.keys);
            write_key(values.map(|(column, (_, collation))| (column.get(row), collation)), &mut key);
            key
        };
        let rows = out.rows();
        let last = key(rows - 1);
        // The first of the rows at the end that are equal to the last one.
        let (mut low, mut high) = (0, rows - 1);
        while low < high {
            let middle = usize::midpoint(low, high);
            if key(middle) == last { high = middle } else { low = middle + 1 }
        }
        let begins = high;
        let is_new = begins > 0 || self.last.as_ref().is_some_and(|before| *before != last);
        if is_new && self.rows + begins >= self.enough {
            let mut rest = out.clone();
            rest.slice(begins, rows);
            self.rest = Some(rest);
            self.state = State::BetweenRuns;
            if begins == 0 {
                return Ok(false);
            }
            self.last = Some(key(begins - 1));
            out.slice(0, begins);
        } else {
            self.last = Some(last);
        }
        self.rows += out.rows();
        Ok(true)
    }

    /// Ends, also before the end.
    pub(super) fn close(&mut self) {
        self.rest = None;
        self.state = State::AtEnd;
        self.input.close();
    }
}
