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
    /// Empty databases: SQLite, and helios on the drivers under test, with the optimiser on and off, one of the files
    /// sealed. One of each kind has so
    /// little memory that sorts, hash tables and collected rows are in temporary files: some rows fit, or none.
    pub fn open() -> TestResult<Lockstep> {
        Lockstep::open_on(Driver::all())
    }

    /// The same with helios on some drivers only.
    pub fn open_on(drivers: &[Driver]) -> TestResult<Lockstep> {
        let mut subjects = Vec::new();
        for &driver in drivers {
            let budgets = if driver == Driver::Memory { [None, Some(0)] } else { [Some(3000), None] };
            for (optimises, budget) in [true, false].into_iter().zip(budgets) {
                // What is in temporary files is sealed there, too.
                let is_sealed = driver == Driver::Redb && budget.is_some();
                let driver = if is_sealed { Driver::Sealed } else { driver };
                subjects.push(Subject::open_with(driver, optimises, budget)?);
            }
        }
        Ok(Lockstep { oracle: Sqlite::open()?, subjects })
    }

    /// The same with the optimiser always on, for what has too many rows without.
    pub fn open_optimised() -> TestResult<Lockstep> {
        let budget = |driver| (driver != Driver::Memory).then_some(3000);
        let subjects = Driver::all().iter().map(|&driver| Subject::open_with(driver, true, budget(driver)));
        let subjects = subjects.collect::<TestResult<_>>()?;
        Ok(Lockstep { oracle: Sqlite::open()?, subjects })
    }

    /// The same with one helios in memory, for what has very many rows.
    pub fn open_alone() -> TestResult<Lockstep> {
        Ok(Lockstep { oracle: Sqlite::open()?, subjects: vec![Subject::open(Driver::Memory, true)?] })
    }

    /// Runs one statement everywhere.
    pub fn run(&mut self, sql: &str) -> Answers {
        Answers {
            oracle: self.oracle.run(sql),
            subjects: self.subjects.iter_mut().map(|subject| subject.run(sql)).collect(),
        }
    }

    /// Runs one query everywhere, unless it takes SQLite more than so many steps.
    pub fn run_within(&mut self, sql: &str, steps: i32) -> TestResult<Option<Answers>> {
        let Some(oracle) = self.oracle.run_within(sql, steps)? else { return Ok(None) };
        let subjects = self.subjects.iter_mut().map(|subject| subject.run(sql)).collect();
        Ok(Some(Answers { oracle, subjects }))
    }

    /// The rows that SQLite has for a question of the test itself; none, if it refuses.
    pub fn ask_oracle(&mut self, sql: &str) -> Vec<Vec<Value>> {
        self.oracle.run(sql).result.map(|rows| rows.rows).unwrap_or_default()
    }

    /// Whether SQLite refuses a question of the test itself.
    pub fn oracle_refuses(&mut self, sql: &str) -> bool {
        self.oracle.run(sql).result.is_err()
    }

    /// Runs a statement on helios only.
    pub fn run_on_subjects(&mut self, sql: &str) -> Vec<Answer> {
        self.subjects.iter_mut().map(|subject| subject.run(sql)).collect()
    }

    /// What each helios is called.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().map(Subject::name)
    }

    /// What is to be read of answers that are not the same. Answers that are the same are told once.
    pub fn report(&self, answers: &Answers, order: Order) -> Option<String> {
        let mut different: Vec<(String, &Answer)> = Vec::new();
        for (subject, answer) in self.subjects.iter().zip(&answers.subjects) {
            if answer.agrees_with(&answers.oracle, order) {
                continue;
            }
            match different.iter_mut().find(|(_, told)| *told == answer) {
                Some((names, _)) => names.push_str(&format!("; {}", subject.name())),
                None => different.push((subject.name().to_owned(), answer)),
            }
        }
        let told: Vec<String> =
            different.iter().map(|(names, answer)| format!("    {names}: {answer}\n")).collect();
        (!told.is_empty()).then(|| format!("    SQLite: {}\n{}", answers.oracle, told.concat()))
    }
}
