//! All engines, and what is forgiven them.
//!
//! Of several names that mean nothing in a view or a trigger that ALTER looks at, another may be told. After other
//! differences that are documented the databases are not the same any more, and nothing is compared.
//!
//! What the counters say after a statement that was refused is not compared: SQLite counts how far its machine got. Later
//! answers are compared as if they had been the same.

use helios_testkit::TestResult;
use helios_tests::answer::{Answer, Order};
use helios_tests::lockstep::{Answers, Lockstep};
use helios_tests::subject::Driver;

use crate::documented::{is_documented, is_documented_of_values};

/// Queries that take SQLite more steps have too many rows to compare.
const MOST_STEPS: i32 = 3_000_000;

/// SQLite's code of a value that a strict table does not take.
const WRONG_TYPE: i32 = 3091;

/// What one engine's counters are off by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Excuse {
    total_changes: i64,
    /// Until they are equal again.
    changes: bool,
    last_insert_rowid: bool,
}

/// All engines on one program.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) lockstep: Lockstep,
    excuses: Vec<Excuse>,
    /// Whether rows were written while foreign keys were not in force.
    has_unchecked: bool,
    is_checking: bool,
    /// Whether SQLite has kept, in a transaction, the rows before one of a wrong type.
    pub(crate) is_spoilt: bool,
    /// Whether the databases differ, as documented.
    pub(crate) is_over: bool,
}

impl Watch {
    pub(crate) fn open(drivers: &[Driver]) -> TestResult<Watch> {
        Ok(Watch {
            lockstep: Lockstep::open_on(drivers)?,
            excuses: Vec::new(),
            has_unchecked: false,
            is_checking: false,
            is_spoilt: false,
            is_over: false,
        })
    }

    /// Runs a statement everywhere; where the answers differ, with a report. A query that would take long is passed over.
    pub(crate) fn run(&mut self, sql: &str, order: Order) -> TestResult<Option<(Answers, Option<String>)>> {
        let is_query = sql.starts_with("SELECT") || sql.starts_with("WITH");
        let mut answers = match is_query {
            true => match self.lockstep.run_within(sql, MOST_STEPS)? {
                Some(answers) => answers,
                None => {
                    // A statement that reads ends what `PRAGMA defer_foreign_keys` began, also for those that do not run it.
                    self.lockstep.run_on_subjects("SELECT count(*) FROM sqlite_schema");
                    return Ok(None);
                }
            },
            false => self.lockstep.run(sql),
        };
        // SQLite gives ALTER the columns of a query that it runs for it.
        if let (true, Ok(rows)) = (sql.starts_with("ALTER"), &mut answers.oracle.result) {
            rows.names.clear();
        }
        self.excuses.resize(answers.subjects.len(), Excuse::default());
        for (answer, excuse) in answers.subjects.iter_mut().zip(&mut self.excuses) {
            forgive(answer, &answers.oracle, excuse);
        }
        let is_left = self.is_over || (self.is_spoilt && sql != "ROLLBACK");
        self.note(sql, &answers.oracle);
        let mut report = self.lockstep.report(&answers, order).filter(|_| !is_left);
        if report.is_some() && self.all_documented(sql, is_query, &answers, order) {
            self.is_over = !is_query;
            report = None;
        }
        Ok(Some((answers, report)))
    }

    /// What later statements are looked at with.
    fn note(&mut self, sql: &str, oracle: &Answer) {
        match sql {
            "PRAGMA foreign_keys = ON" if !oracle.in_transaction => self.is_checking = true,
            "PRAGMA foreign_keys = OFF" if !oracle.in_transaction => self.is_checking = false,
            _ => self.has_unchecked |= !self.is_checking && oracle.total_changes > 0,
        }
        let is_wrong_type = oracle.result.as_ref().is_err_and(|refusal| refusal.code == WRONG_TYPE);
        self.is_spoilt = oracle.in_transaction && (is_wrong_type || self.is_spoilt);
    }

    fn all_documented(&self, sql: &str, is_query: bool, answers: &Answers, order: Order) -> bool {
        let mut different =
            answers.subjects.iter().filter(|answer| !answer.agrees_with(&answers.oracle, order));
        different.all(|answer| match is_query {
            true => is_documented_of_values(sql, answer, &answers.oracle),
            false => is_documented(sql, answer, &answers.oracle, self.has_unchecked),
        })
    }
}

/// What ALTER says is wrong, up to a name that means nothing: of several, another may be told.
fn object_with_missing_column(message: &str) -> Option<&str> {
    let (object, _) = message.split_once(": no such column: ")?;
    object.starts_with("error in ").then_some(object)
}

/// Makes an answer that of SQLite in what is forgiven.
pub(crate) fn forgive(answer: &mut Answer, oracle: &Answer, excuse: &mut Excuse) {
    if let (Err(own), Err(wanted)) = (&mut answer.result, &oracle.result)
        && own.code == wanted.code
        && let Some(object) = object_with_missing_column(&own.message)
        && Some(object) == object_with_missing_column(&wanted.message)
    {
        own.message.clone_from(&wanted.message);
    }
    answer.total_changes += excuse.total_changes;
    let is_refused = oracle.result.is_err() && answer.result == oracle.result;
    if is_refused {
        excuse.total_changes += oracle.total_changes - answer.total_changes;
        answer.total_changes = oracle.total_changes;
    }
    excuse.changes = (excuse.changes || is_refused) && answer.changes != oracle.changes;
    if excuse.changes {
        answer.changes = oracle.changes;
    }
    excuse.last_insert_rowid =
        (excuse.last_insert_rowid || is_refused) && answer.last_insert_rowid != oracle.last_insert_rowid;
    if excuse.last_insert_rowid {
        answer.last_insert_rowid = oracle.last_insert_rowid;
    }
}
