//! What commands answer: rows as a table, as CSV, as JSON or as Markdown.

use std::io::{self, BufWriter, Write};

use clap::ValueEnum;
use helios::{Value, ValueRef};

use crate::failure::Outcome;
use crate::render::{Format, Kind, Mode, Renderer};

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// A table for people.
    #[default]
    Table,
    /// Comma-separated values with a first row of names.
    Csv,
    /// An array of objects.
    Json,
    /// A table of Markdown.
    Markdown,
}

/// The option that says it.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct ReportArguments {
    /// The form of the answer.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Form,
}

/// Writes rows to standard output. An empty answer is an empty array of JSON, and the names of CSV.
pub(crate) fn write(form: Form, names: &[&str], rows: &[Vec<Value>]) -> Outcome {
    let mut out = BufWriter::new(io::stdout().lock());
    let mode = match form {
        Form::Table => Mode::Box,
        Form::Csv => Mode::Csv,
        Form::Json => Mode::Json,
        Form::Markdown => Mode::Markdown,
    };
    let separators = (",".to_owned(), "\n".to_owned());
    let format = Format {
        mode,
        headers: true,
        column_separator: separators.0,
        row_separator: separators.1,
        ..Format::default()
    };
    if rows.is_empty() {
        match form {
            Form::Json => writeln!(out, "[]")?,
            Form::Csv => writeln!(out, "{}", names.join(","))?,
            Form::Table | Form::Markdown => {}
        }
    }
    let names = names.iter().map(|name| name.as_bytes().to_vec()).collect();
    let mut renderer = Renderer::new(&format, Kind::Rows, names);
    for row in rows {
        let row: Vec<ValueRef<'_>> = row.iter().map(Value::as_ref).collect();
        renderer.row(&row, &mut out)?;
    }
    renderer.end(&mut out)?;
    Ok(out.flush()?)
}
