//! Searches in one layer, and how a vector finds its neighbours.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::LazyLock;

use helios_core::Result;
use helios_core::vector::{Found, GraphParameters, Metric, Node, NodeFilter, VectorIndex};
use helios_vector_flat::Measure;

use crate::links::Links;
use crate::saved;
use crate::visited::{Pool, Visited};

/// So many nodes a filtered search looks at before it gives up, and in larger graphs a fifth of them.
const LEAST_PATIENCE: usize = 20_000;

/// So many elements of a vector are fetched ahead, six lines of memory: the processor goes on by itself.
const FETCHED: usize = 6 * 16;

/// A line of memory has so many bytes.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;

/// For so many candidates a search makes room at once.
const MOST_FORESEEN: usize = 1 << 10;

/// So many vectors are added in one turn at most, and no more than one for so many that are there.
const MOST_PER_TURN: usize = 64;
const LEAST_PER_TURN: usize = 100;

/// So many places are worth a second thread: each takes some tenths of a millisecond to find.
const LEAST_SHARED: usize = 8;

static HAS_TWO: LazyLock<bool> =
    LazyLock::new(|| std::thread::available_parallelism().is_ok_and(|threads| threads.get() > 1));

/// The highest layer.
const MOST_LAYERS: u8 = 15;

/// The index.
#[derive(Debug)]
pub struct Hnsw {
    pub(crate) metric: Metric,
    pub(crate) dimensions: usize,
    pub(crate) parameters: GraphParameters,
    measure: Measure,
    /// One behind the other; under [`Metric::Cosine`] brought to the length 1.
    vectors: Vec<f32>,
    pub(crate) links: Links,
    pub(crate) removed: Vec<bool>,
    removed_count: usize,
    /// Where searches begin: a node of the highest layer.
    pub(crate) entry: Option<Node>,
    pool: Pool,
}

/// A node at a distance, as one number that has their order: by distance, equal ones by the number of the node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Near(u64);

impl Near {
    #[inline]
    fn new(distance: f32, node: Node) -> Near {
        let bits = distance.to_bits();
        // Negative numbers have the greater bits the less they are.
        let ordered = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
        Near(u64::from(ordered) << 32 | u64::from(node))
    }

    #[inline]
    fn node(self) -> Node {
        self.0 as Node
    }

    #[inline]
    fn distance(self) -> f32 {
        let ordered = (self.0 >> 32) as u32;
        f32::from_bits(if ordered >> 31 == 1 { ordered & !(1 << 31) } else { !ordered })
    }
}

/// Has the memory bring near what is read soon.
#[inline]
fn fetch<T>(soon: &[T]) {
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "a quarter of the time of a search is waiting for vectors")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        for line in soon.chunks(LINE / size_of::<T>()) {
            // SAFETY: the instruction reads nothing that the program sees, and the address is that of what is lent.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = soon;
}

impl Hnsw {
    /// An empty index.
    pub fn new(metric: Metric, dimensions: usize, parameters: GraphParameters) -> Hnsw {
        // Of vectors of the length 1 the cosine is the product.
        let measure = Measure::new(if metric == Metric::Cosine { Metric::Dot } else { metric });
        Hnsw {
            metric,
            dimensions,
            parameters,
            measure,
            vectors: Vec::new(),
            links: Links::new(parameters.links),
            removed: Vec::new(),
            removed_count: 0,
            entry: None,
            pool: Pool::default(),
        }
    }

    /// A vector as it is compared.
    fn prepared(&self, vector: &[f32]) -> Vec<f32> {
        let mut prepared = vector.to_vec();
        if self.metric == Metric::Cosine {
            let square: f64 = vector.iter().map(|element| f64::from(*element).powi(2)).sum();
            let length = square.sqrt();
            if length > 0.0 {
                prepared.iter_mut().for_each(|element| *element = (f64::from(*element) / length) as f32);
            }
        }
        prepared
    }

    fn vector(&self, node: Node) -> &[f32] {
        let start = node as usize * self.dimensions;
        &self.vectors[start..start + self.dimensions]
    }

    fn distance(&self, query: &[f32], node: Node) -> f32 {
        self.measure.between(self.vector(node), query)
    }

    /// The layer of a node: one more with a chance of one in `links`, decided by its number alone.
    fn layer_for(&self, node: Node) -> u8 {
        // The last step of SplitMix64, whose bits are as good as drawn.
        let mut bits = (u64::from(node) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let chance = ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        let layer = -(chance.max(f64::MIN_POSITIVE)).ln() / (self.parameters.links as f64).ln();
        (layer as u8).min(MOST_LAYERS)
    }

    /// The nearest node that is reached from `from` by always going to the nearest neighbour, down to above `layer`.
    fn descend(&self, query: &[f32], from: Node, layer: usize) -> Near {
        let mut nearest = Near::new(self.distance(query, from), from);
        for layer in (layer + 1..=self.links.layer_of(from)).rev() {
            loop {
                let before = nearest;
                let neighbours = self.links.of(before.node(), layer);
                for (place, &next) in neighbours.iter().enumerate() {
                    if let Some(&later) = neighbours.get(place + 1) {
                        self.fetch(later);
                    }
                    nearest = nearest.min(Near::new(self.distance(query, next), next));
                }
                if nearest == before {
                    break;
                }
            }
        }
        nearest
    }

    /// The nearest nodes of a layer that pass, `effort` of them, from `from` on; nothing if it took more than `patience`
    /// nodes to find them.
    fn search_layer(
        &self,
        query: &[f32],
        from: &[Near],
        (layer, effort, patience): (usize, usize, usize),
        passes: &NodeFilter<'_>,
        visited: &mut Visited,
    ) -> Option<Vec<Near>> {
        let mut ways: BinaryHeap<Reverse<Near>> = BinaryHeap::with_capacity(effort.min(MOST_FORESEEN));
        let mut found: BinaryHeap<Near> = BinaryHeap::with_capacity(effort.min(MOST_FORESEEN) + 1);
        let mut fresh: Vec<Node> = Vec::with_capacity(self.links.most_in(layer));
        let mut looked_at = 0;
        let look = |near: Near, ways: &mut BinaryHeap<Reverse<Near>>, found: &mut BinaryHeap<Near>| {
            let is_full = found.len() == effort;
            if is_full && found.peek().is_some_and(|farthest| near >= *farthest) {
                return;
            }
            ways.push(Reverse(near));
            if passes(near.node()) {
                found.push(near);
                if is_full {
                    found.pop();
                }
            }
        };
        for &near in from {
            if visited.is_new(near.node()) {
                look(near, &mut ways, &mut found);
            }
        }
        while let Some(Reverse(way)) = ways.pop() {
            if found.len() == effort && found.peek().is_some_and(|farthest| way > *farthest) {
                break;
            }
            fresh.clear();
            fresh.extend(
                self.links.of(way.node(), layer).iter().copied().filter(|next| visited.is_new(*next)),
            );
            looked_at += fresh.len();
            if let Some(&first) = fresh.first() {
                self.fetch(first);
            }
            // Most of the time this is the node that comes next, and nothing else has its links brought near.
            if let Some(Reverse(likely)) = ways.peek() {
                fetch(self.links.block(likely.node(), layer));
            }
            for (place, &next) in fresh.iter().enumerate() {
                if let Some(&later) = fresh.get(place + 1) {
                    self.fetch(later);
                }
                look(Near::new(self.distance(query, next), next), &mut ways, &mut found);
            }
            if looked_at > patience {
                return None;
            }
        }
        Some(found.into_sorted_vec())
    }

    /// Has the memory bring the beginning of a vector near; the rest follows as it is read.
    #[inline]
    fn fetch(&self, node: Node) {
        fetch(&self.vector(node)[..self.dimensions.min(FETCHED)]);
    }

    /// Of candidates, the nearest first, those that no chosen one is nearer to than the node itself: neighbours in all
    /// directions. Where that leaves less than half of `most`, the nearest of the others make it that many, so that many
    /// equal vectors stay connected.
    fn choose(&self, candidates: &[Near], most: usize) -> Vec<Node> {
        let mut chosen: Vec<Node> = Vec::with_capacity(most);
        let mut others = Vec::new();
        for near in candidates {
            if chosen.len() == most {
                break;
            }
            let vector = self.vector(near.node());
            let distance = near.distance();
            match chosen.iter().all(|&other| self.distance(vector, other) > distance) {
                true => chosen.push(near.node()),
                false => others.push(near.node()),
            }
        }
        let room = (most / 2).saturating_sub(chosen.len());
        chosen.extend(others.into_iter().take(room));
        chosen
    }

    /// Links a node with neighbours in a layer, both ways.
    fn connect(&mut self, node: Node, layer: usize, neighbours: &[Node]) {
        self.links.set(node, layer, neighbours);
        for &neighbour in neighbours {
            if self.links.add(neighbour, layer, node) {
                continue;
            }
            let vector = self.vector(neighbour);
            let all = self.links.of(neighbour, layer).iter().copied().chain([node]);
            let mut candidates: Vec<Near> =
                all.map(|other| Near::new(self.distance(vector, other), other)).collect();
            candidates.sort_unstable();
            let kept = self.choose(&candidates, self.links.most_in(layer));
            self.links.set(neighbour, layer, &kept);
        }
    }
}

/// Where a new vector belongs.
struct Place {
    /// As it is compared.
    vector: Vec<f32>,
    layer: u8,
    /// In each layer that it shares with others, from the highest down.
    neighbours: Vec<(usize, Vec<Node>)>,
}

impl Hnsw {
    /// Finds the place of a vector among those that are there.
    fn place(&self, node: Node, vector: &[f32]) -> Place {
        assert_eq!(vector.len(), self.dimensions, "the vector has the dimension of the index");
        let (vector, layer) = (self.prepared(vector), self.layer_for(node));
        let mut neighbours = Vec::new();
        if let Some(entry) = self.entry {
            let top = self.links.layer_of(entry);
            let mut from = vec![self.descend(&vector, entry, usize::from(layer))];
            for layer in (0..=usize::from(layer).min(top)).rev() {
                let effort = (layer, self.parameters.construction, usize::MAX);
                let found = self.pool.lend(self.links.len(), |visited| {
                    self.search_layer(&vector, &from, effort, &|_| true, visited).unwrap_or_default()
                });
                neighbours.push((layer, self.choose(&found, self.parameters.links)));
                from = found;
            }
        }
        Place { vector, layer, neighbours }
    }

    /// The places of vectors that none of the others has a part in, on two processors.
    fn places(&self, first: Node, vectors: &[&[f32]]) -> Vec<Place> {
        let some = |vectors: &[&[f32]], first: Node| -> Vec<Place> {
            vectors.iter().zip(first..).map(|(vector, node)| self.place(node, vector)).collect()
        };
        if vectors.len() < LEAST_SHARED || !*HAS_TWO {
            return some(vectors, first);
        }
        let (mine, others) = vectors.split_at(vectors.len() / 2);
        std::thread::scope(|scope| {
            let theirs = scope.spawn(|| some(others, first + mine.len() as Node));
            let mut places = some(mine, first);
            match theirs.join() {
                Ok(theirs) => places.extend(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
            places
        })
    }

    /// Adds a vector at its place.
    fn add(&mut self, place: &Place) -> Node {
        let node = self.links.len() as Node;
        self.vectors.extend_from_slice(&place.vector);
        self.removed.push(false);
        self.links.push(place.layer);
        for (layer, neighbours) in &place.neighbours {
            self.connect(node, *layer, neighbours);
        }
        let is_highest = self.entry.is_none_or(|entry| usize::from(place.layer) > self.links.layer_of(entry));
        if is_highest {
            self.entry = Some(node);
        }
        node
    }
}

impl VectorIndex for Hnsw {
    fn insert(&mut self, vector: &[f32]) -> Node {
        let place = self.place(self.links.len() as Node, vector);
        self.add(&place)
    }

    fn insert_all(&mut self, vectors: &[&[f32]]) {
        // Vectors of one turn do not find each other; among so many others that makes no difference.
        let turn = (self.len() / LEAST_PER_TURN).clamp(1, MOST_PER_TURN);
        for vectors in vectors.chunks(turn) {
            let first = self.links.len() as Node;
            let places = self.places(first, vectors);
            for place in &places {
                self.add(place);
            }
        }
    }

    fn remove(&mut self, node: Node) {
        if let Some(removed) = self.removed.get_mut(node as usize)
            && !std::mem::replace(removed, true)
        {
            self.removed_count += 1;
        }
    }

    fn len(&self) -> usize {
        self.links.len()
    }

    fn removed(&self) -> usize {
        self.removed_count
    }

    fn search(&self, query: &[f32], most: usize, effort: usize, passes: &NodeFilter<'_>) -> Found {
        assert_eq!(query.len(), self.dimensions, "the query has the dimension of the index");
        let Some(entry) = self.entry.filter(|_| most > 0) else { return Found::default() };
        let query = self.prepared(query);
        let from = self.descend(&query, entry, 0);
        let passes = |node: Node| !self.removed[node as usize] && passes(node);
        let patience = LEAST_PATIENCE.max(self.len() / 5);
        let found = self.pool.lend(self.len(), |visited| {
            self.search_layer(&query, &[from], (0, effort.max(most), patience), &passes, visited)
        });
        let Some(found) = found else { return Found { gave_up: true, ..Found::default() } };
        // The product of vectors of the length 1, with its sign turned, is the distance less one.
        let shift = if self.metric == Metric::Cosine { 1.0 } else { 0.0 };
        let found = found.into_iter().take(most);
        let nearest = found.map(|near| (f64::from(near.distance()) + shift, near.node())).collect();
        Found { nearest, gave_up: false }
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::write(self, out);
    }

    fn load(&mut self, saved: &[u8], vectors: &mut dyn Iterator<Item = Vec<f32>>) -> Result<()> {
        let loaded = saved::read(self, saved)?;
        let mut all = Vec::with_capacity(loaded.links.len() * self.dimensions);
        for _ in 0..loaded.links.len() {
            let vector = vectors.next().filter(|vector| vector.len() == self.dimensions);
            let vector = vector.ok_or_else(|| saved::corrupt("the vectors are not those of the index"))?;
            all.extend_from_slice(&self.prepared(&vector));
        }
        self.vectors = all;
        self.removed_count = loaded.removed.iter().filter(|removed| **removed).count();
        (self.links, self.removed, self.entry) = (loaded.links, loaded.removed, loaded.entry);
        Ok(())
    }
}
