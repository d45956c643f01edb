//! All engines, and what is forgiven them.
//!
//! Of several names that mean nothing in a view or a trigger that ALTER looks at, another may be told.
//!
//! What the counters say after a statement that was refused is not compared: SQLite counts how far its machine got. Later
//! answers are compared as if they had been the same.

use helios_testkit::TestResult;
use helios_tests::answer::{Answer, Order};
use helios_tests::lockstep::{Answers, Lockstep};
use helios_tests::subject::Driver;

/// Queries that take SQLite more steps have too many rows to compare.
const MOST_STEPS: i32 = 3_000_000;

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
}

impl Watch {
    pub(crate) fn open(drivers: &[Driver]) -> TestResult<Watch> {
        Ok(Watch { lockstep: Lockstep::open_on(drivers)?, excuses: Vec::new() })
    }

    /// Runs a statement everywhere; where the answers differ, with a report. A query that would take long is passed over.
    pub(crate) fn run(&mut self, sql: &str, order: Order) -> TestResult<Option<(Answers, Option<String>)>> {
        let is_query = sql.starts_with("SELECT") || sql.starts_with("WITH");
        let mut answers = match is_query {
            true => match self.lockstep.run_within(sql, MOST_STEPS)? {
                Some(answers) => answers,
                None => return Ok(None),
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
        let report = self.lockstep.report(&answers, order);
        Ok(Some((answers, report)))
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
