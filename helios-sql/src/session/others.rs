//! Other schemas than `main`: `temp`, and databases that are attached.
//!
//! Each is a session of its own on its own database, which runs what concerns it alone: definitions, pragmas, its part
//! of the transaction. Statements that read or change rows run in the session that has the others; they read each table
//! from its own database, and write to it in the transaction of its session.

use std::fmt;
use std::sync::Arc;

use helios_core::transaction::Transaction;
use helios_core::{Error, ErrorKind, Result, Value};

use super::Session;
use super::pragma::is_of_connection;
use super::statement::Statement;
use crate::ast::{self, BeginKind, ObjectName};
use crate::catalog::Catalog;
use crate::chunk::Chunk;
use crate::database::{AttachedKey, Database, OpenedDatabase, Places};
use crate::exec::{Context, eval};
use crate::parse::{Dialect, parse_statement};
use crate::plan::Expr;

/// SQLite's limit for attached databases.
const MAX_ATTACHED: usize = 10;

/// A schema besides `main`.
pub(super) struct Other {
    pub(super) name: String,
    pub(super) file: String,
    /// What opens it, if it is attached once more.
    pub(super) key: AttachedKey,
    pub(super) session: Box<Session>,
    /// Keeps the database open.
    opened: OpenedDatabase,
}

impl Other {
    /// Whether it is a file.
    pub(super) fn is_file(&self) -> bool {
        self.opened.database.storage().capabilities().persistent
    }
}

impl fmt::Debug for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Other").field("name", &self.name).field("database", &self.opened.database).finish()
    }
}

impl Session {
    /// Tells where temporary and attached databases come from. Without that there are none.
    pub fn set_places(&mut self, places: Arc<dyn Places>) {
        self.places = Some(places);
    }

    /// Tells the path of the file of `main`, for `PRAGMA database_list`.
    pub fn set_file(&mut self, file: &str) {
        file.clone_into(&mut self.file);
    }

    /// The session of a schema by its number: 0 is this one.
    pub(super) fn at(&mut self, slot: usize) -> &mut Session {
        match slot.checked_sub(1) {
            Some(number) => &mut self.others[number].session,
            None => self,
        }
    }

    /// The number of a schema.
    pub(super) fn slot_named(&self, name: &str) -> Option<usize> {
        if name.eq_ignore_ascii_case("main") {
            return Some(0);
        }
        self.others.iter().position(|other| other.name.eq_ignore_ascii_case(name)).map(|number| number + 1)
    }

    /// The numbers of schemas in the order in which names are looked for: `temp`, `main`, then the attached.
    fn slots(&self) -> Vec<usize> {
        let temp = self.slot_named("temp");
        let rest = (0..=self.others.len()).filter(|slot| Some(*slot) != temp);
        temp.into_iter().chain(rest).collect()
    }

    /// The database of a schema; `None` if there is no such schema.
    pub fn database_of(&mut self, schema: &str) -> Option<Arc<Database>> {
        let slot = self.slot_named(schema)?;
        Some(self.at(slot).database.clone())
    }

    /// Puts a database in the place of one that was attached under this name. False if none was.
    pub fn replace_attached(&mut self, name: &str, opened: OpenedDatabase) -> Result<bool> {
        let Some(slot) = self.slot_named(name).filter(|slot| *slot > 0 && !name.eq_ignore_ascii_case("temp"))
        else {
            return Ok(false);
        };
        let other = self.joined(name, "", opened, self.transaction.is_some())?;
        self.others[slot - 1] = other;
        self.settings_changes += 1;
        // Compiled statements are those of another schema.
        self.function_changes += 1;
        Ok(true)
    }

    /// The numbers of the schemas that a name may be in.
    pub(super) fn slots_named(&self, schema: Option<&str>) -> Vec<usize> {
        schema.map_or_else(|| self.slots(), |schema| self.slot_named(schema).into_iter().collect())
    }

    fn add_other(&mut self, name: &str, file: &str, opened: OpenedDatabase) -> Result<usize> {
        let other = self.joined(name, file, opened, self.transaction.is_some())?;
        self.others.push(other);
        self.settings_changes += 1;
        Ok(self.others.len())
    }

    /// A session on another database, as this one is set; if asked for, in a transaction like that of this one.
    fn joined(&self, name: &str, file: &str, opened: OpenedDatabase, in_transaction: bool) -> Result<Other> {
        let mut session = opened.database.connect(&opened.branch)?;
        session.settings = self.settings;
        // What reads files only does so with all of them.
        session.is_read_only = !opened.may_write || (self.is_read_only && !file.is_empty());
        session.timeout = self.timeout;
        session.interrupt = self.interrupt.clone();
        session.functions = self.functions.clone();
        session.collations.clone_from(&self.collations);
        session.modules = self.modules.clone();
        session.open_queries = self.open_queries.clone();
        session.zone = self.zone.clone();
        name.clone_into(&mut session.schema);
        if in_transaction {
            // A savepoint that began the transaction begins this one too.
            if !self.began_with_savepoint() {
                session.begin(BeginKind::Deferred)?;
            }
            for name in self.savepoint_names() {
                session.savepoint(&name)?;
            }
        }
        Ok(Other {
            name: name.to_owned(),
            file: file.to_owned(),
            key: AttachedKey::Same,
            session: Box::new(session),
            opened,
        })
    }

    /// An attached file, opened once more.
    pub(super) fn opened_again(&self, other: &Other, in_transaction: bool) -> Result<Other> {
        let mut opened = self.places()?.open(&other.file, &other.key)?;
        opened.branch.clone_from(&other.session.branch_name);
        let joined = self.joined(&other.name, &other.file, opened, in_transaction)?;
        Ok(Other { key: other.key.clone(), ..joined })
    }

    pub(super) fn places(&self) -> Result<Arc<dyn Places>> {
        self.places.clone().ok_or_else(|| Error::sql("there is no place for another database"))
    }

    /// The number of `temp`, which is made when it is first needed.
    pub(super) fn temp(&mut self) -> Result<usize> {
        match self.slot_named("temp") {
            Some(slot) => Ok(slot),
            None => {
                let opened = self.places()?.temporary()?;
                self.add_other("temp", "", opened)
            }
        }
    }

    /// ATTACH.
    pub(super) fn attach(&mut self, attach: &ast::Attach, parameters: &Chunk) -> Result<()> {
        let file = self.text_of(&attach.file, parameters)?;
        let name = self.text_of(&attach.schema, parameters)?;
        let key = self.attached_key(attach.key.as_ref(), parameters)?;
        if !matches!(file.as_str(), "" | ":memory:") {
            self.check_files()?;
        }
        if self.others.iter().filter(|other| other.name != "temp").count() >= MAX_ATTACHED {
            return Err(Error::sql(format!("too many attached databases - max {MAX_ATTACHED}")));
        }
        if self.slot_named(&name).is_some() || name.eq_ignore_ascii_case("temp") {
            return Err(Error::sql(format!("database {name} is already in use")));
        }
        let opened = self.places()?.open(&file, &key).map_err(|error| match error.kind() {
            ErrorKind::CannotOpen => {
                Error::new(ErrorKind::CannotOpen, format!("unable to open database: {file}")).caused_by(error)
            }
            _ => error,
        })?;
        let file = opened.file.clone();
        let slot = self.add_other(&name, &file, opened)?;
        self.others[slot - 1].key = key;
        Ok(())
    }

    /// DETACH.
    pub(super) fn detach(&mut self, schema: &ast::Expression, parameters: &Chunk) -> Result<()> {
        let name = self.text_of(schema, parameters)?;
        let Some(slot) = self.slot_named(&name) else {
            if name.eq_ignore_ascii_case("temp") {
                return Err(Error::sql("cannot detach database temp"));
            }
            return Err(Error::sql(format!("no such database: {name}")));
        };
        if slot == 0 || name.eq_ignore_ascii_case("temp") {
            return Err(Error::sql(format!("cannot detach database {name}")));
        }
        let other = &self.others[slot - 1].session;
        if other.transaction.as_ref().is_some_and(Transaction::has_begun) {
            return Err(Error::sql(format!("database {name} is locked")));
        }
        let detached = self.others.remove(slot - 1).name;
        if let Some(temp) = self.slot_named("temp") {
            // The triggers of `temp` on its tables stay, and never fire again.
            let schemas = Arc::make_mut(&mut self.at(temp).trigger_schemas);
            schemas.values_mut().filter(|schema| **schema == detached).for_each(String::clear);
        }
        self.settings_changes += 1;
        Ok(())
    }

    /// The value of an expression without columns.
    pub(super) fn value_of(&mut self, expression: &ast::Expression, parameters: &Chunk) -> Result<Value> {
        let view = self.current_view()?;
        let expr: Expr = crate::bind::Binder::new(&view, "".into()).bind_alone(expression)?;
        let mut context: Context = self.probing()?;
        context.parameters = parameters.clone();
        eval::constant(&expr, &mut context)
    }

    /// The text that an expression without columns gives.
    fn text_of(&mut self, expression: &ast::Expression, parameters: &Chunk) -> Result<String> {
        let value = self.value_of(expression, parameters)?;
        Ok(match helios_core::value::Affinity::Text.apply(value) {
            Value::Text(text) | Value::Blob(text) => String::from_utf8_lossy(&text).into_owned(),
            _ => String::new(),
        })
    }

    /// A statement that concerns one other schema alone, as that one's session says it, with its number.
    pub(super) fn elsewhere(
        &mut self,
        statement: &ast::Statement,
    ) -> Result<Option<(usize, ast::Statement)>> {
        // What comes to the session of one of these concerns that one.
        if statement.works_on_rows() || self.schema != "main" {
            return Ok(None);
        }
        let mut own = statement.clone();
        let slot = match &mut own {
            ast::Statement::CreateTable(create) if create.select.is_none() => {
                let slot = self.place_of_new(&create.name, create.temporary, "table")?;
                create.temporary = false;
                create.name.schema = None;
                slot
            }
            ast::Statement::CreateVirtualTable(create) => {
                let slot = self.place_of_new(&create.name, false, "table")?;
                create.name.schema = None;
                slot
            }
            ast::Statement::CreateView(create) => {
                let slot = self.place_of_new(&create.name, create.temporary, "view")?;
                self.check_view_sources(slot, create)?;
                create.temporary = false;
                create.name.schema = None;
                slot
            }
            ast::Statement::CreateTrigger(create) => {
                let slot = self.place_of_trigger(create)?;
                create.temporary = false;
                create.name.schema = None;
                slot
            }
            ast::Statement::CreateIndex(create) => {
                let table = ObjectName { schema: create.name.schema.take(), name: create.table.clone() };
                let found = self.slot_with(&table, |catalog, name| catalog.relation(name).is_some())?;
                // Without a schema it is one of a temporary table, or of one of `main`.
                let is_there = table.schema.is_some() || found == self.slot_named("temp");
                found.filter(|_| is_there).unwrap_or(0)
            }
            ast::Statement::AlterTable(alter) => {
                let has = |catalog: &Catalog, name: &str| catalog.relation(name).is_some();
                let slot = self.slot_with(&alter.table, has)?;
                if let (Some(slot @ 1..), Some(schema)) = (slot, &alter.table.schema)
                    && !has(&*self.at(slot).compiling_catalog()?, &alter.table.name)
                {
                    return Err(Error::sql(format!("no such table: {schema}.{}", alter.table.name)));
                }
                keep_schema(slot, &mut alter.table)
            }
            ast::Statement::Comment(comment) => {
                let (name, is_index) = comment.of.object_mut();
                let has = |catalog: &Catalog, name: &str| match is_index {
                    true => catalog.index(name).is_some(),
                    false => catalog.relation(name).is_some(),
                };
                let slot = self.slot_with(name, has)?;
                keep_schema(slot, name)
            }
            ast::Statement::DropTable(drop) => {
                self.slot_of_dropped(drop, "table", |catalog, name| catalog.relation(name).is_some())?
            }
            ast::Statement::DropView(drop) => {
                self.slot_of_dropped(drop, "view", |catalog, name| catalog.relation(name).is_some())?
            }
            ast::Statement::DropIndex(drop) => {
                self.slot_of_dropped(drop, "index", |catalog, name| catalog.index(name).is_some())?
            }
            ast::Statement::DropTrigger(drop) => {
                self.slot_of_dropped(drop, "trigger", |catalog, name| catalog.trigger(name).is_some())?
            }
            ast::Statement::Analyze(Some(name)) | ast::Statement::Reindex(Some(name)) => {
                let is_analyze = matches!(statement, ast::Statement::Analyze(_));
                let Some(schema) = name.schema.clone() else {
                    return self.elsewhere_by_name(own, is_analyze);
                };
                let slot = self.slot_named(&schema);
                let slot = slot.ok_or_else(|| Error::sql(format!("unknown database {schema}")))?;
                keep_schema(Some(slot), name)
            }
            // What views of other schemas mean, only this session knows.
            ast::Statement::Pragma(pragma) if is_about_columns(pragma) => {
                if let Some(schema) =
                    pragma.name.schema.as_ref().filter(|name| !name.eq_ignore_ascii_case("temp"))
                {
                    self.slot_named(schema)
                        .ok_or_else(|| Error::sql(format!("unknown database {schema}")))?;
                }
                0
            }
            ast::Statement::Pragma(pragma) => match &pragma.name.schema {
                Some(schema) => {
                    let unknown = || Error::sql(format!("unknown database {schema}"));
                    let slot = if schema.eq_ignore_ascii_case("temp") {
                        self.temp()?
                    } else {
                        self.slot_named(schema).ok_or_else(unknown)?
                    };
                    pragma.name.schema = None;
                    if is_of_connection(&pragma.name.name) { 0 } else { slot }
                }
                None => self.slot_of_pragma(pragma)?,
            },
            _ => 0,
        };
        Ok((slot != 0).then_some((slot, own)))
    }

    /// ANALYZE or REINDEX of a name without a schema: a schema itself for ANALYZE, else a table or index of any.
    fn elsewhere_by_name(
        &mut self,
        mut statement: ast::Statement,
        is_analyze: bool,
    ) -> Result<Option<(usize, ast::Statement)>> {
        let (ast::Statement::Analyze(name) | ast::Statement::Reindex(name)) = &mut statement else {
            return Ok(None);
        };
        let Some(object) = name.clone() else { return Ok(None) };
        let by_schema = self.slot_named(&object.name).filter(|slot| is_analyze && *slot != 0);
        if let Some(slot) = by_schema {
            *name = None;
            return Ok(Some((slot, statement)));
        }
        let found = self.slot_with(&object, |catalog, name| {
            catalog.relation(name).is_some() || catalog.index(name).is_some()
        })?;
        Ok(found.filter(|slot| *slot != 0).map(|slot| (slot, statement)))
    }

    /// The schema of the table or index that a pragma without a schema is about.
    fn slot_of_pragma(&mut self, pragma: &ast::Pragma) -> Result<usize> {
        let about_table =
            ["index_list", "foreign_key_list", "foreign_key_check", "integrity_check", "quick_check"];
        let about_index = ["index_info", "index_xinfo"];
        let name = pragma.name.name.to_ascii_lowercase();
        let Some(argument) = pragma.argument.as_deref() else { return Ok(0) };
        let object = ObjectName::bare(argument);
        let found = if about_table.contains(&&*name) {
            self.slot_with(&object, |catalog, name| catalog.relation(name).is_some())?
        } else if about_index.contains(&&*name) {
            self.slot_with(&object, |catalog, name| catalog.index(name).is_some())?
        } else {
            None
        };
        Ok(found.unwrap_or(0))
    }

    /// The schema of what is dropped.
    fn slot_of_dropped(
        &mut self,
        drop: &mut ast::Drop,
        kind: &str,
        has: impl Fn(&Catalog, &str) -> bool,
    ) -> Result<usize> {
        let slot = self.slot_with(&drop.name, &has)?;
        if let (Some(slot @ 1..), Some(schema)) = (slot, &drop.name.schema)
            && !drop.if_exists
            && !has(&*self.at(slot).compiling_catalog()?, &drop.name.name)
        {
            return Err(Error::sql(format!("no such {kind}: {schema}.{}", drop.name.name)));
        }
        Ok(keep_schema(slot, &mut drop.name))
    }

    /// Where something new goes.
    fn place_of_new(&mut self, name: &ObjectName, temporary: bool, kind: &str) -> Result<usize> {
        match name.schema.as_deref() {
            Some(schema) if temporary && !schema.eq_ignore_ascii_case("temp") => {
                Err(Error::sql(format!("temporary {kind} name must be unqualified")))
            }
            Some(schema) if schema.eq_ignore_ascii_case("temp") => self.temp(),
            Some(schema) => {
                self.slot_named(schema).ok_or_else(|| Error::sql(format!("unknown database {schema}")))
            }
            None if temporary => self.temp(),
            None => Ok(0),
        }
    }

    /// The first schema that has what is looked for; of a name with a schema, that one.
    pub(super) fn slot_with(
        &mut self,
        name: &ObjectName,
        has: impl Fn(&Catalog, &str) -> bool,
    ) -> Result<Option<usize>> {
        if let Some(schema) = &name.schema {
            return Ok(self.slot_named(schema));
        }
        if self.others.is_empty() {
            return Ok(Some(0));
        }
        for slot in self.slots() {
            if has(&*self.at(slot).compiling_catalog()?, &name.name) {
                return Ok(Some(slot));
            }
        }
        Ok(None)
    }

    /// CREATE TABLE … AS in another schema: an empty table, and an INSERT that fills it.
    pub(super) fn create_filled(
        &mut self,
        statement: &Statement,
        create: &ast::CreateTable,
        select: &ast::Select,
        parameters: &Chunk,
    ) -> Result<bool> {
        let slot = self.place_of_new(&create.name, create.temporary, "table")?;
        if slot == 0 {
            return Ok(false);
        }
        let schema = self.others[slot - 1].name.clone();
        let has_it = self.at(slot).compiling_catalog()?.relation(&create.name.name).is_some();
        if has_it && create.if_not_exists {
            return Ok(true);
        }
        let text = self.definition_of(statement, &create.name.name, select, parameters)?;
        let Some(mut parsed) = parse_statement(&text)? else { return Ok(false) };
        if let ast::Statement::CreateTable(made) = &mut parsed.statement {
            made.on_commit = create.on_commit;
        }
        let mut made = Statement::new(&text, parsed);
        self.at(slot).start(&mut made, &Chunk::new(Vec::new(), 1))?;
        let name = ObjectName { schema: Some(schema), name: create.name.name.clone() };
        let changes = (self.changes, self.total_changes, self.last_insert_rowid);
        let filled = self.fill_from(statement, name, select, parameters);
        let rows = self.changes;
        (self.changes, self.total_changes, self.last_insert_rowid) = changes;
        if self.settings.dialect == Dialect::Postgres {
            // Its clients are told how many rows there were.
            self.changes = rows;
        }
        filled.map(|()| true)
    }

    pub(super) fn begin_all(&mut self, kind: BeginKind) -> Result<()> {
        self.begin(kind)?;
        // Those that wait for a turn take it when they write.
        self.others.iter_mut().try_for_each(|other| other.session.begin(BeginKind::Deferred))
    }

    pub(super) fn commit_all(&mut self) -> Result<()> {
        self.settle_all()?;
        let result = self.commit().and_then(|()| {
            self.others.iter_mut().try_for_each(|other| match other.session.transaction {
                Some(_) => other.session.commit(),
                None => Ok(()),
            })
        });
        // Where the commit failed for good, nothing of the transaction stays open in any schema.
        if result.is_err() && self.transaction.is_none() {
            self.others.iter_mut().for_each(|other| other.session.abandon());
        }
        result
    }

    /// An error if a deferred reference of any schema is not met: before any of them is committed.
    fn settle_all(&mut self) -> Result<()> {
        self.others.iter_mut().try_for_each(|other| other.session.settle_deferred())
    }

    pub(super) fn roll_back_all(&mut self) -> Result<()> {
        self.roll_back()?;
        self.others.iter_mut().for_each(|other| other.session.abandon());
        Ok(())
    }

    pub(super) fn savepoint_all(&mut self, name: &str) -> Result<()> {
        self.savepoint(name)?;
        self.others.iter_mut().try_for_each(|other| other.session.savepoint(name))
    }

    pub(super) fn release_all(&mut self, name: &str) -> Result<()> {
        if self.is_outermost(name)? {
            self.settle_all()?;
        }
        self.release(name)?;
        self.others.iter_mut().try_for_each(|other| other.session.release(name))
    }

    pub(super) fn roll_back_all_to(&mut self, name: &str) -> Result<()> {
        self.roll_back_to(name)?;
        self.others.iter_mut().try_for_each(|other| other.session.roll_back_to(name))
    }
}

/// The name as the schema's own session knows it; as it was written if there is no such schema or it is `main`.
fn keep_schema(slot: Option<usize>, name: &mut ObjectName) -> usize {
    let slot = slot.unwrap_or(0);
    if slot != 0 {
        name.schema = None;
    }
    slot
}

/// Whether a pragma tells the columns of a table or view.
fn is_about_columns(pragma: &ast::Pragma) -> bool {
    ["table_info", "table_xinfo"].iter().any(|name| pragma.name.name.eq_ignore_ascii_case(name))
}
