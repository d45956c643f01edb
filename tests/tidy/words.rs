//! What may not stand in a source file: notes to oneself, stubs, tests that do not run, paths of one machine.

use crate::report;
use crate::source::{self, Source};

/// Notes and stubs. Each is put together from halves, so that this list does not break the rule.
const STUBS: &[(&str, &str)] = &[
    ("TO", "DO"),
    ("FIX", "ME"),
    ("XX", "X"),
    ("dbg", "!("),
    ("todo", "!("),
    ("unimplemented", "!("),
    ("#[ign", "ore"),
    ("NotImplemented", "Error"),
    ("unittest.", "skip("),
];

/// The beginnings of paths that exist on some machines only.
const FOLDERS: &[(&str, &str)] =
    &[("/ro", "ot/"), ("/ho", "me/"), ("/wo", "rk/"), ("/fa", "rm/"), ("/Us", "ers/")];

/// Where the clock of the machine is read: the clock that programs get, and the one that reads none but the machine's
/// in tests.
const CLOCKS: &[&str] = &["helios/src/clock.rs", "helios-testkit/src/clock.rs"];

fn places(files: &[Source], needle: &str) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let lines = file.lines().filter(|(_, line)| contains_word(line, needle));
        found.extend(lines.map(|(number, _)| format!("{}:{number}: {needle}", file.path)));
    }
    found
}

/// Whether a line has `needle`, not as a part of a longer word.
fn contains_word(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| {
        let word = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let inner_start = needle.starts_with(char::is_alphabetic) && word(line[..at].chars().next_back());
        let inner_end =
            needle.ends_with(char::is_alphabetic) && word(line[at + needle.len()..].chars().next());
        !inner_start && !inner_end
    })
}

fn sources() -> Vec<Source> {
    ["rs", "py", "toml", "sh"].into_iter().flat_map(source::all).collect()
}

#[test]
fn no_source_has_notes_or_stubs() {
    let files = sources();
    let needles = STUBS.iter().map(|(first, second)| format!("{first}{second}"));
    let findings: Vec<String> = needles.flat_map(|needle| places(&files, &needle)).collect();
    report("no notes to oneself, stubs or tests that do not run", &findings);
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    let mut files = sources();
    files.extend(source::all("md"));
    let needles = FOLDERS.iter().map(|(first, second)| format!("{first}{second}"));
    let findings: Vec<String> = needles.flat_map(|needle| places(&files, &needle)).collect();
    report("no paths that exist on one machine only", &findings);
}

#[test]
fn only_clocks_read_the_time() {
    let needle = format!("SystemTime::{}", "now");
    let files = source::all("rs").into_iter().filter(|file| !CLOCKS.contains(&file.path.as_str()));
    let findings = places(&files.collect::<Vec<_>>(), &needle);
    report("time comes in through a clock", &findings);
}

#[test]
fn a_word_is_found_alone_and_not_inside_another() {
    let word = format!("XX{}", "X");
    assert!(contains_word(&format!("// {word}: later"), &word));
    assert!(!contains_word(&format!("mktemp a{word}X"), &word));
}
