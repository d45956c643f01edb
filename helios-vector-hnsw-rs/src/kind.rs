//! The kind `hnsw_rs`.

use helios_core::vector::{IndexOption, Metric, VectorIndex, VectorIndexKind};

use crate::index::{Parameters, hnsw_rs};

/// Makes graphs of the crate.
#[derive(Clone, Copy, Debug, Default)]
pub struct HnswRsKind;

impl VectorIndexKind for HnswRsKind {
    fn name(&self) -> &'static str {
        "hnsw_rs"
    }

    fn options(&self) -> &'static [IndexOption] {
        // With more than 256 neighbours the crate ends the process.
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
        Box::new(hnsw_rs(metric, dimensions, parameters))
    }
}
