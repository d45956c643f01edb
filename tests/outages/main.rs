//! Eight client processes on a server, or on a cluster, that breaks again and again: members and servers are killed, stopped and
//! started, networks cut, delay and withhold, clients die.
//!
//! In: a [`site::Site`]. Each client writes entries into a ledger and says which it was told are there, and moves the parts of a
//! ring ([`child`]). Out: no entry that was acknowledged is missing, none is there twice or from nowhere ([`ledger`]), and the
//! ring is one ring at every moment; after each fault every client gets on by itself. `HELIOS_SECONDS=n` goes on breaking
//! things for so long.

mod child;
mod ledger;
mod site;

use std::path::Path;
use std::time::{Duration, Instant};

use helios_testkit::TestResult;
use helios_testkit::proxy::Faults;
use helios_testkit::seed::{Numbers, is_extended, seed};
use helios_tests::child::note;

use crate::ledger::Clients;
use crate::site::{OnEtcd, OnPostgres, Site};

/// So many processes write.
const CLIENTS: usize = 8;

/// What a run has seen.
#[derive(Debug, Default)]
struct Tally {
    faults: usize,
    /// For each kind of fault the longest time from its end until the last client had got on.
    recovery: Vec<Duration>,
}

#[test]
fn eight_processes_on_a_server_that_breaks_lose_and_double_nothing() -> TestResult {
    OnPostgres::start()?.map_or(Ok(()), run)
}

#[test]
fn eight_processes_on_a_cluster_that_breaks_lose_and_double_nothing() -> TestResult {
    OnEtcd::start()?.map_or(Ok(()), run)
}

fn run(mut site: impl Site) -> TestResult {
    let directory = tempfile::tempdir()?;
    ledger::prepare(&site)?;
    let mut clients = Clients::start(&site, directory.path(), CLIENTS)?;
    let (begun, mut tally, mut numbers) = (Instant::now(), Tally::default(), Numbers::new(seed()));
    let usual = if is_extended() { 600 } else { 0 };
    let seconds = std::env::var("HELIOS_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let limit = Duration::from_secs(seconds.unwrap_or(usual));
    let all = site.faults() + NETWORK_FAULTS + 1;
    tally.recovery = vec![Duration::ZERO; all];
    // Each at least once.
    while tally.faults < all || begun.elapsed() < limit {
        clients.all_get_on()?;
        let fault = tally.faults % all;
        break_something(&mut site, fault, &mut clients, directory.path(), &mut numbers)?;
        let repaired = Instant::now();
        clients.all_get_on().map_err(|error| format!("after fault {fault}: {error}"))?;
        let slowest = &mut tally.recovery[fault];
        *slowest = repaired.elapsed().max(*slowest);
        tally.faults += 1;
    }
    let known = clients.finish()?;
    let found = ledger::check(&site, &known)?;
    note(format_args!("{} after {:?}: {tally:?}, {found:?}", site.name(), begun.elapsed()))
}

const NETWORK_FAULTS: usize = 4;

/// Breaks something and repairs it, unless it is a client, which another one takes the place of.
fn break_something(
    site: &mut impl Site,
    fault: usize,
    clients: &mut Clients,
    directory: &Path,
    numbers: &mut Numbers,
) -> TestResult {
    let Some(fault) = fault.checked_sub(site.faults()) else {
        return site.break_part(fault, &mut || clients.some_get_on(20));
    };
    let (none, delay) = (Faults::default(), Duration::from_millis(3));
    let set = |site: &mut dyn Site, faults| site.proxies().iter().for_each(|proxy| proxy.set(faults));
    match fault {
        0 => set(site, Faults { cut_after_bytes: 30_000, ..none }),
        1 => set(site, Faults { delay, ..none }),
        2 => set(site, Faults { cut_after_bytes: 30_000, delay, ..none }),
        3 => {
            // What was on its way arrives when some of those who sent it have given up.
            set(site, Faults { is_silent: true, ..none });
            std::thread::sleep(Duration::from_secs(3));
            set(site, none);
            return Ok(());
        }
        _ => return clients.replace(numbers.below(CLIENTS), site, directory),
    }
    clients.some_get_on(100)?;
    set(site, none);
    Ok(())
}
