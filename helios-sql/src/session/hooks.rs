//! Compiling what the change of a row brings about: triggers, and what foreign keys ask for.
//!
//! In: a table and what is done to it. Out: [`Hooks`], numbers of programs that are compiled once each, however many
//! statements come upon them. What a foreign key does is a trigger that is written here.

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::value::Affinity;
use helios_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

use super::compile::{Planned, plan};
use super::environment::View;
use crate::ast::{self, ConflictClause, CreateTrigger, ReferenceAction, TriggerEvent, TriggerTiming};
use crate::bind::{Binder, Bound, Environment, Event, RowChecks, TriggerRows, UpsertAction};
use crate::catalog::{Index, Reference, Table, Trigger};
use crate::exec::build;
use crate::parse::{Dialect, parse_statement};
use crate::plan::{Plan, Query};
use crate::write::{
    Hooks, KeyProgram, Parent, Probe, Programs, Recipe, TriggerProgram, TriggerStep, broken_reference,
};

/// What a program is known by: the table, and the trigger's name with the conflict clause that its statements take over,
/// or the reference's number and event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum TriggerKey {
    Named(usize, String, Option<ConflictClause>),
    Action { slot: usize, child: String, number: usize, on_delete: bool },
}

/// A trigger to compile.
#[derive(Clone, Debug)]
struct OpenTrigger {
    table: Arc<Table>,
    trigger: Arc<Trigger>,
    is_named: bool,
    fired_by: Option<ConflictClause>,
}

/// Compiles programs for a statement.
#[derive(Debug)]
pub(super) struct HookCompiler<'v> {
    view: &'v View,
    programs: Programs,
    triggers: HashMap<TriggerKey, usize>,
    keys: HashMap<(usize, String, usize), usize>,
    /// How the rows are found that refer, for each reference that has a program.
    lookups: Vec<Query>,
    /// Triggers that have a number, not all of them a program yet.
    open: Vec<OpenTrigger>,
    /// The conflict clause of the statement that fires the trigger whose statements are compiled: it is theirs.
    fired_by: Option<ConflictClause>,
    /// Whether the statement may insert many rows, or do more than insert its row.
    many_rows: bool,
}

impl<'v> HookCompiler<'v> {
    pub(super) fn new(view: &'v View) -> HookCompiler<'v> {
        let programs = Programs { recursive: view.settings.recursive_triggers, ..Programs::default() };
        HookCompiler {
            view,
            programs,
            triggers: HashMap::new(),
            keys: HashMap::new(),
            lookups: Vec::new(),
            open: Vec::new(),
            fired_by: None,
            many_rows: false,
        }
    }

    /// Everything that was asked for, and what follows from that.
    pub(super) fn finish(mut self) -> Result<Arc<Programs>> {
        while self.programs.triggers.len() < self.open.len() {
            self.many_rows = true;
            let open = self.open[self.programs.triggers.len()].clone();
            self.fired_by = open.fired_by;
            let program = self.compile_trigger(&open.table, &open.trigger, open.is_named)?;
            self.programs.triggers.push(program);
        }
        Ok(Arc::new(self.programs))
    }

    /// Notes what an INSERT takes its rows from.
    pub(super) fn note_source(&mut self, insert: &ast::Insert) {
        self.many_rows = !insert.returning.is_empty()
            || insert.source.as_ref().is_some_and(|source| {
                !source.rest.is_empty()
                    || !matches!(&source.first, ast::SelectTerm::Values(rows) if rows.len() == 1)
            });
    }

    /// Leaves CHECK constraints out, if the session wants that.
    pub(super) fn forget_checks(&self, row: &mut RowChecks) {
        if self.view.settings.ignores_checks {
            row.checks.clear();
            row.has_checks = false;
        }
    }

    /// What INSERT with its ON CONFLICT clauses brings about.
    pub(super) fn insert_hooks(
        &mut self,
        table: &Arc<Table>,
        on_conflict: Option<ConflictClause>,
        upserts: &[UpsertAction],
        gives_rowids: bool,
    ) -> Result<Hooks> {
        let event = Event::Insert(gives_rowids);
        let is_watched = |trigger: &Arc<Trigger>| trigger.definition.event == TriggerEvent::Insert;
        self.many_rows |=
            table.triggers.iter().any(is_watched) || may_replace(table, event, self.fired_by.or(on_conflict));
        let mut hooks = self.hooks(table, event, on_conflict)?;
        for upsert in upserts {
            let assigned = upsert.assignments.iter().flatten().map(|(position, _)| *position);
            let assigned: Vec<usize> = assigned.collect();
            hooks.upserts.push(match upsert.assignments {
                Some(_) => self.hooks(table, Event::Update(&assigned), on_conflict)?,
                None => Hooks::default(),
            });
        }
        Ok(hooks)
    }

    /// What UPDATE brings about.
    pub(super) fn update_hooks(
        &mut self,
        table: &Arc<Table>,
        on_conflict: Option<ConflictClause>,
        assigned: &[usize],
        assigns_rowid: bool,
    ) -> Result<Hooks> {
        let mut positions = assigned.to_vec();
        if assigns_rowid {
            positions.extend(table.rowid_column);
            positions.push(table.rowid_position());
        }
        self.hooks(table, Event::Update(&positions), on_conflict)
    }

    /// What DELETE brings about.
    pub(super) fn delete_hooks(&mut self, table: &Arc<Table>) -> Result<Hooks> {
        let hooks = self.hooks(table, Event::Delete, None)?;
        // Only the rows of a change that goes on are deleted for others.
        Ok(Hooks { replaced: None, ..hooks })
    }

    /// How the rows are found that refer to those that a change takes away.
    pub(super) fn lookups(&self, hooks: &Hooks) -> Vec<Query> {
        hooks.referenced_by.iter().map(|number| self.lookups[*number].clone()).collect()
    }

    fn hooks(
        &mut self,
        table: &Arc<Table>,
        event: Event<'_>,
        on_conflict: Option<ConflictClause>,
    ) -> Result<Hooks> {
        let slots = &mut self.programs.slots;
        if table.view.is_none() && !slots.contains(&table.slot) {
            slots.push(table.slot);
        }
        let clause = self.fired_by.or(on_conflict).filter(|_| !matches!(event, Event::Delete));
        let mut hooks = Hooks::default();
        self.add_references(table, event, &mut hooks)?;
        self.add_triggers(table, event, clause, &mut hooks)?;
        if table.view.is_some() && hooks.instead.is_empty() {
            return Err(Error::sql(format!("cannot modify {} because it is a view", table.name)));
        }
        if table.view.is_none() && !matches!(event, Event::Delete) && may_replace(table, event, clause) {
            let mut replaced = Hooks::default();
            self.add_references(table, Event::Delete, &mut replaced)?;
            if self.view.settings.recursive_triggers {
                self.add_triggers(table, Event::Delete, Some(ConflictClause::Replace), &mut replaced)?;
            }
            hooks.replaced = (!replaced.is_empty()).then(|| Box::new(replaced));
        }
        Ok(hooks)
    }

    /// Adds the triggers that an event fires; `clause` is what becomes the conflict clause of their statements.
    fn add_triggers(
        &mut self,
        table: &Arc<Table>,
        event: Event<'_>,
        clause: Option<ConflictClause>,
        hooks: &mut Hooks,
    ) -> Result<()> {
        // The newest trigger fires first, as in SQLite.
        let settings = &self.view.settings;
        let may_fire = |trigger: &Trigger| {
            let is_temporary = self.view.schema_name(trigger.home.unwrap_or(table.slot)) == "temp";
            settings.fires_triggers && (settings.enables_triggers || is_temporary)
        };
        let triggers = table.triggers.iter().rev().filter(|trigger| may_fire(trigger));
        for trigger in triggers.cloned().collect::<Vec<_>>() {
            let fires = match event {
                Event::Insert(_) => trigger.definition.event == TriggerEvent::Insert,
                Event::Delete => trigger.is_fired_by_delete(),
                Event::Update(assigned) => trigger.is_fired_by_update(table, assigned),
            };
            if fires {
                let home = trigger.home.unwrap_or(table.slot);
                let key = TriggerKey::Named(home, trigger.name.to_ascii_lowercase(), clause);
                let open = OpenTrigger {
                    table: table.clone(),
                    trigger: trigger.clone(),
                    is_named: true,
                    fired_by: clause,
                };
                let number = self.number(key, || Ok(open))?;
                match trigger.definition.timing {
                    TriggerTiming::Before => hooks.before.push(number),
                    TriggerTiming::After => hooks.after.push(number),
                    TriggerTiming::InsteadOf => hooks.instead.push(number),
                }
            }
        }
        Ok(())
    }

    fn number(&mut self, key: TriggerKey, open: impl FnOnce() -> Result<OpenTrigger>) -> Result<usize> {
        if let Some(number) = self.triggers.get(&key) {
            return Ok(*number);
        }
        self.open.push(open()?);
        self.triggers.insert(key, self.open.len() - 1);
        Ok(self.open.len() - 1)
    }

    fn add_references(&mut self, table: &Arc<Table>, event: Event<'_>, hooks: &mut Hooks) -> Result<()> {
        if !self.view.settings.foreign_keys {
            return Ok(());
        }
        for (number, reference) in table.references.iter().enumerate() {
            let touches = match event {
                Event::Update(assigned) => reference.columns.iter().any(|column| assigned.contains(column)),
                Event::Insert(_) | Event::Delete => true,
            };
            if touches {
                match self.key_of(table, number) {
                    Ok(program) => hooks.references.push(program),
                    Err(_) if self.is_dropping() => {}
                    Err(error) => return Err(error),
                }
            }
        }
        // The newest comes first, as in SQLite.
        for (child, number) in table.referenced_by.iter().rev() {
            let Some(child) = self.view.relation_at(table.slot, child) else { continue };
            let reference = child.references[*number].clone();
            if matches!(event, Event::Insert(_)) {
                // SQLite looks whether the rows are what others wait for, but for a lone row that nobody can wait for.
                if self.many_rows || reference.deferred || self.view.settings.defer_foreign_keys {
                    reference.resolve(&child, table)?;
                }
                continue;
            }
            if let Event::Update(assigned) = event
                && !reference.refers_to_any(table, assigned)
            {
                continue;
            }
            match self.key_of(&child, *number) {
                Ok(program) => hooks.referenced_by.push(program),
                Err(_) if self.is_dropping() => continue,
                Err(error) => return Err(error),
            }
            let on_delete = matches!(event, Event::Delete);
            let action = if on_delete { reference.on_delete } else { reference.on_update };
            if self.acts(action) {
                let key = TriggerKey::Action {
                    slot: child.slot,
                    child: child.name.to_ascii_lowercase(),
                    number: *number,
                    on_delete,
                };
                // What a reference does is never turned into anything else by the statement.
                let action = || {
                    Ok(OpenTrigger {
                        table: table.clone(),
                        trigger: action_trigger(&reference, &child, table, on_delete)?,
                        is_named: false,
                        fired_by: Some(ConflictClause::Abort),
                    })
                };
                let number = self.number(key, action)?;
                hooks.after.push(number);
            }
        }
        Ok(())
    }

    /// What is wrong with the foreign keys that a change looks at.
    pub(super) fn reference_error(
        view: &'v View,
        table: &Arc<Table>,
        event: Event<'_>,
        clause: Option<ConflictClause>,
    ) -> Option<Error> {
        let mut compiler = HookCompiler::new(view);
        let mut look = |event| compiler.add_references(table, event, &mut Hooks::default()).err();
        // A row that is replaced is deleted.
        look(event).or_else(|| look(Event::Delete).filter(|_| may_replace(table, event, clause)))
    }

    /// Whether a trigger does what a reference asks for. For SQLite RESTRICT is one that takes its turn among the others,
    /// and waits as they all do under `PRAGMA defer_foreign_keys`.
    fn acts(&self, action: ReferenceAction) -> bool {
        match action {
            ReferenceAction::NoAction => false,
            ReferenceAction::Restrict => !self.restricts_at_once() && !self.view.settings.defer_foreign_keys,
            _ => true,
        }
    }

    /// Whether RESTRICT stops a change whatever other references would do, and cannot wait, as in PostgreSQL.
    fn restricts_at_once(&self) -> bool {
        self.view.settings.dialect == Dialect::Postgres
    }

    /// Whether rows go because their table does. References that fit no key stand in the way of nothing then.
    fn is_dropping(&self) -> bool {
        !self.view.settings.fires_triggers
    }

    /// The program of a reference.
    pub(super) fn key_of(&mut self, child: &Arc<Table>, number: usize) -> Result<usize> {
        let name = child.name.to_ascii_lowercase();
        let key = (child.slot, name.clone(), number);
        if let Some(known) = self.keys.get(&key) {
            return Ok(*known);
        }
        let reference = &child.references[number];
        let Some(parent) = self.view.relation_at(child.slot, &reference.table) else {
            let schema = self.view.schema_name(child.slot);
            return Err(Error::sql(format!("no such table: {schema}.{}", reference.table)));
        };
        let targets = reference.resolve(child, &parent)?;
        let mut to_parent = Vec::new();
        let mut to_child = Vec::new();
        let mut affinities = Vec::new();
        for (place, (&column, &target)) in reference.columns.iter().zip(&targets).enumerate() {
            let (target, column) = (&parent.columns[target], &child.columns[column]);
            to_parent.push(format!("{} = ?{}", quoted(&target.name), place + 1));
            affinities.push(target.affinity);
            let collation = target.collation.name();
            to_child.push(format!("{} = ?{} COLLATE {collation}", quoted(&column.name), place + 1));
        }
        let restricts = |action| action == ReferenceAction::Restrict && self.restricts_at_once();
        let restricts = (restricts(reference.on_delete), restricts(reference.on_update));
        let (referring, lookup) = self.probe(child, &to_child, affinities)?;
        let is_by_rowid =
            targets.len() == 1 && parent.rowid_column == targets.first().copied() && parent.is_stored();
        let to_parent = match is_by_rowid {
            true => Parent::ByRowid(parent.space),
            false => Parent::ByQuery(Mutex::new(self.probe(&parent, &to_parent, Vec::new())?.0)),
        };
        let program = KeyProgram {
            child: (name, number),
            slot: child.slot,
            columns: reference.columns.clone(),
            targets,
            deferred: reference.deferred,
            restricts,
            parent: to_parent,
            referring: Mutex::new(referring),
        };
        self.lookups.push(lookup);
        self.programs.keys.push(program);
        self.keys.insert(key, self.programs.keys.len() - 1);
        Ok(self.programs.keys.len() - 1)
    }

    fn probe(
        &self,
        table: &Table,
        conditions: &[String],
        affinities: Vec<Affinity>,
    ) -> Result<(Probe, Query)> {
        let schema = self.view.schema_name(table.slot);
        let (schema, name) = (quoted(schema), quoted(&table.name));
        let text = format!("SELECT 1 FROM {schema}.{name} WHERE {}", conditions.join(" AND "));
        let Some(ast::Statement::Select(select)) = parse_statement(&text)?.map(|parsed| parsed.statement)
        else {
            return Err(not_understood());
        };
        let binder = Binder::new(self.view, text.into()).with_parameters_of(affinities);
        let planned = plan(binder.bind_query(&select)?, self.view)?;
        let built = build(&planned.query, &planned.subqueries)?;
        Ok((Probe { built, slots: planned.slots }, planned.query))
    }

    fn compile_trigger(
        &mut self,
        table: &Arc<Table>,
        trigger: &Arc<Trigger>,
        is_named: bool,
    ) -> Result<TriggerProgram> {
        let definition = &trigger.definition;
        let table = Binder::new(self.view, trigger.sql.clone()).fired_table(table)?;
        let rows = TriggerRows {
            table: table.clone(),
            home: trigger.home.unwrap_or(table.slot),
            has_old: definition.event != TriggerEvent::Insert,
            has_new: definition.event != TriggerEvent::Delete,
        };
        let filter = match &definition.filter {
            Some(filter) => {
                let bound = self.binder(trigger, &rows, is_named).bind_condition(filter)?;
                Some(self.select_step(bound)?)
            }
            None => None,
        };
        let mut steps = Vec::with_capacity(definition.body.len());
        for statement in &definition.body {
            steps.push(self.compile_step(statement, (trigger, is_named), &rows)?);
        }
        Ok(TriggerProgram { is_named, width: table.columns.len(), filter, steps })
    }

    fn binder(&self, trigger: &Trigger, rows: &TriggerRows, is_named: bool) -> Binder<'v> {
        let binder = Binder::for_trigger(self.view, trigger.sql.clone(), rows.clone());
        if is_named { binder.asking(Some(&trigger.name)) } else { binder }
    }

    fn select_step(&self, bound: Bound) -> Result<TriggerStep> {
        let planned = plan(bound, self.view)?;
        Ok(step(planned.slots, Recipe::Select(planned.query, planned.subqueries)))
    }

    fn compile_step(
        &mut self,
        statement: &ast::Statement,
        (trigger, is_named): (&Trigger, bool),
        rows: &TriggerRows,
    ) -> Result<TriggerStep> {
        let binder = self.binder(trigger, rows, is_named);
        Ok(match statement {
            ast::Statement::Select(select) => {
                let bound = binder.bind_query(select)?;
                self.select_step(bound)?
            }
            ast::Statement::Insert(insert) => {
                let mut bound = binder.bind_insert(insert)?;
                self.view.note_command(&bound);
                self.forget_checks(&mut bound.row);
                let hooks = self.insert_hooks(
                    &bound.table,
                    bound.on_conflict,
                    &bound.upserts,
                    bound.rowid.is_some(),
                )?;
                let Planned { query, subqueries, slots } = plan(bound.bound.take(), self.view)?;
                step(slots, Recipe::Insert(bound, hooks, query, subqueries))
            }
            ast::Statement::Update(update) => {
                let mut bound = binder.bind_update(update)?;
                self.forget_checks(&mut bound.row);
                let hooks =
                    self.update_hooks(&bound.table, bound.on_conflict, &bound.assigned, bound.assigns_rowid)?;
                let Planned { query, subqueries, slots } = plan(bound.bound.take(), self.view)?;
                step(slots, Recipe::Update(bound, hooks, query, subqueries))
            }
            ast::Statement::Delete(delete) => {
                let mut bound = binder.bind_delete(delete)?;
                let hooks = self.delete_hooks(&bound.table)?;
                let Planned { query, subqueries, slots } = plan(bound.bound.take(), self.view)?;
                step(slots, Recipe::Delete(bound, hooks, query, subqueries))
            }
            _ => return Err(not_understood()),
        })
    }
}

fn step(slots: usize, recipe: Recipe) -> TriggerStep {
    let (query, subqueries) = match &recipe {
        Recipe::Select(query, subqueries)
        | Recipe::Insert(_, _, query, subqueries)
        | Recipe::Update(_, _, query, subqueries)
        | Recipe::Delete(_, _, query, subqueries) => (query, subqueries),
    };
    let mut reads_waiting = false;
    for query in subqueries.iter().chain([query]) {
        query.plan.for_each_plan(&mut |plan| {
            if let Plan::Function(call) = plan {
                reads_waiting |= call.table.reads_waiting(&call.constraints);
            }
        });
    }
    TriggerStep { recipe, slots, reads_waiting, spare: Mutex::default() }
}

/// What a foreign key does when a row that is referred to goes or changes, written as a trigger.
fn action_trigger(
    reference: &Reference,
    child: &Table,
    parent: &Table,
    on_delete: bool,
) -> Result<Arc<Trigger>> {
    let targets = reference.resolve(child, parent)?;
    let action = if on_delete { reference.on_delete } else { reference.on_update };
    let pairs: Vec<(String, String)> = reference
        .columns
        .iter()
        .zip(&targets)
        .map(|(column, target)| (quoted(&child.columns[*column].name), quoted(&parent.columns[*target].name)))
        .collect();
    let join = |pair: &dyn Fn(&(String, String)) -> String, between: &str| {
        pairs.iter().map(pair).collect::<Vec<_>>().join(between)
    };
    let referring = join(&|(column, target)| format!("OLD.{target} = {column}"), " AND ");
    let change = match action {
        ReferenceAction::Cascade if on_delete => format!("DELETE FROM {}", quoted(&child.name)),
        ReferenceAction::Cascade => {
            let values = join(&|(column, target)| format!("{column} = NEW.{target}"), ", ");
            format!("UPDATE {} SET {values}", quoted(&child.name))
        }
        ReferenceAction::Restrict => {
            let told = broken_reference();
            format!("SELECT RAISE(ABORT, '{}') FROM {}", told.message(), quoted(&child.name))
        }
        _ => {
            let values = join(&|(column, _)| format!("{column} = NULL"), ", ");
            format!("UPDATE {} SET {values}", quoted(&child.name))
        }
    };
    let (event, filter) = if on_delete {
        ("DELETE", String::new())
    } else {
        let changed = join(&|(_, target)| format!("OLD.{target} IS NOT NEW.{target}"), " OR ");
        ("UPDATE", format!("WHEN {changed} "))
    };
    let sql: Arc<str> = format!(
        "CREATE TRIGGER action AFTER {event} ON {} {filter}BEGIN {change} WHERE {referring}; END",
        quoted(&parent.name)
    )
    .into();
    let Some(ast::Statement::CreateTrigger(mut definition)) =
        parse_statement(&sql)?.map(|parsed| parsed.statement)
    else {
        return Err(not_understood());
    };
    if action == ReferenceAction::SetDefault {
        set_defaults(&mut definition, reference, child);
    }
    Ok(Arc::new(Trigger { name: String::new(), definition: *definition, sql, home: None }))
}

/// Puts the defaults of columns in place of the NULLs.
fn set_defaults(definition: &mut CreateTrigger, reference: &Reference, child: &Table) {
    if let [ast::Statement::Update(update)] = &mut definition.body[..] {
        for (assignment, column) in update.assignments.iter_mut().zip(&reference.columns) {
            if let Some((default, _)) = &child.columns[*column].default {
                assignment.value = default.clone();
            }
        }
    }
}

fn not_understood() -> Error {
    Error::new(ErrorKind::Internal, "a statement that was written here is not understood")
}

/// A name in quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether rows may have to make room for others.
fn may_replace(table: &Table, event: Event<'_>, clause: Option<ConflictClause>) -> bool {
    let replaces = |own: Option<ConflictClause>| clause.or(own) == Some(ConflictClause::Replace);
    let rowid = table.rowid_position();
    let touches = |index: &Index| match event {
        // With another rowid, a row has other entries in all indexes.
        Event::Update(assigned) if assigned.contains(&rowid) => true,
        Event::Update(assigned) => index.columns.iter().any(|column| match column.column {
            Some(position) => position >= table.columns.len() || assigned.contains(&position),
            None => false,
        }),
        Event::Insert(_) | Event::Delete => true,
    };
    let key = match (event, &table.row_key) {
        (_, Some(key)) => touches(key),
        (Event::Update(assigned), None) => assigned.contains(&rowid),
        (Event::Insert(gives_rowids), None) => gives_rowids,
        (Event::Delete, None) => false,
    };
    let unique = table.indexes.iter().filter(|index| index.unique && touches(index));
    (key && replaces(table.key_conflict)) || unique.into_iter().any(|index| replaces(index.on_conflict))
}
