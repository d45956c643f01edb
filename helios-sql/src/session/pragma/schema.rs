//! Pragmas about tables and indexes.

use std::sync::Arc;

use helios_core::encoding::key::Order;
use helios_core::{Result, Value};

use super::Rows;
use super::function::{SeenSchema, seen_schemas};
use crate::ast::ConflictClause;
use crate::bind::{Binder, Environment, with_columns};
use crate::catalog::{Catalog, Index, IndexColumn, IndexOrigin, Table, TableColumn};
use crate::session::Session;
use crate::session::environment::View;

impl Session {
    /// What these pragmas are about: the schema as it was at the session's moment, if that is one of the past.
    pub(super) fn shown_view(&mut self) -> Result<View> {
        let mut view = self.current_view()?;
        if let Some(past) = &view.default_past {
            view.catalog = past.catalog.clone();
        }
        Ok(view)
    }

    /// A table, or a view with its columns; `None` if there is neither, or the view has no meaning.
    fn described(&mut self, schema: Option<&str>, name: &str) -> Result<Option<Arc<Table>>> {
        let view = self.shown_view()?;
        let Some(table) = view.relation(schema, name) else { return Ok(None) };
        if table.module.is_some() {
            return Ok(Some(Arc::new(with_columns(&table, &view.connect(&table, None)?))));
        }
        Binder::new(&view, table.sql.clone()).fired_table(&table).map(Some)
    }

    pub(super) fn table_info(&mut self, schema: Option<&str>, name: &str, extended: bool) -> Result<Rows> {
        let table = self.described(schema, name)?;
        Ok(table.map_or(Rows::NONE, |table| table_info(&table, extended)))
    }

    pub(super) fn table_list(&mut self, name: Option<&str>, of: Option<&str>) -> Result<Rows> {
        let view = self.shown_view()?;
        let mut schemas = seen_schemas(&view);
        // What is attached sees itself as `main`.
        if let Some(own) = schemas.first_mut() {
            own.name.clone_from(&self.schema);
        }
        let is_meant = |schema: &&SeenSchema| of.is_none_or(|of| schema.name.eq_ignore_ascii_case(of));
        Ok(table_list(&schemas.iter().filter(is_meant).collect::<Vec<_>>(), name))
    }
}

/// The tables and views of schemas, the newest of each schema first: `main`, `temp`, then what is attached.
pub(super) fn table_list(schemas: &[&SeenSchema], name: Option<&str>) -> Rows {
    let mut rows = Vec::new();
    let mut schemas = schemas.to_vec();
    schemas.sort_by_key(|schema| match &*schema.name {
        "main" => 0,
        "temp" => 1,
        _ => 2,
    });
    let has_temporary = schemas.iter().any(|schema| schema.name == "temp");
    for schema in schemas {
        let mut relations: Vec<&Arc<Table>> = schema.catalog.relations().collect();
        relations.reverse();
        let shadows = schema.shadows();
        for relation in relations {
            let columns = schema.described(relation).map_or(0, |table| table.columns.len());
            let kind = match (&relation.view, &relation.module) {
                (Some(_), _) => "view",
                (_, Some(_)) => "virtual",
                (None, None) if shadows.contains(&relation.name.to_ascii_lowercase()) => "shadow",
                (None, None) => "table",
            };
            let shown = match relation.is_internal() && schema.name == "temp" {
                true => TEMPORARY_SCHEMA,
                false => &relation.name,
            };
            rows.push(vec![
                schema.name.as_str().into(),
                shown.into(),
                kind.into(),
                Value::Integer(columns as i64),
                Value::boolean(relation.row_key.is_some()),
                Value::boolean(relation.strict),
            ]);
        }
        // It is there before anything else is in temp.
        if schema.name == "main" && !has_temporary {
            let words = ["temp", TEMPORARY_SCHEMA, "table"].map(Value::from);
            rows.push(words.into_iter().chain([5, 0, 0].map(Value::Integer)).collect());
        }
    }
    let is_wanted = |row: &Vec<Value>| {
        let own = row[1].as_ref().text_bytes().unwrap_or_default();
        name.is_none_or(|name| own.eq_ignore_ascii_case(name.as_bytes()))
    };
    rows.retain(is_wanted);
    Rows(rows)
}

/// What the table of the schema is called in `temp`.
const TEMPORARY_SCHEMA: &str = "sqlite_temp_schema";

/// The columns of a table.
pub(super) fn table_info(table: &Table, extended: bool) -> Rows {
    let row = |(position, column): (usize, &TableColumn)| {
        let hidden = match &column.generated {
            None => i64::from(column.is_hidden),
            Some(generated) if generated.stored => 3,
            Some(_) => 2,
        };
        if hidden > 0 && !extended {
            return None;
        }
        let key = table.primary_key.iter().position(|key| *key == position);
        let key = key.map_or(0, |place| place as i64 + 1);
        let default = column.default.as_ref().map_or(Value::Null, |(_, text)| text.as_str().into());
        let mut row = vec![
            Value::Integer(position as i64),
            (&*column.name).into(),
            (&*column.declared_type).into(),
            Value::boolean(column.not_null.is_some()),
            default,
            Value::Integer(key),
        ];
        if extended {
            row.push(Value::Integer(hidden));
        }
        Some(row)
    };
    let mut rows: Vec<_> = table.columns.iter().enumerate().filter_map(row).collect();
    // Hidden columns take no number where they are not shown.
    rows.iter_mut().zip(0..).for_each(|(row, number)| row[0] = Value::Integer(number));
    Rows(rows)
}

pub(super) fn index_list(catalog: &Catalog, name: &str) -> Rows {
    let Some(table) = catalog.table(name) else {
        return Rows::NONE;
    };
    // The newest comes first, as in SQLite; those that replace rows stand behind all others.
    let mut indexes: Vec<&Arc<Index>> = table.indexes.iter().collect();
    if let Some(key) = &table.row_key {
        let number = key.name.rsplit('_').next().and_then(|number| number.parse::<usize>().ok());
        indexes.insert(number.map_or(0, |number| number - 1).min(indexes.len()), key);
    }
    indexes.reverse();
    indexes.sort_by_key(|index| index.on_conflict == Some(ConflictClause::Replace));
    let row = |(number, index): (usize, &&Arc<Index>)| {
        let origin = match index.origin {
            IndexOrigin::Statement => "c",
            IndexOrigin::Unique => "u",
            IndexOrigin::PrimaryKey => "pk",
        };
        vec![
            Value::Integer(number as i64),
            index.name.as_str().into(),
            Value::boolean(index.unique),
            origin.into(),
            Value::boolean(index.filter.is_some()),
        ]
    };
    Rows(indexes.iter().enumerate().map(row).collect())
}

pub(super) fn index_info(catalog: &Catalog, name: &str, extended: bool) -> Rows {
    let is_key =
        |table: &&Arc<Table>| table.row_key.as_ref().is_some_and(|key| key.name.eq_ignore_ascii_case(name));
    let of_key = || catalog.tables().find(is_key).and_then(|table| Some((table, table.row_key.as_ref()?)));
    let Some((table, index)) = catalog.index(name).or_else(of_key) else {
        return Rows::NONE;
    };
    let mut rows: Vec<Vec<Value>> = Vec::with_capacity(index.columns.len() + 1);
    let mut add = |position: Option<usize>, order: Order, collation: &str, is_key: bool| {
        let name = table.name_at(position).filter(|_| position.is_some());
        let place = match position {
            None => -1,
            Some(position) if position < table.columns.len() => position as i64,
            Some(_) => -2,
        };
        let mut row = vec![
            Value::Integer(rows.len() as i64),
            Value::Integer(place),
            name.map_or(Value::Null, Value::text),
        ];
        if extended {
            row.push(Value::boolean(order == Order::Descending));
            row.push(collation.into());
            row.push(Value::boolean(is_key));
        }
        rows.push(row);
    };
    for column in &index.columns {
        add(
            column.column.or(table.rowid_column),
            column.order,
            column.written_collation.or_name_of(&column.collation),
            true,
        );
    }
    if !extended {
        return Rows(rows);
    }
    let Some(key) = &table.row_key else {
        add(None, Order::Ascending, "BINARY", false);
        return Rows(rows);
    };
    let is_new = |position: usize| !index.columns.iter().any(|column| column.column == Some(position));
    if index.space == table.space {
        for (position, column) in table.columns.iter().enumerate().filter(|(position, _)| is_new(*position)) {
            if !column.is_virtual() {
                add(
                    Some(position),
                    Order::Ascending,
                    column.written_collation.or_name_of(&column.collation),
                    false,
                );
            }
        }
    } else {
        let is_same = |one: &IndexColumn, other: &IndexColumn| {
            one.column == other.column && one.collation == other.collation
        };
        let is_new = |column: &&IndexColumn| !index.columns.iter().any(|known| is_same(known, column));
        for column in key.columns.iter().filter(is_new) {
            add(column.column, column.order, column.written_collation.or_name_of(&column.collation), false);
        }
    }
    Rows(rows)
}
