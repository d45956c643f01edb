//! INSERT, UPDATE, DELETE.

use helios_testkit::seed::Numbers;

use crate::expression::{Generator, Name};
use crate::literal;
use crate::schema::{Kind, Schema, Table};

/// More rows than so many make joins slow.
const MOST_ROWS: usize = 25;

impl Generator<'_> {
    pub(crate) fn table(&mut self) -> Table {
        self.numbers.pick(&self.schema.tables).clone()
    }

    /// INSERT or REPLACE.
    pub(crate) fn insert(&mut self) -> String {
        let table = self.table();
        if table.rows > MOST_ROWS {
            return format!(
                "DELETE FROM {0} WHERE ({1}) IN (SELECT {1} FROM {0} ORDER BY {1} LIMIT 9)",
                table.name, table.key
            );
        }
        let verb = self.pick(&[
            "INSERT",
            "INSERT",
            "INSERT",
            "INSERT OR IGNORE",
            "INSERT OR REPLACE",
            "REPLACE",
            "INSERT OR FAIL",
            "INSERT OR ABORT",
            "INSERT OR ROLLBACK",
        ]);
        if self.one_in(20) {
            return format!("{verb} INTO {} DEFAULT VALUES", table.name);
        }
        let (columns, names) = self.columns_of(&table);
        if self.one_in(6) {
            let source = self.table();
            self.names = names_of(&source);
            let values: Vec<String> =
                columns.iter().map(|&position| self.of_kind(table.columns[position].kind, 1)).collect();
            let (name, key, limit) = (&source.name, &source.key, self.numbers.below(5));
            let values = values.join(", ");
            let upsert = if verb == "INSERT" && self.one_in(3) { self.upsert(&table) } else { String::new() };
            return format!(
                "{verb} INTO {}{names} SELECT {values} FROM {name} ORDER BY {key} LIMIT {limit}{upsert}",
                table.name
            );
        }
        let rows = self.rows(&table, &columns);
        let mut text = format!("{verb} INTO {}{names} VALUES {rows}", table.name);
        if verb == "INSERT" && self.one_in(2) {
            text.push_str(&self.upsert(&table));
        }
        text.push_str(&self.returning(&table));
        text
    }

    /// Some or all of a table's columns.
    fn columns_of(&mut self, table: &Table) -> (Vec<usize>, String) {
        if self.one_in(2) {
            return (table.given(), String::new());
        }
        let mut columns = table.given();
        columns.retain(|_| !self.numbers.one_in(4));
        if columns.is_empty() {
            columns.push(0);
        }
        if self.one_in(3) {
            columns.reverse();
        }
        let names: Vec<&str> = columns.iter().map(|&position| &*table.columns[position].name).collect();
        (columns, format!(" ({})", names.join(", ")))
    }

    fn rows(&mut self, table: &Table, columns: &[usize]) -> String {
        let count = if self.one_in(3) { self.numbers.below(6) + 1 } else { 1 };
        let rows: Vec<String> = (0..count)
            .map(|_| {
                let values: Vec<String> = columns
                    .iter()
                    .map(|&position| match table.columns[position].is_rowid {
                        true if self.one_in(2) => "NULL".to_owned(),
                        true => (self.numbers.below(40) as i64 - 5).to_string(),
                        false => literal::of_kind(table.columns[position].kind, self.numbers),
                    })
                    .collect();
                format!("({})", values.join(", "))
            })
            .collect();
        rows.join(", ")
    }

    /// Values for some columns. They look at no query, which could meet the changes themselves.
    pub(crate) fn assignments(&mut self, table: &Table) -> String {
        self.queries = 0;
        let mut assignments = Vec::new();
        for _ in 0..=self.numbers.below(2) {
            let column = self.numbers.pick(&table.columns).clone();
            if (column.is_rowid && !self.one_in(4)) || (column.is_generated && !self.one_in(20)) {
                continue;
            }
            let value = match self.numbers.below(3) {
                0 => literal::of_kind(column.kind, self.numbers),
                1 => self.of_kind(column.kind, 2),
                _ if column.kind == Kind::Integer => format!("{} + 1", column.name),
                _ => literal::of_kind(column.kind, self.numbers),
            };
            assignments.push(format!("{} = {value}", column.name));
        }
        if assignments.is_empty() {
            let column = table.columns.iter().find(|column| !column.is_rowid).unwrap_or(&table.columns[0]);
            assignments.push(format!("{0} = {0}", column.name));
        }
        assignments.join(", ")
    }

    /// UPDATE. Where the order of changes decides, the rows are read in the order of their rowids.
    pub(crate) fn update(&mut self) -> String {
        let table = self.table();
        let word = self.pick(&["", "", "", " OR IGNORE", " OR REPLACE", " OR FAIL", " OR ROLLBACK"]);
        self.names = names_of(&table);
        self.queries = 1;
        let filter = if self.one_in(8) { String::new() } else { format!(" WHERE {}", self.condition(2)) };
        let filter = match table.key.as_str() {
            "rowid" => filter,
            // SQLite reads a table without rowids in the order of whichever index is the shortest.
            key => format!(
                " WHERE ({key}) = (SELECT {key} FROM {} ORDER BY {key} LIMIT 1 OFFSET {})",
                table.name,
                self.numbers.below(5)
            ),
        };
        let assignments = self.assignments(&table);
        let returning = self.returning(&table);
        format!("UPDATE{word} {} NOT INDEXED SET {assignments}{filter}{returning}", table.name)
    }

    pub(crate) fn delete(&mut self) -> String {
        let table = self.table();
        self.names = names_of(&table);
        self.queries = 1;
        let filter = if self.one_in(15) { String::new() } else { format!(" WHERE {}", self.condition(2)) };
        let returning = self.returning(&table);
        format!("DELETE FROM {}{filter}{returning}", table.name)
    }

    pub(crate) fn returning(&mut self, table: &Table) -> String {
        match self.numbers.below(12) {
            0 => " RETURNING *".to_owned(),
            1 => {
                let column = self.numbers.pick(&table.columns).name.clone();
                format!(" RETURNING {}, {column} AS x, typeof({column}) AS y", table.key)
            }
            _ => String::new(),
        }
    }
}

/// The columns of a table, with its name.
pub(crate) fn names_of(table: &Table) -> Vec<Name> {
    let name = |column: &crate::schema::Column| Name {
        text: format!("{}.{}", table.name, column.name),
        kind: column.kind,
    };
    table.columns.iter().map(name).collect()
}

/// A first filling of all tables.
pub(crate) fn fillings(numbers: &mut Numbers, schema: &Schema) -> Vec<String> {
    let mut fillings = Vec::new();
    for table in &schema.tables {
        for _ in 0..numbers.below(5) + 2 {
            let mut generator = Generator::new(numbers, schema);
            let all = table.given();
            let rows = generator.rows(table, &all);
            fillings.push(format!("INSERT OR IGNORE INTO {} VALUES {rows}", table.name));
        }
    }
    fillings
}
