//! The graph keeps the contract of an index of vectors.

use helios_core::vector::GraphParameters;
use helios_vector_hnsw::Hnsw;

/// Fewer candidates than usual, so that the few vectors of the suite are not all looked at.
const PARAMETERS: GraphParameters = GraphParameters { links: 8, construction: 60 };

helios_testkit::vector_index_conformance!(|metric, dimensions| Box::new(Hnsw::new(
    metric, dimensions, PARAMETERS
)));
