//! Running a script in both shells.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// SQLite's number of a constraint that does not hold.
const CONSTRAINT: i32 = 19;

/// What a shell has said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) errors: String,
    pub(crate) code: Option<i32>,
}

/// Whether the oracle is there; says it if not.
pub(crate) fn has_oracle() -> bool {
    let version = Command::new("sqlite3").arg("--version").output();
    let is_there = version.is_ok_and(|output| output.stdout.starts_with(b"3.40."));
    if !is_there {
        // Not by the macro, whose lines a test that passes does not show.
        let _unseen =
            writeln!(std::io::stderr(), "SKIPPED: there is no sqlite3 of version 3.40 to compare with");
    }
    is_there
}

/// The folder of the scripts.
pub(crate) fn scripts() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scripts"))
}

/// Runs a shell in a folder of its own, which has what the scripts read.
fn run(program: &str, arguments: &[&str], input: &str) -> Said {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(scripts().join("odd.csv"), folder.path().join("odd.csv")).expect("a copy of the file");
    let script = folder.path().join(".script");
    fs::write(&script, input).expect("the script can be written");
    let output: Output = Command::new(program)
        .args(arguments)
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env_remove("XDG_CONFIG_HOME")
        .stdin(Stdio::from(fs::File::open(&script).expect("the script can be read")))
        .output()
        .expect("the shell runs");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let without_quotes: Vec<&str> = errors.lines().filter(|line| !line.starts_with("  ")).collect();
    Said {
        // What lies in the folder has its name in some answers.
        out: String::from_utf8_lossy(&output.stdout).replace(&*folder.path().to_string_lossy(), "."),
        errors: without_quotes.join("\n"),
        code: output.status.code(),
    }
}

/// What both shells say, `sqlite3` first. Options begin with two dashes for helios.
pub(crate) fn both(arguments: &[&str], input: &str) -> [Said; 2] {
    let ours: Vec<String> = arguments
        .iter()
        .map(|argument| match argument.strip_prefix('-') {
            Some(name) => format!("--{name}"),
            None => (*argument).to_owned(),
        })
        .collect();
    let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
    let mut theirs = run("sqlite3", arguments, input);
    // A constraint that does not hold is no other failure here than others are.
    theirs.code = theirs.code.map(|code| if code == CONSTRAINT { 1 } else { code });
    [theirs, run(env!("CARGO_BIN_EXE_helios"), &ours, input)]
}

/// Runs a script in both, which have to say the same.
pub(crate) fn compare(arguments: &[&str], input: &str) {
    let [theirs, ours] = both(arguments, input);
    assert_eq!(ours.out, theirs.out, "{arguments:?}: {input}");
    assert_eq!(ours.errors, theirs.errors, "{arguments:?}: {input}");
    assert_eq!(ours.code, theirs.code, "{arguments:?}: {input}");
}
