//! The driver against the contract.

helios_testkit::storage_conformance!(helios_testkit::storage::InMemory(
    helios_storage_memory::MemoryStorage::new
));
