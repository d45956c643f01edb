//! Numbers that are given once: automatic rowids of tables that several branches have, and sequences.
//!
//! In: the space that the numbers belong to, and how they go on. Out: a number that no branch and no process was given
//! before. The store keeps the last one given, outside of branches and transactions, so that nothing takes one back. A
//! process takes lots of them; what is left of its lots when it ends is never given.

use std::collections::HashMap;
use std::time::Duration;

use super::engine::Engine;
use super::queue::Work;
use super::wait::{Interrupt, Patience};
use crate::branch::Branching;
use crate::clock::Moment;
use crate::encoding::key;
use crate::error::{ErrorKind, Result};
use crate::storage::{Direction, KeyRange, Lane};
use crate::versioned::Space;

/// How numbers go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progression {
    /// The first.
    pub start: i64,
    /// The distance from one to the next; not 0.
    pub increment: i64,
    /// The least.
    pub least: i64,
    /// The greatest.
    pub greatest: i64,
    /// Whether the other end follows on the last.
    pub cycles: bool,
}

impl Progression {
    /// Automatic rowids: 1, 2, 3 and so on.
    pub const ROWIDS: Progression =
        Progression { start: 1, increment: 1, least: 1, greatest: i64::MAX - 1, cycles: false };

    /// What was given last where the next is to be this one.
    pub fn before(&self, next: i64) -> i64 {
        next.wrapping_sub(self.increment)
    }

    /// The number after `last` that lies behind `beyond` in the direction of the progression, and how many follow on it,
    /// itself included. `None` at the end.
    fn after(&self, last: i64, beyond: Option<i64>) -> Option<(i64, u64)> {
        let step = i128::from(self.increment);
        let mut next = i128::from(last.wrapping_add(self.increment));
        // At the very end of the 64 bits there is nothing after the last.
        let wraps = last.checked_add(self.increment).is_none() && self.start != next as i64;
        if let Some(beyond) = beyond.map(i128::from)
            && (beyond - next) * step.signum() >= 0
        {
            next += ((beyond - next) / step + 1) * step;
        }
        let (least, greatest) = (i128::from(self.least), i128::from(self.greatest));
        if wraps || next < least || next > greatest {
            let first = if self.increment > 0 { least } else { greatest };
            next = if self.cycles { first } else { return None };
        }
        let end = if self.increment > 0 { greatest } else { least };
        let following = ((end - next) / step).unsigned_abs() + 1;
        Some((next as i64, u64::try_from(following).unwrap_or(u64::MAX)))
    }
}

/// Numbers that this process may give, by space.
#[derive(Debug, Default)]
pub(super) struct Lots(HashMap<Space, Lot>);

#[derive(Debug)]
struct Lot {
    next: i64,
    /// How many there are from `next` on.
    left: u64,
    /// How many the last lot had.
    size: u64,
    /// How they go on.
    progression: Progression,
}

impl Lot {
    /// The next number behind `beyond`, if it is one of the lot.
    fn take(&mut self, beyond: Option<i64>) -> Option<i64> {
        let increment = self.progression.increment;
        while self.left > 0 {
            let number = self.next;
            self.next = number.wrapping_add(increment);
            self.left -= 1;
            match beyond {
                Some(beyond) if (i128::from(number) - i128::from(beyond)) * i128::from(increment) <= 0 => {}
                _ => return Some(number),
            }
        }
        None
    }
}

/// A first lot is small, so that small tables have small gaps; the next is twice as large, up to this.
const LARGEST_LOT: u64 = 4096;
const FIRST_LOT: u64 = 8;

/// How long to wait for another process that reserves numbers.
const RESERVING: Duration = Duration::from_secs(60);

/// The highest rowid of a table on any branch.
fn highest_rowid(state: &dyn Branching, space: Space) -> Result<i64> {
    let mut highest = 0;
    for record in state.branches() {
        let view = state.view(record.id, Moment::PRESENT)?;
        let mut cursor = view.cursor(space, KeyRange::ALL, Direction::Backward)?;
        if cursor.advance()? {
            highest = highest.max(key::read_rowid(&mut cursor.key())?);
        }
    }
    Ok(highest)
}

impl Engine {
    /// An automatic rowid of a table that several branches have: above `above`, and never given before on any branch by
    /// any process. `None` when there are no more.
    pub fn reserve_rowid(&self, space: Space, above: i64) -> Result<Option<i64>> {
        self.next_number(space, &Progression::ROWIDS, Some(above))
    }

    /// The next number of a space, which was never given before on any branch by any process, unless the progression
    /// cycles. With `beyond`, the space has the rows of a table, and the number lies behind this one. `None` when there are
    /// no more.
    pub fn next_number(
        &self,
        space: Space,
        progression: &Progression,
        beyond: Option<i64>,
    ) -> Result<Option<i64>> {
        let mut lots = self.numbers.lock();
        let known = lots.0.get_mut(&space).filter(|lot| lot.progression == *progression);
        let size = known.as_ref().map_or(FIRST_LOT, |lot| (lot.size * 2).min(LARGEST_LOT));
        if let Some(number) = known.and_then(|lot| lot.take(beyond)) {
            return Ok(Some(number));
        }
        let patience = Patience::new(RESERVING, Interrupt::default());
        let _lease = self.lease(Lane::IDENTIFIERS, &patience)?;
        loop {
            let state = self.store.state()?;
            let before = state.reserved_rowids(space);
            let given = match (before, beyond) {
                (Some(given), _) => given,
                (None, Some(_)) => highest_rowid(&*state, space)?.max(progression.before(progression.start)),
                (None, None) => progression.before(progression.start),
            };
            drop(state);
            let Some((next, following)) = progression.after(given, beyond) else { return Ok(None) };
            let left = size.min(following);
            let distance = (left - 1) as i64;
            let last = next.wrapping_add(progression.increment.wrapping_mul(distance));
            match self.run(Work::ReserveRowids(space, before, last)) {
                Ok(_) => {
                    let mut lot = Lot { next, left, size, progression: *progression };
                    let number = lot.take(None);
                    lots.0.insert(space, lot);
                    return Ok(number);
                }
                Err(error) if self.is_far && error.kind() == ErrorKind::BusySnapshot => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Has the numbers of a space go on behind `last`, for all branches and at once. Other processes give the rest of their
    /// lots before.
    pub fn set_number(&self, space: Space, last: i64) -> Result<()> {
        let mut lots = self.numbers.lock();
        let patience = Patience::new(RESERVING, Interrupt::default());
        let _lease = self.lease(Lane::IDENTIFIERS, &patience)?;
        loop {
            let before = self.store.state()?.reserved_rowids(space);
            match self.run(Work::ReserveRowids(space, before, last)) {
                Ok(_) => break,
                Err(error) if self.is_far && error.kind() == ErrorKind::BusySnapshot => {}
                Err(error) => return Err(error),
            }
        }
        lots.0.remove(&space);
        Ok(())
    }

    /// The last number of a space that was given, as far as this process knows; `None` if none was.
    pub fn last_number(&self, space: Space) -> Result<Option<i64>> {
        let lots = self.numbers.lock();
        match lots.0.get(&space) {
            Some(lot) => Ok(Some(lot.progression.before(lot.next))),
            None => Ok(self.store.state()?.reserved_rowids(space)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Progression;

    #[test]
    fn a_progression_goes_to_its_ends_and_around() {
        let of = |start, increment, (least, greatest), cycles| Progression {
            start,
            increment,
            least,
            greatest,
            cycles,
        };
        let up = of(1, 3, (1, 8), false);
        assert_eq!(up.after(up.before(1), None), Some((1, 3)));
        assert_eq!(up.after(7, None), None);
        assert_eq!(of(1, 3, (1, 8), true).after(7, None), Some((1, 3)));
        assert_eq!(up.after(1, Some(4)), Some((7, 1)));
        let down = of(-1, -2, (-6, -1), false);
        assert_eq!(down.after(down.before(-1), None), Some((-1, 3)));
        assert_eq!(down.after(-5, None), None);
        let all = of(i64::MIN, 1, (i64::MIN, i64::MAX), false);
        assert_eq!(all.after(all.before(i64::MIN), None), Some((i64::MIN, u64::MAX)));
        assert_eq!(Progression::ROWIDS.after(i64::MAX - 1, None), None);
        assert_eq!(of(1, 1, (1, i64::MAX), false).after(i64::MAX, None), None);
    }
}
