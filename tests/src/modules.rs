//! Virtual tables beside SQLite's: the same rows in the same order and the same errors.
//!
//! The counters of changes are left out: in SQLite they tell of what a module writes for itself.

use helios_testkit::TestResult;

use crate::answer::Order;
use crate::lockstep::Lockstep;

/// SQLite's code of a constraint that is not told.
const SQLITE_CONSTRAINT: i32 = 19;

/// Runs a statement on all engines; an error if their rows or errors are not the same.
pub fn agree(engines: &mut Lockstep, sql: &str) -> TestResult {
    let mut answers = engines.run(sql);
    // The SQLite of the tests tells which constraint of a shadow table failed; 3.40 does not.
    if let Err(refusal) = &mut answers.oracle.result
        && refusal.message == "constraint failed"
    {
        refusal.code = SQLITE_CONSTRAINT;
    }
    let oracle = answers.oracle.clone();
    for answer in &mut answers.subjects {
        answer.changes = oracle.changes;
        answer.total_changes = oracle.total_changes;
        answer.last_insert_rowid = oracle.last_insert_rowid;
    }
    match engines.report(&answers, Order::Exact) {
        Some(report) => Err(format!("{sql}\n{report}").into()),
        None => Ok(()),
    }
}

/// Runs the statements of a text, one a line, and tells of all that differ.
pub fn agree_on_all(engines: &mut Lockstep, sql: &str) -> TestResult {
    let lines = sql.lines().map(str::trim).filter(|line| !line.is_empty());
    let differences: Vec<String> =
        lines.filter_map(|line| agree(engines, line).err()).map(|error| error.to_string()).collect();
    if differences.is_empty() { Ok(()) } else { Err(differences.concat().into()) }
}
