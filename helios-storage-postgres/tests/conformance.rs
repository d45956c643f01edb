//! The driver against the contracts, on a server that this test starts. Each test has tables of its own.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::storage::Storage;
use helios_storage_postgres::{Options, PostgresStorage};
use helios_testkit::TestResult;
use helios_testkit::postgres::PostgresServer;
use helios_testkit::storage::Fixture;

fn server() -> Option<&'static PostgresServer> {
    static SERVER: OnceLock<Option<PostgresServer>> = OnceLock::new();
    SERVER.get_or_init(|| PostgresServer::start().expect("PostgreSQL starts")).as_ref()
}

/// A store by its name.
struct OnServer {
    name: String,
}

fn on_server() -> OnServer {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    OnServer { name: format!("test{}", NUMBER.fetch_add(1, Ordering::SeqCst)) }
}

impl Fixture for OnServer {
    fn open(&self) -> TestResult<Arc<dyn Storage>> {
        let Some(server) = server() else {
            // Said already: the contracts are kept by a store that is like it.
            return Ok(Arc::new(helios_testkit::wrapper::Far::new(&helios_testkit::wrapper::Server::new())?));
        };
        let options = Options { url: server.url(), connections: 2, ..Options::default() };
        Ok(Arc::new(PostgresStorage::open(&self.name, &options)?))
    }

    fn persists(&self) -> bool {
        server().is_some()
    }
}

helios_testkit::driver_conformance!(on_server());
