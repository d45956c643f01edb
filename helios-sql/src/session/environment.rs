//! What binding and optimising ask of a session: tables now and in the past, and how many rows they have.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use helios_core::branch::Branching;
use helios_core::clock::Moment;
use helios_core::transaction::{Interrupt, Reader};
use helios_core::versioned::{BranchId, Space};
use helios_core::{Error, ErrorKind, Result, Value};
use parking_lot::Mutex;

use super::branches::{branch_table, check_reach};
use super::dbstat::Dbstat;
use super::hooks::HookCompiler;
use super::module_tables::{PastTables, SchemaTables};
use super::moment::{Zone, moment_in};
use super::numbers::{SessionNumbers, sequence_function, sequence_table};
use super::past::{UsedPast, constant_of, moment_named};
use super::pragma::{ReadyPragmas, pragma_function};
use super::rtree_check::RtreeCheck;
use super::settings::Settings;
use super::sources::Slots;
use super::statistics::Counts;
use super::timing::statement_table;
use super::versions::{VersionTable, Versions};
use crate::ast::ConflictClause;
use crate::bind::{
    Access, Authorizer, BoundInsert, Environment, Event, GivenRows, NamedMoment, Past, Permission,
    ValueSource,
};
use crate::catalog::{Catalog, Ciphers, Table, Trigger};
use crate::chunk::Chunk;
use crate::database::Database;
use crate::exec::{Context, SessionFacts};
use crate::func::{ProgramFunctions, ProgramScalar, TableFunction};
use crate::module::{Modules, VirtualTable};
use crate::parse::Dialect;
use crate::plan::{Expr, PastReader, Period};
use crate::table::Agreeing;

/// The number of a schema, and where in it a table or an index lies.
pub(super) type Place = (usize, Space);

/// A session's view of the database while a statement is compiled.
pub(super) struct View {
    pub(super) database: Arc<Database>,
    pub(super) branch: BranchId,
    /// What `main` is called: something else where this is a schema of another session.
    pub(super) schema: String,
    pub(super) catalog: Arc<Catalog>,
    pub(super) reader: Reader,
    pub(super) facts: SessionFacts,
    /// The parameters, once the statement runs; without them AS OF has no moment yet.
    pub(super) parameters: Option<Chunk>,
    /// The most arguments that a function may be called with.
    pub(super) most_arguments: usize,
    /// The functions that the program added.
    pub(super) functions: Arc<ProgramFunctions>,
    /// What earlier parts of the statement gave.
    pub(super) given: RefCell<Vec<Arc<GivenRows>>>,
    /// The modules of virtual tables.
    pub(super) modules: Arc<Modules>,
    /// What the pragmas say that the statement mentions as functions.
    pub(super) pragmas: ReadyPragmas,
    /// Whether the plan tells of times and cannot be used for others.
    pub(super) is_of_now: Cell<bool>,
    /// Whether the statement reads rows, or tells a virtual table to do something.
    pub(super) reads_rows: Cell<bool>,
    /// Whether the statement calls functions that the program added.
    pub(super) calls_program: Cell<bool>,
    /// The moments of the past that the statement reads.
    pub(super) pasts: RefCell<Vec<UsedPast>>,
    /// What the program answers when it is asked.
    pub(super) authorizer: Option<Arc<Authorizer>>,
    pub(super) settings: Settings,
    pub(super) zone: Zone,
    /// The numbers that sequences have given the session.
    pub(super) numbers: Arc<Mutex<SessionNumbers>>,
    /// The schemas besides `main`, in the order of their numbers.
    pub(super) others: Vec<OtherView>,
    /// The schemas of the tables of triggers of `temp`, by the names of the triggers.
    pub(super) trigger_schemas: Arc<HashMap<String, String>>,
    /// Which schemas besides `main` the statement reads or changes.
    pub(super) used: Cell<Slots>,
    /// How many rows tables have about, as far as that was asked.
    pub(super) counts: RefCell<Counts>,
    /// What indexes look like, by schema and space, as far as that was asked.
    pub(super) sampled: RefCell<Vec<(Place, Option<Agreeing>)>>,
    /// Whether it asked for a moment that only parameters will tell, so that the present stood in for it.
    pub(super) lacks_moment: Cell<bool>,
    /// The moment that the session is at, if it is one of the past.
    pub(super) default_past: Option<Past>,
    /// A table of `main` as it would be, in the place of what it is.
    pub(super) imagined: Option<Arc<Table>>,
    pub(super) interrupt: Interrupt,
    /// How many virtual tables are being asked for their columns, each because of a query of the one before.
    pub(super) nested: Cell<usize>,
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("catalog", &self.catalog).finish_non_exhaustive()
    }
}

/// A schema besides `main`.
#[derive(Debug)]
pub(super) struct OtherView {
    pub(super) name: String,
    pub(super) catalog: Arc<Catalog>,
    pub(super) reader: Reader,
}

impl View {
    /// What tables are read from.
    pub(super) fn reader_of(&self, table: &Table) -> &Reader {
        table.slot.checked_sub(1).map_or(&self.reader, |number| &self.others[number].reader)
    }
}

impl View {
    /// The value of an expression of a time; `None` if only parameters will tell, which are not known yet.
    fn constant(&self, expr: &Expr) -> Result<Option<Value>> {
        let needs_parameters = expr.any(&mut |part| matches!(part, Expr::Parameter(_)));
        if self.parameters.is_none() && needs_parameters {
            self.lacks_moment.set(true);
            return Ok(None);
        }
        let mut context = Context::new(self.reader.clone(), None, self.facts.clone(), Default::default());
        if let Some(parameters) = &self.parameters {
            context.parameters = parameters.clone();
        }
        constant_of(expr, &mut context).map(Some)
    }
}

/// An error if versions that a period asks for are not kept any more, or never were. What happened before a table was
/// made did not happen to it.
fn check_range(
    (state, ciphers): (&dyn Branching, &Ciphers),
    branch: BranchId,
    table: &Table,
    period: Period,
) -> Result<()> {
    let since = state.history_since(branch, table.space);
    let is_missing = match since {
        Some(since) if since > period.first() && period != Period::All => {
            let then = Catalog::load(&Reader::of_view(state.view(branch, since)?), None, ciphers)?;
            then.tables().any(|known| known.space == table.space)
        }
        Some(_) => false,
        None => true,
    };
    if is_missing { check_reach(state, branch, table, period.first()) } else { Ok(()) }
}

impl Environment for View {
    fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    fn relation(&self, schema: Option<&str>, name: &str) -> Option<Arc<Table>> {
        let number =
            |wanted: &str| self.others.iter().position(|other| other.name.eq_ignore_ascii_case(wanted));
        match schema {
            Some(schema) if schema.eq_ignore_ascii_case("main") || schema == self.schema => {
                self.relation_at(0, name)
            }
            Some(schema) => self.relation_at(number(schema)? + 1, name),
            None if self.others.is_empty() => self.relation_at(0, name),
            None => {
                let temp = number("temp").map(|number| number + 1);
                let rest = (0..=self.others.len()).filter(|slot| Some(*slot) != temp);
                // Every schema has this table; without a schema it is that of `main`.
                let is_schema = self.catalog.table(name).is_some_and(|table| table.is_internal());
                let temp = temp.filter(|_| !is_schema);
                temp.into_iter().chain(rest).find_map(|slot| self.relation_at(slot, name))
            }
        }
    }

    fn relation_at(&self, slot: usize, name: &str) -> Option<Arc<Table>> {
        let mut table = match slot.checked_sub(1) {
            None => {
                let table = self.catalog.relation(name)?;
                self.note_used(0);
                let imagined = self.imagined.as_ref().filter(|imagined| imagined.space == table.space);
                imagined.unwrap_or(table).clone()
            }
            Some(number) => {
                let mut table = (**self.others[number].catalog.relation(name)?).clone();
                table.slot = slot;
                self.note_used(slot);
                Arc::new(table)
            }
        };
        self.add_temporary_triggers(&mut table);
        Some(table)
    }

    fn schema_name(&self, slot: usize) -> &str {
        slot.checked_sub(1).map_or(&self.schema, |number| &self.others[number].name)
    }

    fn has_others(&self) -> bool {
        !self.others.is_empty()
    }

    fn most_arguments(&self) -> usize {
        self.most_arguments
    }

    fn functions(&self) -> &ProgramFunctions {
        &self.functions
    }

    fn note_program_call(&self) {
        self.calls_program.set(true);
    }

    fn reference_error(
        &self,
        table: &Arc<Table>,
        event: Event<'_>,
        clause: Option<ConflictClause>,
    ) -> Option<Error> {
        HookCompiler::reference_error(self, table, event, clause)
    }

    fn has_authorizer(&self) -> bool {
        self.authorizer.is_some()
    }

    fn authorize(&self, access: Access<'_>) -> Permission {
        self.authorizer.as_ref().map_or(Permission::Allow, |authorizer| authorizer(access))
    }

    fn dialect(&self) -> Dialect {
        self.settings.dialect
    }

    fn unique_columns(&self, table: &Table, name: &str) -> Option<Vec<String>> {
        super::postgres::unique_columns(self, table, name)
    }

    fn like_by_case(&self) -> Option<bool> {
        self.settings.like_by_case
    }

    fn quotes_texts(&self, in_schema: bool) -> bool {
        match in_schema {
            true => !self.settings.is_defining || self.settings.quotes_texts_in_definitions,
            false => self.settings.quotes_texts,
        }
    }

    fn reads_views(&self, slot: usize) -> bool {
        self.settings.reads_views || self.schema_name(slot) == "temp"
    }

    fn table_function(&self, name: &str) -> Option<Arc<dyn TableFunction>> {
        pragma_function(name, self)
            .or_else(|| branch_table(name, &self.database, &self.zone))
            .or_else(|| statement_table(name, &self.database))
    }

    fn system_table(&self, name: &str) -> Option<Arc<dyn VirtualTable>> {
        if self.settings.dialect == Dialect::Postgres
            && let Some(table) = super::postgres::table(name, self)
        {
            return Some(table);
        }
        match name.to_ascii_lowercase().as_str() {
            "dbstat" => Some(Arc::new(Dbstat::of(self))),
            "rtreecheck" => Some(Arc::new(RtreeCheck::of(self))),
            _ => None,
        }
    }

    fn sequence_function(&self, name: &str, count: usize) -> Option<Arc<ProgramScalar>> {
        sequence_function(self, name, count)
    }

    fn given_rows(&self, name: &str) -> Option<Arc<GivenRows>> {
        let given = self.given.borrow();
        given.iter().rev().find(|given| given.name.eq_ignore_ascii_case(name)).cloned()
    }

    fn modules(&self) -> &Modules {
        &self.modules
    }

    fn connect(&self, table: &Table, past: Option<&Past>) -> Result<Arc<dyn VirtualTable>> {
        let Some(definition) = &table.module else {
            return Err(Error::new(ErrorKind::Internal, "a table without a module"));
        };
        if let Some(sequence) = sequence_table(self, table)? {
            return Ok(sequence);
        }
        let Some(past) = past.filter(|_| table.slot == 0) else {
            return self.modules.connect(definition, &SchemaTables::new(self, table.slot));
        };
        let tables = PastTables::new(self, past);
        let connected = self.modules.connect(definition, &tables)?;
        self.check_history(table, past)?;
        tables.found().iter().try_for_each(|table| self.check_history(table, past))?;
        Ok(connected)
    }

    fn moment(&self, moment: &Expr) -> Result<Moment> {
        self.is_of_now.set(true);
        match self.constant(moment)? {
            Some(value) => moment_in(&self.zone, value.as_ref()),
            None => Ok(Moment::PRESENT),
        }
    }

    fn past(&self, named: NamedMoment) -> Result<Past> {
        let moment = moment_named(&named, &self.zone, |expr| self.constant(expr))?;
        let Some(moment) = moment.filter(|_| !self.lacks_moment.get()) else {
            let (catalog, reader) = (self.catalog.clone(), PastReader::new(self.reader.clone()));
            return Ok(Past { moment: Moment::PRESENT, catalog, reader });
        };
        let found = self.database.past(self.branch, moment)?;
        let collations = self.catalog.program_collations();
        let catalog = match collations.is_empty() {
            true => found.catalog.clone(),
            false => Arc::new(found.catalog.with_collations(collations)),
        };
        let reader = PastReader::new(found.reader);
        let used = UsedPast::new(named, found.catalog, reader.clone(), (moment, found.moment));
        self.pasts.borrow_mut().push(used);
        let moment = found.moment;
        Ok(Past { moment, catalog, reader })
    }

    fn default_past(&self) -> Option<Past> {
        self.default_past.clone()
    }

    fn keeps_history(&self, table: &Table) -> bool {
        let present = self.database.engine().present();
        table.slot == 0
            && !table.is_internal()
            && table.column("system_time").is_none()
            && present.is_ok_and(|present| present.state().history_since(self.branch, table.space).is_some())
    }

    fn versions(&self, table: &Arc<Table>, period: Period) -> Result<Arc<dyn VirtualTable>> {
        let mut since = Moment::START;
        let versions = if period == Period::Now {
            Versions::Present(self.reader.clone())
        } else {
            // What is yet to come may not change what was seen.
            let last = match period {
                Period::FromTo(_, to) | Period::Between(_, to) | Period::ContainedIn(_, to) => to,
                Period::At(moment) => moment,
                Period::Now | Period::All => Moment::START,
            };
            let (present, _) = self.database.engine().as_of(last)?;
            let state = present.state().clone();
            since = state.history_since(self.branch, table.space).unwrap_or_default();
            if !self.lacks_moment.get() {
                check_range((&*state, &self.database.ciphers()), self.branch, table, period)?;
            }
            Versions::Committed(state, self.branch)
        };
        self.is_of_now.set(true);
        Ok(Arc::new(VersionTable::new(table, period, versions, since)))
    }

    fn check_history(&self, table: &Table, past: &Past) -> Result<()> {
        if past.moment == Moment::PRESENT || table.is_internal() || table.slot != 0 {
            return Ok(());
        }
        if let Some(used) = self.pasts.borrow_mut().iter_mut().find(|used| used.reader == past.reader) {
            used.tables.push(Arc::new(table.clone()));
        }
        let present = self.database.engine().present()?;
        check_reach(&**present.state(), self.branch, table, past.moment)
    }
}

impl View {
    /// Triggers of `temp` may be of tables of all schemas. The oldest fires first, before those of the table's own schema.
    fn add_temporary_triggers(&self, table: &mut Arc<Table>) {
        let Some(temp) = self.temp() else { return };
        let triggers = self.catalog_at(temp).triggers();
        if triggers.is_empty() {
            return;
        }
        let schema = self.schema_name(table.slot);
        if table.slot == temp {
            let is_own = |trigger: &Arc<Trigger>| {
                !self.trigger_schemas.contains_key(&trigger.name.to_ascii_lowercase())
            };
            Arc::make_mut(table).triggers.retain(is_own);
            return;
        }
        let is_of_table = |trigger: &&Arc<Trigger>| {
            let of = self.trigger_schemas.get(&trigger.name.to_ascii_lowercase());
            of.is_some_and(|of| of == schema)
                && trigger.definition.table.name.eq_ignore_ascii_case(&table.name)
        };
        let added: Vec<_> = triggers.iter().rev().filter(is_of_table).cloned().collect();
        for trigger in added {
            Arc::make_mut(table).triggers.push(Arc::new(Trigger { home: Some(temp), ..(*trigger).clone() }));
        }
    }

    /// Notes if rows are not all that an INSERT hands to a virtual table: what a hidden column has, it does.
    pub(super) fn note_command(&self, insert: &BoundInsert) {
        let is_given = |value: &ValueSource| matches!(value, ValueSource::Source(_));
        let table = &insert.table;
        let mut columns = table.columns.iter().zip(&insert.values);
        if table.module.is_some() && columns.any(|(column, value)| column.is_hidden && is_given(value)) {
            self.reads_rows.set(true);
        }
    }

    /// Notes that a statement has to do with what is in a schema.
    pub(super) fn note_used(&self, slot: usize) {
        let mut used = self.used.get();
        used.add(slot);
        self.used.set(used);
    }

    /// The number of the schema `temp`.
    pub(super) fn temp(&self) -> Option<usize> {
        self.others.iter().position(|other| other.name == "temp").map(|number| number + 1)
    }

    /// A trigger of `temp` as it fires, with its table.
    pub(super) fn fired_by(&self, temp: usize, name: &str) -> Option<(Arc<Table>, Arc<Trigger>)> {
        let trigger = self.catalog_at(temp).trigger(name)?;
        let slot = match self.trigger_schemas.get(&trigger.name.to_ascii_lowercase()) {
            Some(schema) => (0..=self.others.len()).find(|slot| self.schema_name(*slot) == schema)?,
            None => temp,
        };
        let table = self.relation_at(slot, &trigger.definition.table.name)?;
        let trigger = table.triggers.iter().find(|known| known.name.eq_ignore_ascii_case(name))?.clone();
        Some((table, trigger))
    }

    /// The tables of a schema, as they are there.
    pub(super) fn catalog_at(&self, slot: usize) -> &Arc<Catalog> {
        slot.checked_sub(1).map_or(&self.catalog, |number| &self.others[number].catalog)
    }
}
