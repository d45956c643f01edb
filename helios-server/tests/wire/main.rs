//! What a server answers to clients that keep to the protocol and to those that do not.

mod answers;
mod client;
mod copying;
mod fuzz;
mod locks;
mod rights;
mod safety;
mod sequences;
mod sessions;

use std::io::Read;
use std::time::Duration;

use client::{Client, code, message, text};
use helios::Database;
use helios_server::{Authentication, Options, Server};

fn options() -> Options {
    Options { port: 0, ..Options::default() }
}

fn server_with(options: Options) -> Server {
    let database = Database::open_in_memory().expect("a database");
    Server::start(database, "app", options).expect("a server")
}

fn server() -> Server {
    server_with(options())
}

/// What a connection that is not let in is told.
fn refused(client: &mut Client) -> String {
    match client.receive() {
        Some((b'E', body)) => code(&body),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_query_has_one_answer_after_the_other() {
    let server = server();
    let mut client = Client::ready(server.port());
    assert_eq!(client.query("CREATE TABLE t (a int, b text)"), "CREATE TABLE I");
    assert_eq!(client.query("INSERT INTO t VALUES (1, 'x'), (2, NULL)"), "INSERT 0 2 I");
    assert_eq!(
        client.query("SELECT * FROM t; SELECT a > 1 FROM t"),
        "T (1,x) (2,NULL) SELECT 2 T (f) (t) SELECT 2 I"
    );
    assert_eq!(client.query(""), "I I");
    assert_eq!(client.query("nonsense"), "42601 I");
    assert_eq!(client.query("SELECT missing FROM nowhere"), "42P01 I");
}

#[test]
fn statements_of_one_query_are_one_transaction() {
    let server = server();
    let mut client = Client::ready(server.port());
    client.query("CREATE TABLE t (a int UNIQUE)");
    assert_eq!(client.query("INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)"), "INSERT 0 1 23505 I");
    assert_eq!(client.query("SELECT count(*) FROM t"), "T (0) SELECT 1 I");
    assert_eq!(
        client.query("BEGIN; INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (1)"),
        "BEGIN INSERT 0 1 COMMIT 23505 I"
    );
    assert_eq!(client.query("SELECT count(*) FROM t"), "T (1) SELECT 1 I");
}

#[test]
fn a_transaction_that_has_failed_takes_only_its_end() {
    let server = server();
    let mut client = Client::ready(server.port());
    client.query("CREATE TABLE t (a int)");
    assert_eq!(client.query("BEGIN"), "BEGIN T");
    assert_eq!(client.query("SAVEPOINT s"), "SAVEPOINT T");
    assert_eq!(client.query("SELECT missing"), "42703 E");
    assert_eq!(client.query("SELECT 1"), "25P02 E");
    assert_eq!(client.query("ROLLBACK TO s"), "ROLLBACK T");
    assert_eq!(client.query("INSERT INTO t VALUES (1)"), "INSERT 0 1 T");
    assert_eq!(client.query("SELECT missing"), "42703 E");
    assert_eq!(client.query("COMMIT"), "ROLLBACK I");
    assert_eq!(client.query("SELECT count(*) FROM t"), "T (0) SELECT 1 I");
}

/// Parse, Bind, Execute of a text without parameters.
fn pipelined(sql: &str) -> Vec<u8> {
    [
        message(b'P', &[text(""), text(sql), vec![0, 0]].concat()),
        message(b'B', &[text(""), text(""), vec![0; 6]].concat()),
        message(b'E', &[text(""), vec![0; 4]].concat()),
    ]
    .concat()
}

#[test]
fn a_pipeline_up_to_its_sync_is_one_transaction() {
    let server = server();
    let mut client = Client::ready(server.port());
    client.query("CREATE TABLE t (a int UNIQUE)");
    let statements = ["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)"];
    let mut bytes: Vec<u8> = statements.iter().flat_map(|sql| pipelined(sql)).collect();
    bytes.extend(message(b'S', &[]));
    client.send(&bytes);
    assert_eq!(client.answer(), "1 2 INSERT 0 1 1 2 23505 I");
    assert_eq!(client.query("SELECT count(*) FROM t"), "T (0) SELECT 1 I");
}

/// MOVE begins a portal of the protocol that was bound and not run yet.
#[test]
fn a_bound_portal_is_moved() {
    let server = server();
    let mut client = Client::ready(server.port());
    client.query("BEGIN");
    let bytes = [
        message(b'P', &[text(""), text("SELECT generate_series(1, 9)"), vec![0, 0]].concat()),
        message(b'B', &[text("far"), text(""), vec![0; 6]].concat()),
        message(b'S', &[]),
    ];
    client.send(&bytes.concat());
    assert_eq!(client.answer(), "1 2 T");
    assert_eq!(client.query("MOVE FORWARD 4 far"), "MOVE 4 T");
    assert_eq!(client.query("FETCH 1 FROM far"), "T (5) FETCH 1 T");
    let execute = message(b'E', &[text("far"), 2_i32.to_be_bytes().to_vec()].concat());
    client.send(&[execute, message(b'S', &[])].concat());
    assert_eq!(client.answer(), "(6) (7) s T");
}

/// Outside of a transaction its modes are those that the next one will have.
#[test]
fn modes_of_transactions_to_come_are_shown() {
    let server = server();
    let mut client = Client::ready(server.port());
    client.query("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY");
    assert_eq!(client.query("SHOW TRANSACTION ISOLATION LEVEL"), "T (serializable) SHOW I");
    assert_eq!(client.query("SHOW transaction_read_only"), "T (on) SHOW I");
    client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE");
    assert_eq!(client.query("SHOW TRANSACTION ISOLATION LEVEL"), "T (repeatable read) SHOW T");
    assert_eq!(client.query("SHOW transaction_read_only"), "T (off) SHOW T");
}

/// A client that sends Flush and waits, as asyncpg does with new statements, is told of an error before its Sync.
#[test]
fn an_error_does_not_wait_for_the_sync() {
    let server = server();
    let mut client = Client::ready(server.port());
    for sql in ["SELEC 1", "SELECT nothing", "SELECT 1::nothing", "SELECT 1"] {
        let bytes = [
            message(b'P', &[text("s"), text(sql), vec![0, 0]].concat()),
            message(b'D', &[vec![b'S'], text("s")].concat()),
            message(b'H', &[]),
        ];
        client.send(&bytes.concat());
        let (kind, _) = client.receive().unwrap();
        assert_eq!(kind, if sql == "SELECT 1" { b'1' } else { b'E' }, "{sql}");
        client.send(&message(b'S', &[]));
        client.answer();
    }
}

#[test]
fn a_portal_gives_its_rows_piece_by_piece() {
    let server = server();
    let mut client = Client::ready(server.port());
    let execute = message(b'E', &[text(""), 2_i32.to_be_bytes().to_vec()].concat());
    let bytes = [
        message(
            b'P',
            &[text(""), text("SELECT value FROM generate_series(1, 3) AS value"), vec![0, 0]].concat(),
        ),
        message(b'B', &[text(""), text(""), vec![0; 6]].concat()),
        execute.clone(),
        execute,
        message(b'S', &[]),
    ];
    client.send(&bytes.concat());
    assert_eq!(client.answer(), "1 2 (1) (2) s (3) SELECT 1 I");
}

#[test]
fn cancelling_stops_what_runs() {
    let server = server();
    let mut client = Client::asking(server.port(), "app");
    let (messages, _) = client.until_ready();
    let (_, key) = messages.iter().find(|(kind, _)| *kind == b'K').expect("a key");
    client.send(&message(b'Q', &text("SELECT pg_sleep(1000)")));
    let cancel = [&16_i32.to_be_bytes()[..], &80_877_102_i32.to_be_bytes(), key].concat();
    // The statement may not have begun when the first request comes.
    let answer = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| client.answer());
        while !waiting.is_finished() {
            Client::silent(server.port()).send(&cancel);
            std::thread::sleep(Duration::from_millis(5));
        }
        waiting.join().expect("an answer")
    });
    assert!(answer.ends_with("57014 I"), "{answer}");
}

#[test]
fn a_statement_that_runs_for_too_long_is_stopped() {
    let server = server();
    let mut client = Client::ready(server.port());
    assert_eq!(client.query("SET statement_timeout = '20ms'"), "SET I");
    let answer = client.query("SELECT pg_sleep(1000)");
    assert!(answer.ends_with("57014 I"), "{answer}");
}

#[test]
fn who_idles_in_a_transaction_has_to_go() {
    let server = server_with(Options { idle_in_transaction_timeout: Duration::from_millis(20), ..options() });
    let mut client = Client::ready(server.port());
    assert_eq!(client.query("BEGIN"), "BEGIN T");
    assert_eq!(client.answer(), "25P03 end");
}

#[test]
fn wrong_databases_protocols_and_networks_are_refused() {
    let server = server();
    assert_eq!(refused(&mut Client::asking(server.port(), "other")), "3D000");
    assert_eq!(refused(&mut Client::asking(server.port(), "app@nowhere")), "3D000");
    let mut old = Client::silent(server.port());
    old.send(&[0, 0, 0, 8, 0, 2, 0, 0]);
    assert_eq!(refused(&mut old), "0A000");
    let elsewhere =
        server_with(Options { allowed_ips: vec!["10.0.0.0/8".parse().expect("a network")], ..options() });
    assert_eq!(refused(&mut Client::asking(elsewhere.port(), "app")), "28000");
    assert_eq!(elsewhere.status().rejected_connections, 1);
}

#[test]
fn who_is_refused_is_told_so_after_asking_for_tls_too() {
    let elsewhere =
        server_with(Options { allowed_ips: vec!["10.0.0.0/8".parse().expect("a network")], ..options() });
    let mut client = Client::silent(elsewhere.port());
    // GSSAPI, then TLS, as libpq asks; each is answered before anything else is said.
    for request in [80_877_104_i32, 80_877_103] {
        client.send(&[8_i32.to_be_bytes(), request.to_be_bytes()].concat());
        let mut answer = [0];
        client.socket.read_exact(&mut answer).expect("an answer");
        assert_eq!(answer, *b"N");
    }
    client.ask("app");
    assert_eq!(refused(&mut client), "28000");
    assert_eq!(client.receive(), None);
    // Who says nothing is in nobody's way, however many there are.
    let silent: Vec<Client> = (0..30).map(|_| Client::silent(elsewhere.port())).collect();
    for _ in 0..30 {
        assert_eq!(refused(&mut Client::asking(elsewhere.port(), "app")), "28000");
    }
    drop(silent);
}

#[test]
fn moments_without_a_zone_are_in_the_time_zone_of_the_session() {
    let database = Database::open_in_memory().expect("a database");
    database.keep_history().expect("history");
    let server = Server::start(database, "app", options()).expect("a server");
    let mut client = Client::ready(server.port());
    client.query("CREATE TABLE t (a int)");
    client.query("INSERT INTO t VALUES (1)");
    let newest = "(SELECT committed_at::timestamptz FROM helios_commits() ORDER BY id DESC LIMIT 1)";
    let zones = ["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati"];
    let local = zones.map(|zone| {
        let answer = client.query(&format!("SELECT timezone('{zone}', {newest})"));
        answer.split(['(', ')']).nth(1).expect("one value").to_owned()
    });
    client.query("INSERT INTO t VALUES (2)");
    for (zone, local) in zones.iter().zip(&local) {
        assert!(client.query(&format!("SET TimeZone = '{zone}'")).contains("SET"), "{zone}");
        let query = format!("SELECT count(*) FROM t AS OF TIMESTAMP '{local}'");
        assert_eq!(client.query(&query), "T (1) SELECT 1 I", "{zone}: {local}");
    }
    // The zone is the one that there is when a statement runs, not when it was prepared.
    client.query(&format!("PREPARE p AS SELECT count(*) FROM t AS OF TIMESTAMP '{}'", local[1]));
    client.query("SET TimeZone = 'Asia/Kolkata'");
    assert_eq!(client.query("EXECUTE p"), "T (1) SELECT 1 I");
    client.query("SET TimeZone = 'UTC'");
    assert_eq!(client.query("EXECUTE p"), "T (2) SELECT 1 I");
    assert_eq!(client.query("SET TimeZone = 'Nowhere/Atlantis'"), "22023 I");
}

#[test]
fn clients_of_our_own_say_who_the_users_are() {
    let database = Database::open_in_memory().expect("a database");
    let server = Server::start(database.clone(), "app", options()).expect("a server");
    let mut client = Client::silent(server.port());
    client.ask_with(&["user", "ada", "database", "app", "helios.dialect", "sqlite"]);
    client.until_ready();
    let has = |name: &str| database.user(name).expect("users can be read").is_some();
    assert_eq!(client.query("CREATE TABLE t (a); CREATE USER eve PASSWORD 'x'; SELECT 1"), "DONE 0 -1 0 I");
    assert!(has("eve"));
    client.send(&[pipelined("CREATE USER bob PASSWORD 'y'"), message(b'S', &[])].concat());
    assert_eq!(client.answer(), "1 2 DONE 0 -1 0 I");
    client.send(&[pipelined("DROP USER eve"), message(b'S', &[])].concat());
    assert_eq!(client.answer(), "1 2 DONE 0 -1 0 I");
    assert_eq!((has("eve"), has("bob")), (false, true));
    assert_eq!(client.query("CREATE USER"), "42601 I");
}

#[test]
fn a_server_that_has_stopped_has_closed_its_database() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.db");
    let database = Database::open(&path).expect("a database");
    let server = Server::start(database, "app", options()).expect("a server");
    let mut client = Client::ready(server.port());
    client.query("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
    server.stop();
    let names = std::fs::read_dir(directory.path()).expect("a directory");
    let names: Vec<_> = names.map(|entry| entry.expect("a name").file_name()).collect();
    assert_eq!(names, ["a.db"]);
    // Nobody has it open: other settings of the same process are let in.
    let alone = helios::Config::loader().argument("storage.redb.processes", "one").load().expect("settings");
    let connection = Database::open_with(&path, &alone).expect("a database").connect().expect("a connection");
    let count: i64 = connection.query_row("SELECT count(*) FROM t", (), |row| row.get(0)).expect("a count");
    assert_eq!((count, server.status().total_connections), (1, 1));
    server.stop();
}

#[test]
fn without_a_password_nobody_gets_in() {
    let users = vec![("ada".to_owned(), "secret".to_owned())];
    let server = server_with(Options { authentication: Authentication::Password, users, ..options() });
    let mut client = Client::asking(server.port(), "app");
    assert!(matches!(client.receive(), Some((b'R', body)) if body.starts_with(&[0, 0, 0, 10])));
    client.send(&message(b'Q', &text("SELECT 1")));
    assert_eq!(refused(&mut client), "08P01");
}

#[test]
fn no_more_than_may_be_are_let_in() {
    let server = server_with(Options { max_connections: 2, ..options() });
    let (first, mut second) = (Client::ready(server.port()), Client::ready(server.port()));
    for _ in 0..200 {
        assert_eq!(refused(&mut Client::asking(server.port(), "app")), "53300");
    }
    assert_eq!(second.query("SELECT 1"), "T (1) SELECT 1 I");
    drop(first);
    // Its place is free as soon as the server has seen that it has gone.
    while server.status().active_connections == 2 {
        std::thread::yield_now();
    }
    assert_eq!(Client::ready(server.port()).query("SELECT 1"), "T (1) SELECT 1 I");
}

#[test]
fn a_crowd_is_refused_and_those_inside_are_served() {
    let server = server_with(Options { max_connections: 100, ..options() });
    let mut inside: Vec<Client> = (0..100).map(|_| Client::ready(server.port())).collect();
    // Some say nothing, some go away in the middle of what they say.
    let silent: Vec<Client> = (0..50).map(|_| Client::silent(server.port())).collect();
    for number in 0..1_850 {
        let mut outside = Client::asking(server.port(), "app");
        if number % 2 == 0 {
            assert_eq!(refused(&mut outside), "53300");
        }
    }
    for client in &mut inside {
        assert_eq!(client.query("SELECT 1"), "T (1) SELECT 1 I");
    }
    assert_eq!(server.status().active_connections, 100);
    drop(silent);
}

#[test]
fn several_tables_go_at_once_or_none() {
    let server = server();
    let mut client = Client::ready(server.port());
    client.query("CREATE TABLE a (x int); CREATE TABLE b (x int)");
    assert_eq!(client.query("DROP TABLE a, missing"), "42P01 I");
    assert_eq!(client.query("SELECT count(*) FROM a"), "T (0) SELECT 1 I");
    assert_eq!(client.query("DROP TABLE IF EXISTS a, missing, b CASCADE"), "DROP TABLE I");
    assert_eq!(client.query("SELECT count(*) FROM b"), "42P01 I");
}

#[test]
fn a_client_that_does_not_say_who_it_is_is_not_waited_for() {
    let server = server_with(Options { connection_timeout: Duration::from_millis(20), ..options() });
    let mut slow = Client::silent(server.port());
    slow.send(&[0, 0]);
    assert_eq!(slow.receive(), None);
}

#[test]
fn stopping_says_good_bye_and_undoes_what_is_open() {
    let database = Database::open_in_memory().expect("a database");
    let server = Server::start(database.clone(), "app", options()).expect("a server");
    let mut client = Client::ready(server.port());
    client.query("CREATE TABLE t (a int)");
    client.query("BEGIN; INSERT INTO t VALUES (1)");
    server.stop();
    assert_eq!(client.answer(), "57P01 end");
    let connection = database.connect().expect("a connection");
    let count: i64 = connection.query_row("SELECT count(*) FROM t", (), |row| row.get(0)).expect("a count");
    assert_eq!(count, 0);
}

#[test]
fn a_port_that_is_taken_is_an_error_that_names_it() {
    let first = server();
    let database = Database::open_in_memory().expect("a database");
    let taken = Options { port: first.port(), ..Options::default() };
    let error = Server::start(database, "app", taken).expect_err("the port is taken");
    assert!(error.message().contains(&first.port().to_string()), "{}", error.message());
}

/// A generator of numbers that begins with a seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// Bytes that are a message, or nearly one.
    fn message(&mut self) -> Vec<u8> {
        let texts = [
            "SELECT 1",
            "BEGIN",
            "COPY t FROM STDIN",
            "FETCH 1 FROM c",
            "",
            "SELECT $1::int",
            "\u{fffd}",
            "s",
        ];
        let kinds = b"QPBDECHSXpdcfF?";
        let mut body = Vec::new();
        for _ in 0..self.below(5) {
            match self.below(3) {
                0 => body.extend(text(texts[self.below(texts.len())])),
                1 => body.extend((0..self.below(9)).map(|_| self.below(256) as u8).collect::<Vec<_>>()),
                _ => body.extend(vec![0; self.below(7)]),
            }
        }
        let mut bytes = message(kinds[self.below(kinds.len())], &body);
        if self.below(8) == 0 {
            let at = self.below(bytes.len());
            bytes[at] = self.below(256) as u8;
        }
        bytes
    }
}

/// How many random messages there are, and how many in the tests at full length.
const INPUTS: usize = 20_000;
const MANY_INPUTS: usize = 1_000_000;

#[test]
fn whatever_comes_others_are_served() {
    let seed = std::env::var("HELIOS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(9);
    println!("HELIOS_SEED={seed}");
    let server = server();
    let mut steady = Client::ready(server.port());
    assert_eq!(steady.query("CREATE TABLE t (a int)"), "CREATE TABLE I");
    let mut random = Random(seed);
    let mut sent = 0;
    let inputs = if std::env::var_os("HELIOS_EXTENDED").is_some() { MANY_INPUTS } else { INPUTS };
    while sent < inputs {
        let mut client = match random.below(8) {
            0 => Client::silent(server.port()),
            _ => Client::ready(server.port()),
        };
        for _ in 0..40 {
            sent += 1;
            // The server may have ended the connection.
            if std::io::Write::write_all(&mut client.socket, &random.message()).is_err() {
                break;
            }
        }
        drop(client);
        if sent % 2000 < 40 {
            assert_eq!(steady.query("SELECT 1"), "T (1) SELECT 1 I", "seed {seed}");
        }
    }
    assert_eq!(steady.query("SELECT 1"), "T (1) SELECT 1 I", "seed {seed}");
    let mut last = Client::ready(server.port());
    assert_eq!(last.query("SELECT 2"), "T (2) SELECT 1 I", "seed {seed}");
}
