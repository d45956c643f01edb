//! A client that says whatever it is told to.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A message of the server: its type and its body.
pub(crate) type Message = (u8, Vec<u8>);

pub(crate) struct Client {
    pub(crate) socket: TcpStream,
}

/// A message of a client.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &(body.len() as i32 + 4).to_be_bytes(), body].concat()
}

/// A text as the protocol ends it.
pub(crate) fn text(text: &str) -> Vec<u8> {
    [text.as_bytes(), &[0]].concat()
}

impl Client {
    /// A connection that has said nothing.
    pub(crate) fn silent(port: u16) -> Client {
        let socket = TcpStream::connect(("127.0.0.1", port)).expect("somebody listens");
        // A server that does not answer is to fail the test, not to hang it.
        socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        Client { socket }
    }

    /// A connection that has asked for a database; not what the server says to that.
    pub(crate) fn asking(port: u16, database: &str) -> Client {
        let mut client = Client::silent(port);
        client.ask(database);
        client
    }

    /// Asks for a database.
    pub(crate) fn ask(&mut self, database: &str) {
        self.ask_with(&["user", "ada", "database", database]);
    }

    /// Asks with these parameters, names and values.
    pub(crate) fn ask_with(&mut self, parameters: &[&str]) {
        let mut body = 196_608_i32.to_be_bytes().to_vec();
        for part in parameters.iter().chain([&""]) {
            body.extend(text(part));
        }
        let packet = [&(body.len() as i32 + 4).to_be_bytes()[..], &body].concat();
        self.send(&packet);
    }

    /// A connection that is ready.
    pub(crate) fn ready(port: u16) -> Client {
        let mut client = Client::asking(port, "app");
        client.until_ready();
        client
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).expect("the server reads");
    }

    /// The next message; `None` where the server has closed the connection.
    pub(crate) fn receive(&mut self) -> Option<Message> {
        let mut head = [0; 5];
        self.socket.read_exact(&mut head).ok()?;
        let length = i32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let mut body = vec![0; length - 4];
        self.socket.read_exact(&mut body).ok()?;
        Some((head[0], body))
    }

    /// All messages up to the next ReadyForQuery, and the letter that this says; no letter where the connection ends.
    pub(crate) fn until_ready(&mut self) -> (Vec<Message>, Option<u8>) {
        let mut messages = Vec::new();
        while let Some((kind, body)) = self.receive() {
            if kind == b'Z' {
                return (messages, Some(body[0]));
            }
            messages.push((kind, body));
        }
        (messages, None)
    }

    /// What the server answers to a query, in short: `T`, `D`, tags, SQLSTATEs, and the letter at the end.
    pub(crate) fn query(&mut self, sql: &str) -> String {
        self.send(&message(b'Q', &text(sql)));
        self.answer()
    }

    pub(crate) fn answer(&mut self) -> String {
        let (messages, status) = self.until_ready();
        let mut words: Vec<String> = messages.iter().map(in_short).collect();
        words.push(status.map_or("end".to_owned(), |status| char::from(status).to_string()));
        words.join(" ")
    }
}

/// The SQLSTATE of an error.
pub(crate) fn code(body: &[u8]) -> String {
    let fields = body.split(|byte| *byte == 0);
    let code = fields.filter_map(|field| field.strip_prefix(b"C")).next().unwrap_or_default();
    String::from_utf8_lossy(code).into_owned()
}

fn in_short((kind, body): &Message) -> String {
    match kind {
        b'C' => String::from_utf8_lossy(&body[..body.len() - 1]).into_owned(),
        b'E' => code(body),
        b'D' => {
            let mut values = Vec::new();
            let mut rest = &body[2..];
            while let Some((length, after)) = rest.split_first_chunk() {
                let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
                    values.push("NULL".to_owned());
                    rest = after;
                    continue;
                };
                values.push(String::from_utf8_lossy(&after[..length]).into_owned());
                rest = &after[length..];
            }
            format!("({})", values.join(","))
        }
        other => char::from(*other).to_string(),
    }
}
