//! The examples of the documents: what stands behind `$` is run, and what stands below is what it says.

use std::path::Path;
use std::process::Command;

/// The blocks of a document for consoles, each a text.
fn blocks(document: &str) -> Vec<&str> {
    document.split("```console\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect()
}

/// The commands of a block, each with what it says.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), String::new())),
            (None, Some((_, said))) => said.push_str(&format!("{line}\n")),
            (None, None) => panic!("a block begins with a command, not with {line:?}"),
        }
    }
    commands
}

/// Runs the commands of a document in one folder.
fn run(name: &str) {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace");
    let document = std::fs::read_to_string(top.join(name)).expect("the document");
    let folder = tempfile::tempdir().expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_helios"));
    let path = std::env::join_paths(
        [program.parent().expect("it lies in a folder").to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let path = path.expect("folders of programs");
    let mut count = 0;
    for (command, said) in blocks(&document).into_iter().flat_map(commands) {
        let output = Command::new("/bin/sh")
            .arg("-c")
            .arg(format!("({command}) 2>&1"))
            .current_dir(folder.path())
            .env("PATH", &path)
            .env("HOME", folder.path())
            .output()
            .expect("a shell");
        assert_eq!(String::from_utf8_lossy(&output.stdout), said, "{name}: {command}");
        count += 1;
    }
    assert!(count > 0, "{name} has examples");
}

#[test]
fn the_examples_of_the_command_line_do_what_they_say() {
    run("docs/command-line.md");
}
