//! Documents: their links, and that they name every crate.

use crate::report;
use crate::source::{self, crates, top};

#[test]
fn links_between_documents_lead_somewhere() {
    let mut findings = Vec::new();
    for file in source::all("md") {
        let folder = top().join(&file.path).parent().expect("a file lies in a folder").to_path_buf();
        for (number, target) in links(&file.text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let target_path = if path.is_empty() {
                top().join(&file.path)
            } else {
                folder.join(path.trim_end_matches('/'))
            };
            let there = match heading {
                "" => target_path.exists(),
                heading => std::fs::read_to_string(&target_path)
                    .is_ok_and(|text| text.lines().any(|line| anchor(line).as_deref() == Some(heading))),
            };
            if !there {
                findings.push(format!("{}:{number}: {target}", file.path));
            }
        }
    }
    report("links lead to files and headings that are there", &findings);
}

/// The targets of `[text](target)` outside of code blocks, with their lines' numbers.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut inside_code = false;
    let mut links = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            inside_code = !inside_code;
        } else if !inside_code {
            let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            links.extend(targets.map(|(target, _)| (number, target)));
        }
    }
    links
}

/// What a heading is linked by.
fn anchor(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').strip_prefix(' ')?;
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    Some(kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect())
}

#[test]
fn the_readme_names_every_crate() {
    let readme = source::read("README.md");
    let missing =
        crates().into_iter().filter(|member| !readme.text.contains(&format!("`{}`", member.folder)));
    report(
        "README.md names the folder of every crate",
        &missing.map(|member| member.name).collect::<Vec<_>>(),
    );
}

#[test]
fn the_book_has_every_document() {
    const SUMMARY: &str = "docs/SUMMARY.md";
    let summary = source::read(SUMMARY);
    let listed: Vec<&str> = links(&summary.text).into_iter().map(|(_, target)| target).collect();
    let documents =
        source::all("md").into_iter().filter_map(|file| file.path.strip_prefix("docs/").map(str::to_owned));
    let findings: Vec<String> = documents
        .filter(|document| document != "SUMMARY.md")
        .filter(|document| listed.iter().filter(|target| *target == document).count() != 1)
        .collect();
    report("docs/SUMMARY.md has every document once", &findings);
}

#[test]
fn a_heading_is_linked_by_its_words() {
    assert_eq!(anchor("## Adding a storage driver").as_deref(), Some("adding-a-storage-driver"));
    assert_eq!(anchor("### `scripts/test`, twice").as_deref(), Some("scriptstest-twice"));
    assert_eq!(anchor("no heading"), None);
}
