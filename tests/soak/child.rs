//! The process that is killed: threads that do whatever their numbers say, until the end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use helios_testkit::TestResult;
use helios_testkit::seed::Numbers;
use helios_tests::child::{say, told};

use crate::stage::{Options, open};
use crate::work::Worker;

#[test]
fn work() -> TestResult {
    let Some((role, path)) = told() else { return Ok(()) };
    let (seed, launch) = role.split_once(' ').ok_or("no role")?;
    let (seed, launch): (u64, usize) = (seed.parse()?, launch.parse()?);
    let options = Options::of(seed);
    let database = open(&path, &options).inspect_err(|error| drop(say(finding("open", error))))?;
    say("begun")?;
    let mut numbers = Numbers::new(seed ^ (launch as u64) << 32);
    let branches = Arc::default();
    std::thread::scope(|scope| {
        for thread in 0..options.threads {
            let mut worker =
                Worker::new(&database, &options, numbers.fork(), format!("{launch}-{thread}"), &branches);
            scope.spawn(move || {
                let done = catch_unwind(AssertUnwindSafe(|| worker.run()));
                let told = match done {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => say(finding(worker.doing(), &*error)),
                    Err(_) => say(format_args!("finding panic in {}", worker.doing())),
                };
                // The others would go on and hide it.
                std::process::exit(if told.is_ok() { 1 } else { 2 });
            });
        }
    });
    Ok(())
}

/// The words for an error that nobody expects, with all its causes.
fn finding(doing: &str, error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let causes: String = causes.map(|cause| format!(" ({cause})")).collect();
    format!("finding in {doing}: {error}{causes}").replace('\n', " ")
}
