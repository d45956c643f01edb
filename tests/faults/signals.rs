//! Signals: processes that are stopped and go on, and processes that are asked to end and do not know how to.

use helios_testkit::TestResult;
use helios_testkit::seed::{repeats, with_seed};
use helios_tests::child::Child;

use crate::child::check;

/// Signals that end a program which does nothing about them.
const ENDING: [&str; 5] = ["TERM", "HUP", "INT", "QUIT", "ABRT"];

/// Two writers of one file. Each is stopped somewhere, inside a commit or not, while the other waits or goes on; at the
/// end both get a signal that ends a program at once.
#[test]
fn processes_that_are_stopped_and_asked_to_end_lose_nothing() -> TestResult {
    let directory = tempfile::tempdir()?;
    with_seed(|numbers| {
        for file in 0..repeats(2, 20) {
            let path = directory.path().join(format!("{file}.db"));
            let children = [Child::start("many 0", &path)?, Child::start("many 1", &path)?];
            let mut last = [None, None];
            for _ in 0..repeats(15, 60) {
                let stopped = numbers.below(2);
                for _ in 0..numbers.below(3) {
                    last[stopped] = children[stopped].next()?.parse().ok();
                }
                children[stopped].signal("STOP")?;
                for _ in 0..numbers.below(100_000) {
                    std::hint::spin_loop();
                }
                children[stopped].signal("CONT")?;
                let other = 1 - stopped;
                last[other] = children[other].next()?.parse().ok();
            }
            for (writer, child) in children.into_iter().enumerate() {
                child.signal(ENDING[numbers.below(ENDING.len())])?;
                let said = child.finish_somehow()?;
                last[writer] = said.last().and_then(|words| words.parse().ok()).or(last[writer]);
            }
            check(&path, "many", &[(0, last[0]), (1, last[1])])?;
        }
        Ok(())
    })
}
