//! Expressions over the columns in sight.

use helios_testkit::seed::Numbers;

use crate::literal;
use crate::schema::{Kind, Schema};

/// A column as an expression may name it.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    /// With its table.
    pub(crate) text: String,
    pub(crate) kind: Kind,
}

/// What expressions are made of.
#[derive(Debug)]
pub(crate) struct Generator<'a> {
    pub(crate) numbers: &'a mut Numbers,
    pub(crate) schema: &'a Schema,
    /// The columns in sight; those of the query around come last.
    pub(crate) names: Vec<Name>,
    /// How many queries may still be put into each other.
    pub(crate) queries: usize,
    /// The number of aliases given so far.
    pub(crate) aliases: usize,
    /// Common tables in sight.
    pub(crate) common: Vec<(String, Vec<(String, Kind)>)>,
    /// Whether there may be numbers at the edges of what numbers can be, which JSON writes otherwise from version to version.
    pub(crate) has_edges: bool,
}

impl<'a> Generator<'a> {
    pub(crate) fn new(numbers: &'a mut Numbers, schema: &'a Schema) -> Generator<'a> {
        Generator {
            numbers,
            schema,
            names: Vec::new(),
            queries: 2,
            aliases: 0,
            common: Vec::new(),
            has_edges: false,
        }
    }

    /// `true` in one of so many cases.
    pub(crate) fn one_in(&mut self, of: usize) -> bool {
        self.numbers.one_in(of)
    }

    /// One of some texts.
    pub(crate) fn pick(&mut self, texts: &[&'static str]) -> &'static str {
        self.numbers.pick::<&'static str>(texts)
    }

    /// A column that fits, if there is one.
    pub(crate) fn column(&mut self, fits: impl Fn(Kind) -> bool) -> Option<Name> {
        let fitting: Vec<Name> = self.names.iter().filter(|name| fits(name.kind)).cloned().collect();
        if fitting.is_empty() { None } else { Some(self.numbers.pick(&fitting).clone()) }
    }

    /// A number.
    pub(crate) fn number(&mut self, depth: usize) -> String {
        if depth == 0 || self.one_in(3) {
            return match self.column(Kind::is_number) {
                Some(name) if !self.one_in(4) => name.text,
                _ if self.one_in(3) => literal::real(self.numbers),
                _ => literal::integer(self.numbers),
            };
        }
        let depth = depth - 1;
        match self.numbers.below(16) {
            // A quotient that is no short decimal is another text in another version.
            0 if self.one_in(3) => {
                format!("(CAST({} AS INTEGER) / CAST({} AS INTEGER))", self.number(depth), self.number(depth))
            }
            0..=2 => {
                let operator = self.pick(&["+", "-", "*", "%"]);
                format!("({} {operator} {})", self.number(depth), self.number(depth))
            }
            3 => format!("({} {} {})", self.number(depth), self.pick(&["&", "|"]), self.number(depth)),
            4 => format!("-{}", self.operand(depth)),
            5 => format!("length({})", self.text(depth)),
            6 => format!("coalesce({}, {})", self.number(depth), self.number(depth)),
            7 => format!(
                "CASE WHEN {} THEN {} ELSE {} END",
                self.condition(depth),
                self.number(depth),
                self.number(depth)
            ),
            8 => format!("{}({}, {})", self.pick(&["min", "max"]), self.number(depth), self.number(depth)),
            9 => format!("CAST({} AS INTEGER)", self.text(depth)),
            10 => format!("({})", self.condition(depth)),
            11 => format!("round({}, 1)", self.number(depth)),
            12 => format!("instr({}, {})", self.text(depth), self.text(depth)),
            13 => format!("nullif({}, {})", self.number(depth), self.number(depth)),
            14 => format!("iif({}, {}, {})", self.condition(depth), self.number(depth), self.number(depth)),
            _ => match self.scalar_query(Kind::is_number) {
                Some(query) => query,
                None => format!("abs({} % 100)", self.operand(depth)),
            },
        }
    }

    fn operand(&mut self, depth: usize) -> String {
        format!("({})", self.number(depth))
    }

    /// A text.
    pub(crate) fn text(&mut self, depth: usize) -> String {
        if depth == 0 || self.one_in(3) {
            return match self.column(Kind::is_text) {
                Some(name) if !self.one_in(4) => name.text,
                _ => literal::text(self.numbers),
            };
        }
        let depth = depth - 1;
        match self.numbers.below(12) {
            0 => format!("({} || {})", self.text(depth), self.text(depth)),
            1 => {
                format!("{}({})", self.pick(&["upper", "lower", "trim", "rtrim", "ltrim"]), self.text(depth))
            }
            2 => {
                format!("substr({}, {}, {})", self.text(depth), self.numbers.below(4), self.numbers.below(4))
            }
            3 => format!("replace({}, {}, {})", self.text(depth), self.text(0), self.text(0)),
            4 => format!("coalesce({}, {})", self.text(depth), self.text(depth)),
            5 => format!("CASE WHEN {} THEN {} END", self.condition(depth), self.text(depth)),
            6 => format!("typeof({})", self.any(depth)),
            7 => format!("{} COLLATE {}", self.text(depth), self.pick(&["nocase", "binary", "rtrim"])),
            8 => format!("nullif({}, {})", self.text(depth), self.text(depth)),
            9 => format!("hex({})", self.text(depth)),
            10 => match self.column(|kind| kind == Kind::Integer) {
                Some(name) => format!("CAST({} AS TEXT)", name.text),
                None => literal::text(self.numbers),
            },
            _ => match self.scalar_query(Kind::is_text) {
                Some(query) => query,
                None => format!("quote({})", self.text(depth)),
            },
        }
    }

    /// A value of any class.
    pub(crate) fn any(&mut self, depth: usize) -> String {
        match self.numbers.below(7) {
            0 | 1 => self.number(depth),
            2 | 3 => self.text(depth),
            4 => literal::of_kind(Kind::Wild, self.numbers),
            5 => "NULL".to_owned(),
            _ => self.column(|_| true).map_or_else(|| self.number(depth), |name| name.text),
        }
    }

    /// A value for a column of this kind, which gives the same text in every version of SQLite.
    pub(crate) fn of_kind(&mut self, kind: Kind, depth: usize) -> String {
        match kind {
            Kind::Integer | Kind::Real | Kind::Numeric => self.number(depth),
            Kind::Text | Kind::NoCase => self.text(depth),
            Kind::Blob | Kind::Wild => literal::of_kind(kind, self.numbers),
        }
    }
}
