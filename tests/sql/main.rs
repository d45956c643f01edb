//! Scripts of SQL, one test each: SQLite and helios say the same to every statement.
//!
//! In: the files of `scripts/`. A statement ends with the line that ends with `;`. A line that begins with `--` is a
//! comment; two of them, before a statement, say how its answers are compared:
//!
//! ```text
//! -- any order             the rows may come in any order
//! -- plan                  the answer is a query plan: its lines and their tree are compared, with the optimiser on
//! -- differs: NAME         helios answers otherwise on purpose; the reason stands in `differences.rs` under NAME
//! ```
//!
//! Out: a failure for each script with a statement whose answers are not equal: columns, rows, classes, error codes and
//! messages, `changes()`, `last_insert_rowid()`. A statement that is said to differ, and does not, fails too.

mod differences;
mod plan;
mod script;

use std::path::Path;

use helios_testkit::TestResult;
use helios_tests::lockstep::Lockstep;
use libtest_mimic::{Arguments, Failed, Trial};

use differences::DIFFERENCES;
use script::Step;

/// So many differences of one script are told.
const REPORTED: usize = 15;

fn main() -> TestResult {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/scripts");
    let mut trials = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        trials.push(Trial::test(name, move || {
            let text = std::fs::read_to_string(&path)?;
            run(&text).map_err(|error| Failed::from(error.to_string()))
        }));
    }
    libtest_mimic::run(&arguments, trials).exit()
}

fn run(text: &str) -> TestResult {
    let mut lockstep = Lockstep::open()?;
    let mut reports = Vec::new();
    for step in script::steps(text)? {
        if let Some(report) = run_step(&mut lockstep, &step)? {
            reports.push(format!("line {}: {}\n{report}", step.line, step.sql));
        }
    }
    if reports.is_empty() {
        return Ok(());
    }
    let count = reports.len();
    reports.truncate(REPORTED);
    Err(format!("{count} statements differ\n{}", reports.join("\n")).into())
}

fn run_step(lockstep: &mut Lockstep, step: &Step) -> TestResult<Option<String>> {
    let answers = lockstep.run(&step.sql);
    let report = match step.is_plan {
        true => plan::report(lockstep, &answers),
        false => lockstep.report(&answers, step.order),
    };
    let Some(name) = &step.difference else {
        return Ok(report);
    };
    if !DIFFERENCES.iter().any(|difference| difference.name == name) {
        return Err(format!("line {}: no difference is called {name}", step.line).into());
    }
    let Some(first) = answers.subjects.first() else {
        return Ok(None);
    };
    let agree = step.is_plan || answers.subjects.iter().all(|answer| answer.agrees_with(first, step.order));
    Ok(match report {
        Some(_) if agree => None,
        Some(report) => Some(report),
        None => Some(format!("    is said to differ ({name}) and does not")),
    })
}
