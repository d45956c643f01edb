//! Every operation of the driver fails once, in a program of every kind of statement: the error says so, the state is the
//! one before the statement or the one after it, the session goes on, and the program comes to its end.

use std::sync::Arc;

use helios_core::storage::Storage;
use helios_core::{ErrorKind, Result};
use helios_sql::session::Session;
use helios_testkit::TestResult;
use helios_testkit::seed::{is_extended, seed};
use helios_testkit::wrapper::{CommitFault, Faulty};
use helios_tests::child::note;
use helios_tests::engine::{self, dump, run};

use crate::fixture::{clear, storage};
use crate::program::{BLOCKS, Block, MODULES};

/// What there is to see before and after each statement, where nothing fails.
struct Expected {
    /// By block and statement: what the session sees before it.
    within: Vec<Vec<Vec<String>>>,
    /// What is committed before each block, and after the last.
    committed: Vec<Vec<String>>,
}

fn committed(storage: &Arc<dyn Storage>) -> Result<Vec<String>> {
    let mut session = engine::session(storage.clone())?;
    let mut shown = dump(&mut session)?;
    shown.extend(run(&mut session, "PRAGMA user_version")?);
    Ok(shown)
}

fn seen(session: &mut Session) -> Result<Vec<String>> {
    dump(session)
}

fn expect(storage: &Arc<dyn Storage>, program: &[Block]) -> TestResult<Expected> {
    clear(&**storage)?;
    let mut session = engine::session(storage.clone())?;
    let mut expected = Expected { within: Vec::new(), committed: vec![committed(storage)?] };
    for block in program {
        let mut within = Vec::new();
        for sql in *block {
            // A look would begin the transaction's reading, so what follows BEGIN is not looked at before it.
            within.push(if session.in_transaction() && within.len() > 1 {
                seen(&mut session)?
            } else {
                Vec::new()
            });
            run(&mut session, sql)?;
        }
        expected.within.push(within);
        expected.committed.push(committed(storage)?);
    }
    Ok(expected)
}

/// One run of the program in which an operation fails.
struct Run<'a> {
    storage: &'a Arc<dyn Storage>,
    faulty: Arc<Faulty>,
    session: Session,
    program: &'a [Block],
    expected: &'a Expected,
    at: u64,
}

impl Run<'_> {
    /// Runs everything; `false` if the operation that was to fail never came.
    fn run(&mut self) -> TestResult<bool> {
        for (number, block) in self.program.iter().enumerate() {
            let place = format!("operation {} failed, in block {number}", self.at);
            let had_failed = self.faulty.has_failed();
            if !self.run_block(number, block, &place)? {
                assert!(self.run_block(number, block, &place)?, "{place}: it fails again");
            }
            if self.faulty.has_failed() && !had_failed {
                let found = committed(self.storage)?;
                assert_eq!(found, self.expected.committed[number + 1], "{place}: after it");
            }
        }
        let faulted = self.faulty.has_failed();
        assert_eq!(
            committed(self.storage)?,
            self.expected.committed[self.program.len()],
            "operation {}",
            self.at
        );
        Ok(faulted)
    }

    /// Runs a block; `false` if it has to be done again.
    fn run_block(&mut self, number: usize, block: Block, place: &str) -> TestResult<bool> {
        for (step, sql) in block.iter().enumerate() {
            let was_open = self.session.in_transaction();
            let Err(error) = run(&mut self.session, sql) else { continue };
            let place = format!("{place}, {sql}");
            assert!(self.faulty.has_failed(), "{place}: {error:?}");
            assert_eq!(error.kind(), ErrorKind::Io, "{place}: {error:?}");
            let ends = step + 1 == block.len();
            if was_open && !ends {
                // Only the statement is undone. It is done once more.
                assert!(self.session.in_transaction(), "{place}: the transaction is gone");
                assert_eq!(
                    committed(self.storage)?,
                    self.expected.committed[number],
                    "{place}: it is committed"
                );
                if step > 1 {
                    assert_eq!(
                        seen(&mut self.session)?,
                        self.expected.within[number][step],
                        "{place}: in part"
                    );
                }
                run(&mut self.session, sql).map_err(|error| format!("{place}, once more: {error:?}"))?;
                continue;
            }
            assert!(!self.session.in_transaction(), "{place}: the transaction is open");
            let found = committed(self.storage)?;
            let [before, after] = [number, number + 1].map(|at| &self.expected.committed[at]);
            assert!(
                found == *before || found == *after,
                "{place}: between {before:#?} and {after:#?}: {found:#?}"
            );
            assert_eq!(
                dump(&mut self.session)?,
                found[..found.len() - 1],
                "{place}: the session sees something else"
            );
            return Ok(found == *after && ends);
        }
        Ok(true)
    }
}

/// Of a program's operations, one in `step` fails in turn.
fn fail_each(driver: &str, program: &[Block], step: u64) -> TestResult {
    let storage = storage(driver)?;
    let expected = expect(&storage, program)?;
    for fault in [CommitFault::Before, CommitFault::After] {
        let mut at = 1 + seed() % step;
        loop {
            clear(&*storage)?;
            let faulty = Arc::new(Faulty::new(storage.clone(), fault));
            let session = engine::session(faulty.clone())?;
            faulty.fail_at(at);
            let mut run = Run { storage: &storage, faulty, session, program, expected: &expected, at };
            if !run.run()? {
                break;
            }
            at += step;
        }
        note(format_args!("{driver}, {fault:?}: one in {step} of {at} operations failed"))?;
        assert!(at > 200, "the program has only {at} operations");
    }
    Ok(())
}

#[test]
fn every_operation_of_memory_fails_once() -> TestResult {
    fail_each("memory", BLOCKS, 1)
}

#[test]
fn every_operation_of_redb_fails_once() -> TestResult {
    fail_each("redb", BLOCKS, 1)
}

#[test]
fn operations_of_memory_fail_under_modules() -> TestResult {
    fail_each("memory", MODULES, if is_extended() { 1 } else { 23 })
}

#[test]
fn operations_of_redb_fail_under_modules() -> TestResult {
    fail_each("redb", MODULES, if is_extended() { 1 } else { 23 })
}
