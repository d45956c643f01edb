//! No memory: a statement that asks for a value for which the process has no room is refused, and the process goes on.

use std::path::Path;

use helios::{Connection, Database, ErrorKind};
use helios_testkit::TestResult;
use helios_tests::child::{Child, say};

use crate::answers::assert_gives;
use crate::child::config;

/// What a child may have: enough for values of some megabytes, too little for the largest that SQL allows.
const KILOBYTES: u32 = 1_500_000;

#[test]
fn a_value_for_which_there_is_no_room_is_an_error() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let said = Child::start_with_memory("little memory", &path, KILOBYTES)?.finish()?;
    assert_eq!(said, ["refused", "written"]);
    let connection = Connection::open(&path)?;
    assert_gives(&connection, "SELECT count(*) FROM t", 2);
    assert_gives(&connection, "SELECT length(a) FROM t WHERE k = 2", 20_000_000);
    assert_gives(&connection, "PRAGMA integrity_check", "ok");
    Ok(())
}

/// What the child does.
pub(crate) fn work(path: &Path) -> TestResult {
    let database = Database::open_with(path, &config("many")?)?;
    let connection = database.connect()?;
    connection.execute_batch("CREATE TABLE t (k INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'one')")?;
    let million = "hex(zeroblob(500000))";
    let twenty = "zeroblob(20000000)";
    for value in [
        "zeroblob(900000000)".to_owned(),
        "randomblob(900000000)".to_owned(),
        "printf('%900000000d', 1)".to_owned(),
        "printf('%.900000000d', 1)".to_owned(),
        "printf('%*s', 900000000, 'x')".to_owned(),
        "printf('%.900000000c', 'x')".to_owned(),
        format!("replace({million}, '0', printf('%800s', 'x'))"),
        "hex(zeroblob(250000000))".to_owned(),
        "quote(zeroblob(250000000))".to_owned(),
        "zeroblob(250000000) || zeroblob(250000000)".to_owned(),
        format!("concat({})", vec![twenty; 20].join(", ")),
    ] {
        for sql in [format!("SELECT length({value})"), format!("UPDATE t SET a = {value}")] {
            let error = connection.execute_batch(&sql).err().ok_or_else(|| format!("{sql} was run"))?;
            assert_eq!((error.kind(), error.message()), (ErrorKind::OutOfMemory, "out of memory"), "{sql}");
        }
        assert_gives(&connection, "SELECT a FROM t", "one");
    }
    say("refused")?;
    connection.execute_batch(&format!("INSERT INTO t VALUES (2, {twenty})"))?;
    assert_gives(&connection, "SELECT octet_length(a || a || a) FROM t WHERE k = 2", 60_000_000);
    say("written")?;
    Ok(database.close()?)
}
