//! Window functions over one table: all functions, all frames, EXCLUDE, FILTER, named windows.
//!
//! Where a function's value depends on the order of equal rows, the window is ordered by the table's key as well.

use helios_tests::answer::Order;

use crate::expression::{Generator, Name};
use crate::literal;
use crate::program::Statement;
use crate::schema::{Kind, Table};

const UNITS: &[&str] = &["ROWS", "RANGE", "GROUPS"];

const EXCLUSIONS: &[&str] =
    &["", "", "", " EXCLUDE NO OTHERS", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"];

impl Generator<'_> {
    /// SELECT of some window functions for the rows of a table.
    pub(crate) fn windowed(&mut self) -> Statement {
        let table = self.table();
        self.queries = 0;
        self.names = columns_of(&table);
        let mut outputs = vec![table.key.clone()];
        let mut windows = Vec::new();
        for number in 0..=self.numbers.below(3) {
            let is_total = !self.one_in(3);
            let function = if is_total { self.any_function() } else { self.function_of_peers() };
            let window = self.window_definition(&table, is_total);
            let over = match self.numbers.below(4) {
                0 => {
                    let name = format!("w{number}");
                    windows.push(format!("{name} AS ({window})"));
                    if window.contains(" BETWEEN ") || self.one_in(2) { name } else { format!("({name})") }
                }
                _ => format!("({window})"),
            };
            outputs.push(format!("{function} OVER {over} AS o{number}"));
        }
        let filter = if self.one_in(3) { format!(" WHERE {}", self.condition(1)) } else { String::new() };
        let named = match windows.is_empty() {
            true => String::new(),
            false => format!(" WINDOW {}", windows.join(", ")),
        };
        let text = format!(
            "SELECT {} FROM {} NOT INDEXED{filter}{named} ORDER BY {}",
            outputs.join(", "),
            table.name,
            table.key
        );
        Statement::new(text, Order::Exact)
    }

    fn any_function(&mut self) -> String {
        let value = self.leaf();
        match self.numbers.below(12) {
            0 => "row_number()".to_owned(),
            1 => format!("ntile({})", self.numbers.below(4) + 1),
            2 | 3 => {
                let name = self.pick(&["lag", "lead"]);
                match self.numbers.below(3) {
                    0 => format!("{name}({value})"),
                    1 => format!("{name}({value}, {})", self.numbers.below(3)),
                    _ => format!(
                        "{name}({value}, {}, {})",
                        self.numbers.below(3),
                        literal::integer(self.numbers)
                    ),
                }
            }
            4 | 5 => format!("{}({value})", self.pick(&["first_value", "last_value"])),
            6 => format!("nth_value({value}, {})", self.numbers.below(3) + 1),
            // SQLite forgets separators where a frame moves on from empty texts.
            7 => format!("group_concat('<' || {value}, {})", self.quoted(&[",", "", "--"])),
            // A BLOB is an error, even in rows that are in no frame: SQLite goes over those as well.
            8 => {
                let plain = self.column(Kind::is_number).map_or_else(|| "'x'".to_owned(), |name| name.text);
                format!("json_group_array({plain})")
            }
            _ => self.function_of_peers(),
        }
    }

    /// A function that takes rows that the order does not tell apart all the same.
    fn function_of_peers(&mut self) -> String {
        let number =
            self.column(|kind| kind == Kind::Integer).map_or_else(|| "2".to_owned(), |name| name.text);
        let filter =
            if self.one_in(5) { format!(" FILTER (WHERE {})", self.condition(1)) } else { String::new() };
        match self.numbers.below(10) {
            0 => "rank()".to_owned(),
            1 => "dense_rank()".to_owned(),
            2 => "percent_rank()".to_owned(),
            3 => "cume_dist()".to_owned(),
            4 => format!("count(*){filter}"),
            5 => format!("count({}){filter}", self.leaf()),
            6 => format!("{}({number}){filter}", self.pick(&["min", "max"])),
            _ => format!("{}({number} % 1000){filter}", self.pick(&["sum", "total", "avg"])),
        }
    }

    fn window_definition(&mut self, table: &Table, is_total: bool) -> String {
        let partition = match self.numbers.below(3) {
            0 => format!("PARTITION BY {} ", self.partition()),
            _ => String::new(),
        };
        let key = self.column(|_| true).map_or_else(|| "1".to_owned(), |name| name.text);
        let direction = self.pick(&["", "", " DESC", " DESC NULLS LAST", " NULLS LAST", " COLLATE nocase"]);
        let is_ordered = is_total || !self.one_in(4);
        let order = match (is_ordered, is_total) {
            (true, true) => format!("ORDER BY {key}{direction}, {}", table.key),
            (true, false) => format!("ORDER BY {key}{direction}"),
            (false, _) => String::new(),
        };
        if self.one_in(3) {
            return format!("{partition}{order}").trim().to_owned();
        }
        let unit = match is_total {
            true => self.pick(UNITS),
            false if is_ordered => self.pick(&["RANGE", "GROUPS"]),
            false => "RANGE",
        };
        // A distance of values needs one key to measure.
        let has_distance = unit != "RANGE" || (is_ordered && !is_total);
        let frame = self.frame(has_distance);
        let exclusion = match is_total {
            true => self.pick(EXCLUSIONS),
            false => self.pick(&["", "", " EXCLUDE GROUP", " EXCLUDE NO OTHERS"]),
        };
        format!("{partition}{order} {unit} {frame}{exclusion}").trim().to_owned()
    }

    fn partition(&mut self) -> String {
        match self.one_in(3) {
            true => self.condition(1),
            false => self.column(|_| true).map_or_else(|| "1".to_owned(), |name| name.text),
        }
    }

    fn frame(&mut self, has_distance: bool) -> String {
        let distance = *self.numbers.pick(&[0, 1, 2, 3]);
        let starts: &[String] = &[
            "UNBOUNDED PRECEDING".into(),
            "CURRENT ROW".into(),
            format!("{distance} PRECEDING"),
            "1 FOLLOWING".into(),
        ];
        let ends: &[String] = &[
            "UNBOUNDED FOLLOWING".into(),
            "CURRENT ROW".into(),
            format!("{distance} FOLLOWING"),
            "1 PRECEDING".into(),
        ];
        let usable = if has_distance { 4 } else { 2 };
        let start = self.numbers.below(usable);
        // A frame cannot end with what comes before its first kind of bound.
        let end = match (start, self.numbers.below(usable)) {
            (1 | 3, 3) | (3, 1) => 0,
            (_, end) => end,
        };
        if self.one_in(6) && start < 3 {
            starts[start].clone()
        } else {
            format!("BETWEEN {} AND {}", starts[start], ends[end])
        }
    }
}

pub(crate) fn columns_of(table: &Table) -> Vec<Name> {
    table.columns.iter().map(|column| Name { text: column.name.clone(), kind: column.kind }).collect()
}
