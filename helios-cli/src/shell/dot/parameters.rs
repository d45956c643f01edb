//! `.parameter`: values for parameters of statements.

use std::io::Write;

use helios::Value;

use super::Command;
use super::settings::explain_usage;
use crate::failure::Outcome;
use crate::shell::{After, Shell};

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "parameter",
    least: 3,
    arguments: "CMD ...",
    summary: "Give parameters of statements their values",
    details: &[
        "clear                   Forget all values",
        "init                    Do nothing; it is there for scripts",
        "list                    List parameters and values",
        "set PARAMETER VALUE     Give PARAMETER the value of an expression, or a text",
        "                        PARAMETER begins with one of: $ : @ ?",
        "unset PARAMETER         Forget the value of PARAMETER",
    ],
    action: parameter,
}];

fn parameter(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    match words[..] {
        ["clear"] => shell.parameters.clear(),
        ["init"] => {}
        ["list"] => {
            let width = shell.parameters.keys().map(String::len).max().unwrap_or(0);
            for (name, value) in &shell.parameters {
                let mut literal = Vec::new();
                value.as_ref().write_literal(&mut literal);
                write!(shell.output, "{name:width$} ")?;
                shell.output.write_all(&literal)?;
                writeln!(shell.output)?;
            }
        }
        ["set", name, value] => {
            let as_expression = shell.rows(&format!("SELECT {value}"), &[]);
            let found = as_expression.ok().and_then(|rows| rows.into_iter().next()?.into_iter().next());
            shell.parameters.insert(name.to_owned(), found.unwrap_or_else(|| Value::text(value)));
        }
        ["unset", name] => {
            shell.parameters.remove(name);
        }
        _ => return explain_usage(shell, "parameter"),
    }
    Ok(After::GoOn)
}
