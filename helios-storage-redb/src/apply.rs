//! A batch into redb's table.
//!
//! redb's append cursor writes a run of new keys about three times as fast as single inserts, but it takes only keys
//! that fit into one gap between existing ones, and finding a gap costs a look-up. So gaps are looked for where the
//! last one took many keys, and less and less often where they did not. Keys to delete that lie close together are
//! deleted by one pass over their range, which writes each page once. Keys of any kind that lie very close together, as
//! where all rows of a table change, are taken out with all that lies between them and put back in one run.

use std::ops::Bound;

use helios_core::Result;
use helios_core::storage::{Batch, BatchEntry, Direction, KeyRange, Snapshot};
use redb::{ReadableTable, Table};

use crate::error::from_redb;
use crate::pairs::{MOST_BYTES, Pairs};
use crate::rewrite::{LEAST_REWRITTEN, MOST_REWRITTEN, is_dense, rewrite};
use crate::snapshot::Bytes;

/// A gap that takes fewer entries than this was not worth looking for.
const SHORT_RUN: usize = 8;
/// So many keys to delete, one after the other, may be worth a pass over their range.
const LONG_RUN: usize = 64;
/// A pass pays where not more than so many entries are looked at for each that is deleted.
const MOST_PASSED: usize = 16;
/// After so many deletions it is looked again how close together keys lie.
const MOST_DELETIONS: usize = 4096;
/// Of entries that are made while they are read, so many are there at a time.
const MOST_AT_ONCE: usize = 2 * MOST_REWRITTEN;
/// Between two looks for a gap, at most this many entries are inserted one by one.
const MOST_SINGLES: usize = 1024;

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
    batch.entries.try_for_each_piece(MOST_AT_ONCE, |entries| write_all(table, entries))
}

/// Writes everything that a snapshot shows, a piece at a time.
fn copy(table: &mut Table<'_, Bytes, Bytes>, source: &dyn Snapshot) -> Result<()> {
    let mut cursor = source.cursor(KeyRange::ALL, Direction::Forward)?;
    let mut pairs = Pairs::default();
    loop {
        let has_more = cursor.advance()?;
        if has_more {
            let (key, value) = cursor.entry();
            pairs.push(key, value);
        }
        if !has_more || pairs.bytes() >= MOST_BYTES {
            let entries: Vec<_> = pairs.iter().map(|(key, value)| BatchEntry::put(key, value)).collect();
            write_all(table, &entries)?;
            pairs.clear();
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
            if taken < SHORT_RUN
                && rest.len() >= LEAST_REWRITTEN
                && is_dense(table, &rest[..LEAST_REWRITTEN])?
            {
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
pub(crate) fn join<'v>([head, body]: [&'v [u8]; 2], value: &'v mut Vec<u8>) -> &'v [u8] {
    if body.is_empty() {
        return head;
    }
    value.clear();
    value.extend_from_slice(head);
    value.extend_from_slice(body);
    value
}
