//! Frames that no client would send: 20,000 of them from a seed, and a million with `HELIOS_EXTENDED=1`. The server answers
//! or closes, and serves others on. Whole sessions with changes, too.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::client::{Client, message, text};
use super::sessions::{Listening, sessions};

const FRAMES: usize = 20_000;
const MANY_FRAMES: usize = 1_000_000;

/// A sequence of numbers from a seed (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }
}

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
            frame[at] = numbers.next() as u8;
        }
        1 => frame[0] = numbers.next() as u8,
        2 => {
            let length = numbers.next() as i32;
            frame[1..5].copy_from_slice(&length.to_be_bytes());
        }
        3 => frame.truncate(1 + numbers.below(frame.len())),
        4 => frame.extend((0..numbers.below(40)).map(|_| numbers.next() as u8)),
        _ => {
            for byte in frame.iter_mut().skip(5) {
                *byte = numbers.next() as u8;
            }
        }
    }
    frame
}

#[test]
fn malformed_frames_harm_nobody() {
    let seed = std::env::var("HELIOS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_127);
    println!("HELIOS_SEED={seed}");
    let mut numbers = Numbers(seed);
    let server = super::server();
    let mut witness = Client::ready(server.port());
    witness.query("CREATE TABLE t (a int8)");
    let mut sent = 0;
    let frames = if std::env::var_os("HELIOS_EXTENDED").is_some() { MANY_FRAMES } else { FRAMES };
    while sent < frames {
        // Some break off before they are let in.
        let mut client = match numbers.below(20) {
            0 => Client::silent(server.port()),
            _ => Client::ready(server.port()),
        };
        client.socket.set_write_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        for _ in 0..1 + numbers.below(50) {
            let frame = if numbers.below(3) == 0 { spoilt(&mut numbers) } else { sound(&mut numbers) };
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

/// So many changed sessions are tried; a hundred times as many with `HELIOS_EXTENDED=1`.
const SESSIONS: usize = 4000;

/// A session with up to four changes: a bit, a piece cut out or doubled, bytes put in, or the end of another one.
fn changed(session: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut out = session.to_vec();
    for _ in 0..1 + numbers.below(4) {
        let at = numbers.below(out.len() + 1);
        let end = at + numbers.below((out.len() - at).min(40) + 1);
        match numbers.below(5) {
            0 if at < out.len() => out[at] ^= 1 << numbers.below(8),
            1 => drop(out.drain(at..end)),
            2 => {
                let piece = out[at..end].to_vec();
                out.splice(at..at, piece);
            }
            3 => {
                let bytes: Vec<u8> = (0..1 + numbers.below(6)).map(|_| numbers.next() as u8).collect();
                out.splice(at..end, bytes);
            }
            _ => {
                out.truncate(at);
                out.extend(&other[numbers.below(other.len())..]);
            }
        }
    }
    out
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
fn changed_sessions_are_answered_or_closed() {
    let seed = std::env::var("HELIOS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_128);
    println!("HELIOS_SEED={seed}");
    let mut numbers = Numbers(seed);
    let panics = watched();
    let sessions = sessions();
    let listening = Listening::new().expect("a server");
    sessions.iter().for_each(|session| listening.read(session));
    let count = if std::env::var_os("HELIOS_EXTENDED").is_some() { SESSIONS * 100 } else { SESSIONS };
    for _ in 0..count {
        let (session, other) = (numbers.below(sessions.len()), numbers.below(sessions.len()));
        listening.read(&changed(&sessions[session], &sessions[other], &mut numbers));
    }
    assert!(listening.serves());
    assert_eq!(panics.load(Ordering::Relaxed), 0, "a thread of the server panicked");
}
