//! An index in memory: which row each of its vectors is of, and which view may see it.
//!
//! Vectors are added and never taken out or changed. A row that gets another vector, or goes, ends the *lifetime* of its
//! old one: the generations from which on it was and was not the row's. A search for a generation passes over vectors
//! whose lifetime it is not in; so one index serves the present, the past and branches alike.

use std::fmt;

use foldhash::HashMap;
use helios_core::branch::DerivedPlace;
use helios_core::vector::{Node, VectorIndex};
use parking_lot::RwLock;

use super::Head;

/// The lifetime of a vector that is not published, and of one that has no end.
pub(super) const NEVER: u32 = u32::MAX;

/// Of so many generations, the newest, it is known which vectors they have.
const MOST_GENERATIONS: usize = 256;

/// A vector of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// The row.
    pub(super) rowid: i64,
    /// The number of the generation that has it first.
    pub(super) born: u32,
    /// The number of the first generation after that which does not have it.
    pub(super) died: u32,
}

/// What a graph consists of.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) index: Box<dyn VectorIndex>,
    /// By node.
    pub(super) owners: Vec<Owner>,
    /// The vector of each row in the newest generation.
    pub(super) newest: HashMap<i64, Node>,
    /// The generations, each with its number, ascending.
    pub(super) generations: Vec<(u64, u32)>,
    /// The number of the next generation.
    pub(super) next: u32,
    /// How it is stored, if it is.
    pub(super) stored: super::stored::Stored,
}

impl Contents {
    pub(super) fn new(index: Box<dyn VectorIndex>) -> Contents {
        Contents {
            index,
            owners: Vec::new(),
            newest: HashMap::default(),
            generations: Vec::new(),
            next: 0,
            stored: super::stored::Stored::default(),
        }
    }

    fn number_of(&self, generation: u64) -> Option<u32> {
        self.generations.iter().find(|(known, _)| *known == generation).map(|(_, number)| *number)
    }
}

/// A graph.
pub struct Graph {
    pub(super) place: DerivedPlace,
    pub(super) lineage: u64,
    pub(super) contents: RwLock<Contents>,
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph")
            .field("place", &self.place)
            .field("lineage", &self.lineage)
            .finish_non_exhaustive()
    }
}

/// What is looked for.
#[derive(Clone, Copy)]
pub struct GraphSearch<'a> {
    /// The generation that the view builds on.
    pub generation: u64,
    /// The vector.
    pub query: &'a [f32],
    /// How many rows are wanted at most.
    pub most: usize,
    /// How many candidates are kept on the way.
    pub effort: usize,
    /// Whether a row may be found.
    pub passes: &'a (dyn Fn(i64) -> bool + Sync),
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct GraphFinds {
    /// Rows, the nearest first as the index measures it.
    pub rows: Vec<i64>,
    /// Whether the index gave up.
    pub gave_up: bool,
}

impl Graph {
    /// An empty graph.
    pub fn new(place: DerivedPlace, lineage: u64, index: Box<dyn VectorIndex>) -> Graph {
        Graph { place, lineage, contents: RwLock::new(Contents::new(index)) }
    }

    /// Whether it has the vectors of a generation.
    pub fn covers(&self, generation: u64) -> bool {
        self.contents.read().number_of(generation).is_some()
    }

    /// Its newest generation.
    pub fn head(&self) -> Option<Head> {
        let newest = self.contents.read().generations.last().copied();
        newest.map(|(generation, _)| Head { branch: self.place.branch, lineage: self.lineage, generation })
    }

    /// How many vectors there are, and how many of them rows of the newest generation have.
    pub fn counts(&self) -> (usize, usize) {
        let contents = self.contents.read();
        (contents.owners.len(), contents.newest.len())
    }

    /// Looks for rows; nothing if it does not have the generation.
    pub fn search(&self, search: &GraphSearch<'_>) -> Option<GraphFinds> {
        let contents = self.contents.read();
        let number = contents.number_of(search.generation)?;
        let passes = |node: Node| {
            let owner = &contents.owners[node as usize];
            owner.born <= number && number < owner.died && (search.passes)(owner.rowid)
        };
        let found = contents.index.search(search.query, search.most, search.effort, &passes);
        let rows = found.nearest.iter().map(|(_, node)| contents.owners[*node as usize].rowid).collect();
        Some(GraphFinds { rows, gave_up: found.gave_up })
    }

    /// The rows of a generation, ascending; nothing if it does not have it.
    pub fn rows_of(&self, generation: u64) -> Option<Vec<i64>> {
        let contents = self.contents.read();
        let number = contents.number_of(generation)?;
        let lives = |owner: &&Owner| owner.born <= number && number < owner.died;
        let mut rows: Vec<i64> = contents.owners.iter().filter(lives).map(|owner| owner.rowid).collect();
        rows.sort_unstable();
        Some(rows)
    }

    /// Adds vectors that no generation has yet.
    pub(super) fn insert(&self, batch: &[(i64, Vec<f32>)]) {
        let mut contents = self.contents.write();
        let vectors: Vec<&[f32]> = batch.iter().map(|(_, vector)| &vector[..]).collect();
        contents.index.insert_all(&vectors);
        for (rowid, _) in batch {
            contents.owners.push(Owner { rowid: *rowid, born: NEVER, died: NEVER });
        }
    }

    /// Makes a generation of the newest one, of the vectors from the node `first` on, and without what `gone` had.
    pub(super) fn publish(&self, generation: u64, first: usize, gone: &[i64]) {
        let mut contents = self.contents.write();
        let contents = &mut *contents;
        let number = contents.next;
        for rowid in gone {
            if let Some(node) = contents.newest.remove(rowid) {
                contents.owners[node as usize].died = number;
            }
        }
        for node in first..contents.owners.len() {
            contents.owners[node].born = number;
            let rowid = contents.owners[node].rowid;
            if let Some(old) = contents.newest.insert(rowid, node as Node) {
                contents.owners[old as usize].died = number;
            }
        }
        contents.generations.push((generation, number));
        if contents.generations.len() > MOST_GENERATIONS {
            contents.generations.remove(0);
        }
        contents.next += 1;
    }
}
