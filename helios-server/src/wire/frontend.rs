//! Messages of clients.
//!
//! In: bytes. Out: what they say. A length that is not allowed, a type that does not exist and a body that ends too
//! early or too late are errors that say so.

use std::io;

use super::Channel;

/// The longest packet that begins a connection.
const MAX_STARTUP_BYTES: usize = 10_000;
/// The longest message.
const MAX_MESSAGE_BYTES: usize = 64 << 20;
/// The longest message before a client has shown who it is.
const MAX_PASSWORD_BYTES: usize = 65_536;

const PROTOCOL: i32 = 196_608;
const TLS_REQUEST: i32 = 80_877_103;
const GSS_REQUEST: i32 = 80_877_104;
const CANCEL_REQUEST: i32 = 80_877_102;

/// How a connection begins.
#[derive(Debug)]
pub(crate) enum Startup {
    /// It wants TLS.
    Tls,
    /// It wants the encryption of GSSAPI.
    Gss,
    /// It wants a statement of another connection stopped: its number and its secret.
    Cancel(i32, i32),
    /// It wants to work, with these settings.
    Parameters(Vec<(String, String)>),
    /// It speaks another protocol.
    Unsupported(i32),
}

/// A message.
#[derive(Debug)]
pub(crate) enum Message {
    Query(String),
    Parse(Parse),
    Bind(Bind),
    Describe(Describe),
    Execute(Execute),
    Close(Describe),
    Flush,
    Sync,
    Terminate,
    Password(Vec<u8>),
    CopyData(Vec<u8>),
    CopyDone,
    CopyFail(String),
    FunctionCall,
}

/// A statement to be prepared.
#[derive(Debug)]
pub(crate) struct Parse {
    pub(crate) name: String,
    pub(crate) text: String,
    /// The types of parameters, as far as the client says them.
    pub(crate) types: Vec<u32>,
}

/// A statement to be given its parameters.
#[derive(Debug)]
pub(crate) struct Bind {
    pub(crate) portal: String,
    pub(crate) statement: String,
    /// 0 is text, 1 is binary; one for all, or one for each.
    pub(crate) formats: Vec<i16>,
    pub(crate) values: Vec<Option<Vec<u8>>>,
    pub(crate) result_formats: Vec<i16>,
}

/// What is described or closed.
#[derive(Debug)]
pub(crate) struct Describe {
    pub(crate) target: Target,
    pub(crate) name: String,
}

/// A statement or a portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Statement,
    Portal,
}

/// A portal to be run.
#[derive(Debug)]
pub(crate) struct Execute {
    pub(crate) portal: String,
    /// The most rows; 0 for all.
    pub(crate) most: i32,
}

fn invalid(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

/// Reads the packet that begins a connection.
pub(crate) fn read_startup(channel: &mut Channel) -> io::Result<Startup> {
    let length = read_length(channel, MAX_STARTUP_BYTES)?;
    let body = channel.read_bytes(length)?;
    let mut body = Body(&body);
    Ok(match body.i32()? {
        TLS_REQUEST => Startup::Tls,
        GSS_REQUEST => Startup::Gss,
        CANCEL_REQUEST => Startup::Cancel(body.i32()?, body.i32()?),
        protocol if protocol >> 16 == PROTOCOL >> 16 => {
            let mut parameters = Vec::new();
            loop {
                let name = body.text()?;
                if name.is_empty() {
                    break;
                }
                parameters.push((name, body.text()?));
            }
            body.end()?;
            Startup::Parameters(parameters)
        }
        other => Startup::Unsupported(other),
    })
}

fn read_length(channel: &mut Channel, most: usize) -> io::Result<usize> {
    let mut length = [0; 4];
    channel.read_exact(&mut length)?;
    let length = i32::from_be_bytes(length);
    match usize::try_from(length) {
        Ok(length) if (4..=most).contains(&length) => Ok(length - 4),
        _ => Err(invalid(format!("invalid message length {length}"))),
    }
}

/// Reads a message; `None` where the client has gone between two.
pub(crate) fn read_message(channel: &mut Channel, is_known: bool) -> io::Result<Option<Message>> {
    let Some(kind) = channel.peek()? else { return Ok(None) };
    channel.read_exact(&mut [0])?;
    let is_long = matches!(kind, b'Q' | b'P' | b'B' | b'd' | b'F');
    let most = match (is_known, is_long) {
        (true, true) => MAX_MESSAGE_BYTES,
        _ => MAX_PASSWORD_BYTES,
    };
    if !b"QPBDECHSXpdcfF".contains(&kind) {
        return Err(invalid(format!("invalid frontend message type {kind}")));
    }
    let length = read_length(channel, most)?;
    let body = channel.read_bytes(length)?;
    let mut body = Body(&body);
    let message = match kind {
        b'Q' => Message::Query(body.text()?),
        b'P' => {
            let (name, text) = (body.text()?, body.text()?);
            let count = body.count()?;
            let types = (0..count).map(|_| body.i32().map(i32::cast_unsigned)).collect::<io::Result<_>>()?;
            Message::Parse(Parse { name, text, types })
        }
        b'B' => Message::Bind(body.bind()?),
        b'D' => Message::Describe(body.describe()?),
        b'C' => Message::Close(body.describe()?),
        b'E' => Message::Execute(Execute { portal: body.text()?, most: body.i32()? }),
        b'H' => Message::Flush,
        b'S' => Message::Sync,
        b'X' => Message::Terminate,
        b'p' => Message::Password(body.rest().to_vec()),
        b'd' => Message::CopyData(body.rest().to_vec()),
        b'c' => Message::CopyDone,
        b'f' => Message::CopyFail(body.text()?),
        _ => {
            body.rest();
            Message::FunctionCall
        }
    };
    body.end()?;
    Ok(Some(message))
}

/// The rest of a message.
struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn take(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or_else(|| invalid("insufficient data left in message"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    fn i16(&mut self) -> io::Result<i16> {
        let bytes = self.take(2)?;
        Ok(i16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn i32(&mut self) -> io::Result<i32> {
        let bytes = self.take(4)?;
        Ok(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// How many of something follow.
    fn count(&mut self) -> io::Result<usize> {
        Ok(usize::from(self.i16()?.cast_unsigned()))
    }

    /// A text that ends with a zero byte.
    fn text(&mut self) -> io::Result<String> {
        let end =
            self.0.iter().position(|byte| *byte == 0).ok_or_else(|| invalid("invalid string in message"))?;
        let text = self.take(end)?;
        self.take(1)?;
        String::from_utf8(text.to_vec()).map_err(|_| invalid("invalid byte sequence for encoding \"UTF8\""))
    }

    fn formats(&mut self) -> io::Result<Vec<i16>> {
        let count = self.count()?;
        (0..count)
            .map(|_| match self.i16()? {
                // 2 is what clients of our own say.
                format @ 0..=2 => Ok(format),
                other => Err(invalid(format!("unsupported format code: {other}"))),
            })
            .collect()
    }

    fn bind(&mut self) -> io::Result<Bind> {
        let (portal, statement) = (self.text()?, self.text()?);
        let formats = self.formats()?;
        let count = self.count()?;
        let mut values = Vec::new();
        for _ in 0..count {
            let length = self.i32()?;
            values.push(match usize::try_from(length) {
                Ok(length) => Some(self.take(length)?.to_vec()),
                Err(_) if length == -1 => None,
                Err(_) => return Err(invalid("invalid length of a parameter")),
            });
        }
        let result_formats = self.formats()?;
        if formats.len() > 1 && formats.len() != values.len() {
            return Err(invalid(format!(
                "bind message has {} parameter formats but {} parameters",
                formats.len(),
                values.len()
            )));
        }
        Ok(Bind { portal, statement, formats, values, result_formats })
    }

    fn describe(&mut self) -> io::Result<Describe> {
        let target = match self.take(1)?[0] {
            b'S' => Target::Statement,
            b'P' => Target::Portal,
            other => return Err(invalid(format!("invalid subtype {other} of a message"))),
        };
        Ok(Describe { target, name: self.text()? })
    }

    fn end(&self) -> io::Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(invalid("invalid message format")) }
    }
}
