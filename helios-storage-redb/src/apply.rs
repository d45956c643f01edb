//! A batch into redb's table.
//!
//! redb's append cursor writes a run of new keys about three times as fast as single inserts, but it takes only keys
//! that fit into one gap between existing ones, and finding a gap costs a look-up. So gaps are looked for where the
//! last one took many keys, and less and less often where they did not. Keys to delete that lie close together are
//! deleted by one pass over their range, which writes each page once. Keys of any kind that lie very close together, as
//! where all rows of a table change, are taken out with all that lies between them and put back in one run.

use std::ops::Bound;

use helios_core::storage::{Batch, BatchEntry, Direction, KeyRange, Snapshot};
use helios_core::{Error, Result};
use redb::{ReadableTable, Table};

use crate::error::from_redb;
use crate::snapshot::Bytes;

/// A gap that takes fewer entries than this was not worth looking for.
const SHORT_RUN: usize = 8;
/// So many keys to delete, one after the other, may be worth a pass over their range.
const LONG_RUN: usize = 64;
/// A pass pays where not more than so many entries are looked at for each that is deleted.
const MOST_PASSED: usize = 16;
/// Entries are written anew together with all that the table has in their range, where that is not more than so many for
/// each of them.
const MOST_STORED: usize = 3;
/// Nor where their values are so long that it costs more to copy them than to find their places.
const MOST_STORED_BYTES: usize = 1024;
/// At most so many entries are written anew at once.
const MOST_REWRITTEN: usize = 4096;
/// After so many deletions it is looked again how close together keys lie.
const MOST_DELETIONS: usize = 4096;
/// Between two looks for a gap, at most this many entries are inserted one by one.
const MOST_SINGLES: usize = 1024;

/// About so much of what is copied is in memory at once.
const COPIED_BYTES: usize = 1 << 20;

/// Applies a batch, whose expectations hold, to the table.
pub(crate) fn apply(table: &mut Table<'_, Bytes, Bytes>, batch: &Batch<'_>) -> Result<()> {
    for range in &batch.cleared {
        match range.end {
            Some(end) => table.retain_in::<&[u8], _>(range.start..end, |_, _| false),
            None => table.retain_in::<&[u8], _>(range.start.., |_, _| false),
        }
        .map_err(from_redb)?;
    }
    if let Some(source) = batch.copied {
        copy(table, source)?;
    }
    write_all(table, &batch.entries)
}

/// Writes everything that a snapshot shows, a piece at a time.
fn copy(table: &mut Table<'_, Bytes, Bytes>, source: &dyn Snapshot) -> Result<()> {
    let mut cursor = source.cursor(KeyRange::ALL, Direction::Forward)?;
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    loop {
        let has_more = cursor.advance()?;
        if has_more {
            let (key, value) = cursor.entry();
            bytes.extend_from_slice(key);
            let key_end = bytes.len();
            bytes.extend_from_slice(value);
            ends.push((key_end, bytes.len()));
        }
        if !has_more || bytes.len() >= COPIED_BYTES {
            let mut start = 0;
            let entries: Vec<_> = ends
                .drain(..)
                .map(|(key_end, end)| {
                    let key = &bytes[std::mem::replace(&mut start, end)..key_end];
                    BatchEntry::put(key, &bytes[key_end..end])
                })
                .collect();
            write_all(table, &entries)?;
            bytes.clear();
        }
        if !has_more {
            return Ok(());
        }
    }
}

/// Writes entries, which ascend.
fn write_all(table: &mut Table<'_, Bytes, Bytes>, entries: &[BatchEntry<'_>]) -> Result<()> {
    let mut value = Vec::new();
    let mut rest = entries;
    let mut singles = SHORT_RUN;
    while !rest.is_empty() {
        let deletions = rest.iter().take(MOST_DELETIONS).take_while(|entry| entry.value.is_none()).count();
        if deletions >= LONG_RUN {
            let (some, others) = rest.split_at(deletions);
            delete_run(table, some)?;
            rest = others;
            continue;
        }
        if rest.len() >= SHORT_RUN {
            let mut taken = fill_gap(table, rest, &mut value)?;
            if taken < SHORT_RUN && rest.len() >= LONG_RUN && is_dense(table, &rest[..LONG_RUN])? {
                taken = rewrite(table, &rest[..rest.len().min(MOST_REWRITTEN)], &mut value)?;
            }
            rest = &rest[taken..];
            singles = if taken < SHORT_RUN { (2 * singles).min(MOST_SINGLES) } else { SHORT_RUN };
        }
        let (some, others) = rest.split_at(singles.min(rest.len()));
        for entry in some {
            write_one(table, entry, &mut value)?;
        }
        rest = others;
    }
    Ok(())
}

/// Deletes keys, which ascend.
fn delete_run(table: &mut Table<'_, Bytes, Bytes>, entries: &[BatchEntry<'_>]) -> Result<()> {
    if !lie_close(table, entries)? {
        return entries.iter().try_for_each(|entry| {
            table.remove(entry.key).map_err(from_redb)?;
            Ok(())
        });
    }
    let mut rest = entries.iter().map(|entry| entry.key).peekable();
    let range = entries[0].key..=entries[entries.len() - 1].key;
    let keep = |key: &[u8], _: &[u8]| {
        while rest.next_if(|next| *next < key).is_some() {}
        rest.next_if_eq(&key).is_none()
    };
    table.retain_in::<&[u8], _>(range, keep).map_err(from_redb)
}

/// Whether few entries lie between the first of the keys, which tell about the others.
fn lie_close(table: &Table<'_, Bytes, Bytes>, entries: &[BatchEntry<'_>]) -> Result<bool> {
    let sample = SHORT_RUN.min(entries.len() - 1);
    let mut between = table.range::<&[u8]>(entries[0].key..entries[sample].key).map_err(from_redb)?;
    Ok(between.nth(sample * MOST_PASSED).transpose().map_err(from_redb)?.is_none())
}

/// Whether it pays to write entries anew together with what the table has in their range.
fn is_dense(table: &Table<'_, Bytes, Bytes>, entries: &[BatchEntry<'_>]) -> Result<bool> {
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
fn rewrite(
    table: &mut Table<'_, Bytes, Bytes>,
    entries: &[BatchEntry<'_>],
    value: &mut Vec<u8>,
) -> Result<usize> {
    let most_between = entries.len() * MOST_STORED;
    let (mut between, mut ends) = (Vec::new(), Vec::with_capacity(entries.len()));
    let (mut reached, mut is_full) = (0, false);
    // In a damaged file keys may be out of order; what is put back would make it worse.
    let (mut last, mut is_ordered) = (Vec::new(), true);
    let keep = |key: &[u8], stored: &[u8]| {
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
        is_full = ends.len() == most_between || between.len() >= COPIED_BYTES;
        if !is_full {
            between.extend_from_slice(key);
            let key_end = between.len();
            between.extend_from_slice(stored);
            ends.push((key_end, between.len()));
        }
        is_full
    };
    let range = entries[0].key..=entries[entries.len() - 1].key;
    table.retain_in::<&[u8], _>(range, keep).map_err(from_redb)?;
    if !is_ordered {
        return Err(Error::corrupt("keys are out of order"));
    }
    let taken = if is_full { reached } else { entries.len() };
    let mut start = 0;
    let mut between = ends
        .iter()
        .map(|&(key_end, end)| {
            let begin = std::mem::replace(&mut start, end);
            (&between[begin..key_end], &between[key_end..end])
        })
        .peekable();
    let mut cursor = table.lower_bound_mut(Bound::Included(entries[0].key)).map_err(from_redb)?;
    for entry in &entries[..taken] {
        while let Some((key, stored)) = between.next_if(|(key, _)| *key < entry.key) {
            cursor.insert_before(key, stored).map_err(from_redb)?;
        }
        if let Some(parts) = entry.value {
            cursor.insert_before(entry.key, join(parts, value)).map_err(from_redb)?;
        }
    }
    for (key, stored) in between {
        cursor.insert_before(key, stored).map_err(from_redb)?;
    }
    let next = cursor.peek_next().map_err(from_redb)?.map(|(key, _)| key.value().to_vec());
    cursor.close().map_err(from_redb)?;
    // Where branches of a damaged file lead astray, what was put back is not found.
    let written = [entries.first(), entries[..taken].last()].into_iter().flatten();
    for (key, exists) in
        written.map(|entry| (entry.key, entry.value.is_some())).chain(next.as_deref().map(|key| (key, true)))
    {
        if table.get(key).map_err(from_redb)?.is_some() != exists {
            return Err(Error::corrupt("a key is not where it is looked for"));
        }
    }
    Ok(taken)
}

fn write_one(table: &mut Table<'_, Bytes, Bytes>, entry: &BatchEntry<'_>, value: &mut Vec<u8>) -> Result<()> {
    match entry.value {
        Some(parts) => {
            let joined = join(parts, value);
            table.insert(entry.key, joined).map_err(from_redb)?;
        }
        None => {
            table.remove(entry.key).map_err(from_redb)?;
        }
    }
    Ok(())
}

/// Writes the entries that fit into the gap before which the first of them stands; says how many.
fn fill_gap(
    table: &mut Table<'_, Bytes, Bytes>,
    entries: &[BatchEntry<'_>],
    value: &mut Vec<u8>,
) -> Result<usize> {
    let mut cursor = table.lower_bound_mut(Bound::Included(entries[0].key)).map_err(from_redb)?;
    let gap_end = cursor.peek_next().map_err(from_redb)?.map(|(key, _)| key.value().to_vec());
    let fitting = match &gap_end {
        Some(end) => entries.partition_point(|entry| entry.key < &end[..]),
        None => entries.len(),
    };
    let mut taken = 0;
    if fitting >= SHORT_RUN {
        for entry in &entries[..fitting] {
            // A key that does not exist needs no deleting.
            if let Some(parts) = entry.value {
                let joined = join(parts, value);
                cursor.insert_before(entry.key, joined).map_err(from_redb)?;
            }
        }
        taken = fitting;
    }
    cursor.close().map_err(from_redb)?;
    Ok(taken)
}

/// Both parts of a value in one piece.
fn join<'v>([head, body]: [&'v [u8]; 2], value: &'v mut Vec<u8>) -> &'v [u8] {
    if body.is_empty() {
        return head;
    }
    value.clear();
    value.extend_from_slice(head);
    value.extend_from_slice(body);
    value
}
