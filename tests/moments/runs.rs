//! Programs on each driver: by themselves, and while operations of the driver fail.

use std::sync::Arc;

use helios_core::storage::Storage;
use helios_storage_redb::{Options, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::clock::{TickingClock, WallClock};
use helios_testkit::disk::Disk;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_testkit::wrapper::{CommitFault, Faulty};

use helios_tests::stores::{share_of, storage};

use crate::child::{Remote, open_file};
use crate::programs::Program;
use crate::site::Site;

/// The steps of a program.
const STEPS: usize = 24;

fn memory() -> TestResult<Arc<dyn Storage>> {
    Ok(storage()?)
}

fn redb() -> TestResult<Arc<dyn Storage>> {
    let disk = Disk::default();
    let options = Options { cache_bytes: 1 << 20, ..Options::default() };
    Ok(Arc::new(RedbStorage::open_backend(move || Ok(Box::new(disk.clone())), options)?))
}

/// Runs programs, each with numbers of its own.
fn run_programs(programs: usize, run: impl Fn(Numbers) -> TestResult) -> TestResult {
    with_seed(|numbers| {
        for number in 0..programs {
            run(numbers.fork()).map_err(|error| format!("program {number}: {error}"))?;
        }
        Ok(())
    })
}

fn run_alone(storage: Arc<dyn Storage>, numbers: Numbers) -> TestResult {
    let clock = Arc::new(TickingClock::default());
    let mut program = Program::new(storage.clone(), clock.clone(), None, numbers)?;
    program.places.push(Box::new(Site::open(storage, clock)?));
    program.run(STEPS)
}

fn run_with_faults(storage: Arc<dyn Storage>, mut numbers: Numbers) -> TestResult {
    let clock = Arc::new(TickingClock::default());
    let fault = *numbers.pick(&[CommitFault::Before, CommitFault::After]);
    let faulty = Arc::new(Faulty::new(storage.clone(), fault));
    let mut program = Program::new(storage, clock.clone(), Some(faulty.clone()), numbers)?;
    program.places.push(Box::new(Site::open(faulty, clock)?));
    program.run(STEPS)
}

#[test]
fn branches_and_moments_agree_with_the_model_in_memory() -> TestResult {
    run_programs(share_of(repeats(900, 20_000)), |numbers| run_alone(memory()?, numbers))
}

#[test]
fn branches_and_moments_agree_with_the_model_in_redb() -> TestResult {
    run_programs(repeats(400, 8000), |numbers| run_alone(redb()?, numbers))
}

#[test]
fn branches_and_moments_agree_with_the_model_while_operations_of_memory_fail() -> TestResult {
    run_programs(share_of(repeats(300, 5000)), |numbers| run_with_faults(memory()?, numbers))
}

#[test]
fn branches_and_moments_agree_with_the_model_while_operations_of_redb_fail() -> TestResult {
    run_programs(repeats(100, 2000), |numbers| run_with_faults(redb()?, numbers))
}

/// This process and another work on one file, and either may be asked at each step.
#[test]
fn branches_and_moments_agree_with_the_model_in_two_processes() -> TestResult {
    let directory = tempfile::tempdir()?;
    let number = std::cell::Cell::new(0);
    let remote = Remote::start(directory.path())?;
    run_programs(repeats(40, 400), |numbers| {
        number.set(number.get() + 1);
        let path = directory.path().join(format!("{}.db", number.get()));
        let storage = open_file(&path)?;
        let mut program = Program::new(storage.clone(), Arc::new(WallClock), None, numbers)?;
        program.places.push(Box::new(Site::open(storage, Arc::new(WallClock))?));
        program.places.push(Box::new(remote.on(path)?));
        program.run(STEPS)
    })?;
    remote.end()
}
