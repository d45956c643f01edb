//! Reading the past so that it stays as it was seen.
//!
//! Whoever has seen a branch as of `t` must see the same whenever it asks again. So no commit may be stamped at or
//! before `t` afterwards (the floor is lifted), and a commit that has such a stamp already but is not durable yet is
//! waited for; that is one sync long. Over a network the store keeps the floor, and refuses a commit that is stamped at or
//! before it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::engine::{Engine, Present};
use crate::clock::Moment;
use crate::error::Result;
use crate::storage::{Lane, Reach, Word, Words};

impl Engine {
    /// A state in which everything up to `moment` is decided, and the moment itself. A moment in the future means now.
    pub fn as_of(&self, moment: Moment) -> Result<(Arc<Present>, Moment)> {
        if moment.0 <= self.decided.load(Ordering::Acquire) {
            return Ok((self.present()?, moment));
        }
        let now = self.clock.now();
        // Where the clock was set back, commits are later than it says, and they are not in the future.
        let moment = if moment > now { moment.min(now.max(self.newest_commit()?)) } else { moment };
        self.stamps.lift(moment);
        match self.coordination.reach() {
            Reach::Memory(words) => {
                words.word(Word::Floor).fetch_max(moment.0, Ordering::SeqCst);
                while self.is_in_flight(words, moment)? {
                    std::thread::sleep(Duration::from_micros(100));
                }
            }
            Reach::Network(network) => {
                network.lift(moment.0)?;
            }
        }
        self.decided.fetch_max(moment.0, Ordering::Release);
        Ok((self.present()?, moment))
    }

    fn newest_commit(&self) -> Result<Moment> {
        let present = self.present()?;
        let commits = present.state().branches().into_iter().map(|branch| branch.last_commit);
        Ok(commits.max().unwrap_or(Moment::START))
    }

    /// Whether a commit stamped at or before `moment` is on its way to the disk.
    fn is_in_flight(&self, words: &dyn Words, moment: Moment) -> Result<bool> {
        let word = words.word(Word::InFlight);
        let stamp = word.load(Ordering::SeqCst);
        if stamp == 0 || stamp > moment.0 {
            return Ok(false);
        }
        // Locked until the lane is given back: a leader of this process that took it meanwhile would lose it with us.
        let queue = self.queue.lock();
        if words.is_shared() && !queue.is_led() {
            // If nobody is committing, the process that was has died; what it left behind is not on its way any more.
            if let Some(_lease) = words.try_lease(Lane::COMMIT)? {
                let _ = word.compare_exchange(stamp, 0, Ordering::SeqCst, Ordering::SeqCst);
                return Ok(false);
            }
        }
        Ok(true)
    }
}
