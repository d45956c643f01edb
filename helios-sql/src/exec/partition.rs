//! Queries of expressions that were run once for all rows around them: their rows, found by the values that they have
//! to agree with.

use foldhash::HashMap;
use helios_core::{Result, Value};

use super::key::write_key;
use super::{Context, eval, subquery};
use crate::chunk::{Chunk, Column};
use crate::plan::SubqueryCall;
use crate::spill::{Account, SortedStore, Sorter, Workspace};

/// The rows of such a query.
#[derive(Debug)]
pub(super) struct Partitions {
    rows: Rows,
    /// What the query gives where it has no rows to aggregate.
    empty: Option<Vec<Value>>,
    /// The key of the rows that are asked for; `None` for those that agree with nothing.
    selected: Option<Vec<u8>>,
}

/// All rows, without the columns that they are found by.
#[derive(Debug)]
enum Rows {
    /// In memory: the rows, and those with each key.
    Here {
        all: Chunk,
        groups: HashMap<Vec<u8>, Vec<u32>>,
        _account: Account,
    },
    There(SortedStore),
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
    pub(super) fn chunk(&mut self) -> Result<Chunk> {
        let mut chunk = Chunk::default();
        if let Some(key) = &self.selected {
            self.rows.find(key, &mut chunk)?;
        }
        if let (0, Some(values)) = (chunk.rows(), &self.empty) {
            let column = |value: &Value| Column::constant(value.clone(), 1).into();
            chunk = Chunk::new(values.iter().map(column).collect(), 1);
        }
        Ok(chunk)
    }
}

impl Rows {
    fn find(&mut self, key: &[u8], out: &mut Chunk) -> Result<()> {
        match self {
            Rows::Here { all, groups, .. } => {
                let Some(rows) = groups.get(key) else { return Ok(()) };
                all.columns().iter().for_each(|column| out.push_gathered(column, rows));
                out.set_rows(rows.len());
                Ok(())
            }
            Rows::There(store) => store.find(key, |chunk, row| {
                if out.rows() == 0 {
                    out.reset(chunk.width() - 1);
                }
                for (column, source) in out.columns_mut().zip(chunk.columns()) {
                    column.push(source.get(row));
                }
                out.set_rows(out.rows() + 1);
                true
            }),
        }
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
    let mut builder = Builder::new(call, context.workspace());
    subquery::run(call.number, context, |chunk| builder.add(chunk).map(|()| true))?;
    let rows = builder.finish()?;
    let empty = call.empty.as_ref();
    let empty = empty.map(|exprs| exprs.iter().map(|expr| eval::constant(expr, context)).collect());
    Ok(Partitions { rows, empty: empty.transpose()?, selected: Some(vec![]) })
}

/// Rows on their way into their partitions.
struct Builder<'c> {
    call: &'c SubqueryCall,
    workspace: Workspace,
    rows: Chunk,
    groups: HashMap<Vec<u8>, Vec<u32>>,
    /// Bytes of the keys and the lists of rows, about.
    bytes: usize,
    account: Account,
    /// All rows, once they do not fit.
    sorter: Option<Sorter>,
    width: usize,
}

impl<'c> Builder<'c> {
    fn new(call: &'c SubqueryCall, workspace: Workspace) -> Builder<'c> {
        let account = workspace.account();
        let (rows, groups) = (Chunk::default(), HashMap::default());
        Builder { call, workspace, rows, groups, bytes: 0, account, sorter: None, width: 0 }
    }

    fn add(&mut self, chunk: &Chunk) -> Result<()> {
        let mut rest = Chunk::default();
        let (by, values) = chunk.columns().split_at(self.call.by.len());
        values.iter().for_each(|column| rest.push_column(column.clone()));
        rest.set_rows(chunk.rows());
        let mut rows = Vec::with_capacity(chunk.rows());
        for row in 0..chunk.rows() {
            if !by.iter().any(|column| column.is_null(row)) {
                rows.push(row as u32);
            }
        }
        let write = |row: u32, key: &mut Vec<u8>| {
            write_key(
                by.iter().zip(&self.call.by).map(|(column, (_, by))| (column.get(row as usize), by)),
                key,
            );
        };
        if let Some(sorter) = &mut self.sorter {
            rest.select(&rows);
            return sorter.push(rest, |place, key| write(rows[place], key));
        }
        if self.rows.rows() == 0 {
            self.rows.reset(rest.width());
            self.width = rest.width();
        }
        let first = self.rows.rows();
        self.rows.append_rows(&rest, &rows);
        let mut key = Vec::new();
        for (place, &row) in rows.iter().enumerate() {
            key.clear();
            write(row, &mut key);
            let place = (first + place) as u32;
            self.bytes += size_of::<u32>();
            match self.groups.get_mut(&key) {
                Some(group) => group.push(place),
                None => {
                    self.bytes += key.len() + size_of::<(Vec<u8>, Vec<u32>)>() + 32;
                    self.groups.insert(key.clone(), vec![place]);
                }
            }
        }
        if !self.account.hold(self.rows.memory() + self.bytes) {
            self.spill()?;
        }
        Ok(())
    }

    /// Moves all rows to a sorter.
    fn spill(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let mut keys = vec![Vec::new(); rows.rows()];
        for (key, group) in std::mem::take(&mut self.groups) {
            group.iter().for_each(|&row| keys[row as usize].clone_from(&key));
        }
        let mut sorter = Sorter::new(&self.workspace, self.width).with_keys();
        sorter.push(rows, |row, out| out.extend_from_slice(&keys[row]))?;
        self.account.hold(0);
        self.bytes = 0;
        self.sorter = Some(sorter);
        Ok(())
    }

    fn finish(self) -> Result<Rows> {
        match self.sorter {
            None => Ok(Rows::Here { all: self.rows, groups: self.groups, _account: self.account }),
            Some(sorter) => Ok(Rows::There(SortedStore::new(&self.workspace, sorter.finish()?, self.width)?)),
        }
    }
}
