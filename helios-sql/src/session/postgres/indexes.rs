//! Indexes, as rows of PostgreSQL's catalog.

use helios_core::Value;
use helios_core::encoding::key::Order;

use super::objects::{
    Objects, Row, has_rowid_key, index_oid, integer, numbers, oid, quoted, rowid_key_oid, text, truth,
};
use super::types::{collation_of, operator_class_of};
use crate::ast::{CreateIndex, Statement};
use crate::catalog::{Index, IndexOrigin, Table};
use crate::types::SqlType;

impl Objects {
    pub(super) fn indexes(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (table, index) in self.all_indexes() {
            let columns = numbers(table, index);
            let mut row = row(index_oid(index), table, &columns);
            let options =
                index.columns.iter().map(|part| i64::from(3 * u8::from(part.order == Order::Descending)));
            let definition = Definition::of(index);
            row.extend([
                ("indisunique", truth(index.unique)),
                ("indisprimary", truth(index.origin == IndexOrigin::PrimaryKey)),
                ("indoption", text(&list(options))),
                ("indpred", definition.filter.map_or(Value::Null, |filter| text(&filter))),
            ]);
            if columns.contains(&0) {
                let written = columns.iter().zip(&definition.columns).filter(|(number, _)| **number == 0);
                let written: Vec<&str> = written.map(|(_, column)| column.as_str()).collect();
                row.push(("indexprs", text(&written.join(", "))));
            }
            rows.push(row);
        }
        for table in self.relations.iter().filter(|table| has_rowid_key(table)) {
            let position = table.rowid_column.map_or(0, |at| at as i64 + 1);
            let mut row = row(rowid_key_oid(table), table, &[position]);
            row.extend([
                ("indisunique", truth(true)),
                ("indisprimary", truth(true)),
                ("indoption", text("0")),
            ]);
            rows.push(row);
        }
        rows
    }

    /// The statements that define indexes, and what each of their columns is.
    pub(super) fn index_definitions(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (table, index) in self.all_indexes() {
            let definition = Definition::of(index);
            let column = |(place, part): (usize, &crate::catalog::IndexColumn)| {
                let named = part.column.or(table.rowid_column).filter(|at| *at < table.columns.len());
                match named {
                    Some(at) => quoted(&table.columns[at].name),
                    None => definition.columns.get(place).cloned().unwrap_or_else(|| "expr".to_owned()),
                }
            };
            let columns: Vec<String> = index.columns.iter().enumerate().map(column).collect();
            let ordered = columns.iter().zip(&index.columns).map(|(column, part)| match part.order {
                Order::Descending => format!("{column} DESC"),
                Order::Ascending => column.clone(),
            });
            let mut written =
                statement(&self.index_name(table, index), table, &ordered.collect::<Vec<_>>(), index.unique);
            if let Some(filter) = &definition.filter {
                written.push_str(&format!(" WHERE {filter}"));
            }
            rows.push(defined(index_oid(index), &written, &columns));
        }
        for table in self.relations.iter().filter(|table| has_rowid_key(table)) {
            let column = table.rowid_column.map_or(String::new(), |at| quoted(&table.columns[at].name));
            let written = statement(&self.key_name(table), table, std::slice::from_ref(&column), true);
            rows.push(defined(rowid_key_oid(table), &written, &[column]));
        }
        rows
    }

    /// What an index is called: one of a constraint by the constraint's name.
    pub(super) fn index_name(&self, table: &Table, index: &Index) -> String {
        let number = Some(index_oid(index));
        let constraints = self.constraints_of(table).into_iter();
        let name = constraints.into_iter().find(|known| known.index == number).map(|known| known.name);
        name.unwrap_or_else(|| index.name.clone())
    }

    /// What the index of a key is called that is the rowid.
    pub(super) fn key_name(&self, table: &Table) -> String {
        let number = Some(rowid_key_oid(table));
        let constraints = self.constraints_of(table).into_iter();
        let name = constraints.into_iter().find(|known| known.index == number).map(|known| known.name);
        name.unwrap_or_default()
    }
}

/// What an index was defined with, as written.
#[derive(Default)]
struct Definition {
    columns: Vec<String>,
    filter: Option<String>,
}

impl Definition {
    fn of(index: &Index) -> Definition {
        let parsed = crate::parse::parse_statement(&index.sql).ok().flatten();
        let Some(Statement::CreateIndex(create)) = parsed.map(|parsed| parsed.statement) else {
            return Definition::default();
        };
        let CreateIndex { columns, filter, .. } = &*create;
        let written = columns.iter().map(|column| column.span.of(&index.sql).trim().to_owned()).collect();
        let end = columns.last().map_or(0, |column| column.span.end);
        let rest = index.sql.get(end..).unwrap_or_default();
        let at = rest.to_ascii_lowercase().find("where").map(|at| at + 5);
        let condition =
            at.and_then(|at| rest.get(at..)).map(|text| text.trim().trim_end_matches(';').to_owned());
        Definition { columns: written, filter: condition.filter(|_| filter.is_some()) }
    }
}

/// What a column of an index is called that is an expression: by its function, if it is a call.
pub(super) fn expression_name(index: &Index, position: usize) -> String {
    let columns = Definition::of(index).columns;
    let call = columns.get(position).and_then(|text| text.split_once('('));
    let name = call.map(|(name, _)| name.trim().to_lowercase()).unwrap_or_default();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name { name } else { "expr".to_owned() }
}

fn row(number: i64, table: &Table, columns: &[i64]) -> Row {
    let declared = columns.iter().map(|number| {
        let column = usize::try_from(number - 1).ok().and_then(|at| table.columns.get(at));
        column.map(|column| SqlType::declared(column.told_type())).unwrap_or_default()
    });
    let declared: Vec<SqlType> = declared.collect();
    vec![
        ("indexrelid", integer(number)),
        ("indrelid", integer(oid(table))),
        ("indnatts", integer(columns.len() as i64)),
        ("indnkeyatts", integer(columns.len() as i64)),
        ("indimmediate", truth(true)),
        ("indisvalid", truth(true)),
        ("indisready", truth(true)),
        ("indislive", truth(true)),
        ("indkey", text(&list(columns.iter().copied()))),
        ("indcollation", text(&list(declared.iter().map(|of| collation_of(*of))))),
        ("indclass", text(&list(declared.iter().map(|of| operator_class_of(*of))))),
    ]
}

fn list(numbers: impl Iterator<Item = i64>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" ")
}

fn statement(name: &str, table: &Table, columns: &[String], unique: bool) -> String {
    let unique = if unique { "UNIQUE " } else { "" };
    let (name, table) = (quoted(name), quoted(&table.name));
    format!("CREATE {unique}INDEX {name} ON public.{table} USING btree ({})", columns.join(", "))
}

fn defined(number: i64, written: &str, columns: &[String]) -> Row {
    let columns: Vec<Value> = columns.iter().map(|column| text(column)).collect();
    let columns = crate::func::postgres::array::write(columns.iter().map(Value::as_ref));
    vec![("oid", integer(number)), ("definition", text(written)), ("columns", text(&columns))]
}
