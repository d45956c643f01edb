//! Rows on their way: found with the tree, or in the order of their rowids.

use std::sync::Arc;

use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::{Interrupt, Reader};
use helios_core::value::Affinity;
use helios_core::{Result, Value, ValueRef};

use super::super::{Operator, RowSink, VirtualCursor, VirtualScan};
use super::node::{Entry, ROOT, damaged, visit_entries};
use super::region::{MOST_DIMENSIONS, Region};
use super::table::{Access, RtreeTable};

/// So many nodes are read before somebody is asked whether to go on.
const NODES_OF_QUESTION: u32 = 256;

/// Begins a scan.
pub(super) fn open(table: &RtreeTable, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
    let common = Common {
        table: Arc::new(table.clone()),
        wanted: scan.wanted.to_vec(),
        reads_auxiliary: scan
            .wanted
            .iter()
            .any(|position| (1 + table.shape.bounds()..table.columns.len()).contains(position)),
    };
    let access = Access::of(scan.choice);
    if access == Access::Tree {
        let height =
            table.tree()?.with_bytes(scan.reader, ROOT, |bytes| visit_entries(table.shape, bytes, |_| ()))?;
        let root = Entry { id: ROOT, region: Region { bounds: [0.0; 2 * MOST_DIMENSIONS] } };
        return Ok(Box::new(TreeCursor {
            common,
            window: Window::of(table, scan),
            interrupt: scan.interrupt.clone(),
            ahead: vec![(height + 1, root)],
            nodes: 0,
        }));
    }
    let (mut first, mut last) = (i64::MIN, i64::MAX);
    for (constraint, value) in scan.constraints.iter().zip(scan.values) {
        let Value::Integer(limit) = value else { continue };
        if matches!(constraint.operator, Operator::Equal | Operator::Greater | Operator::GreaterOrEqual) {
            first = first.max(*limit);
        }
        if matches!(constraint.operator, Operator::Equal | Operator::Less | Operator::LessOrEqual) {
            last = last.min(*limit);
        }
    }
    Ok(Box::new(RowCursor { common, first, last, descends: access == Access::RowidsDown, is_done: false }))
}

/// What both ways have.
#[derive(Debug)]
struct Common {
    table: Arc<RtreeTable>,
    wanted: Vec<usize>,
    reads_auxiliary: bool,
}

impl Common {
    fn give(&self, rowid: i64, region: &Region, auxiliary: &[Value], out: &mut dyn RowSink) {
        let shape = self.table.shape;
        for (place, &position) in self.wanted.iter().enumerate() {
            let value = match position.checked_sub(1) {
                Some(bound) if bound < shape.bounds() => region.value(shape, bound),
                Some(further) if position < self.table.columns.len() => {
                    auxiliary.get(further - shape.bounds()).map_or(ValueRef::Null, Value::as_ref)
                }
                _ => ValueRef::Integer(rowid),
            };
            out.value(place, value);
        }
        out.end_row();
    }
}

/// Between what limits each coordinate is wanted; those that are meant to be left out are let through.
#[derive(Debug)]
struct Window {
    least: [f64; 2 * MOST_DIMENSIONS],
    greatest: [f64; 2 * MOST_DIMENSIONS],
    dimensions: usize,
}

impl Window {
    fn of(table: &RtreeTable, scan: &VirtualScan<'_>) -> Window {
        let mut window = Window {
            least: [f64::NEG_INFINITY; 2 * MOST_DIMENSIONS],
            greatest: [f64::INFINITY; 2 * MOST_DIMENSIONS],
            dimensions: table.shape.dimensions,
        };
        for (constraint, value) in scan.constraints.iter().zip(scan.values) {
            let Some(bound) = table.bound_of(constraint) else { continue };
            // Of anything but numbers the conditions themselves will tell.
            let limit = match Affinity::Numeric.apply(value.clone()) {
                Value::Integer(limit) => limit as f64,
                Value::Real(limit) => limit,
                Value::Null | Value::Text(_) | Value::Blob(_) => continue,
            };
            if matches!(constraint.operator, Operator::Equal | Operator::Greater | Operator::GreaterOrEqual) {
                window.least[bound] = window.least[bound].max(limit);
            }
            if matches!(constraint.operator, Operator::Equal | Operator::Less | Operator::LessOrEqual) {
                window.greatest[bound] = window.greatest[bound].min(limit);
            }
        }
        window
    }

    /// Whether a box is wanted.
    fn has(&self, region: &Region) -> bool {
        let limits = self.least.iter().zip(&self.greatest).zip(&region.bounds);
        limits.take(2 * self.dimensions).all(|((least, greatest), bound)| bound >= least && bound <= greatest)
    }

    /// Whether something in a box may be wanted.
    fn meets(&self, region: &Region) -> bool {
        (0..2 * self.dimensions).all(|bound| {
            let dimension = bound & !1;
            region.bounds[dimension + 1] >= self.least[bound]
                && region.bounds[dimension] <= self.greatest[bound]
        })
    }
}

/// Rows that the tree finds.
#[derive(Debug)]
struct TreeCursor {
    common: Common,
    window: Window,
    interrupt: Interrupt,
    /// What is still to be looked at, the next at the end: how many levels it is above the rows, and what it is.
    ahead: Vec<(usize, Entry)>,
    nodes: u32,
}

impl VirtualCursor for TreeCursor {
    fn fill(&mut self, reader: &Reader, out: &mut dyn RowSink) -> Result<()> {
        let table = self.common.table.clone();
        while !out.is_full() {
            let Some((level, entry)) = self.ahead.pop() else { return Ok(()) };
            if level == 0 {
                let auxiliary = match self.common.reads_auxiliary {
                    true => table.rows()?.read(reader, entry.id)?.ok_or_else(damaged)?.1,
                    false => Vec::new(),
                };
                self.common.give(entry.id, &entry.region, &auxiliary, out);
                continue;
            }
            self.nodes += 1;
            if self.nodes.is_multiple_of(NODES_OF_QUESTION) {
                self.interrupt.check()?;
            }
            let start = self.ahead.len();
            let (ahead, window) = (&mut self.ahead, &self.window);
            table.tree()?.with_bytes(reader, entry.id, |bytes| {
                visit_entries(table.shape, bytes, |entry| {
                    let is_wanted =
                        if level == 1 { window.has(&entry.region) } else { window.meets(&entry.region) };
                    if is_wanted {
                        ahead.push((level - 1, entry));
                    }
                })
            })?;
            self.ahead[start..].reverse();
        }
        Ok(())
    }
}

/// Rows in the order of their rowids.
#[derive(Debug)]
struct RowCursor {
    common: Common,
    first: i64,
    last: i64,
    descends: bool,
    is_done: bool,
}

impl VirtualCursor for RowCursor {
    fn fill(&mut self, reader: &Reader, out: &mut dyn RowSink) -> Result<()> {
        if self.is_done || self.first > self.last {
            return Ok(());
        }
        let rows = self.common.table.rows()?;
        let first = rows.stored.rowid_key(self.first);
        let last = self.last.checked_add(1).map(|end| rows.stored.rowid_key(end));
        let direction = if self.descends { Direction::Backward } else { Direction::Forward };
        let mut stopped_at = None;
        let range = KeyRange::new(&first, last.as_deref());
        rows.stored.scan(reader, range, direction, &mut |key, values| {
            let rowid = rows.stored.rowid(key)?;
            if out.is_full() {
                stopped_at = Some(rowid);
                return Ok(false);
            }
            let (region, auxiliary) = rows.parts(values)?;
            self.common.give(rowid, &region, &auxiliary, out);
            Ok(true)
        })?;
        match (stopped_at, self.descends) {
            (None, _) => self.is_done = true,
            (Some(rowid), false) => self.first = rowid,
            (Some(rowid), true) => self.last = rowid,
        }
        Ok(())
    }
}
