//! Questions about the schema.

use helios_testkit::seed::Numbers;
use helios_tests::answer::Order;

use crate::program::Statement;
use crate::schema::Schema;

/// PRAGMA, or the function of the same name.
pub(crate) fn question(numbers: &mut Numbers, schema: &Schema) -> Statement {
    let table = numbers.pick(&schema.tables).name.clone();
    let (place, near) = match table.split_once('.') {
        Some((place, near)) => (format!("{place}."), near),
        None => (String::new(), &*table),
    };
    if !schema.indexes.is_empty() && numbers.one_in(4) {
        let index = numbers.pick(&schema.indexes);
        if !index.contains('.') {
            let pragma = *numbers.pick(&["index_info", "index_xinfo"]);
            return Statement::new(format!("PRAGMA {pragma}({index})"), Order::Exact);
        }
    }
    let pragma = *numbers.pick(&["table_info", "table_xinfo", "index_list", "foreign_key_list"]);
    let (text, order) = match numbers.below(8) {
        0 => (format!("SELECT * FROM pragma_{pragma}('{near}')"), Order::Exact),
        1 => ("PRAGMA foreign_key_check".to_owned(), Order::Any),
        2 => (format!("PRAGMA {place}foreign_key_check({near})"), Order::Any),
        3 => {
            let setting =
                *numbers.pick(&["foreign_keys", "recursive_triggers", "user_version", "defer_foreign_keys"]);
            (format!("PRAGMA {setting}"), Order::Exact)
        }
        _ => (format!("PRAGMA {place}{pragma}({near})"), Order::Exact),
    };
    Statement::new(text, order)
}
