//! The kind `faiss`.

use helios_core::vector::{IndexOption, Metric, VectorIndex, VectorIndexKind};

use crate::index::{Parameters, faiss};

/// Makes graphs of faiss.
#[derive(Clone, Copy, Debug, Default)]
pub struct FaissKind;

impl VectorIndexKind for FaissKind {
    fn name(&self) -> &'static str {
        "faiss"
    }

    fn options(&self) -> &'static [IndexOption] {
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
        Box::new(faiss(metric, dimensions, parameters))
    }
}
