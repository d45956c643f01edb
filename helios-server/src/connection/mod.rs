//! One client: from its first byte to its last.
//!
//! In: a socket. Out: what the protocol answers. A client has a session of the engine, settings, prepared statements,
//! portals and a transaction. All of it ends with the connection; what was not committed is undone.
//!
//! - Every message gets its answer, or is passed over until Sync, after an error.
//! - All messages up to a Sync, and all statements of one Query, are one transaction, unless they say otherwise.
//! - In a transaction that has failed only its end is taken.

mod advisory;
mod copy_in;
mod copy_out;
mod cursor;
mod extended;
mod functions;
mod own;
mod portal;
mod rights;
mod session_commands;
mod settings;
mod simple;
mod startup;
mod transaction;

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use helios::sql::Session;
use parking_lot::Mutex;

use crate::failure::Failure;
use crate::server::Shared;
use crate::sqlstate;
use crate::wire::{Channel, Message, Reply, Stream, read_message};
use portal::{Portal, Prepared};
use rights::Rights;
use settings::Settings;
use transaction::Block;

/// So many bytes of an answer are collected before they are sent.
const REPLY_BYTES: usize = 64 << 10;
/// How long the socket of a client may not answer before it is looked at.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// A client that was let in.
pub(super) struct Client<'s> {
    // First, so that what it did is undone before anything else goes.
    session: Session,
    shared: &'s Shared,
    channel: Channel,
    reply: Reply,
    settings: Arc<Mutex<Settings>>,
    /// Whether it is a client of our own: it speaks SQLite's dialect, and its statements are as those of a local connection.
    is_own: bool,
    rights: Rights,
    block: Block,
    /// Whether the transaction has run a statement.
    has_run: bool,
    /// Settings as they were when the transaction began, and those that go back when it ends.
    kept_settings: transaction::KeptSettings,
    statements: HashMap<String, Rc<Prepared>>,
    portals: HashMap<String, Portal>,
    number: i32,
    /// Rows that were sent.
    rows_written: u64,
}

/// Serves a client until it goes.
pub(super) fn run(shared: &Shared, socket: TcpStream, peer: SocketAddr, number: i32, secret: i32) {
    if prepare_socket(&socket).is_err() {
        return;
    }
    let channel = Channel::new(Stream::Plain(socket));
    match startup::begin(shared, channel, peer, number, secret) {
        Ok(Some(mut client)) => {
            // What goes wrong with the socket has nobody left to be told.
            let _gone = client.serve();
            drop(client);
            shared.registry.release();
        }
        Ok(None) => {}
        Err(_) => {
            shared.registry.rejected.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Tells a client that is not let in why, once it has asked.
pub(super) fn refuse(shared: &Shared, socket: TcpStream, failure: &Failure, patience: Duration) {
    shared.registry.rejected.fetch_add(1, Ordering::Relaxed);
    let channel = Channel::new(Stream::Plain(socket));
    // Who does not ask, or does not listen, is told nothing.
    let _gone = startup::refuse(shared, channel, failure, patience);
}

fn prepare_socket(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let keepalive = socket2::TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 6);
    socket2::SockRef::from(socket).set_tcp_keepalive(&keepalive)
}

impl Client<'_> {
    fn serve(&mut self) -> io::Result<()> {
        self.ready()?;
        let mut skips = false;
        loop {
            let Some(message) = self.next_message()? else { return Ok(()) };
            // Bind runs nothing: what it has bound is looked at when it is executed.
            let begins = matches!(message, Message::Query(_) | Message::Execute(_));
            if begins && let Err(failure) = self.renew_rights() {
                return self.end(&failure);
            }
            match message {
                Message::Terminate => return Ok(()),
                Message::Sync => {
                    skips = false;
                    self.sync();
                    self.ready()?;
                    continue;
                }
                Message::Query(text) => {
                    skips = false;
                    match self.is_own {
                        true => self.own_script(&text),
                        false => self.query(&text)?,
                    }
                    self.ready()?;
                    continue;
                }
                _ if skips => continue,
                Message::Flush => self.flush()?,
                // What a client sends on after COPY has failed.
                Message::CopyData(_) | Message::CopyDone | Message::CopyFail(_) => {}
                Message::Password(_) => return self.end(&Failure::protocol("unexpected password message")),
                other => {
                    if let Err(failure) = self.extended(other)? {
                        self.fail(&failure);
                        // Whoever waits for it may have sent no Sync yet, and a Flush is skipped.
                        self.flush()?;
                        skips = true;
                    }
                }
            }
            if self.reply.len() > REPLY_BYTES {
                self.flush()?;
            }
        }
    }

    /// The next message; `None` where the client has gone, or has to go.
    fn next_message(&mut self) -> io::Result<Option<Message>> {
        let idles_in = self.block != Block::None || self.is_own && self.session.in_transaction();
        let patience = self.settings.lock().idle_in_transaction_timeout();
        let patience = patience.filter(|_| idles_in);
        self.channel.expect_within(patience)?;
        let failure = match read_message(&mut self.channel, true) {
            Ok(_) if self.shared.registry.is_stopping() => {
                Failure::fatal(sqlstate::SHUTDOWN, "terminating connection due to administrator command")
            }
            Ok(message) => return Ok(message),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Failure::fatal(
                sqlstate::IDLE_IN_TRANSACTION,
                "terminating connection due to idle-in-transaction timeout",
            ),
            Err(error) => match Failure::of_read(&error) {
                Some(failure) => failure,
                None if self.shared.registry.is_stopping() => {
                    Failure::fatal(sqlstate::SHUTDOWN, "terminating connection due to administrator command")
                }
                None => return Err(error),
            },
        };
        self.end(&failure)?;
        Ok(None)
    }

    /// Tells why the connection ends.
    fn end(&mut self, failure: &Failure) -> io::Result<()> {
        self.reply.failure(failure);
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.reply.bytes().is_empty() {
            self.channel.send(self.reply.bytes())?;
            self.reply.clear();
        }
        Ok(())
    }

    /// Says that the next query may come.
    fn ready(&mut self) -> io::Result<()> {
        self.report_settings();
        let status = self.status();
        self.reply.ready(status);
        self.flush()
    }

    /// A statement has failed: tells so, and what becomes of the transaction.
    fn fail(&mut self, failure: &Failure) {
        self.shared.registry.failures.fetch_add(1, Ordering::Relaxed);
        let failure = match failure.code {
            sqlstate::CANCELED if failure.message == "interrupted" && !self.is_own => {
                let message = match self.shared.registry.was_due(self.number) {
                    true => "canceling statement due to statement timeout",
                    false => "canceling statement due to user request",
                };
                &Failure { message: message.to_owned(), ..failure.clone() }
            }
            _ => failure,
        };
        let told = match self.as_missing_right(failure) {
            // A local connection that may not write is told so in SQLite's words.
            Some(missing) if self.is_own => Failure { message: failure.message.clone(), ..missing },
            Some(missing) => missing,
            None if self.is_own => failure.clone(),
            None => self.as_postgresql(failure),
        };
        self.reply.failure(&told);
        self.note_failure();
    }

    /// An error in PostgreSQL's words.
    fn as_postgresql(&mut self, failure: &Failure) -> Failure {
        let told = failure.broken.as_ref().and_then(|broken| self.session.broken_constraint(broken));
        if let Some(constraint) = told {
            let (said, detail) = crate::wording::of_broken(&constraint, failure.code);
            let message = if is_told_already(&failure.message) { failure.message.clone() } else { said };
            let detail = detail.or_else(|| failure.detail.clone());
            return Failure { message, detail, constraint: Some(constraint.into()), ..failure.clone() };
        }
        let said = failure.sqlite.and_then(|(_, name)| crate::wording::postgres(&failure.message, name));
        Failure { message: said.unwrap_or_else(|| failure.message.clone()), ..failure.clone() }
    }

    /// A statement begins: it is counted, may do what its client may, and has to end in time.
    fn begin_statement(&mut self) {
        self.apply_rights();
        self.shared.registry.queries.fetch_add(1, Ordering::Relaxed);
        if let Some(timeout) = self.settings.lock().statement_timeout() {
            self.shared.registry.set_due(self.number, Instant::now().checked_add(timeout));
        }
    }

    /// A statement has ended.
    fn end_statement(&mut self) {
        if self.settings.lock().statement_timeout().is_some() && !self.shared.registry.was_due(self.number) {
            self.shared.registry.set_due(self.number, None);
        }
    }
}

/// Whether the engine tells of a constraint in PostgreSQL's words: SQLite's all end in the same way.
fn is_told_already(message: &str) -> bool {
    !message.contains(" constraint failed")
}
