//! The statements that a session has run.

use std::collections::HashMap;
use std::sync::Arc;

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
    last: u64,
}

/// All of them, by their texts.
#[derive(Debug, Default)]
pub(in crate::session) struct SeenStatements {
    seen: HashMap<Arc<str>, Seen>,
    runs: u64,
}

impl SeenStatements {
    /// Notes that a statement is run.
    pub(in crate::session) fn note(&mut self, text: &Arc<str>, parameters: &Chunk) {
        self.runs += 1;
        if let Some(seen) = self.seen.get_mut(text) {
            seen.times += 1;
            seen.last = self.runs;
            seen.parameters.clone_from(parameters);
            return;
        }
        if self.seen.len() == MOST_TEXTS {
            let oldest = self.seen.values().min_by_key(|seen| seen.last).map(|seen| seen.text.clone());
            oldest.map(|text| self.seen.remove(&text));
        }
        let seen = Seen { text: text.clone(), times: 1, parameters: parameters.clone(), last: self.runs };
        self.seen.insert(text.clone(), seen);
    }

    /// All, those that were run last at the end.
    pub(super) fn all(&self) -> Vec<Seen> {
        let mut all: Vec<Seen> = self.seen.values().cloned().collect();
        all.sort_by_key(|seen| seen.last);
        all
    }
}
