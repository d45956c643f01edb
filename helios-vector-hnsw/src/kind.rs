//! The kind `hnsw`.

use helios_core::vector::{GraphParameters, IndexOption, Metric, VectorIndex, VectorIndexKind};

use crate::graph::Hnsw;

/// Makes graphs.
#[derive(Clone, Copy, Debug, Default)]
pub struct HnswKind;

impl VectorIndexKind for HnswKind {
    fn name(&self) -> &'static str {
        "hnsw"
    }

    fn options(&self) -> &'static [IndexOption] {
        GraphParameters::OPTIONS
    }

    fn make(&self, metric: Metric, dimensions: usize, options: &[usize]) -> Box<dyn VectorIndex> {
        Box::new(Hnsw::new(metric, dimensions, GraphParameters::of_options(options)))
    }
}
