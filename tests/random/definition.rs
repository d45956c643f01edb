//! CREATE and DROP of tables and indexes; transactions.

use helios_testkit::seed::Numbers;

use crate::expression::Generator;
use crate::literal;
use crate::schema::{Kind, Schema};

/// CREATE TABLE of random columns and constraints.
pub(crate) fn create_table(numbers: &mut Numbers, name: &str) -> String {
    let mut parts = Vec::new();
    match numbers.below(6) {
        0 | 1 => parts.push("id INTEGER PRIMARY KEY".to_owned()),
        2 => parts.push("id INTEGER PRIMARY KEY AUTOINCREMENT".to_owned()),
        _ => {}
    }
    let count = numbers.below(5) + 2;
    let mut names = Vec::new();
    for number in 1..=count {
        let kind = *numbers.pick(&Kind::ALL);
        // Few different names, so that tables share some.
        let column = format!("{}{}", kind.letter(), number.div_ceil(2));
        if names.contains(&column) {
            continue;
        }
        let constraints = column_constraints(numbers, kind, &column);
        parts.push(format!("{column} {}{constraints}", kind.declared()));
        names.push(column);
    }
    if numbers.one_in(6) {
        let stored = if numbers.one_in(2) { " STORED" } else { "" };
        parts.push(format!("g1 AS ({} IS NULL){stored}", names[0]));
    }
    let conflict = conflict_clause(numbers);
    if names.len() > 1 && numbers.one_in(4) {
        parts.push(format!("UNIQUE ({}, {}){conflict}", names[0], names[1]));
    } else if !parts[0].starts_with("id ") && numbers.one_in(5) {
        parts.push(format!("PRIMARY KEY ({}){conflict}", names[0]));
    }
    if numbers.one_in(8) {
        parts.push(format!("CHECK ({} IS NULL OR typeof({}) <> 'blob')", names[0], names[0]));
    }
    let has_key = parts.iter().any(|part| part.contains("PRIMARY KEY"));
    let is_counted = parts.iter().any(|part| part.contains("AUTOINCREMENT"));
    let kind = if has_key && !is_counted && numbers.one_in(4) { " WITHOUT ROWID" } else { "" };
    format!("CREATE TABLE {name} ({}){kind}", parts.join(", "))
}

fn conflict_clause(numbers: &mut Numbers) -> &'static str {
    if numbers.one_in(4) {
        return numbers.pick::<&'static str>(&[
            " ON CONFLICT IGNORE",
            " ON CONFLICT REPLACE",
            " ON CONFLICT FAIL",
        ]);
    }
    ""
}

fn column_constraints(numbers: &mut Numbers, kind: Kind, name: &str) -> String {
    let mut text = String::new();
    if numbers.one_in(8) {
        text.push_str(" NOT NULL");
        text.push_str(conflict_clause(numbers));
    }
    if numbers.one_in(4) {
        text.push_str(&format!(" DEFAULT {}", literal::of_kind(kind, numbers)));
    }
    if numbers.one_in(8) {
        text.push_str(" UNIQUE");
        text.push_str(conflict_clause(numbers));
    }
    if kind == Kind::Integer && numbers.one_in(8) {
        text.push_str(&format!(" CHECK ({name} < 500)"));
    }
    text
}

fn create_index(numbers: &mut Numbers, schema: &Schema, name: &str) -> String {
    let table = numbers.pick(&schema.tables);
    let unique = if numbers.one_in(6) { "UNIQUE " } else { "" };
    let mut columns: Vec<String> = Vec::new();
    for _ in 0..=numbers.below(3) {
        let column = numbers.pick(&table.columns);
        if columns.iter().any(|known| known.starts_with(&column.name)) {
            continue;
        }
        let collation = match column.kind.is_text() && numbers.one_in(5) {
            true => *numbers.pick(&[" COLLATE nocase", " COLLATE binary", " COLLATE rtrim"]),
            false => "",
        };
        let order = *numbers.pick(&["", "", " DESC"]);
        let part = match (numbers.below(8), column.kind) {
            (0, kind) if kind.is_text() => format!("lower({})", column.name),
            (0, kind) if kind.is_number() => format!("{} + 1", column.name),
            _ => column.name.clone(),
        };
        columns.push(format!("{part}{collation}{order}"));
    }
    let filter = match numbers.below(6) {
        0 => format!(" WHERE {} IS NOT NULL", numbers.pick(&table.columns).name),
        1 => format!(" WHERE {} > 3", numbers.pick(&table.columns).name),
        _ => String::new(),
    };
    format!("CREATE {unique}INDEX {name} ON {} ({}){filter}", table.name, columns.join(", "))
}

/// A change of the schema.
pub(crate) fn definition(numbers: &mut Numbers, schema: &Schema) -> String {
    let number = numbers.below(4) + 1;
    match numbers.below(10) {
        0 | 1 => create_table(numbers, &format!("t{number}")),
        2 if schema.tables.len() > 1 => format!("DROP TABLE {}", numbers.pick(&schema.tables).name),
        3 if !schema.indexes.is_empty() => format!("DROP INDEX {}", numbers.pick(&schema.indexes)),
        4 => format!("DROP INDEX IF EXISTS x{number}"),
        5 if !schema.views.is_empty() => format!("DROP VIEW {}", numbers.pick(&schema.views).0),
        5 | 6 => {
            let (query, _) = Generator::new(numbers, schema).derived();
            format!("CREATE VIEW v{number} AS {query}")
        }
        _ => {
            let name = format!("x{}", numbers.below(6) + 1);
            create_index(numbers, schema, &name)
        }
    }
}

/// Control of a transaction. `is_open` says whether there is one.
pub(crate) fn control(numbers: &mut Numbers, is_open: bool) -> String {
    let name = *numbers.pick(&["s1", "s2", "S1"]);
    let texts: &[&str] = if is_open {
        &[
            "COMMIT",
            "COMMIT",
            "ROLLBACK",
            "BEGIN",
            "SAVEPOINT",
            "SAVEPOINT",
            "RELEASE",
            "ROLLBACK TO",
            "ROLLBACK TO",
        ]
    } else {
        &[
            "BEGIN",
            "BEGIN",
            "BEGIN IMMEDIATE",
            "SAVEPOINT",
            "COMMIT",
            "ROLLBACK TO",
            "BEGIN",
            "BEGIN EXCLUSIVE",
        ]
    };
    let text = *numbers.pick(texts);
    if text.starts_with("SAVE") || text.starts_with("RELEASE") || text.ends_with("TO") {
        return format!("{text} {name}");
    }
    text.to_owned()
}
