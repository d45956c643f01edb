//! Answers to EXPLAIN QUERY PLAN: what is compared is the tree of the lines, not the numbers of its nodes.

use helios_core::{Value, ValueRef};
use helios_tests::answer::Answer;
use helios_tests::lockstep::{Answers, Lockstep};

/// What is to be read of plans that are not the same. Of helios those count that the optimiser has seen.
pub(crate) fn report(lockstep: &Lockstep, answers: &Answers) -> Option<String> {
    let wanted: Vec<String> = tree(&answers.oracle).iter().map(|line| as_before(line)).collect();
    let mut report = String::new();
    for (name, answer) in lockstep.names().zip(&answers.subjects) {
        let own = tree(answer);
        if name.contains("optimiser on") && own != wanted {
            report.push_str(&format!("    {name}:\n{}\n", own.join("\n")));
        }
    }
    (!report.is_empty()).then(|| format!("    SQLite:\n{}\n{report}", wanted.join("\n")))
}

/// A line of SQLite's in the words of its version 3.40: later ones count the terms that a sort still has to look at.
fn as_before(line: &str) -> String {
    match line.split_once("LAST ").zip(line.split_once(" OF ORDER BY")) {
        Some(((before, _), _)) => format!("{before}RIGHT PART OF ORDER BY"),
        None => line.to_owned(),
    }
}

/// The lines of a plan, each moved to the right by its depth.
fn tree(answer: &Answer) -> Vec<String> {
    let rows = match &answer.result {
        Ok(rows) => &rows.rows,
        Err(refusal) => return vec![format!("      error {}: {}", refusal.code, refusal.message)],
    };
    let mut depths: Vec<(i64, usize)> = vec![(0, 0)];
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let [id, parent, _, detail] = &row[..] else { return vec!["      no plan".to_owned()] };
        let parent = parent.as_ref().to_integer();
        let depth = depths.iter().find(|(known, _)| *known == parent).map_or(99, |(_, depth)| depth + 1);
        depths.push((id.as_ref().to_integer(), depth));
        lines.push(format!("      {}{}", "  ".repeat(depth - 1), text(detail)));
    }
    lines
}

fn text(value: &Value) -> String {
    match value.as_ref() {
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        _ => "?".to_owned(),
    }
}
