//! Rows of Parquet.
//!
//! In: a file, read a batch of rows at a time. Out: a value for each field of its schema. A field that is a list, a map or
//! has fields of its own becomes a text of JSON. Always: what does not fit together is an error, and nothing is guessed.

mod leaf;
mod nested;
mod shape;

use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};

use helios::Value;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use super::table::{Column, Incoming, Take};
use crate::failure::{Failure, Outcome, about};
use leaf::{Leaf, Values};
use shape::{Field, fields_of};

/// How many rows are read at once.
const ROWS_AT_ONCE: usize = 1000;

/// A file of Parquet.
pub(super) struct Parquet {
    path: PathBuf,
    reader: SerializedFileReader<File>,
    fields: Vec<Field>,
    leaves: Vec<Leaf>,
    bytes: u64,
}

impl Parquet {
    pub(super) fn new(path: &Path) -> Outcome<Parquet> {
        let failed = |error| about(path.display(), &error);
        let file = File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        let reader = SerializedFileReader::new(file).map_err(|error| wrong_at(path, &error))?;
        let schema = reader.metadata().file_metadata().schema_descr();
        let fields = fields_of(schema.root_schema()).map_err(|failure| wrong_at(path, &failure))?;
        let leaves = schema.columns().iter().map(|column| Leaf::of(column)).collect();
        Ok(Parquet { path: path.to_owned(), reader, fields, leaves, bytes })
    }

    fn wrong(&self, what: &dyn Display) -> Failure {
        wrong_at(&self.path, what)
    }

    /// Hands on the rows of a part of the file.
    fn group(&self, group: &dyn RowGroupReader, take: &mut dyn FnMut(Vec<Value>) -> Outcome) -> Outcome {
        let columns = (0..self.leaves.len()).map(|at| group.get_column_reader(at));
        let mut columns = columns.collect::<Result<Vec<_>, _>>().map_err(|error| self.wrong(&error))?;
        let mut left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        while left > 0 {
            let count = left.min(ROWS_AT_ONCE);
            let mut batch: Vec<Values> = Vec::with_capacity(columns.len());
            for (leaf, column) in self.leaves.iter().zip(&mut columns) {
                batch.push(leaf.read(column, count).map_err(|failure| self.wrong(&failure))?);
            }
            for _ in 0..count {
                let row: Outcome<Vec<Value>> =
                    self.fields.iter().map(|field| field.value(&self.leaves, &mut batch)).collect();
                take(row.map_err(|failure| self.wrong(&failure))?)?;
            }
            if batch.iter().any(Values::has_more) {
                return Err(self.wrong(&"columns have different numbers of rows"));
            }
            left -= count;
        }
        Ok(())
    }
}

fn wrong_at(path: &Path, what: &dyn Display) -> Failure {
    Failure::new(format!("{}: {what}", path.display()))
}

impl Incoming for Parquet {
    fn columns(&mut self) -> Outcome<Vec<Column>> {
        let column = |field: &Field| Column {
            name: Some(field.name().to_owned()),
            declared: field.declared(&self.leaves),
        };
        Ok(self.fields.iter().map(column).collect())
    }

    fn rows(&mut self, take: &mut Take<'_>) -> Outcome {
        let all = u64::try_from(self.reader.metadata().file_metadata().num_rows()).unwrap_or(0);
        let mut done: u64 = 0;
        for number in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(number).map_err(|error| self.wrong(&error))?;
            self.group(&*group, &mut |row| {
                done += 1;
                let read = u128::from(self.bytes) * u128::from(done) / u128::from(all.max(1));
                take(row, u64::try_from(read).unwrap_or(self.bytes))
            })?;
        }
        match done == all {
            true => Ok(()),
            false => Err(self.wrong(&format!("it has {done} rows and says that it has {all}"))),
        }
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }
}
