//! Conditions over the columns of the families with indexes.

use super::Family;
use crate::seed::Numbers;

/// The columns that hold numbers: whole ones and others.
const COLUMNS: [(&str, bool); 4] = [("col0", true), ("col1", false), ("col3", true), ("col4", false)];

/// A condition of a query on a table. `most` is the greatest value that columns have.
pub(super) fn condition(
    family: Family,
    numbers: &mut Numbers,
    table: &str,
    most: usize,
    depth: usize,
) -> String {
    let count = 1 + numbers.below(if depth == 0 { 2 } else { 4 });
    let mut text = String::new();
    for number in 0..count {
        if number > 0 {
            text.push_str(if numbers.one_in(2) { " AND " } else { " OR " });
        }
        let part = match depth > 0 && numbers.one_in(3) {
            true => format!("({})", condition(family, numbers, table, most, depth - 1)),
            false => comparison(family, numbers, table, most, depth),
        };
        match numbers.below(3) {
            0 => text.push_str(&part),
            _ => text.push_str(&format!("({part})")),
        }
    }
    text
}

fn value(numbers: &mut Numbers, is_whole: bool, most: usize) -> String {
    let whole = numbers.below(most);
    if is_whole { whole.to_string() } else { format!("{whole}.{}", numbers.below(100)) }
}

fn comparison(family: Family, numbers: &mut Numbers, table: &str, most: usize, depth: usize) -> String {
    let (column, is_whole) = *numbers.pick(&COLUMNS);
    let between = match family {
        Family::IndexBetween => 2,
        Family::IndexIn => 12,
        _ => 6,
    };
    if numbers.one_in(between) {
        let (low, high) = (value(numbers, is_whole, most), value(numbers, is_whole, most));
        return format!("{column} BETWEEN {low} AND {high}");
    }
    if numbers.one_in(if family == Family::IndexIn { 2 } else { 8 }) {
        if depth > 0 && numbers.one_in(3) {
            let (inner, _) = *numbers.pick(&COLUMNS);
            let condition = condition(family, numbers, table, most, depth - 1);
            return format!("{column} IN (SELECT {inner} FROM {table} WHERE {condition})");
        }
        let count = 1 + numbers.below(6);
        let list: Vec<String> = (0..count).map(|_| value(numbers, is_whole, most)).collect();
        return format!("{column} IN ({})", list.join(","));
    }
    if numbers.one_in(12) {
        return format!("{column} IS NULL");
    }
    let operator = *numbers.pick(&["=", "<", "<=", ">", ">="]);
    let value = value(numbers, is_whole, most);
    if family == Family::IndexCommute && numbers.one_in(2) {
        return format!("{value} {operator} {column}");
    }
    format!("{column} {operator} {value}")
}
