//! The chunks that are kept of one table.
//!
//! Chunks are disjoint and ascending; between them there may be gaps. Each is right from the state that it was read from
//! up to the first change within its range.

use std::sync::Arc;

use helios_core::clock::Moment;
use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::versioned::{Space, WriteSet};

use super::{END, KeptColumn, KeptRows, Piece, Position};
use crate::chunk::{Column, Data};

/// A commit that changes more rows of a table than this is not followed row by row.
const MOST_CHANGES: usize = 20_000;

#[derive(Debug, Default)]
pub(super) struct TableChunks {
    chunks: Vec<CachedChunk>,
    bytes: usize,
    /// When it was last used.
    pub(super) used: u64,
    /// So many columns do not fit into the cache; 0 if that is not known of any number.
    too_many: usize,
}

#[derive(Debug)]
struct CachedChunk {
    start: Position,
    end: Position,
    rowids: Arc<KeptColumn>,
    /// By position in the table.
    columns: Vec<Option<Arc<KeptColumn>>>,
    /// The state that it was read from, by its last commit.
    right_from: Moment,
    /// The first commit since that changed something in the range; [`Moment::PRESENT`] if none has.
    right_before: Moment,
}

impl CachedChunk {
    fn is_right_at(&self, state: Moment) -> bool {
        self.right_from <= state && state < self.right_before
    }

    fn bytes(&self) -> usize {
        let columns = self.columns.iter().flatten().chain([&self.rowids]);
        columns.map(|kept| kept.column().memory()).sum()
    }
}

impl TableChunks {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Forgets everything, and does not keep so many columns again.
    pub(super) fn give_up(&mut self) {
        let kept = |chunk: &CachedChunk| chunk.columns.iter().flatten().count();
        self.too_many = self.chunks.iter().map(kept).max().unwrap_or(1).max(1);
        self.chunks.clear();
        self.bytes = 0;
    }

    fn has_room_for(&self, columns: usize) -> bool {
        self.too_many == 0 || columns < self.too_many
    }

    pub(super) fn piece(&self, state: Moment, at: Position, columns: &[Option<usize>]) -> Piece {
        let next = self.chunks.partition_point(|chunk| chunk.end <= at);
        let wanted = columns.iter().flatten().count();
        let gap = |end| Piece::Gap { end, keeps: self.has_room_for(wanted) };
        let Some(chunk) = self.chunks.get(next) else { return gap(END) };
        if chunk.start > at {
            return gap(chunk.start);
        }
        if !chunk.is_right_at(state) {
            return gap(chunk.end);
        }
        let found = columns.iter().map(|column| match column {
            None => Some(chunk.rowids.clone()),
            Some(position) => chunk.columns.get(*position)?.clone(),
        });
        match found.collect() {
            Some(columns) => {
                Piece::Kept(KeptRows { rowids: chunk.rowids.column().clone(), columns, end: chunk.end })
            }
            None => gap(chunk.end),
        }
    }

    /// Keeps what was read of a range at the newest state.
    pub(super) fn keep(
        &mut self,
        state: Moment,
        (start, end): (Position, Position),
        rowids: Arc<Column>,
        columns: impl Iterator<Item = (usize, Arc<Column>)>,
    ) {
        let first = self.chunks.partition_point(|chunk| chunk.end <= start);
        let after = self.chunks.partition_point(|chunk| chunk.start < end);
        let replaced = &self.chunks[first..after.max(first)];
        let (right_from, right_before) = (state, Moment::PRESENT);
        let rowids = KeptColumn::new(rowids);
        let mut chunk = CachedChunk { start, end, rowids, columns: Vec::new(), right_from, right_before };
        if let [old] = replaced
            && (old.start, old.end) == (start, end)
            && old.is_right_at(state)
        {
            chunk.right_from = old.right_from;
            chunk.columns.clone_from(&old.columns);
        }
        for (position, column) in columns {
            if chunk.columns.len() <= position {
                chunk.columns.resize(position + 1, None);
            }
            chunk.columns[position] = Some(KeptColumn::new(column));
        }
        self.bytes -= replaced.iter().map(CachedChunk::bytes).sum::<usize>();
        self.bytes += chunk.bytes();
        self.chunks.splice(first..after.max(first), [chunk]);
    }

    /// Notes what a commit changes.
    pub(super) fn change(&mut self, writes: &WriteSet, space: Space, moment: Moment) {
        let mut cursor = writes.cursor(space, KeyRange::ALL, Direction::Forward);
        let mut changes = 0;
        while cursor.advance() {
            changes += 1;
            let Ok(rowid) = key::read_rowid(&mut cursor.key()) else { continue };
            if changes > MOST_CHANGES {
                self.chunks.clear();
                self.bytes = 0;
                return;
            }
            let rowid = Position::from(rowid);
            let at = self.chunks.partition_point(|chunk| chunk.end <= rowid);
            if let Some(chunk) = self.chunks.get_mut(at).filter(|chunk| chunk.start <= rowid) {
                chunk.right_before = chunk.right_before.min(moment);
            }
        }
    }
}

/// The place of the first row at or behind a position, among ascending rowids.
pub fn place_of(rowids: &Column, at: Position) -> usize {
    match rowids.data() {
        Data::Integer(values) => values.partition_point(|rowid| Position::from(*rowid) < at),
        _ => 0,
    }
}
