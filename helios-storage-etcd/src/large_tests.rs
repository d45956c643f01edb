//! Large commits of clients that die on the way.

use helios_core::storage::{Batch, BatchEntry, KeyRange, Storage};
use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::storage::{all, write};

use super::*;
use crate::options::Options;
use crate::store::EtcdStorage;

fn open(cluster: &EtcdCluster) -> Result<EtcdStorage> {
    EtcdStorage::open("test", &Options { endpoints: cluster.endpoints(), ..Options::default() })
}

/// Has a commit decided, and some of its parts written; the client does nothing more.
fn die_after(storage: &EtcdStorage, batch: &Batch<'_>, parts: u32) -> TestResult {
    let shared = storage.shared();
    let attempt = Attempt { batch, identity: *shared.identity.lock(), token: 77 };
    let compare = shared.conditions(&attempt)?;
    let outcome = shared.try_large(&attempt, compare, &batch.cleared).map_err(Error::from)?;
    let Outcome::Done(state) = outcome else { return Err("the commit is refused".into()) };
    let mut pending = state.pending.ok_or("nothing is pending")?;
    assert!(pending.steps > parts, "there are parts left");
    for _ in 0..parts {
        pending = shared.write_part(pending)?.ok_or("nothing is pending any more")?;
    }
    Ok(())
}

#[test]
fn a_commit_that_was_decided_is_written_by_whoever_comes_next() -> TestResult {
    let Some(cluster) = EtcdCluster::start(1)? else { return Ok(()) };
    let keys: Vec<Vec<u8>> = (0..7000_u32).map(|number| number.to_be_bytes().to_vec()).collect();
    for parts in 0..4 {
        let (storage, other) = (open(&cluster)?, open(&cluster)?);
        write(&storage, &[(b"old", Some(b"1"))])?;
        let (before, version) = (other.snapshot()?, other.version()?);
        let value = [parts as u8];
        let entries = keys.iter().map(|key| BatchEntry::put(key, &value)).collect();
        die_after(&storage, &Batch { cleared: vec![KeyRange::ALL], entries, ..Batch::default() }, parts)?;
        // Another one commits: after it, not before.
        write(&other, &[(b"new", Some(b"1"))])?;
        assert_eq!(other.version()?, version + 4);
        let found = all(&other)?;
        assert_eq!(found.len(), 7001, "after {parts} parts");
        assert!(found.iter().filter(|(key, _)| key != b"new").all(|(_, found)| *found == value));
        let old = helios_testkit::storage::get(&*before, b"old")?;
        assert_eq!(old.as_deref(), Some(&b"1"[..]), "a snapshot is what it was");
        assert!(cluster.etcdctl(0, &["get", "--prefix", "--keys-only", "helios/test/i/"])?.is_empty());
        // The lost one finds out, and goes on.
        write(&storage, &[(b"again", Some(b"1"))])?;
        assert_eq!(all(&storage)?.len(), 7002);
    }
    Ok(())
}
