//! The store that is reached over a network keeps the contracts: each test has a server of its own, on which its handles are.

use std::sync::Arc;

use helios_core::storage::Storage;
use helios_testkit::TestResult;
use helios_testkit::storage::Fixture;
use helios_testkit::wrapper::{Far, Server};

struct OnServer(Arc<Server>);

impl Fixture for OnServer {
    fn open(&self) -> TestResult<Arc<dyn Storage>> {
        Ok(Arc::new(Far::new(&self.0)?))
    }

    fn persists(&self) -> bool {
        true
    }
}

helios_testkit::driver_conformance!(OnServer(Server::new()));

mod with_lost_answers {
    use super::*;

    fn on_server() -> OnServer {
        let server = Server::new();
        server.lose_answers(3);
        OnServer(server)
    }

    helios_testkit::transaction_conformance!(on_server());
}
