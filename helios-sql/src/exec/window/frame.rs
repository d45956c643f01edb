//! Frames: which rows of its partition each row's functions see.

use std::cmp::Ordering;

use helios_core::value::{Affinity, Number, compare};
use helios_core::{Error, Result, Value, ValueRef};

use super::Partition;
use crate::ast::{FrameExclude, FrameUnit};
use crate::chunk::Column;
use crate::exec::sort::Key;
use crate::exec::{Context, eval};
use crate::plan::{Bound, Frame};

/// The frames of a partition's rows. Both ends never go back from one row to the next.
#[derive(Debug)]
pub(super) struct Frames {
    /// The first row, and the one after the last, without regard to EXCLUDE.
    bounds: Vec<(usize, usize)>,
    /// What is left out of each: the first row and the one after the last, and whether the row itself stays.
    excluded: Option<(Vec<(usize, usize)>, bool)>,
    /// Whether nothing may be taken over from a frame that has other rows as well.
    are_apart: bool,
}

impl Frames {
    pub(super) fn new(frame: &Frame, partition: &Partition<'_>, context: &mut Context) -> Result<Frames> {
        let start = offset(&frame.start, frame.unit, "starting", context)?;
        let end = offset(&frame.end, frame.unit, "ending", context)?;
        let rows = partition.len();
        let mut bounds = Vec::with_capacity(rows);
        let (mut first, mut last) = (0, 0);
        for row in 0..rows {
            let from = match frame.unit {
                FrameUnit::Rows => start_by_rows(&frame.start, &start, row),
                FrameUnit::Groups => start_by_groups(&frame.start, &start, row, partition),
                FrameUnit::Range => start_by_range(&frame.start, &start, row, partition, &mut first),
            };
            let to = match frame.unit {
                FrameUnit::Rows => end_by_rows(&frame.end, &end, row, rows),
                FrameUnit::Groups => end_by_groups(&frame.end, &end, row, partition),
                FrameUnit::Range => end_by_range(&frame.end, &end, row, partition, &mut last),
            };
            let to = to.min(rows);
            bounds.push((from.min(to), to));
        }
        let excluded = match frame.exclude {
            FrameExclude::Nothing | FrameExclude::NoOthers => None,
            FrameExclude::CurrentRow => Some(((0..rows).map(|row| (row, row + 1)).collect(), false)),
            FrameExclude::Group => Some(((0..rows).map(|row| partition.peers(row)).collect(), false)),
            FrameExclude::Ties => Some(((0..rows).map(|row| partition.peers(row)).collect(), true)),
        };
        Ok(Frames { bounds, excluded, are_apart: frame.exclude == FrameExclude::NoOthers })
    }

    /// Whether nothing is left out of the frames.
    pub(super) fn are_whole(&self) -> bool {
        self.excluded.is_none()
    }

    /// Whether what a frame gives may be made of what the one before gave, without the rows that have left it.
    pub(super) fn move_on(&self) -> bool {
        !self.are_apart
    }

    /// The first row of a row's frame and the one after the last, without regard to EXCLUDE.
    pub(super) fn bounds(&self, row: usize) -> (usize, usize) {
        self.bounds[row]
    }

    /// The number of rows of the partition.
    pub(super) fn len(&self) -> usize {
        self.bounds.len()
    }

    /// The pieces of a row's frame, in order; some may be empty.
    pub(super) fn pieces(&self, row: usize) -> [(usize, usize); 3] {
        let (from, to) = self.bounds[row];
        let Some((excluded, keeps_row)) = &self.excluded else {
            return [(from, to), (to, to), (to, to)];
        };
        let (gap, after) = excluded[row];
        let clip = |first: usize, end: usize| (first.clamp(from, to), end.clamp(from, to));
        let itself = if *keeps_row { clip(row, row + 1) } else { clip(gap, gap) };
        [clip(from, gap), itself, clip(after, to)]
    }
}

/// The offset of a bound, as a number that is not negative.
fn offset(bound: &Bound, unit: FrameUnit, which: &str, context: &mut Context) -> Result<Value> {
    let (Bound::Preceding(expr) | Bound::Following(expr)) = bound else {
        return Ok(Value::Null);
    };
    let value = eval::constant(expr, context)?;
    let is_range = unit == FrameUnit::Range;
    let number = if is_range { value } else { Affinity::Integer.apply(value) };
    let is_good = match &number {
        Value::Integer(value) => *value >= 0,
        Value::Real(value) => is_range && *value >= 0.0,
        _ => false,
    };
    if is_good {
        return Ok(number);
    }
    let kind = if is_range { "number" } else { "integer" };
    Err(Error::sql(format!("frame {which} offset must be a non-negative {kind}")))
}

/// An offset in rows or groups.
fn steps(offset: &Value) -> usize {
    match offset {
        Value::Integer(value) => usize::try_from(*value).unwrap_or(usize::MAX),
        _ => 0,
    }
}

fn start_by_rows(bound: &Bound, offset: &Value, row: usize) -> usize {
    match bound {
        Bound::Unbounded => 0,
        Bound::Preceding(_) => row.saturating_sub(steps(offset)),
        Bound::CurrentRow => row,
        Bound::Following(_) => row.saturating_add(steps(offset)),
    }
}

fn end_by_rows(bound: &Bound, offset: &Value, row: usize, rows: usize) -> usize {
    match bound {
        Bound::Unbounded => rows,
        Bound::Preceding(_) => (row + 1).saturating_sub(steps(offset)),
        Bound::CurrentRow => row + 1,
        Bound::Following(_) => (row + 1).saturating_add(steps(offset)),
    }
}

fn start_by_groups(bound: &Bound, offset: &Value, row: usize, partition: &Partition<'_>) -> usize {
    let group = partition.groups[row] as usize;
    let group = match bound {
        Bound::Unbounded => return 0,
        Bound::Preceding(_) => group.saturating_sub(steps(offset)),
        Bound::CurrentRow => group,
        Bound::Following(_) => group.saturating_add(steps(offset)),
    };
    partition.starts.get(group).copied().unwrap_or(partition.len())
}

fn end_by_groups(bound: &Bound, offset: &Value, row: usize, partition: &Partition<'_>) -> usize {
    let group = partition.groups[row] as usize;
    let after = match bound {
        Bound::Unbounded => return partition.len(),
        Bound::Preceding(_) => (group + 1).saturating_sub(steps(offset)),
        Bound::CurrentRow => group + 1,
        Bound::Following(_) => (group + 1).saturating_add(steps(offset)),
    };
    partition.starts.get(after).copied().unwrap_or(partition.len())
}

/// The first row whose key is not before that of `row`, moved by the offset. `first` is where to begin to look.
fn start_by_range(
    bound: &Bound,
    offset: &Value,
    row: usize,
    partition: &Partition<'_>,
    first: &mut usize,
) -> usize {
    let goes_back = match bound {
        Bound::Unbounded => return 0,
        Bound::CurrentRow => return partition.peers(row).0,
        Bound::Preceding(_) => true,
        Bound::Following(_) => false,
    };
    let [key] = partition.order else { return partition.peers(row).0 };
    let distance = Distance::new(key, partition, offset, goes_back, row);
    while *first < partition.len() && distance.of(*first).is_lt() {
        *first += 1;
    }
    *first
}

/// The row after the last whose key is not after that of `row`, moved by the offset.
fn end_by_range(
    bound: &Bound,
    offset: &Value,
    row: usize,
    partition: &Partition<'_>,
    last: &mut usize,
) -> usize {
    let goes_back = match bound {
        Bound::Unbounded => return partition.len(),
        Bound::CurrentRow => return partition.peers(row).1,
        Bound::Preceding(_) => true,
        Bound::Following(_) => false,
    };
    let [key] = partition.order else { return partition.peers(row).1 };
    let distance = Distance::new(key, partition, offset, goes_back, row);
    while *last < partition.len() && distance.of(*last).is_le() {
        *last += 1;
    }
    *last
}

/// How rows stand to a row and an offset. As in SQLite the offset is added to the row that is looked at, where it goes back,
/// and to the row itself, where it goes on: numbers at the ends of their range, and rounding, make a difference.
struct Distance<'a> {
    key: &'a Key,
    values: &'a Column,
    /// What is added to other rows.
    offset: Option<&'a Value>,
    /// What they are compared with.
    end: Value,
}

impl<'a> Distance<'a> {
    fn new(
        key: &'a Key,
        partition: &Partition<'a>,
        offset: &'a Value,
        goes_back: bool,
        row: usize,
    ) -> Distance<'a> {
        let values = &*partition.keys[0];
        let own = values.get(row);
        match goes_back {
            true => Distance { key, values, offset: Some(offset), end: own.to_value() },
            false => Distance { key, values, offset: None, end: moved(own, offset, key.descending) },
        }
    }

    /// How another row stands to the end.
    fn of(&self, other: usize) -> Ordering {
        let other = self.values.get(other);
        match self.offset {
            None => in_order(self.key, other, self.end.as_ref()),
            Some(offset) => {
                let other = moved(other, offset, self.key.descending);
                in_order(self.key, other.as_ref(), self.end.as_ref())
            }
        }
    }
}

/// A number with an offset taken away or added; anything else stays as it is.
fn moved(value: ValueRef<'_>, offset: &Value, down: bool) -> Value {
    let real = |value: f64| {
        let offset = offset.as_ref().to_real();
        Value::real(if down { value - offset } else { value + offset })
    };
    match (value, offset) {
        (ValueRef::Integer(value), Value::Integer(offset)) => {
            let moved = if down { value.checked_sub(*offset) } else { value.checked_add(*offset) };
            moved.map_or_else(|| real(Number::Integer(value).to_real()), Value::Integer)
        }
        (ValueRef::Integer(value), _) => real(Number::Integer(value).to_real()),
        (ValueRef::Real(value), _) => real(value),
        (other, _) => other.to_value(),
    }
}

/// How two values of a key stand in the order.
fn in_order(key: &Key, a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
    match (a.is_null(), b.is_null()) {
        (true, true) => Ordering::Equal,
        (true, false) if key.nulls_first => Ordering::Less,
        (true, false) => Ordering::Greater,
        (false, true) if key.nulls_first => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let order = compare(a, b, &key.collation);
            if key.descending { order.reverse() } else { order }
        }
    }
}
