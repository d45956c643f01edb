//! The graph, and beside it all vectors.

use std::fmt;

use helios_core::vector::{Found, Metric, Node, NodeFilter, VectorIndex};
use helios_core::{Error, ErrorKind, Result};
use helios_vector_flat::{Flat, Query};
use hnsw_rs::prelude::Hnsw;

use crate::order::Order;

/// The first bytes of a saved index: the name of the format, and its version.
const MAGIC: &[u8; 8] = b"hnswrs\0\x01";

/// Layers that a graph has at most, as the crate wants it.
const MOST_LAYERS: usize = 16;

/// How many vectors are asked whether they pass, to guess how many do.
const SAMPLE: usize = 256;

/// Where no more than one of so many vectors passes, looking at all that do costs less than the crate's search.
const FEW: usize = 8;

/// How a graph is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// How many neighbours a node gets in each layer.
    pub links: usize,
    /// Among how many candidates they are chosen.
    pub construction: usize,
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters { links: 16, construction: 200 }
    }
}

/// A graph of the crate `hnsw_rs`.
pub struct HnswRs {
    metric: Metric,
    dimensions: usize,
    parameters: Parameters,
    graph: Hnsw<'static, f32, Order>,
    /// All vectors as they were given, and which of them were removed.
    vectors: Flat,
}

impl fmt::Debug for HnswRs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("HnswRs");
        shown.field("metric", &self.metric).field("dimensions", &self.dimensions);
        shown.field("parameters", &self.parameters).field("len", &self.vectors.len()).finish_non_exhaustive()
    }
}

impl HnswRs {
    /// An empty graph.
    ///
    /// # Panics
    /// If there are to be no neighbours, or more than the crate's 256.
    pub fn new(metric: Metric, dimensions: usize, parameters: Parameters) -> HnswRs {
        let Parameters { links, construction } = parameters;
        assert!((1..=256).contains(&links), "a node has 1 to 256 neighbours");
        HnswRs {
            metric,
            dimensions,
            parameters,
            graph: Hnsw::new(links, 0, MOST_LAYERS, construction, Order::new(metric)),
            vectors: Flat::new(metric, dimensions),
        }
    }

    /// A vector as the graph compares it.
    fn prepared(&self, vector: &[f32]) -> Vec<f32> {
        if self.metric != Metric::Cosine {
            return vector.to_vec();
        }
        let square: f64 = vector.iter().map(|element| f64::from(*element).powi(2)).sum();
        let length = square.sqrt();
        vector.iter().map(|element| (f64::from(*element) / length) as f32).collect()
    }

    /// What identifies an index of this kind with these parameters.
    fn head(&self) -> Vec<u8> {
        let Parameters { links, construction } = self.parameters;
        let numbers = [links, construction].map(|number| (number as u64).to_le_bytes()).concat();
        [&MAGIC[..], self.metric.name().as_bytes(), &[0], &numbers].concat()
    }

    /// Whether so few vectors pass that all of them can be looked at; a guess.
    fn are_few(&self, passes: &NodeFilter<'_>) -> bool {
        let step = self.vectors.len().div_ceil(SAMPLE).max(1);
        let sample = (0..self.vectors.len() as Node).step_by(step);
        let (asked, passing) = sample.fold((0, 0), |(asked, passing), node| {
            (asked + 1, passing + usize::from(self.vectors.contains(node) && passes(node)))
        });
        passing * FEW <= asked
    }
}

impl VectorIndex for HnswRs {
    fn insert(&mut self, vector: &[f32]) -> Node {
        let node = self.vectors.insert(vector);
        self.graph.insert_slice((&self.prepared(vector), node as usize));
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
        if most == 0 || !has_direction || self.are_few(passes) {
            return self.vectors.search(query, most, effort, passes);
        }
        let filter =
            |id: &usize| Node::try_from(*id).is_ok_and(|node| self.vectors.contains(node) && passes(node));
        let found = self.graph.search_filter(&self.prepared(query), most, effort.max(most), Some(&filter));
        if found.len() < most {
            return self.vectors.search(query, most, effort, passes);
        }
        let query = Query::new(self.metric, query.to_vec());
        let nodes = found.into_iter().filter_map(|neighbour| Node::try_from(neighbour.d_id).ok());
        let mut nearest: Vec<(f64, Node)> =
            nodes.filter_map(|node| Some((self.vectors.distance(&query, node)?, node))).collect();
        nearest.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        Found { nearest, gave_up: false }
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend(self.head());
        self.vectors.save(out);
    }

    fn load(&mut self, saved: &[u8], vectors: &mut dyn Iterator<Item = Vec<f32>>) -> Result<()> {
        let body = saved
            .strip_prefix(&self.head()[..])
            .ok_or_else(|| Error::new(ErrorKind::Corrupt, "the index is another one"))?;
        let mut loaded = HnswRs::new(self.metric, self.dimensions, self.parameters);
        let mut node = 0;
        let mut linked = vectors.inspect(|vector| {
            if vector.len() == loaded.dimensions {
                loaded.graph.insert_slice((&loaded.prepared(vector), node));
            }
            node += 1;
        });
        let mut all = Flat::new(self.metric, self.dimensions);
        all.load(body, &mut linked)?;
        loaded.vectors = all;
        *self = loaded;
        Ok(())
    }
}
