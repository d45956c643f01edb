//! How many entries of an index have the same first values, by a look at a few places of it.
//!
//! In: an index as a reader sees it. Out: for one column, two columns and so on the average number of entries that agree
//! in them. It is what the planner knows of an index that ANALYZE has not seen. ANALYZE looks at all entries
//! ([`different`]).

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::Result;
use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::{Interrupt, Reader};
use helios_core::versioned::{BranchId, Space};
use parking_lot::Mutex;

use crate::catalog::Index;

/// So many places are looked at, and so many entries at each.
const PLACES: u64 = 8;
const ENTRIES: usize = 32;
/// After so many entries the program is asked whether to go on.
const ENTRIES_PER_CHECK: u64 = 256;
/// A table that has grown or shrunk to this share of what it was is looked at again.
const SIMILAR: f64 = 0.5;
/// Of so many indexes samples are kept.
const MOST_KEPT: usize = 4096;

/// Entries that agree in the first column, in the first two, and so on, on average; `None` where no two differed.
pub type Agreeing = Arc<[Option<f64>]>;

/// The samples of the indexes of a database.
#[derive(Debug, Default)]
pub struct Samples {
    /// By branch and index, with the number of rows that the table had.
    kept: Mutex<HashMap<(BranchId, Space), (f64, Agreeing)>>,
}

impl Samples {
    /// What an index of a table of about so many rows looks like.
    pub fn agreeing(&self, reader: &Reader, index: &Index, rows: f64) -> Result<Agreeing> {
        let place = (reader.branch(), index.space);
        if let Some((then, known)) = self.kept.lock().get(&place)
            && then.min(rows) >= then.max(rows) * SIMILAR
        {
            return Ok(known.clone());
        }
        let found = agreeing(reader, index)?;
        let mut kept = self.kept.lock();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(place, (rows, found.clone()));
        Ok(found)
    }
}

/// Looks at an index.
pub fn agreeing(reader: &Reader, index: &Index) -> Result<Agreeing> {
    let mut tally = Tally { seen: 0, changes: vec![0; index.columns.len()] };
    let guard = reader.scan(index.space);
    for start in places(reader, index.space)? {
        let mut previous: Option<(Vec<u8>, Vec<usize>)> = None;
        let mut left = ENTRIES;
        let mut cursor = guard.cursor(KeyRange::new(&start, None), Direction::Forward)?;
        cursor.visit(&mut |entry, _| {
            let ends = ends_of_columns(index, entry)?;
            if let Some((before, ends_before)) = &previous {
                tally.compare((before, ends_before), (entry, &ends));
            }
            previous = Some((entry.to_vec(), ends));
            left -= 1;
            Ok(left > 0)
        })?;
    }
    let each = |&changes: &usize| (changes > 0).then(|| (tally.seen as f64 / changes as f64).max(1.0));
    Ok(tally.changes.iter().map(each).collect())
}

/// How many entries an index has, and how many different beginnings these have: of one column, of two, and so on.
///
/// # Errors
/// `Interrupted` if the program asks to stop.
pub fn different(reader: &Reader, index: &Index, interrupt: &Interrupt) -> Result<(u64, Vec<u64>)> {
    let (mut entries, mut different) = (0_u64, vec![0_u64; index.columns.len()]);
    let mut previous: Vec<u8> = Vec::new();
    let guard = reader.scan(index.space);
    let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
    cursor.visit(&mut |entry, _| {
        let same = entry.iter().zip(&previous).take_while(|(one, other)| one == other).count();
        let mut rest = entry;
        for (column, different) in index.columns.iter().zip(&mut different) {
            key::skip_value(&mut rest, column.order)?;
            // No value's bytes are the beginning of another's.
            *different += u64::from(entries == 0 || same < entry.len() - rest.len());
        }
        entries += 1;
        if entries.is_multiple_of(ENTRIES_PER_CHECK) {
            interrupt.check()?;
        }
        previous.clear();
        previous.extend_from_slice(entry);
        Ok(true)
    })?;
    Ok((entries, different))
}

/// Pairs of neighbours seen, and in how many of them the first column differs, one of the first two, and so on.
struct Tally {
    seen: usize,
    changes: Vec<usize>,
}

impl Tally {
    fn compare(&mut self, before: (&[u8], &[usize]), entry: (&[u8], &[usize])) {
        self.seen += 1;
        for (place, changes) in self.changes.iter_mut().enumerate() {
            *changes += usize::from(before.0[..before.1[place]] != entry.0[..entry.1[place]]);
        }
    }
}

/// Where the columns of an entry end in its key.
fn ends_of_columns(index: &Index, entry: &[u8]) -> Result<Vec<usize>> {
    let mut rest = entry;
    let end = |column: &crate::catalog::IndexColumn| {
        key::skip_value(&mut rest, column.order)?;
        Ok(entry.len() - rest.len())
    };
    index.columns.iter().map(end).collect()
}

/// Keys that lie evenly between the first entry and the last, as far as their bytes tell.
fn places(reader: &Reader, space: Space) -> Result<Vec<Vec<u8>>> {
    let guard = reader.scan(space);
    let end = |direction| {
        let mut cursor = guard.cursor(KeyRange::ALL, direction)?;
        Ok(cursor.advance()?.then(|| cursor.key().to_vec()))
    };
    let (Some(first), Some(last)): (Option<Vec<u8>>, Option<Vec<u8>>) =
        (end(Direction::Forward)?, end(Direction::Backward)?)
    else {
        return Ok(Vec::new());
    };
    let common = first.iter().zip(&last).take_while(|(one, other)| one == other).count();
    let word = |key: &[u8]| {
        let mut bytes = [0; 8];
        let rest = &key[common..];
        let length = rest.len().min(8);
        bytes[..length].copy_from_slice(&rest[..length]);
        u64::from_be_bytes(bytes)
    };
    let (low, high) = (word(&first), word(&last));
    let step = high.saturating_sub(low) / PLACES;
    let key_at = |number: u64| [&last[..common], &(low + number * step).to_be_bytes()].concat();
    let mut places: Vec<Vec<u8>> = vec![first.clone()];
    places.extend((1..PLACES).map(key_at));
    Ok(places)
}
