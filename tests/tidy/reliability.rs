//! The table of faults: each has tests, and each test that it names exists.

use std::collections::BTreeSet;

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

/// The names of all tests of the checkout. Cases of conformance are functions that a macro lists.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for file in source::all("rs") {
        let is_suite = file.path.starts_with("helios-testkit/src");
        let mut is_test = false;
        for line in file.text.lines().map(str::trim_start) {
            match line.strip_prefix("pub fn ").or(line.strip_prefix("fn ")) {
                Some(rest) if is_test || is_suite => {
                    tests.extend(rest.split('(').next().map(str::to_owned));
                    is_test = false;
                }
                _ => is_test |= line.starts_with("#[test]"),
            }
        }
    }
    for file in source::all("py") {
        for line in file.text.lines().map(str::trim_start) {
            let name = line.strip_prefix("def ").unwrap_or(line);
            let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
            let is_test = name.starts_with("test_") && (line != name || name[end..].starts_with(" = "));
            tests.extend(is_test.then(|| name[..end].to_owned()));
        }
    }
    tests
}

#[test]
fn every_fault_has_tests_that_exist() {
    let document = source::read(DOCUMENT);
    let (rows, tests) = (rows(&document.text), tests());
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
