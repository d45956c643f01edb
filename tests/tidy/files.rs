//! Files: their length and how they begin.

use crate::report;
use crate::source;

/// The most lines of a source file.
const MOST_LINES: usize = 600;

#[test]
fn no_source_file_is_longer_than_600_lines() {
    let mut findings = Vec::new();
    for extension in ["rs", "py", "sh"] {
        for file in source::all(extension) {
            let lines = file.text.lines().count();
            if lines > MOST_LINES {
                findings.push(format!("{}: {lines} lines", file.path));
            }
        }
    }
    report("a file has 600 lines at most", &findings);
}

#[test]
fn every_rust_file_opens_with_module_docs() {
    let bare = source::all("rs").into_iter().filter(|file| file.head().trim().is_empty());
    let findings: Vec<String> = bare.map(|file| file.path).collect();
    report("a Rust file opens with //! docs", &findings);
}

#[test]
fn every_python_file_opens_with_a_docstring() {
    let bare = source::all("py").into_iter().filter(|file| {
        let first = file.text.lines().find(|line| !line.starts_with("#!"));
        !first.is_some_and(|line| line.starts_with("\"\"\""))
    });
    let findings: Vec<String> = bare.map(|file| file.path).collect();
    report("a Python file opens with a docstring", &findings);
}
