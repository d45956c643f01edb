//! Members of a cluster that are killed and started again, the leader among them, while several processes write.

use std::sync::Arc;
use std::time::Duration;

use helios_core::transaction::Engine;
use helios_storage_etcd::{EtcdStorage, Options};
use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::seed::repeats;
use helios_testkit::transaction::engine_over;
use helios_testkit::transaction::ledger::no_commit_is_lost_or_doubled;

fn open(endpoints: Vec<String>) -> TestResult<Arc<Engine>> {
    let options = Options { endpoints, timeout: Duration::from_secs(30), ..Options::default() };
    Ok(engine_over(Arc::new(EtcdStorage::open("ledger", &options)?))?)
}

#[test]
fn members_that_are_killed_lose_and_double_no_commit() -> TestResult {
    let Some(mut cluster) = EtcdCluster::start(3)? else { return Ok(()) };
    let endpoints = cluster.endpoints();
    let processes = (0..repeats(4, 8)).map(|_| open(endpoints.clone())).collect::<TestResult<Vec<_>>>()?;
    let found = no_commit_is_lost_or_doubled(
        &processes,
        |progress| {
            for fault in 0..repeats(3, 60) {
                // All go on after the last fault before the next one comes.
                progress.wait_for(20)?;
                let leader = cluster.leader().unwrap_or(0);
                // The leader, then each of those that follow.
                let member = (leader + fault % 3) % 3;
                cluster.kill(member)?;
                progress.wait_for(20)?;
                cluster.start_again(member)?;
            }
            Ok(())
        },
        || open(endpoints.clone()),
    )?;
    println!("{found:?}");
    Ok(())
}
