//! Commands that tell what a database holds: `.tables`, `.indexes`, `.schema`, `.databases`.

use std::io::Write;

use helios::Value;
use helios::sql::is_complete;

use super::Command;
use super::indent::indented;
use super::words::option;
use crate::failure::Outcome;
use crate::render::quoted_name;
use crate::shell::statement::text;
use crate::shell::{After, Shell};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "databases",
        least: 2,
        arguments: "",
        summary: "List the names and files of databases",
        details: &[],
        action: databases,
    },
    Command {
        name: "indexes",
        least: 3,
        arguments: "?TABLE?",
        summary: "List the names of indexes",
        details: &[],
        action: |shell, words| match words {
            [_] => shell.list("type = 'index'", "tbl_name", "%"),
            [_, pattern] => shell.list("type = 'index'", "tbl_name", pattern),
            _ => shell.usage(".indexes ?LIKE-PATTERN?"),
        },
    },
    Command {
        name: "indices",
        least: 7,
        arguments: "?TABLE?",
        summary: "The same as .indexes",
        details: &[],
        action: |shell, words| {
            let pattern = words.get(1).map_or("%", String::as_str);
            shell.list("type = 'index'", "tbl_name", pattern)
        },
    },
    Command {
        name: "schema",
        least: 2,
        arguments: "?PATTERN?",
        summary: "Show the CREATE statements of what has a name like PATTERN",
        details: &[
            "--indent    Write long definitions over several lines",
            "--nosys     Leave out what has a name that begins with \"sqlite_\"",
        ],
        action: schema,
    },
    Command {
        name: "tables",
        least: 1,
        arguments: "?PATTERN?",
        summary: "List the names of tables and views",
        details: &[],
        action: |shell, words| match words {
            [_] => shell.list(TABLES, "name", "%"),
            [_, pattern] => shell.list(TABLES, "name", pattern),
            _ => shell.usage(".tables ?LIKE-PATTERN?"),
        },
    },
];

const TABLES: &str = "type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'";

/// The columns of a terminal that lists fill.
const TERMINAL_WIDTH: usize = 80;

/// What SQL says of the table of the schema itself.
const OF_SCHEMA: &str = "(\n  type text,\n  name text,\n  tbl_name text,\n  rootpage integer,\n  sql text\n)";

impl Shell {
    /// The names of the schemas, `main` first.
    pub(super) fn schemas(&mut self) -> Outcome<Vec<String>> {
        let rows = self.rows("PRAGMA database_list", &[])?;
        Ok(rows.iter().filter_map(|row| row.get(1)).map(text).collect())
    }

    /// Lists the names of what a condition holds for, in columns.
    fn list(&mut self, condition: &str, column: &str, pattern: &str) -> Outcome<After> {
        let mut names = Vec::new();
        for schema in self.schemas()? {
            let prefix = if schema == "main" { String::new() } else { format!("{schema}.") };
            let sql = format!(
                "SELECT ?2 || name FROM {}.sqlite_schema WHERE {condition} AND {column} LIKE ?1",
                quoted_name(&schema)
            );
            names.extend(self.texts(&sql, &[Value::text(pattern), Value::text(&prefix)])?);
        }
        names.sort_unstable();
        let width = names.iter().map(String::len).max().unwrap_or(0);
        let columns = (TERMINAL_WIDTH / (width + 2)).max(1);
        let rows = names.len().div_ceil(columns);
        for row in 0..rows {
            let line: Vec<String> = names[row..]
                .iter()
                .step_by(rows)
                .map(|name| format!("{name}{}", " ".repeat(width - name.len())))
                .collect();
            writeln!(self.output, "{}", line.join("  "))?;
        }
        Ok(After::GoOn)
    }

    /// `schema.name(columns)`, which is told of what has no columns in its definition.
    fn columns_of(&mut self, schema: Option<&str>, name: &str) -> Outcome<Option<String>> {
        let pragma = "SELECT name FROM pragma_table_info(?1, ?2) ORDER BY cid";
        let columns = self.texts(pragma, &[Value::text(name), Value::text(schema.unwrap_or("main"))])?;
        if columns.is_empty() {
            return Ok(None);
        }
        let columns: Vec<String> = columns.iter().map(|column| quoted_name(column)).collect();
        let prefix = schema.map(|schema| format!("{}.", quoted_name(schema))).unwrap_or_default();
        Ok(Some(format!("{prefix}{}({})", quoted_name(name), columns.join(","))))
    }

    /// A definition as `.schema` shows it: with the schema's name, and with the columns of a view.
    fn definition(&mut self, schema: &str, name: &str, sql: &str) -> Outcome<String> {
        const KINDS: [&str; 6] = ["TABLE", "INDEX", "UNIQUE INDEX", "VIEW", "TRIGGER", "VIRTUAL TABLE"];
        let Some(rest) = sql.strip_prefix("CREATE ") else { return Ok(sql.to_owned()) };
        let split = |kind: &'static str| Some((kind, rest.strip_prefix(kind)?.strip_prefix(' ')?));
        let Some((kind, rest)) = KINDS.into_iter().find_map(split) else { return Ok(sql.to_owned()) };
        let other = (schema != "main").then_some(schema);
        let mut shown = match other {
            None => sql.to_owned(),
            Some("temp") => format!("CREATE {kind} temp.{rest}"),
            Some(schema) => format!("CREATE {kind} {}.{rest}", quoted_name(schema)),
        };
        if kind.starts_with('V')
            && let Some(columns) = self.columns_of(other, name)?
        {
            shown.push_str(&format!("\n/* {columns} */"));
        }
        Ok(shown)
    }

    /// Writes a definition with a semicolon behind it; a comment that is open in it ends before.
    pub(super) fn write_definition(&mut self, sql: &str) -> Outcome {
        let has_comment = sql.contains("/*") || sql.contains("--");
        let ends = ["", "*/", "\n"];
        let end = ends.into_iter().find(|end| has_comment && is_complete(&format!("{sql}{end};")));
        let end = end.unwrap_or_default();
        match sql.strip_prefix("CREATE TABLE ").filter(|name| name.starts_with(['\'', '"'])) {
            Some(rest) => writeln!(self.output, "CREATE TABLE IF NOT EXISTS {rest}{end};")?,
            None => writeln!(self.output, "{sql}{end};")?,
        }
        Ok(())
    }
}

fn schema(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let mut pattern = None;
    let (mut leaves_system, mut indents) = (false, false);
    for word in &words[1..] {
        match option(word) {
            Some(name) if !name.is_empty() && "indent".starts_with(name) => indents = true,
            Some(name) if !name.is_empty() && "nosys".starts_with(name) => leaves_system = true,
            Some(_) => return shell.refuse(&format!("Unknown option: \"{word}\"")),
            None if pattern.is_none() => pattern = Some(word.as_str()),
            None => return shell.usage(".schema ?--indent? ?--nosys? ?LIKE-PATTERN?"),
        }
    }
    if let Some(name) = pattern.filter(|name| is_schema_table(name)) {
        let sql = format!("CREATE TABLE {name} {OF_SCHEMA}");
        shell.write_definition(&if indents { indented(&sql) } else { sql })?;
    }
    let (only, name) = match pattern.and_then(|pattern| pattern.split_once('.')) {
        Some((schema, name)) => (Some(schema), Some(name)),
        None => (None, pattern),
    };
    let system = if leaves_system { "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'" } else { "" };
    // A pattern with an escape of its own is one of LIKE; other characters have a meaning for GLOB alone.
    let operator =
        if pattern.is_some_and(|pattern| pattern.contains(['*', '?', '['])) { "GLOB" } else { "LIKE" };
    for schema in shell.schemas()? {
        if only.is_some_and(|only| !only.eq_ignore_ascii_case(&schema)) {
            continue;
        }
        let sql = format!(
            "SELECT name, sql FROM {}.sqlite_schema WHERE lower(tbl_name) {operator} ?1 AND sql IS NOT NULL {system} \
             ORDER BY rowid",
            quoted_name(&schema)
        );
        let pattern = name.unwrap_or(if operator == "GLOB" { "*" } else { "%" }).to_lowercase();
        for row in shell.rows(&sql, &[Value::text(&pattern)])? {
            if let [name, sql] = &row[..] {
                let shown = shell.definition(&schema, &text(name), &text(sql))?;
                shell.write_definition(&if indents { indented(&shown) } else { shown })?;
            }
        }
    }
    Ok(After::GoOn)
}

fn is_schema_table(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("main.").unwrap_or(&name);
    matches!(name, "sqlite_schema" | "sqlite_master" | "sqlite_temp_schema" | "sqlite_temp_master")
}

fn databases(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    if words.len() > 1 {
        return shell.usage(".databases");
    }
    for row in shell.rows("PRAGMA database_list", &[])? {
        let [_, name, file] = &row[..] else { continue };
        let (name, file) = (text(name), text(file));
        let file = if file.is_empty() { "\"\"".to_owned() } else { file };
        let access = if name == "main" && shell.opened.is_read_only { "r/o" } else { "r/w" };
        writeln!(shell.output, "{name}: {file} {access}")?;
    }
    Ok(After::GoOn)
}
