//! The graphs that are in memory.
//!
//! In: the head that a view shows. Out: a graph that has its generation, from memory or from the store. The memory is
//! bounded: those that were not used for longest go first, and come again from the store.

use std::sync::Arc;

use foldhash::HashMap;
use helios_core::branch::{DerivedPlace, Store};
use helios_core::clock::Entropy;
use helios_core::transaction::Engine;
use helios_core::versioned::{BranchId, BranchState, Space};
use helios_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

use super::build::unique;
use super::{Entries, Graph, Head, VectorKinds, stored};
use crate::catalog::{Index, VectorDefinition};

/// The entries of an index in a view, and the vectors of the rows that have to be looked at.
#[derive(Debug, Default)]
pub struct Changed {
    /// The entries.
    pub entries: Entries,
    /// The vectors of [`Entries::changed`].
    pub vectors: Vec<(i64, Vec<u8>)>,
}

/// What is set for all indexes of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorLimits {
    /// The kinds of indexes.
    pub kinds: VectorKinds,
    /// Bytes that indexes may take in memory; those that were not used for longest come again from the store.
    pub most_bytes: usize,
    /// So many changed rows wait beside a graph at least, before it takes them up.
    pub least_waiting: usize,
}

impl Default for VectorLimits {
    fn default() -> VectorLimits {
        VectorLimits { kinds: VectorKinds::default(), most_bytes: 4096 << 20, least_waiting: 2000 }
    }
}

/// Everything that a database knows of its indexes of vectors.
#[derive(Debug)]
pub struct VectorIndexes {
    kinds: VectorKinds,
    most_bytes: usize,
    least_waiting: usize,
    /// Whether graphs are stored, and need not stay in memory.
    is_stored: bool,
    kept: Mutex<Kept>,
    /// Held while a graph is read from the store.
    loading: Mutex<()>,
}

#[derive(Debug, Default)]
struct Kept {
    /// By index and lineage.
    graphs: HashMap<(Space, u64), KeptGraph>,
    /// Counts uses, to tell which graph was not used for longest.
    uses: u64,
    /// Generations that no graph has.
    missing: Vec<Head>,
    /// The entries of indexes in the newest state of a branch that was asked for.
    changed: HashMap<(BranchId, Space), (BranchState, Arc<Changed>)>,
    /// How many entries may be written before somebody counts those that wait.
    countdowns: HashMap<(BranchId, Space), usize>,
    /// The indexes whose graphs somebody adds to.
    busy: Vec<(BranchId, Space)>,
}

#[derive(Debug)]
struct KeptGraph {
    graph: Arc<Graph>,
    bytes: usize,
    used: u64,
}

/// So many generations are remembered to be missing.
const MOST_MISSING: usize = 64;

/// An index that one thread adds to, as long as this lives.
#[derive(Debug)]
pub struct Claim<'r> {
    registry: &'r VectorIndexes,
    of: (BranchId, Space),
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.registry.kept.lock().busy.retain(|busy| *busy != self.of);
    }
}

impl VectorIndexes {
    /// Knows nothing yet. Where graphs are not stored, all of them stay in memory.
    pub fn new(limits: VectorLimits, is_stored: bool) -> VectorIndexes {
        let VectorLimits { kinds, most_bytes, least_waiting } = limits;
        let (kept, loading) = (Mutex::default(), Mutex::default());
        VectorIndexes { kinds, most_bytes, least_waiting, is_stored, kept, loading }
    }

    /// So many changed rows wait at least, before a graph takes them up.
    pub fn least_waiting(&self) -> usize {
        self.least_waiting
    }

    /// The kinds of indexes.
    pub fn kinds(&self) -> &VectorKinds {
        &self.kinds
    }

    /// Whether graphs are stored.
    pub fn is_stored(&self) -> bool {
        self.is_stored
    }

    /// The graph that has the generation of a head; nothing if it is lost, or does not fit into memory.
    pub fn graph(&self, store: &Store, index: &Index, head: Head) -> Result<Option<Arc<Graph>>> {
        if let Some(known) = self.known(index.space, head) {
            return Ok(known);
        }
        let Some(definition) = &index.vector else { return Ok(None) };
        let _loading = self.loading.lock();
        if let Some(known) = self.known(index.space, head) {
            return Ok(known);
        }
        let graph = match self.load(store, index.space, definition, head) {
            // What cannot be read is as good as lost.
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Sql) => None,
            result => result?,
        };
        match &graph {
            Some(graph) => self.keep(definition, graph),
            None => {
                let missing = &mut self.kept.lock().missing;
                if missing.len() == MOST_MISSING {
                    missing.remove(0);
                }
                missing.push(head);
            }
        }
        Ok(graph)
    }

    fn known(&self, space: Space, head: Head) -> Option<Option<Arc<Graph>>> {
        let mut kept = self.kept.lock();
        let kept = &mut *kept;
        if let Some(found) = kept.graphs.get_mut(&(space, head.lineage))
            && found.graph.covers(head.generation)
        {
            kept.uses += 1;
            found.used = kept.uses;
            return Some(Some(found.graph.clone()));
        }
        kept.missing.contains(&head).then_some(None)
    }

    fn load(
        &self,
        store: &Store,
        space: Space,
        definition: &VectorDefinition,
        head: Head,
    ) -> Result<Option<Arc<Graph>>> {
        if !self.is_stored {
            return Ok(None);
        }
        let place = DerivedPlace { branch: head.branch, space };
        let parts = store.derived(place)?;
        let bytes = stored::look(&parts, (head.lineage, head.generation), definition)?;
        if bytes.is_none_or(|bytes| bytes > self.most_bytes) {
            return Ok(None);
        }
        let graph = stored::load(&parts, (place, head.lineage), &self.kinds, definition)?;
        Ok(graph.filter(|graph| graph.covers(head.generation)).map(Arc::new))
    }

    /// Keeps a graph that was made or has grown, and lets others go where there is no room.
    pub fn keep(&self, definition: &VectorDefinition, graph: &Arc<Graph>) {
        let bytes = stored::bytes_of(graph.counts().0, definition);
        let mut kept = self.kept.lock();
        let kept = &mut *kept;
        kept.uses += 1;
        let own = (graph.place.space, graph.lineage);
        kept.graphs.insert(own, KeptGraph { graph: graph.clone(), bytes, used: kept.uses });
        while self.is_stored && kept.graphs.values().map(|kept| kept.bytes).sum::<usize>() > self.most_bytes {
            let others = kept.graphs.iter().filter(|(of, _)| **of != own);
            let Some(oldest) = others.min_by_key(|(_, kept)| kept.used).map(|(of, _)| *of) else { break };
            kept.graphs.remove(&oldest);
        }
    }

    /// Takes away what is stored of an index of a branch, but for the graph of a head.
    pub fn discard(
        &self,
        engine: &Engine,
        store: &Arc<Store>,
        place: DerivedPlace,
        kept: Option<Head>,
    ) -> Result<()> {
        let kept = kept.filter(|head| head.branch == place.branch).map(|head| head.lineage);
        let is_kept = |of: &(Space, u64), graph: &Graph| {
            of.0 != place.space || graph.place.branch != place.branch || Some(of.1) == kept
        };
        self.kept.lock().graphs.retain(|of, graph| is_kept(of, &graph.graph));
        if self.is_stored { stored::discard(engine, store, place, kept) } else { Ok(()) }
    }

    /// Forgets a graph whose generations in memory are not those in the store.
    pub fn forget(&self, graph: &Graph) {
        self.kept.lock().graphs.remove(&(graph.place.space, graph.lineage));
    }

    /// A new graph for an index of a branch, which nobody sees yet.
    ///
    /// # Errors
    /// The kind is not built in, or does not know what the definition says.
    pub fn new_graph(
        &self,
        entropy: &dyn Entropy,
        place: DerivedPlace,
        definition: &VectorDefinition,
    ) -> Result<Arc<Graph>> {
        Ok(Arc::new(Graph::new(place, unique(entropy), self.kinds.make(definition)?)))
    }

    /// An error if so many vectors of an index do not fit into memory.
    pub fn check_room(&self, definition: &VectorDefinition, vectors: usize) -> Result<()> {
        let bytes = stored::bytes_of(vectors, definition);
        if bytes <= self.most_bytes {
            return Ok(());
        }
        let (bytes, most) = (bytes >> 20, self.most_bytes >> 20);
        let message = format!("an index of vectors takes {bytes} MB, and vector.memory_mb is {most}");
        Err(Error::new(ErrorKind::Full, message))
    }

    /// The entries of an index in a committed state, if somebody has read them.
    pub fn changed(&self, of: (BranchId, Space), state: BranchState) -> Option<Arc<Changed>> {
        let kept = self.kept.lock();
        let (known, changed) = kept.changed.get(&of)?;
        (*known == state).then(|| changed.clone())
    }

    /// Remembers the entries of an index in a committed state.
    pub fn keep_changed(&self, of: (BranchId, Space), state: BranchState, changed: Arc<Changed>) {
        let mut kept = self.kept.lock();
        let is_newer = |(known, _): &(BranchState, _)| known.last_commit <= state.last_commit;
        if kept.changed.get(&of).is_none_or(is_newer) {
            kept.changed.insert(of, (state, changed));
        }
    }

    /// Notes that entries were written; says whether those that wait are to be counted.
    pub fn note_written(&self, of: (BranchId, Space), written: usize) -> bool {
        let mut kept = self.kept.lock();
        let left = kept.countdowns.entry(of).or_default();
        let is_due = *left <= written;
        *left = left.saturating_sub(written);
        is_due
    }

    /// Has so many entries be written before they are counted again.
    pub fn count_after(&self, of: (BranchId, Space), entries: usize) {
        self.kept.lock().countdowns.insert(of, entries);
    }

    /// Claims an index for adding to its graph; nothing if somebody else has.
    pub fn claim(&self, of: (BranchId, Space)) -> Option<Claim<'_>> {
        let mut kept = self.kept.lock();
        if kept.busy.contains(&of) {
            return None;
        }
        kept.busy.push(of);
        Some(Claim { registry: self, of })
    }
}
