//! `.fullschema`: all definitions, and what ANALYZE has found.

use std::io::Write;

use super::Command;
use super::indent::indented;
use super::words::option;
use crate::failure::Outcome;
use crate::shell::{After, Shell};

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "fullschema",
    least: 1,
    arguments: "?--indent?",
    summary: "Show the CREATE statements of everything, and what ANALYZE has found",
    details: &["--indent    Write long definitions over several lines"],
    action: fullschema,
}];

/// The definitions of `main` and of temporary objects, and of nothing that the system has made.
const DEFINITIONS: &str = "SELECT sql FROM (
    SELECT sql, name, rowid AS place FROM sqlite_schema
    UNION ALL SELECT sql, name, rowid FROM sqlite_temp_schema
) WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY place";

fn fullschema(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let indents = match words {
        [_] => false,
        [_, word] if option(word) == Some("indent") => true,
        _ => return shell.usage(".fullschema ?--indent?"),
    };
    for sql in shell.texts(DEFINITIONS, &[])? {
        shell.write_definition(&if indents { indented(&sql) } else { sql })?;
    }
    let statistics = shell.texts(
        "SELECT name FROM sqlite_schema WHERE name IN ('sqlite_stat1', 'sqlite_stat4') ORDER BY 1",
        &[],
    )?;
    if statistics.is_empty() {
        writeln!(shell.output, "/* No STAT tables available */")?;
        return Ok(After::GoOn);
    }
    writeln!(shell.output, "ANALYZE sqlite_schema;")?;
    for table in statistics {
        shell.write_rows(&table)?;
    }
    writeln!(shell.output, "ANALYZE sqlite_schema;")?;
    Ok(After::GoOn)
}
