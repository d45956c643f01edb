//! The flat index keeps the contract of an index of vectors.

helios_testkit::vector_index_conformance!(|metric, dimensions| Box::new(helios_vector_flat::Flat::new(
    metric, dimensions
)));
