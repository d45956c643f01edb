//! Scripts: from a text to statements.

use helios_testkit::TestResult;
use helios_tests::answer::Order;

/// A statement of a script.
#[derive(Debug)]
pub(crate) struct Step {
    /// The line that it begins at.
    pub(crate) line: usize,
    /// Its text.
    pub(crate) sql: String,
    /// How rows are compared.
    pub(crate) order: Order,
    /// Whether the answer is a query plan.
    pub(crate) is_plan: bool,
    /// The name of the reason for which helios answers otherwise.
    pub(crate) difference: Option<String>,
}

/// The statements of a script.
pub(crate) fn steps(text: &str) -> TestResult<Vec<Step>> {
    let mut steps = Vec::new();
    let mut next = new_step();
    for (number, line) in (1..).zip(text.lines()) {
        if next.sql.is_empty() {
            if let Some(comment) = line.strip_prefix("--") {
                say(&mut next, comment.trim());
                continue;
            }
            if line.trim().is_empty() {
                continue;
            }
            next.line = number;
        } else {
            next.sql.push('\n');
        }
        next.sql.push_str(line);
        if line.trim_end().ends_with(';') {
            steps.push(std::mem::replace(&mut next, new_step()));
        }
    }
    if next.sql.is_empty() { Ok(steps) } else { Err("the last statement has no end".into()) }
}

fn new_step() -> Step {
    Step { line: 0, sql: String::new(), order: Order::Exact, is_plan: false, difference: None }
}

/// What a comment says about the next statement.
fn say(step: &mut Step, comment: &str) {
    if comment == "any order" {
        step.order = Order::Any;
    } else if comment == "plan" {
        step.is_plan = true;
    } else if let Some(name) = comment.strip_prefix("differs:") {
        step.difference = Some(name.trim().to_owned());
    }
}
