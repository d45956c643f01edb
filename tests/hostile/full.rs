//! No room: an error of its own, nothing in part, and with room again everything goes on.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use helios::{Database, ErrorKind};
use helios_core::storage::Storage;
use helios_storage_memory::MemoryStorage;
use helios_storage_redb::{Options, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::wrapper::Quota;
use helios_tests::child::Child;
use helios_tests::engine;

use crate::answers::assert_gives;
use crate::child::config;

#[test]
fn a_process_whose_file_may_not_grow_goes_on() -> TestResult {
    for processes in ["many", "one"] {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("test.db");
        let said = Child::start_limited(processes, &path, 3000)?.finish()?;
        let has_deleted = said.last().is_some_and(|words| words == "deleted");
        let last: i64 = said.iter().filter_map(|words| words.parse().ok()).max().ok_or("nothing was said")?;
        assert!(last > 3, "{last} rows fit");
        let database = Database::open_with(&path, &config(processes)?)?;
        let connection = database.connect()?;
        let rows = if has_deleted { last - last / 2 } else { last };
        assert_gives(&connection, "SELECT count(*) FROM t", rows);
        assert_gives(&connection, "SELECT max(k) FROM last", last);
        assert_gives(&connection, "PRAGMA integrity_check", "ok");
        connection.execute("INSERT INTO t VALUES (-1, zeroblob(100000), 0)", ())?;
    }
    Ok(())
}

#[test]
fn a_quota_fails_one_statement_and_not_the_session() -> TestResult {
    let directory = tempfile::tempdir()?;
    let redb = RedbStorage::open(&directory.path().join("test.db"), Options::default())?;
    let storages: [Arc<dyn Storage>; 2] = [Arc::new(MemoryStorage::new()), Arc::new(redb)];
    for storage in storages {
        let quota = Arc::new(Quota::new(storage, 60_000));
        let mut session = engine::session(quota.clone())?;
        engine::run(
            &mut session,
            "CREATE TABLE t (k INTEGER PRIMARY KEY, a); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1, 'x')",
        )?;
        let before = engine::dump(&mut session)?;
        for sql in [
            "INSERT INTO t VALUES (2, zeroblob(100000))",
            "UPDATE t SET a = zeroblob(100000)",
            "CREATE TABLE u AS SELECT zeroblob(100000) AS a",
            "INSERT INTO t VALUES (3, 'y'), (4, zeroblob(50000))",
            "BEGIN; INSERT INTO t VALUES (5, 'z'); INSERT INTO t VALUES (6, zeroblob(100000)); COMMIT",
            "SAVEPOINT s; INSERT INTO t VALUES (5, zeroblob(100000)); RELEASE s",
        ] {
            let error = engine::run(&mut session, sql).err().ok_or("it fits")?;
            assert_eq!(
                (error.kind(), error.message()),
                (ErrorKind::Full, "database or disk is full"),
                "{sql}"
            );
            assert!(!session.in_transaction(), "{sql}");
            assert_eq!(engine::dump(&mut session)?, before, "{sql}");
        }
        engine::run(&mut session, "UPDATE t SET a = 'small'")?;
        quota.add(1_000_000);
        engine::run(&mut session, "INSERT INTO t VALUES (2, zeroblob(100000))")?;
        assert_eq!(engine::one(&mut session, "PRAGMA integrity_check")?, "'ok'");
        assert_eq!(engine::one(&mut session, "SELECT count(*) FROM t")?, "2");
    }
    Ok(())
}

/// A file system of a megabyte, where this process may make one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> TestResult<Option<SmallDisk>> {
        let folder = tempfile::tempdir()?;
        let mut mount = Command::new("mount");
        let done = mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder.path()).output();
        Ok(done.is_ok_and(|done| done.status.success()).then(|| SmallDisk(folder)))
    }

    /// Leaves no room, in a file that can be removed.
    fn fill(&self) -> std::io::Result<()> {
        let mut file = fs::File::create(self.filler())?;
        while file.write_all(&[0; 512]).is_ok() {}
        Ok(())
    }

    fn filler(&self) -> std::path::PathBuf {
        self.0.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _done = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_an_error_for_who_opens_and_for_who_has_opened() -> TestResult {
    let Some(disk) = SmallDisk::mount()? else {
        writeln!(std::io::stderr(), "SKIPPED: this process may not mount a small file system")?;
        return Ok(());
    };
    let path: &Path = &disk.0.path().join("test.db");
    for processes in ["many", "one"] {
        let database = Database::open_with(path, &config(processes)?)?;
        let connection = database.connect()?;
        connection
            .execute_batch("CREATE TABLE IF NOT EXISTS t (a); DELETE FROM t; INSERT INTO t VALUES (1)")?;
        disk.fill()?;
        let error = connection.execute("INSERT INTO t VALUES (randomblob(900000))", ()).err();
        assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Full), "{processes}");
        assert_gives(&connection, "SELECT count(*) FROM t", 1);
        drop(connection);
        database.close()?;
        // There may be no room for the file that processes share, or for what redb writes when it opens.
        match Database::open_with(path, &config(processes)?) {
            Ok(database) => assert_gives(&database.connect()?, "SELECT count(*) FROM t", 1),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Full, "{processes}: {error:?}"),
        }
        fs::remove_file(disk.filler())?;
        let connection = Database::open_with(path, &config(processes)?)?.connect()?;
        connection.execute("INSERT INTO t VALUES (2)", ())?;
        assert_gives(&connection, "SELECT count(*) FROM t", 2);
        assert_gives(&connection, "PRAGMA integrity_check", "ok");
    }
    Ok(())
}
