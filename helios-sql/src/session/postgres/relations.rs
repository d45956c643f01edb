//! Tables, views, indexes and their columns, as rows of PostgreSQL's catalog.

use std::sync::Arc;

use helios_core::Value;

use super::objects::{
    BTREE, FIRST_CONSTRAINT, HEAP, OWNER, Objects, PG_CATALOG, Row, has_rowid_key, index_oid, integer,
    is_not_null, is_temporary, oid, quoted, rowid_key_oid, schema_of, text, truth,
};
use super::sequences::{default_of_key, shown_nextval};
use super::types::{collation_of, storage_of};
use crate::ast::ENUM_PREFIX;
use crate::catalog::{Table, TableColumn};
use crate::parse::{Identity, IdentityKind, sequence_of_default};
use crate::types::{BaseType, SqlType, enum_oid, formatted_name, length_of, modifier_of, oid_of};

impl Objects {
    pub(super) fn classes(&self) -> Vec<Row> {
        let table = |table: &Arc<Table>| {
            let is_view = table.view.is_some();
            let has_index = table.all_indexes().next().is_some() || !table.primary_key.is_empty();
            vec![
                ("oid", integer(oid(table))),
                ("relname", text(&table.name)),
                ("relnamespace", integer(schema_of(table))),
                ("reltype", integer(i64::from(enum_oid(&table.name)))),
                ("relowner", integer(OWNER)),
                ("relam", integer(if is_view { 0 } else { HEAP })),
                ("reltuples", Value::real(-1.0)),
                ("relhasindex", truth(has_index)),
                // Foreign keys are kept by triggers there, and psql asks for them only where there are some.
                ("relhasrules", truth(is_view)),
                ("relhastriggers", truth(!table.references.is_empty() || self.is_referenced(table))),
                ("relpersistence", text(if is_temporary(table) { "t" } else { "p" })),
                ("relkind", text(if is_view { "v" } else { "r" })),
                ("relnatts", integer(table.columns.len() as i64)),
                ("relchecks", integer(table.checks.len() as i64)),
                ("relispopulated", truth(true)),
                ("relreplident", text("d")),
            ]
        };
        let class = |table: &Table, name: &str, number: i64, columns: usize| {
            vec![
                ("oid", integer(number)),
                ("relname", text(name)),
                ("relnamespace", integer(schema_of(table))),
                ("relowner", integer(OWNER)),
                ("relam", integer(BTREE)),
                ("relpersistence", text(if is_temporary(table) { "t" } else { "p" })),
                ("relkind", text("i")),
                ("relnatts", integer(columns as i64)),
                ("relispopulated", truth(true)),
                ("relreplident", text("n")),
            ]
        };
        let mut rows: Vec<Row> = self.relations.iter().map(table).collect();
        for (table, index) in self.all_indexes() {
            rows.push(class(table, &self.index_name(table, index), index_oid(index), index.columns.len()));
        }
        for table in self.relations.iter().filter(|table| has_rowid_key(table)) {
            rows.push(class(table, &self.key_name(table), rowid_key_oid(table), 1));
        }
        rows.extend(self.sequence_classes());
        // The tables of the catalog that clients ask for by name.
        for (number, name) in [
            (1259, "pg_class"),
            (1247, "pg_type"),
            (1255, "pg_proc"),
            (2615, "pg_namespace"),
            (2606, "pg_constraint"),
        ] {
            rows.push(vec![
                ("oid", integer(number)),
                ("relname", text(name)),
                ("relnamespace", integer(PG_CATALOG)),
                ("relowner", integer(OWNER)),
                ("relkind", text("r")),
                ("relpersistence", text("p")),
            ]);
        }
        rows
    }

    fn is_referenced(&self, table: &Table) -> bool {
        let refers = |other: &Arc<Table>| {
            other.references.iter().any(|reference| reference.table.eq_ignore_ascii_case(&table.name))
        };
        self.relations.iter().any(refers)
    }

    pub(super) fn attributes(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for table in &self.relations {
            for (position, column) in table.columns.iter().enumerate() {
                let mut row = attribute(oid(table), position, column, is_not_null(table, position));
                if table.view.is_none() && has_rowid_key(table) && table.rowid_column == Some(position) {
                    match Identity::of(&table.sql).map(|identity| identity.kind) {
                        Some(IdentityKind::Serial) => {
                            row.retain(|(name, _)| *name != "atthasdef");
                            row.push(("atthasdef", truth(true)));
                        }
                        Some(IdentityKind::Always) => row.push(("attidentity", text("a"))),
                        Some(IdentityKind::ByDefault) | None => row.push(("attidentity", text("d"))),
                    }
                }
                rows.push(row);
            }
        }
        for (table, index) in self.all_indexes() {
            for (position, part) in index.columns.iter().enumerate() {
                let place = part.column.or(table.rowid_column);
                match place.and_then(|at| table.columns.get(at)) {
                    Some(column) => rows.push(attribute(index_oid(index), position, column, false)),
                    None => {
                        let column = TableColumn::untyped(&super::indexes::expression_name(index, position));
                        rows.push(attribute(index_oid(index), position, &column, false));
                    }
                }
            }
        }
        for table in self.relations.iter().filter(|table| has_rowid_key(table)) {
            if let Some(column) = table.rowid_column.and_then(|at| table.columns.get(at)) {
                rows.push(attribute(rowid_key_oid(table), 0, column, false));
            }
        }
        rows.extend(self.sequence_attributes());
        rows
    }

    pub(super) fn defaults(&self) -> Vec<Row> {
        let of_table = |table: &Arc<Table>| {
            let number = oid(table);
            let columns = table.columns.iter().enumerate();
            let row = move |(position, column): (usize, &TableColumn)| {
                let is_key = has_rowid_key(table) && table.rowid_column == Some(position);
                let shown = match &column.default {
                    Some((_, written)) => shown_default(column, written),
                    None => default_of_key(table).filter(|_| is_key)?,
                };
                Some(vec![
                    ("oid", integer(number + (position as i64 + 1) * FIRST_CONSTRAINT)),
                    ("adrelid", integer(number)),
                    ("adnum", integer(position as i64 + 1)),
                    ("adbin", text(&shown)),
                ])
            };
            columns.filter_map(row).collect::<Vec<Row>>()
        };
        self.relations.iter().flat_map(of_table).collect()
    }
}

/// A column of a relation.
fn attribute(relation: i64, position: usize, column: &TableColumn, not_null: bool) -> Row {
    let declared = SqlType::declared(column.told_type());
    vec![
        ("attrelid", integer(relation)),
        ("attname", text(&column.name)),
        ("atttypid", integer(i64::from(oid_of(declared)))),
        ("attlen", integer(i64::from(length_of(declared)))),
        ("attnum", integer(position as i64 + 1)),
        ("attndims", integer(i64::from(declared.is_array))),
        ("attstattarget", integer(-1)),
        ("attcacheoff", integer(-1)),
        ("atttypmod", integer(i64::from(modifier_of(&column.declared_type)))),
        ("attalign", text("i")),
        ("attstorage", text(storage_of(declared))),
        ("attcollation", integer(collation_of(declared))),
        ("attnotnull", truth(not_null)),
        ("atthasdef", truth(column.default.is_some() || column.generated.is_some())),
        ("attgenerated", text(if column.generated.is_some() { "s" } else { "" })),
        ("attislocal", truth(true)),
    ]
}

/// A default as PostgreSQL shows it: texts with their type, truth values as words.
fn shown_default(column: &TableColumn, written: &str) -> String {
    if let Some(sequence) = sequence_of_default(written) {
        return shown_nextval(&sequence);
    }
    let declared = SqlType::declared(column.told_type());
    match (declared.base, written) {
        (BaseType::Boolean, "0") => "false".to_owned(),
        (BaseType::Boolean, "1") => "true".to_owned(),
        (_, literal) if literal.starts_with('\'') => {
            let told = column.told_type().strip_prefix(ENUM_PREFIX).map(quoted);
            format!("{literal}::{}", told.unwrap_or_else(|| formatted_name(declared)))
        }
        (_, other) => other.to_owned(),
    }
}
