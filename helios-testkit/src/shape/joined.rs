//! Joins of many tables by a chain of equalities, with the tables and the conditions in any order.

use super::shuffled;
use crate::seed::Numbers;

const TABLES: usize = 64;
const ROWS: usize = 10;

pub(super) fn statements(numbers: &mut Numbers, queries: usize) -> Vec<String> {
    let mut out = Vec::new();
    for table in 1..=TABLES {
        out.push(format!(
            "CREATE TABLE t{table}(a{table} INTEGER PRIMARY KEY, b{table} INTEGER, x{table} VARCHAR(40))"
        ));
        let keys = shuffled(numbers, (1..=ROWS).collect::<Vec<usize>>());
        let others = shuffled(numbers, (1..=ROWS).collect::<Vec<usize>>());
        for (key, other) in keys.iter().zip(others) {
            out.push(format!("INSERT INTO t{table} VALUES({key},{other},'table tn{table} row {key}')"));
        }
    }
    // From small joins to one of all tables, also where there are few.
    out.extend((0..queries).map(|number| join(numbers, 4 + (number * 7) % (TABLES - 3))));
    out
}

fn join(numbers: &mut Numbers, count: usize) -> String {
    let tables = shuffled(numbers, (1..=TABLES).collect::<Vec<usize>>());
    let tables = &tables[..count];
    let mut conditions: Vec<String> = tables
        .windows(2)
        .map(|pair| match numbers.below(4) {
            0 => format!("a{}=b{}", pair[0], pair[1]),
            1 => format!("b{}=a{}", pair[1], pair[0]),
            2 => format!("b{}=a{}", pair[0], pair[1]),
            _ => format!("a{}=b{}", pair[1], pair[0]),
        })
        .collect();
    let key = 1 + numbers.below(ROWS);
    let fixed = *numbers.pick(tables);
    conditions.push(match numbers.one_in(2) {
        true => format!("{key}={}{fixed}", numbers.pick(&["a", "b"])),
        false => format!("{}{fixed}={key}", numbers.pick(&["a", "b"])),
    });
    let conditions = shuffled(numbers, conditions);
    let outputs: Vec<String> = tables.iter().map(|table| format!("x{table}")).collect();
    let names: Vec<String> = tables.iter().map(|table| format!("t{table}")).collect();
    let (outputs, names) = (shuffled(numbers, outputs), shuffled(numbers, names));
    format!(
        "SELECT {}\n  FROM {}\n WHERE {}",
        outputs.join(","),
        names.join(","),
        conditions.join("\n   AND ")
    )
}
