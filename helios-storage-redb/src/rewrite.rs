//! Entries that lie close together in a table, as where all its rows change: what stands in their range is taken out and
//! put back with them in one run, which writes each page once.
//!
//! In: entries, ascending. Out: as many of the first of them as lie close together, written. A run costs less than finding
//! the place of each where few others lie between them.

use std::ops::Bound;

use helios_core::storage::BatchEntry;
use helios_core::{Error, Result};
use redb::{ReadableTable, Table};

use crate::apply::join;
use crate::error::from_redb;
use crate::pairs::{MOST_BYTES, Pairs};
use crate::snapshot::Bytes;

/// Entries are written anew together with all that the table has in their range, where that is not more than so many for
/// each of them.
const MOST_STORED: usize = 3;
/// Nor where their values are so long that it costs more to copy them than to find their places.
const MOST_STORED_BYTES: usize = 1024;
/// Fewer entries are not worth it; so many are looked at to tell.
pub(crate) const LEAST_REWRITTEN: usize = 64;
/// At most so many entries are written anew at once.
pub(crate) const MOST_REWRITTEN: usize = 4096;

/// Whether it pays to write entries anew together with what the table has in their range.
pub(crate) fn is_dense(table: &Table<'_, Bytes, Bytes>, entries: &[BatchEntry<'_>]) -> Result<bool> {
    let (mut stored, mut bytes) = (0, 0);
    for entry in table.range::<&[u8]>(entries[0].key..=entries[entries.len() - 1].key).map_err(from_redb)? {
        stored += 1;
        bytes += entry.map_err(from_redb)?.1.value().len();
        if stored > entries.len() * MOST_STORED || bytes > entries.len() * MOST_STORED_BYTES {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes entries, which ascend and lie close together, by taking out what the table has in their range and putting back
/// both in one run. Says how many of them were written: it ends where they do not lie close together any more.
pub(crate) fn rewrite(
    table: &mut Table<'_, Bytes, Bytes>,
    entries: &[BatchEntry<'_>],
    value: &mut Vec<u8>,
) -> Result<usize> {
    let mut others = Pairs::default();
    let taken = take_out(table, entries, &mut others)?;
    let next = put_back(table, &entries[..taken], &others, value)?;
    // Where branches of a damaged file lead astray, what was put back is not found.
    let written = [entries.first(), entries[..taken].last()].into_iter().flatten();
    let written = written.map(|entry| (entry.key, entry.value.is_some()));
    for (key, exists) in written.chain(next.as_deref().map(|key| (key, true))) {
        if table.get(key).map_err(from_redb)?.is_some() != exists {
            return Err(Error::corrupt("a key is not where it is looked for"));
        }
    }
    Ok(taken)
}

/// Takes all that the table has in the range of the entries out of it, and keeps what none of them is for. Says of how
/// many entries the range was taken out: all, unless too much lies between them.
fn take_out(
    table: &mut Table<'_, Bytes, Bytes>,
    entries: &[BatchEntry<'_>],
    others: &mut Pairs,
) -> Result<usize> {
    let most = entries.len() * MOST_STORED;
    let (mut reached, mut is_full) = (0, false);
    // In a damaged file keys may be out of order; what is put back would make it worse.
    let (mut last, mut is_ordered) = (Vec::new(), true);
    let stays = |key: &[u8], stored: &[u8]| {
        is_ordered &= last.is_empty() || &last[..] < key;
        last.clear();
        last.extend_from_slice(key);
        if is_full {
            return true;
        }
        while entries.get(reached).is_some_and(|entry| entry.key < key) {
            reached += 1;
        }
        if entries.get(reached).is_some_and(|entry| entry.key == key) {
            reached += 1;
            return false;
        }
        is_full = others.len() == most || others.bytes() >= MOST_BYTES;
        if !is_full {
            others.push(key, stored);
        }
        is_full
    };
    let range = entries[0].key..=entries[entries.len() - 1].key;
    table.retain_in::<&[u8], _>(range, stays).map_err(from_redb)?;
    if !is_ordered {
        return Err(Error::corrupt("keys are out of order"));
    }
    Ok(if is_full { reached } else { entries.len() })
}

/// Writes entries and others in one run, where the table has nothing. Gives the key that follows.
fn put_back(
    table: &mut Table<'_, Bytes, Bytes>,
    entries: &[BatchEntry<'_>],
    others: &Pairs,
    value: &mut Vec<u8>,
) -> Result<Option<Vec<u8>>> {
    let mut others = others.iter().peekable();
    let mut cursor = table.lower_bound_mut(Bound::Included(entries[0].key)).map_err(from_redb)?;
    for entry in entries {
        while let Some((key, stored)) = others.next_if(|(key, _)| *key < entry.key) {
            cursor.insert_before(key, stored).map_err(from_redb)?;
        }
        if let Some(parts) = entry.value {
            cursor.insert_before(entry.key, join(parts, value)).map_err(from_redb)?;
        }
    }
    for (key, stored) in others {
        cursor.insert_before(key, stored).map_err(from_redb)?;
    }
    let next = cursor.peek_next().map_err(from_redb)?.map(|(key, _)| key.value().to_vec());
    cursor.close().map_err(from_redb)?;
    Ok(next)
}
