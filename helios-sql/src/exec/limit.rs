//! LIMIT and OFFSET.

use helios_core::value::Affinity;
use helios_core::{Error, ErrorKind, Result, Value};

use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::Chunk;
use crate::plan::Expr;

#[derive(Debug)]
pub(super) struct Limit {
    input: BoxedOperator,
    limit: Option<Expr>,
    offset: Option<Expr>,
    /// Rows still to be left out, and then still to be given (`None`: all).
    skip: usize,
    left: Option<usize>,
}

impl Limit {
    pub(super) fn new(input: BoxedOperator, limit: Option<Expr>, offset: Option<Expr>) -> Limit {
        Limit { input, limit, offset, skip: 0, left: None }
    }
}

/// The number that LIMIT or OFFSET gives.
pub(super) fn count(expr: &Expr, context: &mut Context) -> Result<i64> {
    match Affinity::Integer.apply(eval::constant(expr, context)?) {
        Value::Integer(count) => Ok(count),
        _ => Err(Error::new(ErrorKind::Mismatch, "datatype mismatch")),
    }
}

impl Operator for Limit {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        let limit = self.limit.as_ref().map(|limit| count(limit, context)).transpose()?;
        self.left = limit.and_then(|limit| usize::try_from(limit).ok());
        if self.left == Some(0) {
            // Nothing more is looked at, not even OFFSET.
            return Ok(());
        }
        let offset = self.offset.as_ref().map(|offset| count(offset, context)).transpose()?;
        self.skip = usize::try_from(offset.unwrap_or(0)).unwrap_or(0);
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        while self.left != Some(0) && self.input.next(context, out)? {
            let skipped = self.skip.min(out.rows());
            self.skip -= skipped;
            let rest = out.rows() - skipped;
            if rest == 0 {
                continue;
            }
            let given = self.left.map_or(rest, |left| left.min(rest));
            self.left = self.left.map(|left| left - given);
            out.slice(skipped, skipped + given);
            return Ok(true);
        }
        Ok(false)
    }

    fn close(&mut self) {
        self.input.close();
    }
}
