//! The kind `faiss`.

use helios_core::vector::{GraphParameters, IndexOption, Metric, VectorIndex, VectorIndexKind};

use crate::index::faiss;

/// Makes graphs of faiss.
#[derive(Clone, Copy, Debug, Default)]
pub struct FaissKind;

impl VectorIndexKind for FaissKind {
    fn name(&self) -> &'static str {
        "faiss"
    }

    fn options(&self) -> &'static [IndexOption] {
        GraphParameters::OPTIONS
    }

    fn make(&self, metric: Metric, dimensions: usize, options: &[usize]) -> Box<dyn VectorIndex> {
        Box::new(faiss(metric, dimensions, GraphParameters::of_options(options)))
    }
}
