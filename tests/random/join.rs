//! Joins of many tables. All but the first are mostly found by a unique column, so that the rows stay few.

use helios_tests::answer::Order;

use crate::expression::{Generator, Name};
use crate::program::Statement;
use crate::schema::{Kind, Table};

/// So many tables may be joined by a column that is not unique.
const MOST_LOOSE: usize = 2;

impl Generator<'_> {
    /// SELECT from up to eight tables.
    pub(crate) fn joined(&mut self) -> Statement {
        self.queries = 0;
        let count = self.numbers.below(7) + 2;
        let first = self.table();
        let mut text = format!("{} AS j1", first.name);
        let mut names = names_of(&first, 1);
        let mut loose = 0;
        for number in 2..=count {
            let table = self.table();
            // Without an optimiser, many tables whose rows meet many others take too long.
            loose += usize::from(!table.unique.iter().any(|columns| columns.len() == 1));
            if loose > MOST_LOOSE {
                break;
            }
            let own = names_of(&table, number);
            let condition = self.meeting(&table, number, &names);
            let kind = self.pick(&[
                "JOIN",
                "JOIN",
                "INNER JOIN",
                "LEFT JOIN",
                "LEFT JOIN",
                "RIGHT JOIN",
                "FULL JOIN",
            ]);
            text.push_str(&format!(" {kind} {} AS j{number} ON {condition}", table.name));
            names.extend(own);
        }
        self.names = names.clone();
        let filter = if self.one_in(3) { String::new() } else { format!(" WHERE {}", self.condition(2)) };
        let outputs: Vec<String> = match self.one_in(3) {
            true => vec!["count(*)".to_owned(), format!("count({})", names[0].text)],
            false => (0..4).map(|_| self.numbers.pick(&names).text.clone()).collect(),
        };
        let named: Vec<String> =
            outputs.iter().enumerate().map(|(number, output)| format!("{output} AS o{number}")).collect();
        Statement::new(format!("SELECT {} FROM {text}{filter}", named.join(", ")), Order::Any)
    }

    /// How a table meets those before it.
    fn meeting(&mut self, table: &Table, number: usize, before: &[Name]) -> String {
        let mut names = before.to_vec();
        names.extend(names_of(table, number));
        let single: Vec<String> = table
            .unique
            .iter()
            .filter(|columns| columns.len() == 1)
            .map(|columns| columns[0].clone())
            .collect();
        let column = match single.is_empty() {
            true => table.columns[0].name.clone(),
            false => self.numbers.pick(&single).clone(),
        };
        let kind = if column == "id" { Kind::Integer } else { Kind::of_name(&column) };
        let fitting: Vec<&Name> = before.iter().filter(|name| name.kind == kind).collect();
        let other = match fitting.is_empty() {
            true => self.numbers.pick(before).text.clone(),
            false => self.numbers.pick(&fitting).text.clone(),
        };
        let equality = match self.one_in(2) {
            true => format!("j{number}.{column} = {other}"),
            false => format!("{other} = j{number}.{column}"),
        };
        self.names = names;
        match self.numbers.below(5) {
            0 => format!("{equality} AND {}", self.condition(1)),
            _ => equality,
        }
    }

    /// NATURAL and USING, with `*` and the common columns.
    pub(crate) fn joined_by_names(&mut self) -> Statement {
        let (first, second) = (self.table(), self.table());
        let shared: Vec<String> = first
            .columns
            .iter()
            .filter(|column| second.columns.iter().any(|other| other.name == column.name))
            .map(|column| column.name.clone())
            .collect();
        let kind = self.pick(&[
            "JOIN",
            "LEFT JOIN",
            "RIGHT JOIN",
            "FULL JOIN",
            "INNER JOIN",
            "CROSS JOIN",
            "FULL OUTER JOIN",
        ]);
        let third = match self.one_in(3) {
            true => {
                format!(" NATURAL {} {} AS j3", self.pick(&["JOIN", "LEFT JOIN", "FULL JOIN"]), first.name)
            }
            false => String::new(),
        };
        let (one, two) = (&first.name, &second.name);
        let join = match shared.is_empty() || self.one_in(2) {
            true => format!("{one} AS j1 NATURAL {kind} {two} AS j2"),
            false => {
                let count = self.numbers.below(shared.len()) + 1;
                format!("{one} AS j1 {kind} {two} AS j2 USING ({})", shared[..count].join(", "))
            }
        };
        let output = match shared.is_empty() || self.one_in(2) {
            true => self.pick(&["*", "j1.*", "j2.*, 1", "count(*)"]).to_owned(),
            false => format!("{0}, j1.{0} AS x, j2.{0} AS y", shared[0]),
        };
        Statement::new(format!("SELECT {output} FROM {join}{third}"), Order::Any)
    }
}

fn names_of(table: &Table, number: usize) -> Vec<Name> {
    let name = |column: &crate::schema::Column| Name {
        text: format!("j{number}.{}", column.name),
        kind: column.kind,
    };
    table.columns.iter().map(name).collect()
}
