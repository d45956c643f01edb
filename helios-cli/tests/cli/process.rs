//! Running the program.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the program has said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) errors: String,
    pub(crate) code: Option<i32>,
}

/// The program, in a folder that is also its user's home, with two keys in its environment.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_helios"));
    command.current_dir(folder).env("HOME", folder).env_remove("XDG_CONFIG_HOME");
    command.env("OLD_KEY", "old secret").env("NEW_KEY", "new secret");
    command
}

/// Runs it with arguments and no input.
pub(crate) fn helios(folder: &Path, arguments: &[&str]) -> Said {
    run_with(program(folder).args(arguments), "")
}

/// What it says, where it has nothing to complain about.
pub(crate) fn done(folder: &Path, arguments: &[&str]) -> String {
    answer(folder, arguments, "")
}

/// What it says to an input, where it has nothing to complain about.
pub(crate) fn answer(folder: &Path, arguments: &[&str], input: &str) -> String {
    let said = run_with(program(folder).args(arguments), input);
    assert_eq!((said.errors.as_str(), said.code), ("", Some(0)), "{arguments:?}: {input}");
    said.out
}

/// The error that it ends with.
pub(crate) fn refused(folder: &Path, arguments: &[&str]) -> String {
    let said = helios(folder, arguments);
    assert_eq!(said.code, Some(1), "{arguments:?}: {} {}", said.out, said.errors);
    said.errors
}

/// Runs it with an input.
pub(crate) fn run_with(command: &mut Command, input: &str) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("it has an input");
    // It may end before it has read all.
    let _broken = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    Said {
        out: String::from_utf8(output.stdout).expect("its output is text"),
        errors: String::from_utf8(output.stderr).expect("its errors are text"),
        code: output.status.code(),
    }
}
