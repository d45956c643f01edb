//! What is seen of one operator.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was seen of an operator. Threads may add to it side by side.
#[derive(Debug, Default)]
pub struct Meter {
    opened: AtomicU64,
    rows: AtomicU64,
    microseconds: AtomicU64,
    held: AtomicU64,
    most_held: AtomicU64,
    spilled: AtomicU64,
    read_chunks: AtomicU64,
    kept_chunks: AtomicU64,
    skipped_chunks: AtomicU64,
}

impl Meter {
    /// Forgets what was seen, but for what is held.
    pub fn reset(&self) {
        let seen = [&self.opened, &self.rows, &self.microseconds, &self.most_held];
        let chunks = [&self.read_chunks, &self.kept_chunks, &self.skipped_chunks];
        for number in seen.into_iter().chain([&self.spilled]).chain(chunks) {
            number.store(0, Ordering::Relaxed);
        }
    }

    /// The operator was opened.
    pub fn add_opening(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    /// It gave rows.
    pub fn add_rows(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// It took time, its inputs included.
    pub fn add_microseconds(&self, microseconds: u64) {
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// One of its collections holds so many bytes of memory instead of so many.
    pub fn change_held(&self, before: usize, after: usize) {
        let change = (after as u64).wrapping_sub(before as u64);
        let held = self.held.fetch_add(change, Ordering::Relaxed).wrapping_add(change);
        self.most_held.fetch_max(held, Ordering::Relaxed);
    }

    /// It wrote bytes to a temporary file.
    pub fn add_spilled(&self, bytes: usize) {
        self.spilled.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// It decoded a chunk of rows from what is stored.
    pub fn add_read_chunk(&self) {
        self.read_chunks.fetch_add(1, Ordering::Relaxed);
    }

    /// It found a chunk of rows among the columns that are kept in memory.
    pub fn add_kept_chunk(&self) {
        self.kept_chunks.fetch_add(1, Ordering::Relaxed);
    }

    /// It found a chunk of rows of which none is wanted, by the least and the greatest value of a column.
    pub fn add_skipped_chunk(&self) {
        self.skipped_chunks.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it was opened.
    pub fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// How many rows it gave, all openings together.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// The microseconds that it took, its inputs included.
    pub fn microseconds(&self) -> u64 {
        self.microseconds.load(Ordering::Relaxed)
    }

    /// The most bytes that its collections held at a time.
    pub fn most_held(&self) -> u64 {
        self.most_held.load(Ordering::Relaxed)
    }

    /// The bytes that it wrote to temporary files.
    pub fn spilled(&self) -> u64 {
        self.spilled.load(Ordering::Relaxed)
    }

    /// The chunks of rows that it decoded from what is stored.
    pub fn read_chunks(&self) -> u64 {
        self.read_chunks.load(Ordering::Relaxed)
    }

    /// The chunks of rows that were kept in memory.
    pub fn kept_chunks(&self) -> u64 {
        self.kept_chunks.load(Ordering::Relaxed)
    }

    /// The chunks of kept rows that were left out as a whole.
    pub fn skipped_chunks(&self) -> u64 {
        self.skipped_chunks.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::Meter;

    #[test]
    fn what_is_held_is_told_at_its_most() {
        let meter = Meter::default();
        for (before, after) in [(0, 100), (0, 50), (100, 20), (20, 60), (60, 0), (50, 0)] {
            meter.change_held(before, after);
        }
        assert_eq!(meter.most_held(), 150);
        meter.reset();
        meter.change_held(0, 7);
        assert_eq!(meter.most_held(), 7);
    }
}
