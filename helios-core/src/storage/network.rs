//! Stores that are reached over a network: every question is a journey, and nobody waits for a process elsewhere.
//!
//! The store has a [`Head`], which every commit raises and every answer tells. A process works on the newest head that it
//! has [`Heard`] of, without asking; any answer to a question that it asked meanwhile says whether that was the newest. A
//! commit names the head that it builds on ([`HeadChange`]), and the store refuses it if there is another by then. So a
//! statement on what is still the newest state costs no journey beside its own, and one that came late begins again.
//!
//! ```text
//! question 7 sent ──── statement begins ──── question 8 sent ──── answer 7: head 41 ──── answer 8: head 41
//!                      since = 7                                  tells nothing          41 was the newest
//!                                                                                        after the statement began
//! ```

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::Snapshot;
use crate::error::Result;

/// What the last commit of a store has left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of commits: it rises by 1 with each.
    pub version: u64,
    /// No commit is stamped at or before this moment any more.
    pub floor: u64,
}

/// What a commit has to do with the head of a store that is reached over a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadChange {
    /// The head has to have this version.
    pub version: u64,
    /// The head's floor has to be lower than this.
    pub above: u64,
    /// The head's floor afterwards, at least.
    pub floor: u64,
}

/// A store that is reached over a network, as one process sees it.
pub trait Network: fmt::Debug + Send + Sync {
    /// What is known without a journey.
    fn heard(&self) -> &Heard;

    /// Asks for the head: one journey.
    fn ask(&self) -> Result<Head>;

    /// A transaction cannot go on, as another process has committed since it read. Commits that are refused need not be told.
    fn came_late(&self) {}

    /// From now on no commit is stamped at or before `floor`. Answers with a head that shows all that are. One journey; none
    /// where it is known to be so already.
    fn lift(&self, floor: u64) -> Result<Head>;

    /// The newest state that is known without a journey, with its version. It may be so old that the store does not have it
    /// any more; reading it is an error then, of kind [`BusySnapshot`](crate::ErrorKind::BusySnapshot).
    fn snapshot(&self) -> Result<(u64, Arc<dyn Snapshot>)>;
}

/// Of so many heads it is remembered when they were the newest.
const REMEMBERED: usize = 64;

/// What one process has heard of a head: the newest, and by which questions.
#[derive(Debug, Default)]
pub struct Heard {
    questions: AtomicU64,
    version: AtomicU64,
    floor: AtomicU64,
    /// Versions in their order, each with the last question whose answer named it.
    sightings: Mutex<VecDeque<(u64, u64)>>,
}

impl Heard {
    /// The newest head. Its floor may belong to a later one.
    pub fn head(&self) -> Head {
        // Before the version: a floor is never above what commits up to that version may have for stamps.
        let floor = self.floor.load(Ordering::SeqCst);
        Head { version: self.version.load(Ordering::SeqCst), floor }
    }

    /// The number of a question that is about to be sent.
    pub fn question(&self) -> u64 {
        self.questions.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The time, in questions: those that are sent from now on have higher numbers.
    pub fn now(&self) -> u64 {
        self.questions.load(Ordering::SeqCst)
    }

    /// Notes the answer to a question.
    pub fn note(&self, question: u64, head: Head) {
        let mut sightings = self.sightings.lock();
        self.version.fetch_max(head.version, Ordering::SeqCst);
        self.floor.fetch_max(head.floor, Ordering::SeqCst);
        let place = sightings.partition_point(|(version, _)| *version < head.version);
        match sightings.get_mut(place).filter(|(version, _)| *version == head.version) {
            Some((_, last)) => *last = question.max(*last),
            None => sightings.insert(place, (head.version, question)),
        }
        if sightings.len() > REMEMBERED {
            sightings.pop_front();
        }
    }

    /// Whether the state of a version was the newest at some time after [`Heard::now`] answered `since`, as far as that is
    /// known.
    pub fn was_newest(&self, version: u64, since: u64) -> bool {
        let sightings = self.sightings.lock();
        sightings.iter().take_while(|(seen, _)| *seen <= version).any(|(_, question)| *question > since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_to_later_questions_tell_what_was_the_newest() {
        let heard = Heard::default();
        let early = heard.question();
        let since = heard.now();
        heard.note(early, Head { version: 4, floor: 0 });
        assert!(!heard.was_newest(4, since), "it may have been replaced before");
        let late = heard.question();
        heard.note(late, Head { version: 5, floor: 9 });
        assert!(heard.was_newest(5, since) && heard.was_newest(6, since) && !heard.was_newest(4, since));
        assert_eq!(heard.head(), Head { version: 5, floor: 9 });
        heard.note(early, Head { version: 4, floor: 3 });
        assert_eq!(heard.head(), Head { version: 5, floor: 9 }, "an old answer changes nothing");
    }
}
