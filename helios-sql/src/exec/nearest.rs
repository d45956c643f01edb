//! The rows at the least distances from a vector.
//!
//! The vectors, and what the condition mentions, are read of all rows, in chunks that mostly come from the cache of
//! columns; the processors share the distances of some chunks at a time. Each keeps the nearest only. What else is asked
//! for is then read of the rows found, by their rowids. The answer is the same however the work is divided, for equal
//! distances are told apart by the rowid.

use std::sync::Arc;

use foldhash::HashMap;
use helios_core::encoding::key;
use helios_core::{Error, ErrorKind, Result, ValueRef};
use helios_vector_flat::{Candidate, Nearest as Kept, Query};

use super::eval::distance;
use super::limit::count;
use super::nearest_index::IndexSearch;
use super::scan::RowLayout;
use super::{BoxedOperator, Context, Operator, eval};
use crate::catalog::Table;
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::func::vector::{VECTOR_DISTANCE, elements, metric_argument, vector_argument};
use crate::plan::{Expr, PastReader};
use crate::threads::HAS_TWO;

/// Distances of so many bytes of vectors are shared with a second thread: one takes some microseconds to begin.
const SHARED_BYTES: usize = 2 << 20;

/// So many bytes of rows that were looked up are kept at most.
const SEEN_BYTES: usize = 4 << 20;

/// So many bytes of chunks are looked at in one go at most.
const HELD_BYTES: usize = 64 << 20;

#[derive(Debug)]
pub(super) struct Nearest {
    /// What is read of all rows. The rowid comes last.
    pub(super) input: BoxedOperator,
    pub(super) table: Arc<Table>,
    pub(super) reader: Option<PastReader>,
    pub(super) condition: Option<Expr>,
    /// The place of the vectors in the input.
    pub(super) vector: usize,
    pub(super) query: Expr,
    pub(super) metric: Option<Expr>,
    pub(super) count: Expr,
    pub(super) nulls_first: bool,
    /// Where candidates come from, if an index is worth asking.
    pub(super) index: Option<IndexSearch>,
    /// What is read of the rows found.
    pub(super) layout: RowLayout,
    /// The rowids of the rows found that were not given yet, the last first.
    pub(super) found: Vec<i64>,
    /// Those that were looked up to find them.
    pub(super) seen: SeenRows,
}

/// Some rows to be looked at: those of a chunk that meet the condition, or all.
type Part = (Chunk, Option<Vec<u32>>);

/// Stored rows by their rowids, some of them: what was looked up need not be looked up again.
#[derive(Debug, Default)]
pub(super) struct SeenRows {
    bytes: Vec<u8>,
    ends: HashMap<i64, (usize, usize)>,
}

impl SeenRows {
    /// Keeps a row, if there is room.
    pub(super) fn keep(&mut self, rowid: i64, payload: &[u8]) {
        if self.bytes.len() + payload.len() <= SEEN_BYTES {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(payload);
            self.ends.insert(rowid, (start, self.bytes.len()));
        }
    }

    fn get(&self, rowid: i64) -> Option<&[u8]> {
        self.ends.get(&rowid).map(|&(start, end)| &self.bytes[start..end])
    }
}

/// What has been found so far.
pub(super) struct Finds {
    /// Rows that were looked up.
    pub(super) rows: SeenRows,
    pub(super) nearest: Kept,
    /// Rows without a distance, all at 0.
    without: Kept,
}

impl Finds {
    pub(super) fn new(most: usize) -> Finds {
        Finds { rows: SeenRows::default(), nearest: Kept::new(most), without: Kept::new(most) }
    }

    /// Takes a row with its distance, if it has one.
    pub(super) fn add(&mut self, id: i64, distance: Option<f64>) {
        match distance {
            Some(distance) => self.nearest.push(Candidate { distance, id }),
            None => self.without.push(Candidate { distance: 0.0, id }),
        }
    }

    /// Whether there are as many rows without a distance as are wanted.
    pub(super) fn has_all_without(&self) -> bool {
        self.without.len() == self.without.most()
    }

    fn merge(&mut self, other: Finds) {
        self.nearest.merge(other.nearest);
        self.without.merge(other.without);
    }

    /// The rowids in order.
    fn into_rowids(self, most: usize, nulls_first: bool) -> impl DoubleEndedIterator<Item = i64> {
        let (nearest, without) = (self.nearest.into_sorted(), self.without.into_sorted());
        let (first, second) = if nulls_first { (without, nearest) } else { (nearest, without) };
        let all: Vec<i64> =
            first.into_iter().chain(second).map(|candidate| candidate.id).take(most).collect();
        all.into_iter()
    }

    /// Looks at rows. Without a query none has a distance.
    fn look(&mut self, query: Option<&Query>, vector: usize, parts: &[Part]) -> Result<()> {
        for (chunk, selected) in parts {
            let (vectors, rowids) = (chunk.column(vector), chunk.column(chunk.width() - 1));
            match selected {
                Some(rows) => {
                    for &row in rows {
                        self.look_at(query, vectors, rowids, row as usize)?;
                    }
                }
                None => {
                    for row in 0..chunk.rows() {
                        self.look_at(query, vectors, rowids, row)?;
                    }
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn look_at(
        &mut self,
        query: Option<&Query>,
        vectors: &Column,
        rowids: &Column,
        row: usize,
    ) -> Result<()> {
        let ValueRef::Integer(id) = rowids.get(row) else { return Ok(()) };
        let distance = match query {
            Some(query) => distance(query, vectors.get(row))?,
            None => None,
        };
        self.add(id, distance);
        Ok(())
    }
}

impl Nearest {
    fn query(&self, context: &mut Context) -> Result<Option<Query>> {
        let metric = self.metric.as_ref().map(|metric| eval::constant(metric, context)).transpose()?;
        let metric = metric_argument(metric.as_ref().map(helios_core::Value::as_ref))?;
        let vector = eval::constant(&self.query, context)?;
        let vector = vector_argument(VECTOR_DISTANCE, vector.as_ref())?;
        Ok(metric.zip(vector).map(|(metric, vector)| Query::new(metric, elements(&vector).collect())))
    }

    /// The rowids of the rows, in order.
    fn search(&mut self, context: &mut Context) -> Result<Vec<i64>> {
        let most = usize::try_from(count(&self.count, context)?).unwrap_or(usize::MAX);
        if most == 0 {
            return Ok(Vec::new());
        }
        let query = self.query(context)?;
        if let Some(query) = &query
            && let Some(mut found) = self.search_index(context, query, most)?
        {
            self.seen = std::mem::take(&mut found.rows);
            return Ok(found.into_rowids(most, self.nulls_first).rev().collect());
        }
        let mut finds = Finds::new(most);
        let (mut parts, mut bytes): (Vec<Part>, usize) = (Vec::new(), 0);
        self.input.open(context)?;
        let mut chunk = Chunk::default();
        while self.input.next(context, &mut chunk)? {
            let selected = match &self.condition {
                Some(condition) => Some(eval::true_rows(&*eval::evaluate(condition, context, &chunk)?)),
                None => None,
            };
            bytes += chunk.column(self.vector).memory();
            parts.push((std::mem::take(&mut chunk), selected));
            if bytes >= HELD_BYTES {
                self.look(&mut finds, query.as_ref(), &parts, bytes)?;
                (bytes, parts) = (0, Vec::new());
            }
        }
        self.look(&mut finds, query.as_ref(), &parts, bytes)?;
        self.input.close();
        Ok(finds.into_rowids(most, self.nulls_first).rev().collect())
    }

    /// What the index finds, if there is one that is worth asking.
    fn search_index(&mut self, context: &mut Context, query: &Query, most: usize) -> Result<Option<Finds>> {
        let Some(index) = &mut self.index else { return Ok(None) };
        let past = self.reader.as_ref().map(PastReader::get).transpose()?;
        let reader = past.unwrap_or_else(|| context.reader_at(self.table.slot).clone());
        index.search(context, &reader, query, most)
    }

    /// Looks at rows on as many processors as pay.
    fn look(&self, finds: &mut Finds, query: Option<&Query>, parts: &[Part], bytes: usize) -> Result<()> {
        let vector = self.vector;
        if bytes < SHARED_BYTES || parts.len() < 2 || !*HAS_TWO {
            return finds.look(query, vector, parts);
        }
        let rows = |parts: &[Part]| -> usize { parts.iter().map(|(chunk, _)| chunk.rows()).sum() };
        let half = rows(parts) / 2;
        let middle = (1..parts.len()).find(|&middle| rows(&parts[..middle]) >= half).unwrap_or(1);
        let (mine, others) = parts.split_at(middle);
        let mut found = Finds::new(finds.nearest.most());
        let looked = std::thread::scope(|scope| {
            let other = scope.spawn(|| found.look(query, vector, others));
            let looked = finds.look(query, vector, mine);
            let broken = || Err(Error::new(ErrorKind::Internal, "a thread that looks at vectors has ended"));
            looked.and(other.join().unwrap_or_else(|_| broken()))
        });
        finds.merge(found);
        looked
    }
}

impl Operator for Nearest {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.seen = SeenRows::default();
        self.found = self.search(context)?;
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        out.reset(self.layout.width());
        let past = self.reader.as_ref().map(PastReader::get).transpose()?;
        let reader = past.as_ref().unwrap_or(context.reader_at(self.table.slot));
        let mut columns: Vec<&mut Column> = out.columns_mut().collect();
        let mut rows = 0;
        let mut row_key = Vec::with_capacity(9);
        while rows < CHUNK_ROWS
            && let Some(rowid) = self.found.pop()
        {
            row_key.clear();
            key::write_rowid(rowid, &mut row_key);
            if let Some(payload) = self.seen.get(rowid) {
                self.layout.push(&row_key, payload, &mut columns)?;
                rows += 1;
                continue;
            }
            let mut pushed = Ok(());
            if reader.get(self.table.space, &row_key, &mut |version| {
                pushed = self.layout.push(&row_key, version.payload, &mut columns);
            })? {
                rows += 1;
            }
            pushed?;
        }
        out.set_rows(rows);
        Ok(rows > 0)
    }

    fn close(&mut self) {
        self.found = Vec::new();
        self.seen = SeenRows::default();
        self.input.close();
    }
}
