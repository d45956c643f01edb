//! Processes whose memory is looked at, or whose files may not grow.

use helios_testkit::TestResult;
use helios_tests::child::told;

use crate::{bounded, faults};

#[test]
fn work() -> TestResult {
    let Some((role, folder)) = told() else { return Ok(()) };
    match role.split_once(' ') {
        Some(("bounded", name)) => bounded::run(name, &folder),
        _ => faults::run_full(&folder),
    }
}
