//! Signals: processes that are stopped and go on, and processes that are asked to end and do not know how to.

use helios_testkit::TestResult;
use helios_testkit::seed::{repeats, with_seed};
use helios_tests::child::Child;

use crate::child::check;

/// Signals that end a program which does nothing about them, and their numbers.
const ENDING: [(&str, u32); 5] = [("TERM", 15), ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ABRT", 6)];

/// Those of them that do end it: what is started in the background of a shell ignores some, and its children do, too.
fn ending() -> TestResult<Vec<&'static str>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).ok_or("no SigIgn")?;
    let ignored = u64::from_str_radix(mask.trim(), 16)?;
    let ending = ENDING.iter().filter(|(_, number)| ignored & 1 << (number - 1) == 0);
    Ok(ending.map(|(name, _)| *name).collect())
}

/// Two writers of one file. Each is stopped somewhere, inside a commit or not, while the other waits or goes on; at the
/// end both get a signal that ends a program at once.
#[test]
fn processes_that_are_stopped_and_asked_to_end_lose_nothing() -> TestResult {
    let directory = tempfile::tempdir()?;
    let ending = ending()?;
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
                let name = *numbers.pick(&ending);
                child.signal(name)?;
                let said = child.finish_somehow()?;
                last[writer] = said.last().and_then(|words| words.parse().ok()).or(last[writer]);
            }
            check(&path, "many", &[(0, last[0]), (1, last[1])])?;
        }
        Ok(())
    })
}
