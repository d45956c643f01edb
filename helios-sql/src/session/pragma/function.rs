//! Pragmas as table-valued functions: `pragma_table_info('t')` and its like, for those that only look at the schema.

use std::sync::Arc;

use helios_core::{Result, Value};

use super::{COLUMNS, Rows, foreign_key, names, schema};
use crate::catalog::Catalog;
use crate::func::{ReadyRows, TableFunction, TableRows};

/// The pragmas that a function stands for.
const PRAGMAS: [&str; 10] = [
    "table_info",
    "table_xinfo",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "database_list",
    "collation_list",
    "compile_options",
    "pragma_list",
];

#[derive(Debug)]
struct PragmaFunction {
    pragma: &'static str,
    catalog: Arc<Catalog>,
}

/// The function of this name, for a schema.
pub(in crate::session) fn pragma_function(
    name: &str,
    catalog: &Arc<Catalog>,
) -> Option<Arc<dyn TableFunction>> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("pragma_")?;
    let pragma = PRAGMAS.into_iter().find(|pragma| *pragma == name)?;
    Some(Arc::new(PragmaFunction { pragma, catalog: catalog.clone() }))
}

impl TableFunction for PragmaFunction {
    fn columns(&self) -> Vec<(&str, &str)> {
        let known = COLUMNS.iter().find(|(pragma, _)| *pragma == self.pragma);
        known.map_or(Vec::new(), |(_, names)| names.iter().map(|name| (*name, "")).collect())
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["arg", "schema"]
    }

    fn open(&self, arguments: &[Value]) -> Result<Box<dyn TableRows>> {
        let argument = arguments.first().and_then(|argument| argument.as_ref().text_bytes());
        let argument = argument.map(|argument| String::from_utf8_lossy(&argument).into_owned());
        let rows = match (self.pragma, argument) {
            (pragma @ ("table_info" | "table_xinfo"), Some(name)) => {
                let table = self.catalog.table(&name);
                table.map_or(Rows::NONE, |table| schema::table_info(table, pragma == "table_xinfo"))
            }
            ("index_list", Some(name)) => schema::index_list(&self.catalog, &name),
            (pragma @ ("index_info" | "index_xinfo"), Some(name)) => {
                schema::index_info(&self.catalog, &name, pragma == "index_xinfo")
            }
            ("foreign_key_list", Some(name)) => foreign_key::foreign_key_list(&self.catalog, &name),
            ("database_list", _) => super::databases(),
            ("collation_list", _) => super::collations(&self.catalog),
            ("compile_options", _) => super::compile_options(),
            ("pragma_list", _) => Rows::list(names().into_iter()),
            _ => Rows::NONE,
        };
        Ok(ReadyRows::boxed(rows.0))
    }
}
