//! An index on a library's graph, with all vectors beside it.
//!
//! In: a [`Graph`], which may be wrong: it may find too few, in any order, at distances of its own. Out: an index that keeps
//! the contract. Vectors that were removed stay ways in the graph; where few vectors pass a filter, or fewer come back than
//! were asked for, all that pass are looked at.
//!
//! ```text
//! saved   identity: who wrote it, the metric and the parameters
//!         length and checksum of the links, 8 bytes each; the links, as the graph has them
//!         which vectors were removed, as [`Flat`] has it
//! ```

use std::fmt;

use helios_core::vector::{Found, Metric, Node, NodeFilter, VectorIndex};
use helios_core::{Error, ErrorKind, Result};

use crate::flat::{Flat, corrupt, sum};
use crate::query::Query;

/// How many vectors are asked whether they pass, to guess how many do.
const SAMPLE: u64 = 256;

/// A large prime.
const SPREAD: u64 = 2_654_435_761;

/// Where no more than one of so many vectors passes, looking at all that do costs less than a library's search.
const FEW: usize = 8;

/// A graph of vectors that a library makes. Nodes are numbered from 0 on, in the order in which they come. Under
/// [`Metric::Cosine`] vectors and queries have the length 1.
pub trait Graph: Send + Sync {
    /// Whether vectors that do not pass are candidates of a search too, so that it takes more effort to find as many.
    const EFFORT_IS_OF_ALL: bool;

    /// Adds a vector.
    fn insert(&mut self, vector: &[f32]);

    /// About the nearest nodes that pass, `most` or fewer; with more `effort` fewer are missed.
    fn search(&self, query: &[f32], most: usize, effort: usize, passes: &NodeFilter<'_>) -> Vec<Node>;

    /// Writes down the links, if they can be taken up again.
    fn save(&self, out: &mut Vec<u8>);

    /// Takes up vectors in their order, and the links that were saved, in a graph without vectors.
    ///
    /// # Errors
    /// Links that are none between these vectors.
    fn load(&mut self, links: &[u8], vectors: &mut dyn Iterator<Item = Vec<f32>>) -> Result<()>;
}

/// A graph and all vectors as they were given.
pub struct GraphIndex<G> {
    metric: Metric,
    dimensions: usize,
    identity: Vec<u8>,
    graph: G,
    vectors: Flat,
}

impl<G> fmt::Debug for GraphIndex<G> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("GraphIndex");
        shown.field("identity", &String::from_utf8_lossy(&self.identity)).field("metric", &self.metric);
        shown
            .field("dimensions", &self.dimensions)
            .field("vectors", &self.vectors.len())
            .finish_non_exhaustive()
    }
}

impl<G: Graph> GraphIndex<G> {
    /// An index on an empty graph. `format` and the parameters are what a saved index has to have come from.
    pub fn new(metric: Metric, dimensions: usize, graph: G, format: &[u8], parameters: &[usize]) -> Self {
        let parameters: Vec<u8> =
            parameters.iter().flat_map(|number| (*number as u64).to_le_bytes()).collect();
        let identity = [format, metric.name().as_bytes(), &[0], &parameters].concat();
        GraphIndex { metric, dimensions, identity, graph, vectors: Flat::new(metric, dimensions) }
    }

    /// Of how many vectors one passes, guessed from some; none if none of those did.
    fn one_passes_of(&self, passes: &NodeFilter<'_>) -> Option<usize> {
        let all = self.vectors.len() as u64;
        let asked = all.min(SAMPLE);
        // Spread by a multiplier, for filters like rows that are alike next to each other or at a distance.
        let node = |number: u64| if asked == all { number } else { number.wrapping_mul(SPREAD) % all };
        let sample = (0..asked).map(|number| node(number) as Node);
        let passing = sample.filter(|node| self.vectors.contains(*node) && passes(*node)).count();
        (passing > 0).then(|| (asked as usize).div_ceil(passing))
    }
}

/// A vector as a graph compares it.
fn prepared(metric: Metric, vector: &[f32]) -> Vec<f32> {
    if metric != Metric::Cosine {
        return vector.to_vec();
    }
    let square: f64 = vector.iter().map(|element| f64::from(*element).powi(2)).sum();
    let length = square.sqrt();
    vector.iter().map(|element| (f64::from(*element) / length) as f32).collect()
}

impl<G: Graph> VectorIndex for GraphIndex<G> {
    fn insert(&mut self, vector: &[f32]) -> Node {
        let node = self.vectors.insert(vector);
        self.graph.insert(&prepared(self.metric, vector));
        node
    }

    fn remove(&mut self, node: Node) {
        self.vectors.remove(node);
    }

    fn len(&self) -> usize {
        self.vectors.len()
    }

    fn removed(&self) -> usize {
        self.vectors.removed()
    }

    fn search(&self, query: &[f32], most: usize, effort: usize, passes: &NodeFilter<'_>) -> Found {
        assert_eq!(query.len(), self.dimensions, "the query has the dimension of the index");
        let has_direction = self.metric != Metric::Cosine || query.iter().any(|element| *element != 0.0);
        let one_of = self.one_passes_of(passes).filter(|of| *of < FEW);
        let Some(one_of) = one_of.filter(|_| most > 0 && has_direction) else {
            return self.vectors.search(query, most, effort, passes);
        };
        let effort = if G::EFFORT_IS_OF_ALL { effort.max(most) * one_of } else { effort.max(most) };
        let filter = |node: Node| self.vectors.contains(node) && passes(node);
        let found = self.graph.search(&prepared(self.metric, query), most, effort, &filter);
        if found.len() < most {
            return self.vectors.search(query, most, effort, passes);
        }
        let query = Query::new(self.metric, query.to_vec());
        let distances =
            found.into_iter().filter_map(|node| Some((self.vectors.distance(&query, node)?, node)));
        let mut nearest: Vec<(f64, Node)> = distances.collect();
        nearest.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        Found { nearest, gave_up: false }
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut links = Vec::new();
        self.graph.save(&mut links);
        out.extend(&self.identity);
        out.extend((links.len() as u64).to_le_bytes());
        out.extend(sum(&links).to_le_bytes());
        out.extend(links);
        self.vectors.save(out);
    }

    fn load(&mut self, saved: &[u8], vectors: &mut dyn Iterator<Item = Vec<f32>>) -> Result<()> {
        let rest = saved.strip_prefix(&self.identity[..]);
        let rest = rest.ok_or_else(|| corrupt("the index is another one"))?;
        let (links, removed) = checked(rest).ok_or_else(|| corrupt("the index is not what was written"))?;
        let mut loaded = Flat::new(self.metric, self.dimensions);
        loaded.load(removed, vectors)?;
        let metric = self.metric;
        self.graph.load(links, &mut loaded.rows().map(|vector| prepared(metric, &vector)))?;
        self.vectors = loaded;
        Ok(())
    }
}

/// The links, and what comes behind them.
fn checked(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (expected, rest) = rest.split_first_chunk::<8>()?;
    let (links, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    (sum(links) == u64::from_le_bytes(*expected)).then_some((links, rest))
}

/// The error of links that a graph cannot take up.
pub fn broken_links() -> Error {
    Error::new(ErrorKind::Corrupt, "the links of the index are broken")
}
