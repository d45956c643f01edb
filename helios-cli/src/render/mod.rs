//! Rows as text, in the forms that `sqlite3` has.
//!
//! In: a [`Format`], the names of columns, rows of values. Out: bytes that are those of the `sqlite3` shell of version
//! 3.40 for the same rows. As there, a text ends at its first zero byte, and widths are counted in characters.

mod columns;
mod format;
mod lines;
mod plan;
mod text;
mod wrap;

use std::io::{self, Write};

use helios::ValueRef;

pub(crate) use format::{Format, MODE_NAMES, Mode};
pub(crate) use text::{quoted_name, write_c_string, write_value_literal};

use columns::Columns;
use lines::Lines;
use plan::{Plan, Steps};

/// What makes text of the rows of one statement.
#[derive(Debug)]
pub(crate) enum Renderer<'f> {
    /// Row by row.
    Lines(Lines<'f>),
    /// All rows together.
    Columns(Columns<'f>),
    /// The tree of EXPLAIN QUERY PLAN.
    Plan(Plan),
    /// The table of EXPLAIN.
    Steps(Steps),
}

/// What kind of rows a statement gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any.
    Rows,
    /// Those of EXPLAIN QUERY PLAN.
    Plan,
    /// Those of EXPLAIN.
    Steps,
}

impl<'f> Renderer<'f> {
    /// A renderer for rows with columns of these names.
    pub(crate) fn new(format: &'f Format, kind: Kind, names: Vec<Vec<u8>>) -> Renderer<'f> {
        match kind {
            Kind::Plan => Renderer::Plan(Plan::default()),
            Kind::Steps => Renderer::Steps(Steps::new(names)),
            Kind::Rows if format.mode.is_columnar() => Renderer::Columns(Columns::new(format, &names)),
            Kind::Rows => Renderer::Lines(Lines::new(format, names)),
        }
    }

    /// Takes a row.
    pub(crate) fn row(&mut self, row: &[ValueRef<'_>], out: &mut dyn Write) -> io::Result<()> {
        match self {
            Renderer::Lines(lines) => lines.row(row, out),
            Renderer::Columns(columns) => {
                columns.row(row);
                Ok(())
            }
            Renderer::Plan(plan) => {
                plan.row(row);
                Ok(())
            }
            Renderer::Steps(steps) => steps.row(row, out),
        }
    }

    /// Writes what comes after the last row. Where there was none, that is nothing.
    pub(crate) fn end(self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Renderer::Lines(lines) => lines.end(out),
            Renderer::Columns(columns) => columns.end(out),
            Renderer::Plan(plan) => plan.end(out),
            Renderer::Steps(_) => Ok(()),
        }
    }
}
