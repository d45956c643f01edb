//! No room: an error of its own, nothing in part, and with room again everything goes on.

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
