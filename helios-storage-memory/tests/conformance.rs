//! The driver against the contracts.

use helios_storage_memory::MemoryStorage;
use helios_testkit::storage::InMemory;

helios_testkit::storage_conformance!(InMemory(MemoryStorage::new));
helios_testkit::versioned_conformance!(InMemory(MemoryStorage::new));
