//! What statements took, all their executions together.
//!
//! In: executions that have ended, each with the text of its statement, in which literals are `?`. Out: for each text how
//! often it ran, how many rows it gave or changed, and how long it took. What was not run for longest makes room.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

/// So many texts are remembered.
const MOST_TEXTS: usize = 5000;
/// So many of them go when there is one more, so that this is seldom done.
const FORGOTTEN_TEXTS: usize = 500;

/// Executions of a statement that have ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Execution {
    /// How many: more than one where parameters came in a batch.
    pub calls: u64,
    /// Whether it ended with an error.
    pub failed: bool,
    /// Rows that were given, or inserted, changed and deleted.
    pub rows: u64,
    /// The time that the engine worked, not that between the rows.
    pub microseconds: u64,
}

/// What is known of a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted {
    /// How often it was run.
    pub calls: u64,
    /// How many of them ended with an error.
    pub failures: u64,
    /// Rows that it gave, or inserted, changed and deleted.
    pub rows: u64,
    /// The microseconds of all executions.
    pub total: f64,
    /// Those of the shortest.
    pub least: f64,
    /// Those of the longest.
    pub most: f64,
    /// The sum of the squares of their differences from the mean.
    deviations: f64,
    /// When it was run last, in executions of all statements.
    last: u64,
}

impl Counted {
    /// The microseconds of an execution, on the average.
    pub fn mean(&self) -> f64 {
        if self.calls == 0 { 0.0 } else { self.total / self.calls as f64 }
    }

    /// The standard deviation of the microseconds, of the executions as a whole population.
    pub fn deviation(&self) -> f64 {
        if self.calls == 0 { 0.0 } else { (self.deviations / self.calls as f64).sqrt() }
    }

    /// Executions of a batch count as if each took the same time.
    fn add(&mut self, execution: &Execution) {
        let calls = execution.calls.max(1);
        let each = execution.microseconds as f64 / calls as f64;
        self.least = if self.calls == 0 { each } else { self.least.min(each) };
        self.most = self.most.max(each);
        // The rule of Chan, Golub and LeVeque for two samples together; the second one has no deviations.
        let (before, mean) = (self.calls as f64, self.mean());
        self.calls += calls;
        self.deviations += (each - mean).powi(2) * before * calls as f64 / self.calls as f64;
        self.total += execution.microseconds as f64;
        self.rows += execution.rows;
        self.failures += u64::from(execution.failed);
    }
}

/// What is known of statements, by their texts.
#[derive(Debug, Default)]
pub struct StatementCounts(Mutex<Texts>);

#[derive(Debug, Default)]
struct Texts {
    by_text: HashMap<Arc<str>, Counted>,
    executions: u64,
}

impl StatementCounts {
    /// Adds executions that have ended.
    pub fn add(&self, text: &Arc<str>, execution: &Execution) {
        let mut texts = self.0.lock();
        texts.executions += 1;
        let now = texts.executions;
        if !texts.by_text.contains_key(text) {
            texts.make_room();
            texts.by_text.insert(text.clone(), Counted::default());
        }
        if let Some(counted) = texts.by_text.get_mut(text) {
            counted.add(execution);
            counted.last = now;
        }
    }

    /// All texts, those that took the most time at the beginning.
    pub fn all(&self) -> Vec<(Arc<str>, Counted)> {
        let texts = self.0.lock();
        let mut all: Vec<_> = texts.by_text.iter().map(|(text, counted)| (text.clone(), *counted)).collect();
        drop(texts);
        all.sort_by(|(a, one), (b, other)| other.total.total_cmp(&one.total).then_with(|| a.cmp(b)));
        all
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0.lock().by_text.clear();
    }
}

impl Texts {
    fn make_room(&mut self) {
        if self.by_text.len() < MOST_TEXTS {
            return;
        }
        let mut times: Vec<u64> = self.by_text.values().map(|counted| counted.last).collect();
        let (_, &mut oldest_kept, _) = times.select_nth_unstable(FORGOTTEN_TEXTS);
        self.by_text.retain(|_, counted| counted.last >= oldest_kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn execution(calls: u64, microseconds: u64) -> Execution {
        Execution { calls, microseconds, rows: calls, failed: false }
    }

    #[test]
    fn mean_and_deviation_are_those_of_all_executions() {
        let counts = StatementCounts::default();
        let text: Arc<str> = "select ?".into();
        counts.add(&text, &execution(1, 10));
        counts.add(&text, &Execution { failed: true, ..execution(1, 40) });
        // A batch of two, of 20 each.
        counts.add(&text, &execution(2, 40));
        let (_, counted) = counts.all()[0].clone();
        let times = [10.0, 40.0, 20.0, 20.0f64];
        let mean = times.iter().sum::<f64>() / 4.0;
        let deviation = (times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / 4.0).sqrt();
        assert_eq!((counted.calls, counted.failures, counted.rows), (4, 1, 4));
        assert_eq!((counted.least, counted.most, counted.mean()), (10.0, 40.0, mean));
        assert!((counted.deviation() - deviation).abs() < 1e-9);
    }

    #[test]
    fn what_was_not_run_for_longest_makes_room() {
        let counts = StatementCounts::default();
        let text = |number: usize| Arc::<str>::from(format!("select {number}"));
        (0..MOST_TEXTS).for_each(|number| counts.add(&text(number), &execution(1, 1)));
        counts.add(&text(0), &execution(1, 5));
        counts.add(&text(MOST_TEXTS), &execution(1, 1));
        let all = counts.all();
        assert_eq!(all.len(), MOST_TEXTS - FORGOTTEN_TEXTS + 1);
        assert_eq!((&*all[0].0, all[0].1.calls), ("select 0", 2));
        assert!(!all.iter().any(|(known, _)| *known == text(1)));
        counts.clear();
        assert!(counts.all().is_empty());
    }
}
