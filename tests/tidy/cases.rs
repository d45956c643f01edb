//! The tests of the checkout by their names: which file has which.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{self, Source};

/// The names of the tests in each file that has some, by its path from the top of the checkout.
pub(crate) fn cases() -> BTreeMap<String, BTreeSet<String>> {
    let rust = source::all("rs").into_iter().map(|file| (rust_cases(&file), file.path));
    let python = source::all("py").into_iter().map(|file| (python_cases(&file), file.path));
    rust.chain(python).filter(|(names, _)| !names.is_empty()).map(|(names, path)| (path, names)).collect()
}

/// Cases of conformance are functions that a macro lists.
fn rust_cases(file: &Source) -> BTreeSet<String> {
    let is_suite = file.path.starts_with("helios-testkit/src");
    let mut names = BTreeSet::new();
    let mut is_test = false;
    for line in file.text.lines().map(str::trim_start) {
        match line.strip_prefix("pub fn ").or(line.strip_prefix("fn ")) {
            Some(rest) if is_test || is_suite => {
                names.extend(rest.split('(').next().map(str::to_owned));
                is_test = false;
            }
            _ => is_test |= line.starts_with("#[test]"),
        }
    }
    names
}

/// Methods, and names that a test is assigned to.
fn python_cases(file: &Source) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in file.text.lines().map(str::trim_start) {
        let name = line.strip_prefix("def ").unwrap_or(line);
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
        let is_test = name.starts_with("test_") && (line != name || name[end..].starts_with(" = "));
        names.extend(is_test.then(|| name[..end].to_owned()));
    }
    names
}
