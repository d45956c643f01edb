//! Rows of JSON: an object a line.
//!
//! Values keep their types: numbers, texts, NULL; `true` and `false` are 1 and 0, arrays and objects are texts of JSON.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use helios::{Connection, Value};

use super::table::{Column, Incoming, Take};
use crate::failure::{Failure, Outcome, about};

/// The members of an object, in their order.
type Members = Vec<(String, Value)>;

/// A file of JSON lines.
#[derive(Debug)]
pub(super) struct JsonLines {
    path: PathBuf,
    bytes: u64,
    /// Which column a member is.
    columns: HashMap<String, usize>,
    /// What reads JSON: SQL does.
    reader: Connection,
}

impl JsonLines {
    pub(super) fn new(path: &Path) -> Outcome<JsonLines> {
        let found = std::fs::metadata(path).map_err(|error| about(path.display(), &error))?;
        let reader = Connection::open_in_memory()?;
        Ok(JsonLines { path: path.to_owned(), bytes: found.len(), columns: HashMap::new(), reader })
    }

    /// Hands on each object, and how many bytes were read. Empty lines are passed over.
    fn objects(&self, take: &mut dyn FnMut(Members, u64) -> Outcome) -> Outcome {
        let failed = |error| about(self.path.display(), &error);
        let mut file = BufReader::new(File::open(&self.path).map_err(failed)?);
        let mut kind = self.reader.prepare("SELECT json_type(?1)")?;
        let mut members = self.reader.prepare("SELECT key, type, value FROM json_each(?1)")?;
        let (mut line, mut read) = (Vec::new(), 0);
        for number in 1_u64.. {
            line.clear();
            let length = file.read_until(b'\n', &mut line).map_err(failed)?;
            if length == 0 {
                break;
            }
            read += length as u64;
            let text = line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            let wrong = |what: &str| Failure::new(format!("{}:{number}: {what}", self.path.display()));
            let text = std::str::from_utf8(text).map_err(|_| wrong("no UTF-8"))?;
            match kind.query_row([text], |row| row.get::<String>(0)) {
                Ok(kind) if kind == "object" => {}
                Ok(_) => return Err(wrong("no object of JSON")),
                Err(error) => return Err(wrong(error.message())),
            }
            let object = members.query_map([text], |row| {
                let value = match row.get::<String>(1)?.as_str() {
                    "true" => Value::Integer(1),
                    "false" => Value::Integer(0),
                    _ => row.get_ref(2)?.to_value(),
                };
                Ok((row.get::<String>(0)?, value))
            });
            take(object.map_err(|error| wrong(error.message()))?, read)?;
        }
        Ok(())
    }
}

impl Incoming for JsonLines {
    fn columns(&mut self) -> Outcome<Vec<Column>> {
        let (mut names, mut columns) = (Vec::new(), HashMap::new());
        self.objects(&mut |object, _| {
            for (name, _) in object {
                // Names of columns are the same in any case of letters.
                columns.entry(name.to_lowercase()).or_insert_with(|| {
                    names.push(Column { name: Some(name), declared: "" });
                    names.len() - 1
                });
            }
            Ok(())
        })?;
        self.columns = columns;
        Ok(names)
    }

    fn rows(&mut self, take: &mut Take<'_>) -> Outcome {
        self.objects(&mut |object, read| {
            let mut row = vec![Value::Null; self.columns.len()];
            for (name, value) in object {
                if let Some(place) = self.columns.get(&name.to_lowercase()).and_then(|&at| row.get_mut(at)) {
                    *place = value;
                }
            }
            take(row, read)
        })
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }
}
