//! Pragmas as table-valued functions: `pragma_table_info('t')` and its like.
//!
//! Those about the schema look at the catalogs when they are called. What others say is asked for when the statement is
//! compiled, which happens anew for each execution then: a function has no session.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use helios_core::{Error, Result, Value};

use super::{COLUMNS, MOST_PROBLEMS, Rows, foreign_key, names, no_such_table, schema, setting};
use crate::bind::{Binder, Environment, with_columns};
use crate::catalog::{Catalog, Table};
use crate::func::{self, ProgramFunction, ProgramFunctions, ReadyRows, TableFunction, TableRows};
use crate::session::Session;
use crate::session::environment::View;

/// The pragmas that look at the catalogs.
const OF_SCHEMA: [&str; 7] = [
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
];

/// Pragmas that do something are no functions.
const WITH_EFFECTS: [&str; 2] = ["optimize", "wal_checkpoint"];

/// What pragmas say that are no part of the schema, by their names.
pub(in crate::session) type ReadyPragmas = HashMap<&'static str, Vec<Vec<Value>>>;

/// A schema as these functions see it: its name, its catalog, and its views and virtual tables with their columns.
#[derive(Clone, Debug)]
pub(super) struct SeenSchema {
    pub(super) name: String,
    pub(super) catalog: Arc<Catalog>,
    described: HashMap<String, Arc<Table>>,
}

impl SeenSchema {
    /// A table or view with its columns. Of a view that has no meaning nothing is known.
    pub(super) fn described(&self, table: &Arc<Table>) -> Option<Arc<Table>> {
        if table.is_stored() { Some(table.clone()) } else { self.described.get(&table.name).cloned() }
    }

    /// The names of the tables in which virtual tables store what they store, in small letters.
    pub(super) fn shadows(&self) -> HashSet<String> {
        let of = |table: &Arc<Table>| {
            let shadows = table.connected.as_ref().map_or_else(Vec::new, |connected| connected.shadows());
            let name = |suffix: &str| format!("{}_{suffix}", table.name).to_ascii_lowercase();
            shadows.into_iter().map(name).collect::<Vec<_>>()
        };
        self.described.values().flat_map(of).collect()
    }
}

/// The schemas of a view, in the order of their numbers.
pub(super) fn seen_schemas(view: &View) -> Vec<SeenSchema> {
    let others = view.others.iter().map(|other| (other.name.clone(), other.catalog.clone()));
    let of_main = view.default_past.as_ref().map_or(&view.catalog, |past| &past.catalog);
    let schemas = std::iter::once(("main".to_owned(), of_main.clone())).chain(others);
    let see = |(slot, (name, catalog)): (usize, (String, Arc<Catalog>))| {
        let mut described = HashMap::new();
        for table in catalog.relations().filter(|table| !table.is_stored()) {
            let found = match &table.module {
                Some(_) => {
                    view.connect(table, None).map(|connected| Arc::new(with_columns(table, &connected)))
                }
                None => {
                    let table = view.relation_at(slot, &table.name).unwrap_or_else(|| table.clone());
                    Binder::new(view, table.sql.clone()).fired_table(&table)
                }
            };
            if let Ok(found) = found {
                described.insert(table.name.clone(), found);
            }
        }
        SeenSchema { name, catalog, described }
    };
    schemas.enumerate().map(see).collect()
}

/// The tables and views of `main`, with their columns.
pub(in crate::session) fn described_relations(view: &View) -> Vec<Arc<Table>> {
    let schemas = seen_schemas(view);
    let Some(main) = schemas.first() else { return Vec::new() };
    let described = |table: &Arc<Table>| match main.described(table) {
        Some(known) => Arc::new(Table { columns: known.columns.clone(), ..(**table).clone() }),
        None => table.clone(),
    };
    main.catalog.relations().map(described).collect()
}

/// The tables and views of `temp`, with their columns.
pub(in crate::session) fn described_temporary(view: &View) -> Vec<Arc<Table>> {
    let temp = view.others.iter().find(|other| other.name == "temp");
    temp.map_or_else(Vec::new, |temp| temp.catalog.relations().cloned().collect())
}

#[derive(Debug)]
struct PragmaFunction {
    pragma: &'static str,
    columns: Vec<&'static str>,
    schemas: Vec<SeenSchema>,
    /// The rows of a pragma that does not look at the catalogs.
    ready: Option<Vec<Vec<Value>>>,
}

/// The function of this name.
pub(in crate::session) fn pragma_function(name: &str, view: &View) -> Option<Arc<dyn TableFunction>> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("pragma_")?;
    let pragma = names().into_iter().find(|known| *known == name)?;
    let fixed = COLUMNS
        .iter()
        .find(|(known, columns)| *known == pragma && !columns.is_empty())
        .map(|(_, columns)| columns.to_vec());
    let columns = fixed.or_else(|| setting::columns(pragma, false))?;
    let ready = view.pragmas.get(pragma).cloned();
    if ready.is_none() && !OF_SCHEMA.contains(&pragma) {
        return None;
    }
    Some(Arc::new(PragmaFunction { pragma, columns, schemas: seen_schemas(view), ready }))
}

impl Session {
    /// What those pragmas say that a statement mentions as functions.
    pub(in crate::session) fn ready_pragmas(&mut self, text: &str) -> Result<ReadyPragmas> {
        let mut ready = ReadyPragmas::new();
        let text = text.to_ascii_lowercase();
        if !text.contains("pragma_") {
            return Ok(ready);
        }
        for name in names() {
            let is_fixed = OF_SCHEMA.contains(&name) || WITH_EFFECTS.contains(&name);
            if !is_fixed && text.contains(&format!("pragma_{name}")) {
                let rows = match name {
                    "integrity_check" | "quick_check" => self.all_problems()?,
                    _ => self.pragma_rows(name, None, None)?.0,
                };
                ready.insert(name, rows);
            }
        }
        Ok(ready)
    }

    /// What is wrong with the tables of all schemas: the line, the table, the schema.
    fn all_problems(&mut self) -> Result<Vec<Vec<Value>>> {
        let mut rows = Vec::new();
        for slot in 0..=self.others.len() {
            let session = self.at(slot);
            let schema = session.schema.clone();
            for problem in session.check_integrity(None, usize::MAX)? {
                rows.push(vec![
                    problem.line.as_str().into(),
                    problem.table.as_str().into(),
                    schema.as_str().into(),
                ]);
            }
        }
        Ok(rows)
    }
}

impl PragmaFunction {
    /// The lines of an integrity check, of one table if one is named, which has to be there.
    fn problems(&self, all: &[Vec<Value>], table: Option<&str>, of: Option<&str>) -> Result<Vec<Vec<Value>>> {
        let schema = match (table, of) {
            (Some(table), of) => {
                let mut schemas: Vec<&SeenSchema> = self.schemas.iter().collect();
                schemas.sort_by_key(|schema| schema.name != "temp");
                let has = |schema: &&SeenSchema| {
                    of.is_none_or(|of| schema.name.eq_ignore_ascii_case(of))
                        && schema.catalog.relation(table).is_some()
                };
                let found = schemas.into_iter().find(has).ok_or_else(|| no_such_table(of, table))?;
                Some(&*found.name)
            }
            (None, of) => of,
        };
        let is = |value: &Value, wanted: Option<&str>| {
            wanted
                .is_none_or(|wanted| value.as_ref().text_bytes().is_some_and(|value| is_same(&value, wanted)))
        };
        let found = all.iter().filter(|row| is(&row[1], table) && is(&row[2], schema)).take(MOST_PROBLEMS);
        let mut lines: Vec<Vec<Value>> = found.map(|row| vec![row[0].clone()]).collect();
        if lines.is_empty() {
            lines.push(vec!["ok".into()]);
        }
        Ok(lines)
    }
}

impl TableFunction for PragmaFunction {
    fn columns(&self) -> Vec<(&str, &str)> {
        self.columns.iter().map(|name| (*name, "")).collect()
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["arg", "schema"]
    }

    fn open(&self, arguments: &[Value], _: &[usize]) -> Result<Box<dyn TableRows>> {
        let text = |place: usize| {
            let text = arguments.get(place).and_then(|argument| argument.as_ref().text_bytes());
            text.map(|text| String::from_utf8_lossy(&text).into_owned())
        };
        let (argument, of) = (text(0), text(1));
        if let (Some(rows), "integrity_check" | "quick_check") = (&self.ready, self.pragma) {
            return Ok(ReadyRows::boxed(self.problems(rows, argument.as_deref(), of.as_deref())?));
        }
        if let Some(rows) = &self.ready {
            let mut rows = rows.clone();
            if let (Some(table), "foreign_key_check") = (&argument, self.pragma) {
                rows.retain(|row| row[0].as_ref().text_bytes().is_some_and(|name| is_same(&name, table)));
            }
            return Ok(ReadyRows::boxed(rows));
        }
        let is_meant =
            |schema: &&SeenSchema| of.as_ref().is_none_or(|wanted| schema.name.eq_ignore_ascii_case(wanted));
        // Names without a schema are looked for in temp first.
        let temp_first = |schema: &&SeenSchema| schema.name != "temp";
        let mut schemas: Vec<&SeenSchema> = self.schemas.iter().filter(is_meant).collect();
        if let (true, Some(unknown)) = (schemas.is_empty(), &of)
            && unknown != "temp"
        {
            return Err(Error::sql(format!("unknown database {unknown}")));
        }
        if self.pragma == "table_list" {
            return Ok(ReadyRows::boxed(schema::table_list(&schemas, argument.as_deref()).0));
        }
        schemas.sort_by_key(temp_first);
        let Some(name) = argument else { return Ok(ReadyRows::boxed(Vec::new())) };
        let rows = schemas.into_iter().map(|schema| rows_of(self.pragma, schema, &name));
        let found = rows.into_iter().find(|rows| !rows.0.is_empty());
        Ok(ReadyRows::boxed(found.unwrap_or(Rows::NONE).0))
    }
}

fn is_same(name: &[u8], other: &str) -> bool {
    name.eq_ignore_ascii_case(other.as_bytes())
}

/// What a pragma says about a name in a schema.
fn rows_of(pragma: &str, seen: &SeenSchema, name: &str) -> Rows {
    let catalog = &seen.catalog;
    match pragma {
        "table_info" | "table_xinfo" => {
            let table = catalog.relation(name).and_then(|table| seen.described(table));
            table.map_or(Rows::NONE, |table| schema::table_info(&table, pragma == "table_xinfo"))
        }
        "index_list" => schema::index_list(catalog, name),
        "index_info" | "index_xinfo" => schema::index_info(catalog, name, pragma == "index_xinfo"),
        _ => foreign_key::foreign_key_list(catalog, name),
    }
}

/// SQLite's flag of functions that always give the same for the same arguments.
const DETERMINISTIC: i64 = 0x800;

/// Its flag of functions that do no harm, wherever they stand.
const INNOCUOUS: i64 = 0x20_0000;

/// Those of dates always give the same unless they are asked for the present.
const OF_DATES: [&str; 6] = ["date", "datetime", "julianday", "strftime", "time", "unixepoch"];

/// All functions: those of every session, then those of the program.
pub(super) fn function_list(added: &ProgramFunctions) -> Rows {
    let row = |name: &str, is_built_in: bool, kind: &str, arguments: i64, flags: i64| -> Vec<Value> {
        vec![
            name.into(),
            Value::boolean(is_built_in),
            kind.into(),
            "utf8".into(),
            arguments.into(),
            flags.into(),
        ]
    };
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for function in func::list() {
        let is_scalar =
            function.kind == "s" && (function.is_deterministic || OF_DATES.contains(&function.name));
        let flags = if function.name == "load_extension" { 0 } else { INNOCUOUS };
        let flags = flags | if is_scalar { DETERMINISTIC } else { 0 };
        rows.push(row(function.name, true, function.kind, function.arguments, flags));
    }
    for function in added.all() {
        let (kind, flags) = match function {
            ProgramFunction::Scalar(scalar) if scalar.deterministic => ("s", DETERMINISTIC),
            ProgramFunction::Scalar(_) => ("s", 0),
            ProgramFunction::Aggregate(aggregate) if aggregate.is_window => ("w", 0),
            ProgramFunction::Aggregate(_) => ("a", 0),
        };
        let arguments = function.arguments().map_or(-1, |count| count as i64);
        rows.push(row(function.name(), false, kind, arguments, flags));
    }
    Rows(rows)
}
