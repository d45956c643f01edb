//! What an answer tells of the store besides what was asked for: its head, a large commit that is on its way, and who asks to be
//! let in.

use bytes::Bytes;
use helios_core::storage::Head;
use helios_core::{Error, Result};

use crate::message::{RangeRequest, RangeResponse, RequestOp};
use crate::name::Names;
use crate::operation::range;

/// The store at the revision of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) head: Head,
    pub(crate) revision: i64,
    pub(crate) pending: Option<Pending>,
    pub(crate) turn: Option<Turn>,
}

/// A client that has lost races, and asks to be let in: see [`crate::courtesy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) client: i64,
    /// When it asked.
    pub(crate) revision: i64,
}

impl Turn {
    /// The value of the key.
    pub(crate) fn encode(client: i64) -> Bytes {
        Bytes::copy_from_slice(&client.to_be_bytes())
    }
}

/// A large commit that has happened, and is being written: see [`crate::large`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) client: i64,
    pub(crate) token: u64,
    /// So many parts are written.
    pub(crate) step: u32,
    /// So many there are.
    pub(crate) steps: u32,
}

impl Pending {
    /// The value of the key.
    pub(crate) fn encode(self) -> Bytes {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.client.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.token.to_be_bytes());
        bytes[16..20].copy_from_slice(&self.step.to_be_bytes());
        bytes[20..].copy_from_slice(&self.steps.to_be_bytes());
        Bytes::copy_from_slice(&bytes)
    }

    fn decode(bytes: &[u8]) -> Result<Pending> {
        let wrong = || Error::corrupt("the store's pending commit has another size");
        let (client, rest) = bytes.split_first_chunk().ok_or_else(wrong)?;
        let (token, rest) = rest.split_first_chunk().ok_or_else(wrong)?;
        let (step, rest) = rest.split_first_chunk().ok_or_else(wrong)?;
        Ok(Pending {
            client: i64::from_be_bytes(*client),
            token: u64::from_be_bytes(*token),
            step: u32::from_be_bytes(*step),
            steps: u32::from_be_bytes(rest.try_into().map_err(|_| wrong())?),
        })
    }
}

/// A number as the value of a key: in the order of bytes.
pub(crate) fn number(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

/// Asks for the state: to be the first operation of a transaction that reads, the last of one that writes.
pub(crate) fn ask_state(names: &Names) -> RequestOp {
    let (key, range_end) = names.state();
    range(RangeRequest { key, range_end, ..RangeRequest::default() })
}

impl State {
    /// What the answer to [`ask_state`] says.
    ///
    /// # Errors
    /// The store is not there, or has something else for a head.
    pub(crate) fn read(names: &Names, told: &RangeResponse, revision: i64) -> Result<State> {
        let find = |key: &Bytes| told.kvs.iter().find(|found| found.key == *key);
        let head = find(&names.head).ok_or_else(no_head)?;
        let floor = find(&names.floor).ok_or_else(no_head)?;
        let floor: [u8; 8] = (&floor.value[..]).try_into().map_err(|_| no_head())?;
        let pending = find(&names.pending).map(|pending| Pending::decode(&pending.value)).transpose()?;
        let head = Head { version: head.version.max(0) as u64, floor: u64::from_be_bytes(floor) };
        let turn = find(&names.turn).and_then(|turn| {
            let client = i64::from_be_bytes((&turn.value[..]).try_into().ok()?);
            Some(Turn { client, revision: turn.mod_revision })
        });
        Ok(State { head, revision, pending, turn })
    }
}

pub(crate) fn no_head() -> Error {
    Error::corrupt("the store has no head in the cluster")
}
