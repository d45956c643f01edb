//! How long documents are, in tokens, as they are asked for in the order of their rowids.
//!
//! In: rowids that go up, as a rule. Out: the length of each document. Where most documents are asked for, the rows of
//! their sizes are read as a scan reads them; where few are, one by one.

use helios_core::Result;
use helios_core::transaction::Reader;

use super::shadow::{Shadow, damaged};

/// Lengths that were read, and what was asked for before.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    /// Documents that follow each other: their rowids and lengths.
    window: Vec<(i64, i64)>,
    /// The place in the window behind the last document that was asked for, and how many of it were asked for.
    next: usize,
    used: usize,
    /// How many rows the next window is to have.
    rows: usize,
    before: Option<i64>,
    /// How many documents in a row were close to the one before.
    close: usize,
    sizes: Vec<i64>,
}

/// If the next document is so close it pays to read those between: a row of a scan costs a tenth of a look-up.
const CLOSE: usize = 8;

/// So many documents have to be close one after the other before those between are read.
const RUN: usize = 4;

/// The least and the greatest number of rows that are read at once.
const WINDOW: (usize, usize) = (16, 512);

impl Lengths {
    /// The length of a document of so many columns.
    ///
    /// # Errors
    /// SQLite's of a damaged file, where its sizes are missing.
    pub(super) fn of(&mut self, shadow: &Shadow, reader: &Reader, rowid: i64, columns: usize) -> Result<i64> {
        if let Some(length) = self.find(rowid) {
            return Ok(length);
        }
        if self.is_dense(rowid) {
            self.read_window(shadow, reader, rowid, columns)?;
            return self.find(rowid).ok_or_else(damaged);
        }
        let found = shadow.read_sizes(reader, rowid, &mut self.sizes)?;
        let is_whole = found && self.sizes.len() == columns;
        if is_whole { Ok(self.sizes.iter().sum()) } else { Err(damaged()) }
    }

    /// Whether documents are asked for so densely that a window pays, from one on that is in none.
    fn is_dense(&mut self, rowid: i64) -> bool {
        if !self.window.is_empty() {
            let pays = self.used * CLOSE >= self.window.len();
            (self.rows, self.close) = if pays { (self.rows * 2, RUN) } else { (WINDOW.0, 0) };
            self.window.clear();
        }
        let last = self.before.replace(rowid);
        let distance = last.and_then(|last| rowid.checked_sub(last));
        match distance.is_some_and(|distance| (1..=CLOSE as i64).contains(&distance)) {
            true => self.close += 1,
            false => self.close = 0,
        }
        self.close >= RUN
    }

    /// Reads the documents from one on.
    fn read_window(&mut self, shadow: &Shadow, reader: &Reader, first: i64, columns: usize) -> Result<()> {
        self.rows = self.rows.clamp(WINDOW.0, WINDOW.1);
        (self.next, self.used) = (0, 0);
        shadow.scan_sizes(reader, first, self.rows, &mut |rowid, sizes| {
            if sizes.len() != columns {
                return Err(damaged());
            }
            self.window.push((rowid, sizes.iter().sum()));
            Ok(())
        })
    }

    /// Finds a document in the window, at or behind the last one.
    #[inline]
    fn find(&mut self, rowid: i64) -> Option<i64> {
        let rest = self.window.get(self.next..)?;
        let passed = rest.iter().take_while(|(own, _)| *own < rowid).count();
        self.next += passed;
        let (own, length) = rest.get(passed)?;
        if *own != rowid {
            return None;
        }
        self.next += 1;
        self.used += 1;
        self.before = Some(rowid);
        Some(*length)
    }
}
