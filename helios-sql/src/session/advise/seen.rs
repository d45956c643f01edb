//! The statements that a session has run.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::chunk::Chunk;

/// So many texts are remembered; beyond them the one goes that was not run for longest.
const MOST_TEXTS: usize = 500;

/// A statement that was run.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) text: Arc<str>,
    pub(super) times: u64,
    /// The parameters of the last time.
    pub(super) parameters: Chunk,
    /// How many of its executions have ended, and the microseconds that they took together.
    pub(super) ended: (u64, u64),
    last: u64,
}

impl Seen {
    /// A statement that was not run yet, as if it were run once, its parameters NULL.
    pub(super) fn once(text: &str) -> Seen {
        Seen { text: text.into(), times: 1, parameters: Chunk::default(), ended: (0, 0), last: 0 }
    }

    /// What an execution took on the average; `None` before the first has ended.
    pub(super) fn mean_time(&self) -> Option<Duration> {
        let (executions, microseconds) = self.ended;
        (executions > 0)
            .then(|| Duration::from_micros(microseconds) / executions.try_into().unwrap_or(u32::MAX))
    }
}

/// All of them, by their texts.
#[derive(Debug, Default)]
pub(in crate::session) struct SeenStatements {
    seen: HashMap<Arc<str>, Seen>,
    runs: u64,
}

impl SeenStatements {
    /// Notes that a statement is run, once for each row of its parameters.
    pub(in crate::session) fn note(&mut self, text: &Arc<str>, parameters: &Chunk) {
        self.runs += 1;
        let runs = parameters.rows().max(1) as u64;
        if let Some(seen) = self.seen.get_mut(text) {
            seen.times += runs;
            seen.last = self.runs;
            seen.parameters.clone_from(parameters);
            return;
        }
        if self.seen.len() == MOST_TEXTS {
            let oldest = self.seen.values().min_by_key(|seen| seen.last).map(|seen| seen.text.clone());
            oldest.map(|text| self.seen.remove(&text));
        }
        let (last, parameters) = (self.runs, parameters.clone());
        let seen = Seen { text: text.clone(), times: runs, parameters, ended: (0, 0), last };
        self.seen.insert(text.clone(), seen);
    }

    /// Notes what executions of a statement took that have ended.
    pub(in crate::session) fn note_time(&mut self, text: &Arc<str>, executions: u64, microseconds: u64) {
        if let Some(seen) = self.seen.get_mut(text) {
            seen.ended = (seen.ended.0 + executions, seen.ended.1 + microseconds);
        }
    }

    /// All, those that were run last at the end.
    pub(super) fn all(&self) -> Vec<Seen> {
        let mut all: Vec<Seen> = self.seen.values().cloned().collect();
        all.sort_by_key(|seen| seen.last);
        all
    }
}
