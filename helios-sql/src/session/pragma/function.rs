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
    /// The schemas with their names, in the order in which names are looked for.
    catalogs: Vec<(String, Arc<Catalog>)>,
}

/// The function of this name, for these schemas.
pub(in crate::session) fn pragma_function(
    name: &str,
    catalogs: impl FnOnce() -> Vec<(String, Arc<Catalog>)>,
) -> Option<Arc<dyn TableFunction>> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("pragma_")?;
    let pragma = PRAGMAS.into_iter().find(|pragma| *pragma == name)?;
    Some(Arc::new(PragmaFunction { pragma, catalogs: catalogs() }))
}

impl TableFunction for PragmaFunction {
    fn columns(&self) -> Vec<(&str, &str)> {
        let known = COLUMNS.iter().find(|(pragma, _)| *pragma == self.pragma);
        known.map_or(Vec::new(), |(_, names)| names.iter().map(|name| (*name, "")).collect())
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["arg", "schema"]
    }

    fn open(&self, arguments: &[Value], _: &[usize]) -> Result<Box<dyn TableRows>> {
        let text = |argument: &Value| {
            argument.as_ref().text_bytes().map(|text| String::from_utf8_lossy(&text).into_owned())
        };
        let argument = arguments.first().and_then(text);
        let schema = arguments.get(1).and_then(text);
        // The catalogs to look in: of a schema that is named, that one's.
        let catalogs = self
            .catalogs
            .iter()
            .filter(|(name, _)| schema.as_ref().is_none_or(|schema| schema.eq_ignore_ascii_case(name)));
        let mut catalogs = catalogs.map(|(_, catalog)| catalog);
        let rows = match (self.pragma, argument) {
            (pragma @ ("table_info" | "table_xinfo"), Some(name)) => {
                let table = catalogs.find_map(|catalog| catalog.table(&name));
                table.map_or(Rows::NONE, |table| schema::table_info(table, pragma == "table_xinfo"))
            }
            ("index_list", Some(name)) => {
                let catalog = catalogs.find(|catalog| catalog.table(&name).is_some());
                catalog.map_or(Rows::NONE, |catalog| schema::index_list(catalog, &name))
            }
            (pragma @ ("index_info" | "index_xinfo"), Some(name)) => catalogs
                .map(|catalog| schema::index_info(catalog, &name, pragma == "index_xinfo"))
                .find(|rows| !rows.0.is_empty())
                .unwrap_or(Rows::NONE),
            ("foreign_key_list", Some(name)) => {
                let catalog = catalogs.find(|catalog| catalog.table(&name).is_some());
                catalog.map_or(Rows::NONE, |catalog| foreign_key::foreign_key_list(catalog, &name))
            }
            ("database_list", _) => super::databases(),
            ("collation_list", _) => {
                let main = self.catalogs.iter().find(|(name, _)| name == "main");
                main.map_or(Rows::NONE, |(_, catalog)| super::collations(catalog))
            }
            ("compile_options", _) => super::compile_options(),
            ("pragma_list", _) => Rows::list(names().into_iter()),
            _ => Rows::NONE,
        };
        Ok(ReadyRows::boxed(rows.0))
    }
}
