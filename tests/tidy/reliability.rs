//! The table of faults: each has tests, and each test that it names exists.

use std::collections::BTreeSet;

use crate::cases::cases;
use crate::report;
use crate::source;

const DOCUMENT: &str = "docs/reliability.md";

/// The rows of the table of faults: their cells.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().skip_while(|line| !line.starts_with("| fault |")).skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect()
}

/// What stands between backticks.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_fault_has_tests_that_exist() {
    let document = source::read(DOCUMENT);
    let rows = rows(&document.text);
    let tests: BTreeSet<String> = cases().into_values().flatten().collect();
    assert!(rows.len() > 10, "{DOCUMENT} has a table of faults");
    let mut findings = Vec::new();
    for row in rows {
        let named: Vec<&str> = row.last().into_iter().flat_map(|cell| names(cell)).collect();
        if row.len() != 4 || named.is_empty() {
            findings.push(format!("{}: no tests", row[0]));
        }
        let missing = named.into_iter().filter(|name| !tests.contains(*name));
        findings.extend(missing.map(|name| format!("{}: {name}", row[0])));
    }
    report("docs/reliability.md names tests that exist, for every fault", &findings);
}
