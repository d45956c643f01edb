//! Changes that bring rows together: ON CONFLICT with several clauses, UPDATE FROM, and changes of views.

use crate::change::names_of;
use crate::expression::{Generator, Name};
use crate::literal;
use crate::schema::Table;

impl Generator<'_> {
    /// One or two clauses of ON CONFLICT, and now and then one for all that is left.
    pub(crate) fn upsert(&mut self, table: &Table) -> String {
        let mut clauses = String::new();
        if !table.unique.is_empty() {
            for _ in 0..=self.numbers.below(2) {
                let target = format!(" ({})", self.numbers.pick(&table.unique).join(", "));
                clauses.push_str(&self.clause(table, &target));
            }
        }
        if clauses.is_empty() || self.one_in(5) {
            clauses.push_str(&self.clause(table, ""));
        }
        clauses
    }

    fn clause(&mut self, table: &Table, target: &str) -> String {
        if self.one_in(3) {
            return format!(" ON CONFLICT{target} DO NOTHING");
        }
        self.names = names_of(table);
        for column in &table.columns {
            self.names.push(Name { text: format!("excluded.{}", column.name), kind: column.kind });
        }
        let assignments = self.assignments(table);
        let filter = if self.one_in(3) { format!(" WHERE {}", self.condition(1)) } else { String::new() };
        format!(" ON CONFLICT{target} DO UPDATE SET {assignments}{filter}")
    }

    /// UPDATE … FROM, where a row meets one of the source at most: values that are compared byte by byte, and only as the
    /// unique column says.
    pub(crate) fn update_from(&mut self) -> String {
        let (table, source) = (self.table(), self.table());
        let single: Vec<String> = source
            .unique
            .iter()
            .filter(|columns| columns.len() == 1)
            .map(|columns| columns[0].clone())
            .collect();
        if single.is_empty() {
            return self.update();
        }
        let unique = self.numbers.pick(&single).clone();
        self.names = names_of(&table);
        let own = self.column(|_| true).map_or_else(|| "1".to_owned(), |name| name.text);
        for column in &source.columns {
            self.names.push(Name { text: format!("s.{}", column.name), kind: column.kind });
        }
        self.queries = 0;
        let assignments = self.assignments(&table);
        let more = if self.one_in(3) { format!(" AND {}", self.condition(1)) } else { String::new() };
        let word = self.pick(&["", "", " OR IGNORE", " OR REPLACE"]);
        let from = match self.numbers.below(3) {
            0 => format!("(SELECT * FROM {} WHERE {unique} IS NOT NULL) AS s", source.name),
            _ => format!("{} AS s", source.name),
        };
        let returning = self.returning(&table);
        let filter = format!("s.{unique} COLLATE BINARY = +{own}{more}");
        format!(
            "UPDATE{word} {} NOT INDEXED SET {assignments} FROM {from} WHERE {filter}{returning}",
            table.name
        )
    }

    /// A change of a view, which its triggers carry out, or nobody.
    pub(crate) fn change_view(&mut self) -> String {
        let Some((view, columns)) = self.one_view() else { return self.insert() };
        self.queries = 0;
        self.names = columns.iter().map(|(name, kind)| Name { text: name.clone(), kind: *kind }).collect();
        let (column, kind) = self.numbers.pick(&columns).clone();
        match self.numbers.below(3) {
            0 => {
                let values: Vec<String> =
                    columns.iter().map(|(_, kind)| literal::of_kind(*kind, self.numbers)).collect();
                format!("INSERT INTO {view} VALUES ({})", values.join(", "))
            }
            1 => {
                let value = literal::of_kind(kind, self.numbers);
                format!("DELETE FROM {view} WHERE {column} = {value}")
            }
            _ => {
                let value = self.of_kind(kind, 1);
                format!("UPDATE {view} SET {column} = {value} WHERE {}", self.condition(1))
            }
        }
    }

    fn one_view(&mut self) -> Option<(String, Vec<(String, crate::schema::Kind)>)> {
        match self.schema.views.is_empty() {
            true => None,
            false => Some(self.numbers.pick(&self.schema.views).clone()),
        }
    }
}
