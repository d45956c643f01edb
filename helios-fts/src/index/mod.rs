//! The inverted index: from tokens to the documents that have them.
//!
//! In: documents that come and go, as tokens. Out: for a term, the documents with it in the order of their rowids, each
//! with the places where it stands.
//!
//! New documents are collected ([`Pending`]) and written as a *segment*: all their terms, sorted, on pages
//! ([`segment`]). What a segment says of a document and a term holds for all older segments too; that a document has
//! lost a term is said as well. When there are many segments of a size, they are merged into one ([`Index::settle`]).
//!
//! Terms of the index begin with a byte that tells what they are: [`MAIN`] is a token, the bytes after that are the
//! prefixes of the table's first, second, … prefix index.

mod checksum;
mod doclist;
mod merge;
mod pending;
mod postings;
mod prefix;
mod segment;
mod segment_documents;
mod store;
mod structure;
mod terms;
mod varint;

pub use checksum::Checksum;
pub use pending::{Pending, PendingMark, clear};
pub use postings::Postings;
pub use store::{Store, StoreMut};
pub use structure::{Structure, Totals};
pub use terms::TermScan;

pub(crate) use postings::ReadyDocuments;
pub(crate) use prefix::prefix_postings;
pub use varint::{read_varint, write_varint};

use std::sync::Arc;

use helios_core::{Error, Result};

/// The first byte of terms that are tokens.
pub const MAIN: u8 = b'0';

/// A place in a document: the column in the upper half, the number of the token in the lower.
pub type Position = u64;

/// The place of a token.
pub fn position(column: usize, offset: u64) -> Position {
    (column as u64) << 32 | offset & 0xffff_ffff
}

/// The column of a place.
pub fn column_of(position: Position) -> usize {
    (position >> 32) as usize
}

/// The number of the token of a place.
pub fn offset_of(position: Position) -> i64 {
    (position & 0xffff_ffff) as i64
}

/// The index as one reader sees it.
#[derive(Clone, Debug)]
pub struct Index {
    /// Where its pages are.
    pub store: Arc<dyn Store>,
    /// Its segments.
    pub structure: Arc<Structure>,
}

impl Index {
    /// Opens an index.
    ///
    /// # Errors
    /// SQLite's of a damaged file, where the record of the segments is missing.
    pub fn open(store: Arc<dyn Store>) -> Result<Index> {
        let structure = Arc::new(Structure::load(&*store)?);
        Ok(Index { store, structure })
    }

    /// The documents with a term, whose first byte tells its kind.
    pub fn postings(&self, term: &[u8]) -> Result<Postings> {
        Postings::of_term(self, term)
    }

    /// The terms from one on.
    pub fn terms(&self, first: &[u8]) -> Result<TermScan> {
        TermScan::open(self, first)
    }
}

/// The error of pages that are not what they should be.
pub(crate) fn corrupt() -> Error {
    Error::corrupt_module()
}
