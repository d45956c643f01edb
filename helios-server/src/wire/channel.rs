//! A connection as bytes that come and go, with or without TLS, with a time by which bytes have to come.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustls::{ServerConnection, StreamOwned};

/// The bytes under a channel.
pub(crate) enum Stream {
    /// As they are.
    Plain(TcpStream),
    /// Through TLS.
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Stream {
    /// The socket.
    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Stream::Plain(socket) => socket,
            Stream::Tls(tls) => &tls.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.read(out),
            Stream::Tls(tls) => tls.read(out),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.write(bytes),
            Stream::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(socket) => socket.flush(),
            Stream::Tls(tls) => tls.flush(),
        }
    }
}

/// Bytes that come have to come by then.
struct Timed {
    stream: Stream,
    deadline: Option<Instant>,
}

impl Read for Timed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(deadline) = self.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.socket().set_read_timeout(Some(left))?;
        }
        match self.stream.read(out) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(io::ErrorKind::TimedOut.into()),
            other => other,
        }
    }
}

/// A connection.
pub(crate) struct Channel {
    reader: BufReader<Timed>,
}

impl Channel {
    pub(crate) fn new(stream: Stream) -> Channel {
        Channel { reader: BufReader::with_capacity(16 * 1024, Timed { stream, deadline: None }) }
    }

    /// The stream, if nothing was read ahead that would be lost.
    pub(crate) fn into_stream(self) -> io::Result<Stream> {
        match self.reader.buffer().is_empty() {
            true => Ok(self.reader.into_inner().stream),
            false => Err(io::Error::new(io::ErrorKind::InvalidData, "data before the handshake of TLS")),
        }
    }

    /// The stream.
    pub(crate) fn stream(&self) -> &Stream {
        &self.reader.get_ref().stream
    }

    /// From now on, bytes have to come within this time; `None` lets the peer take all the time there is.
    pub(crate) fn expect_within(&mut self, time: Option<Duration>) -> io::Result<()> {
        let timed = self.reader.get_mut();
        let had_deadline = timed.deadline.is_some();
        timed.deadline = time.and_then(|time| Instant::now().checked_add(time));
        if had_deadline && timed.deadline.is_none() {
            timed.stream.socket().set_read_timeout(None)?;
        }
        Ok(())
    }

    /// One byte that came, left where it is; `None` at the end.
    pub(crate) fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.reader.fill_buf()?.first().copied())
    }

    /// What has come and was not read yet.
    pub(crate) fn buffered(&self) -> &[u8] {
        self.reader.buffer()
    }

    pub(crate) fn read_exact(&mut self, out: &mut [u8]) -> io::Result<()> {
        self.reader.read_exact(out)
    }

    /// Reads so many bytes. Memory is taken as they come.
    pub(crate) fn read_bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(count.min(64 * 1024));
        let read = (&mut self.reader).take(count as u64).read_to_end(&mut bytes)?;
        if read < count { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
    }

    /// Sends bytes at once.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = &mut self.reader.get_mut().stream;
        stream.write_all(bytes)?;
        stream.flush()
    }
}
