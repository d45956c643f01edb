//! WITH: common tables, and the recursive ones among them (<https://sqlite.org/lang_with.html>).
//!
//! A common table is bound where it is first used, as if it stood at its WITH: it sees the tables of that WITH and of
//! those around it, and the columns of the queries around it. Every use of it shares that one query. In a recursive
//! one, the terms at the end that read the table itself read the queue instead.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::from::Part;
use super::query::{Relation, different_widths};
use super::scope::{Source, SourceColumn};
use super::{Action, Binder, JsonMarks, distinct_names};
use crate::ast::{CommonTable, CompoundOperator, From, Select, SelectTerm, TableSource};
use crate::parse::ELEMENT;
use crate::plan::{ColumnId, ColumnInfo, PastReader, Plan, Query, QueuePlan, Recursion, SharedPlan};

/// A common table in sight.
#[derive(Debug)]
pub(super) struct Common {
    table: Arc<CommonTable>,
    /// How many queries there were around its WITH.
    depth: usize,
    /// How many common tables it sees: those up to the end of its WITH.
    sees: usize,
    /// What it means, for each time that it was asked about.
    defined: Vec<(Option<PastReader>, Arc<Definition>)>,
    state: State,
}

/// A common table that has been bound.
#[derive(Debug)]
struct Definition {
    /// Its number among the queries of the statement.
    number: usize,
    columns: Vec<(Arc<str>, ColumnInfo)>,
}

/// What a mention of a common table means at the moment.
#[derive(Clone, Debug)]
enum State {
    Usable,
    /// It is being bound: a mention is an error that begins with these words.
    Closed(&'static str),
    /// The FROM at this depth of queries reads the queue of a recursion.
    Queue {
        number: usize,
        level: usize,
        is_used: bool,
        columns: Arc<[(Arc<str>, ColumnInfo)]>,
    },
}

impl Binder<'_> {
    /// Brings the tables of a WITH in sight.
    pub(super) fn push_common(&mut self, tables: &[CommonTable]) {
        let sees = self.common.len() + tables.len();
        let depth = self.scopes.len();
        for table in tables {
            let table = Arc::new(table.clone());
            self.common.push(Common { table, depth, sees, defined: Vec::new(), state: State::Usable });
        }
    }

    /// The common table that a name means.
    pub(super) fn common_named(&self, name: &str) -> Option<usize> {
        self.common.iter().rposition(|common| common.table.name.eq_ignore_ascii_case(name))
    }

    /// A mention of a common table in FROM.
    pub(super) fn common_source(&mut self, position: usize, alias: Option<&str>) -> Result<Part> {
        let table = self.common[position].table.clone();
        let name = alias.unwrap_or(&table.name);
        if let State::Closed(words) = self.common[position].state {
            return Err(Error::sql(format!("{words}: {}", table.name)));
        }
        let here = self.scopes.len();
        if let State::Queue { number, level, is_used, columns } = &mut self.common[position].state {
            if *level != here {
                return Err(Error::sql(format!("multiple recursive references: {}", table.name)));
            }
            if std::mem::replace(is_used, true) {
                return Err(Error::sql(format!("multiple references to recursive table: {}", table.name)));
            }
            let (number, columns) = (*number, columns.clone());
            let (columns, source) = self.source_of(name, &columns);
            let queue = QueuePlan { number, name: name.into(), columns };
            return Ok(Part::single(Plan::Queue(Box::new(queue)), source));
        }
        let definition = self.definition(position, &table)?;
        let (columns, source) = self.source_of(name, &definition.columns);
        let called: Arc<str> = name.into();
        self.names.extend(columns.iter().map(|(id, _)| (*id, called.clone())));
        let may_inline = table.materialized != Some(true);
        let shared = SharedPlan { number: definition.number, name: name.into(), columns, may_inline };
        Ok(Part::single(Plan::Shared(Box::new(shared)), source))
    }

    /// New columns for a use of a query, and the source that they make.
    fn source_of(
        &mut self,
        name: &str,
        columns: &[(Arc<str>, ColumnInfo)],
    ) -> (Vec<(ColumnId, usize)>, Source) {
        let mut ids = Vec::with_capacity(columns.len());
        let mut seen = Vec::with_capacity(columns.len());
        for (position, (column, info)) in columns.iter().enumerate() {
            // As any column it has a collation, even where the expression that it shows has none.
            let collation = Some(info.collation.clone().unwrap_or_default());
            let id = self.new_column(ColumnInfo { collation, ..info.clone() });
            ids.push((id, position));
            seen.push(SourceColumn { name: column.clone(), id, merged: false, hidden: false });
        }
        (ids, Source::unstored(name, seen))
    }

    /// What a common table means at the time that is asked about.
    fn definition(&mut self, position: usize, table: &CommonTable) -> Result<Arc<Definition>> {
        let past = self.past.as_ref().map(|past| past.reader.clone());
        let common = &mut self.common[position];
        if let Some((_, definition)) = common.defined.iter().find(|(of, _)| *of == past) {
            return Ok(definition.clone());
        }
        let (depth, sees) = (common.depth, common.sees);
        let state = std::mem::replace(&mut common.state, State::Closed("circular reference"));
        let hidden_tables = self.common.split_off(sees);
        let hidden_scopes = self.scopes.split_off(depth);
        let within = self.within.replace(table.name.as_str().into());
        let relation = self.define(position, table);
        self.within = within;
        self.common.truncate(sees);
        self.common.extend(hidden_tables);
        self.scopes.extend(hidden_scopes);
        self.common[position].state = state;
        let relation = relation?;
        let named = name_columns(table, &relation, self.source_names(&relation), self.is_postgres())?;
        let columns = named.into_iter().map(|(id, name)| {
            let info = ColumnInfo { name: Some(name.clone()), ..self.info(id).clone() };
            (name, info)
        });
        let columns = columns.collect();
        self.subqueries.push(Query { columns: relation.ids(), plan: relation.plan });
        let definition = Arc::new(Definition { number: self.subqueries.len() - 1, columns });
        self.common[position].defined.push((past, definition.clone()));
        Ok(definition)
    }

    fn define(&mut self, position: usize, table: &CommonTable) -> Result<Relation> {
        if table.is_given {
            return self.given_rows(&table.name);
        }
        let steps = recursive_terms(table);
        if steps == 0 {
            let marks = if table.materialized == Some(true) { JsonMarks::None } else { JsonMarks::Columns };
            return self.marking_json(marks, |binder| binder.select(&table.select));
        }
        self.push_common(&table.select.with);
        self.recursion(position, table, steps)
    }

    /// A recursive common table whose last `steps` terms read itself.
    fn recursion(&mut self, position: usize, table: &CommonTable, steps: usize) -> Result<Relation> {
        let select = &table.select;
        let first_step = select.rest.len() - steps;
        let setup = Select {
            with: Vec::new(),
            first: select.first.clone(),
            rest: select.rest[..first_step].to_vec(),
            order_by: Vec::new(),
            limit: None,
            offset: None,
            lock: None,
        };
        let setup = self.select(&setup)?;
        let named = name_columns(table, &setup, self.source_names(&setup), self.is_postgres())?;
        let columns: Arc<[(Arc<str>, ColumnInfo)]> =
            named.iter().map(|(id, name)| (name.clone(), self.info(*id).clone())).collect();
        self.may_query(Action::Recursive)?;
        let number = self.queues;
        self.queues += 1;
        let mut queries = Vec::with_capacity(steps);
        for step in &select.rest[first_step..] {
            let level = self.scopes.len() + 1;
            let columns = columns.clone();
            self.common[position].state = State::Queue { number, level, is_used: false, columns };
            let relation = self.term(&step.term, &[])?;
            if relation.columns.len() != setup.columns.len() {
                return Err(different_widths(step.operator));
            }
            check_step(&relation.plan)?;
            queries.push(Query { columns: relation.ids(), plan: relation.plan });
        }
        let mut compared = Vec::with_capacity(setup.columns.len());
        let mut output = Vec::with_capacity(setup.columns.len());
        for ((_, info), (_, name)) in columns.iter().zip(&setup.columns) {
            let id = self.new_column(info.clone());
            compared.push((id, info.collation.clone().unwrap_or_default()));
            output.push((id, name.clone()));
        }
        let mut relation = Relation { plan: Plan::Empty, columns: output };
        let terms: Vec<&SelectTerm> =
            std::iter::once(&select.first).chain(select.rest.iter().map(|compound| &compound.term)).collect();
        let recursion = Recursion {
            number,
            first: Query { columns: setup.ids(), plan: setup.plan },
            steps: queries,
            columns: compared,
            is_distinct: select.rest.last().is_some_and(|last| last.operator == CompoundOperator::Union),
            order: self.compound_keys(&relation, &select.order_by, &terms)?,
            limit: select.limit.as_ref().map(|limit| self.count(limit)).transpose()?,
            offset: select.offset.as_ref().map(|offset| self.count(offset)).transpose()?,
        };
        relation.plan = Plan::Recursion(Box::new(recursion));
        Ok(relation)
    }
}

/// The columns of a common table, under the names that its declaration gives them, or its query.
fn name_columns(
    table: &CommonTable,
    relation: &Relation,
    own: Vec<Arc<str>>,
    may_be_fewer: bool,
) -> Result<Vec<(ColumnId, Arc<str>)>> {
    let names = &table.columns;
    let width = relation.columns.len();
    if may_be_fewer && names.len() == 1 && names[0] == ELEMENT && width != 1 {
        return Err(Error::sql("subquery has too many columns"));
    }
    if may_be_fewer && (1..width).contains(&names.len()) {
        // The others keep the names that they have.
        let given = names.iter().map(|name| name.as_str().into());
        let named = distinct_names(given.chain(own.into_iter().skip(names.len())));
        return Ok(relation.columns.iter().map(|(id, _)| *id).zip(named).collect());
    }
    if !names.is_empty() && names.len() != width {
        return Err(Error::sql(format!(
            "table {} has {} values for {} columns",
            table.name,
            relation.columns.len(),
            names.len()
        )));
    }
    let ids = relation.columns.iter().map(|(id, _)| *id);
    let named = match names.is_empty() {
        true => own,
        false => distinct_names(names.iter().map(|name| name.as_str().into())),
    };
    Ok(ids.zip(named).collect())
}

/// How many terms at the end of a common table read the table itself.
fn recursive_terms(table: &CommonTable) -> usize {
    let Some(last) = table.select.rest.last() else { return 0 };
    if !matches!(last.operator, CompoundOperator::Union | CompoundOperator::UnionAll) {
        return 0;
    }
    let reads_itself = |term: &SelectTerm| match term {
        SelectTerm::Select(core) => core.from.as_ref().is_some_and(|from| mentions(from, &table.name)),
        SelectTerm::Values(_) => false,
    };
    let terms = table.select.rest.iter().rev();
    terms.take_while(|term| term.operator == last.operator && reads_itself(&term.term)).count()
}

fn mentions(from: &From, name: &str) -> bool {
    let sources = std::iter::once(&from.first).chain(from.joins.iter().map(|join| &join.source));
    sources.into_iter().any(|source| match source {
        TableSource::Table { name: table, .. } => {
            table.schema.is_none() && table.name.eq_ignore_ascii_case(name)
        }
        TableSource::Function { .. } | TableSource::Join(_) | TableSource::Subquery { .. } => false,
    })
}

/// An error if a step aggregates or has window functions.
fn check_step(plan: &Plan) -> Result<()> {
    let below = match plan {
        Plan::Project { input, .. } | Plan::Distinct { input, .. } => &**input,
        _ => plan,
    };
    let mut plan = below;
    loop {
        plan = match plan {
            Plan::Window(_) => {
                return Err(Error::sql("cannot use window functions in recursive queries"));
            }
            Plan::Aggregate(_) => return Err(Error::sql("recursive aggregate queries not supported")),
            Plan::Filter { input, .. } => input,
            _ => return Ok(()),
        };
    }
}
