//! WITH: recursive tables, and tables that are named once and read often.

use helios_tests::answer::Order;

use crate::expression::{Generator, Name};
use crate::program::Statement;
use crate::schema::Kind;

impl Generator<'_> {
    /// A query with common tables.
    pub(crate) fn with(&mut self) -> Statement {
        self.queries = 0;
        match self.numbers.below(5) {
            0 | 1 => self.counting(),
            2 | 3 => self.reaching(),
            _ => self.shared(),
        }
    }

    /// Rows that come one from another, with a number that goes up.
    fn counting(&mut self) -> Statement {
        let first = self.text(1);
        self.names = vec![
            Name { text: "n".to_owned(), kind: Kind::Integer },
            Name { text: "x".to_owned(), kind: Kind::Wild },
        ];
        let next = match self.numbers.below(4) {
            0 => format!("substr(x || {}, 1, 20)", self.text(1)),
            1 => self.number(1),
            2 => self.value(1),
            _ => format!("x || n {}", self.pick(&["", "|| 'a'", "* 2"])),
        };
        let most = self.numbers.below(12) + 1;
        let union = self.pick(&["UNION ALL", "UNION"]);
        let queue = match self.numbers.below(5) {
            0 => format!(" ORDER BY n DESC LIMIT {}", self.numbers.below(15)),
            1 => format!(" LIMIT {} OFFSET {}", self.numbers.below(15), self.numbers.below(3)),
            _ => String::new(),
        };
        let second = match self.one_in(4) {
            true => format!(" {union} SELECT n + 2, 'z' FROM c WHERE n < {most}"),
            false => String::new(),
        };
        let hint = self.pick(&["", "", " MATERIALIZED", " NOT MATERIALIZED"]);
        let text = format!(
            "WITH RECURSIVE c(n, x) AS{hint} (SELECT 1, {first} {union} SELECT n + 1, {next} FROM c WHERE n < \
             {most}{second}{queue}) SELECT n, x FROM c LIMIT 300"
        );
        Statement::new(text, Order::Exact)
    }

    /// All values that are reached from some by the rows of a table.
    fn reaching(&mut self) -> Statement {
        let table = self.table();
        let numbers: Vec<String> = table
            .columns
            .iter()
            .filter(|column| column.kind == Kind::Integer)
            .map(|column| column.name.clone())
            .collect();
        if numbers.is_empty() {
            return self.counting();
        }
        let (from, to) = (self.numbers.pick(&numbers).clone(), self.numbers.pick(&numbers).clone());
        let name = &table.name;
        let more = self.pick(&["", " OR t.{from} = c.v + 1", " AND t.{from} > 2"]).replace("{from}", &from);
        let start = self.numbers.below(6);
        let join = match self.numbers.below(3) {
            0 => format!("FROM c JOIN {name} AS t ON t.{from} = c.v{more}"),
            1 => format!("FROM {name} AS t, c WHERE t.{from} = c.v{more}"),
            _ => format!("FROM {name} AS t JOIN c ON c.v = t.{from}{more}"),
        };
        let last = self.pick(&[
            "SELECT v FROM c",
            "SELECT count(*), sum(v % 100) FROM c",
            "SELECT a.v, b.v FROM c AS a JOIN c AS b ON a.v = b.v + 1",
        ]);
        let text = format!(
            "WITH RECURSIVE c(v) AS (SELECT {start} UNION SELECT {to} FROM {name} UNION SELECT t.{to} {join}) {last}"
        );
        Statement::new(text, Order::Any)
    }

    /// A table that is named once and joined with itself.
    fn shared(&mut self) -> Statement {
        let hint = self.pick(&["", " MATERIALIZED", " NOT MATERIALIZED"]);
        let (query, columns) = self.derived();
        let column = self.numbers.pick(&columns).0.clone();
        let join = self.pick(&["JOIN", "LEFT JOIN", "FULL JOIN", "RIGHT JOIN"]);
        let operator = self.pick(&["=", "IS", "<"]);
        let text = format!(
            "WITH q AS{hint} ({query}), r AS (SELECT count(*) AS k FROM q) SELECT count(*), max(r.k) FROM q AS a {join} q \
             AS b ON a.{column} {operator} b.{column} CROSS JOIN r"
        );
        Statement::new(text, Order::Any)
    }
}
