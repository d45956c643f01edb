//! Memory for what only grows at its end: nothing that is in it is ever moved.
//!
//! A vector that doubles copies all it has and touches twice the memory that it needs, which a large transaction would
//! pay for in page faults. Only the first piece grows like that, so that little takes little memory.

use std::ops::{Index, IndexMut};

/// Items in a piece of a list.
const PIECE_ITEMS: usize = 1 << 15;
/// Bytes in a piece of an arena, about.
const PIECE_BYTES: usize = 1 << 20;
/// A piece that has less room than this is full. What is larger makes its piece grow.
const SLACK: usize = 1 << 12;

/// A list.
#[derive(Clone, Debug)]
pub(super) struct Pieces<T>(Vec<Vec<T>>);

impl<T> Default for Pieces<T> {
    fn default() -> Pieces<T> {
        Pieces(Vec::new())
    }
}

impl<T> Pieces<T> {
    /// Number of items.
    #[inline]
    pub(super) fn len(&self) -> usize {
        match &self.0[..] {
            [] => 0,
            [full @ .., last] => full.len() * PIECE_ITEMS + last.len(),
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends an item.
    #[inline]
    pub(super) fn push(&mut self, item: T) {
        match self.0.last_mut() {
            Some(last) if last.len() < PIECE_ITEMS => last.push(item),
            Some(_) => self.begin_piece(Vec::with_capacity(PIECE_ITEMS), item),
            None => self.begin_piece(Vec::new(), item),
        }
    }

    #[cold]
    fn begin_piece(&mut self, mut piece: Vec<T>, item: T) {
        piece.push(item);
        self.0.push(piece);
    }

    /// An item, if there are so many.
    #[inline]
    pub(super) fn get(&self, position: usize) -> Option<&T> {
        self.0.get(position / PIECE_ITEMS)?.get(position % PIECE_ITEMS)
    }

    /// The item at the end.
    #[inline]
    pub(super) fn last(&self) -> Option<&T> {
        self.0.last()?.last()
    }

    /// Forgets all items but the first `length`.
    pub(super) fn truncate(&mut self, length: usize) {
        self.0.truncate(length.div_ceil(PIECE_ITEMS));
        if let [full @ .., last] = &mut self.0[..] {
            last.truncate(length - full.len() * PIECE_ITEMS);
        }
    }
}

impl<T> Index<u32> for Pieces<T> {
    type Output = T;

    #[inline]
    fn index(&self, position: u32) -> &T {
        &self.0[position as usize / PIECE_ITEMS][position as usize % PIECE_ITEMS]
    }
}

impl<T> IndexMut<u32> for Pieces<T> {
    #[inline]
    fn index_mut(&mut self, position: u32) -> &mut T {
        &mut self.0[position as usize / PIECE_ITEMS][position as usize % PIECE_ITEMS]
    }
}

/// Byte strings.
#[derive(Clone, Debug, Default)]
pub(super) struct Arena(Vec<Vec<u8>>);

/// Where a byte string begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    piece: u32,
    offset: u32,
}

impl Arena {
    /// Where the next byte string begins, and the vector to whose end it is appended.
    #[inline]
    pub(super) fn next(&mut self) -> (Place, &mut Vec<u8>) {
        if self.0.last().is_none_or(|last| last.len() > PIECE_BYTES - SLACK) {
            self.0.push(if self.0.is_empty() { Vec::new() } else { Vec::with_capacity(PIECE_BYTES) });
        }
        let piece = self.0.len() - 1;
        let last = &mut self.0[piece];
        (Place { piece: piece as u32, offset: last.len() as u32 }, last)
    }

    /// The `length` bytes that come `skipped` bytes after a place.
    #[inline]
    pub(super) fn get(&self, place: Place, skipped: usize, length: usize) -> &[u8] {
        let start = place.offset as usize + skipped;
        &self.0[place.piece as usize][start..start + length]
    }

    /// Forgets what stands at a place and all behind it.
    pub(super) fn truncate(&mut self, place: Place) {
        self.0.truncate(place.piece as usize + 1);
        if let Some(last) = self.0.last_mut() {
            last.truncate(place.offset as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_as_long_as_it_was_made() {
        let mut list = Pieces::default();
        assert!(list.is_empty() && list.last().is_none());
        for item in 0..3 * PIECE_ITEMS as u32 {
            list.push(item);
        }
        assert_eq!((list.len(), list.get(3 * PIECE_ITEMS)), (3 * PIECE_ITEMS, None));
        for length in [3 * PIECE_ITEMS, 2 * PIECE_ITEMS + 1, 2 * PIECE_ITEMS, PIECE_ITEMS - 1, 1] {
            list.truncate(length);
            assert_eq!((list.len(), list.last()), (length, Some(&(length as u32 - 1))));
        }
        list.push(7);
        assert_eq!((list[0], list[1]), (0, 7));
        list[0] = 5;
        list.truncate(1);
        assert_eq!(list.get(0), Some(&5));
        list.truncate(0);
        assert!(list.is_empty());
    }

    #[test]
    fn byte_strings_stay_where_they_are() {
        let mut arena = Arena::default();
        let strings: Vec<Vec<u8>> = (0..300).map(|number| vec![number as u8; number * 50]).collect();
        let mut places = Vec::new();
        for string in &strings {
            let (place, bytes) = arena.next();
            bytes.extend_from_slice(string);
            places.push(place);
        }
        assert!(arena.0.len() > 2, "there are several pieces");
        let is_there = |arena: &Arena, number: usize| {
            arena.get(places[number], 0, number * 50) == strings[number]
                && arena.get(places[number], number, number * 49) == &strings[number][number..]
        };
        assert!((0..300).all(|number| is_there(&arena, number)));
        arena.truncate(places[150]);
        let (place, bytes) = arena.next();
        bytes.extend_from_slice(b"other");
        assert_eq!(arena.get(place, 0, 5), b"other");
        assert!((0..150).all(|number| is_there(&arena, number)));
    }
}
