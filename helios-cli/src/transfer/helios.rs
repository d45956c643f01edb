//! A session of helios as a peer.

use helios::sql::{CHUNK_ROWS, Chunk, Column, Session};
use helios::{Value, ValueRef};

use super::{Peer, Visit};
use crate::failure::Outcome;

/// A session on a branch.
#[derive(Debug)]
pub(crate) struct HeliosPeer<'s>(pub(crate) &'s mut Session);

impl Peer for HeliosPeer<'_> {
    fn run(&mut self, sql: &str) -> Outcome {
        self.visit(sql, &mut |_| Ok(()))
    }

    fn visit(&mut self, sql: &str, visit: &mut Visit<'_>) -> Outcome {
        let Some(mut statement) = self.0.prepare(sql)? else { return Ok(()) };
        self.0.start(&mut statement, &Chunk::default())?;
        let mut chunk = Chunk::default();
        while self.0.fetch(&mut statement, &mut chunk)? {
            for row in 0..chunk.rows() {
                let values: Vec<ValueRef<'_>> =
                    (0..chunk.width()).map(|column| chunk.value(row, column)).collect();
                visit(&values)?;
            }
        }
        Ok(())
    }

    fn insert(&mut self, sql: &str, rows: &[Vec<Value>]) -> Outcome {
        let Some(mut statement) = self.0.prepare(sql)? else { return Ok(()) };
        for rows in rows.chunks(CHUNK_ROWS) {
            let width = rows.first().map_or(0, Vec::len);
            let mut columns: Vec<Column> = std::iter::repeat_with(Column::default).take(width).collect();
            for row in rows {
                for (column, value) in columns.iter_mut().zip(row) {
                    column.push(value.as_ref());
                }
            }
            let columns = columns.into_iter().map(Into::into).collect();
            self.0.run_batch(&mut statement, &Chunk::new(columns, rows.len()))?;
        }
        Ok(())
    }
}
