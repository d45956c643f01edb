//! What there is, as rows of PostgreSQL's catalog.

use std::sync::Arc;

use helios_core::Value;
use helios_core::branch::User;
use helios_core::versioned::Space;

use super::super::environment::View;
use super::super::pragma::{described_relations, described_temporary};
use super::sequences::is_sequence;
use super::types::{enumeration_values, formatted_types, types};
use crate::catalog::{Enumeration, Index, Table};

/// What is known of a row, by the names of columns.
pub(super) type Row = Vec<(&'static str, Value)>;

/// The schema `public`.
pub(super) const PUBLIC: i64 = 2200;
pub(super) const PG_CATALOG: i64 = 11;
const INFORMATION_SCHEMA: i64 = 13_000;
/// The schema of temporary tables.
const TEMPORARY: i64 = 13_001;
/// The spaces of temporary tables are told as these, which no database gets to.
const FIRST_TEMPORARY: u32 = 1 << 22;
/// Who owns everything.
pub(super) const OWNER: i64 = 10;
/// Objects of users have numbers from here on.
const FIRST_OBJECT: i64 = 16_384;
/// Constraints have numbers from here on, so many for each table.
pub(super) const FIRST_CONSTRAINT: i64 = 1 << 30;
pub(super) const CONSTRAINTS_OF_TABLE: i64 = 256;
/// Views have no space of their own; they have numbers by their names, from here on.
pub(super) const FIRST_VIEW: i64 = 1 << 29;
pub(super) const HEAP: i64 = 2;
pub(super) const BTREE: i64 = 403;

/// The tables, views and users that there are.
pub(super) struct Objects {
    pub(super) relations: Vec<Arc<Table>>,
    /// With what sequences are kept as.
    pub(super) all_relations: Vec<Arc<Table>>,
    pub(super) enumerations: Vec<Enumeration>,
    /// The users, and whether they may write.
    users: Vec<(String, bool)>,
}

pub(super) fn integer(value: i64) -> Value {
    Value::Integer(value)
}

pub(super) fn truth(value: bool) -> Value {
    Value::boolean(value)
}

pub(super) fn text(value: &str) -> Value {
    Value::text(value)
}

impl Objects {
    pub(super) fn of(view: &View) -> Objects {
        let present = view.database.engine().present();
        let users = present.map(|present| {
            let state = present.state();
            let may_write = |name: &str| state.user(name).is_none_or(|kept| User::of_text(kept).may_write);
            state.users().iter().map(|&name| (name.to_owned(), may_write(name))).collect()
        });
        // A temporary table goes before one of the same name.
        let temporary = described_temporary(view);
        let temporary = temporary.iter().filter(|table| !table.is_internal()).map(apart);
        let relations: Vec<_> = temporary.chain(described_relations(view)).collect();
        let enumerations: Vec<_> = relations.iter().filter_map(|table| Enumeration::of(table)).collect();
        let all_relations: Vec<_> = relations.into_iter().filter(|table| !is_hidden(table)).collect();
        Objects {
            relations: all_relations.iter().filter(|table| !is_sequence(table)).cloned().collect(),
            all_relations,
            enumerations,
            users: users.unwrap_or_default(),
        }
    }

    pub(super) fn rows(&self, table: &str) -> Vec<Row> {
        match table {
            "pg_namespace" => {
                let mut schemas = vec![
                    (PG_CATALOG, "pg_catalog"),
                    (PUBLIC, "public"),
                    (INFORMATION_SCHEMA, "information_schema"),
                ];
                if self.relations.iter().any(|table| is_temporary(table)) {
                    schemas.push((TEMPORARY, "pg_temp_1"));
                }
                schemas
                    .into_iter()
                    .map(|(oid, name)| {
                        vec![("oid", integer(oid)), ("nspname", text(name)), ("nspowner", integer(OWNER))]
                    })
                    .collect()
            }
            "pg_class" => self.classes(),
            "pg_attribute" => self.attributes(),
            "pg_attrdef" => self.defaults(),
            "pg_type" => types(&self.enumerations, &self.relations),
            "pg_proc" => super::functions::functions(),
            "pg_opclass" => super::types::operator_classes(),
            "pg_tablespace" => [(1663, "pg_default"), (1664, "pg_global")]
                .map(|(oid, name)| {
                    vec![("oid", integer(oid)), ("spcname", text(name)), ("spcowner", integer(OWNER))]
                })
                .to_vec(),
            "pg_enum" => enumeration_values(&self.enumerations),
            "pg_index" => self.indexes(),
            "pg_sequence" => self.sequences(),
            "pg_depend" => self.dependencies(),
            "pg_constraint" => self.constraints().into_iter().map(|constraint| constraint.row()).collect(),
            "pg_description" => self.descriptions(),
            "pg_am" => [(HEAP, "heap", "t"), (BTREE, "btree", "i")]
                .map(|(oid, name, kind)| {
                    vec![("oid", integer(oid)), ("amname", text(name)), ("amtype", text(kind))]
                })
                .to_vec(),
            "helios_roles" => self.roles(),
            "pg_collation" => [(100, "default", "d", ""), (950, "C", "c", "C"), (951, "POSIX", "c", "POSIX")]
                .map(|(oid, name, provider, locale)| {
                    let locale = if locale.is_empty() { Value::Null } else { text(locale) };
                    vec![
                        ("oid", integer(oid)),
                        ("collname", text(name)),
                        ("collnamespace", integer(PG_CATALOG)),
                        ("collowner", integer(OWNER)),
                        ("collprovider", text(provider)),
                        ("collisdeterministic", truth(true)),
                        ("collencoding", integer(-1)),
                        ("collcollate", locale.clone()),
                        ("collctype", locale),
                    ]
                })
                .to_vec(),
            "helios_types" => formatted_types(&self.enumerations),
            "helios_indexes" => self.index_definitions(),
            "helios_constraints" => {
                let constraints = self.constraints().into_iter();
                constraints
                    .map(|constraint| {
                        vec![("oid", integer(constraint.oid)), ("definition", text(&constraint.definition))]
                    })
                    .collect()
            }
            "helios_definitions" => self.view_definitions(),
            _ => Vec::new(),
        }
    }

    /// Indexes with their tables, and the numbers of both.
    pub(super) fn all_indexes(&self) -> impl Iterator<Item = (&Table, &Arc<Index>)> {
        self.relations.iter().flat_map(|table| table.all_indexes().map(move |index| (&**table, index)))
    }

    fn roles(&self) -> Vec<Row> {
        let role = |(position, (name, may_write)): (usize, (&str, bool))| {
            vec![
                ("oid", integer(OWNER + position as i64)),
                ("rolname", text(name)),
                ("rolsuper", truth(may_write)),
                ("rolinherit", truth(true)),
                ("rolcreaterole", truth(may_write)),
                ("rolcreatedb", truth(may_write)),
                ("rolcanlogin", truth(true)),
                ("rolconnlimit", integer(-1)),
                ("rolpassword", text("********")),
            ]
        };
        let users = self.users.iter().map(|(name, may_write)| (name.as_str(), *may_write));
        std::iter::once(("helios", true)).chain(users).enumerate().map(role).collect()
    }

    fn view_definitions(&self) -> Vec<Row> {
        let definition = |table: &&Arc<Table>| {
            let sql = crate::parse::without_comment(&table.sql);
            let query = sql.to_ascii_lowercase().find(" as ").and_then(|at| sql.get(at + 4..));
            let written = format!(" {};", query.unwrap_or_default().trim_end_matches(';'));
            vec![("oid", integer(oid(table))), ("definition", text(&written))]
        };
        self.relations.iter().filter(|table| table.view.is_some()).map(|table| definition(&table)).collect()
    }
}

/// A temporary table with other numbers than all tables of the database.
fn apart(table: &Arc<Table>) -> Arc<Table> {
    let mut other = (**table).clone();
    let moved = |space: Space| Space(space.0 + FIRST_TEMPORARY);
    other.space = moved(other.space);
    for index in other.indexes.iter_mut().chain(&mut other.row_key) {
        let index = Arc::make_mut(index);
        index.space = moved(index.space);
    }
    Arc::new(other)
}

/// Whether a table is temporary.
pub(super) fn is_temporary(table: &Table) -> bool {
    table.space.0 >= FIRST_TEMPORARY
}

/// The schema of a table.
pub(super) fn schema_of(table: &Table) -> i64 {
    if is_temporary(table) { TEMPORARY } else { PUBLIC }
}

fn is_hidden(table: &Table) -> bool {
    table.is_internal()
        || Enumeration::of(table).is_some()
        || table.name.to_ascii_lowercase().starts_with("sqlite_")
}

/// The number of a table or a view.
pub(in crate::session) fn oid(table: &Table) -> i64 {
    if table.view.is_none() {
        let moved = if table.slot > 0 && !is_temporary(table) { FIRST_TEMPORARY } else { 0 };
        return FIRST_OBJECT + i64::from(table.space.0 + moved);
    }
    let hash = table
        .name
        .to_lowercase()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    FIRST_VIEW + i64::from(hash % (1 << 28))
}

pub(super) fn index_oid(index: &Index) -> i64 {
    FIRST_OBJECT + i64::from(index.space.0)
}

/// Whether the key is the rowid, so that there is no index of it.
pub(super) fn has_rowid_key(table: &Table) -> bool {
    table.rowid_column.is_some() && table.row_key.is_none()
}

pub(super) fn rowid_key_oid(table: &Table) -> i64 {
    FIRST_VIEW + (1 << 28) + i64::from(table.space.0)
}

/// The number of what counts the keys of a table whose key is the rowid.
pub(super) fn sequence_oid(table: &Table) -> i64 {
    rowid_key_oid(table) + (1 << 27)
}

pub(super) fn is_not_null(table: &Table, position: usize) -> bool {
    table.columns[position].not_null.is_some() || table.primary_key.contains(&position)
}

/// The numbers of an index's columns, from 1 on; 0 for an expression.
pub(super) fn numbers(table: &Table, index: &Index) -> Vec<i64> {
    let number = |part: &crate::catalog::IndexColumn| {
        let position = part.column.or(table.rowid_column).filter(|at| *at < table.columns.len());
        position.map_or(0, |at| at as i64 + 1)
    };
    index.columns.iter().map(number).collect()
}

pub(super) fn names_of(table: &Table, numbers: &[i64]) -> Vec<String> {
    let name = |number: &i64| {
        let column = usize::try_from(number - 1).ok().and_then(|at| table.columns.get(at));
        column.map_or_else(String::new, |column| column.name.to_string())
    };
    numbers.iter().map(name).collect()
}

pub(super) fn array(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

pub(in crate::session) fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}
