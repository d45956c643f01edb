//! A process that commits without a pause, and one that takes longer for each commit than the other does for many.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use helios_core::ErrorKind;
use helios_core::storage::{Batch, BatchEntry, HeadChange, Storage};
use helios_storage_etcd::{EtcdStorage, Options};
use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;

/// Commits on the newest head that is known.
fn commit(storage: &EtcdStorage, key: &[u8]) -> helios_core::Result<()> {
    let coordination = storage.coordination();
    let Some(network) = coordination.reach().network() else { return storage.commit(&Batch::default()) };
    let head = network.heard().head();
    let change = HeadChange { version: head.version, above: head.floor + 1, floor: head.floor + 1 };
    storage.commit(&Batch {
        entries: vec![BatchEntry::put(key, b"value")].into(),
        head: Some(change),
        ..Batch::default()
    })
}

/// Commits so often, with a pause between asking for the head and the commit; the number of races that were lost.
fn commit_slowly(storage: &EtcdStorage, times: usize, pause: Duration) -> TestResult<usize> {
    let mut lost = 0;
    for _ in 0..times {
        loop {
            storage.version()?;
            std::thread::sleep(pause);
            match commit(storage, b"slow") {
                Ok(()) => break,
                Err(error) if error.kind() == ErrorKind::Conflict => lost += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(lost)
}

#[test]
fn who_loses_races_is_let_in() -> TestResult {
    let Some(cluster) = EtcdCluster::start(1)? else { return Ok(()) };
    let open =
        || EtcdStorage::open("test", &Options { endpoints: cluster.endpoints(), ..Options::default() });
    let (fast, slow, gone) = (open()?, open()?, open()?);
    let is_over = AtomicBool::new(false);
    let lost = std::thread::scope(|scope| {
        let hurrying = scope.spawn(|| -> helios_core::Result<usize> {
            let mut committed = 0;
            while !is_over.load(Ordering::SeqCst) {
                match commit(&fast, b"fast") {
                    Ok(()) => committed += 1,
                    Err(error) if error.kind() == ErrorKind::Conflict => drop(fast.version()?),
                    Err(error) => return Err(error),
                }
            }
            Ok(committed)
        });
        let slowly = || -> TestResult<usize> {
            // One that asks for the turn and does not come back for it does not keep others from theirs.
            let coordination = gone.coordination();
            let network = coordination.reach().network().ok_or("it is a network")?;
            (0..3).for_each(|_| network.came_late());
            commit_slowly(&slow, 10, Duration::from_millis(30))
        };
        let lost = slowly();
        is_over.store(true, Ordering::SeqCst);
        let committed = hurrying.join().map_err(|_| "a thread panicked")??;
        println!("{lost:?} lost, {committed} commits beside it");
        lost
    })?;
    assert!(lost <= 200, "{lost} races lost for 10 commits");
    Ok(())
}
