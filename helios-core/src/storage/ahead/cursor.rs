//! A position in a range that is read in pieces.

use std::fmt;

use super::{FIRST_ROWS, FIRST_ROWS_BACKWARD, MOST_ROWS, Questions, Row, Stretch};
use crate::error::Result;
use crate::storage::{Cursor, Direction, KeyRange};

/// A position in a range. Going forward, it knows all rows from `from` to before `known_to`.
pub struct AheadCursor<'a, Q: Questions> {
    source: &'a Q,
    direction: Direction,
    start: Vec<u8>,
    end: Option<Vec<u8>>,
    from: Vec<u8>,
    /// `None` if it knows of all to the last.
    known_to: Option<Vec<u8>>,
    rows: Vec<Q::Row>,
    next: usize,
    current: Option<usize>,
    most: usize,
    /// Going backward, where what is not known ends; `None` if all is known.
    backward: Option<Option<Vec<u8>>>,
}

impl<'a, Q: Questions> AheadCursor<'a, Q> {
    /// A cursor before the first entry of `range` (after the last, going backward).
    pub fn new(source: &'a Q, range: KeyRange<'_>, direction: Direction) -> AheadCursor<'a, Q> {
        let (start, end) = (range.start.to_vec(), range.end.map(<[u8]>::to_vec));
        let mut cursor = AheadCursor {
            source,
            direction,
            from: start.clone(),
            known_to: Some(start.clone()),
            start,
            end,
            rows: Vec::new(),
            next: 0,
            current: None,
            most: FIRST_ROWS,
            backward: None,
        };
        cursor.begin(range.start.to_vec());
        cursor
    }

    /// Goes before the first row at or after a key of the range (going backward: after the last before the range's end).
    fn begin(&mut self, from: Vec<u8>) {
        self.current = None;
        if self.direction == Direction::Backward {
            self.backward = Some(self.end.clone());
            self.most = FIRST_ROWS_BACKWARD;
            return;
        }
        let is_known = self.from <= from && self.known_to.as_ref().is_none_or(|to| from < *to);
        if is_known {
            self.next = self.rows.partition_point(|row| row.key() < from.as_slice());
            return;
        }
        self.leave();
        match self.source.ahead().lock().take(&from) {
            Some(found) => {
                (self.from, self.known_to, self.rows) = (found.from, found.to, found.rows);
                (self.next, self.most) = (found.next, found.most);
            }
            None => {
                (self.from, self.known_to, self.rows) = (from.clone(), Some(from), Vec::new());
                (self.next, self.most) = (0, FIRST_ROWS);
            }
        }
    }

    /// Leaves what was read to whoever comes next.
    fn leave(&mut self) {
        let tells_of_something = self.known_to.as_ref().is_none_or(|to| self.from < *to);
        if self.direction == Direction::Forward && tells_of_something {
            self.source.ahead().lock().keep(Stretch {
                from: std::mem::take(&mut self.from),
                to: self.known_to.take(),
                rows: std::mem::take(&mut self.rows),
                next: self.next,
                most: self.most,
            });
        }
    }

    /// Reads the next piece; false if there is nothing more in the range.
    fn fill(&mut self) -> Result<bool> {
        let (from, to) = match self.direction {
            Direction::Forward => {
                let Some(from) = self.known_to.clone() else { return Ok(false) };
                if self.end.as_ref().is_some_and(|end| *end <= from) {
                    return Ok(false);
                }
                (from, self.end.clone())
            }
            Direction::Backward => {
                let Some(to) = self.backward.take() else { return Ok(false) };
                if to.as_ref().is_some_and(|to| *to <= self.start) {
                    return Ok(false);
                }
                (self.start.clone(), to)
            }
        };
        let (rows, is_all) = self.source.scan(&from, to.as_deref(), self.direction, self.most)?;
        // What was read before may be looked up row by row.
        self.leave();
        let growth = if self.direction == Direction::Forward { 4 } else { 8 };
        self.most = (growth * self.most).min(MOST_ROWS);
        let last = rows.last().map(|row| row.key().to_vec());
        match (self.direction, last.filter(|_| !is_all)) {
            (Direction::Forward, Some(last)) => self.known_to = Some([&last[..], &[0]].concat()),
            (Direction::Forward, None) => self.known_to = to,
            (Direction::Backward, last) => self.backward = last.map(Some),
        }
        self.from = from;
        (self.rows, self.next) = (rows, 0);
        Ok(true)
    }

    fn is_in_range(&self, key: &[u8]) -> bool {
        self.direction == Direction::Backward || self.end.as_deref().is_none_or(|end| key < end)
    }
}

impl<Q: Questions> fmt::Debug for AheadCursor<'_, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AheadCursor").field("direction", &self.direction).finish_non_exhaustive()
    }
}

impl<Q: Questions> Cursor for AheadCursor<'_, Q> {
    fn advance(&mut self) -> Result<bool> {
        self.current = None;
        loop {
            if let Some(row) = self.rows.get(self.next) {
                if !self.is_in_range(row.key()) {
                    return Ok(false);
                }
                self.current = Some(self.next);
                self.next += 1;
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    fn entry(&self) -> (&[u8], &[u8]) {
        let row = self.current.and_then(|at| self.rows.get(at));
        row.map_or((&[], &[]), |row| (row.key(), row.value()))
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        match self.direction {
            Direction::Forward => self.begin(key.max(&self.start[..]).to_vec()),
            Direction::Backward => {
                let behind = [key, &[0]].concat();
                let end = self.end.as_ref().filter(|end| **end < behind).cloned();
                self.backward = Some(Some(end.unwrap_or(behind)));
                (self.current, self.next, self.most) = (None, 0, FIRST_ROWS_BACKWARD);
                self.rows.clear();
            }
        }
        Ok(())
    }
}

impl<Q: Questions> Drop for AheadCursor<'_, Q> {
    fn drop(&mut self) {
        self.leave();
    }
}
