//! What a client says from its beginning to its end, as one input: sessions that are right, and a server that hears others.
//!
//! In: any bytes. Out: the server has answered or closed, and has gone on to the end of what was said; never a panic in one of
//! its threads, nor a wait without end. `fuzz.rs` changes the sessions at random places, the target `wire` of `fuzz/` looks for
//! new ones by what of the server they reach.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use helios::Database;
use helios_server::{Options, Server};

use super::client::{message, text};

/// The first byte of an input: a client that is let in first, or nothing before the bytes.
const LET_IN: u8 = b'+';
const FROM_THE_BEGINNING: u8 = b'-';

/// How long a server may take for one input.
const LONG: Duration = Duration::from_secs(60);

/// The packet that asks for a database, with names and values of parameters.
fn startup(parameters: &[&str]) -> Vec<u8> {
    let mut body = 196_608_i32.to_be_bytes().to_vec();
    body.extend(parameters.iter().chain([&""]).flat_map(|part| text(part)));
    [&(body.len() as i32 + 4).to_be_bytes()[..], &body].concat()
}

/// Sessions that are right, with all kinds of messages.
pub(crate) fn sessions() -> Vec<Vec<u8>> {
    let query = |sql: &str| message(b'Q', &text(sql));
    let parse = |name: &str, sql: &str| message(b'P', &[text(name), text(sql), vec![0, 0]].concat());
    // Of one parameter, and one format for all columns of the result.
    let bind = |name: &str, format: u8, value: &[u8], result: u8| {
        let length = (value.len() as i32).to_be_bytes();
        let formats = [0, 1, 0, format, 0, 1];
        let rest = [0, 1, 0, result];
        message(b'B', &[&text("")[..], &text(name), &formats, &length, value, &rest].concat())
    };
    let execute = |rows: i32| message(b'E', &[&text("")[..], &rows.to_be_bytes()].concat());
    let describe = |kind: u8, name: &str| message(b'D', &[&[kind][..], &text(name)].concat());
    let (sync, flush, end) = (message(b'S', &[]), message(b'H', &[]), message(b'X', &[]));
    let copied = [message(b'd', b"1\tone\n2\t\\N\n"), message(b'c', &[])].concat();
    let let_in: Vec<Vec<Vec<u8>>> = vec![
        vec![query("SELECT 1, 'x'::text, NULL, 1.5::numeric(9,2), now(), ARRAY[1,2]"), end.clone()],
        vec![query("CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t VALUES (1, 'x') RETURNING *")],
        vec![query("BEGIN; SELECT nonsense"), query("SELECT 1"), query("ROLLBACK"), query("")],
        vec![
            query("CREATE TABLE t (a int, b text)"),
            query("COPY t FROM STDIN"),
            copied,
            query("SELECT * FROM t"),
        ],
        vec![
            query("CREATE TABLE t (a int)"),
            query("COPY t FROM STDIN (FORMAT csv)"),
            message(b'f', &text("no")),
        ],
        vec![query("COPY (SELECT 1, 'a,b') TO STDOUT (FORMAT csv, HEADER)"), query("SHOW TimeZone")],
        vec![query("COPY (SELECT 1::int8, 'x') TO STDOUT (FORMAT binary)")],
        vec![
            query("SET helios.branch = 'main'; SET DateStyle = 'ISO'; SHOW ALL"),
            query("SELECT * FROM pg_class"),
        ],
        vec![
            parse("", "SELECT $1::int8 + 1"),
            bind("", 0, b"41", 1),
            describe(b'P', ""),
            execute(0),
            sync.clone(),
        ],
        vec![
            parse("s", "SELECT $1::bytea"),
            describe(b'S', "s"),
            bind("s", 1, &[0, 255], 0),
            execute(0),
            sync.clone(),
        ],
        vec![
            parse("", "SELECT $1::timestamptz"),
            bind("", 1, &7_i64.to_be_bytes(), 1),
            execute(1),
            sync.clone(),
        ],
        vec![
            parse("", "SELECT $1::numeric"),
            bind("", 1, &[0, 1, 0, 0, 0, 0, 0, 2, 0, 7], 1),
            execute(0),
            sync.clone(),
        ],
        vec![
            parse("", "SELECT * FROM generate_series(1, $1)"),
            bind("", 0, b"9", 0),
            execute(4),
            execute(4),
            sync.clone(),
        ],
        vec![parse("s", "SELECT 1"), message(b'C', &[&b"S"[..], &text("s")].concat()), flush, sync.clone()],
        vec![
            query("DECLARE c CURSOR FOR SELECT 1"),
            query("BEGIN; DECLARE c CURSOR FOR SELECT 1; FETCH 5 FROM c; CLOSE c"),
        ],
        vec![query("PREPARE p AS SELECT $1::int; EXECUTE p(3); DEALLOCATE p"), query("SELECT 1/0"), sync],
    ];
    let mut inputs: Vec<Vec<u8>> =
        let_in.iter().map(|messages| [&[LET_IN][..], &messages.concat()].concat()).collect();
    let number = |code: i32| [8_i32.to_be_bytes(), code.to_be_bytes()].concat();
    let others = [
        startup(&["user", "ada", "database", "app"]),
        startup(&[
            "user",
            "ada",
            "database",
            "app@main",
            "options",
            "-c statement_timeout=500",
            "client_encoding",
            "UTF8",
        ]),
        startup(&["user", "ada", "database", "app", "helios.dialect", "sqlite"]),
        startup(&["user", "ada", "database", "missing"]),
        // TLS, GSSAPI, and a request to cancel.
        [number(80_877_103), startup(&["user", "ada", "database", "app"])].concat(),
        [number(80_877_104), startup(&["user", "ada"])].concat(),
        [16_i32, 80_877_102, 1, 2].iter().flat_map(|part| part.to_be_bytes()).collect(),
    ];
    inputs.extend(others.iter().map(|bytes| [&[FROM_THE_BEGINNING][..], bytes, &query("SELECT 1")].concat()));
    inputs
}

/// A server that hears inputs, each by a client of its own.
pub(crate) struct Listening {
    server: Server,
}

impl Listening {
    /// Starts it, on a database of its own. Statements that take longer than half a second are stopped.
    ///
    /// # Errors
    /// There is no port, or no memory.
    pub(crate) fn new() -> helios::Result<Listening> {
        let options =
            Options { port: 0, statement_timeout: Duration::from_millis(500), ..Options::default() };
        Ok(Listening { server: Server::start(Database::open_in_memory()?, "app", options)? })
    }

    /// Says an input, and reads all that the server says to it.
    ///
    /// # Panics
    /// The server does not listen any more, or is silent without closing for a minute.
    pub(crate) fn read(&self, input: &[u8]) {
        let mut socket = TcpStream::connect(("127.0.0.1", self.server.port())).expect("the server listens");
        socket.set_read_timeout(Some(LONG)).expect("a timeout");
        socket.set_write_timeout(Some(LONG)).expect("a timeout");
        let said = match input.split_first() {
            Some((&FROM_THE_BEGINNING, rest)) => rest.to_vec(),
            Some((_, rest)) => [&startup(&["user", "ada", "database", "app"])[..], rest].concat(),
            None => Vec::new(),
        };
        // The server may have had enough before the end, and then what it says may be lost with the rest.
        let is_heard = socket.write_all(&said).is_ok() && socket.shutdown(Shutdown::Write).is_ok();
        if is_heard && let Err(error) = socket.read_to_end(&mut Vec::new()) {
            let is_silent =
                matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut);
            assert!(!is_silent, "the server is silent after {said:?}");
        }
    }

    /// Whether it serves a client that is right.
    pub(crate) fn serves(&self) -> bool {
        let Ok(mut socket) = TcpStream::connect(("127.0.0.1", self.server.port())) else { return false };
        let said =
            [startup(&["user", "ada", "database", "app"]), message(b'Q', &text("SELECT 'here'"))].concat();
        let mut heard = Vec::new();
        let has_heard = socket.write_all(&said).is_ok()
            && socket.shutdown(Shutdown::Write).is_ok()
            && socket.read_to_end(&mut heard).is_ok();
        has_heard && heard.windows(4).any(|part| part == b"here")
    }
}
