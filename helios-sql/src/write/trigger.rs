//! Running triggers.

use helios_core::{Error, Result, Value};
use parking_lot::Mutex;

use super::hooks::Images;
use super::{DeleteProgram, InsertProgram, Outcome, UpdateProgram, Writer};
use crate::ast::{ConflictClause, RaiseAction};
use crate::bind::{BoundDelete, BoundInsert, BoundUpdate};
use crate::exec::{Built, Context, SubqueryState, build, drain};
use crate::plan::Query;

/// SQLite's limit.
const MAX_DEPTH: usize = 1000;

/// So many triggers inside each other run on one stack; the next goes on on a stack of its own.
const DEPTH_OF_STACK: usize = 25;

/// The size of such a stack.
const STACK_BYTES: usize = 4 << 20;

/// A trigger, ready to run.
#[derive(Debug)]
pub struct TriggerProgram {
    /// Whether it is one of the schema's, which do not fire while they run unless that is asked for; what a foreign key
    /// does is not.
    pub is_named: bool,
    /// The columns of the table: the values of OLD come first among the slots, after them those of NEW.
    pub width: usize,
    /// WHEN, as a query of one column.
    pub filter: Option<TriggerStep>,
    /// The statements.
    pub steps: Vec<TriggerStep>,
}

/// A statement of a trigger, and instances of it that are not running.
#[derive(Debug)]
pub struct TriggerStep {
    /// What it is made from.
    pub recipe: Recipe,
    /// How many slots it needs.
    pub slots: usize,
    /// Whether it reads what virtual tables may have yet to write.
    pub reads_waiting: bool,
    /// Instances that wait. One that runs may need another of its kind inside itself.
    pub spare: Mutex<Vec<Instance>>,
}

/// What a statement of a trigger is made from: its plan, and what else was bound.
#[derive(Debug)]
pub enum Recipe {
    /// A query.
    Select(Query, Vec<Query>),
    /// INSERT.
    Insert(BoundInsert, super::Hooks, Query, Vec<Query>),
    /// UPDATE.
    Update(BoundUpdate, super::Hooks, Query, Vec<Query>),
    /// DELETE.
    Delete(BoundDelete, super::Hooks, Query, Vec<Query>),
}

/// A statement of a trigger, ready to run once at a time.
#[derive(Debug)]
pub enum Instance {
    /// A query.
    Select(Built),
    /// INSERT.
    Insert(Box<InsertProgram>),
    /// UPDATE.
    Update(Box<UpdateProgram>),
    /// DELETE.
    Delete(Box<DeleteProgram>),
}

impl Recipe {
    fn make(&self) -> Result<Instance> {
        Ok(match self {
            Recipe::Select(query, subqueries) => Instance::Select(build(query, subqueries)?),
            Recipe::Insert(bound, hooks, query, subqueries) => {
                let built = build(query, subqueries)?;
                Instance::Insert(Box::new(InsertProgram::new(bound, built, None, true, hooks.clone())?))
            }
            Recipe::Update(bound, hooks, query, subqueries) => {
                let built = build(query, subqueries)?;
                Instance::Update(Box::new(UpdateProgram::new(bound, built, hooks.clone())?))
            }
            Recipe::Delete(bound, hooks, query, subqueries) => {
                let built = build(query, subqueries)?;
                Instance::Delete(Box::new(DeleteProgram::new(bound, built, hooks.clone())?))
            }
        })
    }
}

impl Instance {
    fn source(&mut self) -> &mut Built {
        match self {
            Instance::Select(built) => built,
            Instance::Insert(program) => &mut program.source,
            Instance::Update(program) => &mut program.source,
            Instance::Delete(program) => &mut program.source,
        }
    }

    fn on_conflict(&self) -> Option<ConflictClause> {
        match self {
            Instance::Insert(program) => program.on_conflict(),
            Instance::Update(program) => program.on_conflict(),
            Instance::Select(_) | Instance::Delete(_) => None,
        }
    }

    /// The number of the schema whose rows it changes; views have no rows.
    fn slot(&self) -> Option<usize> {
        let table = match self {
            Instance::Select(_) => return None,
            Instance::Insert(program) => &program.table,
            Instance::Update(program) => &program.table,
            Instance::Delete(program) => &program.table,
        };
        table.view.is_none().then_some(table.slot)
    }

    /// Runs; the first value of a query's first row comes back.
    fn run(&mut self, writer: &mut Writer<'_>, context: &mut Context) -> Result<Option<Value>> {
        match self {
            Instance::Select(built) => {
                let mut first = None;
                drain(&mut *built.root, context, |chunk| {
                    if first.is_none() && chunk.width() > 0 {
                        first = Some(chunk.value(0, 0).to_value());
                    }
                    Ok(())
                })?;
                return Ok(first);
            }
            Instance::Insert(program) => program.run(writer, context)?,
            Instance::Update(program) => program.run(writer, context)?,
            Instance::Delete(program) => program.run(writer, context)?,
        }
        Ok(None)
    }
}

/// How a trigger ended.
enum Ended {
    /// It ran to its end, or had no reason to run.
    Done,
    /// RAISE(IGNORE).
    Ignored,
}

impl Writer<'_> {
    /// Runs a trigger. Returns whether the change goes on.
    pub(super) fn fire_one(
        &mut self,
        number: usize,
        images: Images<'_>,
        context: &mut Context,
    ) -> Result<bool> {
        let program = &self.programs.triggers[number];
        if program.is_named && !self.programs.recursive && self.active.contains(&number) {
            return Ok(true);
        }
        if self.active.len() >= MAX_DEPTH {
            return Err(too_deep());
        }
        self.active.push(number);
        let outer = self.on_conflict;
        if !program.is_named {
            // What a foreign key does ends the statement where a constraint does not hold, whatever that says.
            self.on_conflict = Some(ConflictClause::Abort);
        }
        let ended = if self.active.len().is_multiple_of(DEPTH_OF_STACK) {
            self.run_on_a_new_stack(number, images, context)
        } else {
            self.run_trigger(number, images, context)
        };
        self.on_conflict = outer;
        self.active.pop();
        Ok(matches!(ended?, Ended::Done))
    }

    fn run_on_a_new_stack(
        &mut self,
        number: usize,
        images: Images<'_>,
        context: &mut Context,
    ) -> Result<Ended> {
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, || self.run_trigger(number, images, context));
            let refused = |_| too_deep();
            match thread.map_err(refused)?.join() {
                Ok(ended) => ended,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    fn run_trigger(&mut self, number: usize, images: Images<'_>, context: &mut Context) -> Result<Ended> {
        context.interrupt.check_rows(1)?;
        let programs = self.programs.clone();
        let program = &programs.triggers[number];
        let mut facts = context.facts.clone();
        let outer_outcome = std::mem::take(&mut self.outcome);
        let mut suspects = outer_outcome.suspects;
        let mut changed = 0;
        let outer = Outcome { suspects: Vec::new(), ..outer_outcome };
        let mut result = Ok(Ended::Done);
        for (place, step) in program.filter.iter().chain(&program.steps).enumerate() {
            let outer_values = slots(program.width, step.slots, images);
            let mut inner = Context { outer: outer_values, ..context.anew_with(facts) };
            let ran = self.run_step(step, &mut inner);
            facts = inner.facts;
            let outcome = std::mem::take(&mut self.outcome);
            changed += outcome.further_changes + if ran.is_ok() { outcome.changes } else { 0 };
            suspects.extend(outcome.suspects);
            match ran {
                Ok(value) => {
                    if place == 0 && program.filter.is_some() {
                        if value.is_none_or(|value| value.as_ref().truth() != Some(true)) {
                            break;
                        }
                        continue;
                    }
                    if !matches!(step.recipe, Recipe::Select(..)) {
                        facts.changes = outcome.changes;
                        facts.total_changes += outcome.changes + outcome.further_changes;
                        facts.last_insert_rowid =
                            outcome.last_insert_rowid.unwrap_or(facts.last_insert_rowid);
                    }
                }
                Err(_) if inner.raised == Some(RaiseAction::Ignore) => {
                    result = Ok(Ended::Ignored);
                    break;
                }
                Err(error) => {
                    let failed_as = match inner.raised {
                        Some(RaiseAction::Rollback) => Some(ConflictClause::Rollback),
                        Some(RaiseAction::Fail) => Some(ConflictClause::Fail),
                        Some(RaiseAction::Abort) => Some(ConflictClause::Abort),
                        _ => outcome.failed_as,
                    };
                    // What the statements before it changed is counted, though it is undone.
                    let further_changes = outer.further_changes + changed;
                    self.outcome = Outcome { failed_as, further_changes, suspects, ..outer };
                    return Err(error);
                }
            }
        }
        self.outcome = outer;
        self.outcome.suspects = suspects;
        self.outcome.further_changes += changed;
        context.facts.total_changes = facts.total_changes;
        std::mem::replace(&mut result, Ok(Ended::Done))
    }

    fn run_step(&mut self, step: &TriggerStep, context: &mut Context) -> Result<Option<Value>> {
        let spare = step.spare.lock().pop();
        let mut instance = match spare {
            Some(instance) => instance,
            None => step.recipe.make()?,
        };
        context.subqueries = std::mem::take(&mut instance.source().subqueries);
        context.subqueries.iter_mut().for_each(SubqueryState::reset);
        let outer = self.on_conflict;
        self.on_conflict = outer.or(instance.on_conflict());
        if step.reads_waiting {
            self.flush_waiting(false)?;
        }
        let slot = self.go_to(instance.slot().unwrap_or(self.site.slot))?;
        let result = instance.run(self, context);
        self.go_to(slot)?;
        self.on_conflict = outer;
        context.subqueries.iter_mut().for_each(SubqueryState::reset);
        instance.source().root.close();
        instance.source().subqueries = std::mem::take(&mut context.subqueries);
        step.spare.lock().push(instance);
        result
    }
}

/// SQLite's error about triggers that fire each other without end.
fn too_deep() -> Error {
    Error::sql("too many levels of trigger recursion")
}

/// The slots of a trigger's statement: OLD, NEW, and room for its own.
fn slots(width: usize, count: usize, images: Images<'_>) -> Vec<Value> {
    let mut slots = vec![Value::Null; count.max(2 * (width + 1))];
    for (row, start) in [(images.old, 0), (images.new, width + 1)] {
        for (slot, value) in slots[start..].iter_mut().zip(row.into_iter().flatten()) {
            slot.clone_from(value);
        }
    }
    slots
}
