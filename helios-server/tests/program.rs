//! The program: what it tells systemd, and how it stops.

#[path = "wire/client.rs"]
#[allow(dead_code, reason = "the other tests of the wire use the rest of it")]
mod client;

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use client::Client;

/// Ends the program where a test fails.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

#[test]
fn it_says_when_it_is_ready_and_when_it_stops() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("notify");
    let told = UnixDatagram::bind(&socket).expect("a socket");
    // A program that says nothing is to fail the test, not to hang it.
    told.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let hear = || {
        let mut bytes = [0; 64];
        let length = told.recv(&mut bytes).expect("something is told");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let child = Command::new(env!("CARGO_BIN_EXE_helios-server"))
        .arg(folder.path().join("app.db"))
        .args(["--port", "0"])
        .env("NOTIFY_SOCKET", &socket)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut started = Started(child);
    assert_eq!(hear(), "READY=1");
    let mut lines = BufReader::new(started.0.stdout.take().expect("its output")).lines();
    let first = lines.next().expect("a line").expect("a text");
    let address = first.rsplit("//").next().and_then(|rest| rest.split('/').next()).expect("an address");
    let mut inside = TcpStream::connect(address).expect("it listens");
    let killed = Command::new("kill").arg(started.0.id().to_string()).status().expect("kill");
    assert!(killed.success());
    assert_eq!(hear(), "STOPPING=1");
    assert!(started.0.wait().expect("its end").success());
    assert_eq!(lines.next().expect("a line").expect("a text"), "helios-server has stopped");
    // Who is connected sees the end of the connection.
    inside.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    assert_eq!(std::io::Read::read(&mut inside, &mut [0; 16]).unwrap_or(0), 0);
}

#[test]
fn slow_statements_are_logged() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("helios.toml");
    std::fs::write(&config, "[monitor]\nslow_query_ms = 0\n").expect("a file");
    let child = Command::new(env!("CARGO_BIN_EXE_helios-server"))
        .arg(folder.path().join("app.db"))
        .args(["--port", "0", "--config"])
        .arg(&config)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut started = Started(child);
    let log = BufReader::new(started.0.stderr.take().expect("its log"));
    let mut lines = BufReader::new(started.0.stdout.take().expect("its output")).lines();
    let first = lines.next().expect("a line").expect("a text");
    let address = first.rsplit("//").next().and_then(|rest| rest.split('/').next()).expect("an address");
    let mut client = TcpStream::connect(address).expect("it listens");
    // StartupMessage of version 3.0, and a simple query.
    let parameters = b"user\0tester\0database\0app\0\0";
    let mut sent = (8 + parameters.len() as u32).to_be_bytes().to_vec();
    sent.extend(196_608_u32.to_be_bytes());
    sent.extend(parameters);
    let query = b"SELECT 'a secret' AS value\0";
    sent.push(b'Q');
    sent.extend((4 + query.len() as u32).to_be_bytes());
    sent.extend(query);
    std::io::Write::write_all(&mut client, &sent).expect("it is sent");
    let line = log.lines().map_while(Result::ok).find(|line| line.contains("SELECT")).expect("it is logged");
    assert!(line.contains("helios::slow_query") && line.contains("SELECT ? AS value"), "{line}");
    assert!(!line.contains("secret"), "{line}");
}

#[test]
fn rights_that_another_process_gives_and_takes_count_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("app.db");
    let child = Command::new(env!("CARGO_BIN_EXE_helios-server"))
        .arg(&file)
        .args(["--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut started = Started(child);
    let mut lines = BufReader::new(started.0.stdout.take().expect("its output")).lines();
    let first = lines.next().expect("a line").expect("a text");
    let address = first.rsplit("//").next().and_then(|rest| rest.split('/').next()).expect("an address");
    let port = address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let mut client = Client::ready(port);
    assert_eq!(client.query("CREATE TABLE t (a int)"), "CREATE TABLE I");
    let ours = helios::Database::open(&file).expect("the same database");
    for may_write in [false, true, false] {
        let user = helios::User { verifier: String::new(), may_write };
        ours.set_user("ada", Some(&user)).expect("it is kept");
        let answer = client.query("INSERT INTO t VALUES (1)");
        assert_eq!(answer, if may_write { "INSERT 0 1 I" } else { "42501 I" });
    }
}
