//! CREATE INDEX.

use helios_testkit::seed::Numbers;

use crate::expression::{Generator, Name};
use crate::schema::{Column, Schema, Table};

/// An index over columns and expressions, whole or partial.
pub(crate) fn create_index(numbers: &mut Numbers, schema: &Schema, name: &str) -> String {
    let table = numbers.pick(&schema.tables);
    let unique = if numbers.one_in(6) { "UNIQUE " } else { "" };
    let mut columns: Vec<String> = Vec::new();
    for _ in 0..=numbers.below(3) {
        let column = numbers.pick(&table.columns);
        if columns.iter().any(|known| known.starts_with(&column.name)) {
            continue;
        }
        let collation = match column.kind.is_text() && numbers.one_in(5) {
            true => *numbers.pick(&[" COLLATE NOCASE", " COLLATE BINARY", " COLLATE RTRIM"]),
            false => "",
        };
        let order = *numbers.pick(&["", "", " DESC"]);
        columns.push(format!("{}{collation}{order}", indexed(numbers, schema, table, column)));
    }
    let filter = match numbers.below(8) {
        0 => format!(" WHERE {} IS NOT NULL", numbers.pick(&table.columns).name),
        1 => format!(" WHERE {} > 3", numbers.pick(&table.columns).name),
        2 => format!(" WHERE {}", over(numbers, schema, table, |generator| generator.condition(1))),
        _ => String::new(),
    };
    // An index is made where its table is.
    let (place, near) = match table.name.split_once('.') {
        Some((place, near)) => (format!("{place}."), near),
        None => (String::new(), &*table.name),
    };
    format!("CREATE {unique}INDEX {place}{name} ON {near} ({}){filter}", columns.join(", "))
}

fn indexed(numbers: &mut Numbers, schema: &Schema, table: &Table, column: &Column) -> String {
    match (numbers.below(10), column.kind) {
        (0, kind) if kind.is_text() => format!("lower({})", column.name),
        (0, kind) if kind.is_number() => format!("{} + 1", column.name),
        (1, _) => format!("({})", over(numbers, schema, table, |generator| generator.number(1))),
        (2, _) => format!("({})", over(numbers, schema, table, |generator| generator.text(1))),
        _ => column.name.clone(),
    }
}

/// Something over the columns of a table, without queries.
fn over(
    numbers: &mut Numbers,
    schema: &Schema,
    table: &Table,
    make: impl FnOnce(&mut Generator<'_>) -> String,
) -> String {
    let mut generator = Generator::new(numbers, schema);
    generator.queries = 0;
    let names = table.columns.iter();
    generator.names = names.map(|column| Name { text: column.name.clone(), kind: column.kind }).collect();
    make(&mut generator)
}
