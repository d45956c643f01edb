//! Snapshots: the tree, with what later commits have replaced laid over it.
//!
//! Cursors read their range in pieces. A commit is applied between two pieces, never within one.

use std::ops::Bound;
use std::sync::Arc;

use helios_core::Result;
use helios_core::storage::{Cursor, Direction, KeyRange, Piece, PieceCursor, Pieces, Snapshot};
use sled::IVec;

use crate::count;
use crate::error::guarded;
use crate::key::{original, stored};
use crate::store::Inner;
use crate::undo::shown_to;

/// Entries of the first piece that a cursor reads, and of the largest.
const PIECE: std::ops::RangeInclusive<usize> = 8..=256;

/// A state of the store.
#[derive(Debug)]
pub(crate) struct SledSnapshot {
    inner: Arc<Inner>,
    number: u64,
}

impl SledSnapshot {
    pub(crate) fn new(inner: Arc<Inner>, number: u64) -> SledSnapshot {
        SledSnapshot { inner, number }
    }
}

impl Drop for SledSnapshot {
    fn drop(&mut self) {
        self.inner.state.write().undo.drop_snapshot(self.number);
    }
}

impl Snapshot for SledSnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let value = {
            let key = stored(key);
            let state = self.inner.state.read();
            let tree = state.tree()?;
            match state.undo.get(&key, self.number) {
                Some(replaced) => replaced.cloned(),
                None => guarded(|| tree.get(key))?,
            }
        };
        if let Some(value) = &value {
            read(value);
        }
        Ok(value.is_some())
    }

    fn cursor<'a>(&'a self, range: KeyRange<'_>, direction: Direction) -> Result<Box<dyn Cursor + 'a>> {
        self.inner.state.read().tree()?;
        Ok(Box::new(PieceCursor::new(self, range, direction, PIECE)))
    }
}

impl Pieces for SledSnapshot {
    fn read_piece(&self, range: KeyRange<'_>, direction: Direction, piece: &mut Piece) -> Result<()> {
        let state = self.inner.state.read();
        let bounds = (
            Bound::Included(stored(range.start)),
            Bound::Excluded(range.end.map_or_else(|| IVec::from(&count::KEY), stored)),
        );
        let is_forward = direction == Direction::Forward;
        let mut tree = state.tree()?.range(bounds.clone());
        let mut next_of_tree =
            || guarded(|| if is_forward { tree.next() } else { tree.next_back() }.transpose());
        let mut undo = state.undo.range(bounds);
        let mut next_of_undo = || if is_forward { undo.next() } else { undo.next_back() };
        let (mut found, mut kept) = (next_of_tree()?, next_of_undo());
        while !piece.is_full() {
            let replaced_first = match (&found, &kept) {
                (None, None) => break,
                (Some(_), None) => false,
                (None, Some(_)) => true,
                (Some((key, _)), Some((other, _))) => {
                    if is_forward {
                        *other <= key
                    } else {
                        *other >= key
                    }
                }
            };
            if !replaced_first {
                if let Some((key, value)) = std::mem::replace(&mut found, next_of_tree()?) {
                    piece.push(&original(key)?, &value);
                }
                continue;
            }
            let Some((key, replaced)) = std::mem::replace(&mut kept, next_of_undo()) else { continue };
            let of_tree = match &found {
                Some((found_key, _)) if found_key == key => {
                    std::mem::replace(&mut found, next_of_tree()?).map(|(_, value)| value)
                }
                _ => None,
            };
            let shown = shown_to(replaced, self.number).map_or(of_tree, Option::<&IVec>::cloned);
            if let Some(value) = shown {
                piece.push(&original(key.clone())?, &value);
            }
        }
        Ok(())
    }
}
