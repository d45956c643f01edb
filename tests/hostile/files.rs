//! Files that are no database, may not be written, or come from elsewhere: the error says which, and nothing is changed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use helios::{Access, Config, Connection, Database, Error, ErrorKind, Place};
use helios_core::storage::Storage;
use helios_core::versioned::Key;
use helios_storage_redb::{Options, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::storage::{all, write};

use crate::answers::assert_gives;
use crate::child::config;

/// A database with a table of a hundred rows, closed.
pub(crate) fn sound_file(path: &Path) -> TestResult {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT UNIQUE, b); CREATE INDEX i ON t (b); BEGIN",
    )?;
    for row in 0..100_i64 {
        let text = format!("row {row} {}", "x".repeat(row as usize * 3));
        connection.execute("INSERT INTO t VALUES (?, ?, ?)", helios::params![row, text, row % 9])?;
    }
    Ok(connection.execute_batch("COMMIT")?)
}

/// All that a file shows: schema, rows, the same rows by its indexes, and what the integrity check says.
pub(crate) fn shown(path: &Path, config: &Config) -> helios::Result<Vec<String>> {
    let database = Database::open_with(path, config)?;
    let connection = database.connect()?;
    let mut lines = Vec::new();
    for sql in [
        "SELECT type || name || tbl_name || coalesce(sql, '') FROM sqlite_schema ORDER BY 1",
        "SELECT k || '|' || a || '|' || b FROM t ORDER BY k",
        "SELECT b || '|' || k FROM t WHERE b >= 0 ORDER BY b, k",
        "SELECT k FROM t WHERE a >= '' ORDER BY a",
        "PRAGMA integrity_check",
    ] {
        lines.extend(connection.query(sql, (), |row| Ok(format!("{:?}", row.get_ref(0)?)))?);
    }
    Ok(lines)
}

fn refusal(path: &Path) -> TestResult<Error> {
    Ok(Connection::open(path).err().ok_or("it was opened")?)
}

#[test]
fn foreign_files_are_no_database_and_stay_as_they_are() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("foreign");
    let sqlite = directory.path().join("sqlite.db");
    rusqlite::Connection::open(&sqlite)?.execute_batch("CREATE TABLE t (a)")?;
    let sqlite = {
        let bytes = fs::read(&sqlite)?;
        fs::remove_file(&sqlite)?;
        bytes
    };
    let zeros = |length| vec![0; length];
    for bytes in [zeros(1), zeros(4096), zeros(1 << 20), b"some text".to_vec(), vec![0xff; 5000], sqlite] {
        fs::write(&path, &bytes)?;
        let error = refusal(&path)?;
        assert_eq!(error.kind(), ErrorKind::NotADatabase, "{error:?}");
        let is_sqlite = bytes.starts_with(b"SQLite");
        let is_said = error.message().contains("SQLite");
        assert!(
            is_said == is_sqlite && (is_sqlite || error.message() == "file is not a database"),
            "{error:?}"
        );
        assert!(fs::read(&path)? == bytes, "the file was changed");
    }
    assert_eq!(fs::read_dir(directory.path())?.count(), 1, "nothing was left beside it");
    // The program goes on.
    fs::remove_file(&path)?;
    sound_file(&path)
}

#[test]
fn what_is_no_file_cannot_be_opened() -> TestResult {
    let directory = tempfile::tempdir()?;
    let missing = directory.path().join("not").join("there.db");
    let looping = directory.path().join("loop");
    std::os::unix::fs::symlink(&looping, &looping)?;
    let long = directory.path().join("x".repeat(1000));
    for path in [directory.path(), &missing, Path::new("/dev/null"), &looping, &long] {
        let error = refusal(path)?;
        assert_eq!(error.kind(), ErrorKind::CannotOpen, "{}: {error:?}", path.display());
        assert_eq!(error.message(), "unable to open database file");
    }
    for access in [Access::Read, Access::Write] {
        let place = Place::File(directory.path().join("new.db"), access);
        let error = Database::open_place(&place, &Config::default()).err().ok_or("it was opened")?;
        assert_eq!(error.kind(), ErrorKind::CannotOpen);
    }
    assert!(!directory.path().join("new.db").exists());
    Ok(())
}

/// Opened for reading, whoever may write the file.
#[test]
fn a_database_opened_for_reading_refuses_to_write() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    sound_file(&path)?;
    let before = fs::read(&path)?;
    for processes in ["many", "one"] {
        let database = Database::open_place(&Place::File(path.clone(), Access::Read), &config(processes)?)?;
        let connection = database.connect()?;
        for sql in [
            "INSERT INTO t VALUES (1000, 'new', 1)",
            "UPDATE t SET b = 2",
            "DELETE FROM t",
            "CREATE TABLE u (a)",
            "DROP TABLE t",
            "CREATE INDEX j ON t (a)",
            "PRAGMA user_version = 3",
            "BEGIN IMMEDIATE; DELETE FROM t; COMMIT",
            "BEGIN CONCURRENT; DELETE FROM t; COMMIT",
            "SAVEPOINT s; DELETE FROM t; RELEASE s",
        ] {
            let error = connection.execute_batch(sql).err().ok_or("it was written")?;
            assert_eq!(error.kind(), ErrorKind::ReadOnly, "{sql}: {error:?}");
            assert_eq!(error.message(), "attempt to write a readonly database", "{sql}");
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK")?;
            }
            assert_gives(&connection, "SELECT count(*) FROM t", 100);
        }
        let error = database.create_branch("child", "main").err().ok_or("a branch was made")?;
        assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error:?}");
        drop(connection);
        database.close()?;
    }
    assert!(fs::read(&path)? == before, "the file was changed");
    Ok(())
}

/// A file and a directory without the permission to write. The administrator has every permission, so there the part
/// that permissions decide is done by a user without any.
#[test]
fn a_file_that_may_not_be_written_is_read() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    sound_file(&path)?;
    let before = shown(&path, &Config::default())?;
    fs::set_permissions(&path, Permissions::from_mode(0o444))?;
    fs::set_permissions(directory.path(), Permissions::from_mode(0o555))?;
    let may_write_everything = fs::OpenOptions::new().append(true).open(&path).is_ok();
    if may_write_everything {
        // As another user, in another process.
        let status = Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(std::env::current_exe()?)
            .args(["--exact", "files::read_without_permission", "--nocapture"])
            .env(UNWRITABLE, &path)
            .current_dir("/")
            .status()?;
        assert!(status.success(), "as a user without permissions: {status}");
    } else {
        without_permission(&path)?;
    }
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755))?;
    assert_eq!(shown(&path, &Config::default())?, before);
    Ok(())
}

const UNWRITABLE: &str = "HELIOS_TEST_UNWRITABLE";

/// What the test above runs as another user; nothing in an ordinary run.
#[test]
fn read_without_permission() -> TestResult {
    match std::env::var_os(UNWRITABLE) {
        Some(path) => without_permission(Path::new(&path)),
        None => Ok(()),
    }
}

fn without_permission(path: &Path) -> TestResult {
    for access in [Access::Create, Access::Read] {
        let database = Database::open_place(&Place::File(path.to_owned(), access), &Config::default())?;
        let connection = database.connect()?;
        assert_gives(&connection, "SELECT count(*) FROM t", 100);
        assert_gives(&connection, "PRAGMA integrity_check", "ok");
        let error = connection.execute_batch("DELETE FROM t").err().ok_or("it was written")?;
        assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error:?}");
    }
    let beside = path.with_file_name("new.db");
    let error = refusal(&beside)?;
    assert_eq!(error.kind(), ErrorKind::CannotOpen, "{error:?}");
    Ok(())
}

/// The file is removed, or cut short, while it is open: what was opened goes on or says so, and a new database of the same
/// name has nothing of the old one.
#[test]
fn a_file_that_goes_away_while_it_is_open_is_an_error_or_goes_on() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    for processes in ["many", "one"] {
        for has_written in [false, true] {
            sound_file(&path)?;
            let database = Database::open_with(&path, &config(processes)?)?;
            let connection = database.connect()?;
            if has_written {
                connection.execute_batch("UPDATE t SET b = 1")?;
            }
            assert_gives(&connection, "SELECT count(*) FROM t", 100);
            fs::remove_file(&path)?;
            assert_gives(&connection, "SELECT count(*) FROM t", 100);
            if let Err(error) = connection.execute_batch("DELETE FROM t") {
                assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error:?}");
            }
            let new = Database::open_with(&path, &config(processes)?)?;
            assert_gives(&new.connect()?, "SELECT count(*) FROM sqlite_schema", 0);
            new.connect()?.execute_batch("CREATE TABLE u (a)")?;
            drop(connection);
            drop(database);
            assert_gives(&new.connect()?, "SELECT group_concat(name) FROM sqlite_schema", "u");
            new.close()?;
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[test]
fn a_file_that_is_cut_short_while_it_is_open_is_an_error() -> TestResult {
    let directory = tempfile::tempdir()?;
    for (file, length) in [0, 100, 4096, 20_000].into_iter().enumerate() {
        for processes in ["many", "one"] {
            let path = directory.path().join(format!("{file}{processes}.db"));
            sound_file(&path)?;
            let database = Database::open_with(&path, &config(processes)?)?;
            let connection = database.connect()?;
            connection.execute_batch("UPDATE t SET b = 1")?;
            fs::OpenOptions::new().write(true).open(&path)?.set_len(length)?;
            for sql in ["SELECT sum(length(a)) FROM t", "UPDATE t SET b = 2", "PRAGMA integrity_check"] {
                if let Err(error) = connection.execute_batch(sql) {
                    let is_of_damage =
                        matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NotADatabase | ErrorKind::Io);
                    assert!(is_of_damage, "{sql}: {error:?}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn a_database_of_a_newer_format_is_refused_and_stays_as_it_is() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    sound_file(&path)?;
    let storage = RedbStorage::open(&path, Options::default())?;
    let mut format = Vec::new();
    storage.snapshot()?.get(&Key::Format.to_bytes(), &mut |value| format.extend_from_slice(value))?;
    format[8..12].copy_from_slice(&77u32.to_le_bytes());
    write(&storage, &[(&Key::Format.to_bytes(), Some(&format))])?;
    let entries = all(&storage)?;
    storage.close()?;
    let error = refusal(&path)?;
    assert_eq!(error.kind(), ErrorKind::NotADatabase, "{error:?}");
    assert!(error.message().contains("77"), "{error:?}");
    let storage = RedbStorage::open(&path, Options::default())?;
    assert!(all(&storage)? == entries, "the file was changed");
    Ok(())
}
