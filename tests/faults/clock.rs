//! Clocks that stand still, leap ahead and go back, also between two openings: moments of commits rise all the same, and
//! what was true at a moment stays true.

use std::sync::Arc;

use helios_core::Result;
use helios_core::clock::Moment;
use helios_core::storage::Storage;
use helios_sql::database::{Database, Settings};
use helios_sql::session::Session;
use helios_testkit::TestResult;
use helios_testkit::clock::{ManualClock, SeededEntropy};
use helios_testkit::seed::{repeats, with_seed};
use helios_tests::engine::{one, run};

use crate::fixture::storage;

/// Some day in the year 2023, in microseconds.
const NOW: u64 = 1_700_000_000_000_000;
const DAY: u64 = 86_400_000_000;

fn open(storage: &Arc<dyn Storage>, clock: &Arc<ManualClock>, seed: u64) -> Result<Session> {
    let entropy = Arc::new(SeededEntropy::new(seed));
    let database = Database::open(storage.clone(), clock.clone(), entropy, &Settings::default())?;
    database.keep_history()?;
    database.connect("main")
}

/// The moment of the newest commit.
fn newest(session: &Session) -> Result<u64> {
    let state = session.database().engine().present()?.state().clone();
    Ok(state.branches().iter().map(|branch| branch.last_commit.0).max().unwrap_or_default())
}

fn as_of(moment: u64) -> String {
    format!("SELECT a FROM t AS OF TIMESTAMP {}.{:06}", moment / 1_000_000, moment % 1_000_000)
}

fn leap(driver: &str) -> TestResult {
    with_seed(|numbers| {
        let storage = storage(driver)?;
        crate::fixture::clear(&*storage)?;
        let clock = Arc::new(ManualClock::at(Moment(NOW)));
        let mut session = open(&storage, &clock, 1)?;
        run(&mut session, "CREATE TABLE t (a); INSERT INTO t VALUES (0)")?;
        let mut seen = vec![(newest(&session)?, 0)];
        for round in 1..repeats(60, 1000) as u64 {
            let shown = match numbers.below(6) {
                0 => clock.advance(0).0,
                1 => NOW - numbers.below(20_000) as u64 * DAY,
                2 => 0,
                3 => NOW + numbers.below(200) as u64 * DAY,
                _ => clock.advance(numbers.below(1_000_000) as u64).0,
            };
            clock.set(Moment(shown));
            if numbers.one_in(8) {
                drop(session);
                session = open(&storage, &clock, round + 1)?;
            }
            run(&mut session, &format!("UPDATE t SET a = {round}"))?;
            let moment = newest(&session)?;
            let (before, _) = seen[seen.len() - 1];
            assert!(moment > before, "round {round}: {moment} is not after {before}");
            seen.push((moment, round));
            let (asked, expected) = *numbers.pick(&seen);
            assert_eq!(
                one(&mut session, &as_of(asked))?,
                expected.to_string(),
                "in round {round}, at {asked} with the clock at {shown}: {seen:?}"
            );
        }
        drop(session);
        let mut session = open(&storage, &clock, 0)?;
        for (moment, expected) in seen {
            assert_eq!(one(&mut session, &as_of(moment))?, expected.to_string());
        }
        assert_eq!(one(&mut session, "PRAGMA integrity_check")?, "'ok'");
        Ok(())
    })
}

#[test]
fn moments_rise_while_the_clock_leaps_in_memory() -> TestResult {
    leap("memory")
}

#[test]
fn moments_rise_while_the_clock_leaps_in_redb() -> TestResult {
    leap("redb")
}
