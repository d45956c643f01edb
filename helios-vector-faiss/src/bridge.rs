//! faiss by the functions of `bridge.cpp`.
//!
//! In: vectors of the graph's dimension, and links that were looked at. Out: nodes. What is handed to faiss is of the length
//! that it is said to be, and each node that a link names is there.

use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;

use helios_core::vector::{Node, NodeFilter};
use parking_lot::Mutex;

/// A graph as C++ has it.
#[repr(C)]
struct RawGraph {
    _private: [u8; 0],
}

/// The links of all nodes: in how many layers each is, and its neighbours layer by layer, -1 where there is none.
#[repr(C)]
struct RawLinks {
    levels: *const i32,
    nodes: usize,
    neighbours: *const i32,
    slots: usize,
    entry: i32,
    top: i32,
}

type Passes = extern "C" fn(*const c_void, i64) -> bool;

#[expect(unsafe_code, reason = "faiss is C++")]
// SAFETY: these are the signatures of `bridge.cpp`.
unsafe extern "C" {
    fn helios_faiss_new(dimensions: c_int, links: c_int, construction: c_int, metric: c_int)
    -> *mut RawGraph;
    fn helios_faiss_free(graph: *mut RawGraph);
    fn helios_faiss_add(graph: *mut RawGraph, count: usize, vectors: *const f32) -> bool;
    fn helios_faiss_search(
        graph: *const RawGraph,
        query: *const f32,
        most: usize,
        effort: usize,
        passes: Passes,
        context: *const c_void,
        nodes: *mut i64,
    ) -> usize;
    fn helios_faiss_links(graph: *const RawGraph) -> RawLinks;
    fn helios_faiss_slots(graph: *const RawGraph, levels: i32) -> usize;
    fn helios_faiss_restore(graph: *mut RawGraph, vectors: *const f32, links: *const RawLinks) -> bool;
}

/// What distances are, as faiss says it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Distance {
    Product = 0,
    Euclidean = 1,
    Manhattan = 2,
}

/// The links of a graph.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Links {
    /// In how many layers each node is.
    pub(crate) levels: Vec<i32>,
    /// The neighbours of the nodes, one node behind the other.
    pub(crate) neighbours: Vec<i32>,
    /// The node where searches begin; -1 if there is none.
    pub(crate) entry: i32,
    /// The highest layer.
    pub(crate) top: i32,
}

/// A graph of faiss.
pub(crate) struct Bridge {
    graph: NonNull<RawGraph>,
    dimensions: usize,
    nodes: usize,
}

#[expect(unsafe_code, reason = "faiss is C++")]
// SAFETY: a graph is no thread's own; what changes it takes `&mut self`, and searches share nothing that they change.
unsafe impl Send for Bridge {}
#[expect(unsafe_code, reason = "faiss is C++")]
// SAFETY: as above.
unsafe impl Sync for Bridge {}

impl Drop for Bridge {
    fn drop(&mut self) {
        #[expect(unsafe_code, reason = "faiss is C++")]
        // SAFETY: the graph is this one's alone, and nobody uses it afterwards.
        unsafe {
            helios_faiss_free(self.graph.as_ptr());
        }
    }
}

/// A filter, and with what it panicked: no panic goes through C++.
struct Asked<'a> {
    passes: &'a NodeFilter<'a>,
    panic: Mutex<Option<Box<dyn std::any::Any + Send>>>,
}

extern "C" fn passes(context: *const c_void, node: i64) -> bool {
    #[expect(unsafe_code, reason = "C hands the context back")]
    // SAFETY: `Bridge::search` gave this pointer, and what it points to lives until that returns.
    let asked = unsafe { &*context.cast::<Asked<'_>>() };
    let answer = catch_unwind(AssertUnwindSafe(|| Node::try_from(node).is_ok_and(asked.passes)));
    answer.unwrap_or_else(|panic| {
        *asked.panic.lock() = Some(panic);
        false
    })
}

impl Bridge {
    /// An empty graph.
    ///
    /// # Panics
    /// If there is no room for it.
    pub(crate) fn new(dimensions: usize, links: usize, construction: usize, distance: Distance) -> Bridge {
        let number = |number: usize| c_int::try_from(number).unwrap_or(c_int::MAX);
        #[expect(unsafe_code, reason = "faiss is C++")]
        // SAFETY: numbers go in, and a graph comes out or null.
        let graph = unsafe {
            helios_faiss_new(number(dimensions), number(links), number(construction), distance as c_int)
        };
        let Some(graph) = NonNull::new(graph) else { panic!("there is no room for a graph") };
        Bridge { graph, dimensions, nodes: 0 }
    }

    /// Adds a vector.
    ///
    /// # Panics
    /// If it is of another dimension, or there is no room for it.
    pub(crate) fn insert(&mut self, vector: &[f32]) {
        assert_eq!(vector.len(), self.dimensions, "the vector has the dimension of the graph");
        #[expect(unsafe_code, reason = "faiss is C++")]
        // SAFETY: the vector is as long as the graph's dimension.
        let is_added = unsafe { helios_faiss_add(self.graph.as_ptr(), 1, vector.as_ptr()) };
        assert!(is_added, "there is no room for a vector");
        self.nodes += 1;
    }

    /// About the nearest nodes that pass.
    pub(crate) fn search(
        &self,
        query: &[f32],
        most: usize,
        effort: usize,
        filter: &NodeFilter<'_>,
    ) -> Vec<Node> {
        assert_eq!(query.len(), self.dimensions, "the query has the dimension of the graph");
        let most = most.min(self.nodes);
        let effort = effort.min(self.nodes);
        if most == 0 {
            return Vec::new();
        }
        let asked = Asked { passes: filter, panic: Mutex::new(None) };
        let mut nodes = vec![-1; most];
        #[expect(unsafe_code, reason = "faiss is C++")]
        // SAFETY: the query is as long as the graph's dimension, there is room for `most` nodes, and what the filter is
        // given lives until the call returns.
        let found = unsafe {
            let context = (&raw const asked).cast();
            let (graph, query) = (self.graph.as_ptr(), query.as_ptr());
            helios_faiss_search(graph, query, most, effort, passes, context, nodes.as_mut_ptr())
        };
        if let Some(panic) = asked.panic.into_inner() {
            resume_unwind(panic);
        }
        nodes.truncate(found);
        nodes.into_iter().filter_map(|node| Node::try_from(node).ok()).collect()
    }

    /// The links of all nodes.
    pub(crate) fn links(&self) -> Links {
        #[expect(unsafe_code, reason = "faiss is C++")]
        // SAFETY: what comes back points to arrays of these lengths, which stay while nothing changes the graph; an empty
        // one may be null and is not looked at.
        unsafe {
            let raw = helios_faiss_links(self.graph.as_ptr());
            let copy = |numbers: *const i32, count: usize| match count {
                0 => Vec::new(),
                _ => std::slice::from_raw_parts(numbers, count).to_vec(),
            };
            let (levels, neighbours) = (copy(raw.levels, raw.nodes), copy(raw.neighbours, raw.slots));
            Links { levels, neighbours, entry: raw.entry, top: raw.top }
        }
    }

    /// Gives an empty graph the vectors of its nodes, one behind the other, and their links. `false`, and nothing is changed,
    /// if those are no links of such a graph.
    pub(crate) fn restore(&mut self, vectors: &[f32], links: &Links) -> bool {
        if self.nodes > 0 || !self.fits(vectors, links) {
            return false;
        }
        let raw = RawLinks {
            levels: links.levels.as_ptr(),
            nodes: links.levels.len(),
            neighbours: links.neighbours.as_ptr(),
            slots: links.neighbours.len(),
            entry: links.entry,
            top: links.top,
        };
        #[expect(unsafe_code, reason = "faiss is C++")]
        // SAFETY: there are as many vectors as nodes, as many neighbours as the layers of all nodes have slots for, and no
        // neighbour is a node that is not there.
        let is_there = unsafe { helios_faiss_restore(self.graph.as_ptr(), vectors.as_ptr(), &raw const raw) };
        self.nodes = links.levels.len();
        is_there
    }

    /// Whether links can be those of a graph of these vectors.
    fn fits(&self, vectors: &[f32], links: &Links) -> bool {
        let Ok(nodes) = i32::try_from(links.levels.len()) else { return false };
        let slots = |levels: i32| {
            #[expect(unsafe_code, reason = "faiss is C++")]
            // SAFETY: a number goes in and one comes out.
            let slots = unsafe { helios_faiss_slots(self.graph.as_ptr(), levels) };
            (slots > 0).then_some(slots)
        };
        let wanted = links.levels.iter().try_fold(0_usize, |sum, levels| sum.checked_add(slots(*levels)?));
        let top = links.levels.iter().max().map_or(-1, |levels| levels - 1);
        let is_entry = match usize::try_from(links.entry) {
            Ok(entry) => links.levels.get(entry).is_some_and(|levels| levels - 1 == top),
            Err(_) => links.entry == -1 && nodes == 0,
        };
        vectors.len() == links.levels.len() * self.dimensions
            && wanted == Some(links.neighbours.len())
            && links.neighbours.iter().all(|node| (-1..nodes).contains(node))
            && links.top == top
            && is_entry
    }
}
