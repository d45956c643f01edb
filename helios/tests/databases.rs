//! Open databases: who shares an engine, and when it closes.

use helios::{Access, Config, Connection, Database, ErrorKind, Place, params};

fn count(connection: &Connection) -> helios::Result<i64> {
    connection.query_row("SELECT count(*) FROM t", (), |row| row.get(0))
}

#[test]
fn all_names_of_a_file_lead_to_one_engine() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    let link = directory.path().join("b.db");
    let first = Connection::open(&path).unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let second = Connection::open(&link).unwrap();
    first.execute("CREATE TABLE t (a)", ()).unwrap();
    second.execute("INSERT INTO t VALUES (1)", ()).unwrap();
    assert_eq!(count(&first).unwrap(), 1);
    drop(first);
    assert_eq!(count(&second).unwrap(), 1);
}

#[test]
fn the_last_close_leaves_one_file_that_can_be_moved_and_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let (path, moved) = (directory.path().join("a.db"), directory.path().join("moved.db"));
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    drop(connection);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    std::fs::rename(&path, &moved).unwrap();
    assert_eq!(count(&Connection::open(&moved).unwrap()).unwrap(), 1);
}

#[test]
fn a_file_that_was_replaced_is_another_database() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    std::fs::rename(&path, directory.path().join("old.db")).unwrap();
    let new = Connection::open(&path).unwrap();
    new.execute_batch("CREATE TABLE t (a)").unwrap();
    assert_eq!((count(&old).unwrap(), count(&new).unwrap()), (1, 0));
}

#[test]
fn threads_that_open_and_close_one_file_never_meet_half_a_database() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_i64 {
            let path = &path;
            scope.spawn(move || {
                for round in 0..10_i64 {
                    let connection = Connection::open(path).unwrap();
                    connection.execute("INSERT INTO t VALUES (?)", [thread * 10 + round]).unwrap();
                }
            });
        }
    });
    assert_eq!(count(&Connection::open(&path).unwrap()).unwrap(), 40);
}

#[test]
fn other_settings_for_an_open_file_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    let _open = Database::open(&path).unwrap();
    let config = Config::loader().argument("storage.cache_mb", 8_i64).load().unwrap();
    assert_eq!(Database::open_with(&path, &config).unwrap_err().kind(), ErrorKind::CannotOpen);
}

#[test]
fn databases_in_memory_are_private_unless_they_have_a_name() {
    let config = Config::default();
    let private = [(); 2].map(|()| Connection::open(":memory:").unwrap());
    private[0].execute_batch("CREATE TABLE t (a)").unwrap();
    private[1].execute_batch("CREATE TABLE t (a)").unwrap();
    let place = Place::Shared("s".into());
    let shared = [(); 2].map(|()| Database::open_place(&place, &config).unwrap().connect().unwrap());
    shared[0].execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    assert_eq!(count(&shared[1]).unwrap(), 1);
}

#[test]
fn a_file_for_reading_is_not_made_and_not_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    let config = Config::default();
    let place = Place::File(path.clone(), Access::Read);
    assert_eq!(Database::open_place(&place, &config).unwrap_err().kind(), ErrorKind::CannotOpen);
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let connection = Database::open_place(&place, &config).unwrap().connect().unwrap();
    assert_eq!(count(&connection).unwrap(), 0);
    let refused = connection.execute("INSERT INTO t VALUES (1)", ()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ReadOnly);
}

#[test]
fn a_transaction_that_is_dropped_is_undone() {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE t (a)").unwrap();
    let transaction = connection.transaction().unwrap();
    transaction.execute("INSERT INTO t VALUES (?)", params![1]).unwrap();
    assert_eq!(count(&transaction).unwrap(), 1);
    drop(transaction);
    assert_eq!(count(&connection).unwrap(), 0);
    assert!(connection.is_autocommit());
}

#[test]
fn branches_go_their_own_ways() {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    connection.create_branch("other").unwrap();
    connection.set_branch("other").unwrap();
    connection.execute("INSERT INTO t VALUES (2)", ()).unwrap();
    assert_eq!(count(&connection).unwrap(), 2);
    connection.set_branch("main").unwrap();
    assert_eq!(count(&connection).unwrap(), 1);
    assert_eq!(connection.set_branch("none").unwrap_err().message(), "no such branch: none");
}

#[test]
fn a_branch_is_attached_by_the_uri_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.db");
    let uri = |options: &str| format!("file:{}{options}", path.display());
    let main = Connection::open(&path).unwrap();
    main.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    main.database().create_branch("team/b", "main").unwrap();
    let side = main.database().connect_to("team/b").unwrap();
    side.execute_batch("INSERT INTO t VALUES (2); CREATE TABLE only_there (a)").unwrap();

    let other = Database::open_in_memory().unwrap().connect().unwrap();
    other.execute("ATTACH ? AS y", params![uri("?mode=rw&branch=team%2Fb")]).unwrap();
    other.execute("ATTACH ? AS z", params![uri("")]).unwrap();
    let numbers = |connection: &Connection, table: &str| -> Vec<i64> {
        connection.query(&format!("SELECT a FROM {table} ORDER BY a"), (), |row| row.get(0)).unwrap()
    };
    assert_eq!((numbers(&other, "y.t"), numbers(&other, "z.t")), (vec![1, 2], vec![1]));
    // What is written goes to the branch alone, also in one transaction with its parent and with indexes.
    other
        .execute_batch(
            "BEGIN; CREATE UNIQUE INDEX y.i ON t (a); INSERT INTO y.t VALUES (3); INSERT INTO z.t VALUES (4);
             UPDATE y.t SET a = a + 10 WHERE a IN (SELECT a FROM z.t); COMMIT",
        )
        .unwrap();
    assert_eq!((numbers(&side, "t"), numbers(&main, "t")), (vec![2, 3, 11], vec![1, 4]));
    assert!(other.execute("INSERT INTO y.t VALUES (2)", ()).is_err(), "the index is there");
    main.execute("INSERT INTO t VALUES (5), (5)", ()).unwrap();
    assert_eq!(numbers(&other, "y.only_there"), []);
    assert_eq!(numbers(&side, "t"), [2, 3, 11]);
    // Detached and attached once more, as for what has to exist.
    other.execute_batch("DETACH y; DETACH z").unwrap();
    for (options, message) in [
        ("?branch=none", "no such branch: none"),
        ("?branch=team%2Fb&branch=main", "two branches are named: team/b and main"),
    ] {
        let error = other.execute("ATTACH ? AS y", params![uri(options)]).unwrap_err();
        assert_eq!(error.message(), message, "{options}");
        assert!(other.execute("DETACH y", ()).is_err(), "nothing is attached");
    }
    let error = other.execute("VACUUM INTO 'file:new.db?branch=b'", ()).unwrap_err();
    assert_eq!(error.message(), "no such branch: b");
}
