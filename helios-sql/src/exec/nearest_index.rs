//! Candidates for the nearest rows from an index of vectors.
//!
//! In: a vector, and how many rows are wanted. Out: the rows at the least distances that the index finds, as the view of the
//! statement shows them; or nothing where looking at all rows is better or the index is of no use to the view.
//!
//! - The graph gives rows, the view says what they are: distances are those of the vectors that it shows, so what comes out
//!   is in true order, and a row that the view does not have is none.
//! - Rows that the graph does not know as they are in the view stand in the entries of the index, and are all looked at.
//! - Where conditions leave some rows out, those that pass are found first, and the graph gives no others. As many rows come
//!   out as were wanted, if so many pass: else more is asked of the graph, and in the end all rows are looked at.

use std::sync::Arc;

use foldhash::HashSet;
use helios_core::encoding::key;
use helios_core::storage::KeyRange;
use helios_core::transaction::Reader;
use helios_core::vector::Metric;
use helios_core::{Result, ValueRef};
use helios_vector_flat::{Candidate, Query};

use super::eval::distance;
use super::nearest_pass::{Finds, SeenRows};
use super::{BoxedOperator, Context, eval};
use crate::catalog::{Index, Table, VectorDefinition};
use crate::chunk::Chunk;
use crate::optimize::worth_looking_at;
use crate::plan::Expr;
use crate::table::RowDecoder;
use crate::vector::{Changed, Entries, Graph, GraphSearch};

/// So many candidates a search keeps on its way, and for more rows twice as many as are wanted.
const LEAST_EFFORT: usize = 80;

/// So many rows more than are wanted the graph is asked for at least: its distances are rounded otherwise than those of
/// rows, and what follows the last row tells whether it is alone at its distance.
const SPARE: usize = 2;

/// Looking a row up costs so many times what reading it along with all others does.
const LOOKUPS: usize = 8;

#[derive(Debug)]
pub(super) struct IndexSearch {
    pub(super) table: Arc<Table>,
    pub(super) index: Arc<Index>,
    pub(super) vector: Arc<VectorDefinition>,
    /// Whether it is used whatever it costs.
    pub(super) is_forced: bool,
    /// The rowids of the rows that meet conditions, last in what is read, and what they have to meet.
    pub(super) passing: Option<(BoxedOperator, Expr)>,
    /// Whether rows have to have a vector.
    pub(super) excludes_null: bool,
    pub(super) nulls_first: bool,
    pub(super) decoder: RowDecoder,
}

/// Which rows may be found; all, if nothing says otherwise.
struct Passing(Option<Vec<i64>>);

impl Passing {
    fn has(&self, rowid: i64) -> bool {
        self.0.as_ref().is_none_or(|rowids| rowids.binary_search(&rowid).is_ok())
    }

    /// As many rows as may be found of so many.
    fn of(&self, all: usize) -> usize {
        self.0.as_ref().map_or(all, Vec::len)
    }
}

impl IndexSearch {
    pub(super) fn new(table: &Arc<Table>, index: &Arc<Index>, vector: &Arc<VectorDefinition>) -> IndexSearch {
        IndexSearch {
            decoder: RowDecoder::new(table, vec![vector.column]),
            table: table.clone(),
            index: index.clone(),
            vector: vector.clone(),
            is_forced: false,
            passing: None,
            excludes_null: false,
            nulls_first: false,
        }
    }

    /// What the index finds; nothing if all rows are to be looked at.
    pub(super) fn search(
        &mut self,
        context: &mut Context,
        reader: &Reader,
        query: &Query,
        most: usize,
    ) -> Result<Option<Finds>> {
        let has_angle = query.vector().iter().any(|element| *element != 0.0);
        let suits = query.dimensions() == self.vector.dimensions
            && query.metric() == self.vector.metric
            && (has_angle || self.vector.metric != Metric::Cosine);
        let entries = reader.unrecorded();
        let Some(head) = Entries::read_head(&entries, self.index.space)?.filter(|_| suits) else {
            return Ok(None);
        };
        let facts = &context.facts;
        let Some(graph) = facts.resources.vectors.graph(&facts.resources.store, &self.index, head)? else {
            return Ok(None);
        };
        let all = graph.counts().1;
        let changed = self.changed(context, &entries)?;
        let is_dear = most.saturating_mul(LOOKUPS) > all || changed.entries.waiting() * LOOKUPS > all;
        if is_dear && !self.is_forced {
            return Ok(None);
        }
        let passing = self.passing(context)?;
        if passing.of(all) as f64 <= worth_looking_at(all as f64) && !self.is_forced {
            return Ok(None);
        }
        // What comes out depends on all rows of the table.
        reader.note_range(self.table.space, KeyRange::ALL);
        let mut finds = Finds::new(most);
        self.look_at_changed(&changed, &passing, query, &mut finds)?;
        if self.nulls_first && finds.has_all_without() {
            return Ok(Some(finds));
        }
        let search = GraphSearch {
            generation: head.generation,
            query: query.vector(),
            most: most.saturating_add(most / 16 + SPARE),
            effort: context.facts.vector_effort.unwrap_or(LEAST_EFFORT.max(most.saturating_mul(2))),
            passes: &|rowid| !changed.entries.mentions(rowid) && passing.has(rowid),
        };
        let wanted = most.min(passing.0.as_ref().map_or(usize::MAX, Vec::len));
        self.ask(&graph, search, wanted, &entries, query, finds, context)
    }

    /// Asks the graph for more and more, until enough rows are found.
    #[expect(clippy::too_many_arguments, reason = "one step of a search")]
    fn ask(
        &self,
        graph: &Graph,
        mut search: GraphSearch<'_>,
        wanted: usize,
        reader: &Reader,
        query: &Query,
        mut finds: Finds,
        context: &Context,
    ) -> Result<Option<Finds>> {
        let (all, _) = graph.counts();
        let mut seen: HashSet<i64> = HashSet::default();
        let mut last = None;
        loop {
            context.interrupt.check()?;
            search.effort = search.effort.max(search.most);
            let Some(found) = graph.search(&search).filter(|found| !found.gave_up) else { return Ok(None) };
            for &rowid in &found.rows {
                if !seen.insert(rowid) {
                    continue;
                }
                if let Some(distance) = self.distance(reader, query, rowid, &mut finds.rows)? {
                    finds.nearest.push(Candidate { distance, id: rowid });
                    last = last.max(Some(Candidate { distance, id: rowid }));
                }
            }
            let is_last = found.rows.len() < search.most;
            let is_complete = finds.nearest.len() >= wanted;
            // Of rows as far away as the last one, those with the least rowids are wanted.
            let farthest = finds.nearest.farthest().map(|farthest| farthest.distance);
            let is_tie = !is_last && farthest.is_some() && farthest == last.map(|last| last.distance);
            if is_complete && !is_tie {
                return Ok(Some(finds));
            }
            if is_last || search.most > all / 4 {
                return Ok(None);
            }
            search.most *= 4;
            search.effort *= 2;
        }
    }

    /// The distance of a row, which is kept; nothing if there is no such row, or it has none.
    fn distance(
        &self,
        reader: &Reader,
        query: &Query,
        rowid: i64,
        rows: &mut SeenRows,
    ) -> Result<Option<f64>> {
        let mut found = Ok(None);
        let mut row_key = Vec::with_capacity(9);
        key::write_rowid(rowid, &mut row_key);
        reader.get(self.table.space, &row_key, &mut |version| {
            let mut inner = Ok(None);
            let decoded =
                self.decoder.decode(&row_key, version.payload, |_, value| inner = distance(query, value));
            found = decoded.and(inner);
            rows.keep(rowid, version.payload);
        })?;
        found
    }

    /// The rows that the graph does not know as they are, with their vectors.
    fn changed(&self, context: &Context, reader: &Reader) -> Result<Arc<Changed>> {
        let vectors = &context.facts.resources.vectors;
        let of = (reader.branch(), self.index.space);
        // Rows and entries are written together, but only the rows of a state are known to be of it.
        let state = reader.committed_state(self.index.space).and(reader.committed_state(self.table.space));
        if let Some(state) = state
            && let Some(known) = vectors.changed(of, state)
        {
            return Ok(known);
        }
        let mut changed = Changed { entries: Entries::read(reader, self.index.space)?, vectors: Vec::new() };
        let mut row_key = Vec::with_capacity(9);
        for &rowid in &changed.entries.changed {
            row_key.clear();
            key::write_rowid(rowid, &mut row_key);
            let mut decoded = Ok(());
            reader.get(self.table.space, &row_key, &mut |version| {
                decoded = self.decoder.decode(&row_key, version.payload, |_, value| {
                    if let ValueRef::Blob(packed) = value {
                        changed.vectors.push((rowid, packed.to_vec()));
                    }
                });
            })?;
            decoded?;
        }
        let changed = Arc::new(changed);
        if let Some(state) = state {
            vectors.keep_changed(of, state, changed.clone());
        }
        Ok(changed)
    }

    fn look_at_changed(
        &self,
        changed: &Changed,
        passing: &Passing,
        query: &Query,
        finds: &mut Finds,
    ) -> Result<()> {
        for (rowid, vector) in &changed.vectors {
            if passing.has(*rowid) {
                finds.add(*rowid, distance(query, ValueRef::Blob(vector))?);
            }
        }
        let null = if self.excludes_null { &[][..] } else { &changed.entries.null };
        for &rowid in null.iter().chain(&changed.entries.zero) {
            if passing.has(rowid) {
                finds.add(rowid, None);
            }
        }
        Ok(())
    }

    /// The rows that meet the conditions.
    fn passing(&mut self, context: &mut Context) -> Result<Passing> {
        let Some((input, condition)) = &mut self.passing else { return Ok(Passing(None)) };
        let mut rowids = Vec::new();
        input.open(context)?;
        let mut chunk = Chunk::default();
        while input.next(context, &mut chunk)? {
            let selected = eval::true_rows(&*eval::evaluate(condition, context, &chunk)?);
            let column = chunk.column(chunk.width() - 1);
            rowids.extend(selected.into_iter().map(|row| column.get(row as usize).to_integer()));
        }
        input.close();
        if !rowids.is_sorted() {
            rowids.sort_unstable();
        }
        rowids.dedup();
        Ok(Passing(Some(rowids)))
    }
}
