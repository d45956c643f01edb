//! Layers: which crate uses which, and which module of a crate uses which.
//!
//! The lists are written where readers look: the crates in the table of `ARCHITECTURE.md`, the modules at the head of
//! `lib.rs`, one line a layer. Each layer uses only what stands before it; modules of one line may use each other.

use std::collections::HashMap;

use crate::report;
use crate::source::{self, Source, crates, quoted};

/// Crates whose modules form layers.
const LAYERED: &[&str] = &["helios-core", "helios-sql"];

/// What a crate may use only in its tests.
const FOR_TESTS: &str = "helios-testkit";

#[test]
fn crates_use_what_the_architecture_says() {
    let architecture = source::read("ARCHITECTURE.md");
    let mut findings = Vec::new();
    let mut above: Vec<String> = Vec::new();
    let table: Vec<(String, Vec<String>)> = architecture.text.lines().filter_map(crate_row).collect();
    for member in crates() {
        if !table.iter().any(|(name, _)| *name == member.name) {
            findings.push(format!("{}: no row in the table of ARCHITECTURE.md", member.name));
        }
    }
    for (name, mut documented) in table {
        let Some(member) = crates().into_iter().find(|member| member.name == name) else {
            findings.push(format!("{name}: in the table of ARCHITECTURE.md, but no crate"));
            continue;
        };
        let mut used = workspace_dependencies(&member.manifest, "[dependencies]");
        used.sort();
        documented.sort();
        if used != documented {
            findings.push(format!("{name} uses {used:?}, but ARCHITECTURE.md says {documented:?}"));
        }
        findings.extend(
            used.iter()
                .filter(|used| !above.contains(used))
                .map(|used| format!("{name} uses {used} below it")),
        );
        let for_tests = workspace_dependencies(&member.manifest, "[dev-dependencies]");
        let others = for_tests.iter().filter(|used| *used != FOR_TESTS && !above.contains(used));
        findings.extend(others.map(|used| format!("the tests of {name} use {used} below it")));
        above.push(name);
    }
    report("crates keep the order of ARCHITECTURE.md", &findings);
}

/// The name and the uses of a row `| `name` | `used`, `used` | … |`.
fn crate_row(line: &str) -> Option<(String, Vec<String>)> {
    let mut cells = line.strip_prefix("| `")?.split(" | ");
    let name = cells.next()?.trim_end_matches('`').to_owned();
    let uses = cells.next()?;
    let is_crate = uses == "–" || uses.starts_with("`helios");
    is_crate.then(|| (name, quoted(uses, '`')))
}

/// The crates of the workspace in a section of a `Cargo.toml`.
fn workspace_dependencies(manifest: &str, section: &str) -> Vec<String> {
    let lines = manifest.lines().skip_while(|line| *line != section).skip(1);
    let names = lines.take_while(|line| !line.starts_with('['));
    let names = names.filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| *name == "helios" || name.starts_with("helios-")).map(str::to_owned).collect()
}

#[test]
fn modules_use_only_what_stands_before_them() {
    let files = source::all("rs");
    let mut findings = Vec::new();
    for name in LAYERED {
        let folder = format!("{name}/src/");
        let library = files.iter().find(|file| file.path == format!("{folder}lib.rs"));
        let layers = layers_of(library.expect("a library has a lib.rs"));
        let inner =
            files.iter().filter(|file| file.path.starts_with(&folder) && !file.path.ends_with("/lib.rs"));
        for file in inner {
            let path = &file.path[folder.len()..];
            let module = path.split('/').next().unwrap_or(path).trim_end_matches(".rs");
            let Some(own) = layers.get(module) else {
                findings
                    .push(format!("{}: the module {module} is not in the list of {folder}lib.rs", file.path));
                continue;
            };
            for (number, used) in modules_used(file, path) {
                if layers.get(&used).is_some_and(|layer| layer > own) {
                    findings
                        .push(format!("{}:{number}: {module} uses {used}, which stands after it", file.path));
                }
            }
        }
    }
    report("modules keep the order at the head of lib.rs", &findings);
}

/// The modules in the first block of text at the head of `lib.rs`, with the numbers of their lines. A line has the
/// names, separated by commas, then two spaces and what they are.
fn layers_of(library: &Source) -> HashMap<String, usize> {
    let head = library.head();
    let (_, block) = head.split_once("```text\n").unwrap_or_else(|| panic!("{} has no list", library.path));
    let mut layers = HashMap::new();
    for (number, line) in block.lines().take_while(|line| *line != "```").enumerate() {
        let names = line.split("  ").next().unwrap_or(line);
        layers.extend(names.split(", ").map(|name| (name.trim().to_owned(), number)));
    }
    layers
}

/// The modules of the same crate that a file names, by `crate::` or by enough of `super::`, with the lines' numbers.
fn modules_used<'a>(file: &'a Source, path: &str) -> impl Iterator<Item = (usize, String)> + 'a {
    let folders = path.matches('/').count();
    let depth = if path.ends_with("/mod.rs") { folders } else { folders + 1 };
    let up = "super::".repeat(depth);
    file.code().flat_map(move |(number, line)| {
        let from_top = line.match_indices("crate::").map(|(at, mark)| &line[at + mark.len()..]);
        let from_inside = line.match_indices(&*up).map(|(at, mark)| &line[at + mark.len()..]);
        let after: Vec<&str> = from_top.chain(from_inside).collect();
        after.into_iter().map(move |rest| {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            (number, rest[..end].to_owned())
        })
    })
}

#[test]
fn a_use_by_way_of_super_is_seen() {
    let text = "//! Doc of crate::exec.\nuse super::super::session::Session;\nuse crate::ast;\n".to_owned();
    let file = Source { path: "a/src/plan/walk.rs".to_owned(), text };
    let used: Vec<(usize, String)> = modules_used(&file, "plan/walk.rs").collect();
    assert_eq!(used, [(2, "session".to_owned()), (3, "ast".to_owned())]);
}
