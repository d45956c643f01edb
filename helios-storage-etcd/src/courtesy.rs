//! Who comes late again and again is let in.
//!
//! Of commits that meet, the first to arrive wins. A process that is nearest to the leader and does nothing else than commit
//! would win every time. So one that has lost some races asks for the turn: a key, of which every answer tells. Others that have
//! committed pause then before they go on, longer each time that they find the same one waiting. Nobody is refused because of
//! that, so a process that asked and went away holds nobody up for long: when others have paused often enough for it, its key
//! is deleted.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::message::{RequestOp, TxnRequest};
use crate::operation::{delete, has_value, inner, is_missing, put};
use crate::pool::Use;
use crate::state::{State, Turn};
use crate::store::Shared;

/// After so many races that were lost one asks for the turn, and again after as many.
const LOST_RACES: u32 = 3;
/// The first pause for somebody else; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// So many pauses are made for one who asks: about five seconds, all together.
const MOST_PAUSES: u32 = 8;

/// What one process knows of turns.
#[derive(Debug, Default)]
pub(crate) struct Courtesy {
    /// Races that were lost since the last commit.
    lost: AtomicU32,
    has_asked: AtomicBool,
    /// Who was paused for last, and how often.
    paused: Mutex<Option<(Turn, u32)>>,
}

impl Courtesy {
    /// How long to wait for one who asks; `None` if that was done often enough.
    fn pause_for(&self, turn: Turn) -> Option<Duration> {
        let mut paused = self.paused.lock();
        let times = paused.filter(|(known, _)| *known == turn).map_or(0, |(_, times)| times);
        if times == MOST_PAUSES {
            return None;
        }
        *paused = Some((turn, times + 1));
        Some(FIRST_PAUSE * (1 << times))
    }
}

impl Shared {
    /// Another process was faster.
    pub(crate) fn came_late(&self) {
        let lost = self.courtesy.lost.fetch_add(1, Ordering::SeqCst) + 1;
        if !lost.is_multiple_of(LOST_RACES) || self.is_read_only {
            return;
        }
        let (client, turn) = (self.identity.lock().id, self.names.turn.clone());
        let ask = TxnRequest {
            compare: vec![is_missing(turn.clone())],
            success: vec![put(turn, Turn::encode(client), client)],
            failure: Vec::new(),
        };
        // It is a wish: where it does not arrive, the race is run as before.
        if self.pool.once(Use::Upkeep, |link| link.transact(&ask)).is_ok() {
            self.courtesy.has_asked.store(true, Ordering::SeqCst);
        }
    }

    /// What a commit does besides, if its process has asked for the turn: gives it back.
    pub(crate) fn give_turn_back(&self, client: i64) -> Option<RequestOp> {
        self.courtesy.has_asked.load(Ordering::SeqCst).then(|| self.drop_turn(Turn::encode(client)))
    }

    fn drop_turn(&self, whose: Bytes) -> RequestOp {
        let turn = self.names.turn.clone();
        let success = vec![delete(turn.clone(), Bytes::new())];
        inner(TxnRequest { compare: vec![has_value(turn, whose)], success, failure: Vec::new() })
    }

    /// After a commit: lets somebody in who has lost races.
    pub(crate) fn let_others_in(&self, state: &State, client: i64) {
        self.courtesy.lost.store(0, Ordering::SeqCst);
        self.courtesy.has_asked.store(false, Ordering::SeqCst);
        let Some(turn) = state.turn.filter(|turn| turn.client != client) else { return };
        match self.courtesy.pause_for(turn) {
            Some(pause) => std::thread::sleep(pause),
            None => {
                let success = vec![self.drop_turn(Turn::encode(turn.client))];
                let request = TxnRequest { success, ..TxnRequest::default() };
                // If it does not arrive, the next commit finds the key again.
                let _ = self.pool.once(Use::Upkeep, |link| link.transact(&request));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_for_the_same_one_and_end() {
        let courtesy = Courtesy::default();
        let (first, second) = (Turn { client: 1, revision: 5 }, Turn { client: 1, revision: 9 });
        let mut all = Duration::ZERO;
        let mut last = Duration::ZERO;
        for _ in 0..MOST_PAUSES {
            let pause = courtesy.pause_for(first).unwrap_or_default();
            assert!(pause > last);
            (all, last) = (all + pause, pause);
        }
        assert!(all < Duration::from_secs(6), "{all:?}");
        assert_eq!(courtesy.pause_for(first), None, "it does not come");
        assert_eq!(courtesy.pause_for(second), Some(FIRST_PAUSE), "it asks again");
    }
}
