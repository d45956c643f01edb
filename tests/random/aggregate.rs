//! Aggregates over one table: DISTINCT, FILTER, ORDER BY inside, HAVING, columns beside min and max.

use helios_tests::answer::Order;

use crate::expression::Generator;
use crate::literal;
use crate::program::Statement;
use crate::schema::Kind;
use crate::window::columns_of;

impl Generator<'_> {
    /// SELECT of some aggregates, with groups or without.
    pub(crate) fn aggregated(&mut self) -> Statement {
        let table = self.table();
        self.queries = 0;
        self.names = columns_of(&table);
        let single = !table.key.contains(',');
        let filter = if self.one_in(3) { format!(" WHERE {}", self.condition(1)) } else { String::new() };
        let mut outputs = Vec::new();
        // The other columns are those of the row that has the least or the greatest key.
        if single && self.one_in(3) {
            outputs.push(format!("{}({})", self.pick(&["min", "max"]), table.key));
            for _ in 0..=self.numbers.below(2) {
                outputs.push(self.leaf());
            }
        }
        let may_be_extreme = outputs.is_empty();
        for _ in 0..=self.numbers.below(3) {
            outputs.push(self.aggregate_call(&table.key, may_be_extreme));
        }
        let group = match self.numbers.below(3) {
            0 => String::new(),
            _ => format!(" GROUP BY {}", self.groups()),
        };
        let having = match self.one_in(4) {
            true => format!(
                " HAVING {} {} {}",
                self.aggregate_call(&table.key, may_be_extreme),
                self.pick(&["=", "<", ">", "IS NOT"]),
                literal::integer(self.numbers)
            ),
            false => String::new(),
        };
        let named: Vec<String> =
            outputs.iter().enumerate().map(|(number, output)| format!("{output} AS o{number}")).collect();
        let distinct = if self.one_in(8) { "DISTINCT " } else { "" };
        let text = format!(
            "SELECT {distinct}{} FROM {} NOT INDEXED{filter}{group}{having}",
            named.join(", "),
            table.name
        );
        Statement::new(text, Order::Any)
    }

    fn groups(&mut self) -> String {
        let groups: Vec<String> = (0..=self.numbers.below(2))
            .map(|_| {
                let column = self.column(|_| true).map_or_else(|| "NULL".to_owned(), |name| name.text);
                // What SQLite finds to be constant it takes for the number of a column.
                match self.numbers.below(4) {
                    0 => format!("{column} {} {}", self.pick(&["=", "<", "IS", "||"]), self.leaf()),
                    1 => format!("typeof({column})"),
                    _ => column,
                }
            })
            .collect();
        groups.join(", ")
    }

    fn aggregate_call(&mut self, key: &str, may_be_extreme: bool) -> String {
        let filter =
            if self.one_in(5) { format!(" FILTER (WHERE {})", self.condition(1)) } else { String::new() };
        let number =
            self.column(|kind| kind == Kind::Integer).map_or_else(|| "3".to_owned(), |name| name.text);
        let plain = self.column(Kind::is_plain).map_or_else(|| "'x'".to_owned(), |name| name.text);
        let distinct = if self.one_in(3) { "DISTINCT " } else { "" };
        let value = self.leaf();
        match self.numbers.below(10) {
            0 => format!("count(*){filter}"),
            1 => format!("count({distinct}{value}){filter}"),
            2 => format!("{}({distinct}{number} % 1000){filter}", self.pick(&["sum", "total", "avg"])),
            3 => format!("group_concat({value}, '-' ORDER BY {key}){filter}"),
            4 => format!("group_concat({plain} ORDER BY {plain} DESC){filter}"),
            5 => format!("group_concat(DISTINCT {plain} ORDER BY {plain}){filter}"),
            6 => format!("json_group_array({value} ORDER BY {key}){filter}"),
            7 if may_be_extreme => format!("{}({distinct}{plain}){filter}", self.pick(&["min", "max"])),
            8 => format!("string_agg({value}, {plain} ORDER BY {value}, {key}){filter}"),
            _ => format!("sum({}){filter}", self.condition(1)),
        }
    }
}
