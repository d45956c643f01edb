//! FOR UPDATE: who has asked for rows that way is alone with them until its transaction ends.

use super::client::Client;
use super::server;

/// Clients that count up at once.
const CLIENTS: usize = 4;
/// How often each does.
const ROUNDS: usize = 25;

/// Has clients count up at once, each in transactions that begin with `begin`, read the number that they are alone with by `read`
/// and write the next one. No count is lost.
fn count_up(port: u16, begin: (&str, &str), read: &str, write: impl Fn(usize) -> String + Sync) {
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = Client::ready(port);
                client.query("SET lock_timeout = '60s'");
                for _ in 0..ROUNDS {
                    assert_eq!(client.query(begin.0), begin.1);
                    let count = number(&client.query(read));
                    let written = client.query(&format!("{}; COMMIT", write(count + 1)));
                    assert_eq!(written, "UPDATE 1 COMMIT I");
                }
            });
        }
    });
    assert_eq!(number(&Client::ready(port).query(read)), CLIENTS * ROUNDS);
}

/// The number in an answer of one.
fn number(answer: &str) -> usize {
    let number = answer.split(['(', ')']).nth(1).and_then(|text| text.parse().ok());
    number.unwrap_or_else(|| panic!("{answer}"))
}

#[test]
fn who_reads_rows_for_update_loses_none_of_anothers_changes() {
    let server = server();
    Client::ready(server.port())
        .query("CREATE TABLE accounts (id int PRIMARY KEY, balance int); INSERT INTO accounts VALUES (1, 0)");
    let read = "SELECT balance FROM accounts WHERE id = 1 FOR UPDATE";
    count_up(server.port(), ("BEGIN", "BEGIN T"), read, |balance| {
        format!("UPDATE accounts SET balance = {balance} WHERE id = 1")
    });
}

#[test]
fn who_does_not_want_to_wait_is_told_that_it_would_have_to() {
    let server = server();
    let (mut first, mut second) = (Client::ready(server.port()), Client::ready(server.port()));
    first.query("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
    assert_eq!(first.query("BEGIN; SELECT a FROM t FOR SHARE"), "BEGIN T (1) SELECT 1 T");
    assert_eq!(second.query("BEGIN; SELECT a FROM t FOR UPDATE NOWAIT"), "BEGIN 55P03 E");
    assert_eq!(second.query("ROLLBACK; SELECT a FROM t"), "ROLLBACK T (1) SELECT 1 I");
    first.query("COMMIT");
    assert_eq!(
        second.query("BEGIN; SELECT a FROM t FOR UPDATE NOWAIT; COMMIT"),
        "BEGIN T (1) SELECT 1 COMMIT I"
    );
    // Without a transaction around it, nothing lasts.
    assert_eq!(first.query("SELECT a FROM t FOR UPDATE"), "T (1) SELECT 1 I");
    assert_eq!(second.query("UPDATE t SET a = 2"), "UPDATE 1 I");
}

#[test]
fn advisory_locks_hold_between_clients_until_they_are_given_back() {
    let server = server();
    let port = server.port();
    let mut witness = Client::ready(port);
    witness.query("CREATE TABLE counters (n int); INSERT INTO counters VALUES (0)");
    // What was committed by who had the lock before is seen, and nobody writes in between.
    let begin = ("BEGIN; SELECT pg_advisory_xact_lock(7)", "BEGIN T () SELECT 1 T");
    count_up(port, begin, "SELECT n FROM counters", |count| format!("UPDATE counters SET n = {count}"));

    let mut holder = Client::ready(port);
    assert_eq!(holder.query("SELECT pg_advisory_lock(1, 2)"), "T () SELECT 1 I");
    assert_eq!(witness.query("SELECT pg_try_advisory_lock(1, 2)"), "T (f) SELECT 1 I");
    assert_eq!(witness.query("SET lock_timeout = '50ms'; SELECT pg_advisory_lock(1, 2)"), "SET T 55P03 I");
    assert_eq!(witness.query("SET statement_timeout = '80ms'"), "SET I");
    assert_eq!(witness.query("SET lock_timeout = 0; SELECT pg_advisory_lock(1, 2)"), "SET T 57014 I");
    witness.query("RESET ALL");
    // A client that goes leaves nothing behind.
    drop(holder);
    assert_eq!(witness.query("SELECT pg_advisory_lock(1, 2)"), "T () SELECT 1 I");
}
