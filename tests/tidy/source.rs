//! The files of the checkout as texts.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no sources.
const SKIPPED: &[&str] = &["target", "__pycache__", "node_modules"];

/// A file: its path from the top of the checkout, with slashes, and what stands in it.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// The lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// The lines of a Rust file that are no comments.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// What the `//!` lines at the beginning say.
    pub(crate) fn head(&self) -> String {
        let lines = self.text.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
    }
}

/// The top of the checkout.
pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_path_buf()
}

/// The text of a file that has to be there.
pub(crate) fn read(path: &str) -> Source {
    let text = fs::read_to_string(top().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    Source { path: path.to_owned(), text }
}

/// All files whose names end so, in order.
pub(crate) fn all(extension: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&top(), extension, &mut paths);
    paths.sort();
    let sources = paths.iter().map(|path| {
        let inner = path.strip_prefix(top()).expect("it was found under the top");
        read(&inner.to_string_lossy().replace('\\', "/"))
    });
    let sources: Vec<Source> = sources.collect();
    assert!(!sources.is_empty(), "no file ends with .{extension}: {}", top().display());
    sources
}

fn collect(folder: &Path, extension: &str, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry of a folder").path();
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                collect(&path, extension, paths);
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            paths.push(path);
        }
    }
}

/// A crate of the workspace.
#[derive(Debug)]
pub(crate) struct Crate {
    pub(crate) folder: String,
    pub(crate) name: String,
    pub(crate) manifest: String,
}

/// The crates of the workspace, as `Cargo.toml` lists them.
pub(crate) fn crates() -> Vec<Crate> {
    let workspace = read("Cargo.toml").text;
    let (_, after) = workspace.split_once("members = [").expect("Cargo.toml has members");
    let (list, _) = after.split_once(']').expect("the list ends");
    let with_manifest = |folder: String| {
        let manifest = read(&format!("{folder}/Cargo.toml")).text;
        let name =
            manifest.lines().find_map(|line| line.strip_prefix("name = ")).expect("a crate has a name");
        Crate { folder, name: name.trim_matches('"').to_owned(), manifest }
    };
    quoted(list, '"').into_iter().map(with_manifest).collect()
}

/// What stands between pairs of `mark` in a text.
pub(crate) fn quoted(text: &str, mark: char) -> Vec<String> {
    text.split(mark).skip(1).step_by(2).map(str::to_owned).collect()
}
