//! Files in the shapes of the sqllogictest corpus, in lockstep: see [`helios_testkit::shape`].

use helios_testkit::TestResult;
use helios_testkit::seed::Numbers;
use helios_testkit::shape::Family;
use helios_tests::answer::Order;
use helios_tests::lockstep::Lockstep;

/// Runs a file of a family on all engines.
pub(crate) fn run(family: Family, seed: u64, rows: usize, queries: usize) -> TestResult {
    // Joins of many tables with their conditions in WHERE alone need an optimiser: without one they have too many rows.
    let needs_optimiser = matches!(family, Family::Compounds | Family::Joins);
    let mut lockstep = if needs_optimiser { Lockstep::open_optimised()? } else { Lockstep::open()? };
    for sql in family.statements(&mut Numbers::new(seed), rows, queries) {
        let answers = lockstep.run(&sql);
        if let Some(report) = lockstep.report(&answers, Order::Any) {
            return Err(format!("a statement of {family:?} differs:\n{sql}\n{report}").into());
        }
    }
    Ok(())
}
