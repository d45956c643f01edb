//! Random programs of SQL: SQLite and helios, on both drivers, with the optimiser on and off, say the same.
//!
//! A program makes some tables and then runs queries, changes, definitions and transactions on them, each statement on
//! all engines. In the end all contents are equal and helios finds its indexes whole. A program that fails is made as
//! short as it can be and told with its seed.
//!
//! Programs of two connections to one database are compared with SQLite in WAL mode.
//!
//! Besides, files in the shapes of the sqllogictest corpus are run in the same way, one test for each family.
//!
//! - `HELIOS_SEED=n` begins with another seed; `HELIOS_EXTENDED=1` runs ten times as many statements.
//! - `HELIOS_STATEMENTS=n` sets the number of statements.
//! - `HELIOS_FAILURES=n` goes on until each part has found so many programs that fail, and tells them all.

mod aggregate;
mod alter;
mod calculation;
mod change;
mod common;
mod control;
mod date;
mod definition;
mod documented;
mod expression;
mod function;
mod index;
mod join;
mod json;
mod literal;
mod merge;
mod pair;
mod pragma;
mod predicate;
mod program;
mod query;
mod reduce;
mod schema;
mod select;
mod shapes;
mod table;
mod trigger;
mod watch;
mod window;

use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, seed};
use helios_testkit::shape::Family;
use helios_tests::stores::share_of;
use libtest_mimic::{Arguments, Failed, Trial};

/// So many tests share the statements, so that they use all cores.
const PARTS: u64 = 8;

/// The same for those of two connections.
const PAIR_PARTS: u64 = 2;

fn main() -> TestResult {
    let arguments = Arguments::from_args();
    let asked = std::env::var("HELIOS_STATEMENTS").ok().and_then(|count| count.parse().ok());
    let statements: usize = asked.unwrap_or_else(|| share_of(repeats(20_000, 200_000))) / PARTS as usize;
    let trials = (0..PARTS).map(|part| {
        Trial::test(format!("random_programs_agree_with_sqlite_{part}"), move || {
            run(seed().wrapping_mul(PARTS).wrapping_add(part), statements).map_err(|error| {
                let seed = seed();
                Failed::from(format!("{error}\nreplay with HELIOS_SEED={seed}"))
            })
        })
    });
    let shapes = Family::ALL.into_iter().map(|family| {
        Trial::test(format!("shape_{family:?}_agrees_with_sqlite").to_lowercase(), move || {
            let (rows, queries) = (repeats(30, 200), repeats(30, 600));
            shapes::run(family, seed(), rows, queries).map_err(|error| {
                let seed = seed();
                Failed::from(format!("{error}\nreplay with HELIOS_SEED={seed}"))
            })
        })
    });
    let pairs = (0..PAIR_PARTS).map(|part| {
        Trial::test(format!("random_connections_agree_with_sqlite_{part}"), move || {
            let seed = seed();
            pair::run(
                seed.wrapping_mul(PAIR_PARTS).wrapping_add(part),
                share_of(repeats(2_000, 20_000)) / PAIR_PARTS as usize,
            )
            .map_err(|error| Failed::from(format!("{error}\nreplay with HELIOS_SEED={seed}")))
        })
    });
    let trials = trials.chain(pairs).chain(shapes).collect();
    libtest_mimic::run(&arguments, trials).exit()
}

/// Runs programs until so many statements have been compared.
fn run(seed: u64, statements: usize) -> TestResult {
    let asked = std::env::var("HELIOS_FAILURES").ok().and_then(|count| count.parse().ok());
    let most: usize = asked.unwrap_or(1);
    let mut numbers = Numbers::new(seed);
    let mut failures = Vec::new();
    let mut done = 0;
    while done < statements && failures.len() < most {
        match program::run(&mut numbers.fork()) {
            Ok(count) => done += count,
            Err(failure) => failures.push(failure.to_string()),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}
