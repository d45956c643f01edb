//! Rows of a table of FTS5 or FTS4 that is not searched: all, or those from some rowid to another, as its texts are read.

use std::fmt;
use std::sync::Arc;

use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::value::Affinity;
use helios_core::{Error, Result, Value};

use super::super::{
    Constraint, Operator, QueriedCursor, QueriedRows, RowSink, StoredRows, VirtualCursor, VirtualScan,
    WantedRows,
};
use super::content::Texts;

/// Which rowids are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Bounds {
    pub(in super::super) first: i64,
    pub(in super::super) last: i64,
}

impl Bounds {
    const ALL: Bounds = Bounds { first: i64::MIN, last: i64::MAX };

    /// What the conditions of a scan on the rowid leave.
    pub(in super::super) fn of(scan: &VirtualScan<'_>, is_on_rowid: impl Fn(&Constraint) -> bool) -> Bounds {
        let mut bounds = Bounds::ALL;
        for (constraint, value) in scan.constraints.iter().zip(scan.values) {
            if !is_on_rowid(constraint) {
                continue;
            }
            let is_equal = constraint.operator == Operator::Equal;
            let limit = if is_equal { Affinity::Integer.apply(value.clone()) } else { value.clone() };
            let Value::Integer(limit) = limit else {
                // What equals no integer is no rowid; other bounds are looked at again.
                if is_equal {
                    bounds = Bounds { first: i64::MAX, last: i64::MIN };
                }
                continue;
            };
            if !matches!(constraint.operator, Operator::Less | Operator::LessOrEqual) {
                bounds.first = bounds.first.max(limit);
            }
            if !matches!(constraint.operator, Operator::Greater | Operator::GreaterOrEqual) {
                bounds.last = bounds.last.min(limit);
            }
        }
        bounds
    }

    /// Whether they leave all rows.
    pub(in super::super) fn is_all(self) -> bool {
        self == Bounds::ALL
    }

    /// The rows between them.
    pub(in super::super) fn rows(self, descends: bool) -> WantedRows {
        WantedRows::Between { first: self.first, last: self.last, descends }
    }
}

/// Makes rows of texts.
pub(in super::super) trait RowMaker: fmt::Debug + Send {
    /// Gives the row with a rowid and its texts; there are none where texts are nowhere.
    fn give(&self, reader: &Reader, rowid: i64, texts: &[Value], out: &mut dyn RowSink) -> Result<()>;
}

/// Begins to give the rows that have texts. Where texts are nowhere, `sizes` tells which rows there are.
///
/// # Errors
/// Texts cannot be reached. `None` if nothing tells which rows there are.
pub(in super::super) fn open_rows(
    maker: Box<dyn RowMaker>,
    (texts, sizes): (&Texts, Option<&Arc<dyn StoredRows>>),
    wanted: WantedRows,
) -> Result<Option<Box<dyn VirtualCursor>>> {
    let rows = match texts {
        Texts::Queried(rows) => {
            let cursor = QueriedRowsCursor { maker, rows: rows.clone(), wanted, running: None };
            return Ok(Some(Box::new(cursor)));
        }
        Texts::In { rows, .. } => rows,
        Texts::Unreachable(why) => return Err(Error::sql(why.clone())),
        Texts::Nowhere => match sizes {
            Some(sizes) => sizes,
            None => return Ok(None),
        },
    };
    let (texts, rows) = (texts.clone(), rows.clone());
    let (bounds, descends) = match wanted {
        WantedRows::Of(rowid) => (Bounds { first: rowid, last: rowid }, false),
        WantedRows::All { descends } => (Bounds::ALL, descends),
        WantedRows::Between { first, last, descends } => (Bounds { first, last }, descends),
    };
    Ok(Some(Box::new(StoredRowsCursor { maker, texts, rows, bounds, descends, is_done: false })))
}

/// Rows of a table of rowids.
#[derive(Debug)]
struct StoredRowsCursor {
    maker: Box<dyn RowMaker>,
    texts: Texts,
    rows: Arc<dyn StoredRows>,
    /// What is still to come.
    bounds: Bounds,
    descends: bool,
    is_done: bool,
}

impl VirtualCursor for StoredRowsCursor {
    fn fill(&mut self, reader: &Reader, out: &mut dyn RowSink) -> Result<()> {
        if self.is_done || self.bounds.first > self.bounds.last {
            return Ok(());
        }
        let StoredRowsCursor { maker, texts, rows, .. } = &*self;
        let first = rows.rowid_key(self.bounds.first);
        let last = self.bounds.last.checked_add(1).map(|end| rows.rowid_key(end));
        let direction = if self.descends { Direction::Backward } else { Direction::Forward };
        let mut stopped_at = None;
        rows.scan(reader, KeyRange::new(&first, last.as_deref()), direction, &mut |key, values| {
            let rowid = rows.rowid(key)?;
            if out.is_full() {
                stopped_at = Some(rowid);
                return Ok(false);
            }
            let texts = match texts {
                Texts::In { .. } => texts.chosen(values, rowid),
                _ => Vec::new(),
            };
            maker.give(reader, rowid, &texts, out)?;
            Ok(true)
        })?;
        match (stopped_at, self.descends) {
            (None, _) => self.is_done = true,
            (Some(rowid), false) => self.bounds.first = rowid,
            (Some(rowid), true) => self.bounds.last = rowid,
        }
        Ok(())
    }
}

/// Rows that a query gives.
#[derive(Debug)]
struct QueriedRowsCursor {
    maker: Box<dyn RowMaker>,
    rows: Arc<dyn QueriedRows>,
    wanted: WantedRows,
    running: Option<Box<dyn QueriedCursor>>,
}

impl VirtualCursor for QueriedRowsCursor {
    fn fill(&mut self, reader: &Reader, out: &mut dyn RowSink) -> Result<()> {
        let running = match &mut self.running {
            Some(running) => running,
            running => running.insert(self.rows.open(reader, self.wanted)?),
        };
        while !out.is_full() {
            let Some((rowid, texts)) = running.next_row()? else { return Ok(()) };
            self.maker.give(reader, rowid, &texts, out)?;
        }
        Ok(())
    }
}
