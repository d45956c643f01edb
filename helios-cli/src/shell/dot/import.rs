//! `.import`: the rows of a file of separated values.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::process::{Command as Program, Stdio};

use helios::Value;
use helios::sql::{Chunk, Column};

use super::Command;
use super::settings::explain_usage;
use super::words::option;
use crate::failure::{Failure, Outcome};
use crate::render::Mode;
use crate::separated::{Fields, Record, Separators, column_names};
use crate::shell::{After, Shell};

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "import",
    least: 1,
    arguments: "FILE TABLE",
    summary: "Insert what stands in FILE into TABLE",
    details: &[
        "--ascii       Columns and rows end with 0x1F and 0x1E",
        "--csv         Columns and rows end with commas and line feeds",
        "--schema S    The table is S.TABLE",
        "--skip N      Leave out the first N rows",
        "-v            Tell how many rows there were",
        "A TABLE that is not there is made, with columns that have the names in the first row",
        "A FILE that begins with \"|\" is a program whose output is read",
    ],
    action: import,
}];

/// What is to be read, and where to.
#[derive(Debug, Default)]
struct Request {
    file: String,
    /// What the file is called in errors.
    told: String,
    table: String,
    schema: Option<String>,
    skip: usize,
    tells: bool,
    separators: Option<Separators>,
}

fn import(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let mut request = Request::default();
    let mut names = Vec::new();
    let mut rest = words[1..].iter();
    while let Some(word) = rest.next() {
        match option(word) {
            None => names.push(word.clone()),
            Some("v") => request.tells = true,
            Some("csv") => request.separators = Some(Separators::CSV),
            Some("ascii") => request.separators = Some(Separators::ASCII),
            Some("schema") if rest.len() > 0 => request.schema = rest.next().cloned(),
            Some("skip") if rest.len() > 0 => {
                request.skip = rest.next().and_then(|word| word.parse().ok()).unwrap_or(0);
            }
            Some(_) => {
                writeln!(shell.output, "ERROR: unknown option: \"{word}\".  Usage:")?;
                return explain_usage(shell, "import");
            }
        }
    }
    let mut names = names.into_iter();
    match (names.next(), names.next(), names.next()) {
        (Some(file), Some(table), None) => (request.file, request.table) = (file, table),
        (Some(_), Some(_), Some(extra)) => {
            writeln!(shell.output, "ERROR: extra argument: \"{extra}\". Usage:")?;
            return explain_usage(shell, "import");
        }
        (file, _, _) => {
            let missing = if file.is_none() { "FILE" } else { "TABLE" };
            writeln!(shell.output, "ERROR: missing {missing} argument. Usage:")?;
            return explain_usage(shell, "import");
        }
    }
    let separators = match request.separators {
        Some(separators) => separators,
        None => separators_of(shell)?,
    };
    let (file, command) = match request.file.strip_prefix('|') {
        Some(command) => {
            let child = Program::new("/bin/sh").arg("-c").arg(command).stdout(Stdio::piped()).spawn();
            let mut child = child.map_err(|_| Failure::new(format!("cannot open \"{}\"", request.file)))?;
            let output = child.stdout.take().ok_or_else(|| Failure::new("the program has no output"))?;
            (Box::new(output) as Box<dyn Read>, Some(child))
        }
        None => {
            let file = File::open(&request.file);
            let file = file.map_err(|_| Failure::new(format!("cannot open \"{}\"", request.file)))?;
            (Box::new(file) as Box<dyn Read>, None)
        }
    };
    request.told = if command.is_some() { "<pipe>".to_owned() } else { request.file.clone() };
    let mut fields = Fields::new(BufReader::new(file), &request.told, separators);
    let done = shell.import(&request, &mut fields);
    if let Some(mut child) = command {
        drop(fields);
        child.wait()?;
    }
    done
}

/// The separators of the mode, which have to be single bytes. As in `sqlite3`, rows of CSV are written with a line feed
/// alone once some were read.
fn separators_of(shell: &mut Shell) -> Outcome<Separators> {
    if shell.format.mode == Mode::Csv && shell.format.row_separator == "\r\n" {
        "\n".clone_into(&mut shell.format.row_separator);
    }
    let format = &shell.format;
    let wrong = |what: &str| Err(Failure::new(format!("{what} not allowed for import")));
    let column = match format.column_separator.as_bytes() {
        [] => return Err(Failure::new("non-null column separator required for import")),
        [byte] => *byte,
        _ => return wrong("multi-character column separators"),
    };
    let row = match format.row_separator.as_bytes() {
        [] => return Err(Failure::new("non-null row separator required for import")),
        [byte] => *byte,
        _ => return wrong("multi-character row separators"),
    };
    Ok(Separators { column, row, has_quotes: format.mode != Mode::Ascii })
}

impl Shell {
    fn import<R: Read>(&mut self, request: &Request, fields: &mut Fields<BufReader<R>>) -> Outcome<After> {
        for _ in 0..request.skip {
            if self.record(fields)?.is_none() {
                break;
            }
        }
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let schema = request.schema.as_ref().map(|schema| format!("{}.", quoted(schema)));
        let table = format!("{}{}", schema.unwrap_or_default(), quoted(&request.table));
        let begins = !self.opened.session.in_transaction();
        if begins {
            self.rows("BEGIN", &[])?;
        }
        let done = self.insert_all(request, &table, fields);
        if begins {
            self.rows(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }, &[])?;
        }
        let (rows, errors) = done?;
        if request.tells {
            let lines = fields.line() - 1;
            writeln!(self.output, "Added {rows} rows with {errors} errors using {lines} lines of input")?;
        }
        Ok(After::GoOn)
    }

    /// The next record; what is odd about it is told.
    fn record<R: Read>(&mut self, fields: &mut Fields<BufReader<R>>) -> Outcome<Option<Record>> {
        let record = fields.record()?;
        for complaint in fields.complaints() {
            self.complain(&complaint)?;
        }
        Ok(record)
    }

    /// Inserts all records and gives how many there were, and how many were refused.
    fn insert_all<R: Read>(
        &mut self,
        request: &Request,
        table: &str,
        fields: &mut Fields<BufReader<R>>,
    ) -> Outcome<(usize, usize)> {
        if self.rows(&format!("SELECT * FROM {table} LIMIT 0"), &[]).is_err() {
            let Some(names) = self.record(fields)? else {
                return Err(Failure::new(format!("{}: empty file", request.file)));
            };
            let (names, renamed) = column_names(&names);
            if !renamed.is_empty() {
                let pairs: Vec<String> =
                    renamed.iter().map(|(given, name)| format!("\"{given}\" to \"{name}\"")).collect();
                let (file, pairs) = (&request.told, pairs.join(",\n"));
                self.complain(&format!("Columns renamed during .import {file} due to duplicates:\n{pairs}"))?;
            }
            let columns: Vec<String> =
                names.iter().map(|name| format!("\"{}\" TEXT", name.replace('"', "\"\""))).collect();
            self.rows(&format!("CREATE TABLE {table}(\n{})", columns.join(", ")), &[])?;
        }
        let prepared = self.opened.session.prepare(&format!("SELECT * FROM {table} LIMIT 0"))?;
        let width = prepared.map_or(0, |statement| statement.columns().len());
        let places = vec!["?"; width].join(",");
        let insert = self.opened.session.prepare(&format!("INSERT INTO {table} VALUES({places})"))?;
        let Some(mut insert) = insert else { return Ok((0, 0)) };
        let (mut rows, mut errors) = (0, 0);
        loop {
            let line = fields.line();
            let Some(mut record) = self.record(fields)? else { return Ok((rows, errors)) };
            let found = record.len();
            if found < width {
                self.complain(&format!(
                    "{}:{line}: expected {width} columns but found {found} - filling the rest with NULL",
                    request.told
                ))?;
            } else if found > width {
                self.complain(&format!(
                    "{}:{line}: expected {width} columns but found {found} - extras ignored",
                    request.told
                ))?;
            }
            record.truncate(width);
            let value = |field: Option<Vec<u8>>| field.map_or(Value::Null, |field| Value::Text(field.into()));
            let mut values: Vec<Value> = record.into_iter().map(value).collect();
            values.resize(width, Value::Null);
            let columns = values.into_iter().map(|value| Column::constant(value, 1).into()).collect();
            rows += 1;
            if let Err(error) = self.opened.session.start(&mut insert, &Chunk::new(columns, 1)) {
                errors += 1;
                self.complain(&format!("{}:{line}: INSERT failed: {}", request.told, error.message()))?;
            }
        }
    }
}
