//! What is kept in memory for the next statement: columns of tables that scans have decoded, and results of queries
//! ([`ResultCache`]).
//!
//! In: the chunks that a scan of a whole table reads, each with the range of rowids that it covers. Out: the same
//! columns for whoever reads that range of the same state of the branch, or of another in which it is the same. A row
//! costs a driver tens of nanoseconds and a kept column less than one, so this is what makes scans fast.
//!
//! - Only committed data is kept; a reader with own changes on the table goes past the cache.
//! - A moment of the past does not change any more. Of a table the few moments are kept that were read last.
//! - A commit of this process marks the chunks that it changes before any reader can see it ([`CommitObserver`]); a
//!   marked chunk is read anew by the next scan, the rest of the table stays. Commits of other processes are seen by
//!   the number of commits on the branch (see [`tracking`]) and clear what is kept of it.
//! - The memory is bounded; the tables that were not read for longest go first.

mod derived;
mod observer;
mod results;
mod table;
mod tracking;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use helios_core::clock::Moment;
use helios_core::transaction::{CommitObserver, Reader};
use helios_core::versioned::{BranchId, BranchState, Space, WriteSet};
use parking_lot::Mutex;

use crate::chunk::{Bounds, Codes, Column};
pub use derived::{Derived, is_kept};
pub use observer::Caches;
pub use results::{ResultCache, ResultKey, ResultSource};
use table::TableChunks;
pub use table::place_of;
use tracking::Tracking;

/// A position among the rowids of a table: all of them, and one behind the last.
pub type Position = i128;

/// The position before every rowid.
pub const FIRST: Position = i64::MIN as Position;

/// The position behind every rowid.
pub const END: Position = i64::MAX as Position + 1;

/// Of so many moments of the past a table is kept.
const MOST_PASTS: usize = 4;

/// What is kept of an open database.
#[derive(Debug)]
pub struct ColumnCache {
    most_bytes: usize,
    kept: Mutex<Kept>,
    squares: Derived<[f64]>,
    codes: Derived<Codes>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The branches at moments of the past, and in the present.
    branches: HashMap<(BranchId, Moment), BranchChunks>,
    bytes: usize,
    /// Counts uses, to tell which table was not used for longest.
    uses: u64,
}

#[derive(Debug, Default)]
struct BranchChunks {
    tracking: Tracking,
    tables: HashMap<Space, TableChunks>,
}

/// The state of a table that a scan reads.
#[derive(Clone, Copy, Debug)]
pub struct TableState {
    /// The branch.
    pub branch: BranchId,
    /// The table's rows.
    pub space: Space,
    /// What is read of the branch.
    pub at: TableMoment,
}

/// A state in which a table is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableMoment {
    /// One that was or is the newest.
    Present(BranchState),
    /// A moment of the past.
    Past(Moment),
}

impl TableState {
    /// What a reader sees of a table with the rows `space`, if that is committed.
    pub fn of(reader: &Reader, space: Space) -> Option<TableState> {
        let at = match reader.past_moment() {
            Some(moment) => TableMoment::Past(moment),
            None => TableMoment::Present(reader.committed_state(space)?),
        };
        Some(TableState { branch: reader.branch(), space, at })
    }

    /// The state of the branch that is read, and the last commit that counts.
    fn branch_at(&self) -> ((BranchId, Moment), Moment) {
        match self.at {
            TableMoment::Present(state) => ((self.branch, Moment::PRESENT), state.last_commit),
            TableMoment::Past(moment) => ((self.branch, moment), moment),
        }
    }
}

/// What the cache has at a position of a table.
#[derive(Debug)]
pub enum Piece {
    /// Rows from the position on.
    Kept(KeptRows),
    /// Nothing, up to here. Where `keeps`, what is read there is worth keeping.
    Gap {
        /// Where the next chunk begins.
        end: Position,
        /// Whether the cache takes what is read.
        keeps: bool,
    },
}

/// Kept rows; those before the position that was asked for are to be left out.
#[derive(Clone, Debug)]
pub struct KeptRows {
    /// Their rowids, ascending.
    pub rowids: Arc<Column>,
    /// The columns that were asked for.
    pub columns: Vec<Arc<KeptColumn>>,
    /// Behind the last rowid that the rows tell about, whether it exists or not.
    pub end: Position,
}

/// A column that is kept.
#[derive(Debug)]
pub struct KeptColumn {
    column: Arc<Column>,
    bounds: OnceLock<Bounds>,
}

impl KeptColumn {
    fn new(column: Arc<Column>) -> Arc<KeptColumn> {
        Arc::new(KeptColumn { column, bounds: OnceLock::new() })
    }

    /// Its values.
    pub fn column(&self) -> &Arc<Column> {
        &self.column
    }

    /// Between which values they lie. Found when it is first asked for.
    pub fn bounds(&self) -> &Bounds {
        self.bounds.get_or_init(|| Bounds::of(&self.column))
    }
}

impl ColumnCache {
    /// A cache of so many bytes; 0 keeps nothing.
    pub fn new(most_bytes: usize) -> Arc<ColumnCache> {
        Arc::new(ColumnCache {
            most_bytes,
            kept: Mutex::default(),
            squares: Derived::default(),
            codes: Derived::default(),
        })
    }

    /// What is kept from `at` on. `columns` are positions in the table; `None` is the rowid.
    pub fn piece(&self, table: &TableState, at: Position, columns: &[Option<usize>]) -> Piece {
        let past = Piece::Gap { end: END, keeps: false };
        if self.most_bytes == 0 {
            return past;
        }
        let mut kept = self.kept.lock();
        let Kept { branches, bytes, uses } = &mut *kept;
        let (branch, last_commit) = table.branch_at();
        let branch = branches.entry(branch).or_default();
        if let TableMoment::Present(state) = table.at {
            match branch.tracking.admit(state) {
                tracking::Admission::Known => {}
                tracking::Admission::Unknown => return past,
                tracking::Admission::Cleared => {
                    *bytes -= branch.tables.drain().map(|(_, chunks)| chunks.bytes()).sum::<usize>();
                }
            }
        }
        let chunks = branch.tables.entry(table.space).or_default();
        *uses += 1;
        chunks.used = *uses;
        let piece = chunks.piece(last_commit, at, columns);
        if let TableMoment::Past(_) = table.at {
            kept.let_old_pasts_go(table);
        }
        piece
    }

    /// Keeps what a scan has read of the range from `start` to before `end`: all rowids there are, and columns by
    /// their positions in the table.
    pub fn keep(
        &self,
        table: &TableState,
        (start, end): (Position, Position),
        rowids: Arc<Column>,
        columns: impl Iterator<Item = (usize, Arc<Column>)>,
    ) {
        let mut kept = self.kept.lock();
        let Kept { branches, bytes, .. } = &mut *kept;
        let (at, last_commit) = table.branch_at();
        let Some(branch) = branches.get_mut(&at) else { return };
        // What changed since an older state in a range of which nothing is kept, nobody has noted.
        if let TableMoment::Present(state) = table.at
            && !branch.tracking.is_newest(state)
        {
            return;
        }
        let Some(chunks) = branch.tables.get_mut(&table.space) else { return };
        *bytes -= chunks.bytes();
        chunks.keep(last_commit, (start, end), rowids, columns);
        *bytes += chunks.bytes();
        if *bytes > self.most_bytes {
            kept.make_room(self.most_bytes, (at, table.space));
        }
    }

    /// The sums of the squares of vectors that are kept: eight bytes beside each vector, which are not counted.
    pub fn squares(&self) -> &Derived<[f64]> {
        &self.squares
    }

    /// The codes of texts that are kept: a byte beside each, which is not counted.
    pub fn codes(&self) -> &Derived<Codes> {
        &self.codes
    }

    /// Bytes of memory that are taken, about.
    pub fn bytes(&self) -> usize {
        self.kept.lock().bytes
    }
}

impl Kept {
    /// Lets tables go, the longest unused first, and `current` only if it is too large by itself.
    fn make_room(&mut self, most_bytes: usize, current: ((BranchId, Moment), Space)) {
        while self.bytes > most_bytes {
            let tables = self.branches.iter().flat_map(|(branch, chunks)| {
                chunks.tables.iter().map(move |(space, table)| ((*branch, *space), table.used))
            });
            let others = tables.filter(|(name, _)| *name != current);
            let (branch, space) = others.min_by_key(|(_, used)| *used).map_or(current, |(name, _)| name);
            let Some(chunks) = self.branches.get_mut(&branch) else { return };
            let Some(table) = chunks.tables.get_mut(&space) else { return };
            self.bytes -= table.bytes();
            if (branch, space) == current {
                table.give_up();
            } else {
                chunks.tables.remove(&space);
            }
        }
    }

    /// Lets what is kept of a table in the past go where that is too many moments, the longest unused first.
    fn let_old_pasts_go(&mut self, table: &TableState) {
        let pasts = self
            .branches
            .iter()
            .filter(|((branch, moment), _)| *branch == table.branch && *moment < Moment::PRESENT);
        let mut pasts: Vec<(u64, Moment)> = pasts
            .filter_map(|((_, moment), chunks)| Some((chunks.tables.get(&table.space)?.used, *moment)))
            .collect();
        pasts.sort_unstable();
        for (_, moment) in &pasts[..pasts.len().saturating_sub(MOST_PASTS)] {
            let Some(chunks) = self.branches.get_mut(&(table.branch, *moment)) else { continue };
            self.bytes -= chunks.tables.remove(&table.space).map_or(0, |chunks| chunks.bytes());
            if chunks.tables.is_empty() {
                self.branches.remove(&(table.branch, *moment));
            }
        }
    }
}

impl CommitObserver for ColumnCache {
    fn committing(&self, writes: &WriteSet, moment: Moment) {
        let mut kept = self.kept.lock();
        let Kept { branches, bytes, .. } = &mut *kept;
        let Some(branch) = branches.get_mut(&(writes.branch(), Moment::PRESENT)) else { return };
        branch.tracking.committing(moment);
        if writes.touches_catalog() {
            // What a position in a table means may change.
            *bytes -= branch.tables.drain().map(|(_, chunks)| chunks.bytes()).sum::<usize>();
            return;
        }
        for (space, chunks) in &mut branch.tables {
            if writes.touches(*space) {
                *bytes -= chunks.bytes();
                chunks.change(writes, *space, moment);
                *bytes += chunks.bytes();
            }
        }
    }

    fn commit_failed(&self) {
        *self.kept.lock() = Kept::default();
    }
}
