//! `PRAGMA integrity_check`: every row can be read and keeps its constraints, and every index has exactly the entries of
//! its table's rows.

use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::{Constraint, Error, ErrorKind, Result, Value};

use crate::bind::Binder;
use crate::catalog::{Index, Table};
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::exec::{Context, eval, resolve};
use crate::session::Session;
use crate::session::define::has_entry;
use crate::table::{RowId, entry_row_key, write_entry};
use crate::write::{RowProgram, fits_type, read_rows};

/// Something that is wrong with a table.
#[derive(Debug)]
pub(in crate::session) struct Problem {
    /// The table.
    pub(in crate::session) table: String,
    /// What is wrong.
    pub(in crate::session) line: String,
}

impl Problem {
    pub(super) fn of(table: &Table, line: String) -> Problem {
        Problem { table: table.name.clone(), line }
    }
}

impl Session {
    /// What is wrong with a table, or with any. At most `limit` lines.
    pub(in crate::session) fn check_integrity(
        &mut self,
        only: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Problem>> {
        let view = self.current_view()?;
        let mut problems = Vec::new();
        let mut context = self.context_of(&view);
        let tables = view.catalog.tables().filter(|table| {
            !table.is_internal() && only.is_none_or(|only| table.name.eq_ignore_ascii_case(only))
        });
        for table in tables {
            let checks = Binder::new(&view, table.sql.clone()).bind_row(table)?;
            let mut conditions = Vec::with_capacity(checks.checks.len());
            let kept = if self.settings.ignores_checks { &[][..] } else { &checks.checks[..] };
            for (_, check) in kept {
                conditions.push(resolve(check, &checks.columns)?);
            }
            let program = RowProgram::new(table, &checks)?;
            let mut counts = vec![0; table.indexes.len()];
            let mut start = Vec::new();
            loop {
                let rows = read_rows(table, &program, &mut start, &mut context)?;
                if rows.is_empty() {
                    break;
                }
                for (id, values) in rows {
                    check_row(table, &id, &values, &mut counts, &context, &mut problems)?;
                    let columns = values.iter().take(table.columns.len() + 1);
                    let columns =
                        columns.map(|value| Column::constant(value.clone(), 1).into()).collect::<Vec<_>>();
                    let row = Chunk::new(columns, 1);
                    for condition in &conditions {
                        if eval::evaluate(condition, &mut context, &row)?.get(0).truth() == Some(false) {
                            problems.push(Problem::of(
                                table,
                                format!("CHECK constraint failed in {}", table.name),
                            ));
                        }
                    }
                    if problems.len() >= limit {
                        problems.truncate(limit);
                        return Ok(problems);
                    }
                }
            }
            for (index, rows) in table.indexes.iter().zip(counts) {
                if let Some(vector) = &index.vector {
                    problems.extend(self.check_vector_index(table, (index, vector), &mut context)?);
                    continue;
                }
                count_entries(table, index, rows, &context, &mut problems)?;
            }
        }
        problems.truncate(limit);
        Ok(problems)
    }
}

/// Looks a row's index entries up, and counts them.
fn check_row(
    table: &Table,
    id: &RowId,
    values: &[Value],
    counts: &mut [u64],
    context: &Context,
    problems: &mut Vec<Problem>,
) -> Result<()> {
    for (position, (column, value)) in table.columns.iter().zip(values).enumerate() {
        // Only a column that is being added can have such values.
        if table.strict && column.is_virtual() && !fits_type(column, value.as_ref()) {
            let kind = ErrorKind::Constraint(Constraint::Datatype);
            return Err(Error::new(kind, "constraint failed"));
        }
        let is_missing = value.is_null() && table.rowid_column != Some(position);
        if is_missing && column.not_null.is_some() {
            problems.push(Problem::of(table, format!("NULL value in {}.{}", table.name, column.name)));
        }
    }
    let row_key = id.key();
    for (index, count) in table.indexes.iter().zip(counts) {
        if index.vector.is_some() || !has_entry(index, values) {
            continue;
        }
        *count += 1;
        let mut entry = Vec::new();
        let value = |column: Option<usize>| values[column.unwrap_or(table.rowid_position())].as_ref();
        write_entry(index, id, value, &mut entry);
        let mut points_here = false;
        context.reader.get(index.space, &entry, &mut |version| {
            points_here = entry_row_key(index, &entry, version.payload).is_ok_and(|found| found == row_key);
        })?;
        if !points_here {
            let row = match id {
                RowId::Rowid(rowid) => format!("row {rowid}"),
                RowId::Key(_) => "row".to_owned(),
            };
            problems.push(Problem::of(table, format!("{row} missing from index {}", index.name)));
        }
    }
    Ok(())
}

fn count_entries(
    table: &Table,
    index: &Index,
    rows: u64,
    context: &Context,
    problems: &mut Vec<Problem>,
) -> Result<()> {
    let guard = context.reader.scan(index.space);
    let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
    let mut entries = 0_u64;
    while cursor.advance()? {
        entries += 1;
        if entries.is_multiple_of(CHUNK_ROWS as u64) {
            context.interrupt.check()?;
        }
        let mut row_key = entry_row_key(index, cursor.key(), cursor.version().payload)?;
        if table.has_rowid() {
            key::read_rowid(&mut row_key)?;
        }
    }
    if entries != rows {
        problems.push(Problem::of(table, format!("wrong # of entries in index {}", index.name)));
    }
    Ok(())
}
