//! Kinds of indexes of vectors. A new kind is one line in [`vector_kinds`].

use std::sync::Arc;

use helios_core::Result;
use helios_core::vector::VectorIndexKind;
use helios_sql::vector::VectorKinds;

use crate::config::VectorConfig;

/// The kinds that are built in.
///
/// # Errors
/// The settings name one that is not.
pub(crate) fn vector_kinds(config: &VectorConfig) -> Result<VectorKinds> {
    let all: Vec<Arc<dyn VectorIndexKind>> = vec![
        Arc::new(helios_vector_hnsw::HnswKind),
        Arc::new(helios_vector_flat::FlatKind),
        #[cfg(feature = "hnsw-rs")]
        Arc::new(helios_vector_hnsw_rs::HnswRsKind),
        #[cfg(feature = "faiss")]
        Arc::new(helios_vector_faiss::FaissKind),
    ];
    VectorKinds::new(all, &config.index).map_err(|error| error.within(format_args!("vector.index")))
}
