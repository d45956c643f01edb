//! The graph of faiss keeps the contract of an index of vectors. With half the neighbours or candidates it leaves some nodes
//! without a way to them, whatever the effort.

use helios_core::vector::GraphParameters;
use helios_vector_faiss::faiss;

helios_testkit::vector_index_conformance!(|metric, dimensions| Box::new(faiss(
    metric,
    dimensions,
    GraphParameters::default()
)));
