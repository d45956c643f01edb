//! Compiling: bind, improve, build.

use helios_core::{Error, Result};

use super::environment::{OtherView, View};
use super::explain::analyze::Report;
use super::hooks::HookCompiler;
use super::sources::{Slots, Sources};
use super::statement::{OutputColumn, Program, QueryProgram, Reads, Statement};
use super::{Limit, Session, pragma};
use crate::ast;
use crate::bind::{Binder, Bound, RowChecks};
use crate::chunk::Chunk;
use crate::exec::{Built, build, build_metered};
use crate::optimize::{has_hint, misses_hint, optimize};
use crate::parse::Dialect;
use crate::plan::{Origin, Plan, Query};
use crate::types::{self, Inference};
use crate::write::{Batch, DeleteProgram, InsertProgram, UpdateProgram};

/// A bound query after optimisation.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) query: Query,
    pub(super) subqueries: Vec<Query>,
    pub(super) slots: usize,
}

impl Session {
    /// Compiles a statement for the schema that the session sees now.
    pub(super) fn compile(&mut self, statement: &mut Statement) -> Result<()> {
        match &*statement.ast.clone() {
            ast::Statement::Select(_)
            | ast::Statement::Insert(_)
            | ast::Statement::Update(_)
            | ast::Statement::Delete(_)
            | ast::Statement::With(_)
            | ast::Statement::ExplainQueryPlan(_)
            | ast::Statement::Explain(_)
            | ast::Statement::ExplainAnalyze(..) => {
                let sources = self.compiling_sources()?;
                self.compile_for(statement, &sources, None)
            }
            ast::Statement::Pragma(pragma) => {
                statement.columns = pragma::columns(pragma);
                Ok(())
            }
            _ => Ok(()),
        }?;
        self.ask_for(statement)
    }

    /// The names and affinities of a query's columns.
    pub(super) fn bind_outputs(
        &mut self,
        statement: &Statement,
        select: &ast::Select,
        parameters: &Chunk,
    ) -> Result<Vec<(std::sync::Arc<str>, crate::plan::ColumnInfo)>> {
        let sources = self.sources(Slots::default())?;
        // A parameter may name the moment whose columns are asked for.
        let view = self.view(&sources, Some(parameters))?;
        let bound = Binder::new(&view, statement.text.clone()).bind_query(select)?;
        Ok(bound.output)
    }

    /// What binding sees of sources that were just looked at.
    pub(super) fn view(&mut self, sources: &Sources, parameters: Option<&Chunk>) -> Result<View> {
        let catalog = self.catalog_for(&sources.reader, sources.stamp)?;
        let mut others = Vec::with_capacity(self.others.len());
        for (other, (reader, stamp)) in self.others.iter_mut().zip(&sources.others) {
            let catalog = other.session.catalog_for(reader, *stamp)?;
            others.push(OtherView { name: other.name.clone(), catalog, reader: reader.clone() });
        }
        let temp = self.others.iter().find(|other| other.name == "temp");
        let trigger_schemas = temp.map(|temp| temp.session.trigger_schemas.clone()).unwrap_or_default();
        let default_past = self.default_past()?;
        let counts = std::mem::take(&mut self.counts);
        let counts = counts.seen_from(self.branch, sources.reader.view_state(), self.total_changes);
        Ok(View {
            others,
            schema: self.schema.clone(),
            database: self.database.clone(),
            branch: self.branch,
            catalog,
            reader: sources.reader.clone(),
            facts: self.facts(),
            parameters: parameters.cloned(),
            most_arguments: self.most(Limit::FunctionArguments),
            functions: self.functions.clone(),
            given: self.parts.given.clone().into(),
            modules: self.modules.clone(),
            pragmas: Default::default(),
            is_of_now: Default::default(),
            reads_rows: Default::default(),
            calls_program: Default::default(),
            pasts: default_past.iter().map(|(_, used)| used.clone()).collect::<Vec<_>>().into(),
            settings: self.settings,
            zone: self.zone.clone(),
            numbers: self.numbers.clone(),
            authorizer: self.authorizer.clone(),
            lacks_moment: Default::default(),
            counts: counts.into(),
            sampled: Default::default(),
            used: Default::default(),
            trigger_schemas,
            default_past: default_past.map(|(past, _)| past),
            imagined: None,
            interrupt: self.interrupt.clone(),
            nested: Default::default(),
        })
    }

    /// Compiles for what `reader` shows. With parameters, AS OF is resolved.
    pub(super) fn compile_for(
        &mut self,
        statement: &mut Statement,
        sources: &Sources,
        parameters: Option<&Chunk>,
    ) -> Result<()> {
        let pragmas = self.ready_pragmas(&statement.text)?;
        let mut view = self.view(sources, parameters)?;
        view.pragmas = pragmas;
        let result = self.compile_in(&view, statement);
        self.counts = view.counts.take();
        statement.used = view.used.get();
        statement.pasts = view.pasts.take();
        statement.reads_no_rows = matches!(statement.program, Program::Insert(..)) && !view.reads_rows.get();
        statement.calls_program = view.calls_program.get();
        if parameters.is_none() {
            statement.release_pasts();
        }
        let is_of_now = view.is_of_now.get() || view.lacks_moment.get() || !view.pragmas.is_empty();
        statement.compiled_for = (result.is_ok() && !is_of_now).then_some(sources.stamp);
        if result.is_err() && view.lacks_moment.get() {
            // What is wrong now may be right at the moment that is not known yet.
            statement.program = Program::Direct;
            statement.columns.clear();
            return Ok(());
        }
        result
    }

    fn compile_in(&self, view: &View, statement: &mut Statement) -> Result<()> {
        let mut binder = Binder::new(view, statement.text.clone());
        if statement.is_asked_for {
            binder = binder.asking(None);
        }
        let mut hooks = HookCompiler::new(view);
        let parameter_count = statement.parameters().len();
        let typed = |bound: types::Statement<'_>| match view.settings.dialect {
            Dialect::Sqlite => Inference::default(),
            Dialect::Postgres => types::infer(bound, parameter_count),
        };
        let ast = statement.ast.clone();
        let (run, analyzed) = match &*ast {
            ast::Statement::ExplainAnalyze(run, form) => (&**run, Some(*form)),
            other => (other, None),
        };
        statement.report = analyzed.map(|form| Box::new(Report::new(form, run)));
        statement.program = match run {
            ast::Statement::Select(select) => {
                let bound = binder.bind_query(select)?;
                statement.types = typed(types::Statement::Query(&bound));
                statement.columns = query_columns(&bound);
                let reads = reads(&bound);
                let keeps = self.settings.keeps_results && analyzed.is_none();
                let tables = if keeps { super::results::tables_of(&bound) } else { None };
                let planned = plan(bound, view)?;
                let built = self.built(statement, &planned)?;
                Program::Query(Box::new(QueryProgram { built, slots: planned.slots, reads, tables }))
            }
            ast::Statement::Insert(insert) => {
                let mut bound = binder.bind_insert(insert)?;
                statement.types = typed(types::Statement::Insert(&bound));
                hooks.forget_checks(&mut bound.row);
                bound.row.check_raise()?;
                statement.vector_parameters.extend(&bound.bound.vector_parameters);
                statement.columns = returning_columns(&bound.row);
                statement.note_returned(&bound.row);
                hooks.note_source(insert);
                view.note_command(&bound);
                let hooks = hooks.insert_hooks(
                    &bound.table,
                    bound.on_conflict,
                    &bound.upserts,
                    bound.rowid.is_some(),
                )?;
                let planned = plan(bound.bound.take(), view)?;
                let built = self.built(statement, &planned)?;
                let slots = planned.slots;
                let reads_target = scans(&planned, &bound.table);
                let batch = Batch::of(planned.query, parameter_count);
                let program = InsertProgram::new(&bound, built, batch, reads_target, hooks)?;
                Program::Insert(Box::new(program), slots)
            }
            ast::Statement::Update(update) => {
                let mut bound = binder.bind_update(update)?;
                statement.types = typed(types::Statement::Update(&bound));
                statement.vector_parameters.extend(&bound.bound.vector_parameters);
                hooks.forget_checks(&mut bound.row);
                bound.row.check_raise()?;
                statement.columns = returning_columns(&bound.row);
                statement.note_returned(&bound.row);
                let hooks = hooks.update_hooks(
                    &bound.table,
                    bound.on_conflict,
                    &bound.assigned,
                    bound.assigns_rowid,
                )?;
                let planned = plan(bound.bound.take(), view)?;
                let built = self.built(statement, &planned)?;
                Program::Update(Box::new(UpdateProgram::new(&bound, built, hooks)?), planned.slots)
            }
            ast::Statement::Delete(delete) => {
                let mut bound = binder.bind_delete(delete)?;
                statement.types = typed(types::Statement::Delete(&bound));
                statement.columns = returning_columns(&bound.row);
                statement.note_returned(&bound.row);
                let hooks = hooks.delete_hooks(&bound.table)?;
                let planned = plan(bound.bound.take(), view)?;
                let built = self.built(statement, &planned)?;
                Program::Delete(Box::new(DeleteProgram::new(&bound, built, hooks)?), planned.slots)
            }
            ast::Statement::With(with) => {
                Session::bind_parts(view, statement, with)?;
                Program::Direct
            }
            ast::Statement::ExplainQueryPlan(explained) | ast::Statement::Explain(explained) => {
                let is_short = matches!(&*statement.ast, ast::Statement::ExplainQueryPlan(_));
                statement.columns = super::explain::columns(is_short);
                let mut lookups = Vec::new();
                let bound = match &**explained {
                    ast::Statement::Select(select) => Some(binder.bind_query(select)?),
                    ast::Statement::Insert(insert) => {
                        let bound = binder.bind_insert(insert)?;
                        let clause = bound.on_conflict;
                        // What triggers do, the program is asked for as well.
                        hooks.insert_hooks(&bound.table, clause, &bound.upserts, bound.rowid.is_some())?;
                        Some(bound.bound).filter(|_| !is_short || !insert.is_one_row())
                    }
                    ast::Statement::Update(update) => {
                        let bound = binder.bind_update(update)?;
                        let clause = bound.on_conflict;
                        let own =
                            hooks.update_hooks(&bound.table, clause, &bound.assigned, bound.assigns_rowid)?;
                        lookups = hooks.lookups(&own);
                        Some(bound.bound)
                    }
                    ast::Statement::Delete(delete) => {
                        let bound = binder.bind_delete(delete)?;
                        let own = hooks.delete_hooks(&bound.table)?;
                        let empties = is_short && empties(delete, &bound.table, &own);
                        lookups = hooks.lookups(&own);
                        Some(bound.bound).filter(|_| !empties)
                    }
                    ast::Statement::CreateTable(create) => match &create.select {
                        Some(select) => Some(binder.bind_query(select)?),
                        None => None,
                    },
                    _ => None,
                };
                let query = match bound {
                    Some(bound) => {
                        let names = bound.names.iter().cloned().collect();
                        let planned = plan(bound, view)?;
                        super::explain::rows_of(
                            &planned.query,
                            &planned.subqueries,
                            &names,
                            &lookups,
                            is_short,
                        )
                    }
                    None => super::explain::rows_without_plan(explained, is_short),
                };
                let built = build(&query, &[])?;
                Program::Query(Box::new(QueryProgram {
                    built,
                    slots: 0,
                    reads: Reads::Nothing,
                    tables: None,
                }))
            }
            _ => Program::Direct,
        };
        if let Some(form) = analyzed {
            statement.columns = super::explain::analyze::columns(form);
        }
        statement.hooks = hooks.finish()?;
        Ok(())
    }

    /// The operators of a plan, watched if the statement is to tell of them.
    fn built(&self, statement: &mut Statement, planned: &Planned) -> Result<Built> {
        let Some(report) = &mut statement.report else {
            return build(&planned.query, &planned.subqueries);
        };
        let clock = self.database.engine().clock().clone();
        let (built, meters) = build_metered(&planned.query, &planned.subqueries, clock)?;
        report.add_all(&planned.query, &planned.subqueries, &meters);
        Ok(built)
    }
}

/// Improves what was bound, as far as the session wants it.
///
/// # Errors
/// INDEXED BY names an index that does not have all rows that are wanted.
pub(super) fn plan(bound: Bound, view: &View) -> Result<Planned> {
    let reads = reads(&bound);
    if reads != Reads::Nothing {
        view.reads_rows.set(true);
    }
    if reads == Reads::Main {
        view.note_used(0);
    }
    let Bound { mut query, mut subqueries, mut slots, .. } = bound;
    let is_hinted = std::iter::once(&query).chain(&subqueries).any(has_hint);
    if view.settings.optimizes {
        optimize(&mut query, &mut subqueries, &mut slots, view);
        if is_hinted && std::iter::once(&query).chain(&subqueries).any(misses_hint) {
            return Err(Error::sql("no query solution"));
        }
    } else if is_hinted {
        let (mut query, mut subqueries) = (query.clone(), subqueries.clone());
        optimize(&mut query, &mut subqueries, &mut slots.clone(), view);
        if std::iter::once(&query).chain(&subqueries).any(misses_hint) {
            return Err(Error::sql("no query solution"));
        }
    }
    Ok(Planned { query, subqueries, slots })
}

/// Whether a plan reads a table, or what is no table of rows.
fn scans(planned: &Planned, table: &crate::catalog::Table) -> bool {
    let mut found = false;
    for query in planned.subqueries.iter().chain([&planned.query]) {
        query.plan.for_each_plan(&mut |plan| {
            found |= match plan {
                Plan::Scan(scan) => (scan.table.slot, scan.table.space) == (table.slot, table.space),
                Plan::Function(_) => true,
                _ => false,
            };
        });
    }
    found
}

/// Whether a DELETE leaves a table empty, with nothing to be done for single rows. SQLite has no plan for that.
fn empties(delete: &ast::Delete, table: &crate::catalog::Table, hooks: &crate::write::Hooks) -> bool {
    let takes_all = delete.filter.is_none() && delete.limit.is_none() && delete.returning.is_empty();
    takes_all && hooks.is_empty() && table.is_stored()
}

fn declared(declared_type: &Option<std::sync::Arc<str>>) -> Option<std::sync::Arc<str>> {
    declared_type.clone().filter(|declared| !declared.is_empty())
}

/// What the catalog calls a column of a table by.
fn numbers_of(origin: &Origin) -> (u32, i16) {
    (super::postgres::oid(&origin.table) as u32, origin.position as i16 + 1)
}

/// The columns of a query.
pub(super) fn query_columns(bound: &Bound) -> Vec<OutputColumn> {
    let column = |(name, info): &(std::sync::Arc<str>, crate::plan::ColumnInfo)| OutputColumn {
        name: name.clone(),
        declared_type: declared(&info.declared_type),
        is_vector: info.is_vector,
        origin: info.origin.as_ref().map(numbers_of),
    };
    bound.output.iter().map(column).collect()
}

/// The columns of RETURNING.
pub(super) fn returning_columns(row: &RowChecks) -> Vec<OutputColumn> {
    let column = |column: &crate::bind::ReturningColumn| OutputColumn {
        name: column.name.clone(),
        declared_type: declared(&column.info.declared_type),
        is_vector: column.info.is_vector,
        origin: column.info.origin.as_ref().map(numbers_of),
    };
    row.returning.iter().map(column).collect()
}

/// What of the database a query has tables of.
fn reads(bound: &Bound) -> Reads {
    let mut reads = Reads::Nothing;
    for query in bound.subqueries.iter().chain([&bound.query]) {
        query.plan.for_each_plan(&mut |plan| {
            reads = reads.max(match plan {
                Plan::Scan(scan) if scan.table.slot > 0 => Reads::Others,
                Plan::Scan(_) | Plan::Function(_) => Reads::Main,
                _ => Reads::Nothing,
            });
        });
    }
    reads
}
