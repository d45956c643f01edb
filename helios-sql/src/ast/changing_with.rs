//! WITH whose tables are what changes of rows give, which only PostgreSQL's dialect has.

use super::{CommonTable, Statement};

/// A statement with common tables of which some are made by INSERT, UPDATE or DELETE.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangingWith {
    /// What stands in WITH, in order.
    pub parts: Vec<WithPart>,
    /// The statement behind it, which has no WITH of its own.
    pub body: Statement,
}

/// One table of such a WITH.
#[derive(Clone, Debug, PartialEq)]
pub enum WithPart {
    /// A query.
    Table(Box<CommonTable>),
    /// A change of rows.
    Change {
        /// What its rows are called.
        name: String,
        /// Names of its columns; empty if RETURNING gives them.
        columns: Vec<String>,
        /// INSERT, UPDATE or DELETE.
        change: Statement,
    },
}

impl WithPart {
    /// What its rows are called.
    pub fn name(&self) -> &str {
        match self {
            WithPart::Table(table) => &table.name,
            WithPart::Change { name, .. } => name,
        }
    }
}

impl ChangingWith {
    /// The changes of rows and the statement behind them, in order, each with the tables that it sees in front.
    pub fn statements(&self) -> Vec<(Option<&str>, Statement)> {
        let mut seen: Vec<CommonTable> = Vec::new();
        let mut statements = Vec::with_capacity(self.parts.len() + 1);
        for part in &self.parts {
            match part {
                WithPart::Table(table) => seen.push((**table).clone()),
                WithPart::Change { name, columns, change } => {
                    statements.push((Some(name.as_str()), change.clone().behind(&seen)));
                    seen.push(CommonTable::given(name, columns));
                }
            }
        }
        statements.push((None, self.body.clone().behind(&seen)));
        statements
    }
}

impl Statement {
    /// The statement with these tables in front of its own.
    fn behind(mut self, tables: &[CommonTable]) -> Statement {
        let with = match &mut self {
            Statement::Select(select) => &mut select.with,
            Statement::Insert(insert) => &mut insert.with,
            Statement::Update(update) => &mut update.with,
            Statement::Delete(delete) => &mut delete.with,
            _ => return self,
        };
        with.splice(0..0, tables.iter().cloned());
        self
    }
}
