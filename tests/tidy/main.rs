//! The order of the house: what no compiler checks about sources and documents.
//!
//! In: the files of the checkout. Out: one test for each rule, which lists every place that breaks it.

mod cases;
mod configuration;
mod dependencies;
mod document;
mod documents;
mod drivers;
mod files;
mod functions;
mod layers;
mod promises;
mod reliability;
mod source;
mod words;

/// Fails with all findings, one a line.
fn report(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}
