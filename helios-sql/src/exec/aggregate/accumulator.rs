//! The states of one aggregate, one for each group.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use helios_core::value::{Collation, compare};
use helios_core::{Result, Value, ValueRef};

use super::json;
use super::sum::Sum;
use super::vector::{VectorSum, add_vectors};
use crate::chunk::{Column, Data};
use crate::func::{Aggregate, AggregateState, JsonForm, MAX_LENGTH, ProgramAggregate, too_big};
use crate::plan::AggregateCall;

pub(in crate::exec) enum Accumulator {
    CountRows(Vec<i64>),
    Count(Vec<i64>),
    Sum(Aggregate, Vec<Sum>),
    /// The least (`Less`) or the greatest value.
    Extreme(Ordering, Collation, Vec<Value>),
    Concatenate(Vec<Option<Vec<u8>>>),
    /// JSON: an array, or an object if `true`; in which form it is given.
    Json(bool, JsonForm, Vec<json::Text>),
    /// Of vectors: the sums, or the averages if `true`.
    Vectors(bool, Vec<VectorSum>),
    Bare(Vec<Option<Value>>),
    /// A program's; its state begins with a group's first row.
    Program(Arc<ProgramAggregate>, Vec<Option<Box<dyn AggregateState>>>),
}

impl fmt::Debug for Accumulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accumulator").finish_non_exhaustive()
    }
}

/// Calls `visit` with each row, and its group, that is in `rows`; with all if that is `None`.
pub(super) fn for_each(groups: &[u32], rows: Option<&[u32]>, mut visit: impl FnMut(usize, usize)) {
    match rows {
        None => groups.iter().enumerate().for_each(|(row, &group)| visit(row, group as usize)),
        Some(rows) => rows.iter().for_each(|&row| visit(row as usize, groups[row as usize] as usize)),
    }
}

impl Accumulator {
    pub(in crate::exec) fn new(call: &AggregateCall) -> Accumulator {
        match &call.function {
            Aggregate::CountRows => Accumulator::CountRows(Vec::new()),
            Aggregate::Count => Accumulator::Count(Vec::new()),
            Aggregate::Sum | Aggregate::Total | Aggregate::Average => {
                Accumulator::Sum(call.function.clone(), Vec::new())
            }
            Aggregate::Minimum => Accumulator::Extreme(Ordering::Less, call.collation.clone(), Vec::new()),
            Aggregate::Maximum => Accumulator::Extreme(Ordering::Greater, call.collation.clone(), Vec::new()),
            Aggregate::Concatenate => Accumulator::Concatenate(Vec::new()),
            Aggregate::JsonArray { form } => Accumulator::Json(false, *form, Vec::new()),
            Aggregate::JsonObject { form } => Accumulator::Json(true, *form, Vec::new()),
            Aggregate::VectorSum => Accumulator::Vectors(false, Vec::new()),
            Aggregate::VectorAverage => Accumulator::Vectors(true, Vec::new()),
            Aggregate::Bare => Accumulator::Bare(Vec::new()),
            Aggregate::Program(function) => Accumulator::Program(function.clone(), Vec::new()),
        }
    }

    /// Makes room for `groups` groups.
    pub(in crate::exec) fn resize(&mut self, groups: usize) {
        match self {
            Accumulator::CountRows(counts) | Accumulator::Count(counts) => counts.resize(groups, 0),
            Accumulator::Sum(_, sums) => sums.resize(groups, Sum::default()),
            Accumulator::Extreme(_, _, values) => values.resize(groups, Value::Null),
            Accumulator::Concatenate(texts) | Accumulator::Json(_, _, texts) => texts.resize(groups, None),
            Accumulator::Vectors(_, sums) => sums.resize_with(groups, VectorSum::default),
            Accumulator::Bare(values) => values.resize(groups, None),
            Accumulator::Program(_, states) => states.resize_with(groups, || None),
        }
    }

    /// Adds rows, each to its group.
    pub(in crate::exec) fn add(
        &mut self,
        arguments: &[Arc<Column>],
        groups: &[u32],
        rows: Option<&[u32]>,
    ) -> Result<()> {
        match self {
            Accumulator::CountRows(counts) if counts.len() == 1 && rows.is_none() => {
                counts[0] += groups.len() as i64;
            }
            Accumulator::CountRows(counts) => for_each(groups, rows, |_, group| counts[group] += 1),
            Accumulator::Count(counts) => {
                let column = &*arguments[0];
                for_each(groups, rows, |row, group| counts[group] += i64::from(!column.is_null(row)));
            }
            Accumulator::Sum(_, sums) => add_to_sums(sums, &arguments[0], groups, rows),
            Accumulator::Extreme(wanted, collation, values) => {
                let column = &*arguments[0];
                for_each(groups, rows, |row, group| {
                    let value = column.get(row);
                    let best = &mut values[group];
                    if !value.is_null()
                        && (best.is_null() || compare(value, best.as_ref(), collation) == *wanted)
                    {
                        *best = value.to_value();
                    }
                });
            }
            Accumulator::Vectors(is_average, sums) => {
                return add_vectors(*is_average, sums, &arguments[0], groups, rows);
            }
            Accumulator::Concatenate(texts) => return concatenate(texts, arguments, groups, rows),
            Accumulator::Bare(values) => {
                let column = &*arguments[0];
                for_each(groups, rows, |row, group| {
                    if values[group].is_none() {
                        values[group] = Some(column.get(row).to_value());
                    }
                });
            }
            Accumulator::Json(is_object, _, texts) => {
                let mut result = Ok(());
                for_each(groups, rows, |row, group| {
                    let text = &mut texts[group];
                    if result.is_ok() {
                        result = match *is_object {
                            true => json::add_entry(text, arguments[0].get(row), arguments[1].get(row)),
                            false => json::add_element(text, arguments[0].get(row)),
                        };
                    }
                });
                return result;
            }
            Accumulator::Program(function, states) => {
                return step_program(function, states, arguments, groups, rows);
            }
        }
        Ok(())
    }

    /// Adds rows to min or max, and notes those that were the best so far, or a NULL before there was any.
    pub(super) fn choose(
        &mut self,
        arguments: &[Arc<Column>],
        groups: &[u32],
        rows: Option<&[u32]>,
        chosen: &mut Vec<u32>,
    ) {
        let Accumulator::Extreme(wanted, collation, values) = self else { return };
        let column = &*arguments[0];
        for_each(groups, rows, |row, group| {
            let value = column.get(row);
            let best = &mut values[group];
            if best.is_null() || (!value.is_null() && compare(value, best.as_ref(), collation) == *wanted) {
                *best = value.to_value();
                chosen.push(row as u32);
            }
        });
    }

    /// Takes the values of `rows` in place of what there was.
    pub(super) fn replace(&mut self, arguments: &[Arc<Column>], groups: &[u32], rows: &[u32]) {
        let Accumulator::Bare(values) = self else { return };
        let column = &*arguments[0];
        for_each(groups, Some(rows), |row, group| values[group] = Some(column.get(row).to_value()));
    }

    /// The value for a group, which is asked for once.
    pub(in crate::exec) fn result(&mut self, group: usize) -> Result<Value> {
        Ok(match self {
            Accumulator::CountRows(counts) | Accumulator::Count(counts) => Value::Integer(counts[group]),
            Accumulator::Sum(Aggregate::Sum, sums) => return sums[group].sum(),
            Accumulator::Sum(Aggregate::Average, sums) => sums[group].average(),
            Accumulator::Sum(_, sums) => sums[group].total(),
            Accumulator::Extreme(_, _, values) => values[group].clone(),
            Accumulator::Concatenate(texts) => match &texts[group] {
                Some(text) => Value::Text(text[..].into()),
                None => Value::Null,
            },
            Accumulator::Json(is_object, form, texts) => {
                let brackets = if *is_object { *b"{}" } else { *b"[]" };
                return json::finish(&texts[group], brackets, *form);
            }
            Accumulator::Vectors(is_average, sums) => return sums[group].result(*is_average),
            Accumulator::Bare(values) => values[group].clone().unwrap_or_default(),
            Accumulator::Program(_, states) => match states[group].take() {
                Some(mut state) => return state.finish(),
                None => Value::Null,
            },
        })
    }
}

/// Appends rows to the texts of their groups. One that becomes longer than a value may be is an error.
fn concatenate(
    texts: &mut [Option<Vec<u8>>],
    arguments: &[Arc<Column>],
    groups: &[u32],
    rows: Option<&[u32]>,
) -> Result<()> {
    let mut longest = 0;
    for_each(groups, rows, |row, group| {
        let value = arguments[0].get(row);
        if value.is_null() || longest > MAX_LENGTH {
            return;
        }
        let text = match &mut texts[group] {
            Some(text) => {
                match arguments.get(1) {
                    Some(separator) => separator.get(row).write_text(text),
                    None => text.push(b','),
                }
                text
            }
            empty => empty.insert(Vec::new()),
        };
        value.write_text(text);
        longest = longest.max(text.len());
    });
    if longest > MAX_LENGTH { Err(too_big()) } else { Ok(()) }
}

fn step_program(
    function: &ProgramAggregate,
    states: &mut [Option<Box<dyn AggregateState>>],
    arguments: &[Arc<Column>],
    groups: &[u32],
    rows: Option<&[u32]>,
) -> Result<()> {
    let mut values = Vec::with_capacity(arguments.len());
    let mut result = Ok(());
    for_each(groups, rows, |row, group| {
        if result.is_err() {
            return;
        }
        let state = match &mut states[group] {
            Some(state) => state,
            empty => match (function.body)() {
                Ok(state) => empty.insert(state),
                Err(error) => return result = Err(error),
            },
        };
        values.clear();
        values.extend(arguments.iter().map(|column| column.get(row)));
        result = state.step(&values);
    });
    result
}

fn add_to_sums(sums: &mut [Sum], column: &Column, groups: &[u32], rows: Option<&[u32]>) {
    let nulls = column.nulls();
    match (column.data(), &mut *sums, rows) {
        // One group: its sum stays in registers.
        (Data::Integer(values), [only], None) if nulls.is_empty() => {
            let mut sum = *only;
            values.iter().for_each(|&value| sum.add_integer(value));
            *only = sum;
        }
        (Data::Real(values), [only], None) if nulls.is_empty() => {
            let mut sum = *only;
            values.iter().for_each(|&value| sum.add_real(value));
            *only = sum;
        }
        (Data::Integer(values), ..) if nulls.is_empty() => {
            for_each(groups, rows, |row, group| sums[group].add_integer(values[row]));
        }
        (Data::Real(values), ..) if nulls.is_empty() => {
            for_each(groups, rows, |row, group| sums[group].add_real(values[row]));
        }
        _ => for_each(groups, rows, |row, group| {
            let value = column.get(row);
            if !matches!(value, ValueRef::Null) {
                sums[group].add(value);
            }
        }),
    }
}
