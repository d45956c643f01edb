//! PRAGMA: what programs ask about the schema and the database (<https://sqlite.org/pragma.html>).
//!
//! An unknown pragma does nothing, as in SQLite. One that sets what helios does not have remembers what was set and
//! tells it again, and changes nothing else.

mod foreign_key;
mod function;
mod integrity;
mod schema;
mod setting;
mod switch;
mod vector_index;

use std::sync::Arc;

use helios_core::{Error, Result, Value};

use super::{OutputColumn, Session};
use crate::ast::Pragma;
use crate::catalog::Catalog;
use crate::chunk::{Chunk, Column};
use crate::func::COMPILE_OPTIONS;

pub(super) use function::{ReadyPragmas, described_relations, described_temporary, pragma_function};
pub(super) use setting::is_of_connection;

/// The pragmas that always give the same columns, if they give rows.
const COLUMNS: &[(&str, &[&str])] = &[
    ("table_info", &["cid", "name", "type", "notnull", "dflt_value", "pk"]),
    ("table_xinfo", &["cid", "name", "type", "notnull", "dflt_value", "pk", "hidden"]),
    ("table_list", &["schema", "name", "type", "ncol", "wr", "strict"]),
    ("index_list", &["seq", "name", "unique", "origin", "partial"]),
    ("index_info", &["seqno", "cid", "name"]),
    ("index_xinfo", &["seqno", "cid", "name", "desc", "coll", "key"]),
    ("database_list", &["seq", "name", "file"]),
    ("collation_list", &["seq", "name"]),
    ("compile_options", &["compile_options"]),
    ("pragma_list", &["name"]),
    ("module_list", &["name"]),
    ("function_list", &["name", "builtin", "type", "enc", "narg", "flags"]),
    ("foreign_key_list", &["id", "seq", "table", "from", "to", "on_update", "on_delete", "match"]),
    ("foreign_key_check", &["table", "rowid", "parent", "fkid"]),
    ("integrity_check", &["integrity_check"]),
    ("quick_check", &["quick_check"]),
    ("optimize", &["optimize"]),
    ("wal_checkpoint", &["busy", "log", "checkpointed"]),
    ("page_count", &["page_count"]),
    ("freelist_count", &["freelist_count"]),
    ("data_version", &["data_version"]),
    ("as_of", &["as_of"]),
    ("key", &["ok"]),
    ("rekey", &["ok"]),
    ("case_sensitive_like", &[]),
    ("forget_statements", &[]),
];

/// The columns of a pragma's rows; empty if it gives none.
pub(super) fn columns(pragma: &Pragma) -> Vec<OutputColumn> {
    let name = pragma.name.name.to_ascii_lowercase();
    let column =
        |name: &str| OutputColumn { name: name.into(), declared_type: None, is_vector: false, origin: None };
    if let Some(names) = setting::columns(&name, pragma.argument.is_some()) {
        return names.iter().map(|name| column(name)).collect();
    }
    let known = COLUMNS.iter().find(|(known, _)| *known == name);
    known.map_or(Vec::new(), |(_, columns)| columns.iter().map(|name| column(name)).collect())
}

/// The names of all pragmas, in the order of the alphabet.
fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).chain(setting::names()).collect();
    names.sort_unstable();
    names
}

fn collations(catalog: &Catalog) -> Rows {
    let added = catalog.program_collations().iter().rev().map(|collation| collation.name());
    let names = (0..).zip(added.chain(["RTRIM", "NOCASE", "BINARY"]));
    Rows(names.map(|(number, name)| vec![Value::Integer(number), name.into()]).collect())
}

fn compile_options() -> Rows {
    Rows::list(COMPILE_OPTIONS.into_iter())
}

/// So many problems are told if nothing else is said.
const MOST_PROBLEMS: usize = 100;

fn no_such_table(schema: Option<&str>, table: &str) -> Error {
    let schema = schema.map_or(String::new(), |schema| format!("{schema}."));
    Error::sql(format!("no such table: {schema}{table}"))
}

/// Rows on their way.
struct Rows(Vec<Vec<Value>>);

impl Rows {
    const NONE: Rows = Rows(Vec::new());

    fn one(value: impl Into<Value>) -> Rows {
        Rows(vec![vec![value.into()]])
    }

    fn list<'t>(values: impl Iterator<Item = &'t str>) -> Rows {
        Rows(values.map(|value| vec![value.into()]).collect())
    }

    fn chunks(self) -> Vec<Chunk> {
        let Some(width) = self.0.first().map(Vec::len) else {
            return Vec::new();
        };
        let column =
            |position: usize| Arc::new(self.0.iter().map(|row| row[position].as_ref()).collect::<Column>());
        vec![Chunk::new((0..width).map(column).collect(), self.0.len())]
    }
}

impl Session {
    /// Runs a pragma and gives its rows.
    pub(super) fn pragma(&mut self, pragma: &Pragma) -> Result<Vec<Chunk>> {
        let name = pragma.name.name.to_ascii_lowercase();
        let schema = pragma.name.schema.as_deref();
        Ok(self.pragma_rows(&name, pragma.argument.as_deref(), schema)?.chunks())
    }

    /// The rows of a pragma by its name in lower case. `of` is the schema that was named, if it is this one.
    fn pragma_rows(&mut self, name: &str, argument: Option<&str>, of: Option<&str>) -> Result<Rows> {
        if let Some(rows) = self.setting(name, argument)? {
            return Ok(rows);
        }
        Ok(match (name, argument) {
            ("table_info" | "table_xinfo", Some(table)) => {
                self.table_info(of, table, name == "table_xinfo")?
            }
            ("table_list", _) => self.table_list(argument, of)?,
            ("index_list", Some(table)) => schema::index_list(&self.shown_view()?.catalog, table),
            ("index_info" | "index_xinfo", Some(index)) => {
                schema::index_info(&self.shown_view()?.catalog, index, name == "index_xinfo")
            }
            ("database_list", _) => self.database_list(),
            ("collation_list", _) => collations(&*self.current_catalog()?),
            ("compile_options", _) => compile_options(),
            ("pragma_list", _) => Rows::list(names().into_iter()),
            ("module_list", _) => Rows::list(self.modules.names().into_iter()),
            ("foreign_key_list", Some(table)) => {
                foreign_key::foreign_key_list(&self.shown_view()?.catalog, table)
            }
            ("foreign_key_check", _) => self.foreign_key_check(argument)?,
            ("integrity_check" | "quick_check", _) => {
                let number = argument.and_then(|argument| argument.parse::<usize>().ok());
                let table = argument.filter(|_| number.is_none());
                if let Some(table) = table
                    && self.current_catalog()?.relation(table).is_none()
                {
                    let of = if self.schema == "main" { of } else { Some(&*self.schema) };
                    return Err(no_such_table(of, table));
                }
                let limit = number.filter(|number| *number > 0).unwrap_or(MOST_PROBLEMS);
                let problems = self.check_integrity(table, limit)?;
                let lines = problems.iter().map(|problem| &*problem.line);
                Rows::list(lines.chain(problems.is_empty().then_some("ok")))
            }
            ("as_of", moment) => {
                self.pragma_as_of(moment)?.map_or(Rows::NONE, |moment| Rows::one(moment.as_str()))
            }
            ("key", Some(key)) => {
                self.check_files()?;
                self.pragma_key(key)?;
                Rows::one("ok")
            }
            ("rekey", Some(key)) => {
                self.check_files()?;
                self.pragma_rekey(key)?;
                Rows::one("ok")
            }
            ("prune_history", Some(before)) => {
                self.prune_history(before)?;
                Rows::NONE
            }
            ("case_sensitive_like", by_case) => {
                self.set_like(by_case);
                Rows::NONE
            }
            ("forget_statements", None) => {
                self.database.statements().clear();
                Rows::NONE
            }
            ("wal_checkpoint", _) => Rows(vec![vec![0.into(), (-1).into(), (-1).into()]]),
            ("page_count", _) => {
                let stats = self.database.storage().stats()?;
                let bytes = stats.allocated_bytes.or(stats.stored_bytes).unwrap_or(0);
                Rows::one(bytes.div_ceil(4096) as i64)
            }
            ("freelist_count", None) => Rows::one(0),
            ("data_version", None) => Rows::one(self.data_version()?),
            ("function_list", _) => function::function_list(&self.functions),
            _ => Rows::NONE,
        })
    }

    fn database_list(&self) -> Rows {
        let mut rows = vec![vec![Value::Integer(0), "main".into(), self.file.as_str().into()]];
        let mut number = 2;
        for other in &self.others {
            if other.name == "temp" {
                rows.insert(1, vec![Value::Integer(1), "temp".into(), "".into()]);
            } else {
                rows.push(vec![
                    Value::Integer(number),
                    other.name.as_str().into(),
                    other.file.as_str().into(),
                ]);
                number += 1;
            }
        }
        Rows(rows)
    }

    /// A number that changes whenever another session has committed.
    fn data_version(&mut self) -> Result<i64> {
        let present = self.database.engine().present()?;
        let commits = present.state().branch(self.branch).map_or(0, |record| record.commits);
        Ok(1 + commits.saturating_sub(self.own_commits) as i64)
    }
}
