//! Members of a cluster that are killed and started again, the leader among them, and networks that cut connections, are slow or
//! say nothing, while several processes write.

use std::sync::Arc;
use std::time::Duration;

use helios_core::transaction::Engine;
use helios_storage_etcd::{EtcdStorage, Options};
use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::proxy::{Faults, Proxy};
use helios_testkit::seed::{repeats, seed};
use helios_testkit::transaction::engine_over;
use helios_testkit::transaction::ledger::{break_network, no_commit_is_lost_or_doubled};

const TIMEOUT: Duration = Duration::from_secs(30);

fn open(endpoints: Vec<String>, timeout: Duration) -> TestResult<Arc<Engine>> {
    let options = Options { endpoints, timeout, ..Options::default() };
    Ok(engine_over(Arc::new(EtcdStorage::open("ledger", &options)?))?)
}

#[test]
fn members_that_are_killed_lose_and_double_no_commit() -> TestResult {
    let Some(mut cluster) = EtcdCluster::start(3)? else { return Ok(()) };
    let endpoints = cluster.endpoints();
    let processes =
        (0..repeats(4, 8)).map(|_| open(endpoints.clone(), TIMEOUT)).collect::<TestResult<Vec<_>>>()?;
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
        || open(endpoints.clone(), TIMEOUT),
    )?;
    println!("{found:?}");
    Ok(())
}

#[test]
fn a_network_that_cuts_and_withholds_loses_and_doubles_no_commit() -> TestResult {
    let Some(cluster) = EtcdCluster::start(3)? else { return Ok(()) };
    let proxies =
        (0..3).map(|member| Proxy::start(cluster.port(member), seed())).collect::<TestResult<Vec<_>>>()?;
    let endpoints: Vec<String> =
        proxies.iter().map(|proxy| format!("http://127.0.0.1:{}", proxy.port())).collect();
    let short = Duration::from_secs(2);
    let processes =
        (0..repeats(4, 8)).map(|_| open(endpoints.clone(), short)).collect::<TestResult<Vec<_>>>()?;
    let found = no_commit_is_lost_or_doubled(
        &processes,
        |progress| {
            break_network(&proxies, repeats(4, 60), progress)?;
            // One member is not heard of any more, as if its machine had lost its power: the others are asked.
            proxies[0].set(Faults { is_silent: true, ..Faults::default() });
            progress.wait_for(60)?;
            proxies[0].set(Faults::default());
            progress.wait_for(30)
        },
        || open(cluster.endpoints(), TIMEOUT),
    )?;
    println!("{found:?}");
    Ok(())
}
