//! Random statements of a transaction, done to the model too.

use std::collections::BTreeSet;

use helios_testkit::seed::Numbers;

use crate::model::{Commit, Model, Row, State, Table, Written, missing};

pub(crate) const NAMES: [&str; 3] = ["t", "u", "v"];
pub(crate) const KEYS: usize = 8;

/// A transaction on its way.
#[derive(Clone)]
pub(crate) struct Changes {
    pub(crate) state: State,
    written: Written,
    defined: BTreeSet<u32>,
}

/// One of a few texts, so that branches often write the same.
pub(crate) fn random_text(numbers: &mut Numbers) -> String {
    format!("{}{}", ["x", "y", "z"][numbers.below(3)], numbers.below(3))
}

impl Changes {
    pub(crate) fn new(state: State) -> Changes {
        Changes { state, written: Written::new(), defined: BTreeSet::new() }
    }

    /// The commit of what was changed, at a moment.
    pub(crate) fn commit(self, moment: u64) -> Commit {
        let Changes { state, written, defined } = self;
        Commit { moment, state, written, defined, merged: None }
    }

    /// The next statement.
    pub(crate) fn change(&mut self, model: &mut Model, numbers: &mut Numbers) -> String {
        let name = *numbers.pick(&NAMES);
        let Some(table) = self.state.get_mut(name) else {
            let table = Table::new(model.number());
            self.defined.insert(table.id);
            self.state.insert(name, table);
            return format!("CREATE TABLE {name} (k INTEGER PRIMARY KEY, a TEXT, b TEXT)");
        };
        if numbers.one_in(6) {
            return self.define(name, model, numbers);
        }
        let id = table.id;
        let key = numbers.below(KEYS) as i64;
        let text = random_text(numbers);
        let column = *numbers.pick(&table.columns);
        let written: Vec<i64>;
        let sql = match numbers.below(16) {
            0..5 => {
                let row: Row = table.columns.iter().map(|column| (*column, random_text(numbers))).collect();
                let values: String =
                    table.columns.iter().map(|column| format!(", '{}'", row[column])).collect();
                table.rows.insert(key, row);
                written = vec![key];
                format!("INSERT OR REPLACE INTO {name} VALUES ({key}{values})")
            }
            5..7 => {
                let is_there = table.rows.remove(&key).is_some();
                written = is_there.then_some(key).into_iter().collect();
                format!("DELETE FROM {name} WHERE k = {key}")
            }
            7 => {
                written =
                    table.rows.iter().filter(|(_, row)| row[&column] == text).map(|(key, _)| *key).collect();
                table.rows.retain(|_, row| row[&column] != text);
                format!("DELETE FROM {name} WHERE {} = '{text}'", column.0)
            }
            8 if numbers.one_in(3) => {
                written = table.rows.keys().copied().collect();
                table.rows.clear();
                format!("DELETE FROM {name}")
            }
            8..14 => {
                let mut changed = Vec::new();
                for (row, values) in table.rows.iter_mut().filter(|(row, _)| **row >= key) {
                    if values.insert(column, text.clone()).as_ref() != Some(&text) {
                        changed.push(*row);
                    }
                }
                written = changed;
                format!("UPDATE {name} SET {} = '{text}' WHERE k >= {key}", column.0)
            }
            _ => {
                // Deleted and there again at once, with what it had.
                let Some(old) = table.rows.get(&key) else {
                    return format!("DELETE FROM {name} WHERE k = {key}");
                };
                let values: String =
                    table.columns.iter().map(|column| format!(", '{}'", old[column])).collect();
                written = vec![key];
                format!("DELETE FROM {name} WHERE k = {key}; INSERT INTO {name} VALUES ({key}{values})")
            }
        };
        self.written.extend(written.into_iter().map(|key| (id, key)));
        sql
    }

    /// A statement that changes the schema.
    fn define(&mut self, name: &'static str, model: &mut Model, numbers: &mut Numbers) -> String {
        let Some(table) = self.state.get_mut(name) else { return String::new() };
        match (numbers.below(8), table.index) {
            (0, index) => {
                self.defined.extend([Some(table.id), index].into_iter().flatten());
                self.state.remove(name);
                format!("DROP TABLE {name}")
            }
            (1..4, None) => {
                let index = model.number();
                table.index = Some(index);
                self.defined.insert(index);
                format!("CREATE INDEX by_a_{name} ON {name} (a)")
            }
            (1, Some(index)) => {
                table.index = None;
                self.defined.insert(index);
                format!("DROP INDEX by_a_{name}")
            }
            (number, _) => {
                let name_of = if number.is_multiple_of(2) { 'c' } else { 'd' };
                self.defined.insert(table.id);
                if let Some(column) = table.column(name_of) {
                    table.drop(column);
                    table.rows.values_mut().for_each(|row| row.retain(|known, _| *known != column));
                    return format!("ALTER TABLE {name} DROP COLUMN {name_of}");
                }
                let column = (name_of, model.number());
                table.add(column);
                table.rows.values_mut().for_each(|row| {
                    row.insert(column, missing(column));
                });
                format!("ALTER TABLE {name} ADD COLUMN {name_of} TEXT DEFAULT '{}'", missing(column))
            }
        }
    }
}
