//! One connection to a member of the cluster: gRPC over HTTP/2, with a runtime of its own on which its caller waits.

use std::future::Future;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use h2::client::SendRequest;
use helios_core::{Error, ErrorKind};
use http::{HeaderMap, HeaderValue, Request};
use prost::Message;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::message::{AuthenticateRequest, AuthenticateResponse};
use crate::options::Endpoint;
use crate::pool::Access;

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The connection was lost, or the cluster has no leader. What was asked may have been done.
    Lost(String),
    /// It was not done, and may be asked again on a new connection.
    Again(String),
    /// What the request was about is not there: a lease.
    Missing(String),
    /// The revision is not there any more.
    Compacted,
    /// The cluster says no.
    Refused(Error),
}

/// So much may come unasked, in bytes.
const WINDOW_BYTES: u32 = 16 << 20;

/// A connection that one thread at a time uses.
pub(crate) struct Link {
    runtime: Runtime,
    sender: SendRequest<Bytes>,
    authority: String,
    token: Option<HeaderValue>,
    timeout: Duration,
}

impl Link {
    /// Connects, and says who we are.
    pub(crate) fn connect(endpoint: &Endpoint, access: &Access, timeout: Duration) -> Result<Link, Failure> {
        let lost = |error: &dyn std::fmt::Display| Failure::Lost(format!("{}: {error}", endpoint.authority));
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| lost(&error))?;
        let connecting = async {
            let stream = TcpStream::connect(&endpoint.authority).await.map_err(|error| lost(&error))?;
            stream.set_nodelay(true).map_err(|error| lost(&error))?;
            match &access.tls {
                Some(tls) if endpoint.is_sealed => {
                    let name = ServerName::try_from(endpoint.host.clone()).map_err(|error| lost(&error))?;
                    let sealed = tls.0.connect(name, stream).await.map_err(|error| lost(&error))?;
                    shake_hands(sealed).await
                }
                _ => shake_hands(stream).await,
            }
            .map_err(|error| lost(&error))
        };
        let sender = wait(&runtime, timeout, connecting)?;
        let mut link = Link { runtime, sender, authority: endpoint.authority.clone(), token: None, timeout };
        if let Some((name, password)) = &access.user {
            let request = AuthenticateRequest { name: name.clone(), password: password.clone() };
            let answer: AuthenticateResponse = link.ask("etcdserverpb.Auth/Authenticate", &request)?;
            let token = HeaderValue::from_str(&answer.token).map_err(|error| lost(&error))?;
            link.token = Some(token);
        }
        Ok(link)
    }

    /// Asks one question and waits for its answer: one journey.
    pub(crate) fn ask<A: Message + Default>(
        &mut self,
        method: &str,
        request: &impl Message,
    ) -> Result<A, Failure> {
        let mut body = BytesMut::with_capacity(5 + request.encoded_len());
        body.put_u8(0);
        body.put_u32(request.encoded_len() as u32);
        request.encode(&mut body).map_err(|error| Failure::Lost(error.to_string()))?;
        let mut head = Request::post(format!("http://{}/{method}", self.authority))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        if let Some(token) = &self.token {
            head = head.header("token", token);
        }
        let head = head.body(()).map_err(|error| Failure::Lost(error.to_string()))?;
        let asking = exchange(self.sender.clone(), head, body.freeze());
        let answer = wait(&self.runtime, self.timeout, asking)?;
        // Compression and the length stand before the message.
        let message = match answer.split_first_chunk::<5>() {
            Some(([0, length @ ..], rest)) if rest.len() == u32::from_be_bytes(*length) as usize => {
                answer.slice(5..)
            }
            _ => return Err(Failure::Lost("an answer that is none of gRPC".to_owned())),
        };
        A::decode(message).map_err(|error| Failure::Lost(format!("an answer that is none of etcd: {error}")))
    }
}

async fn shake_hands<S>(stream: S) -> Result<SendRequest<Bytes>, h2::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = h2::client::Builder::new()
        .initial_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .max_frame_size(1 << 20)
        .handshake(stream)
        .await?;
    tokio::spawn(connection);
    sender.ready().await
}

/// Sends a request and collects what comes back.
async fn exchange(sender: SendRequest<Bytes>, head: Request<()>, body: Bytes) -> Result<Bytes, Failure> {
    let lost = |error: h2::Error| Failure::Lost(error.to_string());
    let mut sender = sender.ready().await.map_err(lost)?;
    let (response, mut stream) = sender.send_request(head, false).map_err(lost)?;
    stream.send_data(body, true).map_err(lost)?;
    let (head, mut incoming) = response.await.map_err(lost)?.into_parts();
    if head.status != 200 {
        return Err(Failure::Lost(format!("the server answers with {}", head.status)));
    }
    check(&head.headers)?;
    let mut collected = BytesMut::new();
    while let Some(piece) = incoming.data().await {
        let piece = piece.map_err(lost)?;
        // The window is as large again as what was taken out of it; where the stream has ended, that is of no importance.
        let _ = incoming.flow_control().release_capacity(piece.len());
        collected.extend_from_slice(&piece);
    }
    match incoming.trailers().await.map_err(lost)? {
        Some(trailers) => check(&trailers)?,
        None if head.headers.contains_key("grpc-status") => {}
        None => return Err(Failure::Lost("an answer without an end".to_owned())),
    }
    Ok(collected.freeze())
}

/// What the status says, if there is one.
fn check(headers: &HeaderMap) -> Result<(), Failure> {
    let Some(status) = headers.get("grpc-status") else { return Ok(()) };
    let words =
        headers.get("grpc-message").map(|words| String::from_utf8_lossy(words.as_bytes()).into_owned());
    let words = words.unwrap_or_default();
    let text =
        format!("the cluster says: {words} (gRPC status {})", String::from_utf8_lossy(status.as_bytes()));
    let refused = |kind: ErrorKind, sentence: &str| {
        Err(Failure::Refused(Error::new(kind, sentence.to_owned()).caused_by(text.clone())))
    };
    match (status.as_bytes(), &words) {
        (b"0", _) => Ok(()),
        (b"11", words) if words.contains("has been compacted") => Err(Failure::Compacted),
        (b"5", words) if words.contains("lease not found") => Err(Failure::Missing(text)),
        (b"3", words) if words.contains("invalid user ID or password") => {
            refused(ErrorKind::CannotOpen, CANNOT_OPEN)
        }
        (b"3", words) if words.contains("too large") => refused(ErrorKind::TooBig, "string or blob too big"),
        // A member that knows of no user yet, or not of this one's token.
        (b"16", _) => Err(Failure::Again(text)),
        (b"3", words) if words.contains("revision of auth store is old") => Err(Failure::Again(text)),
        (b"3", words) if words.contains("user name is empty") => refused(ErrorKind::CannotOpen, CANNOT_OPEN),
        (b"7" | b"9", _) => refused(ErrorKind::CannotOpen, CANNOT_OPEN),
        (b"8", words) if words.contains("space exceeded") => {
            refused(ErrorKind::Full, "database or disk is full")
        }
        (b"8", words) if words.contains("too many requests") => Err(Failure::Again(text)),
        (b"1" | b"2" | b"4" | b"10" | b"13" | b"14", _) => Err(Failure::Lost(text)),
        _ => refused(ErrorKind::Io, "disk I/O error"),
    }
}

const CANNOT_OPEN: &str = "unable to open database file";

/// Waits for an answer, on whatever thread.
fn wait<T: Send>(
    runtime: &Runtime,
    timeout: Duration,
    question: impl Future<Output = Result<T, Failure>> + Send,
) -> Result<T, Failure> {
    let limited = async { tokio::time::timeout(timeout, question).await };
    let answer = if Handle::try_current().is_err() {
        runtime.block_on(limited)
    } else {
        // A thread of somebody's runtime may not wait on another one.
        let waiting = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(limited)).join());
        waiting.map_err(|_| Failure::Lost("waiting for an answer panicked".to_owned()))?
    };
    answer.unwrap_or_else(|_| Err(Failure::Lost("the server does not answer".to_owned())))
}

/// The error to be told.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        let io = |cause: String| Error::new(ErrorKind::Io, "disk I/O error").caused_by(cause);
        match failure {
            Failure::Lost(cause) | Failure::Again(cause) => {
                io(format!("no connection to the cluster: {cause}"))
            }
            Failure::Missing(cause) => io(cause),
            Failure::Compacted => Error::busy_snapshot()
                .caused_by("the cluster has been compacted: it has no such old state any more"),
            Failure::Refused(error) => error,
        }
    }
}
