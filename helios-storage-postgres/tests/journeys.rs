//! What the driver costs in journeys, and what it says when it cannot do its work.

use helios_core::ErrorKind;
use helios_core::storage::{Batch, BatchEntry, Direction, KeyRange, Storage};
use helios_storage_postgres::{Options, PostgresStorage};
use helios_testkit::TestResult;
use helios_testkit::postgres::PostgresServer;
use helios_testkit::storage::{get, scan, write};

fn options(server: &PostgresServer) -> Options {
    Options { url: server.url(), ..Options::default() }
}

#[test]
fn reads_and_commits_are_one_journey_and_scans_are_few() -> TestResult {
    let Some(server) = PostgresServer::start()? else { return Ok(()) };
    let storage = PostgresStorage::open("test", &options(&server))?;
    let keys: Vec<Vec<u8>> = (0..10_000_u32).map(|number| number.to_be_bytes().to_vec()).collect();
    let entries = keys.iter().map(|key| BatchEntry::put(key, &[7; 100])).collect();
    let batch = Batch { entries, ..Batch::default() };
    storage.take_journeys();
    storage.commit(&batch)?;
    assert_eq!(storage.take_journeys(), 1, "a commit of 10,000 rows");
    write(&storage, &[(&keys[5], Some(b"another"))])?;
    assert_eq!(storage.take_journeys(), 1, "a commit of a row");
    let coordination = storage.coordination();
    let network = coordination.reach().network().ok_or("it is a network")?;
    let (_, snapshot) = network.snapshot()?;
    assert_eq!(storage.take_journeys(), 0, "a snapshot that is known");
    assert_eq!(get(&*snapshot, &keys[5])?.as_deref(), Some(&b"another"[..]));
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
    // As the SQL layer scans: chunk after chunk, each with a cursor of its own.
    let (_, snapshot) = network.snapshot()?;
    let (mut from, mut rows) = (Vec::new(), 0);
    loop {
        let mut cursor = snapshot.cursor(KeyRange::new(&from, None), Direction::Forward)?;
        let mut last = None;
        for _ in 0..2048 {
            if !cursor.advance()? {
                break;
            }
            last = Some(cursor.entry().0.to_vec());
            rows += 1;
        }
        drop(cursor);
        let Some(last) = last else { break };
        from = [&last[..], &[0]].concat();
    }
    let journeys = storage.take_journeys();
    assert_eq!(rows, 10_000);
    assert!(journeys <= 12, "{journeys} journeys for 10,000 rows in chunks");
    Ok(())
}

#[test]
fn what_was_replaced_goes_when_nobody_reads_it_any_more() -> TestResult {
    let Some(server) = PostgresServer::start()? else { return Ok(()) };
    let storage = PostgresStorage::open("test", &options(&server))?;
    let other = PostgresStorage::open("test", &options(&server))?;
    let held = other.snapshot()?;
    for round in 0..20_u8 {
        write(&storage, &[(b"a", Some(&[round])), (&[round], Some(b"1"))])?;
        write(&storage, &[(&[round], None)])?;
    }
    let rows = || server.psql("SELECT count(*) FROM test_entry");
    storage.compact()?;
    assert!(rows()?.parse::<u64>()? > 20, "somebody reads an old state");
    assert_eq!(get(&*held, b"a")?, None);
    drop(held);
    other.close()?;
    // What may go, the next commit says, and sweeping takes it.
    storage.compact()?;
    write(&storage, &[(b"a", Some(b"last"))])?;
    storage.compact()?;
    write(&storage, &[(b"a", Some(b"very last"))])?;
    storage.compact()?;
    let left = rows()?.parse::<u64>()?;
    assert!(left <= 4, "{left} rows for one entry");
    assert_eq!(get(&*storage.snapshot()?, b"a")?.as_deref(), Some(&b"very last"[..]));
    Ok(())
}

#[test]
fn what_is_wrong_is_told() -> TestResult {
    let Some(server) = PostgresServer::start()? else { return Ok(()) };
    let said = |name: &str, options: &Options| {
        let error = PostgresStorage::open(name, options).expect_err("it cannot be opened");
        (error.kind(), format!("{error:?}"))
    };
    let with =
        |url: String| Options { url, timeout: std::time::Duration::from_millis(300), ..Options::default() };
    let (kind, words) = said("t", &with("postgres://helios@127.0.0.1:1/postgres".to_owned()));
    assert!(kind == ErrorKind::CannotOpen && words.contains("no connection to the server"), "{words}");
    let (kind, words) = said("t", &with(server.url_of("nothing")));
    assert!(
        kind == ErrorKind::CannotOpen && words.contains("database \"nothing\" does not exist"),
        "{words}"
    );
    let (kind, words) = said("t", &with(String::new()));
    assert!(kind == ErrorKind::CannotOpen && words.contains("url is not set"), "{words}");
    let (kind, words) = said("t", &with(format!("{}?sslmode=require", server.url())));
    assert!(kind == ErrorKind::CannotOpen && words.contains("root_certificate"), "{words}");
    let (kind, words) = said("t", &Options { create: false, ..options(&server) });
    assert!(kind == ErrorKind::CannotOpen && words.contains("no such database"), "{words}");
    server.psql("CREATE TABLE theirs_head (one integer, what text)")?;
    let (kind, words) = said("theirs", &options(&server));
    assert!(kind == ErrorKind::NotADatabase && words.contains("other columns"), "{words}");
    drop(PostgresStorage::open("newer", &options(&server))?);
    server.psql("UPDATE newer_head SET format = 99")?;
    let (kind, words) = said("newer", &options(&server));
    assert!(kind == ErrorKind::NotADatabase && words.contains("format 99"), "{words}");
    let storage = PostgresStorage::open("t", &options(&server))?;
    let kind = write(&storage, &[(&[7; 5000], Some(b"1"))]).err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::TooBig));
    write(&storage, &[(b"a", Some(b"1"))])?;
    let reader = PostgresStorage::open("t", &Options { read_only: true, ..options(&server) })?;
    assert_eq!(get(&*reader.snapshot()?, b"a")?.as_deref(), Some(&b"1"[..]));
    let kind = write(&reader, &[(b"a", Some(b"2"))]).err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::ReadOnly));
    Ok(())
}
