//! Stored rows of a table, complete, a batch at a time.

use helios_core::encoding::key::after_components;
use helios_core::storage::{Direction, KeyRange};
use helios_core::{Result, Value, ValueRef};

use super::row::RowProgram;
use crate::catalog::Table;
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::exec::Context;
use crate::table::{RowDecoder, RowId};

/// The next rows from the key `start` on, which moves behind the last; none at the end. Each comes with what it is found
/// by and its values: the columns of the table, the rowid, index expressions.
pub fn read_rows(
    table: &Table,
    program: &RowProgram,
    start: &mut Vec<u8>,
    context: &mut Context,
) -> Result<Vec<(RowId, Vec<Value>)>> {
    context.interrupt.check_rows(1)?;
    let decoder = RowDecoder::all(table);
    let width = table.columns.len();
    let mut ids = Vec::new();
    let mut chunk = Chunk::default();
    chunk.reset(width + 1);
    {
        let reader = context.reader.clone();
        let guard = reader.scan(table.space);
        let mut cursor = guard.cursor(KeyRange::new(start, None), Direction::Forward)?;
        let mut columns: Vec<&mut Column> = chunk.columns_mut().collect();
        while ids.len() < CHUNK_ROWS && cursor.advance()? {
            let id = RowId::of_key(table, cursor.key())?;
            decoder.decode(cursor.key(), cursor.version().payload, |place, value| {
                let is_rowid = table.rowid_column == Some(place);
                columns[place].push(if is_rowid { ValueRef::Integer(id.rowid()) } else { value });
            })?;
            columns[width].push(ValueRef::Integer(id.rowid()));
            ids.push(id);
        }
    }
    chunk.set_rows(ids.len());
    if let Some(last) = ids.last() {
        *start = after_components(&last.key());
    }
    let mut columns = chunk.columns().to_vec();
    program.complete(table, &mut columns, ids.len(), context)?;
    let values = |row: usize| columns.iter().map(|column| column.get(row).to_value()).collect();
    Ok(ids.into_iter().enumerate().map(|(row, id)| (id, values(row))).collect())
}
