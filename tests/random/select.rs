//! Sources, joins and the parts of one SELECT.

use crate::expression::{Generator, Name};
use crate::schema::Kind;

/// The FROM clause of a query and what it brings into sight.
pub(crate) struct From {
    pub(crate) text: String,
    pub(crate) names: Vec<Name>,
}

/// A result column.
pub(crate) struct Output {
    pub(crate) text: String,
    pub(crate) kind: Kind,
}

/// One thing to select from.
struct Source {
    text: String,
    alias: String,
    columns: Vec<(String, Kind)>,
}

impl Generator<'_> {
    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("a{}", self.aliases)
    }

    fn source(&mut self) -> Source {
        let alias = self.alias();
        if !self.common.is_empty() && self.one_in(2) {
            let (name, columns) = self.numbers.pick(&self.common).clone();
            return Source { text: format!("{name} AS {alias}"), alias, columns };
        }
        if self.queries > 0 && self.one_in(7) {
            self.queries -= 1;
            let (query, columns) = self.derived();
            return Source { text: format!("({query}) AS {alias}"), alias, columns };
        }
        if !self.schema.views.is_empty() && self.one_in(6) {
            let (name, columns) = self.numbers.pick(&self.schema.views).clone();
            return Source { text: format!("{name} AS {alias}"), alias, columns };
        }
        let table = self.numbers.pick(&self.schema.tables);
        let columns = table.columns.iter().map(|column| (column.name.clone(), column.kind)).collect();
        Source { text: format!("{} AS {alias}", table.name), alias, columns }
    }

    /// FROM with up to so many sources. Its names are in sight from then on.
    pub(crate) fn from(&mut self, most: usize) -> From {
        let around = std::mem::take(&mut self.names);
        let first = self.source();
        let mut text = first.text.clone();
        let mut names = names_of(&first);
        let mut seen = first.columns;
        let count = self.numbers.below(most) + 1;
        for _ in 1..count {
            let next = self.source();
            let before = names.clone();
            names.extend(names_of(&next));
            self.names = [&names[..], &around[..]].concat();
            text.push_str(&self.join(&next, &before, &seen));
            seen.extend(next.columns);
        }
        self.names = [&names[..], &around[..]].concat();
        From { text, names }
    }

    fn join(&mut self, next: &Source, before: &[Name], seen: &[(String, Kind)]) -> String {
        let kind =
            self.pick(&["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "INNER JOIN", "RIGHT JOIN", "FULL JOIN"]);
        let once = |name: &str| seen.iter().filter(|(known, _)| known == name).count() == 1;
        let shared: Vec<&String> =
            next.columns.iter().map(|(name, _)| name).filter(|name| once(name)).collect();
        match self.numbers.below(12) {
            0 | 1 => format!(", {}", next.text),
            2 => format!(" CROSS JOIN {}", next.text),
            3 if !shared.is_empty() => {
                let name = self.numbers.pick(&shared);
                format!(" {kind} {} USING ({name})", next.text)
            }
            _ => {
                let condition = self.join_condition(next, before);
                format!(" {kind} {} ON {condition}", next.text)
            }
        }
    }

    /// Mostly an equality of two columns.
    fn join_condition(&mut self, next: &Source, before: &[Name]) -> String {
        let left = self.numbers.pick(before).clone();
        let (name, kind) = self.numbers.pick(&next.columns).clone();
        let fitting: Vec<&(String, Kind)> =
            next.columns.iter().filter(|(_, kind)| *kind == left.kind).collect();
        let (name, _) = match fitting.is_empty() {
            true => (name, kind),
            false => (*self.numbers.pick(&fitting)).clone(),
        };
        let operator = self.pick(&["=", "=", "=", "=", "IS", "<", ">="]);
        let equality = format!("{} {operator} {}.{name}", left.text, next.alias);
        match self.numbers.below(5) {
            0 => format!("{equality} AND {}", self.condition(1)),
            1 => self.condition(1),
            _ => equality,
        }
    }

    /// A result column: a column as it is, or an expression.
    pub(crate) fn output(&mut self, from: &From) -> Output {
        if !self.one_in(3) {
            let name = self.numbers.pick(&from.names).clone();
            return Output { text: name.text, kind: name.kind };
        }
        match self.numbers.below(5) {
            0 | 1 => Output { text: self.number(2), kind: Kind::Numeric },
            2 | 3 => Output { text: self.text(2), kind: Kind::NoCase },
            _ => self.window(from),
        }
    }

    /// A window function whose value is the same for rows that the order does not tell apart.
    fn window(&mut self, from: &From) -> Output {
        let names: Vec<String> = from.names.iter().map(|name| name.text.clone()).collect();
        let numbers: Vec<String> = from
            .names
            .iter()
            .filter(|name| name.kind == Kind::Integer)
            .map(|name| name.text.clone())
            .collect();
        let name = self.numbers.pick(&names).clone();
        let number = if numbers.is_empty() { "1".to_owned() } else { self.numbers.pick(&numbers).clone() };
        let function = match self.numbers.below(8) {
            0 => "rank()".to_owned(),
            1 => "dense_rank()".to_owned(),
            2 => "percent_rank()".to_owned(),
            3 => "cume_dist()".to_owned(),
            4 => format!("count({name})"),
            5 => format!("total({number})"),
            6 => format!("max({number})"),
            _ => "count(*)".to_owned(),
        };
        let partition = match self.numbers.below(3) {
            0 => format!("PARTITION BY {} ", self.numbers.pick(&names)),
            _ => String::new(),
        };
        let order = self.numbers.pick(&names).clone();
        let direction = self.pick(&["", "", " DESC", " DESC NULLS LAST", " NULLS LAST"]);
        let frame = self.pick(&[
            "",
            "",
            "",
            " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
            " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
            " GROUPS BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE GROUP",
            " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP",
            " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
        ]);
        let text = format!("{function} OVER ({partition}ORDER BY {order}{direction}{frame})");
        Output { text, kind: Kind::Numeric }
    }

    /// A result column of one kind.
    pub(crate) fn output_of(&mut self, kind: Kind, from: &From) -> Output {
        let fitting: Vec<&Name> = from.names.iter().filter(|name| name.kind == kind).collect();
        if !fitting.is_empty() {
            let name = (*self.numbers.pick(&fitting)).clone();
            return Output { text: name.text, kind };
        }
        if kind.is_text() {
            Output { text: self.text(1), kind: Kind::NoCase }
        } else {
            Output { text: self.number(1), kind: Kind::Numeric }
        }
    }

    /// An aggregate whose value does not depend on the order of the rows.
    pub(crate) fn aggregate(&mut self, from: &From) -> Output {
        let filter =
            if self.one_in(6) { format!(" FILTER (WHERE {})", self.condition(1)) } else { String::new() };
        let summable = |kind| matches!(kind, Kind::Integer | Kind::Real | Kind::Numeric);
        let pick = |generator: &mut Self, fits: &dyn Fn(Kind) -> bool| {
            let fitting: Vec<&Name> = from.names.iter().filter(|name| fits(name.kind)).collect();
            if fitting.is_empty() { None } else { Some((*generator.numbers.pick(&fitting)).clone()) }
        };
        match self.numbers.below(8) {
            0 => {}
            1 => {
                if let Some(name) = pick(self, &|_| true) {
                    return Output { text: format!("count({}){filter}", name.text), kind: Kind::Integer };
                }
            }
            2 => {
                if let Some(name) = pick(self, &|_| true) {
                    return Output {
                        text: format!("count(DISTINCT {}){filter}", name.text),
                        kind: Kind::Integer,
                    };
                }
            }
            3 | 4 => {
                if let Some(name) = pick(self, &summable) {
                    let function = self.pick(&["sum", "sum", "total", "avg"]);
                    return Output {
                        text: format!("{function}({}){filter}", name.text),
                        kind: Kind::Numeric,
                    };
                }
            }
            5 => return Output { text: format!("sum({}){filter}", self.condition(1)), kind: Kind::Integer },
            _ => {
                if let Some(name) = pick(self, &|_| true) {
                    let function = self.pick(&["min", "max"]);
                    return Output { text: format!("{function}({}){filter}", name.text), kind: name.kind };
                }
            }
        }
        Output { text: format!("count(*){filter}"), kind: Kind::Integer }
    }
}

fn names_of(source: &Source) -> Vec<Name> {
    let name = |(name, kind): &(String, Kind)| Name { text: format!("{}.{name}", source.alias), kind: *kind };
    source.columns.iter().map(name).collect()
}
