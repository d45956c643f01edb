//! The rows at the least distances from a vector.
//!
//! The vectors, and what the condition mentions, are read of all rows, in chunks that mostly come from the cache of
//! columns, and looked at in one pass ([`super::nearest_pass`]). What else is asked for is then read of the rows found, by
//! their rowids.
//!
//! Where the statement is known to run with more parameter sets, some of the next ones are searched for in the same pass,
//! and find their rows there, as long as the table is what it was.

use std::collections::VecDeque;
use std::sync::Arc;

use helios_core::Result;
use helios_core::encoding::key;
use helios_core::storage::KeyRange;
use helios_core::transaction::Reader;
use helios_core::versioned::{BranchId, BranchState};
use helios_vector_flat::Query;

use super::coming::Coming;
use super::limit::count;
use super::nearest_index::IndexSearch;
use super::nearest_pass::{Finds, Part, Pass, Search, SeenRows};
use super::scan::RowLayout;
use super::{BoxedOperator, Context, Operator, eval};
use crate::catalog::Table;
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::func::vector::{VECTOR_DISTANCE, elements, metric_argument, vector_argument};
use crate::plan::{Access, Expr, NearestPlan, PastReader, Scan};

/// So many searches share a pass at most.
const MOST_SEARCHES: usize = 32;

/// Searches for more rows than this have a pass of their own: what is found for others has to be kept.
const MOST_KEPT: usize = 10_000;

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
    /// Whether all that it depends on besides the rows are parameters, so that it can be done for others early.
    pub(super) can_be_early: bool,
    /// What is read of the rows found.
    pub(super) layout: RowLayout,
    /// The rowids of the rows found that were not given yet, the last first.
    pub(super) found: Vec<i64>,
    /// Those that were looked up to find them.
    pub(super) seen: SeenRows,
    /// What was found for the parameter sets that come next.
    pub(super) early: Option<Early>,
}

/// What was found for parameter sets before their turn.
#[derive(Debug)]
pub(super) struct Early {
    /// The next of them.
    coming: Coming,
    /// Where the rows were found: on which branch, in which state.
    place: (BranchId, BranchState),
    /// The rowids for each.
    found: VecDeque<Vec<i64>>,
}

impl Nearest {
    fn query(&self, context: &mut Context) -> Result<Option<Query>> {
        let metric = self.metric.as_ref().map(|metric| eval::constant(metric, context)).transpose()?;
        let metric = metric_argument(metric.as_ref().map(helios_core::Value::as_ref))?;
        let vector = eval::constant(&self.query, context)?;
        let vector = vector_argument(VECTOR_DISTANCE, vector.as_ref())?;
        Ok(metric.zip(vector).map(|(metric, vector)| Query::new(metric, elements(&vector).collect())))
    }

    fn most(&self, context: &mut Context) -> Result<usize> {
        Ok(usize::try_from(count(&self.count, context)?).unwrap_or(usize::MAX))
    }

    /// The rowids of the rows, the last first.
    fn search(&mut self, context: &mut Context) -> Result<Vec<i64>> {
        let most = self.most(context)?;
        if most == 0 {
            return Ok(Vec::new());
        }
        if let Some(found) = self.found_early(context) {
            return Ok(found);
        }
        let query = self.query(context)?;
        if let Some(query) = &query
            && let Some(mut found) = self.search_index(context, query, most)?
        {
            self.seen = std::mem::take(&mut found.rows);
            return Ok(found.into_rowids(self.nulls_first));
        }
        if let Some(found) = self.search_for_more(context, Search::new(query.clone(), most)) {
            return Ok(found);
        }
        let mut alone = [Search::new(query, most)];
        self.pass(context, &mut alone, &[])?;
        let [alone] = alone;
        Ok(alone.finds.into_rowids(self.nulls_first))
    }

    /// What the index finds, if there is one that is worth asking.
    fn search_index(&mut self, context: &mut Context, query: &Query, most: usize) -> Result<Option<Finds>> {
        let Some(index) = &mut self.index else { return Ok(None) };
        let past = self.reader.as_ref().map(PastReader::get).transpose()?;
        let reader = past.unwrap_or_else(|| context.reader_at(self.table.slot).clone());
        index.search(context, &reader, query, most)
    }

    /// Looks at all rows for some searches, the first with the parameters of this execution, the others with their own.
    fn pass(&mut self, context: &mut Context, searches: &mut [Search], others: &[Chunk]) -> Result<()> {
        let columns = context.facts.resources.columns.clone();
        let mut pass = Pass::new(searches, self.vector, columns.squares());
        self.input.open(context)?;
        let mut chunk = Chunk::default();
        while self.input.next(context, &mut chunk)? {
            let wanted = match &self.condition {
                Some(condition) => wanted(condition, context, &chunk, others)?,
                None => Vec::new(),
            };
            pass.take(Part { chunk: std::mem::take(&mut chunk), wanted })?;
        }
        pass.finish()?;
        self.input.close();
        Ok(())
    }

    /// What was found for this execution by an earlier one.
    fn found_early(&mut self, context: &Context) -> Option<Vec<i64>> {
        let mut early = self.early.take()?;
        let coming = context.coming.as_ref().filter(|coming| **coming == early.coming)?;
        let reader = context.reader_at(self.table.slot);
        if place(reader, &self.table) != Some(early.place) {
            return None;
        }
        let found = early.found.pop_front();
        early.coming = coming.next();
        if !early.found.is_empty() {
            self.early = Some(early);
        }
        // What comes out depends on all rows of the table.
        reader.note_range(self.table.space, KeyRange::ALL);
        found
    }

    /// Searches with this execution's parameters and with those that come next, and keeps what is found for these. Nothing
    /// if there are none, or if it fails: then it is for each to say why, in its turn.
    fn search_for_more(&mut self, context: &mut Context, first: Search) -> Option<Vec<i64>> {
        let coming = context.coming.clone().filter(|_| self.can_be_early)?;
        let place = place(context.reader_at(self.table.slot), &self.table)?;
        let mut searches = vec![first];
        let mut sets = Vec::new();
        let own = std::mem::take(&mut context.parameters);
        for set in coming.sets_after().take(MOST_SEARCHES - 1) {
            context.parameters = set;
            let Ok(most @ 1..=MOST_KEPT) = self.most(context) else { break };
            let Ok(query) = self.query(context) else { break };
            searches.push(Search::new(query, most));
            sets.push(std::mem::take(&mut context.parameters));
        }
        context.parameters = own;
        if sets.is_empty() || self.pass(context, &mut searches, &sets).is_err() {
            self.input.close();
            return None;
        }
        let nulls_first = self.nulls_first;
        let mut found = searches.into_iter().map(|search| search.finds.into_rowids(nulls_first));
        let first = found.next();
        self.early = Some(Early { coming: coming.next(), place, found: found.collect() });
        first
    }
}

/// Whether a search depends on nothing but parameters and the rows of the present, and nobody can tell when it is done.
pub(super) fn can_be_early(plan: &NearestPlan, scan: &Scan) -> bool {
    let depends = |part: &Expr| matches!(part, Expr::Outer(_) | Expr::Raise(..)) || part.changes_by_itself();
    let is_bare = |expr: &Expr| !expr.has_subquery() && !expr.any(&mut |part| depends(part));
    plan.index.is_none()
        && scan.reader.is_none()
        && matches!(scan.access, Access::All)
        && plan.exprs().all(is_bare)
}

/// The branch and the state that a reader shows of a table, if it is a committed one.
fn place(reader: &Reader, table: &Table) -> Option<(BranchId, BranchState)> {
    reader.committed_state(table.space).map(|state| (reader.branch(), state))
}

/// The rows of a chunk that meet a condition: with the parameters of this execution, then with each of the others; only
/// once if it mentions none.
fn wanted(
    condition: &Expr,
    context: &mut Context,
    chunk: &Chunk,
    others: &[Chunk],
) -> Result<Vec<Option<Vec<u32>>>> {
    let rows = |context: &mut Context| -> Result<Option<Vec<u32>>> {
        Ok(Some(eval::true_rows(&*eval::evaluate(condition, context, chunk)?)))
    };
    let mut wanted = vec![rows(context)?];
    if condition.any(&mut |part| matches!(part, Expr::Parameter(_))) {
        let own = std::mem::take(&mut context.parameters);
        for set in others {
            context.parameters = set.clone();
            let selected = rows(context);
            wanted.push(selected.inspect_err(|_| context.parameters = own.clone())?);
        }
        context.parameters = own;
    }
    Ok(wanted)
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
