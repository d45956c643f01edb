//! The families with signs, arithmetic, CASE, CAST and aggregates over tables of three rows.

use super::Family;
use crate::seed::Numbers;

pub(super) fn statements(family: Family, numbers: &mut Numbers, queries: usize) -> Vec<String> {
    let mut out = Vec::with_capacity(queries + 12);
    for table in 0..3 {
        out.push(format!("CREATE TABLE tab{table}(col0 INTEGER, col1 INTEGER, col2 INTEGER)"));
    }
    for table in 0..3 {
        for _ in 0..3 {
            let (a, b, c) = (numbers.below(100), numbers.below(100), numbers.below(100));
            out.push(format!("INSERT INTO tab{table} VALUES({a},{b},{c})"));
        }
    }
    out.extend((0..queries).map(|_| match family {
        Family::RandomAggregates => aggregates(numbers),
        Family::RandomExpressions => {
            format!("SELECT {}{}", quantifier(numbers), expression(numbers, &[], 3, true))
        }
        Family::RandomGroupBy => group_by(numbers),
        _ => select(numbers),
    }));
    out
}

fn quantifier(numbers: &mut Numbers) -> &'static str {
    numbers.pick::<&str>(&["", "", "ALL ", "DISTINCT "])
}

fn signs(numbers: &mut Numbers) -> String {
    (0..numbers.below(3)).map(|_| *numbers.pick(&["- ", "+ ", "+ "])).collect()
}

/// An expression over columns; with `aggregates` also over those.
fn expression(numbers: &mut Numbers, columns: &[String], depth: usize, aggregates: bool) -> String {
    let sign = signs(numbers);
    if depth == 0 || numbers.one_in(3) {
        return match columns.is_empty() || numbers.one_in(3) {
            true => format!("{sign}{}", numbers.below(100)),
            false => format!("{sign}{}", numbers.pick(columns)),
        };
    }
    let inner = |numbers: &mut Numbers| expression(numbers, columns, depth - 1, aggregates);
    match numbers.below(if aggregates { 11 } else { 9 }) {
        0 => {
            let (when, then) = (condition(numbers, columns, 1), inner(numbers));
            format!("{sign}CASE WHEN {when} THEN {then} ELSE {} END", inner(numbers))
        }
        1 => {
            let (of, when, then) = (inner(numbers), inner(numbers), inner(numbers));
            format!("{sign}CASE {of} WHEN {when} THEN {then} END")
        }
        2 => format!("{sign}COALESCE ( {}, {} )", inner(numbers), inner(numbers)),
        3 => format!("{sign}NULLIF ( {}, {} )", inner(numbers), inner(numbers)),
        4 => format!("CAST ( {} AS {} )", inner(numbers), numbers.pick(&["INTEGER", "REAL"])),
        5 => format!("{sign}( {} )", inner(numbers)),
        9 => format!("{sign}COUNT ( * )"),
        10 => {
            let of = expression(numbers, columns, 1, false);
            let function = *numbers.pick(&["SUM", "MIN", "MAX", "AVG", "COUNT"]);
            format!("{sign}{function} ( {}{of} )", quantifier(numbers))
        }
        _ => {
            let left = inner(numbers);
            format!("{left} {} {}", numbers.pick(&["+", "-", "*", "/"]), inner(numbers))
        }
    }
}

fn condition(numbers: &mut Numbers, columns: &[String], depth: usize) -> String {
    let not = if numbers.one_in(3) { "NOT " } else { "" };
    if depth > 0 && numbers.one_in(3) {
        let left = condition(numbers, columns, depth - 1);
        let operator = *numbers.pick(&["AND", "OR"]);
        return format!("{not}( {left} ) {operator} {}", condition(numbers, columns, depth - 1));
    }
    let left = expression(numbers, columns, 1, false);
    let right = expression(numbers, columns, 1, false);
    match numbers.below(7) {
        0 => format!("{not}{left} IS NULL"),
        1 => format!("{left} IS NOT NULL"),
        2 => format!("{not}{left} BETWEEN {right} AND {}", expression(numbers, columns, 0, false)),
        3 => format!("{left} {not}IN ( {right}, {} )", expression(numbers, columns, 1, false)),
        4 => format!("{left} NOT BETWEEN NULL AND {right}"),
        _ => {
            let operator = *numbers.pick(&["<", "<=", "=", ">", ">=", "<>"]);
            format!("{not}{left} {operator} {right}")
        }
    }
}

/// FROM with one to three tables, and their columns.
fn from(numbers: &mut Numbers, most: usize) -> (String, Vec<String>) {
    let count = 1 + numbers.below(most);
    let (mut text, mut columns) = (String::new(), Vec::new());
    for number in 0..count {
        if number > 0 {
            text.push_str(numbers.pick::<&str>(&[", ", " CROSS JOIN "]));
        }
        text.push_str(&format!("tab{} AS cor{number}", numbers.below(3)));
        columns.extend((0..3).map(|column| format!("cor{number}.col{column}")));
    }
    (text, columns)
}

fn aggregates(numbers: &mut Numbers) -> String {
    let (from, columns) = from(numbers, 2);
    let bare: Vec<String> = Vec::new();
    let outputs: Vec<String> = (0..=numbers.below(2))
        .map(|number| {
            let over = if numbers.one_in(2) { &columns } else { &bare };
            let of = expression(numbers, over, 1, false);
            let function = *numbers.pick(&["SUM", "MIN", "MAX", "COUNT", "AVG"]);
            let factor = expression(numbers, &bare, 2, true);
            format!("{}{function} ( {of} ) + {factor} AS out{number}", signs(numbers))
        })
        .collect();
    let filter = match numbers.one_in(3) {
        true => format!(" WHERE {}", condition(numbers, &columns, 1)),
        false => String::new(),
    };
    format!("SELECT {}{} FROM {from}{filter}", quantifier(numbers), outputs.join(", "))
}

fn group_by(numbers: &mut Numbers) -> String {
    let (from, columns) = from(numbers, 2);
    let count = 1 + numbers.below(2);
    let keys: Vec<String> = (0..count).map(|_| numbers.pick(&columns).clone()).collect();
    let outputs: Vec<String> = (0..=numbers.below(2)).map(|_| expression(numbers, &keys, 2, true)).collect();
    let having = match numbers.one_in(2) {
        true => format!(" HAVING {}", condition(numbers, &keys, 1)),
        false => String::new(),
    };
    let filter = match numbers.one_in(2) {
        true => format!(" WHERE {}", condition(numbers, &columns, 1)),
        false => String::new(),
    };
    let (word, outputs) = (quantifier(numbers), outputs.join(", "));
    format!("SELECT {word}{outputs} FROM {from}{filter} GROUP BY {}{having}", keys.join(", "))
}

fn select(numbers: &mut Numbers) -> String {
    let (from, columns) = from(numbers, 3);
    let outputs: Vec<String> =
        (0..=numbers.below(3)).map(|_| expression(numbers, &columns, 2, false)).collect();
    let filter = match numbers.one_in(2) {
        true => format!(" WHERE {}", condition(numbers, &columns, 2)),
        false => String::new(),
    };
    format!("SELECT {}{} FROM {from}{filter}", quantifier(numbers), outputs.join(", "))
}
