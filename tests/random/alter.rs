//! ALTER TABLE, in all its forms.

use helios_testkit::seed::Numbers;

use crate::expression::Name;
use crate::schema::{Kind, Schema};
use crate::table::{column_constraints, generated_column};

/// A change of a table.
pub(crate) fn alter_table(numbers: &mut Numbers, schema: &Schema) -> String {
    let table = numbers.pick(&schema.tables);
    let column = numbers.pick(&table.columns);
    let name = &table.name;
    let word = *numbers.pick(&["COLUMN ", ""]);
    match numbers.below(8) {
        0 => format!("ALTER TABLE {name} RENAME TO t{}", numbers.below(4) + 1),
        // The new name says the same of the values.
        1 | 2 => {
            let letter = column.name.chars().next().unwrap_or('w');
            let quoted = *numbers.pick(&["", "", "\""]);
            let number = numbers.below(4) + 1;
            format!("ALTER TABLE {name} RENAME {word}{} TO {quoted}{letter}{number}{quoted}", column.name)
        }
        // Of several names in a view that mean nothing any more, SQLite tells another.
        3 | 4 if schema.views.is_empty() => format!("ALTER TABLE {name} DROP {word}{}", column.name),
        5 => {
            let names: Vec<Name> = table
                .columns
                .iter()
                .map(|column| Name { text: column.name.clone(), kind: column.kind })
                .collect();
            format!(
                "ALTER TABLE {name} ADD {word}{}",
                generated_column(numbers, schema, &names, &["", " ANY"])
            )
        }
        _ => {
            let kind = *numbers.pick(&Kind::ALL);
            let column = format!("{}{}", kind.letter(), numbers.below(4) + 1);
            let constraints = column_constraints(numbers, schema, kind, &column, false);
            format!("ALTER TABLE {name} ADD {word}{column} {}{constraints}", kind.declared())
        }
    }
}
