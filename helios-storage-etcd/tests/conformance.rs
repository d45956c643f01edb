//! The driver against the contracts, on a cluster that this test starts. Each test has a store of its own. What compares every
//! version of every key with the model asks the cluster some ten thousand times: that is done in long runs only
//! (`HELIOS_EXTENDED`); in short ones a store that is like it stands for the cluster there.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::storage::Storage;
use helios_storage_etcd::{EtcdStorage, Options};
use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::seed::repeats;
use helios_testkit::storage::Fixture;

fn cluster() -> Option<&'static EtcdCluster> {
    static CLUSTER: OnceLock<Option<EtcdCluster>> = OnceLock::new();
    CLUSTER.get_or_init(|| EtcdCluster::start(1).expect("etcd starts")).as_ref()
}

/// A store by its name; no cluster where a store that is like it is enough.
struct OnCluster {
    name: String,
    cluster: Option<&'static EtcdCluster>,
}

fn on(cluster: Option<&'static EtcdCluster>) -> OnCluster {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    OnCluster { name: format!("test{}", NUMBER.fetch_add(1, Ordering::SeqCst)), cluster }
}

fn on_cluster() -> OnCluster {
    on(cluster())
}

fn on_cluster_in_long_runs() -> OnCluster {
    on(if repeats(0, 1) == 1 { cluster() } else { None })
}

impl Fixture for OnCluster {
    fn open(&self) -> TestResult<Arc<dyn Storage>> {
        let Some(cluster) = self.cluster else {
            return Ok(Arc::new(helios_testkit::wrapper::Far::new(&helios_testkit::wrapper::Server::new())?));
        };
        let options = Options { endpoints: cluster.endpoints(), connections: 2, ..Options::default() };
        Ok(Arc::new(EtcdStorage::open(&self.name, &options)?))
    }

    fn persists(&self) -> bool {
        self.cluster.is_some()
    }
}

helios_testkit::storage_conformance!(on_cluster());
helios_testkit::transaction_conformance!(on_cluster());
helios_testkit::versioned_conformance!(on_cluster_in_long_runs());
