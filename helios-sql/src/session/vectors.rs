//! Upkeep of indexes of vectors: making their graphs, and having these know what was committed since.
//!
//! CREATE INDEX and REINDEX make a graph of all rows and write its head, in their transaction. What statements write later
//! stands beside the graph as entries, and whoever commits the entry that makes them too many has the graph take them up:
//! first rows of a committed state are added, which nobody waits for, and then a transaction of its own writes the new head and takes
//! away the entries that are still those of that state. If that does not come to its end, the old head is as good as it was.

use std::sync::Arc;

use helios_core::branch::DerivedPlace;
use helios_core::clock::Moment;
use helios_core::encoding::key;
use helios_core::transaction::{Mode, Reader, Transaction};
use helios_core::versioned::Space;
use helios_core::{Error, Result, Value, ValueRef};

use super::Session;
use super::define::column_scan;
use crate::catalog::{Index, Table, VectorDefinition};
use crate::exec::{Context, build, drain};
use crate::table::RowDecoder;
use crate::vector::{Builder, Entries, Graph, Head, Marker, write_head};

/// Where more than this share of a graph's vectors is of no row any more, it is made anew.
const MOST_DEAD: f64 = 0.3;

/// What is to become of an index.
struct Work<'a> {
    table: &'a Arc<Table>,
    index: &'a Arc<Index>,
    vector: &'a VectorDefinition,
    entries: Entries,
    /// The state that the entries are of.
    reader: Reader,
    /// Its moment.
    moment: Moment,
    /// The moment of its schema.
    schema: Moment,
}

/// Rows without a distance, as they are met.
type Unmarked = Vec<(i64, Marker)>;

impl Session {
    /// `PRAGMA vector_ef_search`, if it has set anything.
    pub(super) fn vector_effort(&self) -> Option<usize> {
        match self.remembered.get("vector_ef_search") {
            Some(Value::Integer(effort)) if *effort > 0 => usize::try_from(*effort).ok(),
            _ => None,
        }
    }

    fn builder(&self, graph: &Arc<Graph>) -> Builder<'_> {
        let database = &self.database;
        let store = database.vectors().is_stored().then(|| database.store());
        Builder::new(database.engine(), store, &**database.entropy(), graph.clone())
    }

    /// Makes the graph of an index that has no entries, of what the transaction sees.
    pub(super) fn fill_vector_index(
        &mut self,
        table: &Arc<Table>,
        index: &Arc<Index>,
        vector: &VectorDefinition,
    ) -> Result<()> {
        let view = self.current_view()?;
        let mut context = self.context_of(&view);
        let place = DerivedPlace { branch: self.branch, space: index.space };
        self.made_graphs.push(place);
        let (head, unmarked) = self.build_graph((table, index, vector), place, &mut context)?;
        if let Some(transaction) = &self.transaction {
            let mut writes = transaction.writes();
            write_head(head, index.space, &mut writes);
            for (rowid, marker) in unmarked {
                marker.write(index.space, &row_key(rowid), &mut writes);
            }
        }
        Ok(())
    }

    /// A graph of all rows that a context sees, and the rows that are not in it because they have no distance.
    fn build_graph(
        &self,
        (table, index, vector): (&Arc<Table>, &Arc<Index>, &VectorDefinition),
        place: DerivedPlace,
        context: &mut Context,
    ) -> Result<(Head, Unmarked)> {
        let vectors = self.database.vectors();
        let graph = vectors.new_graph(&**self.database.entropy(), place, vector)?;
        let scan =
            column_scan(table, index).ok_or_else(|| Error::corrupt("an index of vectors is on no column"))?;
        let mut builder = self.builder(&graph);
        let mut unmarked = Vec::new();
        let mut count = 0;
        drain(&mut *build(&scan, &[])?.root, context, |chunk| {
            count += chunk.rows();
            vectors.check_room(vector, count)?;
            for row in 0..chunk.rows() {
                self.interrupt.check()?;
                let rowid = chunk.value(row, 1).to_integer();
                match (Marker::of(vector.metric, chunk.value(row, 0)), chunk.value(row, 0)) {
                    (Marker::Changed, ValueRef::Blob(packed)) => builder.add(rowid, packed)?,
                    (marker, _) => unmarked.push((rowid, marker)),
                }
            }
            Ok(())
        })?;
        let head = builder.finish(&[])?;
        vectors.keep(vector, &graph);
        Ok((head, unmarked))
    }

    /// Comes when a transaction has ended that made graphs: what became of no use goes.
    pub(super) fn settle_graphs(&mut self) {
        for place in std::mem::take(&mut self.made_graphs) {
            // What stays behind for an error goes the next time.
            let _ = self.settle_graph(place);
        }
    }

    fn settle_graph(&self, place: DerivedPlace) -> Result<()> {
        let database = &self.database;
        let present = database.engine().present()?;
        let head = Entries::read_head(&Reader::of_view(present.view(place.branch)?), place.space)?;
        drop(present);
        database.vectors().discard(database.engine(), database.store(), place, head)
    }

    /// The indexes of vectors that the transaction has written to, with how many entries.
    pub(super) fn written_vector_indexes(&self) -> Vec<(Space, usize)> {
        let own = self.own_catalog.as_ref().map(|(_, catalog)| catalog.clone());
        let Some(catalog) = own.or_else(|| self.database.known_catalog(self.branch)) else {
            return Vec::new();
        };
        if catalog.vector_indexes().is_empty() {
            return Vec::new();
        }
        let Some(transaction) = &self.transaction else { return Vec::new() };
        let writes = transaction.writes();
        let spaces = catalog.vector_indexes().iter().map(|(_, index)| index.space);
        spaces.map(|space| (space, writes.writes_to(space))).filter(|(_, count)| *count > 0).collect()
    }

    /// Comes after a commit: has graphs know what was written, where that is due. The commit stands, whatever comes of this.
    pub(super) fn follow_up(&mut self, written: &[(Space, usize)]) {
        for (space, count) in written {
            if self.database.vectors().note_written((self.branch, *space), *count) {
                let _ = self.follow_up_index(*space);
            }
        }
    }

    fn follow_up_index(&self, space: Space) -> Result<()> {
        let database = &self.database;
        let of = (self.branch, space);
        let Some(_claim) = database.vectors().claim(of) else { return Ok(()) };
        let present = database.engine().present()?;
        let record = present.branch(self.branch)?;
        let (moment, schema) = (record.last_commit, record.schema);
        let reader = Reader::of_view(present.view(self.branch)?);
        let catalog = database.catalog(self.branch, schema, &reader)?;
        let found = catalog.vector_indexes().iter().find(|(_, index)| index.space == space);
        let Some((table, index)) = found else { return Ok(()) };
        let Some(vector) = &index.vector else { return Ok(()) };
        let entries = Entries::read(&reader, space)?;
        let work = Work { table, index, vector, entries, reader, moment, schema };
        let waiting = work.entries.waiting();
        let graph = match work.entries.head {
            Some(head) => database.vectors().graph(database.store(), index, head)?,
            None => None,
        };
        let is_own = work.entries.head.is_some_and(|head| head.branch == self.branch);
        let (all, live) = graph.as_ref().map_or((0, 0), |graph| graph.counts());
        let least = database.vectors().least_waiting();
        let enough = match (&graph, is_own) {
            // It serves the branch that it was made of, and this one as long as that differs little.
            (Some(_), false) => least.max(live / 2),
            (Some(_), true) => least.max(live / 20),
            (None, _) if work.entries.head.is_some() => 0,
            (None, _) => least,
        };
        if waiting < enough {
            database.vectors().count_after(of, enough - waiting);
            return Ok(());
        }
        // If it fails, it is not tried again with every commit.
        database.vectors().count_after(of, least);
        let dead = all - live + waiting.min(live);
        match graph.filter(|_| is_own && (dead as f64) < (all + waiting) as f64 * MOST_DEAD) {
            Some(graph) => self.extend_graph(&work, &graph),
            None => self.make_graph_anew(&work),
        }
    }

    fn extend_graph(&self, work: &Work<'_>, graph: &Arc<Graph>) -> Result<()> {
        let vectors = self.database.vectors();
        let all = graph.counts().0 + work.entries.changed.len();
        vectors.check_room(work.vector, all)?;
        let added = self.add_changed(work, graph);
        if added.is_err() {
            vectors.forget(graph);
        }
        let head = added?;
        vectors.keep(work.vector, graph);
        self.publish(work, head, &[])
    }

    fn add_changed(&self, work: &Work<'_>, graph: &Arc<Graph>) -> Result<Head> {
        let mut builder = self.builder(graph);
        let decoder = RowDecoder::new(work.table, vec![work.vector.column]);
        for &rowid in &work.entries.changed {
            self.interrupt.check()?;
            let mut vector = Vec::new();
            let mut decoded = Ok(());
            let key = row_key(rowid);
            work.reader.get(work.table.space, &key, &mut |version| {
                decoded = decoder.decode(&key, version.payload, |_, value| {
                    if let ValueRef::Blob(packed) = value {
                        vector.extend_from_slice(packed);
                    }
                });
            })?;
            decoded?;
            if vector.len() != work.vector.dimensions * 4 {
                return Err(Error::corrupt(format!("index {} has an entry of no row", work.index.name)));
            }
            builder.add(rowid, &vector)?;
        }
        let gone = [&work.entries.gone[..], &work.entries.null, &work.entries.zero].concat();
        builder.finish(&gone)
    }

    fn make_graph_anew(&self, work: &Work<'_>) -> Result<()> {
        let mut context = Context::new(work.reader.clone(), None, self.facts(), self.interrupt.clone());
        let place = DerivedPlace { branch: self.branch, space: work.index.space };
        let (head, unmarked) =
            self.build_graph((work.table, work.index, work.vector), place, &mut context)?;
        let published = self.publish(work, head, &unmarked);
        self.settle_graph(place)?;
        published
    }

    /// Writes a new head, and takes away the entries that the graph knows of.
    fn publish(&self, work: &Work<'_>, head: Head, unmarked: &[(i64, Marker)]) -> Result<()> {
        let space = work.index.space;
        let mut transaction = Transaction::begin(self.database.engine(), self.branch, Mode::Plain);
        transaction.prepare_to_write(&self.patience())?;
        let reader = transaction.reader()?;
        let is_same = transaction.schema()? == work.schema && !transaction.has_queued_schema();
        if !is_same || Entries::read_head(&reader, space)? != work.entries.head {
            transaction.roll_back();
            return Ok(());
        }
        let mut taken = Vec::new();
        for &rowid in work.entries.changed.iter().chain(&work.entries.gone) {
            let key = row_key(rowid);
            let mut is_old = false;
            reader.get(space, &key, &mut |version| is_old = version.begin <= work.moment)?;
            if is_old {
                taken.push(key);
            }
        }
        let mut marked = Vec::new();
        for (rowid, marker) in unmarked {
            if !reader.contains(space, &row_key(*rowid))? {
                marked.push((row_key(*rowid), *marker));
            }
        }
        drop(reader);
        let mut writes = transaction.writes();
        taken.iter().for_each(|key| writes.delete(space, key));
        marked.iter().for_each(|(key, marker)| marker.write(space, key, &mut writes));
        write_head(head, space, &mut writes);
        drop(writes);
        transaction.commit(&self.patience()).map(drop)
    }
}

fn row_key(rowid: i64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(9);
    key::write_rowid(rowid, &mut bytes);
    bytes
}
