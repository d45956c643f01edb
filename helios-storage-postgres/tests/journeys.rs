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
    let rows = || server.psql("SELECT (SELECT count(*) FROM test_entry) + (SELECT count(*) FROM test_past)");
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
    assert!(left <= 3, "{left} rows for one entry");
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

#[test]
fn tables_of_format_1_are_read_and_written_on() -> TestResult {
    let Some(server) = PostgresServer::start()? else { return Ok(()) };
    server.psql(&format!(
        "CREATE TABLE test_entry (key bytea NOT NULL, until bigint NOT NULL, since bigint NOT NULL, value bytea,
            PRIMARY KEY (key, until));
         CREATE INDEX test_replaced ON test_entry (until) WHERE until < {now};
         CREATE INDEX test_deleted ON test_entry (since) WHERE value IS NULL;
         CREATE TABLE test_client (id text PRIMARY KEY, epoch bigint NOT NULL, last bigint NOT NULL,
            oldest bigint NOT NULL, seen timestamptz NOT NULL);
         CREATE TABLE test_head (one integer PRIMARY KEY, format integer NOT NULL, version bigint NOT NULL,
            floor bigint NOT NULL, horizon bigint NOT NULL);
         INSERT INTO test_head VALUES (1, 1, 4, 17, 0);
         INSERT INTO test_entry VALUES ('a', 3, 2, 'old'), ('a', {now}, 3, 'new'), ('b', 4, 2, 'gone'),
            ('b', {now}, 4, NULL), ('c', {now}, 2, '')",
        now = i64::MAX
    ))?;
    let reader = PostgresStorage::open("test", &Options { read_only: true, ..options(&server) });
    assert_eq!(
        reader.err().map(|error| error.kind()),
        Some(ErrorKind::NotADatabase),
        "it may not change them"
    );
    let open = || PostgresStorage::open("test", &options(&server));
    let stores = std::thread::scope(|scope| {
        let opening: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        opening
            .into_iter()
            .map(|one| one.join().map_err(|_| "a thread panicked"))
            .collect::<Result<Vec<_>, _>>()
    })?;
    let stores = stores.into_iter().collect::<Result<Vec<_>, _>>()?;
    for storage in &stores {
        let found = scan(&*storage.snapshot()?, KeyRange::ALL, Direction::Forward)?;
        assert_eq!(found, [(b"a".to_vec(), b"new".to_vec()), (b"c".to_vec(), Vec::new())]);
    }
    let held = stores[0].snapshot()?;
    write(&stores[1], &[(b"a", None), (b"b", Some(b"again"))])?;
    assert_eq!(get(&*held, b"a")?.as_deref(), Some(&b"new"[..]), "a snapshot is what it was");
    assert_eq!(scan(&*stores[2].snapshot()?, KeyRange::ALL, Direction::Backward)?.len(), 2);
    Ok(())
}

/// Rows that were changed, deleted and made since are what they were, however they are asked for.
#[test]
fn an_old_state_is_read_row_by_row_many_at_once_and_in_ranges() -> TestResult {
    let Some(server) = PostgresServer::start()? else { return Ok(()) };
    let storage = PostgresStorage::open("test", &options(&server))?;
    let key = |number: u32| number.to_be_bytes().to_vec();
    let keys: Vec<Vec<u8>> = (0..1000).map(key).collect();
    let put = |which: &dyn Fn(u32) -> bool, value: Option<&[u8]>| -> TestResult {
        let keys: Vec<Vec<u8>> = (0..1000).filter(|number| which(*number)).map(key).collect();
        let changes: Vec<(&[u8], Option<&[u8]>)> = keys.iter().map(|key| (&key[..], value)).collect();
        Ok(write(&storage, &changes)?)
    };
    put(&|number| number % 5 != 0, Some(b"first"))?;
    // Each has read nothing yet.
    let (then, many, one) = (storage.snapshot()?, storage.snapshot()?, storage.snapshot()?);
    put(&|number| number % 3 == 0, Some(b"second"))?;
    put(&|number| number % 7 == 0, None)?;
    put(&|number| number % 21 == 0, Some(b"third"))?;
    let expected: Vec<(Vec<u8>, Vec<u8>)> =
        (0..1000).filter(|number| number % 5 != 0).map(|number| (key(number), b"first".to_vec())).collect();
    for direction in [Direction::Forward, Direction::Backward] {
        let mut found = scan(&*then, KeyRange::ALL, direction)?;
        if direction == Direction::Backward {
            found.reverse();
        }
        assert_eq!(found, expected, "{direction:?}");
    }
    let wanted: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    let mut found = Vec::new();
    many.get_many(&wanted, &mut |at, value| found.push((keys[at].clone(), value.to_vec())))?;
    found.sort_unstable();
    assert_eq!(found, expected);
    // From the end on, so that nothing is read along.
    for number in (0..1000).rev().step_by(13) {
        let value = get(&*one, &key(number))?;
        assert_eq!(value.as_deref(), (number % 5 != 0).then_some(&b"first"[..]), "{number}");
    }
    let now = scan(&*storage.snapshot()?, KeyRange::ALL, Direction::Forward)?;
    assert!(now.iter().all(|(key, value)| {
        let number = u32::from_be_bytes(key[..].try_into().unwrap_or_default());
        let expected: &[u8] = match number {
            _ if number % 21 == 0 => b"third",
            _ if number % 3 == 0 => b"second",
            _ => b"first",
        };
        value == expected && (number % 7 != 0 || number % 21 == 0)
    }));
    Ok(())
}
