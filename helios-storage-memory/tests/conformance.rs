//! The driver against the contracts.

use helios_storage_memory::MemoryStorage;
use helios_testkit::storage::InMemory;

helios_testkit::driver_conformance!(InMemory(MemoryStorage::new));
