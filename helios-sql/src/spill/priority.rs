//! Rows that are taken out in the order of their keys while others come in.
//!
//! Rows are in a heap. When they do not fit, they are written as a sorted run, of which the first row competes with the
//! heap's from then on.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use helios_core::{Result, Value};

use super::memory::{Account, Workspace};
use super::merge::{FAN_IN, Head};
use super::stream::{Stream, StreamFile, StreamWriter};
use crate::chunk::{Chunk, Column};

/// Bytes that a row takes besides its key and its values.
const ROW_BYTES: usize = 64;

/// The least row first; equal ones in the order in which they came.
#[derive(Debug)]
pub struct PriorityQueue {
    workspace: Workspace,
    account: Account,
    heap: BinaryHeap<Reverse<Row>>,
    bytes: usize,
    runs: Vec<Head>,
    /// How many rows came so far.
    count: u64,
    width: usize,
}

/// A row with its key, which ends with its number.
#[derive(Debug)]
struct Row {
    key: Vec<u8>,
    values: Vec<Value>,
}

impl Row {
    fn bytes(&self) -> usize {
        let strings = self.values.iter().map(|value| match value {
            Value::Text(bytes) | Value::Blob(bytes) => bytes.len(),
            Value::Null | Value::Integer(_) | Value::Real(_) => 0,
        });
        ROW_BYTES + self.key.len() + self.values.len() * size_of::<Value>() + strings.sum::<usize>()
    }

    fn into_chunk(self) -> Chunk {
        Chunk::new(self.values.into_iter().map(|value| Column::constant(value, 1).into()).collect(), 1)
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Row) -> bool {
        self.key == other.key
    }
}

impl Eq for Row {}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Row) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Row {
    fn cmp(&self, other: &Row) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl PriorityQueue {
    /// No rows; they will have `width` columns.
    pub fn new(workspace: &Workspace, width: usize) -> PriorityQueue {
        let (heap, runs) = (BinaryHeap::new(), Vec::new());
        let account = workspace.account();
        PriorityQueue { workspace: workspace.clone(), account, heap, bytes: 0, runs, count: 0, width }
    }

    /// Adds the rows of a chunk; `write_key` appends the key of a row. No key is the beginning of another.
    pub fn push(&mut self, chunk: &Chunk, mut write_key: impl FnMut(usize, &mut Vec<u8>)) -> Result<()> {
        for place in 0..chunk.rows() {
            let mut key = Vec::new();
            write_key(place, &mut key);
            key.extend_from_slice(&self.count.to_be_bytes());
            let values = chunk.columns().iter().map(|column| column.get(place).to_value()).collect();
            let row = Row { key, values };
            self.bytes += row.bytes();
            self.heap.push(Reverse(row));
            self.count += 1;
        }
        if self.account.hold(self.bytes) { Ok(()) } else { self.spill() }
    }

    /// Takes the least row out.
    pub fn pop(&mut self) -> Result<Option<Chunk>> {
        let run = self.least_run();
        let is_in_run = match (&run, self.heap.peek()) {
            (Some(run), Some(Reverse(row))) => self.runs[*run].key() < &row.key[..],
            (Some(_), None) => true,
            (None, _) => false,
        };
        if let Some(run) = run.filter(|_| is_in_run) {
            return self.take_of_run(run).map(Some);
        }
        let Some(Reverse(row)) = self.heap.pop() else { return Ok(None) };
        self.bytes = self.bytes.saturating_sub(row.bytes());
        self.account.hold(self.bytes);
        Ok(Some(row.into_chunk()))
    }

    fn least_run(&self) -> Option<usize> {
        (0..self.runs.len()).min_by(|&a, &b| self.runs[a].key().cmp(self.runs[b].key()))
    }

    fn take_of_run(&mut self, run: usize) -> Result<Chunk> {
        let (mut row, head) = (Chunk::default(), &mut self.runs[run]);
        row.reset(self.width);
        for (column, source) in row.columns_mut().zip(head.chunk.columns()) {
            column.push(source.get(head.row));
        }
        row.set_rows(1);
        if !head.advance()? {
            self.runs.swap_remove(run);
        }
        Ok(row)
    }

    /// Writes the heap as a run.
    fn spill(&mut self) -> Result<()> {
        if self.runs.len() == FAN_IN {
            let merged = self.merged_runs()?;
            self.runs.clear();
            self.add_run(merged)?;
        }
        let mut writer = StreamWriter::new(&StreamFile::new(&self.workspace)?, self.width + 1);
        for Reverse(row) in std::mem::take(&mut self.heap).into_sorted_vec().into_iter().rev() {
            let Row { key, values } = row;
            let columns = values.into_iter().map(|value| Column::constant(value, 1).into()).collect();
            writer.push_keyed(&Chunk::new(columns, 1), 0, &key)?;
        }
        let run = writer.finish()?;
        self.add_run(run)?;
        self.bytes = 0;
        self.account.hold(0);
        self.workspace.check()
    }

    fn merged_runs(&mut self) -> Result<Stream> {
        let mut writer = StreamWriter::new(&StreamFile::new(&self.workspace)?, self.width + 1);
        while let Some(run) = self.least_run() {
            let head = &mut self.runs[run];
            writer.push_rows(&head.chunk, &[head.row as u32])?;
            if !head.advance()? {
                self.runs.swap_remove(run);
            }
        }
        writer.finish()
    }

    fn add_run(&mut self, stream: Stream) -> Result<()> {
        self.runs.extend(Head::new(stream)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use helios_core::transaction::Interrupt;

    use super::*;
    use crate::spill::Memory;

    /// Rows come and go; what goes is always the least of what is there, whatever fits in memory.
    #[test]
    fn the_least_row_comes_first() -> Result<()> {
        for limit in [0, 10_000, 1 << 30] {
            let memory = Memory::new(limit, PathBuf::from("/tmp"), None);
            let workspace = Workspace { memory, interrupt: Interrupt::default(), meter: None };
            let mut queue = PriorityQueue::new(&workspace, 1);
            let mut model: Vec<(i64, i64)> = Vec::new();
            for step in 0..2000_i64 {
                let values = [(step * 7919 % 101), (step * 104_729 % 97)];
                model.extend(
                    values.iter().enumerate().map(|(place, value)| (*value, 2 * step + place as i64)),
                );
                let numbers = Column::integers(vec![2 * step, 2 * step + 1]);
                let chunk = Chunk::new(vec![numbers.into()], 2);
                queue.push(&chunk, |row, key| key.push(values[row] as u8))?;
                for _ in 0..(if step < 1000 { 1 } else { 3 }) {
                    let least = model.iter().min().copied();
                    model.retain(|row| Some(*row) != least);
                    let found = queue.pop()?.map(|chunk| chunk.value(0, 0).to_integer());
                    assert_eq!(found, least.map(|(_, number)| number), "limit {limit}, step {step}");
                }
            }
        }
        Ok(())
    }
}
