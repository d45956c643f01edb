//! R*Tree: boxes of one to five dimensions that are found by ranges (<https://sqlite.org/rtree.html>).
//!
//! In: rows of a rowid, a least and a greatest coordinate for each dimension, and auxiliary columns. Out: the rows whose
//! coordinates are in ranges, for as much work as there are such rows.
//!
//! `t_rowid` has a row for each box; that is what is merged and compared. `t_node` has the tree, which follows from it.
//!
//! ```text
//! region      coordinates of a box
//! node        boxes on a node, as bytes
//! tree        nodes: a box comes, a box goes
//! split       how a node becomes two
//! rows        the row of a box
//! table       columns, what a scan can make use of
//! scan        rows on their way
//! change      INSERT, UPDATE, DELETE
//! check       whether the tree says what the rows say
//! ```

mod change;
mod check;
mod node;
mod region;
mod rows;
mod scan;
mod split;
mod table;
mod tree;

use std::sync::Arc;

use helios_core::{Error, Result};

pub use check::faults;

use super::{Definition, Module, Shelf, Tables, VirtualColumn, VirtualTable};
use region::{MOST_DIMENSIONS, Shape};
use table::RtreeTable;

/// SQLite's limit of auxiliary columns.
const MOST_ARGUMENTS: usize = 100;

/// The modules: coordinates are 32-bit floats, or 32-bit integers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rtree {
    pub(super) is_integer: bool,
}

/// What the arguments say.
struct Arguments {
    shape: Shape,
    /// The columns: the rowid, coordinates, auxiliary ones.
    columns: Vec<VirtualColumn>,
}

impl Rtree {
    fn arguments(self, definition: &Definition) -> Result<Arguments> {
        let written: Vec<&str> = definition.arguments.iter().map(|argument| argument.trim()).collect();
        if written.len() < 3 || written.len() > MOST_ARGUMENTS {
            let wrong = if written.len() < 3 { "few" } else { "many" };
            return Err(Error::sql(format!("Too {wrong} columns for an rtree table")));
        }
        let coordinate_type = if self.is_integer { "INT" } else { "REAL" };
        let mut columns: Vec<VirtualColumn> = Vec::new();
        let mut auxiliary = 0;
        for (number, argument) in written.iter().enumerate() {
            let (name, declared_type) = match argument.strip_prefix('+').filter(|_| number > 0) {
                Some(name) => {
                    auxiliary += 1;
                    (name, "")
                }
                None if auxiliary > 0 => {
                    return Err(Error::sql("Auxiliary rtree columns must be last"));
                }
                None => (*argument, if number == 0 { "INT" } else { coordinate_type }),
            };
            let name = first_token(name);
            if columns.iter().any(|known| known.name.eq_ignore_ascii_case(&name)) {
                return Err(Error::sql(format!("duplicate column name: {name}")));
            }
            columns
                .push(VirtualColumn { declared_type: declared_type.to_owned(), ..VirtualColumn::new(&name) });
        }
        let bounds = columns.len() - 1 - auxiliary;
        if bounds < 2 {
            return Err(Error::sql("Too few columns for an rtree table"));
        }
        if bounds > 2 * MOST_DIMENSIONS {
            return Err(Error::sql("Too many columns for an rtree table"));
        }
        if bounds % 2 == 1 {
            return Err(Error::sql("Wrong number of columns for an rtree table"));
        }
        Ok(Arguments { shape: Shape { dimensions: bounds / 2, is_integer: self.is_integer }, columns })
    }
}

/// The first token of an argument, without its quotes: what follows it, such as a type, says nothing.
fn first_token(text: &str) -> String {
    let text = text.trim_start();
    if text.starts_with(['[', '\'', '"', '`']) {
        let close = if text.starts_with('[') { ']' } else { text.chars().next().unwrap_or('"') };
        let end = text[1..].find(close).map_or(text.len(), |end| end + 2);
        return helios_fts::dequote(&text[..end]);
    }
    let is_word = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$');
    text.chars().take_while(|character| is_word(*character)).collect()
}

impl Module for Rtree {
    fn create(&self, table: &dyn VirtualTable, shelf: &mut Shelf<'_>) -> Result<()> {
        let Some(table) = table.as_any().downcast_ref::<RtreeTable>() else { return Ok(()) };
        table.tree()?.initialize(shelf)
    }

    fn connect(&self, definition: &Definition, tables: &dyn Tables) -> Result<Arc<dyn VirtualTable>> {
        let Arguments { shape, columns } = self.arguments(definition)?;
        Ok(Arc::new(RtreeTable::new(definition, shape, columns, tables)))
    }

    fn shadow_tables(&self, definition: &Definition) -> Result<Vec<(&'static str, String)>> {
        let Arguments { shape, columns } = self.arguments(definition)?;
        let auxiliary = columns.len() - 1 - 2 * shape.dimensions;
        let further: String = (0..auxiliary).map(|number| format!(", a{number}")).collect();
        Ok(vec![
            ("rowid", format!("(rowid INTEGER PRIMARY KEY, box BLOB{further})")),
            ("node", "(nodeno INTEGER PRIMARY KEY, data BLOB)".to_owned()),
        ])
    }
}
