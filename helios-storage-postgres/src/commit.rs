//! Batches as parameters of one statement, and what has become of a commit whose answer was lost.
//!
//! A commit has a token, which the statement notes in the row of its client. If the connection is lost before the answer comes,
//! the client raises its epoch: a statement under the old one that is still on its way does not happen any more, and the row
//! tells whether it has happened already.

use std::error::Error as StdError;
use std::sync::atomic::Ordering;

use bytes::BytesMut;
use helios_core::storage::remote::Pauses;
use helios_core::storage::{Batch, Direction, KeyRange, Snapshot};
use helios_core::{Error, ErrorKind, Result};
use tokio_postgres::Row;
use tokio_postgres::types::{IsNull, ToSql, Type};

use crate::client::Identity;
use crate::link::{Failure, Link};
use crate::options::{MOST_KEY_BYTES, MOST_VALUE_BYTES};
use crate::pool::Use;
use crate::store::Shared;

/// A statement has so many entries at most, and about so many bytes.
const MOST_ENTRIES: usize = 20_000;
const MOST_BYTES: usize = 32 << 20;

/// A value in two parts.
#[derive(Debug)]
struct Parts<'a>([&'a [u8]; 2]);

impl ToSql for Parts<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.0.iter().for_each(|part| out.extend_from_slice(part));
        Ok(IsNull::No)
    }

    fn accepts(of: &Type) -> bool {
        *of == Type::BYTEA
    }

    tokio_postgres::types::to_sql_checked!();
}

/// Entries as two arrays. One without a value is deleted.
#[derive(Debug, Default)]
struct Entries<'a> {
    keys: Vec<&'a [u8]>,
    values: Vec<Option<Parts<'a>>>,
}

/// What a commit says besides its entries.
struct Words<'a> {
    identity: &'a Identity,
    token: i64,
    horizon: i64,
}

impl Shared {
    /// Applies a batch.
    pub(crate) fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        debug_assert!(batch.is_sorted(), "the entries of a batch are sorted");
        self.pool.check_open()?;
        if self.is_read_only {
            return Err(Error::new(ErrorKind::ReadOnly, "attempt to write a readonly database"));
        }
        check_sizes(batch)?;
        let mut token = self.committing.lock();
        *token += 1;
        let mut pauses = Pauses::new(self.pool.timeout());
        loop {
            let identity = self.identity.lock().clone();
            let horizon = self.oldest_anywhere.load(Ordering::SeqCst).min(self.oldest()) as i64;
            let words = Words { identity: &identity, token: *token, horizon };
            let question = self.heard.question();
            match self.pool.once(Use::Commit, |link| apply(self, link, batch, &words)) {
                Ok(Some(row)) => {
                    self.note(question, row.get(0), row.get(1), row.get(2));
                    return Ok(());
                }
                Ok(None) => self.explain(&identity)?,
                Err(Failure::Refused(error, _)) => return Err(error),
                Err(Failure::Serialization) => pauses.wait(Failure::Serialization)?,
                Err(failure) => {
                    if self.has_committed(&identity, *token)? {
                        return self.ask_head().map(drop);
                    }
                    pauses.wait(failure)?;
                }
            }
        }
    }

    /// Why a commit has not happened: an error, unless it may be tried again under another identity.
    fn explain(&self, identity: &Identity) -> Result<()> {
        let epoch: Option<i64> = self.ask_row(&self.sql.ours, &[&identity.id])?.get(3);
        if epoch == Some(identity.epoch) {
            return Err(Error::new(ErrorKind::Conflict, "another commit came first"));
        }
        *self.identity.lock() = self.enter()?;
        Ok(())
    }

    /// Whether a commit has happened whose answer was lost. If not, it will not any more.
    fn has_committed(&self, identity: &Identity, token: i64) -> Result<bool> {
        let doubt = |error: Error| {
            let cause = format!("it is not known whether a commit has happened: {error:?}");
            Error::new(ErrorKind::Io, "disk I/O error").caused_by(cause)
        };
        let rows =
            self.pool.ask(Use::Read, |link| link.query(&self.sql.settle, &[&identity.id])).map_err(doubt)?;
        let row = rows.first().ok_or_else(|| doubt(Error::busy()))?;
        self.identity.lock().epoch = row.get(0);
        Ok(row.get::<_, i64>(1) == token)
    }
}

fn check_sizes(batch: &Batch<'_>) -> Result<()> {
    for entry in batch.entries.iter() {
        let value: usize = entry.value.map_or(0, |parts| parts.iter().map(|part| part.len()).sum());
        if entry.key.len() > MOST_KEY_BYTES || value > MOST_VALUE_BYTES {
            let cause = format!("keys have up to {MOST_KEY_BYTES} bytes, values up to {MOST_VALUE_BYTES}");
            return Err(Error::new(ErrorKind::TooBig, "string or blob too big").caused_by(cause));
        }
    }
    Ok(())
}

/// Sends a batch: as one statement, or as several in a transaction if it is large. `None` if it has not happened because
/// something is not as it expects.
fn apply(
    shared: &Shared,
    link: &mut Link,
    batch: &Batch<'_>,
    words: &Words<'_>,
) -> Result<Option<Row>, Failure> {
    let mut pieces = pieces_of(batch);
    if pieces.len() == 1 && batch.copied.is_none() {
        return send(shared, link, batch, words, &pieces[0]);
    }
    link.run("BEGIN")?;
    let nothing = Entries::default();
    let first = if batch.copied.is_some() { &nothing } else { &pieces.remove(0) };
    let sent = send(shared, link, batch, words, first).and_then(|sent| {
        let Some(row) = sent else { return Ok(None) };
        let version: i64 = row.get(0);
        if let Some(source) = batch.copied {
            copy(shared, link, batch, source, version)?;
        }
        for piece in &pieces {
            link.query(&shared.sql.more, &[&piece.keys, &piece.values, &version])?;
        }
        Ok(Some(row))
    });
    match sent {
        Ok(Some(row)) => link.run("COMMIT").map(|()| Some(row)),
        Err(Failure::Lost(cause)) => Err(Failure::Lost(cause)),
        other => {
            link.run("ROLLBACK")?;
            other
        }
    }
}

fn send(
    shared: &Shared,
    link: &mut Link,
    batch: &Batch<'_>,
    words: &Words<'_>,
    entries: &Entries<'_>,
) -> Result<Option<Row>, Failure> {
    let number = |number: u64| number.min(i64::MAX as u64) as i64;
    let version = batch.head.map(|head| number(head.version));
    let (above, floor) =
        (batch.head.map(|head| number(head.above)), batch.head.map_or(0, |head| number(head.floor)));
    let expected: Vec<&[u8]> = batch.expected.iter().map(|expected| expected.key).collect();
    let wanted: Vec<Option<&[u8]>> = batch.expected.iter().map(|expected| expected.value).collect();
    let Words { identity, token, horizon } = words;
    let common: [&(dyn ToSql + Sync); 11] = [
        &version,
        &above,
        &identity.id,
        &identity.epoch,
        &expected,
        &wanted,
        &floor,
        horizon,
        token,
        &entries.keys,
        &entries.values,
    ];
    let cleared = batch.cleared.iter().filter(|range| !range.is_empty());
    let (starts, ends): (Vec<&[u8]>, Vec<Option<&[u8]>>) =
        cleared.map(|range| (range.start, range.end)).unzip();
    let rows = if starts.is_empty() {
        link.query(&shared.sql.commit, &common)?
    } else {
        let mut parameters: Vec<&(dyn ToSql + Sync)> = common.to_vec();
        parameters.extend([&starts as &(dyn ToSql + Sync), &ends]);
        link.query(&shared.sql.commit_clearing, &parameters)?
    };
    Ok(rows.into_iter().next())
}

/// The entries of a batch, in pieces that a statement takes. There is at least one.
fn pieces_of<'a>(batch: &Batch<'a>) -> Vec<Entries<'a>> {
    let mut pieces = vec![Entries::default()];
    let mut bytes = 0;
    for entry in batch.entries.iter() {
        let size = entry.key.len() + entry.value.map_or(0, |[head, body]| head.len() + body.len());
        let last = pieces.len() - 1;
        if pieces[last].keys.len() == MOST_ENTRIES
            || (bytes + size > MOST_BYTES && !pieces[last].keys.is_empty())
        {
            pieces.push(Entries::default());
            bytes = 0;
        }
        bytes += size;
        let last = pieces.len() - 1;
        pieces[last].keys.push(entry.key);
        pieces[last].values.push(entry.value.map(Parts));
    }
    pieces
}

/// Writes what a snapshot shows, but for keys that the batch writes itself.
fn copy(
    shared: &Shared,
    link: &mut Link,
    batch: &Batch<'_>,
    source: &dyn Snapshot,
    version: i64,
) -> Result<(), Failure> {
    let refused =
        |error: Error| Failure::Refused(error, tokio_postgres::error::SqlState::SUCCESSFUL_COMPLETION);
    let mut cursor = source.cursor(KeyRange::ALL, Direction::Forward).map_err(refused)?;
    loop {
        let (mut keys, mut values, mut bytes) = (Vec::new(), Vec::new(), 0);
        while keys.len() < MOST_ENTRIES && bytes < MOST_BYTES && cursor.advance().map_err(refused)? {
            let (key, value) = cursor.entry();
            if batch.entries.contains_key(key) {
                continue;
            }
            bytes += key.len() + value.len();
            keys.push(key.to_vec());
            values.push(value.to_vec());
        }
        if keys.is_empty() {
            return Ok(());
        }
        link.query(&shared.sql.more, &[&keys, &values, &version])?;
    }
}
