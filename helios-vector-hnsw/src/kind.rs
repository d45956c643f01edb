//! The kind `hnsw`.

use helios_core::vector::{IndexOption, Metric, VectorIndex, VectorIndexKind};

use crate::graph::{Hnsw, Parameters};

/// Makes graphs.
#[derive(Clone, Copy, Debug, Default)]
pub struct HnswKind;

impl VectorIndexKind for HnswKind {
    fn name(&self) -> &'static str {
        "hnsw"
    }

    fn options(&self) -> &'static [IndexOption] {
        // A saved node counts its links in a byte.
        &[
            IndexOption { name: "m", default: 16, least: 2, most: 100 },
            IndexOption { name: "ef_construction", default: 200, least: 4, most: 2000 },
        ]
    }

    fn make(&self, metric: Metric, dimensions: usize, options: &[usize]) -> Box<dyn VectorIndex> {
        let usual = Parameters::default();
        let parameters = Parameters {
            links: options.first().copied().unwrap_or(usual.links),
            construction: options.get(1).copied().unwrap_or(usual.construction),
        };
        Box::new(Hnsw::new(metric, dimensions, parameters))
    }
}
