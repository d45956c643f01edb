//! Queries of expressions that were run once for all rows around them: their rows, found by the values that they have
//! to agree with.

use foldhash::HashMap;
use helios_core::{Result, Value};

use super::key::write_key;
use super::{Context, eval, subquery};
use crate::chunk::{Chunk, Column};
use crate::plan::SubqueryCall;

/// The rows of such a query.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    /// All rows, without the columns that they are found by.
    rows: Chunk,
    groups: HashMap<Vec<u8>, Vec<u32>>,
    /// What the query gives where it has no rows to aggregate.
    empty: Option<Vec<Value>>,
    /// The key of the rows that are asked for; `None` for those that agree with nothing.
    selected: Option<Vec<u8>>,
}

impl Partitions {
    /// Asks for the rows with a key. Whether others were asked for before.
    fn select(&mut self, key: Option<&[u8]>) -> bool {
        if self.selected.as_deref() == key {
            return false;
        }
        self.selected = key.map(<[u8]>::to_vec);
        true
    }

    /// The rows that were asked for.
    pub(super) fn chunk(&self) -> Chunk {
        let rows = self.selected.as_ref().and_then(|key| self.groups.get(key));
        let mut chunk = Chunk::default();
        match (rows, &self.empty) {
            (Some(rows), _) => {
                self.rows.columns().iter().for_each(|column| chunk.push_gathered(column, rows));
                chunk.set_rows(rows.len());
            }
            (None, Some(values)) => {
                let column = |value: &Value| Column::constant(value.clone(), 1).into();
                values.iter().for_each(|value| chunk.push_column(column(value)));
                chunk.set_rows(1);
            }
            (None, None) => {}
        }
        chunk
    }
}

/// Calls `visit` for each row of `input` with the rows of the query selected that agree with it.
pub(super) fn for_each_row(
    call: &SubqueryCall,
    context: &mut Context,
    input: &Chunk,
    mut visit: impl FnMut(usize, &mut Context) -> Result<()>,
) -> Result<()> {
    let number = call.number;
    if context.subqueries[number].partitions.is_none() {
        let partitions = build(call, context)?;
        context.subqueries[number].partitions = Some(partitions);
    }
    let columns = call.by.iter().map(|(expr, _)| eval::evaluate(expr, context, input));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let mut key = Vec::new();
    for row in 0..input.rows() {
        key.clear();
        let values =
            columns.iter().zip(&call.by).map(|(column, (_, collation))| (column.get(row), collation));
        let is_null = values.clone().any(|(value, _)| value.is_null());
        write_key(values, &mut key);
        let state = &mut context.subqueries[number];
        if let Some(partitions) = &mut state.partitions
            && partitions.select((!is_null).then_some(&key[..]))
        {
            state.answer = None;
        }
        visit(row, context)?;
    }
    Ok(())
}

fn build(call: &SubqueryCall, context: &mut Context) -> Result<Partitions> {
    let mut partitions = Partitions { selected: Some(vec![]), ..Partitions::default() };
    let width = call.by.len();
    let mut key = Vec::new();
    let mut rows = 0;
    subquery::run(call.number, context, |chunk| {
        let mut rest = Chunk::default();
        chunk.columns()[width..].iter().for_each(|column| rest.push_column(column.clone()));
        rest.set_rows(chunk.rows());
        if rows == 0 {
            partitions.rows.reset(rest.width());
        }
        let all: Vec<u32> = (0..chunk.rows() as u32).collect();
        partitions.rows.append_rows(&rest, &all);
        for row in 0..chunk.rows() {
            let values = (0..width).map(|column| (chunk.value(row, column), &call.by[column].1));
            if !values.clone().any(|(value, _)| value.is_null()) {
                key.clear();
                write_key(values, &mut key);
                match partitions.groups.get_mut(&key) {
                    Some(group) => group.push(rows),
                    None => drop(partitions.groups.insert(key.clone(), vec![rows])),
                }
            }
            rows += 1;
        }
        Ok(true)
    })?;
    let empty = call.empty.as_ref();
    let empty = empty.map(|exprs| exprs.iter().map(|expr| eval::constant(expr, context)).collect());
    partitions.empty = empty.transpose()?;
    Ok(partitions)
}
