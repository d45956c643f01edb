//! What is looked at after each step: every table of a branch now and at a moment, in several ways of asking, and what two
//! branches differ in.

use std::collections::BTreeSet;

use helios_testkit::TestResult;

use crate::change::{KEYS, NAMES, random_text};
use crate::model::Table;
use crate::programs::{Program, seconds};
use crate::site::Answer;

/// Whether a row is asked for, by its key and its first column.
type Wanted<'w> = dyn Fn(i64, &str) -> bool + 'w;

impl Program {
    /// Compares a branch now and at a moment.
    pub(crate) fn look(&mut self, branch: usize) -> TestResult {
        let moment = self.some_moment();
        let (present, past) = (self.model.now(branch), self.model.at(branch, moment));
        let as_of = format!(" AS OF TIMESTAMP {}", seconds(moment));
        for name in NAMES {
            self.compare(branch, name, "", present.get(name))?;
            if let Some(then) = past.get(name)
                && self.model.history_since(branch, then.id) > moment
            {
                let answer = self.answer(branch, &format!("SELECT * FROM {name}{as_of}"))?;
                let is_told =
                    matches!(&answer, Answer::Error(message) if message.starts_with("the history of table"));
                assert!(is_told, "{name}{as_of}: {answer:?}");
                continue;
            }
            // A table that is there now and was not then had no rows.
            let now = present.get(name).map(|now| Table { rows: Default::default(), ..now.clone() });
            self.compare(branch, name, &as_of, past.get(name).or(now.as_ref()))?;
        }
        let answer = self.answer(branch, "PRAGMA integrity_check")?;
        assert_eq!(answer, Answer::Rows(vec!["'ok'".into()]), "{}", self.model.branches[branch].name);
        self.compare_branches()
    }

    fn answer(&mut self, branch: usize, sql: &str) -> TestResult<Answer> {
        let place = self.numbers.below(self.places.len());
        self.places[place].ask(&self.model.branches[branch].name, sql)
    }

    /// Compares a table in several ways of asking for it.
    fn compare(&mut self, branch: usize, name: &str, as_of: &str, expected: Option<&Table>) -> TestResult {
        let place = format!("branch {}{as_of}", self.model.branches[branch].name);
        let Some(expected) = expected else {
            let answer = self.answer(branch, &format!("SELECT * FROM {name}{as_of}"))?;
            assert_eq!(answer, Answer::Error(format!("no such table: {name}")), "{place}");
            return Ok(());
        };
        let columns = &expected.columns;
        let rows = |wanted: &Wanted<'_>| -> Vec<String> {
            let found = expected.rows.iter().filter(|(key, row)| wanted(**key, &row[&expected.columns[0]]));
            let line = |(key, row): (&i64, &crate::model::Row)| {
                columns.iter().fold(key.to_string(), |line, column| format!("{line} | '{}'", row[column]))
            };
            found.map(line).collect()
        };
        let key = self.numbers.below(KEYS) as i64;
        let text = random_text(&mut self.numbers);
        let ways: [(String, &Wanted<'_>); 5] = [
            (String::new(), &|_, _| true),
            (format!(" WHERE k = {key}"), &|found, _| found == key),
            (format!(" WHERE k > {key}"), &|found, _| found > key),
            (format!(" WHERE a = '{text}' ORDER BY k"), &|_, found| found == text),
            (format!(" WHERE a > '{text}' ORDER BY k"), &|_, found| found > &*text),
        ];
        // All rows, and one of the other ways.
        let other = 1 + self.numbers.below(4);
        for (condition, wanted) in [&ways[0], &ways[other]] {
            let sql = format!("SELECT * FROM {name}{as_of}{condition}");
            let answer = self.answer(branch, &sql)?;
            assert_eq!(answer, Answer::Rows(rows(wanted)), "{place}: {sql}");
        }
        if self.numbers.one_in(4) {
            let answer = self.answer(branch, &format!("SELECT * FROM {name}{as_of} ORDER BY k DESC"))?;
            let backward = rows(&|_, _| true).into_iter().rev().collect();
            assert_eq!(answer, Answer::Rows(backward), "{place}: {name} backward");
        }
        Ok(())
    }

    /// Compares what two branches differ in, in a table that both define alike.
    fn compare_branches(&mut self) -> TestResult {
        let (one, other, name) = self.some_pair();
        let (a, b) = (self.model.now(one), self.model.now(other));
        let (a, b) = (a.get(name), b.get(name));
        if matches!((a, b), (Some(a), Some(b)) if a.columns != b.columns) {
            return Ok(());
        }
        let row = |table: Option<&Table>, key: i64| table.and_then(|table| table.rows.get(&key).cloned());
        let keys: BTreeSet<i64> =
            [a, b].into_iter().flatten().flat_map(|table| table.rows.keys().copied()).collect();
        let line = |key: i64| match (row(a, key), row(b, key)) {
            (None, Some(_)) => Some(format!("'added' | {key}")),
            (Some(_), None) => Some(format!("'removed' | {key}")),
            (one, other) => (one != other).then(|| format!("'changed' | {key}")),
        };
        let expected: Vec<String> = keys.into_iter().filter_map(line).collect();
        let names = [one, other].map(|branch| self.model.branches[branch].name.clone());
        let sql = format!(
            "SELECT kind, key FROM helios_diff('{}', '{}') WHERE table_name = '{name}' ORDER BY key",
            names[0], names[1]
        );
        let answer = self.answer(0, &sql)?;
        assert_eq!(answer, Answer::Rows(expected), "{sql}");
        Ok(())
    }
}
