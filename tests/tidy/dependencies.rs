//! Dependencies: where they come from and under which licences, by the lists of `deny.toml`.
//!
//! `cargo deny` checks more, but takes longer to install than all tests to run; `scripts/extended` has it.

use std::process::Command;

use crate::report;
use crate::source::{quoted, read, top};

/// The texts of a list in `deny.toml`.
fn list(key: &str) -> Vec<String> {
    let file = read("deny.toml").text;
    let start = file.find(&format!("\n{key} = [")).unwrap_or_else(|| panic!("deny.toml has no {key}"));
    let end = file[start..].find(']').expect("the list ends");
    quoted(&file[start..start + end], '"')
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--locked", "--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"])
        .current_dir(top())
        .output()
        .expect("cargo tree runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("redb"), "{}", String::from_utf8_lossy(&output.stderr));
    let allowed = list("allow");
    let mut findings: Vec<String> = text
        .lines()
        .filter_map(|line| line.split_once('|'))
        .filter(|(_, licence)| !is_allowed(licence, &allowed))
        .map(|(name, licence)| format!("{name}: {licence}"))
        .collect();
    findings.sort();
    findings.dedup();
    report("licences are those of deny.toml", &findings);
}

#[test]
fn every_dependency_comes_from_a_registry_that_is_allowed() {
    let allowed: Vec<String> = list("allow-registry");
    let lock = read("Cargo.lock");
    let sources = lock.lines().filter_map(|(_, line)| line.strip_prefix("source = \""));
    let foreign = sources.filter(|found| {
        let found = found.trim_end_matches('"');
        !found.strip_prefix("registry+").is_some_and(|found| allowed.iter().any(|url| url == found))
    });
    let findings: Vec<String> = foreign.map(str::to_owned).collect();
    report("dependencies come from the registries of deny.toml", &findings);
}

#[test]
fn the_crates_are_used_in_the_version_that_they_have() {
    let manifest = read("Cargo.toml");
    let version = |line: &str| Some(line.split_once("version = \"")?.1.split_once('"')?.0.to_owned());
    let own = manifest.text.lines().find(|line| line.starts_with("version = ")).and_then(version);
    assert!(own.is_some(), "the workspace has a version");
    let members = manifest.lines().filter(|(_, line)| line.starts_with("helios") && line.contains("path = "));
    let findings: Vec<String> = members
        .filter(|(_, line)| version(line) != own)
        .map(|(number, line)| format!("Cargo.toml:{number}: {line}"))
        .collect();
    report("crates of the workspace are used in its version", &findings);
}

/// Whether an expression of SPDX names can be met by the allowed ones.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let fits = any(&mut rest, allowed);
    fits && rest.is_empty()
}

fn any(rest: &mut &[&str], allowed: &[String]) -> bool {
    let mut fits = every(rest, allowed);
    while take(rest, "OR") {
        fits |= every(rest, allowed);
    }
    fits
}

fn every(rest: &mut &[&str], allowed: &[String]) -> bool {
    let mut fits = one(rest, allowed);
    while take(rest, "AND") {
        fits &= one(rest, allowed);
    }
    fits
}

fn one(rest: &mut &[&str], allowed: &[String]) -> bool {
    if take(rest, "(") {
        let fits = any(rest, allowed);
        return take(rest, ")") && fits;
    }
    let Some((name, after)) = rest.split_first() else { return false };
    *rest = after;
    let name = match take(rest, "WITH") {
        true => match rest.split_first() {
            Some((exception, after)) => {
                *rest = after;
                format!("{name} WITH {exception}")
            }
            None => return false,
        },
        false => (*name).to_owned(),
    };
    allowed.contains(&name)
}

fn take(rest: &mut &[&str], word: &str) -> bool {
    let found = rest.first() == Some(&word);
    if found {
        *rest = &rest[1..];
    }
    found
}

#[test]
fn licence_expressions_are_read_as_spdx_reads_them() {
    let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    for fits in [
        "MIT",
        "GPL-3.0 OR MIT",
        "MIT/BSD",
        "(GPL-3.0 OR MIT) AND Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(is_allowed(fits, &allowed), "{fits}");
    }
    for fails in ["", "GPL-3.0", "MIT AND GPL-3.0", "GPL-3.0 WITH MIT", "(MIT", "MIT AND (GPL-3.0 OR BSD)"] {
        assert!(!is_allowed(fails, &allowed), "{fails}");
    }
}
