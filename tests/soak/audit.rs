//! The audit of a file that nobody has open: what it holds against what was acknowledged.

use std::collections::BTreeSet;
use std::path::Path;

use helios::{Connection, Database};
use helios_testkit::TestResult;
use helios_testkit::seed::Numbers;

use crate::ledger::Ledger;
use crate::stage::{Options, check_view, connect, open};
use crate::work::{is_refused_merge, resample};

/// Checks everything, and merges or deletes some of the branches that were left.
pub(crate) fn audit(
    path: &Path,
    options: &Options,
    ledger: &mut Ledger,
    numbers: &mut Numbers,
) -> TestResult {
    let database = open(path, options)?;
    let names: Vec<String> = database.branches()?.into_iter().map(|branch| branch.name).collect();
    if let Some(lost) = ledger.branches().find(|name| !names.iter().any(|found| found == name)) {
        return Err(format!("branch {lost} is gone").into());
    }
    for name in &names {
        let connection = connect(&database, name)?;
        audit_branch(&connection, name, options, ledger, numbers)
            .map_err(|error| format!("branch {name}: {error}"))?;
    }
    let main = connect(&database, "main")?;
    for sample in ledger.samples() {
        resample(&main, sample)?;
    }
    for name in names.iter().filter(|name| *name != "main") {
        settle(&database, &main, name, ledger, numbers)?;
    }
    audit_branch(&main, "main", options, ledger, numbers)
        .map_err(|error| format!("after merges: {error}"))?;
    drop(main);
    Ok(database.close()?)
}

fn audit_branch(
    connection: &Connection,
    name: &str,
    options: &Options,
    ledger: &Ledger,
    numbers: &mut Numbers,
) -> TestResult {
    let found = connection.query("SELECT tag FROM entry", (), |row| row.get::<String>(0))?;
    let count = found.len();
    let found: BTreeSet<String> = found.into_iter().collect();
    if found.len() != count {
        return Err(format!("{count} entries with {} tags", found.len()).into());
    }
    let lost: Vec<_> = ledger.expected(name).difference(&found).cloned().collect();
    if !lost.is_empty() {
        return Err(format!("acknowledged and lost: {lost:?}").into());
    }
    for _ in 0..3 {
        check_view(connection, options, numbers)?;
    }
    let problems: Vec<String> = connection.query("PRAGMA integrity_check", (), |row| row.get(0))?;
    if problems != ["ok"] {
        return Err(format!("integrity_check: {problems:?}").into());
    }
    Ok(connection.execute_batch("INSERT INTO words (words) VALUES ('integrity-check')")?)
}

/// Merges a branch that a dead process has left, deletes it, or leaves it for the next round.
fn settle(
    database: &Database,
    main: &Connection,
    name: &str,
    ledger: &mut Ledger,
    numbers: &mut Numbers,
) -> TestResult {
    let what = numbers.below(4);
    if what == 0 {
        return Ok(());
    }
    if what > 1 {
        ledger.hear(0, &format!("merging {name} audit"))?;
        match main.execute_batch(&format!("MERGE BRANCH '{name}'")) {
            Ok(()) => ledger.hear(0, &format!("merged {name} audit main"))?,
            Err(error) if is_refused_merge(&error) => {}
            Err(error) => return Err(format!("merge of {name}: {error}").into()),
        }
    }
    ledger.hear(0, &format!("deleting {name}"))?;
    Ok(database.delete_branch(name)?)
}
