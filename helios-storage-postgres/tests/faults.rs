//! A server that is killed and started again, and networks that cut connections, are slow or say nothing, while several processes
//! write.

use std::sync::Arc;
use std::time::Duration;

use helios_core::transaction::Engine;
use helios_storage_postgres::{Options, PostgresStorage};
use helios_testkit::TestResult;
use helios_testkit::postgres::PostgresServer;
use helios_testkit::proxy::Proxy;
use helios_testkit::seed::{repeats, seed};
use helios_testkit::transaction::engine_over;
use helios_testkit::transaction::ledger::{break_network, no_commit_is_lost_or_doubled};

const TIMEOUT: Duration = Duration::from_secs(30);

fn open(url: String, timeout: Duration) -> TestResult<Arc<Engine>> {
    let options = Options { url, timeout, ..Options::default() };
    Ok(engine_over(Arc::new(PostgresStorage::open("ledger", &options)?))?)
}

#[test]
fn a_server_that_is_killed_loses_and_doubles_no_commit() -> TestResult {
    let Some(mut server) = PostgresServer::start()? else { return Ok(()) };
    let url = server.url();
    let processes = (0..repeats(4, 8)).map(|_| open(url.clone(), TIMEOUT)).collect::<TestResult<Vec<_>>>()?;
    let found = no_commit_is_lost_or_doubled(
        &processes,
        |progress| {
            for fault in 0..repeats(6, 200) {
                // All go on after the last fault before the next one comes.
                progress.wait_for(40)?;
                if fault % 3 == 2 {
                    server.kill()?;
                    server.start_again()?;
                } else {
                    server.cut_connections()?;
                }
            }
            Ok(())
        },
        || open(url.clone(), TIMEOUT),
    )?;
    println!("{found:?}");
    Ok(())
}

#[test]
fn a_network_that_cuts_and_withholds_loses_and_doubles_no_commit() -> TestResult {
    let Some(server) = PostgresServer::start()? else { return Ok(()) };
    let proxies = [Proxy::start(server.port(), seed())?];
    let url = server.url().replace(&server.port().to_string(), &proxies[0].port().to_string());
    let short = Duration::from_secs(2);
    let processes = (0..repeats(4, 8)).map(|_| open(url.clone(), short)).collect::<TestResult<Vec<_>>>()?;
    let found = no_commit_is_lost_or_doubled(
        &processes,
        |progress| break_network(&proxies, repeats(4, 100), progress),
        || open(server.url(), TIMEOUT),
    )?;
    println!("{found:?}");
    Ok(())
}
