//! The kind `hnsw_rs`.

use helios_core::vector::{GraphParameters, IndexOption, Metric, VectorIndex, VectorIndexKind};

use crate::index::hnsw_rs;

/// Makes graphs of the crate.
#[derive(Clone, Copy, Debug, Default)]
pub struct HnswRsKind;

impl VectorIndexKind for HnswRsKind {
    fn name(&self) -> &'static str {
        "hnsw_rs"
    }

    fn options(&self) -> &'static [IndexOption] {
        GraphParameters::OPTIONS
    }

    fn make(&self, metric: Metric, dimensions: usize, options: &[usize]) -> Box<dyn VectorIndex> {
        Box::new(hnsw_rs(metric, dimensions, GraphParameters::of_options(options)))
    }
}
