//! `.lint`: foreign keys whose columns no index has, so that a change of a parent row reads the whole table.

use std::io::Write;

use helios::Value;

use super::Command;
use super::words::option;
use crate::commands::text_literal as quoted;
use crate::failure::Outcome;
use crate::shell::statement::text;
use crate::shell::{After, Shell};

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "lint",
    least: 3,
    arguments: "OPTIONS",
    summary: "Find foreign keys without an index",
    details: &[
        "fkey-indexes       What is looked for",
        "--verbose          Tell of those that have one, too",
        "--groupbyparent    Tell them by the table that they refer to",
    ],
    action: lint,
}];

/// A foreign key.
#[derive(Debug)]
struct Reference {
    table: String,
    columns: Vec<String>,
    parent: String,
    parent_columns: Vec<String>,
    has_index: bool,
}

fn lint(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    if !words.get(1).is_some_and(|word| "fkey-indexes".starts_with(&word.to_ascii_lowercase())) {
        return shell
            .refuse("Usage lint sub-command ?switches...?\nWhere sub-commands are:\n    fkey-indexes");
    }
    let (mut is_verbose, mut by_parent) = (false, false);
    for word in &words[2..] {
        match option(word) {
            Some(name) if "verbose".starts_with(name) => is_verbose = true,
            Some(name) if "groupbyparent".starts_with(name) => by_parent = true,
            _ => {
                let name = &words[1];
                return shell.refuse(&format!("Usage: lint {name} ?-verbose? ?-groupbyparent?"));
            }
        }
    }
    let mut references = references(shell)?;
    if by_parent {
        references.sort_by(|one, other| one.parent.cmp(&other.parent));
    }
    let mut parent = None;
    for reference in references.iter().filter(|reference| is_verbose || !reference.has_index) {
        if by_parent && parent != Some(&reference.parent) {
            writeln!(shell.output, "-- Parent table {}", reference.parent)?;
            parent = Some(&reference.parent);
        }
        let indent = if by_parent { "    " } else { "" };
        writeln!(shell.output, "{indent}{}", told(reference))?;
    }
    Ok(After::GoOn)
}

fn told(reference: &Reference) -> String {
    let Reference { table, columns, parent, parent_columns, has_index } = reference;
    let target = format!("{parent}({})", parent_columns.join(","));
    if *has_index {
        return format!("/* no extra indexes required for {table}({}) -> {target} */", columns.join(", "));
    }
    let name = quoted(&format!("{table}_{}", columns.join("_")));
    let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    format!("CREATE INDEX {name} ON {}({}); --> {target}", quoted(table), columns.join(", "))
}

/// The foreign keys of all tables, by the names of the tables.
fn references(shell: &mut Shell) -> Outcome<Vec<Reference>> {
    let mut references: Vec<Reference> = Vec::new();
    for table in shell.texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", &[])? {
        let name = [Value::text(&table)];
        let rows = shell.rows(
            "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?) ORDER BY id, seq",
            &name,
        )?;
        let mut last = None;
        for row in rows {
            let [id, parent, column, target] = &row[..] else { continue };
            let id = id.as_ref().to_integer();
            if last != Some(id) {
                let (parent, table) = (text(parent), table.clone());
                let reference =
                    Reference { table, columns: vec![], parent, parent_columns: vec![], has_index: false };
                references.push(reference);
                last = Some(id);
            }
            if let Some(reference) = references.last_mut() {
                reference.columns.push(text(column));
                if !matches!(target, Value::Null) {
                    reference.parent_columns.push(text(target));
                }
            }
        }
    }
    for reference in &mut references {
        if reference.parent_columns.is_empty() {
            let parent = [Value::text(&reference.parent)];
            reference.parent_columns =
                shell.texts("SELECT name FROM pragma_table_info(?) WHERE pk ORDER BY pk", &parent)?;
        }
        reference.has_index = has_index(shell, &reference.table, &reference.columns)?;
    }
    Ok(references)
}

/// Whether the first columns of an index, or of the primary key, are these in some order.
fn has_index(shell: &mut Shell, table: &str, columns: &[String]) -> Outcome<bool> {
    let table = [Value::text(table)];
    let mut keys = vec![shell.texts("SELECT name FROM pragma_table_info(?) WHERE pk ORDER BY pk", &table)?];
    for index in shell.texts("SELECT name FROM pragma_index_list(?) WHERE NOT partial", &table)? {
        let of_index = "SELECT coalesce(name, '') FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno";
        keys.push(shell.texts(of_index, &[Value::text(&index)])?);
    }
    let holds = |key: &[String], column: &String| key.iter().any(|name| name.eq_ignore_ascii_case(column));
    Ok(keys.iter().any(|key| {
        key.get(..columns.len()).is_some_and(|first| columns.iter().all(|column| holds(first, column)))
    }))
}
