//! What is said about a graph of neighbours when it is made, whoever makes it.

use super::IndexOption;

/// How a graph is built (Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical
/// Navigable Small World graphs").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphParameters {
    /// How many neighbours a node gets in a layer, M in the paper; in the lowest layer there are twice as many.
    pub links: usize,
    /// Among how many candidates they are chosen.
    pub construction: usize,
}

impl Default for GraphParameters {
    fn default() -> GraphParameters {
        GraphParameters { links: 16, construction: 200 }
    }
}

impl GraphParameters {
    /// The options by which statements say them. A saved node counts its links in a byte, and one library ends the process
    /// where a node is to have more than 256.
    pub const OPTIONS: &[IndexOption] = &[
        IndexOption { name: "m", default: 16, least: 2, most: 100 },
        IndexOption { name: "ef_construction", default: 200, least: 4, most: 2000 },
    ];

    /// What options say, in the order of [`GraphParameters::OPTIONS`].
    pub fn of_options(options: &[usize]) -> GraphParameters {
        let usual = GraphParameters::default();
        GraphParameters {
            links: options.first().copied().unwrap_or(usual.links),
            construction: options.get(1).copied().unwrap_or(usual.construction),
        }
    }
}
