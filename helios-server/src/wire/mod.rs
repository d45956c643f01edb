//! The wire: PostgreSQL's protocol 3.0 as bytes (<https://www.postgresql.org/docs/15/protocol.html>).
//!
//! In: bytes of a peer that may be anybody. Out: messages, each checked against limits before memory is taken for it; and
//! answers, collected until they are sent.

mod channel;
mod frontend;
mod reply;

pub(crate) use channel::{Channel, Stream};
pub(crate) use frontend::{
    Bind, Describe, Execute, Message, Parse, Startup, Target, read_message, read_startup,
};
pub(crate) use reply::{Field, Reply, Severity};
