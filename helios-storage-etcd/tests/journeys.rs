//! What the driver costs in journeys, what large commits leave, and what it says when it cannot do its work.

use std::time::Duration;

use helios_core::ErrorKind;
use helios_core::storage::{Batch, BatchEntry, Direction, Expectation, KeyRange, Storage};
use helios_storage_etcd::{EtcdStorage, Options};
use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::storage::{all, get, scan, write};

fn options(cluster: &EtcdCluster) -> Options {
    Options { endpoints: cluster.endpoints(), ..Options::default() }
}

/// A key as rows of a table have it.
fn row(number: u32) -> Vec<u8> {
    [&[1, 2, 3, 0x84][..], &number.to_be_bytes()].concat()
}

#[test]
fn reads_and_commits_are_one_journey_and_scans_are_few() -> TestResult {
    let Some(cluster) = EtcdCluster::start(1)? else { return Ok(()) };
    let storage = EtcdStorage::open("test", &options(&cluster))?;
    let keys: Vec<Vec<u8>> = (0..10_000_u32).map(row).collect();
    let commit = |keys: &[Vec<u8>]| {
        let entries = keys.iter().map(|key| BatchEntry::put(key, &[7; 100])).collect();
        storage.commit(&Batch { entries, ..Batch::default() })
    };
    storage.take_journeys();
    commit(&keys[..1])?;
    assert_eq!(storage.take_journeys(), 1, "a commit of a row");
    commit(&keys[..3000])?;
    assert_eq!(storage.take_journeys(), 1, "a commit of 3,000 rows");
    commit(&keys)?;
    let journeys = storage.take_journeys();
    assert!(journeys <= 15, "{journeys} journeys for a commit of 10,000 rows");
    let coordination = storage.coordination();
    let network = coordination.reach().network().ok_or("it is a network")?;
    let (_, snapshot) = network.snapshot()?;
    assert_eq!(storage.take_journeys(), 0, "a snapshot that is known");
    assert_eq!(get(&*snapshot, &keys[5])?.as_deref(), Some(&[7; 100][..]));
    assert_eq!(storage.take_journeys(), 1, "a look-up");
    let wanted: Vec<&[u8]> = keys.iter().step_by(10).map(Vec::as_slice).collect();
    let mut found = 0;
    snapshot.get_many(&wanted, &mut |_, _| found += 1)?;
    assert_eq!((found, storage.take_journeys()), (1000, 1), "many look-ups");
    for direction in [Direction::Forward, Direction::Backward] {
        assert_eq!(scan(&*snapshot, KeyRange::ALL, direction)?.len(), 10_000);
        let journeys = storage.take_journeys();
        assert!(journeys <= 12, "{journeys} journeys for 10,000 rows, {direction:?}");
    }
    Ok(())
}

#[test]
fn large_commits_leave_nothing_behind() -> TestResult {
    let Some(cluster) = EtcdCluster::start(1)? else { return Ok(()) };
    let storage = EtcdStorage::open("test", &options(&cluster))?;
    let keys: Vec<Vec<u8>> = (0..7000_u32).map(|number| number.to_be_bytes().to_vec()).collect();
    let entries = keys.iter().map(|key| BatchEntry::put(key, b"large")).collect();
    write(&storage, &[(b"old", Some(b"1"))])?;
    let before = storage.snapshot()?;
    storage.commit(&Batch { cleared: vec![KeyRange::ALL], entries, ..Batch::default() })?;
    assert_eq!(all(&storage)?.len(), 7000);
    assert_eq!(get(&*before, b"old")?.as_deref(), Some(&b"1"[..]), "a snapshot is what it was");
    let left = cluster.etcdctl(0, &["get", "--prefix", "--keys-only", "helios/test/i/"])?;
    assert_eq!(left, "", "parts are gone");
    // Parts of a client that has died before it could decide.
    for number in 0..2 {
        let intent = format!("helios/test/i/0000000000000007/0000000000000001/{number:08x}");
        cluster.etcdctl(0, &["put", &intent, "anything"])?;
    }
    let other = EtcdStorage::open("test", &options(&cluster))?;
    other.compact()?;
    let left = cluster.etcdctl(0, &["get", "--prefix", "--keys-only", "helios/test/i/"])?;
    assert_eq!(left, "", "parts of clients that have died are deleted");
    Ok(())
}

#[test]
fn many_expectations_are_kept_too() -> TestResult {
    let Some(cluster) = EtcdCluster::start(1)? else { return Ok(()) };
    let storage = EtcdStorage::open("test", &options(&cluster))?;
    let keys: Vec<Vec<u8>> = (0..200_u32).map(|number| number.to_be_bytes().to_vec()).collect();
    let entries = keys.iter().map(|key| BatchEntry::put(key, b"1")).collect();
    storage.commit(&Batch { entries, ..Batch::default() })?;
    let with = |value: &'static [u8]| {
        let expected = keys.iter().map(|key| Expectation { key, value: Some(value) }).collect();
        storage.commit(&Batch {
            expected,
            entries: vec![BatchEntry::put(b"z", value)].into(),
            ..Batch::default()
        })
    };
    assert_eq!(with(b"2").err().map(|error| error.kind()), Some(ErrorKind::Conflict));
    with(b"1")?;
    assert_eq!(all(&storage)?.len(), 201);
    Ok(())
}

#[test]
fn the_cluster_is_compacted_behind_who_reads() -> TestResult {
    let Some(cluster) = EtcdCluster::start(1)? else { return Ok(()) };
    let storage = EtcdStorage::open("test", &options(&cluster))?;
    let other = EtcdStorage::open("test", &options(&cluster))?;
    write(&storage, &[(b"a", Some(b"first"))])?;
    let held = other.snapshot()?;
    for round in 0..20_u8 {
        write(&storage, &[(b"a", Some(&[round]))])?;
    }
    other.compact()?;
    storage.compact()?;
    assert_eq!(get(&*held, b"a")?.as_deref(), Some(&b"first"[..]), "somebody reads an old state");
    // Somebody else compacts, and asks nobody.
    let status = cluster.etcdctl(0, &["endpoint", "status", "--write-out", "fields"])?;
    let revision =
        status.lines().find_map(|line| line.strip_prefix("\"Revision\" : ")).ok_or("no revision")?;
    cluster.etcdctl(0, &["compact", revision])?;
    let error = get(&*held, b"b").expect_err("it is not there any more");
    assert!(
        error.kind() == ErrorKind::BusySnapshot && format!("{error:?}").contains("has been compacted"),
        "{error:?}"
    );
    assert_eq!(get(&*other.snapshot()?, b"a")?.as_deref(), Some(&[19][..]));
    Ok(())
}

#[test]
fn what_is_wrong_is_told() -> TestResult {
    let Some(cluster) = EtcdCluster::start(1)? else { return Ok(()) };
    let said = |name: &str, options: &Options| {
        let error = EtcdStorage::open(name, options).expect_err("it cannot be opened");
        (error.kind(), format!("{error:?}"))
    };
    let with = |endpoints: &[&str]| Options {
        endpoints: endpoints.iter().map(|&url| url.to_owned()).collect(),
        timeout: Duration::from_millis(300),
        ..Options::default()
    };
    for (options, part) in [
        (with(&["http://127.0.0.1:1"]), "no connection to the cluster"),
        (with(&[]), "endpoints is not set"),
        (with(&["127.0.0.1:2379"]), "not of the form"),
        (with(&["https://127.0.0.1:2379"]), "root_certificate"),
        (Options { user: Some("u".to_owned()), ..options(&cluster) }, "needs a password"),
        (
            Options { user: Some("u".to_owned()), password: Some("p".to_owned()), ..options(&cluster) },
            "authentication is not enabled",
        ),
        (Options { create: false, ..options(&cluster) }, "no such database"),
    ] {
        let (kind, words) = said("t", &options);
        assert!(kind == ErrorKind::CannotOpen && words.contains(part), "{words}");
    }
    cluster.etcdctl(0, &["put", "helios/newer/format", "99"])?;
    let (kind, words) = said("newer", &options(&cluster));
    assert!(kind == ErrorKind::NotADatabase && words.contains("format 99"), "{words}");
    let endpoints = [vec!["http://127.0.0.1:1".to_owned()], cluster.endpoints()].concat();
    let storage = EtcdStorage::open("t", &Options { endpoints, ..Options::default() })?;
    let kind = write(&storage, &[(b"a", Some(&vec![7; 2 << 20]))]).err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::TooBig));
    write(&storage, &[(b"a", Some(&vec![7; 1 << 20]))])?;
    let reader = EtcdStorage::open("t", &Options { read_only: true, ..options(&cluster) })?;
    assert_eq!(get(&*reader.snapshot()?, b"a")?.map(|value| value.len()), Some(1 << 20));
    let kind = write(&reader, &[(b"a", Some(b"2"))]).err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::ReadOnly));
    Ok(())
}
