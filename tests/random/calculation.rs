//! Expressions of every form over all types, which may fail: calculated once, or for the rows of one table in their order.

use helios_tests::answer::Order;

use crate::expression::{Generator, Name};
use crate::literal;
use crate::program::Statement;
use crate::schema::Kind;

const OPERATORS: &[&str] = &[
    "+",
    "-",
    "*",
    "/",
    "%",
    "||",
    "&",
    "|",
    "<<",
    ">>",
    "=",
    "==",
    "<>",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "IS",
    "IS NOT",
    "IS DISTINCT FROM",
    "IS NOT DISTINCT FROM",
    "AND",
    "OR",
];

const TYPES: &[&str] = &["INTEGER", "TEXT", "BLOB", "INT", "VARCHAR(10)"];

/// Types that make floats of large numbers.
const FLOATING_TYPES: &[&str] = &["REAL", "NUMERIC", "", "DOUBLE"];

const PATTERNS: &[&str] = &[
    "a%",
    "%b",
    "_",
    "A*",
    "*b*",
    "%",
    "1%",
    "",
    "[a-c]*",
    "[^a]?",
    "?",
    "a\\%",
    "%x'%",
    "__",
    "[]]",
    "[a",
    "*[0-9]*",
    "%%a",
    "\u{e4}%",
    "_\u{672c}",
];

impl Generator<'_> {
    /// SELECT of some expressions.
    pub(crate) fn calculation(&mut self) -> Statement {
        let mut from = String::new();
        self.queries = 1;
        self.has_edges = true;
        if !self.schema.tables.is_empty() && self.one_in(2) {
            let table = self.numbers.pick(&self.schema.tables).clone();
            let names = table.columns.iter();
            self.names = names.map(|column| Name { text: column.name.clone(), kind: column.kind }).collect();
            from = format!(" FROM {} NOT INDEXED ORDER BY {}", table.name, table.key);
            self.queries = 0;
        }
        let count = self.numbers.below(4) + 1;
        let texts: Vec<String> = (0..count)
            .map(|number| match self.one_in(6) {
                true => format!("{} AS o{number}", self.edges()),
                false => format!("{} AS o{number}", self.value(3)),
            })
            .collect();
        Statement::new(format!("SELECT {}{from}", texts.join(", ")), Order::Exact)
    }

    /// Numbers at the edges of what numbers can be.
    fn edges(&mut self) -> String {
        let operator = self.pick(&["+", "-", "*", "%", "&", "|", "<<", ">>", "=", "<", "IS"]);
        let (left, right) = (literal::edge(self.numbers), literal::edge(self.numbers));
        match self.numbers.below(4) {
            0 => format!("-({left})"),
            1 => format!("CAST({left} AS INTEGER) {operator} {right}"),
            2 => format!("~({left}) {operator} {}", literal::integer(self.numbers)),
            _ => format!("{left} {operator} {right}"),
        }
    }

    /// A value of any kind.
    pub(crate) fn value(&mut self, depth: usize) -> String {
        if depth == 0 || self.one_in(8) {
            return self.leaf();
        }
        let depth = depth - 1;
        match self.numbers.below(18) {
            0..=6 => self.call(depth + 1),
            7..=9 => self.binary(depth),
            10 => format!("{} {}", self.pick(&["-", "+", "~", "NOT"]), self.operand_of(depth)),
            11 => {
                let is_floating = self.has_edges && self.one_in(3);
                let types = if is_floating { FLOATING_TYPES } else { TYPES };
                format!("CAST({} AS {})", self.value(depth), self.pick(types))
            }
            12 => self.case(depth),
            13 => format!("{} COLLATE {}", self.operand_of(depth), self.collation()),
            14 => self.condition(1),
            15 if self.queries > 0 => self.nested_value(depth),
            _ => self.truth(depth),
        }
    }

    pub(crate) fn collation(&mut self) -> &'static str {
        self.pick(&["nocase", "binary", "rtrim"])
    }

    /// A literal or a column.
    pub(crate) fn leaf(&mut self) -> String {
        if !self.one_in(3)
            && let Some(name) = self.column(|_| true)
        {
            return name.text;
        }
        match self.numbers.below(9) {
            0..=2 => literal::text(self.numbers),
            3 => literal::strange(self.numbers),
            8 if self.has_edges => literal::edge(self.numbers),
            4 => self.pick(&["NULL", "TRUE", "FALSE", "x''", "x'01ff'", "0x7fffffff"]).to_owned(),
            5 => literal::real(self.numbers),
            _ => literal::integer(self.numbers),
        }
    }

    fn operand_of(&mut self, depth: usize) -> String {
        if self.one_in(4) { self.value(depth) } else { format!("({})", self.value(depth)) }
    }

    fn binary(&mut self, depth: usize) -> String {
        let operator = self.pick(OPERATORS);
        if operator == "/" && !self.has_edges {
            // A quotient that is no short decimal is written otherwise in JSON from version to version.
            return format!("CAST({} AS INTEGER) / {}", self.value(depth), literal::integer(self.numbers));
        }
        if operator == "||" {
            // A number with zeros behind it is another number in another version.
            return format!("'x' || {} || {}", self.operand_of(depth), self.operand_of(depth));
        }
        format!("{} {operator} {}", self.operand_of(depth), self.operand_of(depth))
    }

    fn case(&mut self, depth: usize) -> String {
        let base = if self.one_in(2) { format!(" {}", self.value(depth)) } else { String::new() };
        let mut text = format!("CASE{base}");
        for _ in 0..=self.numbers.below(2) {
            let when = if base.is_empty() { self.truth(depth) } else { self.value(depth) };
            text.push_str(&format!(" WHEN {when} THEN {}", self.value(depth)));
        }
        if self.one_in(2) {
            text.push_str(&format!(" ELSE {}", self.value(depth)));
        }
        format!("{text} END")
    }

    /// What is true, false or unknown.
    pub(crate) fn truth(&mut self, depth: usize) -> String {
        let not = if self.one_in(3) { "NOT " } else { "" };
        match self.numbers.below(9) {
            0 => format!(
                "{} {}BETWEEN {} AND {}",
                self.operand_of(depth),
                not,
                self.operand_of(depth),
                self.operand_of(depth)
            ),
            1 => {
                let items: Vec<String> = (0..self.numbers.below(4)).map(|_| self.value(depth)).collect();
                format!("{} {not}IN ({})", self.operand_of(depth), list(&items))
            }
            2 => {
                let escape = if self.one_in(3) {
                    self.pick(&[" ESCAPE '\\'", " ESCAPE 'a'", " ESCAPE '%'"])
                } else {
                    ""
                };
                format!("{} {not}LIKE {}{escape}", self.operand_of(depth), self.pattern())
            }
            3 => format!("{} {not}GLOB {}", self.operand_of(depth), self.pattern()),
            4 => format!(
                "{} {}",
                self.operand_of(depth),
                self.pick(&["ISNULL", "NOTNULL", "NOT NULL", "IS NULL", "IS NOT NULL"])
            ),
            5 => format!("{} IS {not}{}", self.operand_of(depth), self.pick(&["TRUE", "FALSE"])),
            6 => self.rows_compared(depth),
            7 => format!("{not}{}", self.operand_of(depth)),
            _ => {
                let operator = self.pick(&["=", "<", "<=", ">", ">=", "<>", "IS", "IS NOT"]);
                format!("{} {operator} {}", self.operand_of(depth), self.operand_of(depth))
            }
        }
    }

    fn rows_compared(&mut self, depth: usize) -> String {
        let operator = self.pick(&["=", "<", "<=", ">", ">=", "<>", "IS", "IS NOT"]);
        let (a, b, c, d) = (self.value(depth), self.value(depth), self.value(depth), self.value(depth));
        match self.numbers.below(4) {
            0 => format!("(({a}, {b}) IN (VALUES ({c}, {d}), (1, 'a')))"),
            1 => format!("(({a}, {b}) BETWEEN ({c}, {d}) AND (9, 9))"),
            _ => format!("(({a}, {b}) {operator} ({c}, {d}))"),
        }
    }

    /// A query without a table.
    fn nested_value(&mut self, depth: usize) -> String {
        let value = self.value(depth);
        match self.numbers.below(5) {
            0 => format!("(SELECT {value})"),
            1 => format!("EXISTS (SELECT {value} WHERE {})", self.truth(depth)),
            2 => format!("({} IN (SELECT {value} UNION SELECT {}))", self.leaf(), self.leaf()),

            _ => format!("(VALUES ({value}), ({}) LIMIT 1)", self.leaf()),
        }
    }

    pub(crate) fn pattern(&mut self) -> String {
        if self.one_in(8) { self.leaf() } else { self.quoted(PATTERNS) }
    }

    pub(crate) fn number_like(&mut self, depth: usize) -> String {
        match self.numbers.below(6) {
            0 | 1 => literal::real(self.numbers),
            2 | 3 => literal::integer(self.numbers),
            4 => self.number(1),
            _ => self.value(depth),
        }
    }

    pub(crate) fn text_like(&mut self, depth: usize) -> String {
        match self.numbers.below(6) {
            0 => literal::strange(self.numbers),
            1 | 2 => literal::text(self.numbers),
            3 => self.text(1),
            4 => literal::of_kind(Kind::Blob, self.numbers),
            _ => self.value(depth),
        }
    }

    pub(crate) fn bytes_like(&mut self, depth: usize) -> String {
        match self.numbers.below(4) {
            0 => format!("CAST({} AS BLOB)", self.value(depth)),
            1 => format!("zeroblob({})", self.numbers.below(5)),
            _ => literal::of_kind(Kind::Blob, self.numbers),
        }
    }
}

/// The items of a list after IN. A query that is the only one is the list itself in SQLite since 3.54, and not before; and
/// since then the collation of one that is alone does not count.
pub(crate) fn list(items: &[String]) -> String {
    let is_changed = matches!(items, [item] if item.starts_with('(') || item.contains("COLLATE"));
    let more = if is_changed { ", NULL" } else { "" };
    format!("{}{more}", items.join(", "))
}
