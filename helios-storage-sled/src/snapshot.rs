//! Snapshots and cursors: the tree, with what later commits have replaced laid over it.
//!
//! A cursor reads a piece of its range at a time and lends entries of the piece. A commit is applied between two pieces,
//! never within one.

use std::collections::VecDeque;
use std::ops::Bound;
use std::sync::Arc;

use helios_core::Result;
use helios_core::storage::{Cursor, Direction, KeyRange, Snapshot};
use sled::IVec;

use crate::error::guarded;
use crate::key::{original, stored};
use crate::store::{Inner, State};
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
        let start = Bound::Included(stored(range.start));
        let end = range.end.map_or(Bound::Unbounded, |end| Bound::Excluded(stored(end)));
        let rest = if range.is_empty() { None } else { Some((start, end)) };
        Ok(Box::new(PieceCursor {
            snapshot: self,
            range: rest.clone(),
            rest,
            direction,
            piece: VecDeque::new(),
            current: None,
            piece_entries: *PIECE.start(),
        }))
    }
}

type Bounds = (Bound<IVec>, Bound<IVec>);
type Pair = (IVec, IVec);

struct PieceCursor<'a> {
    snapshot: &'a SledSnapshot,
    /// `None` if no key can be in it.
    range: Option<Bounds>,
    /// What has not been read yet; `None` if that is nothing.
    rest: Option<Bounds>,
    direction: Direction,
    piece: VecDeque<Pair>,
    current: Option<Pair>,
    piece_entries: usize,
}

impl PieceCursor<'_> {
    /// Reads the next piece that has entries, if one is left.
    fn fill(&mut self) -> Result<()> {
        while let Some(rest) = self.rest.take() {
            let state = self.snapshot.inner.state.read();
            let last = read_piece(
                &state,
                self.snapshot.number,
                &rest,
                self.direction,
                self.piece_entries,
                |entry| {
                    self.piece.push_back(entry);
                },
            )?;
            self.piece_entries = (2 * self.piece_entries).min(*PIECE.end());
            self.rest = last.and_then(|last| match self.direction {
                Direction::Forward => non_empty((Bound::Excluded(last), rest.1)),
                Direction::Backward => non_empty((rest.0, Bound::Excluded(last))),
            });
            if !self.piece.is_empty() {
                break;
            }
        }
        Ok(())
    }
}

/// Bounds that a map takes: those that cross have nothing between them.
fn non_empty(bounds: Bounds) -> Option<Bounds> {
    let (Bound::Included(start) | Bound::Excluded(start), Bound::Included(end) | Bound::Excluded(end)) =
        (&bounds.0, &bounds.1)
    else {
        return Some(bounds);
    };
    let both_included = matches!(bounds, (Bound::Included(_), Bound::Included(_)));
    if start < end || (start == end && both_included) { Some(bounds) } else { None }
}

/// Hands over what a snapshot shows of the first keys of a range; the last key that was looked at, if there may be more.
fn read_piece(
    state: &State,
    number: u64,
    range: &Bounds,
    direction: Direction,
    most: usize,
    mut take: impl FnMut(Pair),
) -> Result<Option<IVec>> {
    let is_forward = direction == Direction::Forward;
    let mut tree = state.tree()?.range::<IVec, _>(range.clone());
    let mut next_of_tree = || guarded(|| if is_forward { tree.next() } else { tree.next_back() }.transpose());
    let mut undo = state.undo.range(range.clone());
    let mut next_of_undo = || if is_forward { undo.next() } else { undo.next_back() };
    let (mut found, mut kept) = (next_of_tree()?, next_of_undo());
    let mut last = None;
    for _ in 0..most {
        let replaced_first = match (&found, &kept) {
            (None, None) => return Ok(None),
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
            if let Some(entry) = std::mem::replace(&mut found, next_of_tree()?) {
                last = Some(entry.0.clone());
                take((original(entry.0)?, entry.1));
            }
            continue;
        }
        let Some((key, replaced)) = std::mem::replace(&mut kept, next_of_undo()) else { continue };
        last = Some(key.clone());
        let of_tree = match &found {
            Some((found_key, _)) if found_key == key => {
                std::mem::replace(&mut found, next_of_tree()?).map(|(_, value)| value)
            }
            _ => None,
        };
        let shown = shown_to(replaced, number).map_or(of_tree, Option::<&IVec>::cloned);
        if let Some(value) = shown {
            take((original(key.clone())?, value));
        }
    }
    Ok(last)
}

impl Cursor for PieceCursor<'_> {
    fn advance(&mut self) -> Result<bool> {
        if self.piece.is_empty() {
            self.fill()?;
        }
        self.current = self.piece.pop_front();
        Ok(self.current.is_some())
    }

    fn entry(&self) -> (&[u8], &[u8]) {
        self.current.as_ref().map_or((&[], &[]), |(key, value)| (key, value))
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.current = None;
        self.piece.clear();
        self.piece_entries = *PIECE.start();
        let key = stored(key);
        self.rest = self.range.clone().and_then(|(start, end)| match self.direction {
            Direction::Forward => non_empty((later(start, key), end)),
            Direction::Backward => non_empty((start, earlier(end, key))),
        });
        Ok(())
    }
}

/// The start of a range, or `key` where that is later.
fn later(start: Bound<IVec>, key: IVec) -> Bound<IVec> {
    match &start {
        Bound::Included(first) | Bound::Excluded(first) if key <= *first => start,
        _ => Bound::Included(key),
    }
}

/// The end of a range, or `key` where that is earlier.
fn earlier(end: Bound<IVec>, key: IVec) -> Bound<IVec> {
    match &end {
        Bound::Included(last) | Bound::Excluded(last) if key >= *last => end,
        _ => Bound::Included(key),
    }
}
