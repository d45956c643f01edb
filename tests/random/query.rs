//! Queries, with what can be said of the order of their rows.

use helios_tests::answer::Order;

use crate::expression::Generator;
use crate::schema::Kind;
use crate::select::Output;

/// A query of a program.
pub(crate) struct Query {
    pub(crate) text: String,
    /// How its rows are compared.
    pub(crate) order: Order,
}

/// One SELECT on its way.
struct Core {
    text: String,
    kinds: Vec<Kind>,
    /// Whether it takes one row for several that are equal and may not be the same.
    chooses: bool,
    /// Whether that makes a difference.
    is_fuzzy: bool,
}

impl Generator<'_> {
    /// A whole query.
    pub(crate) fn query(&mut self) -> Query {
        let mut with = String::new();
        if self.one_in(6) {
            self.queries = 1;
            let (query, columns) = self.derived();
            with = format!("WITH q1 AS ({query}) ");
            self.common.push(("q1".to_owned(), columns));
        }
        self.queries = 2;
        let first = self.core(None, 3);
        let mut text = first.text;
        let mut is_fuzzy = first.is_fuzzy;
        let is_compound = self.one_in(7);
        if is_compound {
            for _ in 0..=self.numbers.below(2) {
                let operator = self.pick(&["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]);
                let next = self.core(Some(&first.kinds), 2);
                text = format!("{text} {operator} {}", next.text);
                let same = next.kinds == first.kinds && first.kinds.iter().all(|kind| kind.is_plain());
                is_fuzzy |= next.is_fuzzy || !same;
            }
        } else {
            is_fuzzy &= first.chooses;
        }
        let text = format!("{with}{text}");
        if self.one_in(3) {
            let order = if is_fuzzy { Order::AnySimilar } else { Order::Any };
            return Query { text, order };
        }
        // What a compound is sorted by is compared as its columns are.
        let collate = if is_compound { "" } else { " COLLATE binary" };
        let keys = self.order_by(first.kinds.len(), collate);
        let limit = if is_fuzzy || !self.one_in(3) { String::new() } else { self.limit() };
        let order = match (is_fuzzy, limit.is_empty()) {
            (true, _) => Order::AnySimilar,
            (false, true) => Order::Sorted,
            (false, false) => Order::Similar,
        };
        Query { text: format!("{text} ORDER BY {keys}{limit}"), order }
    }

    /// All result columns in some order: a total order but for rows that are equal everywhere.
    fn order_by(&mut self, columns: usize, collate: &str) -> String {
        let mut positions: Vec<usize> = (1..=columns).collect();
        for end in (1..positions.len()).rev() {
            let other = self.numbers.below(end + 1);
            positions.swap(end, other);
        }
        let keys: Vec<String> = positions
            .iter()
            .map(|position| {
                let direction = self.pick(&["", "", " ASC", " DESC", " DESC"]);
                let nulls = self.pick(&["", "", "", " NULLS FIRST", " NULLS LAST"]);
                format!("{position}{collate}{direction}{nulls}")
            })
            .collect();
        keys.join(", ")
    }

    fn limit(&mut self) -> String {
        let limit = self.numbers.below(8);
        match self.numbers.below(3) {
            0 => format!(" LIMIT {limit} OFFSET {}", self.numbers.below(5)),
            _ => format!(" LIMIT {limit}"),
        }
    }

    /// SELECT without ORDER BY, with columns of these kinds if some are asked for.
    fn core(&mut self, kinds: Option<&[Kind]>, sources: usize) -> Core {
        let around = self.names.clone();
        let from = self.from(sources);
        if from.text.matches("JOIN").count() + from.text.matches(", ").count() >= 2 {
            // Enough work without queries for each of so many rows.
            self.queries = 0;
        }
        let filter = if self.one_in(4) { String::new() } else { format!(" WHERE {}", self.condition(2)) };
        let core = if self.one_in(4) {
            self.grouped(kinds, &from, &filter)
        } else {
            let outputs: Vec<Output> = match kinds {
                Some(kinds) => kinds.iter().map(|kind| self.output_of(*kind, &from)).collect(),
                None => (0..=self.numbers.below(4)).map(|_| self.output(&from)).collect(),
            };
            let distinct = self.one_in(7);
            let is_plain = outputs.iter().all(|output| output.kind.is_plain());
            let word = if distinct { "DISTINCT " } else { "" };
            let text = format!("SELECT {word}{} FROM {}{filter}", list(&outputs), from.text);
            Core {
                text,
                kinds: outputs.iter().map(|output| output.kind).collect(),
                chooses: distinct,
                is_fuzzy: !is_plain,
            }
        };
        self.names = around;
        core
    }

    fn grouped(&mut self, kinds: Option<&[Kind]>, from: &crate::select::From, filter: &str) -> Core {
        let mut outputs = Vec::new();
        let mut keys = Vec::new();
        if self.one_in(4) && kinds.is_none() {
            outputs = (0..=self.numbers.below(2)).map(|_| self.aggregate(from)).collect();
        } else {
            let wanted = kinds.map_or_else(|| vec![Kind::Wild; self.numbers.below(2) + 1], <[Kind]>::to_vec);
            for kind in wanted {
                let output = if kinds.is_some() { self.output_of(kind, from) } else { self.output(from) };
                // What SQLite takes for a constant it takes for the number of a column.
                if output.text.contains('.') && !output.text.starts_with(|first: char| first.is_ascii_digit())
                {
                    keys.push(output.text.clone());
                }
                outputs.push(output);
            }
            if kinds.is_none() {
                outputs.push(self.aggregate(from));
            }
        }
        let mut text = format!("SELECT {} FROM {}{filter}", list(&outputs), from.text);
        if !keys.is_empty() {
            let keys: Vec<String> = keys.iter().map(|key| format!("({key})")).collect();
            text = format!("{text} GROUP BY {}", keys.join(", "));
            if self.one_in(3) {
                let aggregate = self.aggregate(from).text;
                let operator = self.pick(&[">", "<", "=", ">=", "IS NOT"]);
                text = format!("{text} HAVING {aggregate} {operator} {}", self.numbers.below(5));
            }
        }
        let is_plain = outputs.iter().all(|output| output.kind.is_plain());
        let kinds = outputs.iter().map(|output| output.kind).collect();
        Core { text, kinds, chooses: true, is_fuzzy: !is_plain }
    }

    /// A query to select from, whose columns have names that say their kinds. It sees nothing of what stands around it.
    pub(crate) fn derived(&mut self) -> (String, Vec<(String, Kind)>) {
        let around = std::mem::take(&mut self.names);
        let from = self.from(2);
        let filter = if self.one_in(2) { String::new() } else { format!(" WHERE {}", self.condition(1)) };
        let count = self.numbers.below(3) + 1;
        let mut outputs: Vec<Output> = (0..count).map(|_| self.output(&from)).collect();
        let plain = outputs.iter().all(|output| output.kind.is_plain());
        let (mut distinct, mut group) = ("", String::new());
        if plain && self.one_in(4) {
            distinct = "DISTINCT ";
        } else if plain && self.one_in(4) {
            let keys: Vec<String> = outputs.iter().map(|output| output.text.clone()).collect();
            group = format!(" GROUP BY {}", keys.join(", "));
            let total = self.aggregate(&from);
            // The least and the greatest of texts that are equal may not be the same.
            if total.kind.is_plain() || total.kind == Kind::Numeric {
                outputs.push(total);
            }
        }
        self.names = around;
        let mut columns = Vec::new();
        let mut named = Vec::new();
        for (number, output) in outputs.iter().enumerate() {
            let name = format!("{}{}", output.kind.letter(), number + 1);
            named.push(format!("{} AS {name}", output.text));
            columns.push((name, output.kind));
        }
        let mut text = format!("SELECT {distinct}{} FROM {}{filter}{group}", named.join(", "), from.text);
        if plain && self.one_in(4) {
            let keys: Vec<String> = (1..=named.len()).map(|position| position.to_string()).collect();
            text = format!("{text} ORDER BY {} LIMIT {}", keys.join(", "), self.numbers.below(10));
        }
        (text, columns)
    }

    /// A query of one column of a kind (any, if only its rows count), which may look at what stands around it.
    pub(crate) fn nested_query(&mut self, kind: Option<Kind>) -> Option<String> {
        self.queries = self.queries.checked_sub(1)?;
        let around = self.names.clone();
        let from = self.from(1);
        let output = match kind {
            Some(kind) => self.output_of(kind, &from).text,
            None => "1".to_owned(),
        };
        let filter = if self.one_in(4) { String::new() } else { format!(" WHERE {}", self.condition(1)) };
        self.names = around;
        Some(format!("SELECT {output} FROM {}{filter}", from.text))
    }

    /// A query that gives one value that does not depend on the order of rows.
    pub(crate) fn scalar_query(&mut self, fits: fn(Kind) -> bool) -> Option<String> {
        self.queries = self.queries.checked_sub(1)?;
        let around = self.names.clone();
        let from = self.from(1);
        let fitting: Vec<String> = from
            .names
            .iter()
            .filter(|name| fits(name.kind) && name.kind.is_plain())
            .map(|name| name.text.clone())
            .collect();
        let filter = if self.one_in(4) { String::new() } else { format!(" WHERE {}", self.condition(1)) };
        self.names = around;
        if fitting.is_empty() {
            return fits(Kind::Integer).then(|| format!("(SELECT count(*) FROM {}{filter})", from.text));
        }
        let name = self.numbers.pick(&fitting).clone();
        if self.one_in(3) {
            return Some(format!("(SELECT {name} FROM {}{filter} ORDER BY 1 LIMIT 1)", from.text));
        }
        let value = format!("{}({name})", self.pick(&["max", "min"]));
        Some(format!("(SELECT {value} FROM {}{filter})", from.text))
    }
}

fn list(outputs: &[Output]) -> String {
    let texts: Vec<String> =
        outputs.iter().enumerate().map(|(number, output)| format!("{} AS o{number}", output.text)).collect();
    texts.join(", ")
}
