//! One connection to the server: whoever asks waits on the connection's own runtime, on its own thread.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use helios_core::{Error, ErrorKind};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

use crate::tls::Tls;

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The connection was lost. What was asked may have been done.
    Lost(String),
    /// Others were at it at the same time: it was not done, and may be asked again.
    Serialization,
    /// The server says no.
    Refused(Error, SqlState),
}

/// The parameters of a statement.
pub(crate) type Parameters<'p> = &'p [&'p (dyn ToSql + Sync)];

/// What takes so long takes for ever.
const FOR_LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// A connection that one thread at a time uses.
pub(crate) struct Link {
    runtime: Runtime,
    client: Client,
    statements: HashMap<String, Statement>,
    timeout: Duration,
}

impl Link {
    /// Connects. With `is_serializable`, transactions are so.
    pub(crate) fn connect(
        config: &Config,
        tls: Option<&Tls>,
        is_serializable: bool,
        timeout: Duration,
    ) -> Result<Link, Failure> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Lost(error.to_string()))?;
        let connecting = async {
            Ok(match tls {
                None => {
                    let (client, connection) = config.connect(NoTls).await?;
                    tokio::spawn(connection);
                    client
                }
                Some(tls) => {
                    let (client, connection) = config.connect(tls.clone()).await?;
                    tokio::spawn(connection);
                    client
                }
            })
        };
        let client = wait(&runtime, timeout, connecting)?;
        let mut link = Link { runtime, client, statements: HashMap::new(), timeout };
        // Tables are small when statements are planned, and large afterwards. What a plan seems to cost is no reason to compile
        // it: it is short. Servers that are not PostgreSQL may know no such settings.
        let mut settings = vec!["plan_cache_mode = force_generic_plan", "enable_seqscan = off", "jit = off"];
        if is_serializable {
            link.run("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE")?;
            // A commit looks at its own keys, never at a whole table.
            settings.extend(["enable_hashjoin = off", "enable_mergejoin = off"]);
        } else {
            // Rows of a range come in their order.
            settings.push("enable_bitmapscan = off");
        }
        for setting in settings {
            match link.run(&format!("SET {setting}")) {
                Ok(()) | Err(Failure::Refused(..)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(link)
    }

    /// Runs a transaction without parameters, however long that takes. If it fails, nothing was done.
    pub(crate) fn run_for_long(&mut self, transaction: &str) -> Result<(), Failure> {
        let done = wait(&self.runtime, FOR_LONG, self.client.batch_execute(transaction));
        if done.is_err() {
            self.run("ROLLBACK")?;
        }
        done
    }

    /// Runs statements without parameters: one journey.
    pub(crate) fn run(&mut self, sql: &str) -> Result<(), Failure> {
        wait(&self.runtime, self.timeout, self.client.batch_execute(sql))
    }

    /// Asks for the rows of a statement: one journey, and one more when it is asked for the first time.
    pub(crate) fn query(&mut self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, Failure> {
        let statement = match self.statements.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let statement = wait(&self.runtime, self.timeout, self.client.prepare(sql))?;
                self.statements.insert(sql.to_owned(), statement.clone());
                statement
            }
        };
        wait(&self.runtime, self.timeout, self.client.query(&statement, parameters))
    }
}

/// Waits for an answer, on whatever thread.
fn wait<T: Send>(
    runtime: &Runtime,
    timeout: Duration,
    question: impl Future<Output = Result<T, tokio_postgres::Error>> + Send,
) -> Result<T, Failure> {
    let limited = async { tokio::time::timeout(timeout, question).await };
    let answer = if Handle::try_current().is_err() {
        runtime.block_on(limited)
    } else {
        // A thread of somebody's runtime may not wait on another one.
        let waiting = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(limited)).join());
        waiting.map_err(|_| Failure::Lost("waiting for an answer panicked".to_owned()))?
    };
    match answer {
        Ok(answer) => answer.map_err(|error| failure(&error)),
        Err(_) => Err(Failure::Lost("the server does not answer".to_owned())),
    }
}

fn failure(error: &tokio_postgres::Error) -> Failure {
    let Some(refusal) = error.as_db_error() else {
        let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
        return Failure::Lost(format!("{error}{cause}"));
    };
    let code = refusal.code();
    let lost = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::CONNECTION_EXCEPTION,
        SqlState::CONNECTION_FAILURE,
        SqlState::CONNECTION_DOES_NOT_EXIST,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::IDLE_SESSION_TIMEOUT,
    ];
    let text = format!("{} ({})", refusal.message(), code.code());
    if lost.contains(code) {
        return Failure::Lost(text);
    }
    if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code) {
        return Failure::Serialization;
    }
    let kind = match code.code() {
        "53100" => ErrorKind::Full,
        "53200" => ErrorKind::OutOfMemory,
        "54000" | "54001" | "22001" => ErrorKind::TooBig,
        "25006" | "42501" => ErrorKind::ReadOnly,
        "28000" | "28P01" | "3D000" => ErrorKind::CannotOpen,
        _ => ErrorKind::Io,
    };
    let words = match kind {
        ErrorKind::Full => "database or disk is full",
        ErrorKind::OutOfMemory => "out of memory",
        ErrorKind::TooBig => "string or blob too big",
        ErrorKind::ReadOnly => "attempt to write a readonly database",
        ErrorKind::CannotOpen => "unable to open database file",
        _ => "disk I/O error",
    };
    Failure::Refused(Error::new(kind, words).caused_by(format!("the server says: {text}")), code.clone())
}

/// The error to be told.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Lost(cause) => Error::new(ErrorKind::Io, "disk I/O error")
                .caused_by(format!("no connection to the server: {cause}")),
            Failure::Serialization => Error::busy().caused_by("others are at it at the same time"),
            Failure::Refused(error, _) => error,
        }
    }
}
