//! The functions that exist for windows alone (<https://sqlite.org/windowfunctions.html>, section 3).

use std::sync::Arc;

use helios_core::value::Affinity;
use helios_core::{Error, Result, Value, ValueRef};

use super::Partition;
use super::frame::Frames;
use crate::chunk::Column;
use crate::func::WindowFunction;

/// The values of a function for the rows of a partition. Most look at the partition, whatever frame is written.
pub(super) fn compute(
    function: WindowFunction,
    arguments: &[Arc<Column>],
    partition: &Partition<'_>,
    frames: impl FnOnce() -> Result<Frames>,
) -> Result<Column> {
    let rows = partition.len();
    Ok(match function {
        WindowFunction::RowNumber => Column::integers((1..=rows as i64).collect()),
        WindowFunction::Rank => ranks(partition),
        WindowFunction::DenseRank => {
            Column::integers(partition.groups.iter().map(|&group| i64::from(group) + 1).collect())
        }
        WindowFunction::PercentRank => {
            let rank = |row: usize| partition.peers(row).0 as f64 / (rows - 1) as f64;
            Column::reals((0..rows).map(|row| if rows > 1 { rank(row) } else { 0.0 }).collect())
        }
        WindowFunction::CumulativeDistribution => {
            Column::reals((0..rows).map(|row| partition.peers(row).1 as f64 / rows as f64).collect())
        }
        WindowFunction::Ntile => ntile(&arguments[0], rows)?,
        WindowFunction::Lag => shifted(arguments, rows, true),
        WindowFunction::Lead => shifted(arguments, rows, false),
        WindowFunction::FirstValue => {
            let frames = frames()?;
            (0..rows).map(|row| value_at(&arguments[0], nth(&frames, row, 0))).collect()
        }
        WindowFunction::LastValue => {
            let frames = frames()?;
            (0..rows).map(|row| value_at(&arguments[0], last(&frames, row))).collect()
        }
        WindowFunction::NthValue => nth_values(arguments, &frames()?)?,
    })
}

fn ranks(partition: &Partition<'_>) -> Column {
    Column::integers((0..partition.len()).map(|row| partition.peers(row).0 as i64 + 1).collect())
}

/// Numbers of buckets whose sizes differ by one at most, the larger first.
fn ntile(argument: &Column, rows: usize) -> Result<Column> {
    let buckets = argument.get(0).to_integer();
    if buckets <= 0 {
        return Err(Error::sql("argument of ntile must be a positive integer"));
    }
    let (rows, mut numbers) = (rows as i64, Vec::with_capacity(rows));
    let (size, larger) = (rows / buckets, rows % buckets);
    for row in 0..rows {
        let in_larger = larger * (size + 1);
        numbers.push(if row < in_larger { row / (size + 1) } else { larger + (row - in_larger) / size } + 1);
    }
    Ok(Column::integers(numbers))
}

/// `lag` and `lead`.
fn shifted(arguments: &[Arc<Column>], rows: usize, back: bool) -> Column {
    let value = |row: usize| {
        let offset = match arguments.get(1) {
            Some(offset) => Affinity::Integer.apply(numeric(offset.get(row))),
            None => Value::Integer(1),
        };
        let place = match offset {
            Value::Integer(offset) if back => (row as i64).checked_sub(offset),
            Value::Integer(offset) => (row as i64).checked_add(offset),
            _ => None,
        };
        let place = place.and_then(|place| usize::try_from(place).ok()).filter(|place| *place < rows);
        match (place, arguments.get(2)) {
            (Some(place), _) => arguments[0].get(place),
            (None, Some(default)) => default.get(row),
            (None, None) => ValueRef::Null,
        }
    };
    (0..rows).map(value).collect()
}

/// A value as an operand of `+`.
fn numeric(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Text(_) | ValueRef::Blob(_) => {
            let real = value.to_real();
            if real.fract() == 0.0 { Value::Integer(value.to_integer()) } else { Value::real(real) }
        }
        other => other.to_value(),
    }
}

fn value_at(column: &Column, place: Option<usize>) -> ValueRef<'_> {
    place.map_or(ValueRef::Null, |place| column.get(place))
}

/// The row of a frame at a position from 0 on.
fn nth(frames: &Frames, row: usize, mut position: usize) -> Option<usize> {
    for (from, to) in frames.pieces(row) {
        if position < to - from {
            return Some(from + position);
        }
        position -= to - from;
    }
    None
}

/// The last row of a frame.
fn last(frames: &Frames, row: usize) -> Option<usize> {
    let pieces = frames.pieces(row);
    pieces.iter().rev().find(|(from, to)| from < to).map(|(_, to)| to - 1)
}

fn nth_values(arguments: &[Arc<Column>], frames: &Frames) -> Result<Column> {
    let mut values = Column::default();
    for row in 0..frames.len() {
        let position = match Affinity::Integer.apply(arguments[1].get(row).to_value()) {
            Value::Integer(position) if position > 0 => position as usize - 1,
            _ => return Err(Error::sql("second argument to nth_value must be a positive integer")),
        };
        values.push(value_at(&arguments[0], nth(frames, row, position)));
    }
    Ok(values)
}
