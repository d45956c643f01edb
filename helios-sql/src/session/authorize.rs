//! Asking the program for statements that are no queries of rows: definitions, transactions, pragmas, maintenance.
//!
//! What queries and changes of rows do, the binder asks for access by access.

use std::sync::Arc;

use helios_core::Result;

use super::Session;
use super::statement::Statement;
use crate::ast::{self, ObjectName};
use crate::bind::{Access, Action, Authorizer, Binder, is_allowed};
use crate::catalog::Trigger;

/// A question: the action, its two arguments and the schema.
type Question = (Action, Option<String>, Option<String>, Option<String>);

impl Session {
    /// Has the program asked what statements may do, when they are compiled; `None` ends that. Statements that are
    /// compiled already are compiled, and asked for, once more.
    pub fn set_authorizer(&mut self, authorizer: Option<Arc<Authorizer>>) {
        self.authorizer = authorizer;
        self.program_changed();
    }

    /// Asks for a statement that is not compiled, unless that was done since the program changed.
    pub(super) fn ask_for(&mut self, statement: &mut Statement) -> Result<()> {
        let Some(authorizer) = self.authorizer.clone().filter(|_| statement.is_asked_for) else {
            statement.permission = None;
            return Ok(());
        };
        if statement.permission.is_some_and(|(changes, _)| changes == self.function_changes) {
            return Ok(());
        }
        let mut is_wanted = true;
        let ast = statement.ast.clone();
        let asked = match &*ast {
            ast::Statement::Explain(explained) | ast::Statement::ExplainQueryPlan(explained) => explained,
            asked => asked,
        };
        for (action, first, second, schema) in self.questions(asked, &statement.text)? {
            is_wanted &= is_allowed(authorizer(Access {
                action,
                first: first.as_deref(),
                second: second.as_deref(),
                schema: schema.as_deref(),
                within: None,
            }))?;
        }
        statement.permission = Some((self.function_changes, is_wanted));
        Ok(())
    }

    fn questions(&mut self, statement: &ast::Statement, text: &Arc<str>) -> Result<Vec<Question>> {
        let transaction = |what: &str| vec![(Action::Transaction, Some(what.to_owned()), None, None)];
        let savepoint = |what: &str, name: &str| {
            vec![(Action::Savepoint, Some(what.to_owned()), Some(name.to_string()), None)]
        };
        Ok(match statement {
            ast::Statement::Begin(_) => transaction("BEGIN"),
            ast::Statement::Commit => transaction("COMMIT"),
            ast::Statement::Rollback => transaction("ROLLBACK"),
            ast::Statement::Savepoint(name) => savepoint("BEGIN", name),
            ast::Statement::Release(name) => savepoint("RELEASE", name),
            ast::Statement::RollbackTo(name) => savepoint("ROLLBACK", name),
            ast::Statement::Pragma(pragma) => {
                let schema = pragma.name.schema.as_ref().map(ToString::to_string);
                vec![(Action::Pragma, Some(pragma.name.name.to_string()), pragma.argument.clone(), schema)]
            }
            ast::Statement::Attach(attach) => vec![(Action::Attach, written(&attach.file), None, None)],
            ast::Statement::Detach(schema) => vec![(Action::Detach, written(schema), None, None)],
            ast::Statement::AlterTable(alter) => {
                let schema = self.schema_of(&alter.table)?;
                let table = Some(alter.table.name.to_string());
                match &alter.alteration {
                    // SQLite has the column in the place of the schema.
                    ast::Alteration::DropColumn(column) => {
                        vec![(Action::AlterTable, Some(schema), table, Some(column.to_string()))]
                    }
                    _ => vec![(Action::AlterTable, Some(schema), table, None)],
                }
            }
            ast::Statement::Analyze(name) => self.maintained(Action::Analyze, name.as_ref())?,
            ast::Statement::Reindex(name) => self.maintained(Action::Reindex, name.as_ref())?,
            ast::Statement::CreateTable(create) => {
                if let Some(select) = &create.select {
                    let sources = self.compiling_sources()?;
                    let view = self.view(&sources, None)?;
                    Binder::new(&view, text.clone()).asking(None).bind_query(select)?;
                }
                let (schema, is_temporary) = new_place(&create.name, create.temporary);
                let action = if is_temporary { Action::CreateTempTable } else { Action::CreateTable };
                self.defined(action, &create.name.name, None, schema)
            }
            ast::Statement::CreateVirtualTable(create) => {
                let (schema, _) = new_place(&create.name, false);
                let module = Some(create.module.clone());
                self.defined(Action::CreateVirtualTable, &create.name.name, module, schema)
            }
            ast::Statement::CreateView(create) => {
                let (schema, is_temporary) = new_place(&create.name, create.temporary);
                let action = if is_temporary { Action::CreateTempView } else { Action::CreateView };
                self.defined(action, &create.name.name, None, schema)
            }
            ast::Statement::CreateIndex(create) => {
                let table = ObjectName { schema: create.name.schema.clone(), name: create.table.clone() };
                let schema = self.schema_of(&table)?;
                let action = if schema == "temp" { Action::CreateTempIndex } else { Action::CreateIndex };
                let (index, table) = (create.name.name.to_string(), create.table.to_string());
                let mut questions = self.defined(action, &index, Some(table), schema.clone());
                questions.push((Action::Reindex, Some(index), None, Some(schema)));
                questions
            }
            ast::Statement::CreateTrigger(create) => {
                let schema = self.schema_of(&create.table)?;
                let action = if schema == "temp" { Action::CreateTempTrigger } else { Action::CreateTrigger };
                let table = create.table.name.to_string();
                self.defined(action, &create.name.name, Some(table), schema)
            }
            ast::Statement::DropTable(drop) => {
                self.dropped(drop, Action::DropTable, Action::DropTempTable)?
            }
            ast::Statement::DropView(drop) => self.dropped(drop, Action::DropView, Action::DropTempView)?,
            ast::Statement::DropIndex(drop) => {
                self.dropped(drop, Action::DropIndex, Action::DropTempIndex)?
            }
            ast::Statement::DropTrigger(drop) => {
                self.dropped(drop, Action::DropTrigger, Action::DropTempTrigger)?
            }
            _ => Vec::new(),
        })
    }

    fn defined(&self, action: Action, name: &str, second: Option<String>, schema: String) -> Vec<Question> {
        let insert = (Action::Insert, Some(schema_table(&schema)), None, Some(schema.clone()));
        vec![insert, (action, Some(name.to_owned()), second, Some(schema))]
    }

    /// What is asked for DROP; nothing, if there is nothing to drop.
    fn dropped(&mut self, drop: &ast::Drop, action: Action, temporary: Action) -> Result<Vec<Question>> {
        let name = &*drop.name.name;
        let Some((slot, table)) = self.find_dropped(drop, action)? else { return Ok(Vec::new()) };
        let schema = self.schema_at(slot);
        let action = if schema == "temp" { temporary } else { action };
        let delete = |what: String| (Action::Delete, Some(what), None, Some(schema.clone()));
        let mut questions = vec![
            delete(schema_table(&schema)),
            (action, Some(name.to_owned()), table.clone(), Some(schema.clone())),
        ];
        if table.is_none() {
            let triggers = self.at(slot).compiling_catalog()?.triggers().to_vec();
            let of_it = |trigger: &Arc<Trigger>| trigger.definition.table.name.eq_ignore_ascii_case(name);
            let is_temporary = schema == "temp";
            let action = if is_temporary { Action::DropTempTrigger } else { Action::DropTrigger };
            questions.extend(triggers.iter().filter(|trigger| of_it(trigger)).map(|trigger| {
                (action, Some(trigger.name.clone()), Some(name.to_owned()), Some(schema.clone()))
            }));
            questions.push(delete(name.to_owned()));
        }
        Ok(questions)
    }

    /// The schema of what is dropped, and of an index or a trigger the table.
    fn find_dropped(&mut self, drop: &ast::Drop, action: Action) -> Result<Option<(usize, Option<String>)>> {
        let name = &*drop.name.name;
        for slot in self.slots_named(drop.name.schema.as_deref()) {
            let catalog = self.at(slot).compiling_catalog()?;
            let found = match action {
                Action::DropIndex => catalog.index(name).map(|(table, _)| Some(table.name.clone())),
                Action::DropTrigger => {
                    catalog.trigger(name).map(|trigger| Some(trigger.definition.table.name.to_string()))
                }
                _ => catalog.relation(name).map(|_| None),
            };
            if let Some(table) = found {
                return Ok(Some((slot, table)));
            }
        }
        Ok(None)
    }

    /// What is asked for REINDEX and ANALYZE, of `main`.
    fn maintained(&mut self, action: Action, name: Option<&ObjectName>) -> Result<Vec<Question>> {
        let catalog = self.compiling_catalog()?;
        let is_named = |known: &str| name.is_none_or(|name| name.name.eq_ignore_ascii_case(known));
        let mut questions = Vec::new();
        let mut ask =
            |what: &str| questions.push((action, Some(what.to_owned()), None, Some("main".to_owned())));
        for table in catalog.tables().filter(|table| !table.is_internal()) {
            let is_meant = is_named(&table.name);
            if action == Action::Reindex {
                let by_collation = |index: &crate::catalog::Index| {
                    index.columns.iter().any(|column| is_named(column.collation.name()))
                };
                let chosen = |index: &&Arc<crate::catalog::Index>| {
                    is_meant || is_named(&index.name) || by_collation(index)
                };
                table.indexes.iter().filter(chosen).for_each(|index| ask(&index.name));
            } else if is_meant && !table.name.to_ascii_lowercase().starts_with("sqlite_") {
                ask(&table.name);
            }
        }
        Ok(questions)
    }

    fn schema_at(&self, slot: usize) -> String {
        slot.checked_sub(1).map_or("main", |number| &self.others[number].name).to_owned()
    }

    /// The schema that has a table.
    fn schema_of(&mut self, table: &ObjectName) -> Result<String> {
        if let Some(schema) = &table.schema {
            return Ok(schema.clone());
        }
        for slot in self.slots_named(None) {
            if self.at(slot).compiling_catalog()?.relation(&table.name).is_some() {
                return Ok(self.schema_at(slot));
            }
        }
        Ok("main".to_owned())
    }
}

/// The name of the table that a definition is a row of.
fn schema_table(schema: &str) -> String {
    if schema == "temp" { "sqlite_temp_master" } else { "sqlite_master" }.to_owned()
}

/// The schema that something new goes to, and whether that is `temp`.
fn new_place(name: &ObjectName, temporary: bool) -> (String, bool) {
    let is_temporary =
        temporary || name.schema.as_deref().is_some_and(|schema| schema.eq_ignore_ascii_case("temp"));
    let schema = if is_temporary { "temp" } else { name.schema.as_deref().unwrap_or("main") };
    (schema.to_owned(), is_temporary)
}

/// The name in ATTACH and DETACH, if it is written there.
fn written(expression: &ast::Expression) -> Option<String> {
    match expression {
        ast::Expression::Literal(helios_core::Value::Text(text)) => {
            Some(String::from_utf8_lossy(text).into_owned())
        }
        ast::Expression::Column(name) => Some(name.column.clone()),
        _ => None,
    }
}
