//! What an index asks of whoever keeps its pages.

use std::fmt;

use helios_core::Result;

/// Pages, and for each segment which page to begin at.
pub trait Store: fmt::Debug + Send + Sync {
    /// Reads a page into `out`, which is emptied first; `false` if there is none.
    fn page(&self, id: i64, out: &mut Vec<u8>) -> Result<bool>;

    /// The page that a term is on if the segment has it: that of the last entry at or before the term.
    fn page_of(&self, segment: u64, term: &[u8]) -> Result<Option<u64>>;
}

/// Pages that can be written.
pub trait StoreMut: Store {
    /// Writes a page.
    fn write_page(&self, id: i64, bytes: &[u8]) -> Result<()>;

    /// Deletes a page.
    fn delete_page(&self, id: i64) -> Result<()>;

    /// Writes the entry of a page that begins with `term`.
    fn write_entry(&self, segment: u64, term: &[u8], page: u64) -> Result<()>;

    /// Deletes all entries of a segment.
    fn delete_entries(&self, segment: u64) -> Result<()>;
}
