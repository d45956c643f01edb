//! SQLite and helios side by side: each statement runs on all of them, and their answers are compared.

use helios_core::Value;
use helios_testkit::TestResult;

use crate::answer::{Answer, Order};
use crate::sqlite::Sqlite;
use crate::subject::{Driver, Subject};

/// The oracle and all that is compared with it.
#[derive(Debug)]
pub struct Lockstep {
    oracle: Sqlite,
    subjects: Vec<Subject>,
}

/// The answers to one statement.
#[derive(Debug)]
pub struct Answers {
    /// What SQLite says.
    pub oracle: Answer,
    /// What each helios says.
    pub subjects: Vec<Answer>,
}

impl Lockstep {
    /// Empty databases: SQLite, and helios on both drivers, with the optimiser on and off. One of each kind has so
    /// little memory that sorts, hash tables and collected rows are in temporary files: some rows fit, or none.
    pub fn open() -> TestResult<Lockstep> {
        let subjects = vec![
            Subject::open(Driver::Memory, true)?,
            Subject::open_with(Driver::Memory, false, Some(0))?,
            Subject::open_with(Driver::Redb, true, Some(3000))?,
            Subject::open(Driver::Redb, false)?,
        ];
        Ok(Lockstep { oracle: Sqlite::open()?, subjects })
    }

    /// Runs one statement everywhere.
    pub fn run(&mut self, sql: &str) -> Answers {
        Answers {
            oracle: self.oracle.run(sql),
            subjects: self.subjects.iter_mut().map(|subject| subject.run(sql)).collect(),
        }
    }

    /// The rows that SQLite has for a question of the test itself; none, if it refuses.
    pub fn ask_oracle(&mut self, sql: &str) -> Vec<Vec<Value>> {
        self.oracle.run(sql).result.map(|rows| rows.rows).unwrap_or_default()
    }

    /// Runs a statement on helios only.
    pub fn run_on_subjects(&mut self, sql: &str) -> Vec<Answer> {
        self.subjects.iter_mut().map(|subject| subject.run(sql)).collect()
    }

    /// What is to be read of answers that are not the same.
    pub fn report(&self, answers: &Answers, order: Order) -> Option<String> {
        let mut report = String::new();
        for (subject, answer) in self.subjects.iter().zip(&answers.subjects) {
            if !answer.agrees_with(&answers.oracle, order) {
                report.push_str(&format!("    {}: {answer}\n", subject.name()));
            }
        }
        (!report.is_empty()).then(|| format!("    SQLite: {}\n{report}", answers.oracle))
    }
}
