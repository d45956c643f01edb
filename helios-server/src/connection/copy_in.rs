//! COPY … FROM STDIN: rows of a client, all or none of them.

mod lines;

use std::io;
use std::sync::Arc;

use helios::sql::{Chunk, Column, SqlType, Statement};
use helios::{BrokenRule, Value};

use super::Client;
use super::copy_out::SIGNATURE;
use super::portal::Outcome;
use crate::command::{Copy, CopyFormat, CopySource};
use crate::failure::Failure;
use crate::sqlstate;
use crate::types::{Format, read};
use crate::wire::{Message, read_message};
use lines::{Lines, Row};

/// So many rows are inserted at once.
const BATCH_ROWS: usize = 1000;
/// The longest row, as it may not be known for long where it ends.
const MAX_ROW_BYTES: usize = 64 << 20;

/// Rows on their way into a table.
struct Target {
    statement: Statement,
    types: Vec<SqlType>,
    columns: Vec<Vec<Value>>,
    count: u64,
    /// What the table and its columns are called.
    table: String,
    names: Vec<String>,
    /// The lines of the rows that wait.
    lines: Vec<u64>,
}

impl Target {
    /// What is told of a line that cannot be copied.
    fn context(&self, line: u64, more: &str) -> Option<String> {
        Some(format!("COPY {}, line {line}{more}", plain(&self.table)))
    }
}

impl Client<'_> {
    pub(super) fn copy_in(&mut self, copy: &Copy, _: bool) -> io::Result<Result<Outcome, Failure>> {
        let mut target = match self.copy_target(copy) {
            Ok(target) => target,
            Err(failure) => return Ok(Err(failure)),
        };
        self.reply.copy(b'G', u8::from(copy.format == CopyFormat::Binary), target.types.len());
        self.flush()?;
        let mut lines = Lines::new(copy);
        loop {
            let data = match read_message(&mut self.channel, true)? {
                Some(Message::CopyData(data)) => data,
                Some(Message::CopyDone) => break,
                Some(Message::CopyFail(why)) => {
                    let message = format!("COPY from stdin failed: {why}");
                    return Ok(Err(Failure::new(sqlstate::COPY_FAILED, message)));
                }
                Some(Message::Flush | Message::Sync) => continue,
                Some(_) => {
                    return Ok(Err(Failure::protocol_error(
                        "unexpected message type during COPY from stdin",
                    )));
                }
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            };
            lines.add(&data);
            if let Err(failure) = self.take_rows(copy, &mut lines, &mut target, false) {
                return Ok(Err(failure));
            }
            if lines.waiting() > MAX_ROW_BYTES {
                return Ok(Err(Failure::new("54000", "a row of COPY is too long")));
            }
        }
        let done = self
            .take_rows(copy, &mut lines, &mut target, true)
            .and_then(|()| self.insert_rows(&mut target))
            .map(|()| Outcome::Complete(format!("COPY {}", target.count)));
        Ok(done)
    }

    /// The statement that inserts the rows.
    fn copy_target(&mut self, copy: &Copy) -> Result<Target, Failure> {
        let CopySource::Table(table, columns) = &copy.source else {
            return Err(Failure::new(sqlstate::SYNTAX_ERROR, "COPY FROM takes a table"));
        };
        self.before_statement(false)?;
        let columns = match columns.is_empty() {
            true => {
                let all = self.prepare_one(&format!("SELECT * FROM {table}"), &[])?;
                all.columns.iter().map(|column| format!("\"{}\"", column.name.replace('"', "\"\""))).collect()
            }
            false => columns.clone(),
        };
        let places: Vec<String> = (1..=columns.len()).map(|number| format!("${number}")).collect();
        let text = format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), places.join(", "));
        let statement = self
            .session
            .prepare(&text)?
            .ok_or_else(|| Failure::new(sqlstate::INTERNAL, "a statement without a statement"))?;
        let types = statement.types().parameters.clone();
        let names = columns.iter().map(|name| plain(name)).collect();
        let waiting = vec![Vec::new(); types.len()];
        let table = table.clone();
        Ok(Target { statement, columns: waiting, types, count: 0, table, names, lines: Vec::new() })
    }

    /// Takes the rows that have come as a whole.
    fn take_rows(
        &mut self,
        copy: &Copy,
        lines: &mut Lines,
        target: &mut Target,
        is_end: bool,
    ) -> Result<(), Failure> {
        while let Some(row) = lines.next(is_end)? {
            let values = match row {
                Row::Skipped => continue,
                Row::End => return Ok(()),
                Row::Values(values) => values,
            };
            let line = lines.number();
            if values.len() != target.types.len() {
                let message = match target.names.get(values.len()) {
                    Some(name) => format!("missing data for column \"{name}\""),
                    None => "extra data after last expected column".to_owned(),
                };
                let context = target.context(line, &format!(": \"{}\"", lines.text()));
                return Err(Failure::new(sqlstate::BAD_COPY_FORMAT, message).in_context(context));
            }
            let format = if copy.format == CopyFormat::Binary { Format::Binary } else { Format::Text };
            for (position, value) in values.iter().enumerate() {
                let value = match value {
                    None => Value::Null,
                    Some(bytes) => read(bytes, target.types[position], format).map_err(|failure| {
                        let text = String::from_utf8_lossy(bytes);
                        let more = format!(", column {}: \"{text}\"", target.names[position]);
                        failure.in_context(target.context(line, &more))
                    })?,
                };
                target.columns[position].push(value);
            }
            target.lines.push(line);
            target.count += 1;
            if target.columns.first().is_some_and(|column| column.len() >= BATCH_ROWS) {
                self.insert_rows(target)?;
            }
        }
        Ok(())
    }

    fn insert_rows(&mut self, target: &mut Target) -> Result<(), Failure> {
        let rows = target.columns.first().map_or(0, Vec::len);
        if rows == 0 {
            return Ok(());
        }
        let columns = target.columns.iter_mut().map(|values| {
            let mut column = Column::default();
            values.drain(..).for_each(|value| column.push(value.as_ref()));
            Arc::new(column)
        });
        let chunk = Chunk::new(columns.collect(), rows);
        let lines = std::mem::take(&mut target.lines);
        let before = self.session.total_changes();
        let Err(error) = self.session.run_batch(&mut target.statement, &chunk) else { return Ok(()) };
        // References are looked at behind all rows.
        let is_of_row =
            error.broken().is_some_and(|broken| !matches!(broken.rule, BrokenRule::Reference { .. }));
        // What rows before it did stays done until the transaction ends, which tells how many there were.
        let done = match self.session.changes() {
            0 => self.session.total_changes() - before,
            changes => changes,
        };
        let line = usize::try_from(done).ok().and_then(|row| lines.get(row)).filter(|_| is_of_row);
        let context = line.and_then(|line| target.context(*line, ""));
        Err(Failure::from(error).in_context(context))
    }
}

/// A name without its quotes and its schema.
fn plain(name: &str) -> String {
    let name = name.rsplit('.').next().unwrap_or(name);
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// Whether binary data begins as it has to.
fn check_signature(data: &[u8]) -> Result<Option<usize>, Failure> {
    let wrong = || Failure::new(sqlstate::BAD_COPY_FORMAT, "COPY file signature not recognized");
    let known = data.len().min(11);
    if data[..known] != SIGNATURE[..known] {
        return Err(wrong());
    }
    let Some(length) = data.get(15..19) else { return Ok(None) };
    let extension = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
    let end = usize::try_from(extension).map_err(|_| wrong())?.checked_add(19).ok_or_else(wrong)?;
    Ok((data.len() >= end).then_some(end))
}
