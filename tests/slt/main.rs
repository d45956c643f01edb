//! Files of the sqllogictest format, one test each: every record passes, on both drivers, with the optimiser on and off.
//!
//! In: the development set `shared/slt/sqllogictest-dev.tar.xz` beside the checkout. Where that is missing, the one test
//! says so and passes. Out: for each file the records that do not pass, with what was expected.

mod archive;
mod known;
mod record;
mod run;
mod value;

use std::io::Write;
use std::path::Path;

use helios_testkit::TestResult;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> TestResult {
    let arguments = Arguments::from_args();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/slt/sqllogictest-dev.tar.xz");
    let trials = if path.exists() {
        let trial = |(name, text): (String, String)| {
            let file = name.clone();
            Trial::test(name, move || {
                run::file(&file, &text).map_err(|error| Failed::from(error.to_string()))
            })
        };
        archive::texts(&std::fs::read(&path)?)?.into_iter().map(trial).collect()
    } else {
        vec![Trial::test("the_development_set_is_not_here", || {
            writeln!(std::io::stderr(), "skipped: there is no shared/slt beside the checkout")?;
            Ok(())
        })]
    };
    libtest_mimic::run(&arguments, trials).exit()
}
