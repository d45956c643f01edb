//! The driver against the contracts, on a cluster that this test starts. Each test has a store of its own.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::storage::Storage;
use helios_storage_etcd::{EtcdStorage, Options};
use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::storage::Fixture;

fn cluster() -> Option<&'static EtcdCluster> {
    static CLUSTER: OnceLock<Option<EtcdCluster>> = OnceLock::new();
    CLUSTER.get_or_init(|| EtcdCluster::start(1).expect("etcd starts")).as_ref()
}

/// A store by its name.
struct OnCluster {
    name: String,
}

fn on_cluster() -> OnCluster {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    OnCluster { name: format!("test{}", NUMBER.fetch_add(1, Ordering::SeqCst)) }
}

impl Fixture for OnCluster {
    fn open(&self) -> TestResult<Arc<dyn Storage>> {
        let Some(cluster) = cluster() else {
            // Said already: the contracts are kept by a store that is like it.
            return Ok(Arc::new(helios_testkit::wrapper::Far::new(&helios_testkit::wrapper::Server::new())?));
        };
        let options = Options { endpoints: cluster.endpoints(), connections: 2, ..Options::default() };
        Ok(Arc::new(EtcdStorage::open(&self.name, &options)?))
    }

    fn persists(&self) -> bool {
        cluster().is_some()
    }
}

helios_testkit::driver_conformance!(on_cluster());
