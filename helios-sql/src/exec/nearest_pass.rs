//! One pass over the rows of a table for those nearest to a vector, or to each of several.
//!
//! In: searches, and chunks of rows with what each search wants of them. Out: for each search the rowids of the rows at the
//! least distances, in order. The processors share the rows; each keeps the nearest only. The answer is the same however
//! the work is divided, for equal distances are told apart by the rowid.
//!
//! Several searches look at some rows one after the other, while these are in the processor's cache: a pass waits for the
//! memory most of its time. Searches by angles learn the sums of the squares of kept columns, which the next ones use.

use std::sync::Arc;

use foldhash::HashMap;
use helios_core::{Error, ErrorKind, Result, ValueRef};
use helios_vector_flat::{Candidate, Nearest as Kept, Query};

use super::eval::{distance, distance_by};
use crate::cache::{Derived, is_kept};
use crate::chunk::{Chunk, Column};
use crate::threads::HAS_TWO;

/// Distances of so many bytes of vectors are shared with a second thread: one takes some microseconds to begin.
const SHARED_BYTES: usize = 2 << 20;

/// So many bytes of rows that were looked up are kept at most.
const SEEN_BYTES: usize = 4 << 20;

/// Room is made for so many rows as large as the first.
const SEEN_ROWS: usize = 16;

/// So many bytes of chunks are looked at in one go at most.
const HELD_BYTES: usize = 64 << 20;

/// So many rows each search looks at before the next one has its turn.
const TURN_ROWS: usize = 128;

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
            if self.ends.is_empty() {
                self.bytes.reserve((SEEN_ROWS * payload.len()).min(SEEN_BYTES));
                self.ends.reserve(SEEN_ROWS);
            }
            let start = self.bytes.len();
            self.bytes.extend_from_slice(payload);
            self.ends.insert(rowid, (start, self.bytes.len()));
        }
    }

    /// A row, if it was kept.
    pub(super) fn get(&self, rowid: i64) -> Option<&[u8]> {
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

    /// The rowids, the last first.
    pub(super) fn into_rowids(self, nulls_first: bool) -> Vec<i64> {
        let most = self.nearest.most();
        let (nearest, without) = (self.nearest.into_sorted(), self.without.into_sorted());
        let (first, second) = if nulls_first { (without, nearest) } else { (nearest, without) };
        let mut all: Vec<i64> =
            first.into_iter().chain(second).map(|candidate| candidate.id).take(most).collect();
        all.reverse();
        all
    }
}

/// A search on its way.
pub(super) struct Search {
    /// What distances are from; without it no row has one.
    query: Option<Query>,
    pub(super) finds: Finds,
}

impl Search {
    pub(super) fn new(query: Option<Query>, most: usize) -> Search {
        Search { query, finds: Finds::new(most) }
    }

    /// Another one like it that has found nothing.
    fn anew(&self) -> Search {
        Search::new(self.query.clone(), self.finds.nearest.most())
    }

    /// Whether its distances depend on the sums of squares.
    fn needs_squares(&self) -> bool {
        self.query.as_ref().is_some_and(Query::needs_squares)
    }

    fn look_at(&mut self, rows: &mut Rows<'_>, row: usize) -> Result<()> {
        let ValueRef::Integer(id) = rows.rowids.get(row) else { return Ok(()) };
        let distance = match &self.query {
            Some(query) if query.needs_squares() => rows.angle(query, row)?,
            Some(query) => distance(query, rows.vectors.get(row))?,
            None => None,
        };
        self.finds.add(id, distance);
        Ok(())
    }
}

/// Rows that are looked at.
struct Rows<'p> {
    vectors: &'p Column,
    rowids: &'p Column,
    /// The sums of the vectors' squares, where they are known.
    squares: Option<Arc<[f64]>>,
    /// Those of the first rows, where they are being learnt.
    learnt: Vec<f64>,
    learns: bool,
}

impl<'p> Rows<'p> {
    fn new(part: &'p Part, vector: usize, searches: &[Search], known: &Derived<[f64]>) -> Rows<'p> {
        let chunk = &part.chunk;
        let (vectors, rowids) = (chunk.column(vector), chunk.column(chunk.width() - 1));
        let squares = if searches.iter().any(Search::needs_squares) { known.of(vectors) } else { None };
        // Rows that are left out would have to be read for it.
        let learns = squares.is_none()
            && is_kept(vectors)
            && part.wanted_by(0).is_none()
            && searches.first().is_some_and(Search::needs_squares);
        Rows { vectors, rowids, squares, learnt: Vec::new(), learns }
    }

    /// The distance of a row by its angle.
    fn angle(&mut self, query: &Query, row: usize) -> Result<Option<f64>> {
        let value = self.vectors.get(row);
        let known = self.squares.as_deref().unwrap_or(&self.learnt);
        if let Some(&square) = known.get(row) {
            return distance_by(query, value, |packed| query.distance_with_square(packed, square));
        }
        if !self.learns {
            return distance(query, value);
        }
        let mut learnt = f64::NAN;
        let found = distance_by(query, value, |packed| {
            let (distance, square) = query.distance_and_square(packed);
            learnt = square;
            distance
        });
        // Sums stand at the places of their rows, or nowhere.
        self.learns = self.learnt.len() == row;
        if self.learns {
            self.learnt.push(learnt);
        }
        found
    }

    /// Keeps what was learnt.
    fn keep(self, vectors: &Arc<Column>, known: &Derived<[f64]>) {
        if self.learns && self.learnt.len() == vectors.len() {
            known.keep(vectors, self.learnt.into());
        }
    }
}

/// Some rows to be looked at.
pub(super) struct Part {
    /// The rows, with the vectors at the place that the pass knows, and the rowids last.
    pub(super) chunk: Chunk,
    /// Those that a search wants, ascending, or all: for each search, or once for all of them.
    pub(super) wanted: Vec<Option<Vec<u32>>>,
}

impl Part {
    fn wanted_by(&self, search: usize) -> Option<&[u32]> {
        self.wanted.get(search).or(self.wanted.last()).and_then(Option::as_deref)
    }
}

/// A pass over rows. Rows are held back until there are enough to share them.
pub(super) struct Pass<'a> {
    searches: &'a mut [Search],
    known: &'a Derived<[f64]>,
    /// The place of the vectors.
    vector: usize,
    parts: Vec<Part>,
    bytes: usize,
}

impl<'a> Pass<'a> {
    pub(super) fn new(searches: &'a mut [Search], vector: usize, known: &'a Derived<[f64]>) -> Pass<'a> {
        Pass { searches, known, vector, parts: Vec::new(), bytes: 0 }
    }

    /// More rows.
    pub(super) fn take(&mut self, part: Part) -> Result<()> {
        self.bytes += part.chunk.column(self.vector).memory();
        self.parts.push(part);
        if self.bytes >= HELD_BYTES { self.finish() } else { Ok(()) }
    }

    /// Looks at all rows that are held back, on as many processors as pay.
    pub(super) fn finish(&mut self) -> Result<()> {
        let (vector, known, parts) = (self.vector, self.known, std::mem::take(&mut self.parts));
        let bytes = std::mem::take(&mut self.bytes) * self.searches.len();
        if bytes < SHARED_BYTES || parts.len() < 2 || !*HAS_TWO {
            return look(self.searches, vector, known, &parts);
        }
        let rows = |parts: &[Part]| -> usize { parts.iter().map(|part| part.chunk.rows()).sum() };
        let half = rows(&parts) / 2;
        let middle = (1..parts.len()).find(|&middle| rows(&parts[..middle]) >= half).unwrap_or(1);
        let (mine, others) = parts.split_at(middle);
        let mut found: Vec<Search> = self.searches.iter().map(Search::anew).collect();
        let looked = std::thread::scope(|scope| {
            let other = scope.spawn(|| look(&mut found, vector, known, others));
            let looked = look(self.searches, vector, known, mine);
            let broken = || Err(Error::new(ErrorKind::Internal, "a thread that looks at vectors has ended"));
            looked.and(other.join().unwrap_or_else(|_| broken()))
        });
        for (search, other) in self.searches.iter_mut().zip(found) {
            search.finds.merge(other.finds);
        }
        looked
    }
}

/// Looks at rows for all searches.
fn look(searches: &mut [Search], vector: usize, known: &Derived<[f64]>, parts: &[Part]) -> Result<()> {
    for part in parts {
        let mut rows = Rows::new(part, vector, searches, known);
        let count = part.chunk.rows();
        for start in (0..count).step_by(TURN_ROWS) {
            let end = count.min(start + TURN_ROWS);
            for (number, search) in searches.iter_mut().enumerate() {
                let Some(wanted) = part.wanted_by(number) else {
                    (start..end).try_for_each(|row| search.look_at(&mut rows, row))?;
                    continue;
                };
                let first = wanted.partition_point(|row| (*row as usize) < start);
                let turn = wanted[first..].iter().map(|row| *row as usize).take_while(|row| *row < end);
                turn.into_iter().try_for_each(|row| search.look_at(&mut rows, row))?;
            }
        }
        rows.keep(part.chunk.column(vector), known);
    }
    Ok(())
}
