//! Reading stores that are a journey away: what a snapshot has read before it was asked for is not asked for again.
//!
//! In: a driver that answers questions for a range and for keys ([`Questions`]). Out: look-ups ([`get`], [`get_many`]) and a
//! cursor ([`AheadCursor`]) that ask as seldom as may be: ranges come in pieces that grow, what a scan has left behind is there
//! for the next one, and where keys are looked up in their order those that come next are read along. All that is kept
//! belongs to one snapshot, so it is right as long as that lives.

mod cursor;

use std::collections::HashMap;

use parking_lot::Mutex;

use super::Direction;
use crate::encoding::key::after_prefix;
use crate::error::Result;
pub use cursor::AheadCursor;

/// The first piece of a range has so many rows; each further one four times as many, up to the second.
const FIRST_ROWS: usize = 64;
const MOST_ROWS: usize = 4096;
/// Going backward, the first piece has so many, and the next ones eight times as many: most often it is the last row alone
/// that is asked for, for the number of a new one, and else the last ten.
const FIRST_ROWS_BACKWARD: usize = 12;
/// So many ranges are kept, the last ones.
const RANGES: usize = 8;
/// Single values are forgotten when they have so many bytes.
const VALUE_BYTES: usize = 16 << 20;
/// After so many keys that were looked up in their order the next ones are read along.
const ASCENDING: usize = 4;
/// So often at most that number doubles.
const MOST_WASTED: u32 = 6;
/// So many bytes at the beginning of keys say what they belong to: a table of a branch.
const PREFIX_BYTES: usize = 3;

/// An entry as the answer to a question has it.
pub trait Row {
    /// The key.
    fn key(&self) -> &[u8];
    /// The value.
    fn value(&self) -> &[u8];
}

/// The questions that a snapshot can ask. Each is a journey.
pub trait Questions {
    /// What answers consist of.
    type Row: Row;

    /// What is known without a question.
    fn ahead(&self) -> &Mutex<Ahead<Self::Row>>;

    /// At most so many rows of a range, the first ones in a direction, in that order, and whether there are no more.
    fn scan(
        &self,
        from: &[u8],
        to: Option<&[u8]>,
        direction: Direction,
        most: usize,
    ) -> Result<(Vec<Self::Row>, bool)>;

    /// Calls `read` with the value of a key, or with `None`.
    fn value(&self, key: &[u8], read: &mut dyn FnMut(Option<&[u8]>)) -> Result<()>;

    /// Those of the keys that exist, in whatever order.
    fn values(&self, keys: &[&[u8]]) -> Result<Vec<Self::Row>>;
}

/// Looks up a key, as [`Snapshot::get`](super::Snapshot::get) does.
///
/// # Errors
/// Those of the question.
pub fn get<Q: Questions>(source: &Q, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
    let mut ahead = source.ahead().lock();
    if let Some(known) = ahead.get(key) {
        known.map(&mut *read);
        return Ok(known.is_some());
    }
    let along = ahead.look_ahead(key);
    drop(ahead);
    if let Some(rows) = along {
        return get_with_next(source, key, rows, read);
    }
    let mut is_found = false;
    source.value(key, &mut |value| {
        source.ahead().lock().note(key, value);
        is_found = value.is_some();
        value.map(&mut *read);
    })?;
    Ok(is_found)
}

/// Looks up a key and reads those that come after it, of the same table, for the next look-ups.
fn get_with_next<Q: Questions>(
    source: &Q,
    key: &[u8],
    most: usize,
    read: &mut dyn FnMut(&[u8]),
) -> Result<bool> {
    let end = after_prefix(&key[..key.len().min(PREFIX_BYTES)]);
    let (rows, is_all) = source.scan(key, end.as_deref(), Direction::Forward, most)?;
    let found = rows.first().filter(|row| row.key() == key);
    if let Some(row) = found {
        read(row.value());
    }
    let is_found = found.is_some();
    let to = match rows.last().filter(|_| !is_all) {
        Some(last) => Some([last.key(), &[0]].concat()),
        None => end,
    };
    source.ahead().lock().keep(Stretch { from: key.to_vec(), to, next: rows.len(), rows, most: FIRST_ROWS });
    Ok(is_found)
}

/// Looks up many keys, as [`Snapshot::get_many`](super::Snapshot::get_many) does, with at most one question.
///
/// # Errors
/// Those of the question.
pub fn get_many<Q: Questions>(source: &Q, keys: &[&[u8]], read: &mut dyn FnMut(usize, &[u8])) -> Result<()> {
    let mut unknown: Vec<(usize, &[u8])> = Vec::new();
    let mut ahead = source.ahead().lock();
    for (position, key) in keys.iter().enumerate() {
        match ahead.get(key) {
            Some(Some(value)) => read(position, value),
            Some(None) => {}
            None => unknown.push((position, key)),
        }
    }
    drop(ahead);
    if unknown.is_empty() {
        return Ok(());
    }
    let mut found = source.values(&unknown.iter().map(|(_, key)| *key).collect::<Vec<_>>())?;
    found.sort_unstable_by(|a, b| a.key().cmp(b.key()));
    ahead = source.ahead().lock();
    for (position, key) in unknown {
        let place = found.binary_search_by(|row| row.key().cmp(key)).ok();
        let value = place.map(|place| found[place].value());
        ahead.note(key, value);
        if let Some(value) = value {
            read(position, value);
        }
    }
    Ok(())
}

/// Rows of a range from a key on, all that there are up to where the range ends.
#[derive(Debug)]
struct Stretch<R> {
    /// The first key that it tells of.
    from: Vec<u8>,
    /// The first key that it does not tell of; `None` if it tells of all to the last.
    to: Option<Vec<u8>>,
    /// In their order.
    rows: Vec<R>,
    /// The position of the first row that nobody had.
    next: usize,
    /// So many rows are read with the next piece.
    most: usize,
}

impl<R: Row> Stretch<R> {
    fn tells_of(&self, key: &[u8]) -> bool {
        self.from.as_slice() <= key && self.to.as_deref().is_none_or(|to| key < to)
    }
}

/// What a snapshot has read: the rest of a piece that a scan left behind, values of single keys.
#[derive(Debug)]
pub struct Ahead<R> {
    stretches: Vec<Stretch<R>>,
    values: HashMap<Vec<u8>, Option<Vec<u8>>>,
    value_bytes: usize,
    /// The key that was looked up last by itself, and how many have come in ascending order.
    last: Vec<u8>,
    ascending: usize,
    /// How many look-ups what was read along has answered; `None` if nothing was since that was looked at.
    answered: Option<usize>,
    /// How often in a row it has answered none.
    wasted: u32,
}

impl<R> Default for Ahead<R> {
    fn default() -> Ahead<R> {
        Ahead {
            stretches: Vec::new(),
            values: HashMap::new(),
            value_bytes: 0,
            last: Vec::new(),
            ascending: 0,
            answered: None,
            wasted: 0,
        }
    }
}

impl<R: Row> Ahead<R> {
    /// Keeps what a scan has left.
    fn keep(&mut self, stretch: Stretch<R>) {
        // What was read again is there once.
        self.stretches.retain(|known| known.from != stretch.from);
        if self.stretches.len() == RANGES {
            self.stretches.remove(0);
        }
        self.stretches.push(stretch);
    }

    /// The rows from a key on, if it is known which there are, to be read on.
    fn take(&mut self, from: &[u8]) -> Option<Stretch<R>> {
        let place = self.stretches.iter().rposition(|stretch| stretch.tells_of(from))?;
        let mut stretch = self.stretches.remove(place);
        stretch.next = stretch.rows.partition_point(|row| row.key() < from);
        Some(stretch)
    }

    /// The value of a key, if that is known: `Some(None)` if it has none.
    fn get(&mut self, key: &[u8]) -> Option<Option<&[u8]>> {
        if let Some(value) = self.values.get(key) {
            return Some(value.as_deref());
        }
        let stretch = self.stretches.iter().rfind(|stretch| stretch.tells_of(key))?;
        self.answered = self.answered.map(|answered| answered + 1);
        let found = stretch.rows.binary_search_by(|row| row.key().cmp(key));
        Some(found.ok().map(|place| stretch.rows[place].value()))
    }

    /// Notes that a key is looked up whose value is not known. Where keys come in their order, this is how many rows from it
    /// on are worth reading. Keys that are far apart come in their order, too: what is read along in vain is read more seldom.
    fn look_ahead(&mut self, key: &[u8]) -> Option<usize> {
        let goes_on = self.last.as_slice() < key
            && self.last.len() > PREFIX_BYTES
            && key.starts_with(&self.last[..PREFIX_BYTES]);
        let is_wasted = self.answered.take().map(|answered| answered == 0);
        match is_wasted {
            Some(true) => self.wasted = (self.wasted + 1).min(MOST_WASTED),
            Some(false) => self.wasted = 0,
            None => {}
        }
        self.ascending = if goes_on && is_wasted != Some(true) { self.ascending + 1 } else { 0 };
        self.last.clear();
        self.last.extend_from_slice(key);
        let beyond =
            (self.ascending + 1).checked_sub(ASCENDING << self.wasted).filter(|beyond| *beyond > 0)?;
        self.answered = Some(0);
        Some(16 << (2 * beyond.min(4)))
    }

    /// Notes the value of a key.
    fn note(&mut self, key: &[u8], value: Option<&[u8]>) {
        let bytes = 64 + key.len() + value.map_or(0, <[u8]>::len);
        if bytes > VALUE_BYTES / 4 {
            return;
        }
        if self.value_bytes + bytes > VALUE_BYTES {
            self.values.clear();
            self.value_bytes = 0;
        }
        self.value_bytes += bytes;
        self.values.insert(key.to_vec(), value.map(<[u8]>::to_vec));
    }
}

#[cfg(test)]
#[path = "ahead_tests.rs"]
mod tests;
