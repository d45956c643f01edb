//! The wrappers of the testkit around this driver: they keep the contract, and do what they are for.

use std::sync::Arc;

use helios_core::ErrorKind;
use helios_core::clock::Moment;
use helios_core::storage::Storage;
use helios_core::versioned::BranchId;
use helios_storage_memory::MemoryStorage;
use helios_testkit::TestResult;
use helios_testkit::storage::{InMemory, all, get, write};
use helios_testkit::versioned::{SPACE, Scene};
use helios_testkit::wrapper::{CommitFault, Faulty, Operation, Quota, Trace};

fn memory() -> Arc<dyn Storage> {
    Arc::new(MemoryStorage::new())
}

mod faulty {
    use super::{CommitFault, Faulty, InMemory, memory};

    helios_testkit::storage_conformance!(InMemory(|| Faulty::new(memory(), CommitFault::Before)));
}

mod quota {
    use super::{InMemory, Quota, memory};

    helios_testkit::storage_conformance!(InMemory(|| Quota::new(memory(), u64::MAX)));
}

mod trace {
    use super::{InMemory, Trace, memory};

    helios_testkit::storage_conformance!(InMemory(|| Trace::new(memory())));
}

#[test]
fn the_operation_that_was_chosen_fails_and_no_other() -> TestResult {
    for (fault, expected) in [(CommitFault::Before, None), (CommitFault::After, Some(b"1".to_vec()))] {
        let storage = Faulty::new(memory(), fault);
        storage.fail_at(2);
        assert!(storage.version().is_ok() && !storage.has_failed());
        let kind = write(&storage, &[(b"a", Some(b"1"))]).err().map(|error| error.kind());
        assert_eq!(kind, Some(ErrorKind::Io));
        assert!(storage.has_failed());
        assert_eq!(get(&*storage.snapshot()?, b"a")?, expected);
    }
    Ok(())
}

#[test]
fn a_quota_refuses_what_does_not_fit() -> TestResult {
    let storage = Quota::new(memory(), 10);
    write(&storage, &[(b"a", Some(b"123456"))])?;
    let kind = write(&storage, &[(b"b", Some(b"123456"))]).err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::Full));
    assert_eq!(all(&storage)?.len(), 1);
    storage.add(10);
    write(&storage, &[(b"b", Some(b"123456"))])?;
    assert_eq!(all(&storage)?.len(), 2);
    Ok(())
}

/// What the design promises of the present: one look-up a key, and commits that read nothing where nobody may ask.
#[test]
fn the_present_costs_what_the_driver_costs() -> TestResult {
    let trace = Arc::new(Trace::new(memory()));
    let scene = Scene { store: helios_testkit::versioned::open_over(trace.clone())? };
    scene.write(0, 20, "a=1 b=1")?;
    trace.take();
    scene.write(0, 30, "a=2")?;
    let commits = trace.take();
    assert!(
        matches!(&commits[..], [Operation::Commit { keys, cleared: 0 }] if keys.len() == 2),
        "{commits:?}"
    );
    let view = scene.view(0, Moment::PRESENT.0)?;
    trace.take();
    assert!(view.get(SPACE, b"a", &mut |_| {})?);
    let reads = trace.take();
    assert!(matches!(&reads[..], [Operation::Get(_)]), "{reads:?}");
    assert_eq!(view.branch(), BranchId::MAIN);
    Ok(())
}
