//! No room for temporary files: an error of its own, and nothing that was stored is touched.

use std::path::Path;

use helios_core::ErrorKind;
use helios_testkit::TestResult;
use helios_tests::child::{Child, say};
use helios_tests::engine::{dump, one, run as run_sql};

use crate::collections::{QUERIES, database, rows};

#[test]
fn a_folder_that_is_gone_fails_one_statement_and_not_the_session() -> TestResult {
    let folder = tempfile::tempdir()?;
    let missing = folder.path().join("missing");
    let database = database(0, &missing)?;
    let mut session = database.connect("main")?;
    let mut setup = rows(100, 10);
    setup.insert_str(0, "CREATE TABLE t (a UNIQUE, b); BEGIN; INSERT INTO t ");
    setup.push_str("SELECT x, s FROM r WHERE x = 0; INSERT INTO t VALUES (1, 'one')");
    run_sql(&mut session, &setup)?;
    for (name, query) in QUERIES {
        let error = run_sql(&mut session, &format!("{}{query}", rows(100, 10))).err().ok_or(*name)?;
        assert_eq!(error.kind(), ErrorKind::CannotOpen, "{name}");
        let message = format!("unable to open a temporary file in {}", missing.display());
        assert_eq!(error.message(), message, "{name}");
    }
    let insert = format!("INSERT INTO t {}SELECT x + 1, s FROM r", rows(100, 10));
    assert!(run_sql(&mut session, &insert).is_err());
    assert!(session.in_transaction(), "the transaction goes on");
    assert_eq!(one(&mut session, "SELECT count(*) FROM t")?, "1", "and has what it had");
    std::fs::create_dir(&missing)?;
    run_sql(&mut session, &format!("{insert}; COMMIT"))?;
    assert_eq!(one(&mut session, "SELECT count(*) FROM t")?, "101");
    assert_eq!(std::fs::read_dir(&missing)?.count(), 0, "files have no names");
    Ok(())
}

#[test]
fn a_disk_that_is_full_fails_one_statement_and_not_the_session() -> TestResult {
    let folder = tempfile::tempdir()?;
    let said = Child::start_limited("full", folder.path(), 400)?.finish()?;
    assert_eq!(said, ["done"]);
    Ok(())
}

/// Runs queries in a process whose files may not grow beyond 200 kilobytes.
pub(crate) fn run_full(folder: &Path) -> TestResult {
    let database = database(100_000, folder)?;
    let mut session = database.connect("main")?;
    run_sql(&mut session, "CREATE TABLE t (a PRIMARY KEY, b); INSERT INTO t VALUES (1, 'one'), (2, 'two')")?;
    let before = dump(&mut session)?;
    for (name, query) in QUERIES {
        let error = run_sql(&mut session, &format!("{}{query}", rows(4000, 300))).err().ok_or(*name)?;
        assert_eq!((error.kind(), error.message()), (ErrorKind::Full, "database or disk is full"), "{name}");
        assert_eq!(database.memory().held(), 0, "{name} gives its memory back");
        assert_eq!(dump(&mut session)?, before, "{name}");
    }
    let insert = format!("INSERT INTO t {}SELECT x + 10, s FROM r", rows(4000, 300));
    let error = run_sql(&mut session, &insert).err().ok_or("there is room for all rows")?;
    assert_eq!(error.kind(), ErrorKind::Full);
    assert_eq!(dump(&mut session)?, before);
    run_sql(&mut session, &format!("INSERT INTO t {}SELECT x + 10, s FROM r", rows(100, 300)))?;
    assert_eq!(one(&mut session, "SELECT count(*) FROM t")?, "102");
    say("done")
}
