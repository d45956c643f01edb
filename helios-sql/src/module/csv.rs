//! Files of comma-separated values (<https://sqlite.org/csv.html>), which can be read only.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor};
use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Error, ErrorKind, Result, ValueRef};

use super::{
    Definition, IndexChoice, IndexRequest, Module, RowSink, Tables, VirtualColumn, VirtualCursor,
    VirtualScan, VirtualTable, no_index,
};
use crate::ast::Statement;
use crate::parse::parse_statement;

/// The module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Csv {
    /// Whether `filename=` may be said.
    pub(super) reads_files: bool,
}

/// What the arguments say.
#[derive(Debug, Default)]
struct Arguments {
    filename: Option<String>,
    data: Option<String>,
    schema: Option<String>,
    header: Option<bool>,
    columns: Option<usize>,
}

impl Module for Csv {
    fn connect(&self, definition: &Definition, _: &dyn Tables) -> Result<Arc<dyn VirtualTable>> {
        let arguments = Arguments::read(&definition.arguments)?;
        let source = match (arguments.filename, arguments.data) {
            (Some(_), None) if !self.reads_files => {
                return Err(Error::new(ErrorKind::NotAuthorized, "not authorized"));
            }
            (Some(filename), None) => Source::File(filename),
            (None, Some(data)) => Source::Text(data.into()),
            _ => return Err(Error::sql("must specify either filename= or data= but not both")),
        };
        let mut records = source.open()?;
        let has_header = arguments.header.unwrap_or(false);
        let mut first = Vec::new();
        if has_header || (arguments.schema.is_none() && arguments.columns.is_none()) {
            records.next(&mut first)?;
        }
        let columns = match &arguments.schema {
            Some(schema) => declared(schema)?,
            None => {
                let names: Vec<String> = (0..arguments.columns.unwrap_or(first.len().max(1)))
                    .map(|number| match first.get(number).filter(|_| has_header) {
                        Some(name) => String::from_utf8_lossy(name).into_owned(),
                        None => format!("c{number}"),
                    })
                    .collect();
                let column = |name: &String| VirtualColumn {
                    declared_type: "TEXT".to_owned(),
                    ..VirtualColumn::new(name)
                };
                names.iter().map(column).collect()
            }
        };
        Ok(Arc::new(CsvTable { source, has_header, columns }))
    }
}

impl Arguments {
    fn read(written: &[String]) -> Result<Arguments> {
        let mut arguments = Arguments::default();
        for argument in written {
            let argument = argument.trim();
            let bad = || Error::sql(format!("bad parameter: '{argument}'"));
            let (key, value) = match argument.split_once('=') {
                Some((key, value)) => (key.trim(), unquoted(value.trim())),
                None if argument == "header" => ("header", "yes".to_owned()),
                None => return Err(bad()),
            };
            let again = || Error::sql(format!("more than one '{key}' parameter"));
            match key {
                "filename" | "data" | "schema" => {
                    let place = match key {
                        "filename" => &mut arguments.filename,
                        "data" => &mut arguments.data,
                        _ => &mut arguments.schema,
                    };
                    if place.replace(value).is_some() {
                        return Err(again());
                    }
                }
                "header" => {
                    let on = flag(&value).ok_or_else(bad)?;
                    if arguments.header.replace(on).is_some() {
                        return Err(again());
                    }
                }
                "columns" => {
                    let count = value.parse().unwrap_or(0);
                    if count == 0 {
                        return Err(Error::sql("column= value must be positive"));
                    }
                    if arguments.columns.replace(count).is_some() {
                        return Err(again());
                    }
                }
                _ => return Err(bad()),
            }
        }
        Ok(arguments)
    }
}

fn flag(value: &str) -> Option<bool> {
    let is = |words: [&str; 4]| words.iter().any(|word| word.eq_ignore_ascii_case(value));
    if is(["yes", "on", "true", "1"]) {
        Some(true)
    } else if is(["no", "off", "false", "0"]) {
        Some(false)
    } else {
        None
    }
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> String {
    let Some(quote) = value.chars().next().filter(|first| ['\'', '"'].contains(first)) else {
        return value.to_owned();
    };
    let inner = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap_or(value);
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}

/// The columns of a CREATE TABLE.
fn declared(schema: &str) -> Result<Vec<VirtualColumn>> {
    let Some(Statement::CreateTable(create)) = parse_statement(schema)?.map(|parsed| parsed.statement) else {
        return Err(Error::sql(format!("bad schema: '{schema}' - not an error")));
    };
    let column = |column: &crate::ast::ColumnDefinition| VirtualColumn {
        declared_type: column.declared_type.clone(),
        ..VirtualColumn::new(&column.name)
    };
    Ok(create.columns.iter().map(column).collect())
}

/// Where the records are.
#[derive(Clone, Debug)]
enum Source {
    File(String),
    Text(Arc<str>),
}

impl Source {
    fn open(&self) -> Result<Records> {
        let mut input: Box<dyn BufRead + Send> = match self {
            Source::File(name) => {
                let refused = |cause: std::io::Error| {
                    Error::sql(format!("cannot open '{name}' for reading")).caused_by(cause)
                };
                Box::new(BufReader::new(File::open(name).map_err(refused)?))
            }
            Source::Text(text) => Box::new(Cursor::new(text.as_bytes().to_vec())),
        };
        if input.fill_buf().map_err(unreadable)?.starts_with(b"\xef\xbb\xbf") {
            input.consume(3);
        }
        Ok(Records { input })
    }
}

fn unreadable(cause: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, "disk I/O error").caused_by(cause)
}

/// Records on their way.
struct Records {
    input: Box<dyn BufRead + Send>,
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").finish_non_exhaustive()
    }
}

impl Records {
    fn byte(&mut self) -> Result<Option<u8>> {
        let byte = self.input.fill_buf().map_err(unreadable)?.first().copied();
        self.input.consume(usize::from(byte.is_some()));
        Ok(byte)
    }

    /// Reads the fields of the next record; `false` at the end.
    fn next(&mut self, fields: &mut Vec<Vec<u8>>) -> Result<bool> {
        fields.clear();
        let Some(mut byte) = self.byte()? else { return Ok(false) };
        loop {
            let mut field = Vec::new();
            let mut ended_by = Some(byte);
            if byte == b'"' {
                ended_by = self.quoted(&mut field)?;
            }
            while let Some(byte) = ended_by.filter(|byte| !matches!(byte, b',' | b'\n')) {
                field.push(byte);
                ended_by = self.byte()?;
            }
            if ended_by != Some(b',') && field.last() == Some(&b'\r') {
                field.pop();
            }
            fields.push(field);
            if ended_by != Some(b',') {
                return Ok(true);
            }
            match self.byte()? {
                Some(next) => byte = next,
                None => {
                    fields.push(Vec::new());
                    return Ok(true);
                }
            }
        }
    }

    /// Reads a field up to its closing quote; the byte behind that.
    fn quoted(&mut self, field: &mut Vec<u8>) -> Result<Option<u8>> {
        while let Some(byte) = self.byte()? {
            if byte != b'"' {
                field.push(byte);
                continue;
            }
            let next = self.byte()?;
            if next != Some(b'"') {
                return Ok(next);
            }
            field.push(byte);
        }
        Ok(None)
    }
}

#[derive(Debug)]
struct CsvTable {
    source: Source,
    has_header: bool,
    columns: Vec<VirtualColumn>,
}

impl VirtualTable for CsvTable {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn columns(&self) -> &[VirtualColumn] {
        &self.columns
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        Ok(IndexChoice { rows: 1_000_000.0, ..no_index(request) })
    }

    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        let mut records = self.source.open()?;
        if self.has_header {
            records.next(&mut Vec::new())?;
        }
        let (wanted, width) = (scan.wanted.to_vec(), self.columns.len());
        Ok(Box::new(CsvCursor { records, wanted, width, fields: Vec::new(), rowid: 0 }))
    }
}

#[derive(Debug)]
struct CsvCursor {
    records: Records,
    wanted: Vec<usize>,
    width: usize,
    fields: Vec<Vec<u8>>,
    rowid: i64,
}

impl VirtualCursor for CsvCursor {
    fn fill(&mut self, _: &Reader, out: &mut dyn RowSink) -> Result<()> {
        while !out.is_full() && self.records.next(&mut self.fields)? {
            self.rowid += 1;
            for (place, &column) in self.wanted.iter().enumerate() {
                let value = match self.fields.get(column) {
                    _ if column == self.width => ValueRef::Integer(self.rowid),
                    Some(field) => ValueRef::Text(field),
                    None => ValueRef::Null,
                };
                out.value(place, value);
            }
            out.end_row();
        }
        Ok(())
    }
}
