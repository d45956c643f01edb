//! CREATE TABLE.

use helios_testkit::seed::Numbers;

use crate::expression::{Generator, Name};
use crate::literal;
use crate::schema::{Kind, Schema};

/// A table on its way.
struct Draft {
    parts: Vec<String>,
    names: Vec<Name>,
    is_strict: bool,
}

/// CREATE TABLE of random columns and constraints.
pub(crate) fn create_table(numbers: &mut Numbers, schema: &Schema, name: &str) -> String {
    let mut draft = Draft { parts: Vec::new(), names: Vec::new(), is_strict: numbers.one_in(8) };
    match numbers.below(6) {
        0 | 1 => draft.parts.push("id INTEGER PRIMARY KEY".to_owned()),
        2 => draft.parts.push("id INTEGER PRIMARY KEY AUTOINCREMENT".to_owned()),
        _ => {}
    }
    let count = numbers.below(5) + 2;
    for number in 1..=count {
        let kind = *numbers.pick(&Kind::ALL);
        // Few different names, so that tables share some.
        let column = format!("{}{}", kind.letter(), number.div_ceil(2));
        if draft.names.iter().any(|known| known.text == column) {
            continue;
        }
        let declared = if draft.is_strict { kind.strict() } else { kind.declared() };
        let constraints = column_constraints(numbers, schema, kind, &column, true);
        draft.parts.push(format!("{column} {declared}{constraints}"));
        draft.names.push(Name { text: column, kind });
    }
    if numbers.one_in(5) {
        let types: &[&str] = if draft.is_strict { &[" ANY"] } else { &["", " TEXT", " INTEGER"] };
        draft.parts.push(generated_column(numbers, schema, &draft.names, types));
    }
    table_constraints(numbers, schema, &mut draft);
    let has_key = draft.parts.iter().any(|part| part.contains("PRIMARY KEY"));
    let is_counted = draft.parts.iter().any(|part| part.contains("AUTOINCREMENT"));
    // Which of a key and a unique index over the same columns is looked at first, is a matter of SQLite's.
    let is_lenient = draft.parts.iter().any(|part| part.contains("KEY (") && part.contains("CONFLICT"));
    let mut options = Vec::new();
    if has_key && !is_counted && !is_lenient && numbers.one_in(4) {
        options.push("WITHOUT ROWID");
    }
    if draft.is_strict {
        options.push("STRICT");
    }
    format!("CREATE TABLE {name} ({}) {}", draft.parts.join(", "), options.join(", ")).trim_end().to_owned()
}

/// A column that is calculated; its name says that it holds anything.
pub(crate) fn generated_column(
    numbers: &mut Numbers,
    schema: &Schema,
    names: &[Name],
    types: &[&str],
) -> String {
    let mut generator = Generator::new(numbers, schema);
    generator.queries = 0;
    generator.names = names.to_vec();
    let value = match generator.numbers.below(4) {
        0 => format!("{} IS NULL", names[0].text),
        1 => generator.condition(1),
        2 => generator.number(1),
        _ => generator.text(1),
    };
    let declared = *numbers.pick(types);
    let start = *numbers.pick(&["AS", "GENERATED ALWAYS AS"]);
    let kept = *numbers.pick(&["", " STORED", " VIRTUAL"]);
    format!("g1{declared} {start} ({value}){kept}")
}

fn table_constraints(numbers: &mut Numbers, schema: &Schema, draft: &mut Draft) {
    let names: Vec<&str> = draft.names.iter().map(|name| &*name.text).collect();
    let conflict = conflict_clause(numbers);
    let order = *numbers.pick(&["", "", " DESC"]);
    if !draft.parts[0].starts_with("id ") && numbers.one_in(4) {
        let key = match names.len() > 1 && numbers.one_in(2) {
            true => format!("{}{order}, {}", names[0], names[1]),
            false => format!("{}{order}", names[0]),
        };
        draft.parts.push(format!("PRIMARY KEY ({key}){conflict}"));
    } else if names.len() > 1 && numbers.one_in(4) {
        let collation = *numbers.pick(&["", "", " COLLATE nocase"]);
        draft.parts.push(format!("UNIQUE ({}{collation}, {}{order}){conflict}", names[0], names[1]));
    }
    if numbers.one_in(6) {
        let name = *numbers.pick(&["", "CONSTRAINT c1 ", "CONSTRAINT \"c 2\" "]);
        draft.parts.push(format!("{name}CHECK ({})", check(numbers, schema, &draft.names)));
    }
    if numbers.one_in(4)
        && let Some(key) = foreign_key(numbers, schema, &draft.names)
    {
        draft.parts.push(key);
    }
}

/// A condition that most rows meet.
fn check(numbers: &mut Numbers, schema: &Schema, names: &[Name]) -> String {
    let first = &names[0].text;
    if numbers.one_in(2) {
        return format!("{first} IS NULL OR typeof({first}) <> 'blob'");
    }
    let mut generator = Generator::new(numbers, schema);
    generator.queries = 0;
    generator.names = names.to_vec();
    let condition = generator.condition(1);
    format!("({condition}) IS NOT FALSE OR {first} > 2")
}

/// A foreign key of one column to a table that there is, mostly one that can be referred to.
fn foreign_key(numbers: &mut Numbers, schema: &Schema, names: &[Name]) -> Option<String> {
    let near: Vec<_> = schema.tables.iter().filter(|table| !table.name.contains('.')).collect();
    if near.is_empty() {
        return None;
    }
    let parent = *numbers.pick(&near);
    let single: Vec<&String> =
        parent.unique.iter().filter(|columns| columns.len() == 1).map(|columns| &columns[0]).collect();
    let target = match single.is_empty() {
        true => numbers.pick(&parent.columns).name.clone(),
        false => (*numbers.pick(&single)).clone(),
    };
    let kind = Kind::of_name(if target == "id" { "i" } else { &target });
    let child = names.iter().find(|name| name.kind == kind).unwrap_or(&names[0]);
    Some(format!("FOREIGN KEY ({}) {}", child.text, reference(numbers, &parent.name, &target)))
}

/// REFERENCES with all that may follow.
fn reference(numbers: &mut Numbers, table: &str, column: &str) -> String {
    let mut text = format!("REFERENCES {table} ({column})");
    for event in ["DELETE", "UPDATE"] {
        if !numbers.one_in(3) {
            let action = *numbers.pick(&["CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION"]);
            text.push_str(&format!(" ON {event} {action}"));
        }
    }
    text + *numbers.pick(&["", "", "", " DEFERRABLE INITIALLY DEFERRED", " NOT DEFERRABLE", " DEFERRABLE"])
}

fn conflict_clause(numbers: &mut Numbers) -> &'static str {
    if numbers.one_in(4) {
        return numbers.pick::<&'static str>(&[
            " ON CONFLICT IGNORE",
            " ON CONFLICT REPLACE",
            " ON CONFLICT FAIL",
            " ON CONFLICT ROLLBACK",
        ]);
    }
    ""
}

/// What stands after a column's type. A column that comes later to a table cannot be unique.
pub(crate) fn column_constraints(
    numbers: &mut Numbers,
    schema: &Schema,
    kind: Kind,
    name: &str,
    may_be_unique: bool,
) -> String {
    let mut text = String::new();
    if numbers.one_in(8) {
        text.push_str(" NOT NULL");
        text.push_str(conflict_clause(numbers));
    }
    // Which of several columns is missed first depends on whether one has NULL for its default.
    let default = default(numbers, schema, kind);
    if numbers.one_in(4) && (text.is_empty() || default != "NULL") {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if may_be_unique && numbers.one_in(8) {
        text.push_str(" UNIQUE");
        text.push_str(conflict_clause(numbers));
    }
    if kind == Kind::Integer && numbers.one_in(8) {
        text.push_str(&format!(" CHECK ({name} < 500)"));
    }
    text
}

fn default(numbers: &mut Numbers, schema: &Schema, kind: Kind) -> String {
    match numbers.below(6) {
        0 => {
            let mut generator = Generator::new(numbers, schema);
            generator.queries = 0;
            format!("({})", generator.of_kind(kind, 1))
        }
        1 => (*numbers.pick(&["TRUE", "-3", "+1.5", "'a'", "NULL", "word", "\"quoted\""])).to_owned(),
        _ => literal::of_kind(kind, numbers),
    }
}
