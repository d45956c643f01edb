//! Clients that are slow, vanish, or say what nobody should: each is refused or forgotten, and others are served.

use std::io::Write;
use std::net::Shutdown;
use std::time::Duration;

use super::client::{Client, message, text};
use super::{refused, server, server_with};
use helios_server::Options;

/// A message that says it has so many bytes, and nothing of it but its head.
fn head(kind: u8, length: i32) -> Vec<u8> {
    [&[kind][..], &length.to_be_bytes()].concat()
}

/// The memory that this process has, in bytes, where the system tells.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = status.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

#[test]
fn frames_of_impossible_lengths_end_their_connection() {
    let server = server();
    let mut steady = Client::ready(server.port());
    // Before anything is known of the client.
    for length in [-1, 0, 3, 7, 10_001, 1 << 20, i32::MAX, i32::MIN] {
        let mut client = Client::silent(server.port());
        client.send(&[length.to_be_bytes(), 196_608_i32.to_be_bytes()].concat());
        assert_eq!(refused(&mut client), "08P01", "{length} bytes at startup");
        assert_eq!(client.receive(), None);
    }
    for length in [-1, 0, 3, (64 << 20) + 5, i32::MAX, i32::MIN] {
        for kind in *b"QPBEdX" {
            let mut client = Client::ready(server.port());
            client.send(&head(kind, length));
            assert_eq!(client.answer(), "08P01 end", "{length} bytes of {}", char::from(kind));
        }
    }
    assert_eq!(steady.query("SELECT 1"), "T (1) SELECT 1 I");
}

#[test]
fn protocols_that_are_not_spoken_are_refused() {
    let server = server();
    for version in [0, 1 << 16, 2 << 16, 4 << 16, -1, i32::MAX] {
        let mut client = Client::silent(server.port());
        client.send(&[8_i32.to_be_bytes(), version.to_be_bytes()].concat());
        assert_eq!(refused(&mut client), "0A000", "{version}");
        assert_eq!(client.receive(), None);
    }
}

#[test]
fn what_is_announced_and_does_not_come_takes_no_memory() {
    let server = server();
    let mut steady = Client::ready(server.port());
    let before = resident_bytes();
    let waiting: Vec<Client> = (0..60)
        .map(|_| {
            let mut client = Client::ready(server.port());
            client.send(&head(b'Q', 64 << 20));
            client.send(b"SELECT");
            client
        })
        .collect();
    assert_eq!(steady.query("SELECT 1"), "T (1) SELECT 1 I");
    if let (Some(before), Some(now)) = (before, resident_bytes()) {
        // All of it would be 3.75 GiB.
        assert!(now.saturating_sub(before) < 512 << 20, "{before} bytes became {now}");
    }
    drop(waiting);
}

#[test]
fn who_vanishes_holds_nothing() {
    let server = server();
    let mut steady = Client::ready(server.port());
    steady.query("CREATE TABLE t (a int); INSERT INTO t VALUES (1); SET lock_timeout = '60s'");
    for round in 0..20 {
        let mut client = Client::ready(server.port());
        assert_eq!(client.query("BEGIN; UPDATE t SET a = a + 100"), "BEGIN UPDATE 1 T");
        match round % 4 {
            // In the middle of a message, in the middle of COPY, with a connection that is reset, or just so.
            0 => client.send(&head(b'Q', 1000)),
            1 => client.send(&[message(b'Q', &text("COPY t FROM STDIN")), message(b'd', b"7\n8")].concat()),
            2 => socket2::SockRef::from(&client.socket)
                .set_linger(Some(Duration::ZERO))
                .expect("it can be reset"),
            _ => client.socket.shutdown(Shutdown::Both).expect("it is open"),
        }
        drop(client);
        assert_eq!(steady.query("UPDATE t SET a = a + 1"), "UPDATE 1 I", "round {round}");
    }
    assert_eq!(steady.query("SELECT a FROM t"), "T (21) SELECT 1 I");
    while server.status().active_connections > 1 {
        std::thread::yield_now();
    }
}

#[test]
fn who_does_not_read_is_in_nobodys_way() {
    let server = server();
    let mut steady = Client::ready(server.port());
    steady.query("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
    let before = resident_bytes();
    let deaf: Vec<Client> = (0..10)
        .map(|_| {
            let mut client = Client::ready(server.port());
            client.send(&message(
                b'Q',
                &text("SELECT n, 'some words' FROM generate_series(1, 100000000) AS n"),
            ));
            client
        })
        .collect();
    for _ in 0..20 {
        assert_eq!(steady.query("UPDATE t SET a = a + 1"), "UPDATE 1 I");
    }
    if let (Some(before), Some(now)) = (before, resident_bytes()) {
        assert!(now.saturating_sub(before) < 512 << 20, "{before} bytes became {now}");
    }
    // Stopping does not wait for them.
    server.stop();
    drop(deaf);
}

#[test]
fn who_speaks_slowly_is_understood_or_cut_off() {
    let server = server();
    let mut slow = Client::silent(server.port());
    let mut body = 196_608_i32.to_be_bytes().to_vec();
    for part in ["user", "ada", "database", "app", ""] {
        body.extend(text(part));
    }
    let startup = [&(body.len() as i32 + 4).to_be_bytes()[..], &body].concat();
    for byte in startup.iter().chain(&message(b'Q', &text("SELECT 5"))) {
        slow.socket.write_all(&[*byte]).expect("the server reads");
    }
    slow.until_ready();
    assert_eq!(slow.answer(), "T (5) SELECT 1 I");
    // A byte now and then does not lengthen the time to connect.
    let hurried =
        server_with(Options { port: 0, connection_timeout: Duration::from_millis(50), ..Options::default() });
    let mut trickling = Client::silent(hurried.port());
    trickling.send(&[9000_i32.to_be_bytes(), 196_608_i32.to_be_bytes()].concat());
    while trickling.socket.write_all(b"x").is_ok() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(trickling.receive(), None);
}
