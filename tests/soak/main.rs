//! The whole system at once, for long: processes with threads on one file, all features on, killed wherever they happen to be.
//!
//! In: a seed, which decides the settings of each program (the cipher, the kind of index of vectors, how many processes and
//! threads, how much memory) and what its threads do. Out: after each round, with everybody dead, the file is audited: no
//! acknowledged commit is lost or doubled, money is neither made nor gone on any branch and at any moment that was seen,
//! indexes of every kind tell what the rows tell. `HELIOS_SEED=n` begins with another seed; `HELIOS_SECONDS=n` runs one
//! program after the other for so long, each with the next seed. A program that fails leaves its file, and says where.

mod audit;
mod child;
mod held;
mod ledger;
mod stage;
mod work;

use std::path::Path;
use std::time::{Duration, Instant};

use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, is_extended, repeats, seed};
use helios_tests::child::{Child, note};

use crate::audit::audit;
use crate::ledger::Ledger;
use crate::stage::{LONG, Options, prepare};

/// What was done in all.
#[derive(Debug, Default)]
struct Tally {
    programs: usize,
    rounds: usize,
    kills: usize,
    acknowledged: usize,
}

#[test]
fn the_whole_system_survives_kills_for_long() -> TestResult {
    let seconds = std::env::var("HELIOS_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let begun = Instant::now();
    let mut tally = Tally::default();
    let usual = repeats(2, 12);
    let is_long = seconds.is_some() || is_extended();
    let goes_on = |programs: usize| match seconds {
        Some(seconds) => begun.elapsed() < Duration::from_secs(seconds),
        None => programs < usual,
    };
    while goes_on(tally.programs) {
        let seed = seed().wrapping_add(tally.programs as u64);
        let directory = tempfile::tempdir()?;
        if let Err(error) = program(seed, is_long, directory.path(), &mut tally) {
            let kept = directory.keep();
            return Err(
                format!("{error}\nreplay with HELIOS_SEED={seed}; files in {}", kept.display()).into()
            );
        }
        tally.programs += 1;
        note(format_args!("after {:?}: {tally:?}", begun.elapsed()))?;
    }
    Ok(())
}

/// One database from its beginning to its end.
fn program(seed: u64, is_long: bool, directory: &Path, tally: &mut Tally) -> TestResult {
    let options = Options::of(seed);
    note(format_args!("seed {seed}: {options:?}"))?;
    let path = directory.join("soak.db");
    let mut numbers = Numbers::new(seed);
    prepare(&path, &options)?;
    let mut ledger = Ledger::default();
    // Some programs are killed often, some seldom: then there is more to be lost.
    let calm = *numbers.pick(if is_long { &[40, 80, 400] } else { &[40, 80] });
    let mut launches = 0;
    for _ in 0..2 + numbers.below(4) {
        let mut start = || {
            launches += 1;
            Child::start(&format!("{seed} {launches}"), &path).map(|child| (launches, child))
        };
        let mut children = (0..options.processes).map(|_| start()).collect::<TestResult<Vec<_>>>()?;
        for _ in 0..3 + numbers.below(4) {
            let at = numbers.below(children.len());
            let (launch, child) = children.swap_remove(at);
            // One in six dies while it opens the file.
            let heard = if numbers.one_in(6) { 0 } else { calm / 4 + numbers.below(calm) };
            for _ in 0..heard {
                ledger.hear(launch, &child.next_within(LONG)?)?;
            }
            // Spins, not sleeps: a point inside whatever the threads do.
            for _ in 0..numbers.below(400_000) {
                std::hint::spin_loop();
            }
            child.kill()?.iter().try_for_each(|words| ledger.hear(launch, words))?;
            children.push(start()?);
            tally.kills += 1;
        }
        for (launch, child) in children {
            child.kill()?.iter().try_for_each(|words| ledger.hear(launch, words))?;
            tally.kills += 1;
        }
        audit(&path, &options, &mut ledger, &mut numbers)?;
        tally.rounds += 1;
    }
    tally.acknowledged += ledger.acknowledged();
    Ok(())
}
