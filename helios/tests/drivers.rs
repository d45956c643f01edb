//! Databases on each driver that keeps them, by their settings.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use helios::config::EncryptionKey;
use helios::{Access, Config, Connection, Database, ErrorKind, Place};

/// The drivers that keep a database in a file or a folder and are built in.
fn kept() -> Vec<&'static str> {
    helios::driver_names().filter(|name| ["redb", "sled", "rocksdb"].contains(name)).collect()
}

fn config(driver: &str) -> Config {
    Config::loader().argument("storage.backend", driver).load().expect("the settings are right")
}

fn numbers(connection: &Connection) -> Vec<i64> {
    connection.query("SELECT a FROM t ORDER BY a", (), |row| row.get(0)).expect("there is a table")
}

#[test]
fn every_driver_keeps_tables_branches_and_the_past() {
    let directory = tempfile::tempdir().unwrap();
    for driver in kept() {
        let path = directory.path().join(driver);
        let config = config(driver);
        let database = Database::open_with(&path, &config).unwrap();
        database.keep_history().unwrap();
        let connection = database.connect().unwrap();
        connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
        database.create_branch("side", "main").unwrap();
        database.connect_to("side").unwrap().execute("INSERT INTO t VALUES (2)", ()).unwrap();
        connection.execute("UPDATE t SET a = 3", ()).unwrap();
        drop(connection);
        database.close().unwrap();

        let database = Database::open_with(&path, &config).unwrap();
        assert_eq!(numbers(&database.connect().unwrap()), [3], "{driver}");
        assert_eq!(numbers(&database.connect_to("side").unwrap()), [1, 2], "{driver}");
        let versions: i64 = database
            .connect()
            .unwrap()
            .query_row("SELECT count(*) FROM t FOR SYSTEM_TIME ALL", (), |row| row.get(0))
            .unwrap();
        assert_eq!(versions, 2, "{driver}");
    }
}

#[test]
fn a_driver_that_cannot_encrypt_refuses_a_key() {
    let directory = tempfile::tempdir().unwrap();
    for driver in kept().into_iter().filter(|driver| *driver != "redb") {
        let path = directory.path().join(driver);
        let mut with_key = config(driver);
        with_key.set_encryption_key(Some(EncryptionKey::of_bytes(&[7; 32]).unwrap()));
        let error = Database::open_with(&path, &with_key).unwrap_err();
        let expected = format!("the storage driver {driver} cannot encrypt; use redb, or no key");
        assert_eq!(error.message(), expected);
        assert!(!path.exists(), "nothing was made");

        let plain = Database::open_with(&path, &config(driver)).unwrap();
        let connection = plain.connect().unwrap();
        let error = connection.execute_batch("PRAGMA rekey = 'a word'").unwrap_err();
        assert_eq!(error.message(), expected);
        let error = Database::open_with(&path, &with_key).unwrap_err();
        assert_eq!(error.message(), expected, "also where it is open");
    }
}

/// The files below a path, with what is in them.
fn contents(path: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    if path.is_file() {
        return Ok(vec![(path.display().to_string(), std::fs::read(path)?)]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path)? {
        found.extend(contents(&entry?.path())?);
    }
    found.sort();
    Ok(found)
}

#[test]
fn what_another_driver_has_made_is_refused_and_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    let others = directory.path().join("others");
    std::fs::create_dir(&others).unwrap();
    std::fs::write(others.join("letter.txt"), "dear reader").unwrap();
    let mut paths = vec![("nobody", others)];
    for driver in kept() {
        let path = directory.path().join(driver);
        Database::open_with(&path, &config(driver)).unwrap().close().unwrap();
        paths.push((driver, path));
    }
    for (owner, path) in &paths {
        for driver in kept().into_iter().filter(|driver| driver != owner) {
            let before = contents(path).unwrap();
            let error = Database::open_with(path, &config(driver)).unwrap_err();
            let kinds = [ErrorKind::NotADatabase, ErrorKind::CannotOpen];
            assert!(kinds.contains(&error.kind()), "{driver} on what {owner} made: {error}");
            assert!(contents(path).unwrap() == before, "{driver} has written into what {owner} made");
            if *owner != "nobody" {
                let expected = format!("file is a database of the driver {owner}, not of {driver}");
                assert_eq!((error.kind(), error.message()), (ErrorKind::NotADatabase, expected.as_str()));
            }
        }
    }
    let sqlite = directory.path().join("sqlite");
    std::fs::write(&sqlite, b"SQLite format 3\0\x10\0").unwrap();
    for driver in kept() {
        let error = Database::open_with(&sqlite, &config(driver)).unwrap_err();
        let expected = (ErrorKind::NotADatabase, "file is a database of SQLite");
        assert_eq!((error.kind(), error.message()), expected, "{driver}");
    }
}

/// In a process that the next test starts: opens a database, says so, and keeps it until its input ends.
#[test]
fn a_child_keeps_a_database() {
    let Ok(path) = std::env::var("HELIOS_CHILD_KEEPS") else { return };
    let driver = std::env::var("HELIOS_CHILD_DRIVER").unwrap();
    let _kept = Database::open_with(path, &config(&driver)).unwrap();
    writeln!(std::io::stdout(), "it is open").unwrap();
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn who_has_a_database_for_itself_is_named() {
    let directory = tempfile::tempdir().unwrap();
    for driver in kept().into_iter().filter(|driver| *driver != "redb") {
        let path = directory.path().join(driver);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_child_keeps_a_database", "--nocapture"])
            .env("HELIOS_CHILD_KEEPS", &path)
            .env("HELIOS_CHILD_DRIVER", driver)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(said.any(|line| line.contains("it is open")), "{driver}");
        let error = Database::open_with(&path, &config(driver)).unwrap_err();
        let expected = format!("database is locked (held by process {})", child.id());
        assert_eq!((error.kind(), error.message()), (ErrorKind::Busy, expected.as_str()), "{driver}");
        drop(child.stdin.take());
        said.for_each(drop);
        assert!(child.wait().unwrap().success());
        Database::open_with(&path, &config(driver)).unwrap();
    }
}

#[test]
fn what_has_to_exist_is_not_made() {
    let directory = tempfile::tempdir().unwrap();
    for driver in kept() {
        for access in [Access::Read, Access::Write] {
            let path = directory.path().join(driver);
            let error =
                Database::open_place(&Place::File(path.clone(), access), &config(driver)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CannotOpen, "{driver}");
            assert!(!path.exists(), "{driver}");
        }
    }
}

#[test]
fn who_opens_for_reading_does_not_write() {
    let directory = tempfile::tempdir().unwrap();
    for driver in kept() {
        let path = directory.path().join(driver);
        let database = Database::open_with(&path, &config(driver)).unwrap();
        database.connect().unwrap().execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
        database.close().unwrap();
        let place = Place::File(path, Access::Read);
        let connection = Database::open_place(&place, &config(driver)).unwrap().connect().unwrap();
        assert_eq!(numbers(&connection), [1], "{driver}");
        let error = connection.execute("INSERT INTO t VALUES (2)", ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReadOnly, "{driver}");
    }
}
