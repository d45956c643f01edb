//! Changes of the schema.

use helios_testkit::seed::Numbers;

use crate::alter::alter_table;
use crate::expression::Generator;
use crate::index::create_index;
use crate::schema::Schema;
use crate::table::create_table;
use crate::trigger::create_trigger;

/// A change of the schema.
pub(crate) fn definition(numbers: &mut Numbers, schema: &Schema) -> String {
    let number = numbers.below(4) + 1;
    match numbers.below(20) {
        0 | 1 => {
            let name = table_name(numbers, schema);
            create_table(numbers, schema, &name)
        }
        2 if schema.tables.len() > 1 => format!("DROP TABLE {}", numbers.pick(&schema.tables).name),
        3 if !schema.indexes.is_empty() => format!("DROP INDEX {}", numbers.pick(&schema.indexes)),
        4 => format!("DROP INDEX IF EXISTS x{number}"),
        5 if !schema.views.is_empty() => format!("DROP VIEW {}", numbers.pick(&schema.views).0),
        5..=7 => {
            let near = schema.near();
            if near.tables.is_empty() {
                return "DROP VIEW IF EXISTS v1".to_owned();
            }
            let (query, columns) = Generator::new(numbers, &near).derived();
            let named: Vec<&str> = columns.iter().map(|(name, _)| &**name).collect();
            let list = if numbers.one_in(4) { format!(" ({})", named.join(", ")) } else { String::new() };
            format!("CREATE VIEW v{number}{list} AS {query}")
        }
        8..=10 => alter_table(numbers, schema),
        11..=13 if !schema.near().tables.is_empty() => {
            create_trigger(numbers, &schema.near(), &format!("g{number}"))
        }
        14 => format!("DROP TRIGGER IF EXISTS g{number}"),
        15 => {
            let table = numbers.pick(&schema.tables).clone();
            let name = table_name(numbers, schema);
            // SQLite reads a table without rowids in the order of whichever index is the shortest.
            format!("CREATE TABLE {name} AS SELECT * FROM {} ORDER BY {}", table.name, table.key)
        }
        _ => {
            let name = format!("x{}", numbers.below(6) + 1);
            create_index(numbers, schema, &name)
        }
    }
}

/// A name in one of the databases that there are.
pub(crate) fn table_name(numbers: &mut Numbers, schema: &Schema) -> String {
    match numbers.below(10) {
        0 => "temp.t5".to_owned(),
        1 | 2 if schema.has_second => format!("other.t{}", numbers.below(2) + 6),
        _ => format!("t{}", numbers.below(4) + 1),
    }
}
