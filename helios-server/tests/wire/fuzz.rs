//! Frames that no client would send: 20,000 of them from a seed, and a million with `HELIOS_EXTENDED=1`. The server answers
//! or closes, and serves others on. Whole sessions with changes, too.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use helios_testkit::TestResult;
use helios_testkit::mutation::mutate;
use helios_testkit::seed::{Numbers, repeats, with_seed};

use super::client::{Client, message, text};
use super::sessions::{Listening, sessions};

const FRAMES: usize = 20_000;
const MANY_FRAMES: usize = 1_000_000;

/// So many changed sessions are tried; a hundred times as many with `HELIOS_EXTENDED=1`.
const SESSIONS: usize = 4000;

/// A message that a client could send.
fn sound(numbers: &mut Numbers) -> Vec<u8> {
    let statements =
        ["SELECT 1", "SELECT $1::int8", "INSERT INTO t VALUES (1)", "BEGIN", "COMMIT", "", "nonsense"];
    let sql = statements[numbers.below(statements.len())];
    match numbers.below(9) {
        0 => message(b'Q', &text(sql)),
        1 => message(b'P', &[text(""), text(sql), vec![0, 0]].concat()),
        2 => message(b'B', &[text(""), text(""), vec![0, 0, 0, 1, 0, 0, 0, 1, b'7', 0, 0]].concat()),
        3 => message(b'D', &[vec![b'S'], text("")].concat()),
        4 => message(b'E', &[text(""), vec![0; 4]].concat()),
        5 => message(b'C', &[vec![b'P'], text("")].concat()),
        6 => message(b'S', &[]),
        7 => message(b'H', &[]),
        _ => message(b'd', &text(sql)),
    }
}

/// A message with something wrong: bytes changed, cut off or added, another type, another length.
fn spoilt(numbers: &mut Numbers) -> Vec<u8> {
    let mut frame = sound(numbers);
    match numbers.below(6) {
        0 => {
            let at = numbers.below(frame.len());
            frame[at] = numbers.next_u64() as u8;
        }
        1 => frame[0] = numbers.next_u64() as u8,
        2 => {
            let length = numbers.next_u64() as i32;
            frame[1..5].copy_from_slice(&length.to_be_bytes());
        }
        3 => frame.truncate(1 + numbers.below(frame.len())),
        4 => frame.extend((0..numbers.below(40)).map(|_| numbers.next_u64() as u8)),
        _ => {
            for byte in frame.iter_mut().skip(5) {
                *byte = numbers.next_u64() as u8;
            }
        }
    }
    frame
}

#[test]
fn malformed_frames_harm_nobody() -> TestResult {
    with_seed(|numbers| {
        send_frames(numbers);
        Ok(())
    })
}

fn send_frames(numbers: &mut Numbers) {
    let server = super::server();
    let mut witness = Client::ready(server.port());
    witness.query("CREATE TABLE t (a int8)");
    let mut sent = 0;
    let frames = repeats(FRAMES, MANY_FRAMES);
    while sent < frames {
        // Some break off before they are let in.
        let mut client = match numbers.below(20) {
            0 => Client::silent(server.port()),
            _ => Client::ready(server.port()),
        };
        client.socket.set_write_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        for _ in 0..1 + numbers.below(50) {
            let frame = if numbers.below(3) == 0 { spoilt(numbers) } else { sound(numbers) };
            sent += 1;
            // The server may have had enough.
            if client.socket.write_all(&frame).is_err() {
                break;
            }
        }
        if numbers.below(2) == 0 {
            // What it says to all of it, up to its end, is read.
            let _gone = client.socket.shutdown(std::net::Shutdown::Write);
            while client.receive().is_some() {}
        }
    }
    let answer = witness.query("ROLLBACK; SELECT 1");
    assert!(answer.ends_with("(1) SELECT 1 I"), "{answer}");
    assert_eq!(Client::ready(server.port()).query("SELECT 2"), "T (2) SELECT 1 I");
}

/// Counts panics of the threads that serve clients.
fn watched() -> Arc<AtomicUsize> {
    let panics = Arc::new(AtomicUsize::new(0));
    let (counted, usual) = (panics.clone(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        let is_client = thread::current().name().is_some_and(|name| name.starts_with("helios-client"));
        counted.fetch_add(usize::from(is_client), Ordering::Relaxed);
        usual(panic);
    }));
    panics
}

#[test]
fn changed_sessions_are_answered_or_closed() -> TestResult {
    let panics = watched();
    let sessions = sessions();
    let listening = Listening::new().expect("a server");
    sessions.iter().for_each(|session| listening.read(session));
    with_seed(|numbers| {
        for _ in 0..repeats(SESSIONS, SESSIONS * 100) {
            let (session, other) = (numbers.pick(&sessions).clone(), numbers.pick(&sessions).clone());
            listening.read(&mutate(&session, &other, numbers));
        }
        Ok(())
    })?;
    assert!(listening.serves());
    assert_eq!(panics.load(Ordering::Relaxed), 0, "a thread of the server panicked");
    Ok(())
}
