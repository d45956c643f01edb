//! `enum`: what an enumeration of PostgreSQL's dialect is kept as, `CREATE VIRTUAL TABLE "enum name" USING enum('a', 'b')`.
//!
//! In: the values as arguments, texts in quotes. Out: a table of them with their positions, from 1 on.

use std::sync::Arc;

use helios_core::{Error, Result, Value};

use super::{Definition, FunctionTable, Module, Tables, VirtualTable};
use crate::func::{ReadyRows, TableFunction, TableRows};

/// The name of the module.
pub const ENUMERATION: &str = "enum";

/// The values that the arguments of a definition list.
///
/// # Errors
/// An argument is no text in quotes.
pub fn labels_of(arguments: &[String]) -> Result<Vec<String>> {
    let label = |argument: &String| {
        let inside = argument.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        inside
            .map(|inside| inside.replace("''", "'"))
            .ok_or_else(|| Error::sql(format!("malformed argument of an enumeration: {argument}")))
    };
    arguments.iter().filter(|argument| !argument.trim().is_empty()).map(label).collect()
}

/// The arguments of a definition that lists these values.
pub fn arguments_of(labels: &[String]) -> String {
    let quoted = labels.iter().map(|label| format!("'{}'", label.replace('\'', "''")));
    quoted.collect::<Vec<_>>().join(", ")
}

/// The module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Enumerations;

impl Module for Enumerations {
    fn connect(&self, definition: &Definition, _: &dyn Tables) -> Result<Arc<dyn VirtualTable>> {
        let labels = labels_of(&definition.arguments)?;
        Ok(Arc::new(FunctionTable::new(Arc::new(Labels(labels)))))
    }
}

#[derive(Debug)]
struct Labels(Vec<String>);

impl TableFunction for Labels {
    fn columns(&self) -> Vec<(&str, &str)> {
        vec![("position", "INTEGER"), ("label", "TEXT")]
    }

    fn parameters(&self) -> &'static [&'static str] {
        &[]
    }

    fn open(&self, _: &[Value], _: &[usize]) -> Result<Box<dyn TableRows>> {
        let row = |(at, label): (usize, &String)| vec![Value::Integer(at as i64 + 1), Value::text(label)];
        Ok(ReadyRows::boxed(self.0.iter().enumerate().map(row).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::{arguments_of, labels_of};

    #[test]
    fn values_are_read_as_they_were_written() {
        let labels: Vec<String> = ["a", "it's", "", "a, b"].map(str::to_owned).to_vec();
        let arguments: Vec<String> =
            labels.iter().map(|label| arguments_of(std::slice::from_ref(label))).collect();
        assert_eq!(labels_of(&arguments).expect("they are read"), labels);
        assert!(labels_of(&["a".to_owned()]).is_err());
    }
}
