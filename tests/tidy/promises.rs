//! Promises: each has tests that exist, and `docs/traceability.md` is made of `docs/promises.toml`.
//!
//! ```toml
//! [[section]]
//! title = "Vectors"
//!
//! [[section.promise]]
//! text = "what is promised, in one line"
//! tests = ["path/of/a/file::name_of_a_test", "path/of/a/file/whose/cases/all/show/it"]
//! ```

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use crate::cases::cases;
use crate::document::text_is;
use crate::report;
use crate::source::{read, top};

const PROMISES: &str = "docs/promises.toml";
const DOCUMENT: &str = "docs/traceability.md";

const HEAD: &str = "# Promises and their tests

What helios promises to who uses it, and the tests that show it. A name alone is a file whose cases all show it: scripts that
SQLite answers too, or a suite of generated tests. What is promised under faults stands in [reliability.md](reliability.md),
how fast it is in [benchmarks.md](benchmarks.md), what differs from SQLite in [compatibility.md](compatibility.md). Rust's
tests are run by `cargo test NAME`, Python's by `python -m unittest -k NAME`.

This document is made of `docs/promises.toml` by `tests/tidy/promises.rs`, which also checks that every test is there:
`HELIOS_WRITE_DOCUMENTS=1 cargo test -p helios-tests --test tidy` writes it.
";

struct Promise {
    text: String,
    tests: Vec<String>,
}

struct Section {
    title: String,
    promises: Vec<Promise>,
}

/// The tables of the array under a name.
fn tables<'a>(table: &'a DeTable<'_>, name: &str) -> impl Iterator<Item = &'a DeTable<'a>> {
    let array = table.get(name).and_then(|value| value.get_ref().as_array());
    let values = array.into_iter().flat_map(|array| array.iter());
    values.map(|value| value.get_ref().as_table().expect("a table"))
}

/// The texts under a name: one, or those of an array.
fn texts(table: &DeTable<'_>, name: &str) -> Vec<String> {
    let text = |value: &DeValue<'_>| value.as_str().expect("a text").to_owned();
    match table.get(name).map(toml::Spanned::get_ref) {
        Some(DeValue::Array(values)) => values.iter().map(|value| text(value.get_ref())).collect(),
        Some(value) => vec![text(value)],
        None => Vec::new(),
    }
}

fn sections() -> Vec<Section> {
    let text = read(PROMISES).text;
    let table = DeTable::parse(&text).unwrap_or_else(|error| panic!("{PROMISES}: {error}"));
    let promise =
        |table: &DeTable<'_>| Promise { text: texts(table, "text").concat(), tests: texts(table, "tests") };
    let section = |table: &DeTable<'_>| Section {
        title: texts(table, "title").concat(),
        promises: tables(table, "promise").map(promise).collect(),
    };
    tables(table.get_ref(), "section").map(section).collect()
}

/// What is wrong with a test that is named: it lies where no tests are, or is not there.
fn problem(test: &str, cases: &BTreeMap<String, BTreeSet<String>>) -> Option<&'static str> {
    let (path, name) = test.split_once("::").unwrap_or((test, ""));
    if !path.starts_with("tests/") && !path.contains("/tests/") && !cases.contains_key(path) {
        return Some("has no tests");
    }
    match name {
        "" if top().join(path).is_file() => None,
        "" => Some("is not there"),
        name if cases.get(path).is_some_and(|names| names.contains(name)) => None,
        _ => Some("has no such test"),
    }
}

#[test]
fn every_promise_has_tests_that_exist() {
    let (sections, cases) = (sections(), cases());
    assert!(sections.len() > 10, "{PROMISES} has sections");
    let empty = sections.iter().filter(|section| section.promises.is_empty());
    let mut findings: Vec<String> = empty.map(|section| format!("{}: no promises", section.title)).collect();
    let mut seen = BTreeSet::new();
    for promise in sections.iter().flat_map(|section| &section.promises) {
        if promise.text.is_empty() || promise.text.contains(['|', '\n']) || !seen.insert(&promise.text) {
            findings.push(format!("{}: is empty, broken or there twice", promise.text));
        }
        if promise.tests.is_empty() {
            findings.push(format!("{}: no tests", promise.text));
        }
        let problems = promise.tests.iter().filter_map(|test| Some((test, problem(test, &cases)?)));
        findings.extend(problems.map(|(test, problem)| format!("{}: {test} {problem}", promise.text)));
    }
    report("docs/promises.toml names tests that exist, for every promise", &findings);
}

/// A test as a link to its file.
fn link(test: &str) -> String {
    let (path, name) = test.split_once("::").unwrap_or((test, ""));
    let shown = if name.is_empty() { path } else { name };
    format!("[`{shown}`](../{path})")
}

#[test]
fn the_document_of_promises_is_made_of_them() {
    let mut document = HEAD.to_owned();
    for section in sections() {
        document.push_str(&format!("\n## {}\n\n| what is promised | tests |\n|---|---|\n", section.title));
        for promise in &section.promises {
            let links: Vec<String> = promise.tests.iter().map(|test| link(test)).collect();
            document.push_str(&format!("| {} | {} |\n", promise.text, links.join(", ")));
        }
    }
    text_is(DOCUMENT, &document);
}
