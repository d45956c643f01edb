//! Table-valued functions: what stands in FROM with arguments.
//!
//! In: values. Out: rows, one at a time. A query sees a function as a virtual table ([`crate::module::FunctionTable`]).

use std::fmt;
use std::sync::Arc;

use helios_core::{Result, Value};

use super::json::JsonRows;

/// A source of rows with arguments.
pub trait TableFunction: fmt::Debug + Send + Sync {
    /// The names of its columns, with their declared types.
    fn columns(&self) -> Vec<(&str, &str)>;

    /// The names of its parameters: hidden columns behind the others.
    fn parameters(&self) -> &'static [&'static str];

    /// What a parameter shows that was given.
    fn shown_argument(&self, parameter: usize, value: Value) -> Value {
        let _ = parameter;
        value
    }

    /// What a parameter shows that is not given.
    fn usual_argument(&self, parameter: usize) -> Value {
        let _ = parameter;
        Value::Null
    }

    /// Whether a column has JSON marked, as the functions for JSON want it.
    fn marks_json(&self, column: usize) -> bool {
        let _ = column;
        false
    }

    /// The column that has the elements of an array which this parameter is.
    fn elements_of(&self, parameter: usize) -> Option<usize> {
        let _ = parameter;
        None
    }

    /// The number of the first row.
    fn first_number(&self) -> i64 {
        0
    }

    /// Begins to give the rows for some arguments. Of their columns those that are not `wanted` need not be right.
    fn open(&self, arguments: &[Value], wanted: &[usize]) -> Result<Box<dyn TableRows>>;
}

/// The rows of one call.
pub trait TableRows: fmt::Debug + Send {
    /// The next row: a value for each column.
    fn next(&mut self) -> Result<Option<Vec<Value>>>;
}

/// Rows that are all there from the beginning.
#[derive(Debug)]
pub struct ReadyRows(std::vec::IntoIter<Vec<Value>>);

impl ReadyRows {
    /// These rows.
    pub fn boxed(rows: Vec<Vec<Value>>) -> Box<dyn TableRows> {
        Box::new(ReadyRows(rows.into_iter()))
    }
}

impl TableRows for ReadyRows {
    fn next(&mut self) -> Result<Option<Vec<Value>>> {
        Ok(self.0.next())
    }
}

/// The built-in function of this name, whatever its case.
pub fn table_function(name: &str) -> Option<Arc<dyn TableFunction>> {
    JsonRows::named(&name.to_ascii_lowercase()).map(|function| Arc::new(function) as Arc<dyn TableFunction>)
}
