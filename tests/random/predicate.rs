//! Conditions.

use crate::calculation::list;
use crate::expression::Generator;
use crate::literal;
use crate::schema::Kind;

impl Generator<'_> {
    /// A condition over the columns in sight.
    pub(crate) fn condition(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.comparison(0);
        }
        let depth = depth - 1;
        match self.numbers.below(20) {
            0..=6 => self.comparison(depth),
            7 => format!("({} AND {})", self.condition(depth), self.condition(depth)),
            8 => format!("({} OR {})", self.condition(depth), self.condition(depth)),
            9 => format!("NOT ({})", self.condition(depth)),
            10 => {
                format!("{} {}", self.parenthesised(depth), self.pick(&["IS NULL", "IS NOT NULL", "NOTNULL"]))
            }
            11 => {
                let not = self.not();
                let (low, high) = (self.number(0), self.number(0));
                format!("{} {not}BETWEEN {low} AND {high}", self.column_or_number(depth))
            }
            12 | 13 => self.in_list(depth),
            14 => {
                let operator = self.pick(&["LIKE", "LIKE", "GLOB", "NOT LIKE"]);
                let pattern = self.pick(&["'a%'", "'%b'", "'_'", "'A*'", "'*b*'", "'%'", "'1%'", "''"]);
                format!("{} {operator} {pattern}", self.text_operand(depth))
            }
            15 => format!(
                "{} {}",
                self.parenthesised(depth),
                self.pick(&["IS TRUE", "IS NOT TRUE", "IS FALSE"])
            ),
            16 => self.row_comparison(),
            17 | 18 => self.query_condition(depth),
            _ => self.parenthesised(depth),
        }
    }

    fn not(&mut self) -> &'static str {
        if self.one_in(4) { "NOT " } else { "" }
    }

    fn parenthesised(&mut self, depth: usize) -> String {
        format!("({})", self.any(depth))
    }

    fn text_operand(&mut self, depth: usize) -> String {
        format!("({})", self.text(depth))
    }

    fn column_or_number(&mut self, depth: usize) -> String {
        match self.column(Kind::is_number) {
            Some(name) => name.text,
            None => format!("({})", self.number(depth)),
        }
    }

    /// Two values side by side; mostly a column, so that indexes are asked.
    fn comparison(&mut self, depth: usize) -> String {
        let operator = self.pick(&["=", "=", "=", "<", "<=", ">", ">=", "<>", "IS", "IS NOT"]);
        let Some(name) = self.column(|_| true) else {
            return format!("({}) {operator} ({})", self.any(depth), self.any(depth));
        };
        let other = match self.numbers.below(6) {
            0 => self.any(depth),
            1 => match self.column(|_| true) {
                Some(other) => other.text,
                None => self.any(depth),
            },
            2 => self.of_kind(name.kind, depth),
            _ => literal::of_kind(name.kind, self.numbers),
        };
        match self.numbers.below(12) {
            0 => format!("({other}) {operator} {}", name.text),
            1 => format!("+{} {operator} ({other})", name.text),
            2 if name.kind.is_text() => {
                let collation = self.pick(&["nocase", "binary", "rtrim"]);
                format!("{} {operator} ({other}) COLLATE {collation}", name.text)
            }
            _ => format!("{} {operator} ({other})", name.text),
        }
    }

    fn in_list(&mut self, depth: usize) -> String {
        let not = self.not();
        let count = self.numbers.below(3) + 1;
        match self.column(|_| true) {
            Some(name) => {
                let items: Vec<String> = (0..count)
                    .map(|_| match self.one_in(5) {
                        true => self.any(depth),
                        false => literal::of_kind(name.kind, self.numbers),
                    })
                    .collect();
                format!("{} {not}IN ({})", name.text, list(&items))
            }
            None => {
                let items: Vec<String> = (0..count).map(|_| self.any(depth)).collect();
                format!("({}) {not}IN ({})", self.any(depth), list(&items))
            }
        }
    }

    fn row_comparison(&mut self) -> String {
        let (Some(first), Some(second)) = (self.column(|_| true), self.column(|_| true)) else {
            return self.comparison(0);
        };
        let operator = self.pick(&["=", "<", "<=", ">", ">=", "<>", "IS"]);
        let left = literal::of_kind(first.kind, self.numbers);
        let right = literal::of_kind(second.kind, self.numbers);
        format!("({}, {}) {operator} ({left}, {right})", first.text, second.text)
    }

    fn query_condition(&mut self, depth: usize) -> String {
        if self.one_in(3)
            && let Some(query) = self.nested_query(None)
        {
            let not = self.not();
            return format!("{not}EXISTS ({query})");
        }
        let Some(name) = self.column(Kind::is_plain) else {
            return self.comparison(depth);
        };
        match self.nested_query(Some(name.kind)) {
            Some(query) => {
                let not = self.not();
                format!("{} {not}IN ({query})", name.text)
            }
            None => self.comparison(depth),
        }
    }
}
