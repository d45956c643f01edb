//! What there is, as rows of PostgreSQL's catalog.

use std::sync::Arc;

use helios_core::Value;

use super::super::environment::View;
use super::super::pragma::described_relations;
use crate::ast::ReferenceAction;
use crate::catalog::{Index, IndexOrigin, Table, TableColumn};
use crate::types::{BaseType, SqlType, all_types, oid_of};

/// What is known of a row, by the names of columns.
pub(super) type Row = Vec<(&'static str, Value)>;

/// The schema `public`.
const PUBLIC: i64 = 2200;
const PG_CATALOG: i64 = 11;
const INFORMATION_SCHEMA: i64 = 13_000;
/// Who owns everything.
const OWNER: i64 = 10;
/// Objects of users have numbers from here on.
const FIRST_OBJECT: i64 = 16_384;
/// Constraints have numbers from here on, so many for each table.
const FIRST_CONSTRAINT: i64 = 1 << 30;
const CONSTRAINTS_OF_TABLE: i64 = 256;
/// Views have no space of their own; they have numbers by their names, from here on.
const FIRST_VIEW: i64 = 1 << 29;
const HEAP: i64 = 2;
const BTREE: i64 = 403;

/// The tables, views and users that there are.
pub(super) struct Objects {
    relations: Vec<Arc<Table>>,
    users: Vec<String>,
}

fn integer(value: i64) -> Value {
    Value::Integer(value)
}

fn truth(value: bool) -> Value {
    Value::boolean(value)
}

fn text(value: &str) -> Value {
    Value::text(value)
}

impl Objects {
    pub(super) fn of(view: &View) -> Objects {
        let present = view.database.engine().present();
        let users =
            present.map(|present| present.state().users().iter().map(|&name| name.to_owned()).collect());
        let relations = described_relations(view);
        Objects {
            relations: relations.into_iter().filter(|table| !is_hidden(table)).collect(),
            users: users.unwrap_or_default(),
        }
    }

    pub(super) fn rows(&self, table: &str) -> Vec<Row> {
        match table {
            "pg_namespace" => {
                [(PG_CATALOG, "pg_catalog"), (PUBLIC, "public"), (INFORMATION_SCHEMA, "information_schema")]
                    .map(|(oid, name)| {
                        vec![("oid", integer(oid)), ("nspname", text(name)), ("nspowner", integer(OWNER))]
                    })
                    .to_vec()
            }
            "pg_class" => self.classes(),
            "pg_attribute" => self.attributes(),
            "pg_attrdef" => self.defaults(),
            "pg_type" => types(),
            "pg_index" => self.indexes(),
            "pg_constraint" => self.constraints().into_iter().map(|(row, _)| row).collect(),
            "pg_am" => [(HEAP, "heap", "t"), (BTREE, "btree", "i")]
                .map(|(oid, name, kind)| {
                    vec![("oid", integer(oid)), ("amname", text(name)), ("amtype", text(kind))]
                })
                .to_vec(),
            "pg_roles" => self.roles(),
            "pg_collation" => vec![vec![
                ("oid", integer(100)),
                ("collname", text("default")),
                ("collnamespace", integer(PG_CATALOG)),
                ("collowner", integer(OWNER)),
                ("collprovider", text("d")),
                ("collisdeterministic", truth(true)),
                ("collencoding", integer(-1)),
            ]],
            "helios_types" => formatted_types(),
            "helios_indexes" => self.index_definitions(),
            "helios_constraints" => {
                let definition = |(row, definition): (Row, String)| {
                    vec![row[0].clone(), ("definition", text(&definition))]
                };
                self.constraints().into_iter().map(definition).collect()
            }
            "helios_definitions" => self.view_definitions(),
            _ => Vec::new(),
        }
    }

    /// Indexes with their tables, and the numbers of both.
    fn all_indexes(&self) -> impl Iterator<Item = (&Table, &Arc<Index>)> {
        self.relations.iter().flat_map(|table| table.all_indexes().map(move |index| (&**table, index)))
    }

    fn classes(&self) -> Vec<Row> {
        let table = |table: &Arc<Table>| {
            let is_view = table.view.is_some();
            let has_index = table.all_indexes().next().is_some() || !table.primary_key.is_empty();
            vec![
                ("oid", integer(oid(table))),
                ("relname", text(&table.name)),
                ("relnamespace", integer(PUBLIC)),
                ("relowner", integer(OWNER)),
                ("relam", integer(if is_view { 0 } else { HEAP })),
                ("reltuples", Value::real(-1.0)),
                ("relhasindex", truth(has_index)),
                ("relpersistence", text("p")),
                ("relkind", text(if is_view { "v" } else { "r" })),
                ("relnatts", integer(table.columns.len() as i64)),
                ("relchecks", integer(table.checks.len() as i64)),
                ("relispopulated", truth(true)),
                ("relreplident", text("d")),
            ]
        };
        let class = |name: &str, number: i64, columns: usize| {
            vec![
                ("oid", integer(number)),
                ("relname", text(name)),
                ("relnamespace", integer(PUBLIC)),
                ("relowner", integer(OWNER)),
                ("relam", integer(BTREE)),
                ("relpersistence", text("p")),
                ("relkind", text("i")),
                ("relnatts", integer(columns as i64)),
                ("relispopulated", truth(true)),
                ("relreplident", text("n")),
            ]
        };
        let mut rows: Vec<Row> = self.relations.iter().map(table).collect();
        for (_, index) in self.all_indexes() {
            rows.push(class(&index.name, index_oid(index), index.columns.len()));
        }
        for table in self.relations.iter().filter(|table| has_rowid_key(table)) {
            rows.push(class(&format!("{}_pkey", table.name), rowid_key_oid(table), 1));
        }
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

    fn attributes(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for table in &self.relations {
            for (position, column) in table.columns.iter().enumerate() {
                rows.push(attribute(oid(table), position, column, is_not_null(table, position)));
            }
        }
        for (table, index) in self.all_indexes() {
            for (position, part) in index.columns.iter().enumerate() {
                if let Some(column) = part.column.or(table.rowid_column).and_then(|at| table.columns.get(at))
                {
                    rows.push(attribute(index_oid(index), position, column, false));
                }
            }
        }
        for table in self.relations.iter().filter(|table| has_rowid_key(table)) {
            if let Some(column) = table.rowid_column.and_then(|at| table.columns.get(at)) {
                rows.push(attribute(rowid_key_oid(table), 0, column, false));
            }
        }
        rows
    }

    fn defaults(&self) -> Vec<Row> {
        let of_table = |table: &Arc<Table>| {
            let number = oid(table);
            let columns = table.columns.iter().enumerate();
            let row = move |(position, column): (usize, &TableColumn)| {
                let (_, written) = column.default.as_ref()?;
                Some(vec![
                    ("oid", integer(number + (position as i64 + 1) * FIRST_CONSTRAINT)),
                    ("adrelid", integer(number)),
                    ("adnum", integer(position as i64 + 1)),
                    ("adbin", text(written)),
                ])
            };
            columns.filter_map(row).collect::<Vec<Row>>()
        };
        self.relations.iter().flat_map(of_table).collect()
    }

    fn indexes(&self) -> Vec<Row> {
        let row =
            |number: i64, table: &Table, columns: &[i64], unique: bool, primary: bool, partial: bool| {
                let list =
                    |value: i64| columns.iter().map(|_| value.to_string()).collect::<Vec<_>>().join(" ");
                let key: Vec<String> = columns.iter().map(ToString::to_string).collect();
                vec![
                    ("indexrelid", integer(number)),
                    ("indrelid", integer(oid(table))),
                    ("indnatts", integer(columns.len() as i64)),
                    ("indnkeyatts", integer(columns.len() as i64)),
                    ("indisunique", truth(unique)),
                    ("indisprimary", truth(primary)),
                    ("indimmediate", truth(true)),
                    ("indisvalid", truth(true)),
                    ("indisready", truth(true)),
                    ("indislive", truth(true)),
                    ("indkey", text(&key.join(" "))),
                    ("indcollation", text(&list(0))),
                    ("indclass", text(&list(0))),
                    ("indoption", text(&list(0))),
                    ("indpred", if partial { text("partial") } else { Value::Null }),
                ]
            };
        let mut rows = Vec::new();
        for (table, index) in self.all_indexes() {
            let is_primary = index.origin == IndexOrigin::PrimaryKey;
            rows.push(row(
                index_oid(index),
                table,
                &numbers(table, index),
                index.unique,
                is_primary,
                index.filter.is_some(),
            ));
        }
        for table in self.relations.iter().filter(|table| has_rowid_key(table)) {
            let position = table.rowid_column.map_or(0, |at| at as i64 + 1);
            rows.push(row(rowid_key_oid(table), table, &[position], true, true, false));
        }
        rows
    }

    fn index_definitions(&self) -> Vec<Row> {
        let definition = |name: &str, table: &Table, columns: &[String], unique: bool, number: i64| {
            let unique = if unique { "UNIQUE " } else { "" };
            let written = format!(
                "CREATE {unique}INDEX {} ON public.{} USING btree ({})",
                quoted(name),
                quoted(&table.name),
                columns.join(", ")
            );
            vec![("oid", integer(number)), ("definition", text(&written))]
        };
        let mut rows = Vec::new();
        for (table, index) in self.all_indexes() {
            let column = |part: &crate::catalog::IndexColumn| {
                let name = table.name_at(part.column).map_or_else(|| "expr".to_owned(), quoted);
                if part.order == helios_core::encoding::key::Order::Descending {
                    name + " DESC"
                } else {
                    name
                }
            };
            let columns: Vec<String> = index.columns.iter().map(column).collect();
            rows.push(definition(&index.name, table, &columns, index.unique, index_oid(index)));
        }
        for table in self.relations.iter().filter(|table| has_rowid_key(table)) {
            let column = table.rowid_column.map_or(String::new(), |at| quoted(&table.columns[at].name));
            let name = format!("{}_pkey", table.name);
            rows.push(definition(&name, table, &[column], true, rowid_key_oid(table)));
        }
        rows
    }

    /// Constraints, each with its definition.
    fn constraints(&self) -> Vec<(Row, String)> {
        let mut found = Vec::new();
        for table in &self.relations {
            let mut number = FIRST_CONSTRAINT + oid(table) * CONSTRAINTS_OF_TABLE;
            let mut add = |name: String, kind: &str, columns: &[i64], more: Row, definition: String| {
                let mut row = vec![
                    ("oid", integer(number)),
                    ("conname", text(&name)),
                    ("connamespace", integer(PUBLIC)),
                    ("contype", text(kind)),
                    ("convalidated", truth(true)),
                    ("conrelid", integer(oid(table))),
                    ("conislocal", truth(true)),
                    ("connoinherit", truth(true)),
                    ("conkey", text(&array(columns))),
                    ("confupdtype", text(" ")),
                    ("confdeltype", text(" ")),
                    ("confmatchtype", text(" ")),
                ];
                row.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
                row.extend(more);
                found.push((row, definition));
                number += 1;
            };
            if has_rowid_key(table) {
                let at = table.rowid_column.unwrap_or_default();
                let definition = format!("PRIMARY KEY ({})", quoted(&table.columns[at].name));
                let index = vec![("conindid", integer(rowid_key_oid(table)))];
                add(format!("{}_pkey", table.name), "p", &[at as i64 + 1], index, definition);
            }
            for index in table.all_indexes() {
                let (kind, words, suffix) = match index.origin {
                    IndexOrigin::PrimaryKey => ("p", "PRIMARY KEY", "pkey"),
                    IndexOrigin::Unique => ("u", "UNIQUE", "key"),
                    _ => continue,
                };
                let columns = numbers(table, index);
                let names = names_of(table, &columns);
                let name = match kind {
                    "p" => format!("{}_{suffix}", table.name),
                    _ => format!("{}_{}_{suffix}", table.name, names.join("_")),
                };
                let written: Vec<String> = names.iter().map(|name| quoted(name)).collect();
                let more = vec![("conindid", integer(index_oid(index)))];
                add(name, kind, &columns, more, format!("{words} ({})", written.join(", ")));
            }
            for (position, check) in table.checks.iter().enumerate() {
                let name = format!(
                    "{}_check{}",
                    table.name,
                    if position == 0 { String::new() } else { position.to_string() }
                );
                let more = vec![("conbin", text(&check.label))];
                add(name, "c", &[], more, format!("CHECK ({})", check.label));
            }
            for reference in &table.references {
                let columns: Vec<i64> = reference.columns.iter().map(|at| *at as i64 + 1).collect();
                let Some(parent) =
                    self.relations.iter().find(|other| other.name.eq_ignore_ascii_case(&reference.table))
                else {
                    continue;
                };
                let targets: Vec<i64> = match reference.targets.is_empty() {
                    true => parent.primary_key.iter().map(|at| *at as i64 + 1).collect(),
                    false => {
                        let place = |name: &String| parent.column(name).map_or(0, |at| at as i64 + 1);
                        reference.targets.iter().map(place).collect()
                    }
                };
                let names = names_of(table, &columns);
                let quoted_all =
                    |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
                let definition = format!(
                    "FOREIGN KEY ({}) REFERENCES {}({}){}{}",
                    quoted_all(&names),
                    quoted(&parent.name),
                    quoted_all(&names_of(parent, &targets)),
                    action(" ON UPDATE ", reference.on_update),
                    action(" ON DELETE ", reference.on_delete),
                );
                let more = vec![
                    ("confrelid", integer(oid(parent))),
                    ("confkey", text(&array(&targets))),
                    ("confupdtype", text(letter(reference.on_update))),
                    ("confdeltype", text(letter(reference.on_delete))),
                    ("confmatchtype", text("s")),
                ];
                add(format!("{}_{}_fkey", table.name, names.join("_")), "f", &columns, more, definition);
            }
        }
        found
    }

    fn roles(&self) -> Vec<Row> {
        let role = |(position, name): (usize, &str)| {
            vec![
                ("oid", integer(OWNER + position as i64)),
                ("rolname", text(name)),
                ("rolsuper", truth(true)),
                ("rolinherit", truth(true)),
                ("rolcreaterole", truth(true)),
                ("rolcreatedb", truth(false)),
                ("rolcanlogin", truth(true)),
                ("rolconnlimit", integer(-1)),
                ("rolpassword", text("********")),
            ]
        };
        std::iter::once("helios").chain(self.users.iter().map(String::as_str)).enumerate().map(role).collect()
    }

    fn view_definitions(&self) -> Vec<Row> {
        let definition = |table: &&Arc<Table>| {
            let query =
                table.sql.split_once(" AS ").or_else(|| table.sql.split_once(" as ")).map(|(_, query)| query);
            let written = format!(" {};", query.unwrap_or_default().trim_end_matches(';'));
            vec![("oid", integer(oid(table))), ("definition", text(&written))]
        };
        self.relations.iter().filter(|table| table.view.is_some()).map(|table| definition(&table)).collect()
    }
}

fn is_hidden(table: &Table) -> bool {
    table.is_internal() || table.name.to_ascii_lowercase().starts_with("sqlite_")
}

/// The number of a table or a view.
fn oid(table: &Table) -> i64 {
    if table.view.is_none() {
        return FIRST_OBJECT + i64::from(table.space.0);
    }
    let hash = table
        .name
        .to_lowercase()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    FIRST_VIEW + i64::from(hash % (1 << 28))
}

fn index_oid(index: &Index) -> i64 {
    FIRST_OBJECT + i64::from(index.space.0)
}

/// Whether the key is the rowid, so that there is no index of it.
fn has_rowid_key(table: &Table) -> bool {
    table.rowid_column.is_some() && table.row_key.is_none()
}

fn rowid_key_oid(table: &Table) -> i64 {
    FIRST_VIEW + (1 << 28) + i64::from(table.space.0)
}

fn is_not_null(table: &Table, position: usize) -> bool {
    table.columns[position].not_null.is_some() || table.primary_key.contains(&position)
}

/// The numbers of an index's columns, from 1 on; 0 for an expression.
fn numbers(table: &Table, index: &Index) -> Vec<i64> {
    let number = |part: &crate::catalog::IndexColumn| {
        let position = part.column.or(table.rowid_column).filter(|at| *at < table.columns.len());
        position.map_or(0, |at| at as i64 + 1)
    };
    index.columns.iter().map(number).collect()
}

fn names_of(table: &Table, numbers: &[i64]) -> Vec<String> {
    let name = |number: &i64| {
        let column = usize::try_from(number - 1).ok().and_then(|at| table.columns.get(at));
        column.map_or_else(String::new, |column| column.name.to_string())
    };
    numbers.iter().map(name).collect()
}

fn array(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn letter(action: ReferenceAction) -> &'static str {
    match action {
        ReferenceAction::NoAction => "a",
        ReferenceAction::Restrict => "r",
        ReferenceAction::Cascade => "c",
        ReferenceAction::SetNull => "n",
        ReferenceAction::SetDefault => "d",
    }
}

fn action(words: &str, action: ReferenceAction) -> String {
    let what = match action {
        ReferenceAction::NoAction => return String::new(),
        ReferenceAction::Restrict => "RESTRICT",
        ReferenceAction::Cascade => "CASCADE",
        ReferenceAction::SetNull => "SET NULL",
        ReferenceAction::SetDefault => "SET DEFAULT",
    };
    format!("{words}{what}")
}

/// A column of a relation.
fn attribute(relation: i64, position: usize, column: &TableColumn, not_null: bool) -> Row {
    let declared = SqlType::declared(&column.declared_type);
    vec![
        ("attrelid", integer(relation)),
        ("attname", text(&column.name)),
        ("atttypid", integer(i64::from(oid_of(declared)))),
        ("attlen", integer(i64::from(crate::types::length_of(declared)))),
        ("attnum", integer(position as i64 + 1)),
        ("attndims", integer(i64::from(declared.is_array))),
        ("attcacheoff", integer(-1)),
        ("atttypmod", integer(modifier(declared, &column.declared_type))),
        ("attalign", text("i")),
        ("attstorage", text("p")),
        ("attnotnull", truth(not_null)),
        ("atthasdef", truth(column.default.is_some())),
        ("attgenerated", text(if column.generated.is_some() { "s" } else { "" })),
        ("attislocal", truth(true)),
    ]
}

/// What a length or a precision is in the catalog; -1 for none.
fn modifier(declared: SqlType, written: &str) -> i64 {
    let inside = written.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    let Some(inside) = inside else { return -1 };
    let mut numbers = inside.split(',').map(|number| number.trim().parse::<i64>().unwrap_or(0));
    let (first, second) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    match declared.base {
        BaseType::Varchar | BaseType::Character => first + 4,
        BaseType::Numeric => (first << 16 | second) + 4,
        BaseType::Vector => first,
        _ => -1,
    }
}

fn types() -> Vec<Row> {
    let category = |base: BaseType| match base {
        BaseType::Boolean => "B",
        BaseType::Date | BaseType::Time | BaseType::Timestamp | BaseType::TimestampTz => "D",
        BaseType::Interval => "T",
        BaseType::Text | BaseType::Varchar | BaseType::Character | BaseType::Name => "S",
        BaseType::BigInt
        | BaseType::Integer
        | BaseType::SmallInt
        | BaseType::Numeric
        | BaseType::Real
        | BaseType::Double
        | BaseType::Oid => "N",
        _ => "U",
    };
    let row = |oid: u32, name: String, length: i16, element: u32, array: u32, category: &str| {
        vec![
            ("oid", integer(i64::from(oid))),
            ("typname", text(&name)),
            ("typnamespace", integer(PG_CATALOG)),
            ("typowner", integer(OWNER)),
            ("typlen", integer(i64::from(length))),
            ("typtype", text("b")),
            ("typcategory", text(category)),
            ("typisdefined", truth(true)),
            ("typdelim", text(",")),
            ("typelem", integer(i64::from(element))),
            ("typarray", integer(i64::from(array))),
            ("typalign", text("i")),
            ("typstorage", text("p")),
            ("typtypmod", integer(-1)),
        ]
    };
    let both = |(sql_type, oid, array, length): (SqlType, u32, u32, i16)| {
        let name = sql_type.catalog_name();
        [
            row(oid, name.to_owned(), length, 0, array, category(sql_type.base)),
            row(array, format!("_{name}"), -1, oid, 0, "A"),
        ]
    };
    all_types().flat_map(both).collect()
}

/// Types with the names that `format_type` gives.
fn formatted_types() -> Vec<Row> {
    let both = |(sql_type, oid, array, _): (SqlType, u32, u32, i16)| {
        let name = match sql_type.base {
            BaseType::Boolean => "boolean",
            BaseType::SmallInt => "smallint",
            BaseType::Integer => "integer",
            BaseType::BigInt => "bigint",
            BaseType::Real => "real",
            BaseType::Double => "double precision",
            BaseType::Varchar => "character varying",
            BaseType::Character => "character",
            BaseType::Char => "\"char\"",
            BaseType::Time => "time without time zone",
            BaseType::Timestamp => "timestamp without time zone",
            BaseType::TimestampTz => "timestamp with time zone",
            _ => sql_type.catalog_name(),
        };
        let row = |oid: u32, name: &str| vec![("oid", integer(i64::from(oid))), ("formatted", text(name))];
        [row(oid, name), row(array, &format!("{name}[]"))]
    };
    all_types().flat_map(both).collect()
}
