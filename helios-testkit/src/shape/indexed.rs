//! The families with indexes: the same rows in a table without an index and in tables with some, and every question put
//! to all of them.

use super::condition::condition;
use super::{Family, shuffled};
use crate::seed::Numbers;

const TABLES: usize = 5;

pub(super) fn statements(family: Family, numbers: &mut Numbers, rows: usize, queries: usize) -> Vec<String> {
    let mut out = Vec::with_capacity(rows + queries);
    tables(numbers, rows, &mut out);
    let mut asked = 0;
    while asked < queries {
        match family {
            Family::IndexDelete => asked += delete(numbers, rows, &mut out),
            Family::IndexView => asked += view(numbers, rows, asked, &mut out),
            _ => asked += query(family, numbers, rows, &mut out),
        }
    }
    out
}

fn tables(numbers: &mut Numbers, rows: usize, out: &mut Vec<String>) {
    for table in 0..TABLES {
        out.push(format!(
            "CREATE TABLE tab{table}(pk INTEGER PRIMARY KEY, col0 INTEGER, col1 FLOAT, col2 TEXT, col3 INTEGER, \
             col4 FLOAT, col5 TEXT)"
        ));
        if table > 0 {
            for index in 0..=numbers.below(3) {
                let columns = shuffled(numbers, vec!["col0", "col1", "col3", "col4"]);
                let count = 1 + numbers.below(3);
                let columns: Vec<String> = columns[..count]
                    .iter()
                    .map(|column| format!("{column}{}", if numbers.one_in(3) { " DESC" } else { "" }))
                    .collect();
                let unique = if numbers.one_in(8) && count > 2 { "UNIQUE " } else { "" };
                out.push(format!(
                    "CREATE {unique}INDEX idx_tab{table}_{index} ON tab{table} ({})",
                    columns.join(",")
                ));
            }
        }
    }
    for row in 0..rows {
        let (a, b) = (numbers.below(rows), numbers.below(rows));
        let (c, d) = (numbers.below(rows), numbers.below(rows));
        let (letters, digits) = (numbers.below(26 * 26), numbers.below(100));
        let text = |number: usize| {
            let letter = |number: usize| char::from(b'a' + (number % 26) as u8);
            [letter(number), letter(number / 26), letter(number / 3), letter(number / 7), letter(number / 11)]
                .iter()
                .collect::<String>()
        };
        out.push(format!(
            "INSERT INTO tab0 VALUES({row},{a},{b}.{digits},'{}',{c},{d}.{},'{}')",
            text(letters),
            100 - digits,
            text(letters * 5)
        ));
    }
    (1..TABLES).for_each(|table| out.push(format!("INSERT INTO tab{table} SELECT * FROM tab0")));
}

fn query(family: Family, numbers: &mut Numbers, rows: usize, out: &mut Vec<String>) -> usize {
    let condition = condition(family, numbers, "TABLE", rows, 2);
    let (columns, order) = match family {
        Family::IndexOrderBy => {
            let columns = *numbers.pick(&["pk, col0", "pk, col1, col3", "pk, col4"]);
            let order = *numbers.pick(&["1", "1 DESC", "2,1", "2 DESC,1", "2,1 DESC", "2 DESC, 1 DESC"]);
            (columns, format!(" ORDER BY {order}"))
        }
        Family::IndexRandom => {
            let columns = *numbers.pick(&[
                "pk",
                "pk, col0",
                "*",
                "count(*)",
                "sum(col0), min(col3), max(col4)",
                "max(col0)",
                "min(col1)",
                "DISTINCT col0",
            ]);
            (columns, String::new())
        }
        _ => ("pk", String::new()),
    };
    for table in 0..TABLES {
        let table = format!("tab{table}");
        out.push(format!(
            "SELECT {columns} FROM {table} WHERE {}{order}",
            condition.replace("TABLE", &table)
        ));
    }
    TABLES
}

/// Deletes rows by a condition, looks at what is left and puts the rows back.
fn delete(numbers: &mut Numbers, rows: usize, out: &mut Vec<String>) -> usize {
    let condition = condition(Family::IndexDelete, numbers, "TABLE", rows, 1);
    for table in 1..TABLES {
        let table = format!("tab{table}");
        out.push(format!("DELETE FROM {table} WHERE {}", condition.replace("TABLE", &table)));
        out.push(format!("SELECT count(*), sum(col0), sum(pk) FROM {table}"));
        out.push(format!("SELECT pk FROM {table} WHERE col3 > {}", numbers.below(rows)));
        out.push(format!("INSERT OR IGNORE INTO {table} SELECT * FROM tab0"));
    }
    4 * (TABLES - 1)
}

fn view(numbers: &mut Numbers, rows: usize, number: usize, out: &mut Vec<String>) -> usize {
    let condition = condition(Family::IndexView, numbers, "TABLE", rows, 2);
    for table in 0..TABLES {
        let table = format!("tab{table}");
        let condition = condition.replace("TABLE", &table);
        let name = format!("view_{number}_{table}");
        out.push(format!("CREATE VIEW {name} AS SELECT pk, col0 FROM {table} WHERE {condition}"));
        out.push(format!("SELECT pk, col0 FROM {name}"));
        out.push(format!("SELECT pk FROM {name} WHERE col0 > {}", numbers.below(rows)));
        out.push(format!("DROP VIEW {name}"));
    }
    2 * TABLES
}
