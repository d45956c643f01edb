//! CREATE TRIGGER. The statements of a trigger change only tables that come later by name, so that what triggers set off
//! ends; those that call themselves count down.

use helios_testkit::seed::Numbers;

use crate::expression::{Generator, Name};
use crate::literal;
use crate::schema::{Column, Kind, Schema, Table};

/// A trigger on a table or a view.
pub(crate) fn create_trigger(numbers: &mut Numbers, schema: &Schema, name: &str) -> String {
    if !schema.views.is_empty() && numbers.one_in(4) {
        return on_view(numbers, schema, name);
    }
    let table = numbers.pick(&schema.tables).clone();
    if numbers.one_in(12)
        && let Some(text) = counting_down(numbers, name, &table)
    {
        return text;
    }
    let temporary = if table.name.starts_with("temp.") { "TEMP " } else { "" };
    let moment = *numbers.pick(&["BEFORE", "AFTER", "AFTER", ""]);
    let event = *numbers.pick(&["INSERT", "UPDATE", "DELETE"]);
    let columns = match event == "UPDATE" && numbers.one_in(3) {
        true => format!(" OF {}", numbers.pick(&table.columns).name),
        false => String::new(),
    };
    let each = *numbers.pick(&["", " FOR EACH ROW"]);
    // Before an UPDATE, SQLite computes generated columns without the columns that the trigger does not mention.
    let is_known = |column: &&Column| !column.is_generated || event != "UPDATE" || moment == "AFTER";
    let columns_known = table.columns.iter().filter(is_known);
    let names = changed(event, columns_known.map(|column| (&*column.name, column.kind)));
    let when = match numbers.one_in(3) {
        true => format!(" WHEN {}", condition(numbers, schema, &names)),
        false => String::new(),
    };
    let later: Vec<&Table> =
        schema.tables.iter().filter(|other| other.name > table.name && !other.name.contains('.')).collect();
    let body = body(numbers, schema, &names, &later);
    let (place, near) = match table.name.split_once('.') {
        Some((place, near)) if temporary.is_empty() => (format!("{place}."), near.to_owned()),
        _ => (String::new(), table.name.clone()),
    };
    format!(
        "CREATE {temporary}TRIGGER {place}{name} {moment} {event}{columns} ON {near}{each}{when} BEGIN {body} END"
    )
}

fn on_view(numbers: &mut Numbers, schema: &Schema, name: &str) -> String {
    let (view, columns) = numbers.pick(&schema.views).clone();
    let event = *numbers.pick(&["INSERT", "UPDATE", "DELETE"]);
    let names = changed(event, columns.iter().map(|(name, kind)| (&**name, *kind)));
    let targets: Vec<&Table> = schema.tables.iter().filter(|table| !table.name.contains('.')).collect();
    let body = body(numbers, schema, &names, &targets);
    format!("CREATE TRIGGER {name} INSTEAD OF {event} ON {view} BEGIN {body} END")
}

/// `new` and `old`, as an event has them.
fn changed<'a>(event: &str, columns: impl Iterator<Item = (&'a str, Kind)>) -> Vec<Name> {
    let mut names = Vec::new();
    for (column, kind) in columns {
        if event != "DELETE" {
            names.push(Name { text: format!("new.{column}"), kind });
        }
        if event != "INSERT" {
            names.push(Name { text: format!("old.{column}"), kind });
        }
    }
    names
}

fn condition(numbers: &mut Numbers, schema: &Schema, names: &[Name]) -> String {
    let mut generator = Generator::new(numbers, schema);
    generator.queries = 0;
    generator.names = names.to_vec();
    generator.condition(1)
}

fn body(numbers: &mut Numbers, schema: &Schema, names: &[Name], targets: &[&Table]) -> String {
    let count = numbers.below(3) + 1;
    let statements = (0..count).map(|_| {
        let mut generator = Generator::new(numbers, schema);
        generator.queries = 1;
        generator.names = names.to_vec();
        let statement = match targets {
            [] => generator.raise(),
            _ => {
                let target = *generator.numbers.pick(targets);
                generator.triggered(target, names)
            }
        };
        format!("{statement};")
    });
    statements.collect::<Vec<_>>().join(" ")
}

/// A trigger that inserts into its own table until a number is too small.
fn counting_down(numbers: &mut Numbers, name: &str, table: &Table) -> Option<String> {
    let column = table.columns.iter().find(|column| column.kind == Kind::Integer && !column.is_rowid)?;
    let (column, table) = (&column.name, &table.name);
    if table.contains('.') {
        return None;
    }
    let end = numbers.below(5) + 1;
    Some(format!(
        "CREATE TRIGGER {name} AFTER INSERT ON {table} WHEN new.{column} BETWEEN 1 AND {end} BEGIN INSERT INTO \
         {table} ({column}) VALUES (new.{column} - 1); END"
    ))
}

impl Generator<'_> {
    fn raise(&mut self) -> String {
        let action = self.pick(&["IGNORE", "ABORT, 'no'", "FAIL, 'it''s'", "ROLLBACK, 'back'", "ABORT, ''"]);
        let condition = self.condition(1);
        match self.numbers.below(3) {
            0 => format!("SELECT CASE WHEN {condition} THEN RAISE({action}) END"),
            1 => format!("SELECT {}", self.number(1)),
            _ => format!("SELECT RAISE({action}) WHERE {condition} AND {} > 5", self.number(0)),
        }
    }

    /// A statement of a trigger.
    fn triggered(&mut self, target: &Table, names: &[Name]) -> String {
        match self.numbers.below(8) {
            0 => self.raise(),
            1 => format!("DELETE FROM {} WHERE {}", target.name, self.triggered_condition(target, names)),
            2 | 3 => {
                let column = self.numbers.pick(&target.columns).clone();
                let value = self.of_kind(column.kind, 1);
                let condition = self.triggered_condition(target, names);
                format!("UPDATE {} SET {} = {value} WHERE {condition}", target.name, column.name)
            }
            _ => {
                let verb = self.pick(&["INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE", "REPLACE"]);
                let columns: Vec<_> =
                    target.columns.iter().filter(|column| !column.is_rowid && !column.is_generated).collect();
                if columns.is_empty() {
                    return format!("{verb} INTO {} DEFAULT VALUES", target.name);
                }
                let listed: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
                let values: Vec<String> =
                    columns.iter().map(|column| self.triggered_value(column.kind)).collect();
                let (listed, values) = (listed.join(", "), values.join(", "));
                match self.numbers.below(4) {
                    0 => format!(
                        "{verb} INTO {} ({listed}) SELECT {values} WHERE {}",
                        target.name,
                        self.condition(1)
                    ),
                    _ => format!("{verb} INTO {} ({listed}) VALUES ({values})", target.name),
                }
            }
        }
    }

    fn triggered_value(&mut self, kind: Kind) -> String {
        match self.column(|other| other == kind) {
            Some(name) if !self.one_in(3) => name.text,
            _ if self.one_in(3) => self.of_kind(kind, 1),
            _ => literal::of_kind(kind, self.numbers),
        }
    }

    fn triggered_condition(&mut self, target: &Table, names: &[Name]) -> String {
        let column = self.numbers.pick(&target.columns).clone();
        let fitting: Vec<&Name> = names.iter().filter(|name| name.kind == column.kind).collect();
        match fitting.is_empty() {
            true => format!("{} = {}", column.name, literal::of_kind(column.kind, self.numbers)),
            false => format!("{} = {}", column.name, self.numbers.pick(&fitting).text),
        }
    }
}
