//! Members of a cluster that are killed and started again, the leader among them, while several processes write: what was
//! acknowledged is there, once; what failed without an answer is there once or not at all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use helios_core::ErrorKind;
use helios_core::transaction::{Engine, Mode};
use helios_storage_etcd::{EtcdStorage, Options};
use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::seed::repeats;
use helios_testkit::transaction::{begin, committed, engine_over, long, number, numbers, put};
use parking_lot::Mutex;

const PROCESSES: u64 = 4;
const SUM: &[u8] = b"sum";

/// What one process knows of its entries.
#[derive(Debug, Default)]
struct Written {
    acknowledged: BTreeSet<Vec<u8>>,
    /// Their commits failed, and nobody said how.
    doubtful: BTreeSet<Vec<u8>>,
}

fn open(cluster: &EtcdCluster) -> TestResult<Arc<Engine>> {
    let options =
        Options { endpoints: cluster.endpoints(), timeout: Duration::from_secs(30), ..Options::default() };
    Ok(engine_over(Arc::new(EtcdStorage::open("ledger", &options)?))?)
}

/// Adds an entry and one to the sum, as often as it takes.
fn add(engine: &Arc<Engine>, entry: &[u8], mode: Mode, written: &mut Written) -> TestResult {
    loop {
        let mut transaction = begin(engine, mode);
        let result = (|| {
            let sum = number(&transaction.reader()?, SUM)?;
            put(&mut transaction, SUM, sum + 1)?;
            put(&mut transaction, entry, 1)?;
            transaction.commit(&long())
        })();
        match result {
            Ok(_) => drop(written.acknowledged.insert(entry.to_vec())),
            Err(error) if error.kind() == ErrorKind::BusySnapshot => continue,
            Err(error) if error.kind() == ErrorKind::Io => drop(written.doubtful.insert(entry.to_vec())),
            Err(error) => return Err(error.into()),
        }
        return Ok(());
    }
}

#[test]
fn no_acknowledged_commit_is_lost_and_none_is_doubled() -> TestResult {
    let Some(cluster) = EtcdCluster::start(3)? else { return Ok(()) };
    let cluster = Mutex::new(cluster);
    let (is_over, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let engines = (0..PROCESSES).map(|_| open(&cluster.lock())).collect::<TestResult<Vec<_>>>()?;
    let (is_over, progress) = (&is_over, &progress);
    let written = std::thread::scope(|scope| -> TestResult<Vec<Written>> {
        let writers: Vec<_> = engines
            .iter()
            .enumerate()
            .map(|(process, engine)| {
                scope.spawn(move || -> TestResult<Written> {
                    let mut written = Written::default();
                    let mode = if process % 2 == 0 { Mode::Plain } else { Mode::Concurrent };
                    for count in 0_u32.. {
                        if is_over.load(Ordering::SeqCst) {
                            break;
                        }
                        let entry = [&[b'e', process as u8][..], &count.to_be_bytes()].concat();
                        let added = add(engine, &entry, mode, &mut written);
                        if added.is_err() {
                            is_over.store(true, Ordering::SeqCst);
                        }
                        added?;
                        progress.fetch_add(1, Ordering::SeqCst);
                    }
                    Ok(written)
                })
            })
            .collect();
        let broken = (|| -> TestResult {
            for fault in 0..repeats(3, 60) {
                // All go on after the last fault before the next one comes.
                let goal = progress.load(Ordering::SeqCst) + 20;
                while progress.load(Ordering::SeqCst) < goal && !is_over.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                let mut cluster = cluster.lock();
                let leader = cluster.leader().unwrap_or(0);
                // The leader, then each of those that follow.
                let member = (leader + fault % 3) % 3;
                cluster.kill(member)?;
                let goal = progress.load(Ordering::SeqCst) + 20;
                while progress.load(Ordering::SeqCst) < goal && !is_over.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                cluster.start_again(member)?;
            }
            Ok(())
        })();
        is_over.store(true, Ordering::SeqCst);
        let joined = writers.into_iter().map(|writer| writer.join().map_err(|_| "a writer panicked")?);
        let written = joined.collect::<TestResult<Vec<_>>>();
        broken?;
        written
    })?;
    let last = open(&cluster.lock())?;
    let found = numbers(&committed(&last)?)?;
    let sum = found.iter().find(|(key, _)| key == SUM).map_or(0, |(_, sum)| *sum);
    let entries: BTreeSet<Vec<u8>> = found.into_iter().map(|(key, _)| key).filter(|key| key != SUM).collect();
    let acknowledged: BTreeSet<Vec<u8>> =
        written.iter().flat_map(|written| written.acknowledged.iter().cloned()).collect();
    let doubtful: BTreeSet<Vec<u8>> =
        written.iter().flat_map(|written| written.doubtful.iter().cloned()).collect();
    assert!(acknowledged.is_subset(&entries), "lost: {:?}", acknowledged.difference(&entries));
    let others: BTreeSet<Vec<u8>> = entries.difference(&acknowledged).cloned().collect();
    assert!(others.is_subset(&doubtful), "from nowhere: {others:?}");
    assert_eq!(sum, entries.len() as u64, "a commit has happened twice");
    println!(
        "{} entries, {} of them acknowledged, {} in doubt",
        entries.len(),
        acknowledged.len(),
        doubtful.len()
    );
    Ok(())
}
