//! How a connection begins: TLS, who it is, which database and branch it wants.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use helios::sql::Session;
use helios::{Error, ErrorKind};
use parking_lot::Mutex;

use super::rights::Rights;
use super::settings::{REPORTED, Settings};
use super::transaction::{Block, KeptSettings};
use super::{Client, advisory, functions};
use crate::failure::Failure;
use crate::options::Authentication;
use crate::server::{Shared, too_many};
use crate::sqlstate;
use crate::wire::{Channel, Reply, Startup, Stream, read_startup};

/// What a client says at the beginning.
struct Wishes {
    user: String,
    database: String,
    branch: String,
    /// Whether it is a client of our own, which speaks SQLite's dialect.
    is_own: bool,
    settings: Vec<(String, String)>,
}

/// Begins a connection. `None` where there is nothing to serve: it only wanted something stopped, or was not let in.
pub(super) fn begin<'s>(
    shared: &'s Shared,
    channel: Channel,
    peer: SocketAddr,
    number: i32,
    secret: i32,
) -> io::Result<Option<Client<'s>>> {
    let mut reply = Reply::default();
    let refuse = |channel: &mut Channel, failure: &Failure| -> io::Result<Option<Client<'s>>> {
        shared.registry.rejected.fetch_add(1, Ordering::Relaxed);
        let mut reply = Reply::default();
        reply.failure(failure);
        channel.send(reply.bytes())?;
        Ok(None)
    };
    let (mut channel, request) = match request(shared, channel, shared.options.connection_timeout)? {
        (channel, Ok(request)) => (channel, request),
        (mut channel, Err(failure)) => return refuse(&mut channel, &failure),
    };
    let parameters = match request {
        Request::Parameters(parameters) => parameters,
        Request::Cancel(other, its_secret) => {
            shared.registry.cancel(other, its_secret);
            return Ok(None);
        }
    };
    let is_tls = matches!(channel.stream(), Stream::Tls(_));
    let wishes = match wishes(shared, parameters) {
        Ok(wishes) => wishes,
        Err(failure) => return refuse(&mut channel, &failure),
    };
    if shared.security.tls.is_some() && !is_tls && !peer.ip().to_canonical().is_loopback() {
        let message = "connections of other machines need TLS (sslmode=require)";
        return refuse(&mut channel, &Failure::fatal(sqlstate::NOT_ALLOWED, message));
    }
    if shared.options.authentication != Authentication::Trust
        && let Err(failure) = shared.security.authenticate(shared, &mut channel, &wishes.user)?
    {
        return refuse(&mut channel, &failure);
    }
    if wishes.database != shared.name {
        let message = format!("database \"{}\" does not exist", wishes.database);
        return refuse(&mut channel, &Failure::fatal(sqlstate::NO_DATABASE, message));
    }
    if !shared.registry.admit(shared.options.max_connections) {
        return refuse(&mut channel, &too_many());
    }
    match client(shared, channel, &mut reply, &wishes, number, secret) {
        Ok(Ok(client)) => Ok(Some(client)),
        Ok(Err((mut channel, failure))) => {
            shared.registry.release();
            refuse(&mut channel, &failure)
        }
        Err(error) => {
            shared.registry.release();
            Err(error)
        }
    }
}

/// What a client asks for, once it is agreed how its bytes go.
enum Request {
    Parameters(Vec<(String, String)>),
    /// To stop the statement of a connection, with its secret.
    Cancel(i32, i32),
}

/// Answers what a client wants to know about TLS, and reads what it asks for then: an error is what to tell it.
fn request(
    shared: &Shared,
    mut channel: Channel,
    patience: Duration,
) -> io::Result<(Channel, Result<Request, Failure>)> {
    channel.expect_within(Some(patience))?;
    loop {
        let request = match read_startup(&mut channel) {
            Ok(Startup::Tls) => {
                match &shared.security.tls {
                    Some(tls) if matches!(channel.stream(), Stream::Plain(_)) => {
                        channel.send(b"S")?;
                        channel = tls.accept(channel.into_stream()?, patience)?;
                    }
                    _ => channel.send(b"N")?,
                }
                continue;
            }
            Ok(Startup::Gss) => {
                channel.send(b"N")?;
                continue;
            }
            Ok(Startup::Cancel(other, its_secret)) => Ok(Request::Cancel(other, its_secret)),
            Ok(Startup::Unsupported(protocol)) => {
                let message = format!(
                    "unsupported frontend protocol {}.{}: server supports 3.0 to 3.0",
                    protocol >> 16,
                    protocol & 0xffff
                );
                Err(Failure::fatal(sqlstate::FEATURE_NOT_SUPPORTED, message))
            }
            Ok(Startup::Parameters(parameters)) => Ok(Request::Parameters(parameters)),
            Err(error) => Err(Failure::of_read(&error).ok_or(error)?),
        };
        return Ok((channel, request));
    }
}

/// Tells a client that is not let in why, when it has asked for a database: what comes before, no client takes for an
/// answer.
pub(super) fn refuse(
    shared: &Shared,
    channel: Channel,
    failure: &Failure,
    patience: Duration,
) -> io::Result<()> {
    let (mut channel, request) = request(shared, channel, patience)?;
    if !matches!(request, Ok(Request::Cancel(..))) {
        let mut reply = Reply::default();
        reply.failure(failure);
        channel.send(reply.bytes())?;
    }
    Ok(())
}

/// What a client wants, from what it said.
fn wishes(shared: &Shared, parameters: Vec<(String, String)>) -> Result<Wishes, Failure> {
    let mut wishes = Wishes {
        user: String::new(),
        database: String::new(),
        branch: "main".to_owned(),
        is_own: false,
        settings: Vec::new(),
    };
    for (name, value) in parameters {
        match name.as_str() {
            "user" => wishes.user = value,
            "database" => wishes.database = value,
            "options" => wishes.settings.extend(options(&value)?),
            "replication" if matches!(value.as_str(), "off" | "false" | "0" | "no") => {}
            "replication" => {
                return Err(Failure::fatal(sqlstate::FEATURE_NOT_SUPPORTED, "replication is not supported"));
            }
            "helios.dialect" => match value.as_str() {
                "sqlite" => wishes.is_own = true,
                "postgresql" => {}
                _ => {
                    let message = format!("invalid value for parameter \"helios.dialect\": \"{value}\"");
                    return Err(Failure::fatal(sqlstate::INVALID_PARAMETER_VALUE, message));
                }
            },
            _ if name.starts_with("_pq_.") => {}
            _ => wishes.settings.push((name, value)),
        }
    }
    if wishes.user.is_empty() {
        return Err(Failure::fatal(
            sqlstate::NOT_ALLOWED,
            "no PostgreSQL user name specified in startup packet",
        ));
    }
    if wishes.database.is_empty() {
        wishes.database.clone_from(&wishes.user);
    }
    // A name with `@` in it may be the database's own.
    if wishes.database != shared.name
        && let Some((database, branch)) = wishes.database.rsplit_once('@')
    {
        (wishes.branch, wishes.database) = (branch.to_owned(), database.to_owned());
    }
    Ok(wishes)
}

/// `-c name=value` and `--name=value`.
fn options(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut found = Vec::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let setting = match word.strip_prefix("-c").or_else(|| word.strip_prefix("--")) {
            Some("") => words.next().unwrap_or_default(),
            Some(setting) => setting,
            None => "",
        };
        let Some((name, value)) = setting.split_once('=') else {
            let message = format!("invalid command-line argument for server process: {word}");
            return Err(Failure::fatal(sqlstate::INVALID_PARAMETER_VALUE, message));
        };
        found.push((name.replace('-', "_"), value.to_owned()));
    }
    Ok(found)
}

type Refused = (Channel, Failure);

fn client<'s>(
    shared: &'s Shared,
    mut channel: Channel,
    reply: &mut Reply,
    wishes: &Wishes,
    number: i32,
    secret: i32,
) -> io::Result<Result<Client<'s>, Refused>> {
    let as_fatal = |failure: Failure| Failure { severity: crate::wire::Severity::Fatal, ..failure };
    let mut session = match shared.database().and_then(|database| database.session(&wishes.branch)) {
        Ok(session) => session,
        Err(error) => {
            let failure = match error.kind() {
                ErrorKind::Sql => Failure::fatal(sqlstate::NO_DATABASE, error.message()),
                _ => as_fatal(error.into()),
            };
            return Ok(Err((channel, failure)));
        }
    };
    let mut settings = Settings::new(&shared.options, &wishes.user, &wishes.branch, number);
    for (name, value) in &wishes.settings {
        if name == "helios.branch" {
            continue;
        }
        if let Err(failure) = settings.set(name, Some(value)) {
            return Ok(Err((channel, as_fatal(failure))));
        }
    }
    settings.changed.clear();
    let rights = match rights(shared, &session, &wishes.user) {
        Ok(rights) => rights,
        Err(error) => return Ok(Err((channel, as_fatal(error.into())))),
    };
    if !rights.may_write {
        settings.tell_no_superuser();
    }
    session.set_busy_timeout(settings.lock_timeout());
    let settings = Arc::new(Mutex::new(settings));
    session.keep_from_files();
    functions::keep_zone(&mut session, &settings);
    if !wishes.is_own {
        functions::prepare(&mut session, &settings, &wishes.user, &shared.name);
        advisory::prepare(&mut session, &settings, &shared.advisory, number);
        if let Err(error) = run(&mut session, "PRAGMA foreign_keys = ON") {
            return Ok(Err((channel, as_fatal(error.into()))));
        }
    }
    shared.registry.set_interrupt(number, session.interrupt_handle());
    reply.authentication(0, &[]);
    for name in REPORTED {
        reply.parameter_status(name, settings.lock().get(name).unwrap_or_default());
    }
    reply.key(number, secret);
    channel.send(reply.bytes())?;
    channel.expect_within(None)?;
    let mut client = Client {
        session,
        shared,
        channel,
        reply: Reply::new(wishes.is_own),
        settings,
        is_own: wishes.is_own,
        rights,
        block: Block::None,
        has_run: false,
        kept_settings: KeptSettings::default(),
        statements: HashMap::new(),
        portals: HashMap::new(),
        number,
        rows_written: 0,
    };
    client.apply_rights();
    Ok(Ok(client))
}

/// What somebody who was let in by a name may do.
fn rights(shared: &Shared, session: &Session, user: &str) -> helios::Result<Rights> {
    let mut found_in = None;
    // A user may have been removed since the password was asked for.
    let gone = || Error::new(ErrorKind::NotAuthorized, format!("role \"{user}\" does not exist"));
    let found = shared.security.may_write_since(&shared.database()?, user, &mut found_in)?;
    let may_write = found.flatten().ok_or_else(gone)?;
    Ok(Rights { user: user.to_owned(), may_write, has_writable_database: !session.is_read_only(), found_in })
}

fn run(session: &mut Session, text: &str) -> helios::Result<()> {
    if let Some(mut statement) = session.prepare(text)? {
        session.start(&mut statement, &Default::default())?;
        session.reset(&mut statement);
    }
    Ok(())
}
