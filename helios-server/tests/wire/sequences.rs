//! Numbers of sequences are given once, whoever asks for them: clients side by side, branches, a server after another.

use std::collections::BTreeSet;

use helios::Database;
use helios_server::Server;

use super::client::Client;
use super::{options, server};

/// The number in an answer of one row.
fn number(answer: &str) -> i64 {
    let inside = answer.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    inside.and_then(|(inside, _)| inside.parse().ok()).unwrap_or_else(|| panic!("no number in {answer}"))
}

fn on_branch(port: u16, branch: &str) -> Client {
    let mut client = Client::asking(port, &format!("app@{branch}"));
    client.until_ready();
    client
}

#[test]
fn clients_side_by_side_and_branches_get_different_numbers() {
    let server = server();
    let mut first = Client::ready(server.port());
    first.query("CREATE SEQUENCE s; CREATE TABLE t (id bigserial PRIMARY KEY, a int)");
    assert_eq!(number(&first.query("SELECT nextval('s')")), 1);
    assert_eq!(first.query("CREATE BRANCH b"), "CREATE I");
    let port = server.port();
    let given: Vec<Vec<(i64, i64)>> = std::thread::scope(|scope| {
        let work = |branch: &'static str| {
            move || {
                let mut client = on_branch(port, branch);
                let mut given = Vec::new();
                for round in 0..60 {
                    let ends = ["COMMIT", "ROLLBACK"][round % 2];
                    client.query("BEGIN");
                    let number_of_s = number(&client.query("SELECT nextval('s')"));
                    let id = number(&client.query("INSERT INTO t (a) VALUES (1) RETURNING id"));
                    client.query(ends);
                    given.push((number_of_s, id));
                }
                given
            }
        };
        let workers = ["main", "main", "b", "b"].map(|branch| scope.spawn(work(branch)));
        workers.into_iter().map(|worker| worker.join().expect("a worker")).collect()
    });
    let numbers: BTreeSet<i64> = given.iter().flatten().map(|(number, _)| *number).collect();
    let ids: BTreeSet<i64> = given.iter().flatten().map(|(_, id)| *id).collect();
    assert_eq!((numbers.len(), ids.len()), (240, 240));
    assert_eq!(number(&first.query("SELECT count(*) FROM t")), 60);
}

#[test]
fn numbers_go_on_behind_those_of_a_server_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    let mut last = 0;
    for _ in 0..3 {
        let database = Database::open(&path).expect("a database");
        let server = Server::start(database, "app", options()).expect("a server");
        let mut client = Client::ready(server.port());
        client.query("CREATE SEQUENCE IF NOT EXISTS s");
        client.query("CREATE TABLE IF NOT EXISTS t (id bigserial PRIMARY KEY)");
        for _ in 0..5 {
            let next = number(&client.query("SELECT nextval('s')"));
            assert!(next > last, "{next} after {last}");
            last = next;
        }
        let id = number(&client.query("INSERT INTO t DEFAULT VALUES RETURNING id"));
        client.query("DELETE FROM t");
        assert!(number(&client.query("INSERT INTO t DEFAULT VALUES RETURNING id")) > id);
    }
}

#[test]
fn a_statement_in_sqlites_dialect_takes_the_numbers_of_a_default_and_of_a_key_that_counts() {
    let database = Database::open_in_memory().expect("a database");
    let server = Server::start(database.clone(), "app", options()).expect("a server");
    let mut client = Client::ready(server.port());
    client.query("CREATE TABLE t (id bigserial PRIMARY KEY, a serial, b text)");
    client.query("INSERT INTO t (b) VALUES ('x'), ('y')");
    client.query("DELETE FROM t");
    let connection = database.connect().expect("a connection");
    connection.execute("INSERT INTO t (b) VALUES ('z')", ()).expect("a row");
    assert_eq!(client.query("SELECT id, a, b FROM t"), "T (3,3,z) SELECT 1 I");
    let refused = connection.execute("SELECT nextval('t_a_seq')", ()).expect_err("no such function");
    assert_eq!(refused.message(), "no such function: nextval");
    assert_eq!(client.query("ALTER TABLE t RENAME TO u; DROP TABLE u"), "ALTER TABLE DROP TABLE I");
    assert_eq!(client.query("SELECT nextval('t_a_seq')"), "T 42P01 I");
}
